//! The engine while nothing can be written down: people and lanes are served by [`WithoutStore`], what has to wait is
//! refused, and the store is tried again until it takes what was kept.

use super::journal::Journal;
use super::mail::Mail;
use super::writer::Engine;
use super::{Content, Letter, Refused};
use crate::lot::WithoutStore;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Input};
use crate::model::without_store::{Note, StoreAway};
use crate::store::{FaultKind, Keeper, Store, StoreFault};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A medium that takes nothing is tried again so often.
const AGAIN: Duration = Duration::from_secs(10);
/// What was kept is written down so many at a time.
const AT_ONCE: usize = 256;
/// While it is tried, whoever else holds the database is not waited for any longer.
const PATIENCE: Duration = Duration::from_millis(250);

/// What an earlier time without a store left, and where more of it stands.
pub(super) struct Kept<'j> {
    pub(super) notes: Vec<Note>,
    pub(super) journal: &'j mut Journal,
}

impl Engine {
    /// Goes on without a store until there is one again; none when every handle is gone.
    pub(super) fn without(
        &mut self,
        fault: &StoreFault,
        keeper: &mut Keeper,
        kept: Kept<'_>,
        mail: &mut Mail,
    ) -> Option<Store> {
        let Kept { notes, journal } = kept;
        let now = self.clock.read().now;
        let mut away = StoreAway {
            since: notes.first().map_or(now, |note| note.at.min(now)),
            fault: fault.words.clone(),
            when_it_fails: self.rules.when_it_fails,
            kept: notes.len(),
            dropped: 0,
        };
        let mut lot = WithoutStore::new(self.remembered.clone(), notes);
        self.tell_lost(&away);
        let pause = if fault.kind == FaultKind::Medium || fault.kind == FaultKind::Full {
            AGAIN
        } else {
            Duration::ZERO
        };
        let mut again_at = Instant::now() + pause;
        let mut damaged = fault.kind == FaultKind::Damaged;
        loop {
            for letter in mail.next()? {
                self.take_without(&mut lot, letter);
            }
            journal.add(lot.notes());
            if (lot.notes().len(), lot.dropped()) != (away.kept, away.dropped) {
                (away.kept, away.dropped) = (lot.notes().len(), lot.dropped());
                self.away.send_replace(Some(away.clone()));
            }
            if Instant::now() < again_at {
                continue;
            }
            if damaged {
                damaged = !self.start_anew(keeper);
            }
            match self.try_again(keeper, &mut lot, &away) {
                Ok(store) => {
                    journal.clear();
                    self.away.send_replace(None);
                    return Some(store);
                }
                Err(words) => {
                    journal.clear();
                    journal.add(lot.notes());
                    if words != away.fault {
                        away.fault = words;
                        self.tell_lost(&away);
                    }
                }
            }
            again_at = Instant::now() + AGAIN;
        }
    }

    fn tell_lost(&self, away: &StoreAway) {
        let (error, when_it_fails) = (away.fault.clone(), away.when_it_fails);
        self.effects.teller.tell(Happening::StoreLost { error, when_it_fails });
        self.away.send_replace(Some(away.clone()));
    }

    /// A damaged database makes way for a new one; false when it cannot be moved.
    fn start_anew(&mut self, keeper: &mut Keeper) -> bool {
        let Ok(aside) = keeper.move_aside(self.clock.read().now) else { return false };
        let path = aside.display().to_string();
        self.start_owed = Some(Input::Started { moved_aside: Some(path.clone()) });
        self.effects.teller.tell(Happening::DatabaseMovedAside { path });
        true
    }

    /// Opens the database and writes down what is kept; the error in its own words.
    fn try_again(
        &mut self,
        keeper: &mut Keeper,
        lot: &mut WithoutStore,
        away: &StoreAway,
    ) -> Result<Store, String> {
        let in_words = |error: crate::store::StoreError| error.to_string();
        let store = keeper.open().map_err(in_words)?;
        store.wait_at_most(PATIENCE).map_err(in_words)?;
        if let Some(start) = self.start_owed.clone() {
            self.write_down(&store, vec![start])?;
            self.start_owed = None;
        }
        loop {
            let inputs = lot.next_inputs(&self.rules, AT_ONCE, self.clock.read().now);
            if inputs.is_empty() {
                break;
            }
            let count = inputs.len();
            self.write_down(&store, inputs)?;
            lot.written(count);
        }
        self.write_down(&store, lot.last_inputs(away))?;
        store.wait_at_most(Store::PATIENCE).map_err(in_words)?;
        Ok(store)
    }

    /// Inputs that nobody waits for.
    fn write_down(&mut self, store: &Store, inputs: Vec<Input>) -> Result<(), String> {
        let letter = |input| Letter {
            content: Content::Input(Box::new(input)),
            posted: Instant::now(),
            answer: oneshot::channel().0,
        };
        let letters = inputs.into_iter().map(letter).collect();
        self.take(store, letters).map_err(|not_taken| not_taken.fault.words)
    }

    fn take_without(&mut self, lot: &mut WithoutStore, letter: Letter) {
        let Letter { content, answer, .. } = letter;
        // Whoever no longer waits for an answer has given up by itself.
        let Content::Input(input) = content else {
            return drop(answer.send(Err(Refused::WithoutStore)));
        };
        if let Input::Started { .. } = *input {
            // What a crash left is taken up when it can be.
            self.start_owed.get_or_insert(*input);
            return drop(answer.send(Ok(Answer::Done)));
        }
        match lot.decide(&self.rules, *input, self.clock.read().now) {
            Some(done) => self.release(std::iter::once((answer, done))),
            None => drop(answer.send(Err(Refused::WithoutStore))),
        }
    }
}
