//! The engine while nothing can be written down: people and lanes are served by [`WithoutStore`], what has to wait is
//! refused, and the store is tried again until it takes what was kept.

use super::journal::Journal;
use super::mail::Mail;
use super::mender::Cured;
use super::next_try::{NextTry, Tries};
use super::writer::Engine;
use super::{Content, Letter, Refused};
use crate::lot::{self, Case, WithoutStore};
use crate::model::happening::Happening;
use crate::model::input::{Answer, Input};
use crate::model::without_store::{Note, StoreAway};
use crate::store::{FaultKind, Keeper, Store, StoreError, StoreFault};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What was kept is written down so many at a time.
const AT_ONCE: usize = 256;
/// While it is tried, whoever else holds the database is not waited for any longer.
const PATIENCE: Duration = Duration::from_millis(250);

/// What an earlier time without a store left, and where more of it stands.
pub(super) struct Kept<'j> {
    pub(super) notes: Vec<Note>,
    pub(super) journal: &'j mut Journal,
}

/// The engine while it tries to have a store again.
struct Trying<'e, 'j> {
    engine: &'e mut Engine,
    keeper: &'e mut Keeper,
    lot: &'e mut WithoutStore,
    journal: &'j mut Journal,
    away: &'e mut StoreAway,
}

impl Tries for Trying<'_, '_> {
    type Store = Store;

    fn open(&mut self) -> Result<Store, StoreFault> {
        let kept = (&mut *self.lot, &mut *self.journal);
        self.engine.try_again(self.keeper, kept, self.away)
    }

    fn begin_to_mend(&mut self) -> std::io::Result<()> {
        let now = self.engine.clock.read().now;
        self.engine.mender.begin(&self.engine.copies, now)
    }

    fn mended(&mut self) -> Option<Result<(), StoreFault>> {
        let found = self.engine.mender.ended()?;
        Some(found.map(|found| {
            if let Cured::Mended = found {
                self.keeper.forget();
            }
        }))
    }

    fn failed(&mut self, words: String) {
        self.engine.tell_otherwise(self.away, words);
    }
}

impl Engine {
    /// Goes on without a store until there is one again; none when every handle is gone.
    pub(super) fn without(
        &mut self,
        fault: StoreFault,
        keeper: &mut Keeper,
        kept: Kept<'_>,
        mail: &mut Mail,
    ) -> Option<Store> {
        let Kept { notes, journal } = kept;
        let now = self.clock.read().now;
        let mut away = StoreAway {
            since: notes.first().map_or(now, |note| note.at.min(now)),
            fault: fault.words,
            when_it_fails: self.rules.when_it_fails,
            kept: notes.len(),
            dropped: 0,
        };
        let mut lot = WithoutStore::new(self.remembered.clone(), notes);
        if fault.kind == FaultKind::Left {
            // It is opened at once; that it has come back tells why.
            self.away.send_replace(Some(away.clone()));
        } else {
            self.tell_lost(&away);
        }
        let mut next = NextTry::after_loss(fault.kind, Instant::now());
        loop {
            for letter in mail.next()? {
                self.take_without(&mut lot, letter);
            }
            journal.add(lot.notes());
            if (lot.notes().len(), lot.dropped()) != (away.kept, away.dropped) {
                (away.kept, away.dropped) = (lot.notes().len(), lot.dropped());
                self.away.send_replace(Some(away.clone()));
            }
            let mut tries =
                Trying { engine: self, keeper, lot: &mut lot, journal, away: &mut away };
            match next.go(Instant::now(), &mut tries) {
                ControlFlow::Continue(then) => next = then,
                ControlFlow::Break(store) => {
                    journal.clear();
                    self.away.send_replace(None);
                    return Some(store);
                }
            }
        }
    }

    /// Why nothing can be written, where that is otherwise than before.
    fn tell_otherwise(&self, away: &mut StoreAway, words: String) {
        if words != away.fault {
            away.fault = words;
            self.tell_lost(away);
        }
    }

    fn tell_lost(&self, away: &StoreAway) {
        let (error, when_it_fails) = (away.fault.clone(), away.when_it_fails);
        self.effects.teller.tell(Happening::StoreLost { error, when_it_fails });
        self.away.send_replace(Some(away.clone()));
    }

