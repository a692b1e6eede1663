//! The writer's thread: letters that wait together are decided and committed together. What a commit has come to
//! leaves by [`release`](super::release); what an input means is the lot's affair.

use super::ballast::Ballast;
use super::copy_plan::CopyPlan;
use super::guard::Guard;
use super::mender::Mender;
use super::wear::{Wear, Writes};
use super::{Clock, Content, Effects, Letter, Refused, Retention};
use crate::lot::{self, Case, Remembered, Rules};
use crate::model::event::DeviceEvent;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Input};
use crate::model::moment::LotMoment;
use crate::model::outcome::Outcome;
use crate::model::without_store::StoreAway;
use crate::standard::years::earlier;
use crate::store::{Copies, FaultKind, Store, StoreError, StoreFault};
use jiff::SignedDuration;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Old rows removed with one tick at most: 5.5 million a day.
const PRUNE_AT_ONCE: u32 = 64;
/// Nothing is tried for so long when an input could not be written down.
const AFTER_A_FAILURE: Duration = Duration::from_millis(200);

pub(super) struct Engine {
    pub(super) rules: Rules,
    pub(super) retention: Retention,
    pub(super) clock: Clock,
    /// What the clock said when it was noted in the store last.
    pub(super) noted: Option<LotMoment>,
    pub(super) effects: Effects,
    pub(super) settles: watch::Sender<u64>,
    /// Told whether nothing can be written down.
    pub(super) away: watch::Sender<Option<StoreAway>>,
    /// Told whenever the database has been put together anew.
    pub(super) mended: watch::Sender<u64>,
    pub(super) ballast: Ballast,
    pub(super) copies: Copies,
    pub(super) copy_plan: CopyPlan,
    pub(super) mender: Mender,
    /// What is known of the store when it is gone.
    pub(super) remembered: Remembered,
    /// A start that could not be noted yet.
    pub(super) start_owed: bool,
    /// Why the database that is opened next was not in use for a time.
    pub(super) not_in_use: Option<String>,
    /// Knows who was at work when a process ended.
    pub(super) guard: Guard,
    /// What this process has written to its medium.
    pub(super) wear: Wear,
    /// Whether it is told that somebody reads in the log and does not end.
    pub(super) log_held: bool,
}

/// Letters that the store as a whole did not take; nobody was answered.
pub(super) struct Uncommitted {
    pub(super) letters: Vec<Letter>,
    pub(super) fault: StoreFault,
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
        Content::Rules(_) | Content::Damaged(_) => None,
    };
    let waited = came.unwrap_or(letter.posted).elapsed();
    SignedDuration::try_from(waited).unwrap_or(SignedDuration::MAX)
}

/// Whether a letter says that time has passed.
pub(super) fn is_tick(letter: &Letter) -> bool {
    matches!(&letter.content, Content::Input(input) if matches!(**input, Input::Tick { .. }))
}

impl Engine {
    /// Letters that are decided by the same rules, as many together as the guard has it.
    pub(super) fn take(
        &mut self,
        store: &Store,
        mut letters: Vec<Letter>,
    ) -> Result<(), Uncommitted> {
        while !letters.is_empty() {
            let behind = letters.split_off(self.guard.together(&letters));
            let first = std::mem::replace(&mut letters, behind);
            if let Err(mut not_taken) = self.take_together(store, first) {
                not_taken.letters.append(&mut letters);
                return Err(not_taken);
            }
        }
        Ok(())
    }

    /// They are committed together. New rules, if any, come first.
    fn take_together(&mut self, store: &Store, letters: Vec<Letter>) -> Result<(), Uncommitted> {
        let mut before = None;
        if let Some(Letter { content: Content::Rules(rules), .. }) = letters.first() {
            before = Some(std::mem::replace(&mut self.rules, Rules::clone(rules)));
        }
        match self.commit_or_make_room(store, &letters) {
            Ok(done) => {
                self.release(letters.into_iter().map(|letter| letter.answer).zip(done));
                Ok(())
            }
            Err(failure) => match failure.fault() {
                Some(fault) => {
                    if let Some(before) = before {
                        self.rules = before;
                    }
                    Err(Uncommitted { letters, fault })
                }
                None => self.one_by_one(store, letters, &failure, before),
            },
        }
    }

