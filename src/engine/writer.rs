//! The writer's thread: letters that wait together are decided and committed together. What a commit has come to
//! leaves by [`release`](super::release); what an input means is the lot's affair.

use super::ballast::Ballast;
use super::copy_plan::CopyPlan;
use super::guard::Guard;
use super::haste::{Joining, may_wait};
use super::held::Held;
use super::mender::Mender;
use super::wear::Wear;
use super::{COMMIT_AT_MOST, Clock, Content, Effects, Letter, Refused, Retention};
use crate::lot::{self, Case, Remembered, Rules};
use crate::model::event::DeviceEvent;
use crate::model::happening::Happening;
use crate::model::input::Input;
use crate::model::moment::LotMoment;
use crate::model::without_store::StoreAway;
use crate::standard::years::earlier;
use crate::store::{Copies, FaultKind, Store, StoreError, StoreFault};
use jiff::SignedDuration;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Old rows removed with one tick at most: 5.5 million a day.
const PRUNE_AT_ONCE: u32 = 64;
/// One letter alone is tried so often again at once: as often as something is tried before it is put aside, and a few rows may
/// be in its way.
const TRIED_AT_ONCE: u32 = 16;
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
    pub(super) joining: Joining,
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

/// Letters of which none was taken, and why.
type Failed = (Vec<Letter>, StoreError);

/// How long ago what a letter tells came to this process.
fn waited(letter: &Letter) -> SignedDuration {
    let came = match &letter.content {
        Content::Input(input) => match input.as_ref() {
            Input::Device(DeviceEvent::PlateRead(read)) => read.received,
            _ => None,
        },
        Content::Rules(_) | Content::Damaged(_) | Content::Hurry => None,
    };
    let waited = came.unwrap_or(letter.posted).elapsed();
    SignedDuration::try_from(waited).unwrap_or(SignedDuration::MAX)
}

/// Whether a letter says that time has passed.
pub(super) fn is_tick(letter: &Letter) -> bool {
    matches!(&letter.content, Content::Input(input) if matches!(**input, Input::Tick { .. }))
}

/// Nothing more can be written where a number stands in the way that no lot comes to; on failure it still does.
fn brought_numbers_back(store: &Store) -> bool {
    store.bring_numbers_back().unwrap_or(false)
}

