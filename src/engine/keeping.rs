//! With a store or without: the engine goes on either way. What the medium will not take is no reason to end.

use super::first::First;
use super::mail::Mail;
use super::without::Kept;
use super::writer::{Engine, Uncommitted};
use super::{Content, Letter};
use crate::model::happening::Happening;
use crate::model::input::Input;
use crate::store::{FaultKind, Store, StoreFault};

/// Why the engine goes on no longer as it did.
enum Ended {
    /// Every handle is gone.
    Stopped,
    /// Nothing can be written.
    Lost(StoreFault),
}

impl Engine {
    /// Takes letters until every handle is gone.
    pub(super) fn run(mut self, first: First, mut mail: Mail) {
        let First { mut keeper, mut store, mut journal, .. } = first;
        let mut notes = journal.read();
        if !notes.is_empty() && store.is_ok() {
            // They are written down as if the store had come back just now.
            let words = "the former process ended before it could be written".to_owned();
            store = Err(StoreFault { kind: FaultKind::Left, words });
        }
        loop {
            let ended = match store {
                Ok(store) => self.with(&store, &mut mail),
                Err(fault) => Ended::Lost(fault),
            };
            let Ended::Lost(fault) = ended else { return };
            let kept = Kept { notes: std::mem::take(&mut notes), journal: &mut journal };
            let Some(back) = self.without(&fault, &mut keeper, kept, &mut mail) else { return };
            store = Ok(back);
        }
    }

    fn with(&mut self, store: &Store, mail: &mut Mail) -> Ended {
        // What was noted before may be of another database.
        self.noted = None;
        if let Ok(known) = store.begin_beside().and_then(|tx| tx.known_time()) {
            self.clock.take_up(&known);
        }
        while let Some(letters) = mail.next() {
            if self.ballast.make(letters.iter().rev().find_map(free_disk)) {
                self.effects.teller.tell(Happening::Ballast { there: true });
            }
            if let Err(Uncommitted { letters, fault }) = self.take(store, letters) {
                mail.put_back(letters);
                return Ended::Lost(fault);
            }
        }
        Ended::Stopped
    }
}

/// What is free on the disk, where a letter tells.
fn free_disk(letter: &Letter) -> Option<u64> {
    let Content::Input(input) = &letter.content else { return None };
    if let Input::Tick { free_disk } = **input { free_disk } else { None }
}
