//! What waits for the engine, in its order; what could not be taken comes first again. And why no more of it is taken.

use super::{COMMIT_AT_MOST, Content, Letter};
use crate::store::StoreFault;
use std::collections::VecDeque;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

/// Why the engine goes on no longer as it did.
pub(super) enum StoreEnd {
    /// Every handle is gone.
    Stopped,
    /// Nothing can be written, or should be.
    Lost(StoreFault),
}

/// What comes next.
pub(super) enum Next {
    /// Letters that are decided by the same rules: new ones, if any, come first.
    Letters(Vec<Letter>),
    /// None came by the moment that was named.
    Nothing,
    /// Every handle is gone.
    Gone,
}

pub(super) struct Mail {
    letters: mpsc::Receiver<Letter>,
    waiting: VecDeque<Letter>,
    /// For waiting until a moment.
    runtime: Runtime,
}

impl Mail {
    pub(super) fn new(letters: mpsc::Receiver<Letter>) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_time().build()?;
        Ok(Self { letters, waiting: VecDeque::with_capacity(COMMIT_AT_MOST), runtime })
    }

    /// Letters that are decided by the same rules: new ones, if any, come first. None when every handle is gone.
    pub(super) fn next(&mut self) -> Option<Vec<Letter>> {
        match self.next_until(None) {
            Next::Letters(letters) => Some(letters),
            Next::Nothing | Next::Gone => None,
        }
    }

    /// The same; where a moment is named, no longer than that.
    pub(super) fn next_until(&mut self, until: Option<Instant>) -> Next {
        if self.waiting.is_empty() {
            let mut come = Vec::with_capacity(COMMIT_AT_MOST);
            let coming = self.letters.recv_many(&mut come, COMMIT_AT_MOST);
            let came = match until {
                None => Ok(self.runtime.block_on(coming)),
                Some(until) => {
                    let soon = async { tokio::time::timeout_at(until.into(), coming).await };
                    self.runtime.block_on(soon)
                }
            };
            match came {
                Ok(0) => return Next::Gone,
                Err(_) => return Next::Nothing,
                Ok(_) => self.waiting.extend(come),
            }
        }
        let is_rules = |letter: &Letter| matches!(letter.content, Content::Rules(_));
        let next = self.waiting.iter().skip(1).position(is_rules);
        let behind = next.map_or(self.waiting.len(), |index| index + 1);
        Next::Letters(self.waiting.drain(..behind).collect())
    }

    /// Whether any letter waits, or every handle is gone.
    pub(super) fn waits(&self) -> bool {
        !self.waiting.is_empty() || !self.letters.is_empty() || self.letters.is_closed()
    }

    /// These were not taken; they come first.
    pub(super) fn put_back(&mut self, letters: Vec<Letter>) {
        for letter in letters.into_iter().rev() {
            self.waiting.push_front(letter);
        }
    }
}
