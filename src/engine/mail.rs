//! What waits for the engine, in its order; what could not be taken comes first again. And why no more of it is taken.

use super::{COMMIT_AT_MOST, Content, Letter};
use crate::store::StoreFault;
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// Why the engine goes on no longer as it did.
pub(super) enum StoreEnd {
    /// Every handle is gone.
    Stopped,
    /// Nothing can be written, or should be.
    Lost(StoreFault),
}

pub(super) struct Mail {
    letters: mpsc::Receiver<Letter>,
    waiting: VecDeque<Letter>,
}

impl Mail {
    pub(super) fn new(letters: mpsc::Receiver<Letter>) -> Self {
        Self { letters, waiting: VecDeque::with_capacity(COMMIT_AT_MOST) }
    }

    /// Letters that are decided by the same rules: new ones, if any, come first. None when every handle is gone.
    pub(super) fn next(&mut self) -> Option<Vec<Letter>> {
        if self.waiting.is_empty() {
            let mut come = Vec::with_capacity(COMMIT_AT_MOST);
            if self.letters.blocking_recv_many(&mut come, COMMIT_AT_MOST) == 0 {
                return None;
            }
            self.waiting.extend(come);
        }
        let is_rules = |letter: &Letter| matches!(letter.content, Content::Rules(_));
        let next = self.waiting.iter().skip(1).position(is_rules);
        let behind = next.map_or(self.waiting.len(), |index| index + 1);
        Some(self.waiting.drain(..behind).collect())
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
