//! The writer's thread: letters that wait together are decided and committed together. What a commit has come to
//! leaves by [`release`](super::release); what an input means is the lot's affair.

use super::{COMMIT_AT_MOST, Clock, Content, Effects, Letter, Refused, Retention};
use crate::lot::{self, Case, Rules};
use crate::model::event::DeviceEvent;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Input};
use crate::model::outcome::Outcome;
use crate::store::{Store, StoreError};
use jiff::SignedDuration;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Old rows removed with one tick at most: 5.5 million a day.
const PRUNE_AT_ONCE: u32 = 64;
/// Nothing is tried for so long when an input could not be written down.
const AFTER_A_FAILURE: Duration = Duration::from_millis(200);

pub(super) struct Engine {
    pub(super) rules: Rules,
    pub(super) retention: Retention,
    pub(super) clock: Clock,
    pub(super) effects: Effects,
    pub(super) settles: watch::Sender<u64>,
}

/// What an input came to, held back until the commit.
pub(super) type Done = (Answer, Outcome);

/// How long ago what a letter tells came to this process.
fn waited(letter: &Letter) -> SignedDuration {
    let came = match &letter.content {
        Content::Input(input) => match input.as_ref() {
            Input::Device(DeviceEvent::PlateRead(read)) => read.received,
            _ => None,
        },
        Content::Rules(_) => None,
    };
    let waited = came.unwrap_or(letter.posted).elapsed();
    SignedDuration::try_from(waited).unwrap_or(SignedDuration::MAX)
}

impl Engine {
    /// Takes letters until every handle is gone.
    pub(super) fn run(mut self, store: &Store, mut letters: mpsc::Receiver<Letter>) {
        let mut waiting = Vec::with_capacity(COMMIT_AT_MOST);
        while letters.blocking_recv_many(&mut waiting, COMMIT_AT_MOST) > 0 {
            while !waiting.is_empty() {
                let behind = waiting.split_off(next_rules(&waiting));
                self.take(store, std::mem::replace(&mut waiting, behind));
            }
        }
    }

    /// Letters that are decided by the same rules: new ones, if any, come first.
    fn take(&mut self, store: &Store, letters: Vec<Letter>) {
        let mut before = None;
        if let Some(Letter { content: Content::Rules(rules), .. }) = letters.first() {
            before = Some(std::mem::replace(&mut self.rules, Rules::clone(rules)));
        }
        match self.commit(store, &letters) {
            Ok(done) => self.release(letters.into_iter().zip(done)),
            Err(failure) => self.one_by_one(store, letters, &failure, before),
        }
    }

    /// One of the inputs cannot be carried out, or nothing can be written: each gets a transaction of
    /// its own, so that the others do not suffer for it. New rules that cannot be noted do not hold:
    /// the ones `before` do.
    fn one_by_one(
        &mut self,
        store: &Store,
        letters: Vec<Letter>,
        failure: &StoreError,
        mut before: Option<Rules>,
    ) {
        self.effects.teller.tell(Happening::CommitFailed { error: failure.to_string() });
        let mut failed = false;
        for letter in letters {
            match self.commit(store, std::slice::from_ref(&letter)) {
                Ok(done) => self.release(std::iter::once(letter).zip(done)),
                Err(failure) => {
                    failed = true;
                    if let (Content::Rules(_), Some(rules)) = (&letter.content, before.take()) {
                        self.rules = rules;
                    }
                    // Whoever no longer waits for the answer has given up by itself.
                    let _ = letter.answer.send(Err(Refused::Failed(failure.to_string())));
                }
            }
        }
        if failed {
            std::thread::sleep(AFTER_A_FAILURE);
        }
    }

    /// One transaction for all. On failure nothing took effect.
    fn commit(&mut self, store: &Store, letters: &[Letter]) -> Result<Vec<Done>, StoreError> {
        let now = (self.clock)();
        let tx = store.begin_beside()?;
        let mut done = Vec::with_capacity(letters.len());
        for letter in letters {
            let input = match &letter.content {
                Content::Input(input) => input,
                Content::Rules(_) => &Input::RulesChanged,
            };
            let mut case = Case::new(&tx, &self.rules, now).after(waited(letter));
            let answer = lot::apply(&mut case, input)?;
            done.push((answer, case.into_outcome()));
        }
        if letters.iter().any(is_tick) {
            let Retention { records, messages } = self.retention;
            tx.prune(now - records, now - messages, PRUNE_AT_ONCE)?;
        }
        tx.commit()?;
        Ok(done)
    }
}

fn is_tick(letter: &Letter) -> bool {
    matches!(&letter.content, Content::Input(input) if matches!(**input, Input::Tick { .. }))
}

/// How many letters stand before the next new rules; those that come first count with what follows them.
fn next_rules(letters: &[Letter]) -> usize {
    let is_rules = |letter: &Letter| matches!(letter.content, Content::Rules(_));
    letters.iter().skip(1).position(is_rules).map_or(letters.len(), |index| index + 1)
}
