//! When the database is copied, and the thread that verifies a copy which has all its pages.

use crate::model::happening::Happening;
use crate::store::{Complete, Copies};
use crate::teller::Teller;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The first copy is made no sooner after a start: there is more to do then.
const AFTER_START: Duration = Duration::from_secs(60);
/// Whether anything has changed is looked at so often when a copy is due.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// One that failed is tried again after this, or when the next is due.
const AFTER_A_FAILURE: Duration = Duration::from_secs(3600);

/// When copies are made.
pub(super) struct CopyPlan {
    copies: Copies,
    next: Option<Instant>,
    verifying: Option<JoinHandle<()>>,
}

impl CopyPlan {
    pub(super) fn new(copies: Copies) -> Self {
        let now = Instant::now();
        let next = copies.every().map(|every| {
            let newest = copies.newest_at();
            let age = newest
                .and_then(|at| Duration::try_from(jiff::Timestamp::now().duration_since(at)).ok());
            let left = age.map_or(Duration::ZERO, |age| every.saturating_sub(age));
            now + left.max(AFTER_START.min(every))
        });
        Self { copies, next, verifying: None }
    }

    /// Whether one is to be made now.
    pub(super) fn due(&mut self) -> Option<Copies> {
        let now = Instant::now();
        self.next.filter(|next| *next <= now)?;
        if self.verifying.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return None;
        }
        let behind = self.copies.is_behind();
        let every = self.copies.every()?;
        self.next = Some(now + if behind { every } else { LOOK_AGAIN.min(every) });
        behind.then(|| self.copies.clone())
    }

    pub(super) fn failed(&mut self) {
        if let Some(every) = self.copies.every() {
            self.next = Some(Instant::now() + every.min(AFTER_A_FAILURE));
        }
    }

    /// Verifies a copy that has all pages, on a thread of its own.
    pub(super) fn verify(&mut self, copies: Copies, complete: Complete, teller: Teller) {
        let verify = move || {
            teller.tell(match copies.take(&complete) {
                Ok((path, bytes)) => {
                    Happening::CopyMade { path: path.display().to_string(), bytes }
                }
                Err(error) => Happening::CopyFailed { error: error.to_string() },
            });
        };
        // Without a thread it stays unverified, and the next one begins anew.
        self.verifying = std::thread::Builder::new().name("verify".to_owned()).spawn(verify).ok();
    }
}