    /// Opens the database and writes down what is kept.
    fn try_again(
        &mut self,
        keeper: &mut Keeper,
        (lot, journal): (&mut WithoutStore, &mut Journal),
        away: &StoreAway,
    ) -> Result<Store, StoreFault> {
        let store = keeper.open().map_err(|error| fault_of(&error))?;
        store.wait_at_most(PATIENCE).map_err(|error| fault_of(&error))?;
        if let Some(words) = &self.not_in_use {
            let left = store.leave_word_since_it_was_used(words, self.clock.read().now);
            left.map_err(|error| fault_of(&error))?;
            self.not_in_use = None;
        }
        // Another may stand in its place, whoever put it there.
        let untold = store.begin_beside().and_then(|tx| tx.untold());
        let untold = untold.map_err(|error| fault_of(&error))?;
        if self.start_owed {
            self.write_down(&store, vec![Input::Started])?;
            self.start_owed = false;
        } else if untold.is_some() {
            self.write_down(&store, vec![Input::Mended])?;
        }
        let notes = lot.to_write_down(&self.rules, self.clock.read().now);
        for some in notes.chunks(AT_ONCE) {
            let inputs = some.iter().map(|note| Input::Noted(Box::new(note.clone())));
            for place in self.write_down(&store, inputs.collect())? {
                if let Some(note) = some.get(place) {
                    self.put_aside(&store, note, place).map_err(|error| fault_of(&error))?;
                }
            }
            lot.written(some.len());
            journal.replace(lot.notes());
        }
        let since = untold.as_ref().map_or(away.since, |untold| untold.since.min(away.since));
        let away = StoreAway { since, ..away.clone() };
        let mended = untold.as_ref().and_then(|untold| untold.mended.as_ref());
        self.write_down(&store, lot.last_inputs(&away, mended))?;
        if untold.is_some() {
            self.mended.send_modify(|count| *count = count.wrapping_add(1));
        }
        store.wait_at_most(Store::PATIENCE).map_err(|error| fault_of(&error))?;
        Ok(store)
    }

    /// Inputs that nobody waits for; returns the places of those that cannot be written down by themselves.
    fn write_down(&mut self, store: &Store, inputs: Vec<Input>) -> Result<Vec<usize>, StoreFault> {
        let (mut letters, mut answers) = (Vec::new(), Vec::new());
        for input in inputs {
            let (answer, answered) = oneshot::channel();
            let content = Content::Input(Box::new(input));
            letters.push(Letter { content, posted: Instant::now(), answer, awaited: true });
            answers.push(answered);
        }
        self.take(store, &mut None, letters, false).map_err(|not_taken| not_taken.fault)?;
        let refused = answers.iter_mut().enumerate().filter_map(|(place, answered)| {
            matches!(answered.try_recv(), Ok(Err(_))).then_some(place)
        });
        Ok(refused.collect())
    }

    /// What cannot be written down is kept for people to look at.
    fn put_aside(&mut self, store: &Store, note: &Note, place: usize) -> Result<(), StoreError> {
        let input = Input::Noted(Box::new(note.clone()));
        let tx = store.begin_beside()?;
        let mut case = Case::new(&tx, &self.rules, self.clock.read());
        let name = format!("note {} {place}", note.at.as_nanosecond());
        let answer = lot::put_aside(&mut case, &input, &name)?;
        let outcome = case.into_outcome();
        tx.commit()?;
        self.release(std::iter::once((oneshot::channel().0, (answer, outcome))));
        Ok(())
    }

    fn take_without(&mut self, lot: &mut WithoutStore, letter: Letter) {
        let Letter { content, answer, .. } = letter;
        // Whoever no longer waits for an answer has given up by itself.
        let Content::Input(input) = content else {
            return drop(answer.send(Err(Refused::WithoutStore)));
        };
        if matches!(*input, Input::Started) {
            // What a crash left is taken up when it can be.
            self.start_owed = true;
            return drop(answer.send(Ok(Answer::Done)));
        }
        match lot.decide(&self.rules, *input, self.clock.read().now) {
            Some(done) => self.release(std::iter::once((answer, done))),
            None => drop(answer.send(Err(Refused::WithoutStore))),
        }
    }
}

/// What is no fault of the whole database keeps it from being opened all the same.
fn fault_of(error: &StoreError) -> StoreFault {
    let words = error.to_string();
    error.fault().unwrap_or(StoreFault { kind: FaultKind::Medium, words })
}
