//! Whether a process ends by itself: at a panic, an abort, a stack that is full, or because it hangs and the watchdog ends
//! it. Whoever is killed from outside, or taken by a power cut, leaves no sign. For the guard.

use crate::in_memory::ours;
use rustix::fs::OFlags;
use signal_hook::SigId;
use signal_hook::consts::SIGABRT;
use signal_hook::flag::register_conditional_default;
use signal_hook::low_level::{pipe, unregister};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// While it is there, an end leaves its sign in a file.
#[derive(Debug, Default)]
pub(super) struct LastSign(Vec<SigId>);

impl LastSign {
    /// Reads whether the process before this one left a sign, and takes it away; from now on this one would leave it.
    pub fn watch(path: &Path) -> (Self, bool) {
        let left = std::fs::metadata(path).is_ok_and(|meta| meta.len() > 0);
        // Without it the next process knows less, which it can live with.
        (Self(leave(path).unwrap_or_default()), left)
    }
}

fn leave(path: &Path) -> io::Result<Vec<SigId>> {
    let file = ours(path, OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC)?;
    let sign = pipe::register(SIGABRT, file)?;
    // And then it ends as ever.
    let end = register_conditional_default(SIGABRT, Arc::new(AtomicBool::new(true)))?;
    Ok(vec![sign, end])
}

impl Drop for LastSign {
    fn drop(&mut self) {
        for id in self.0.drain(..) {
            unregister(id);
        }
    }
}