impl Engine {
    /// Letters that are decided by the same rules, as many together as the guard has it. What may wait for its commit is
    /// held, if that `may_wait` at all.
    pub(super) fn take<'store>(
        &mut self,
        store: &'store Store,
        held: &mut Option<Held<'store>>,
        mut letters: Vec<Letter>,
        may_wait: bool,
    ) -> Result<(), Uncommitted> {
        while !letters.is_empty() {
            let together = self.guard.together(&letters);
            let may_wait = may_wait && together == letters.len() && !self.guard.suspects_any();
            let behind = letters.split_off(together);
            let first = std::mem::replace(&mut letters, behind);
            if let Err(mut not_taken) = self.take_together(store, held, first, may_wait) {
                not_taken.letters.append(&mut letters);
                return Err(not_taken);
            }
        }
        Ok(())
    }

    /// What is held is committed now.
    pub(super) fn let_go<'store>(
        &mut self,
        store: &'store Store,
        held: &mut Option<Held<'store>>,
    ) -> Result<(), Uncommitted> {
        let Some(waits) = held.take() else { return Ok(()) };
        let tried = self.commit(store, waits);
        self.or_make_room(store, tried).or_else(|failed| self.after_a_failure(store, failed, None))
    }

    /// They are committed together, with those that are held. New rules, if any, come first.
    fn take_together<'store>(
        &mut self,
        store: &'store Store,
        held: &mut Option<Held<'store>>,
        letters: Vec<Letter>,
        may_wait: bool,
    ) -> Result<(), Uncommitted> {
        let mut before = None;
        if let Some(Letter { content: Content::Rules(rules), .. }) = letters.first() {
            let rules = Rules::clone(rules);
            // What was handed over before is decided by the old ones, also where it has to be decided again.
            if let Err(mut failed) = self.let_go(store, held) {
                failed.letters.extend(letters);
                return Err(failed);
            }
            before = Some(std::mem::replace(&mut self.rules, rules));
        }
        let tried = self.decide(store, held.take(), letters).and_then(|decided| {
            let waits = may_wait && decided.until.is_some();
            if waits && decided.letters.len() < COMMIT_AT_MOST {
                self.guard.rest();
                return Ok(Some(decided));
            }
            self.commit(store, decided).map(|()| None)
        });
        match tried {
            Ok(waits) => {
                *held = waits;
                Ok(())
            }
            Err(failed) => self
                .or_make_room(store, Err(failed))
                .or_else(|failed| self.after_a_failure(store, failed, before)),
        }
    }

    /// On a full disk the ballast goes, once.
    fn or_make_room(&mut self, store: &Store, tried: Result<(), Failed>) -> Result<(), Failed> {
        let Err((letters, failure)) = tried else { return Ok(()) };
        let is_full = match failure.fault().map(|fault| fault.kind) {
            Some(FaultKind::Full) => true,
            Some(FaultKind::Medium) => self.ballast.meets_quota(),
            Some(FaultKind::Damaged | FaultKind::Left) | None => false,
        };
        if is_full && brought_numbers_back(store) {
            return self.decide_and_commit(store, letters);
        }
        if is_full && self.ballast.let_go() {
            self.effects.teller.tell(Happening::Ballast { there: false });
            return self.decide_and_commit(store, letters);
        }
        Err((letters, failure))
    }

    /// None of them was taken: by the store as a whole, or since one of them cannot be.
    fn after_a_failure(
        &mut self,
        store: &Store,
        (letters, failure): Failed,
        before: Option<Rules>,
    ) -> Result<(), Uncommitted> {
        let Some(fault) = failure.fault() else {
            return self.one_by_one(store, letters, &failure, before);
        };
        if let Some(before) = before {
            self.rules = before;
        }
        Err(Uncommitted { letters, fault })
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
            let Err((alone, failure)) = self.alone(store, letter) else { continue };
            let is_rules = |letter: &Letter| matches!(letter.content, Content::Rules(_));
            if alone.iter().any(is_rules)
                && let Some(rules) = before.take()
            {
                self.rules = rules;
            }
            if let Some(fault) = failure.fault() {
                return Err(Uncommitted {
                    letters: alone.into_iter().chain(letters).collect(),
                    fault,
                });
            }
            failed = true;
            for letter in alone {
                // Whoever no longer waits for the answer has given up by itself.
                let _ = letter.answer.send(Err(Refused::Failed(failure.to_string())));
            }
        }
        if failed {
            std::thread::sleep(AFTER_A_FAILURE);
        }
        Ok(())
    }

    /// One letter in a transaction of its own. Where it is a row that cannot be read it is tried again at once, since it will
    /// be the same, until it or the row is put aside.
    fn alone(&mut self, store: &Store, letter: Letter) -> Result<(), Failed> {
        let mut tried = self.decide_and_commit(store, vec![letter]);
        for _ in 0..TRIED_AT_ONCE {
            let Err((letters, failure)) = tried else { return Ok(()) };
            if failure.fault().is_some() {
                return Err((letters, failure));
            }
            if letters.iter().all(|letter| matches!(letter.content, Content::Input(_))) {
                self.guard.refused();
            }
            let again = failure.is_of_a_row() || brought_numbers_back(store);
            if !again {
                return Err((letters, failure));
            }
            tried = self.decide_and_commit(store, letters);
        }
        tried
    }

    /// One transaction for all. On failure nothing took effect.
    fn decide_and_commit(&mut self, store: &Store, letters: Vec<Letter>) -> Result<(), Failed> {
        let decided = self.decide(store, None, letters)?;
        self.commit(store, decided)
    }

    /// Decides letters behind those that are held. On failure nothing of either was done.
    fn decide<'store>(
        &mut self,
        store: &'store Store,
        held: Option<Held<'store>>,
        letters: Vec<Letter>,
    ) -> Result<Held<'store>, Failed> {
        let mut decided = match held.map_or_else(|| store.begin_beside().map(Held::new), Ok) {
            Ok(held) => held,
            Err(failure) => return Err((letters, failure)),
        };
        let first = decided.letters.len();
        decided.letters.extend(letters);
        self.guard.begin(first, &decided.letters);
        match self.decide_from(&mut decided, first) {
            Ok(()) => Ok(decided),
            Err(failure) => {
                self.guard.end(&decided.letters, false);
                Err((decided.letters, failure))
            }
        }
    }

    fn decide_from(&mut self, decided: &mut Held<'_>, first: usize) -> Result<(), StoreError> {
        let Held { tx, letters, done, noted, writes, ticks, until } = decided;
        let moment = self.clock.read();
        let now = moment.now;
        let mut waits = Some(until.unwrap_or_else(|| Instant::now() + self.joining.noted_within));
        self.guard.look(tx)?;
        for (place, letter) in letters.iter().enumerate().skip(first) {
            let input = match &letter.content {
                Content::Input(input) => input,
                Content::Rules(_) => &Input::RulesChanged,
                // They were taken before; what is damaged is seen by then.
                Content::Damaged(_) | Content::Hurry => continue,
            };
            let case = Case::new(tx, &self.rules, moment.clone()).after(waited(letter));
            let mut case = case.watched(&self.guard);
            if place == first && lot::keep_clock(&mut case, noted.as_ref().or(self.noted.as_ref()))?
            {
                *noted = Some(moment.clone());
            }
            let answer = self.guard.decide(&mut case, place, input)?;
            let outcome = case.into_outcome();
            let wait = may_wait(self.joining, &answer, &outcome).filter(|_| !letter.awaited);
            waits = waits.zip(wait).map(|(until, wait)| until.min(letter.posted + wait));
            done.push((answer, outcome));
        }
        *until = waits;
        if letters.iter().skip(first).any(is_tick) {
            *ticks = true;
            self.remembered = Remembered::read(&Case::new(tx, &self.rules, now))?;
            let Retention { records, messages } = self.retention;
            tx.prune(earlier(now, records), earlier(now, messages), PRUNE_AT_ONCE)?;
            if writes.is_none()
                && let Some(due) = self.wear.due(Instant::now())
            {
                tx.add_written(due.bytes, due.seconds, now)?;
                *writes = Some(due);
            }
        }
        Ok(())
    }

    /// Makes it durable; only then does anything leave.
    fn commit(&mut self, store: &Store, decided: Held<'_>) -> Result<(), Failed> {
        let Held { tx, letters, done, noted, writes, ticks, .. } = decided;
        self.guard.go_on();
        let committed = tx.commit();
        self.guard.end(&letters, committed.is_ok());
        if let Err(failure) = committed {
            return Err((letters, failure));
        }
        if ticks {
            store.note_progress();
        }
        if let Some(writes) = writes {
            self.wear.noted(writes);
        }
        if noted.is_some() {
            self.noted = noted;
        }
        self.release(letters.into_iter().map(|letter| letter.answer).zip(done));
        Ok(())
    }
}
