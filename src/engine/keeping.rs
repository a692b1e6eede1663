//! With a store or without: the engine goes on either way. What the medium will not take is no reason to end.

use super::first::First;
use super::held::Held;
use super::mail::{Mail, Next, StoreEnd};
use super::without::Kept;
use super::writer::{Engine, Uncommitted, is_tick};
use super::{Content, Letter};
use crate::model::happening::Happening;
use crate::model::input::Input;
use crate::store::{CopyError, FaultKind, Keeper, LogFile, Standing, Store, StoreFault};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Whether its file still stands where it should is looked at so often.
const LOOK_AT_FILE: Duration = Duration::from_secs(15);

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
        if let Some(words) = store.as_ref().ok().and_then(untold) {
            // So is what has taken its place: a process that ended right behind that told nothing.
            store = Err(StoreFault { kind: FaultKind::Left, words });
        }
        if keeper.was_begun() {
            let path = keeper.path().display().to_string();
            self.effects.teller.tell(Happening::DatabaseBegun { path });
        }
        loop {
            let ended = match store {
                Ok(store) => self.with(&store, &mut keeper, &mut mail),
                Err(fault) => StoreEnd::Lost(fault),
            };
            let StoreEnd::Lost(fault) = ended else { return };
            let kept = Kept { notes: std::mem::take(&mut notes), journal: &mut journal };
            let Some(back) = self.without(fault, &mut keeper, kept, &mut mail) else { return };
            store = Ok(back);
        }
    }

    fn with(&mut self, store: &Store, keeper: &mut Keeper, mail: &mut Mail) -> StoreEnd {
        // What was noted before may be of another database.
        self.noted = None;
        if let Ok(known) = store.begin_beside().and_then(|tx| tx.known_time()) {
            self.clock.take_up(&known);
        }
        let mut looked = Instant::now();
        let mut held = None;
        loop {
            let mut taken = self.take_or_hold(store, mail, &mut held);
            // Nothing else is done with the database while a transaction is open.
            if taken.is_ok() && held.is_none() {
                taken = self.copy(store, mail);
            }
            if is_damage(&taken) && keeper.standing() == Standing::Displaced {
                // What stands there is not what is open, which holds all.
                taken = self.look_at_file(store, keeper, mail).and(taken);
            }
            if taken.is_ok() && held.is_none() && looked.elapsed() >= LOOK_AT_FILE {
                taken = self.look_at_file(store, keeper, mail);
                looked = Instant::now();
                if taken.is_ok() {
                    self.look_at_log(store);
                }
            }
            if let Err(ended) = taken {
                self.leave(store, keeper, &ended);
                return ended;
            }
        }
    }

    /// It goes on with this store no longer: into a damaged one nothing more is written, and what another holds of which the
    /// file is gone would be gone with it.
    fn leave(&mut self, store: &Store, keeper: &mut Keeper, ended: &StoreEnd) {
        if let StoreEnd::Lost(StoreFault { kind: FaultKind::Damaged, .. }) = ended {
            return store.leave_as_it_is();
        }
        let now = self.clock.read().now;
        let written = match keeper.standing() {
            Standing::There | Standing::Cut => return,
            Standing::Displaced => {
                let complete = store.written_out();
                let aside = complete.and_then(|complete| store.put_in_place(&complete, now));
                aside.map(|aside| self.is_written_out(keeper, aside))
            }
            Standing::Elsewhere => return store.leave_as_it_is(),
            Standing::Underneath => {
                let complete = store.written_out();
                let beside = complete.and_then(|complete| store.put_beside(&complete, now));
                store.leave_as_it_is();
                beside.map(|beside| drop(self.was_underneath(keeper, &beside)))
            }
        };
        if let Err(error) = written {
            store.leave_as_it_is();
            self.cannot_be_written_out(&error);
        }
    }

    /// Takes the letters that wait together, and commits them; whether time has passed by one of them.
    pub(super) fn take_next(&mut self, store: &Store, mail: &mut Mail) -> Result<bool, StoreEnd> {
        let letters = mail.next().ok_or(StoreEnd::Stopped)?;
        self.take_letters(store, mail, &mut None, letters, false)
    }

    /// Takes the letters that wait together; what may wait for its commit is held, no longer than it may.
    fn take_or_hold<'store>(
        &mut self,
        store: &'store Store,
        mail: &mut Mail,
        held: &mut Option<Held<'store>>,
    ) -> Result<(), StoreEnd> {
        let until = held.as_ref().and_then(|held| held.until);
        let next = match until {
            Some(until) if until <= Instant::now() => Next::Nothing,
            until => mail.next_until(until),
        };
        if let Next::Letters(letters) = next {
            return self.take_letters(store, mail, held, letters, true).map(drop);
        }
        if let Err(Uncommitted { letters, fault }) = self.let_go(store, held) {
            mail.put_back(letters);
            return Err(StoreEnd::Lost(fault));
        }
        if let Next::Gone = next { Err(StoreEnd::Stopped) } else { Ok(()) }
    }

    fn take_letters<'store>(
        &mut self,
        store: &'store Store,
        mail: &mut Mail,
        held: &mut Option<Held<'store>>,
        letters: Vec<Letter>,
        may_wait: bool,
    ) -> Result<bool, StoreEnd> {
        let is_about_us =
            |letter: &Letter| matches!(letter.content, Content::Damaged(_) | Content::Hurry);
        let (found, letters): (Vec<_>, Vec<_>) = letters.into_iter().partition(is_about_us);
        let may_wait = may_wait && found.is_empty();
        let damage = found.into_iter().find_map(|letter| match letter.content {
            Content::Damaged(words) => Some(words),
            Content::Input(_) | Content::Rules(_) | Content::Hurry => None,
        });
        if let Some(words) = damage {
            // Those that are held are in no commit: they come first again.
            let held = held.take().map(|held| held.letters).unwrap_or_default();
            mail.put_back(held.into_iter().chain(letters).collect());
            return Err(StoreEnd::Lost(StoreFault { kind: FaultKind::Damaged, words }));
        }
        let ticks = letters.iter().any(is_tick);
        if self.ballast.make(letters.iter().rev().find_map(free_disk)) {
            self.effects.teller.tell(Happening::Ballast { there: true });
        }
        let mut taken = self.take(store, held, letters, may_wait);
        if taken.is_ok() && !may_wait {
            taken = self.let_go(store, held);
        }
        match taken {
            Ok(()) => Ok(ticks),
            Err(Uncommitted { letters, fault }) => {
                mail.put_back(letters);
                Err(StoreEnd::Lost(fault))
            }
        }
    }

    /// A log that a reader has made grow is cut back when that has gone.
    fn look_at_log(&mut self, store: &Store) {
        let held_before = std::mem::take(&mut self.log_held);
        match store.keep_log_small() {
            Ok(LogFile::Held(bytes)) => {
                self.log_held = true;
                if !held_before {
                    self.effects.teller.tell(Happening::LogHeld { bytes });
                }
            }
            Ok(LogFile::CutBack(bytes)) => {
                self.effects.teller.tell(Happening::LogCutBack { bytes });
            }
            // Whatever fails here fails at a commit, too.
            Ok(LogFile::Usual) | Err(_) => {}
        }
    }

    /// Whether the file that is open is the one people and the next start find: else all it holds is put where it should be.
    fn look_at_file(
        &mut self,
        store: &Store,
        keeper: &mut Keeper,
        mail: &mut Mail,
    ) -> Result<(), StoreEnd> {
        let path = keeper.path().display().to_string();
        match keeper.standing() {
            Standing::There => Ok(()),
            Standing::Cut => {
                let words =
                    format!("somebody has cut off {path}, or put another log (-wal) beside it");
                Err(StoreEnd::Lost(StoreFault { kind: FaultKind::Damaged, words }))
            }
            Standing::Elsewhere => {
                let words = format!("the disk of {path} is another, or not mounted");
                Err(StoreEnd::Lost(StoreFault { kind: FaultKind::Medium, words }))
            }
            Standing::Displaced => {
                let complete = self.write_out(store, mail)?;
                let now = self.clock.read().now;
                let aside = complete.and_then(|complete| store.put_in_place(&complete, now));
                self.goes_on_with_another(aside.map(|aside| {
                    self.is_written_out(keeper, aside);
                    format!("somebody deleted or replaced {path}")
                }))
            }
            Standing::Underneath => {
                let complete = self.write_out(store, mail)?;
                let now = self.clock.read().now;
                let beside = complete.and_then(|complete| store.put_beside(&complete, now));
                let words = beside.map(|beside| {
                    // By its name SQLite would take the other's log away.
                    store.leave_as_it_is();
                    self.was_underneath(keeper, &beside)
                });
                self.goes_on_with_another(words)
            }
        }
    }

    /// It does where all was written out. Damage is mended; of anything else it is told, and it is tried again.
    fn goes_on_with_another(&self, words: Result<String, CopyError>) -> Result<(), StoreEnd> {
        match words {
            Ok(words) => Err(StoreEnd::Lost(StoreFault { kind: FaultKind::Left, words })),
            Err(error) => match error.fault() {
                Some(fault) if fault.kind == FaultKind::Damaged => Err(StoreEnd::Lost(fault)),
                _ => {
                    self.cannot_be_written_out(&error);
                    Ok(())
                }
            },
        }
    }

    /// The database of before is there, and is opened next; it was not in use since this box wrote in it last.
    fn was_underneath(&mut self, keeper: &mut Keeper, beside: &Path) -> String {
        keeper.forget();
        self.start_owed = true;
        let (path, beside) = (keeper.path().display().to_string(), beside.display().to_string());
        let words = format!("the disk of {path} was mounted after the start");
        self.not_in_use = Some(words.clone());
        self.effects.teller.tell(Happening::DatabaseUnderneath { path, beside });
        words
    }

    /// The database has its place again; another one is opened there.
    fn is_written_out(&self, keeper: &mut Keeper, aside: Option<PathBuf>) {
        keeper.forget();
        let path = keeper.path().display().to_string();
        let aside = aside.map(|aside| aside.display().to_string());
        self.effects.teller.tell(Happening::DatabaseDisplaced { path, aside });
    }

    fn cannot_be_written_out(&self, error: &CopyError) {
        self.effects.teller.tell(Happening::CommitFailed { error: error.to_string() });
    }
}

fn is_damage(taken: &Result<(), StoreEnd>) -> bool {
    matches!(taken, Err(StoreEnd::Lost(StoreFault { kind: FaultKind::Damaged, .. })))
}

/// What stands in place of the database without anybody having been told.
fn untold(store: &Store) -> Option<String> {
    let untold = store.begin_beside().and_then(|tx| tx.untold()).ok().flatten();
    untold.map(|untold| untold.fault)
}

/// What is free on the disk, where a letter tells.
fn free_disk(letter: &Letter) -> Option<u64> {
    let Content::Input(input) = &letter.content else { return None };
    if let Input::Tick { free_disk } = **input { free_disk } else { None }
}
