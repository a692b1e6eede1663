//! A damaged database is put together anew on a thread of its own, while the engine goes on without it.

use crate::model::without_store::Mended;
use crate::store::{Copies, CopyError, mend};
use jiff::Timestamp;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A medium that damages what it holds again and again is not worth more than so many tries...
const TRIES: usize = 3;
/// ... in this time.
const WITHIN: Duration = Duration::from_secs(3600);

/// What mends, and when it last did.
#[derive(Default)]
pub(super) struct Mender {
    begun: Vec<Instant>,
    working: Option<JoinHandle<Result<Mended, CopyError>>>,
}

/// How far it is.
pub(super) enum Mending {
    /// It works, or has tried too often of late.
    Wait,
    Done(Mended),
    Failed(String),
}

impl Mender {
    /// Begins, unless it works already; what came of it once it has ended.
    pub(super) fn work(&mut self, copies: &Copies, now: Timestamp) -> Mending {
        if let Some(working) = self.working.take() {
            if !working.is_finished() {
                self.working = Some(working);
                return Mending::Wait;
            }
            return match working.join() {
                Ok(Ok(mended)) => Mending::Done(mended),
                Ok(Err(error)) => Mending::Failed(error.to_string()),
                Err(_) => Mending::Failed("mending ended unexpectedly".to_owned()),
            };
        }
        self.begun.retain(|begun| begun.elapsed() < WITHIN);
        if self.begun.len() >= TRIES {
            return Mending::Wait;
        }
        self.begun.push(Instant::now());
        let copies = copies.clone();
        let begin = std::thread::Builder::new().name("mend".to_owned());
        match begin.spawn(move || mend(&copies, now)) {
            Ok(working) => {
                self.working = Some(working);
                Mending::Wait
            }
            Err(error) => Mending::Failed(error.to_string()),
        }
    }
}
