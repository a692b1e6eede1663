//! What the engine starts with: its database, opened or not yet, and what stands beside it.

use super::ballast::Ballast;
use super::guard::GuardFiles;
use super::haste::Joining;
use super::journal::Journal;
use crate::model::moment::KnownTime;
use crate::store::{Copies, Keeper, Store, StoreError, StoreFault};
use std::path::{Path, PathBuf};

/// What the engine starts with.
pub struct First {
    pub(super) keeper: Keeper,
    pub(super) store: Result<Store, StoreFault>,
    pub(super) ballast: Ballast,
    pub(super) journal: Journal,
    pub(super) guard: GuardFiles,
    pub(super) copies: Copies,
    pub(super) joining: Joining,
}

impl From<Store> for First {
    fn from(store: Store) -> Self {
        let keeper = Keeper::of(&store);
        let copies = Copies::new(keeper.path(), Path::new(""), None, 0);
        Self::of(keeper, Ok(store), copies)
    }
}

impl First {
    fn of(keeper: Keeper, store: Result<Store, StoreFault>, copies: Copies) -> Self {
        let (ballast, journal) = (Ballast::default(), Journal::default());
        let guard = GuardFiles::none();
        let joining = Joining::default();
        Self { keeper, store, ballast, journal, guard, copies, joining }
    }

    /// Opens the database that there are copies of; a file in memory says on which disk it was. What its medium refuses is
    /// tried again later; an error is what only a person can mend.
    pub fn open(copies: Copies, disk_note: Option<PathBuf>) -> Result<Self, StoreError> {
        let mut keeper = Keeper::new(copies.database()).noting_its_disk(disk_note);
        if !keeper.is_there() && copies.are_there() {
            // It is put together from them, unless its whole disk is not there yet.
            keeper.expect_its_disk();
        }
        let store = match keeper.open() {
            Ok(store) => Ok(store),
            Err(error) => match error.fault() {
                Some(fault) => Err(fault),
                None => return Err(error),
            },
        };
        Ok(Self::of(keeper, store, copies))
    }

    /// What the database knows of the time from before, where it was opened.
    pub fn known_time(&self) -> Option<KnownTime> {
        self.store.as_ref().ok()?.begin_beside().ok()?.known_time().ok()
    }

    /// The same with so many bytes taken beforehand.
    #[must_use]
    pub fn with_ballast(self, bytes: u64) -> Self {
        let ballast = Ballast::beside(self.keeper.path(), bytes);
        Self { ballast, ..self }
    }

    /// The same with files in memory that say who was at work when a process ended.
    #[must_use]
    pub fn guarded(self, guard: GuardFiles) -> Self {
        Self { guard, ..self }
    }

    /// The same where what may wait for its commit does so for that long.
    #[must_use]
    pub fn joining(self, joining: Joining) -> Self {
        Self { joining, ..self }
    }

    /// The same with a file in memory for what cannot be written down.
    #[must_use]
    pub fn with_journal(self, path: Option<PathBuf>) -> Self {
        Self { journal: Journal::at(path), ..self }
    }
}
