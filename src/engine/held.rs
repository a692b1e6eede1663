//! Letters that were decided and whose commit waits, with the transaction they stand in: what is decided meanwhile sees
//! them, and what cannot wait takes them along. For the writer.

use super::Letter;
use super::wear::Writes;
use crate::model::input::Answer;
use crate::model::moment::LotMoment;
use crate::model::outcome::Outcome;
use crate::store::Transaction;
use std::time::Instant;

/// What an input came to, held back until the commit.
pub(super) type Done = (Answer, Outcome);

pub(super) struct Held<'store> {
    pub(super) tx: Transaction<'store>,
    pub(super) letters: Vec<Letter>,
    /// What each of them came to.
    pub(super) done: Vec<Done>,
    /// What the clock said, where that was noted in it.
    pub(super) noted: Option<LotMoment>,
    /// What was written to the medium, where that was noted in it.
    pub(super) writes: Option<Writes>,
    /// Whether time has passed by one of them.
    pub(super) ticks: bool,
    /// By then it is committed; none while it is not known whether it may wait.
    pub(super) until: Option<Instant>,
}

impl<'store> Held<'store> {
    pub(super) fn new(tx: Transaction<'store>) -> Self {
        let (letters, done) = (Vec::new(), Vec::new());
        Self { tx, letters, done, noted: None, writes: None, ticks: false, until: None }
    }
}