    /// On a full disk the ballast goes, once.
    fn commit_or_make_room(
        &mut self,
        store: &Store,
        letters: &[Letter],
    ) -> Result<Vec<Done>, StoreError> {
        let committed = self.commit(store, letters);
        let is_full = |failure: &StoreError| {
            failure.fault().is_some_and(|fault| fault.kind == FaultKind::Full)
        };
        if committed.as_ref().is_err_and(is_full) && self.ballast.let_go() {
            self.effects.teller.tell(Happening::Ballast { there: false });
            return self.commit(store, letters);
        }
        committed
    }

    /// One of the inputs cannot be carried out: each gets a transaction of its own, so that the others do not suffer for
    /// it. New rules that cannot be noted do not hold: the ones `before` do.
    fn one_by_one(
        &mut self,
        store: &Store,
        letters: Vec<Letter>,
        failure: &StoreError,
        mut before: Option<Rules>,
    ) -> Result<(), Uncommitted> {
        self.effects.teller.tell(Happening::CommitFailed { error: failure.to_string() });
        let mut failed = false;
        let mut letters = letters.into_iter();
        while let Some(letter) = letters.next() {
            match self.commit(store, std::slice::from_ref(&letter)) {
                Ok(done) => self.release(std::iter::once(letter.answer).zip(done)),
                Err(failure) => {
                    if let (Content::Rules(_), Some(rules)) = (&letter.content, before.take()) {
                        self.rules = rules;
                    }
                    if let Some(fault) = failure.fault() {
                        let letters = std::iter::once(letter).chain(letters).collect();
                        return Err(Uncommitted { letters, fault });
                    }
                    failed = true;
                    // Whoever no longer waits for the answer has given up by itself.
                    let _ = letter.answer.send(Err(Refused::Failed(failure.to_string())));
                }
            }
        }
        if failed {
            std::thread::sleep(AFTER_A_FAILURE);
        }
        Ok(())
    }

    /// One transaction for all. On failure nothing took effect.
    fn commit(&mut self, store: &Store, letters: &[Letter]) -> Result<Vec<Done>, StoreError> {
        self.guard.begin(letters);
        let done = self.decide_and_commit(store, letters);
        self.guard.end(letters, done.is_ok());
        done
    }

    fn decide_and_commit(
        &mut self,
        store: &Store,
        letters: &[Letter],
    ) -> Result<Vec<Done>, StoreError> {
        let moment = self.clock.read();
        let (now, mut noted, mut writes) = (moment.now, false, None);
        let tx = store.begin_beside()?;
        let mut done = Vec::with_capacity(letters.len());
        self.guard.look(&tx)?;
        for (place, letter) in letters.iter().enumerate() {
            let input = match &letter.content {
                Content::Input(input) => input,
                Content::Rules(_) => &Input::RulesChanged,
                // It was taken before; what it is about is seen by then.
                Content::Damaged(_) => continue,
            };
            let case = Case::new(&tx, &self.rules, moment.clone()).after(waited(letter));
            let mut case = case.watched(&self.guard);
            if place == 0 {
                noted = lot::keep_clock(&mut case, self.noted.as_ref())?;
            }
            let answer = self.guard.decide(&mut case, place, input)?;
            done.push((answer, case.into_outcome()));
        }
        if letters.iter().any(is_tick) {
            self.remembered = Remembered::read(&Case::new(&tx, &self.rules, now))?;
            let Retention { records, messages } = self.retention;
            tx.prune(earlier(now, records), earlier(now, messages), PRUNE_AT_ONCE)?;
            writes = self.wear.due(Instant::now());
            if let Some(Writes { bytes, seconds, .. }) = writes {
                tx.add_written(bytes, seconds, now)?;
            }
        }
        tx.commit()?;
        if letters.iter().any(is_tick) {
            store.note_progress();
        }
        if let Some(writes) = writes {
            self.wear.noted(writes);
        }
        if noted {
            self.noted = Some(moment);
        }
        Ok(done)
    }
}
