//! Whoever opens the database, however often that is needed: it knows which file it was, and whether that still stands
//! where people and the next start look for it.

use super::backup::PART;
use super::broken_log::is_another;
use super::files::{FileId, beside, discard, folder_of, is_empty};
use super::opening::connect;
use super::place::{finish_place, is_ready};
use super::writer_claim::{LOCK, WriterClaim, claim};
use super::{Store, StoreError, mounts};
use crate::private_files;
use std::cell::Cell;
use std::path::{Path, PathBuf};

/// Where the file of an open database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Where it should be.
    There,
    /// Somebody deleted it, or put another in its place.
    Displaced,
    /// Its whole disk is another, or not mounted any more.
    Elsewhere,
    /// It was begun where its disk was not mounted yet. That is there now, with the one of before.
    Underneath,
    /// Somebody has cut it off, or written another log over its own: what stood there is gone.
    Cut,
}

/// Whoever opens the database.
pub struct Keeper {
    path: PathBuf,
    claim: Option<WriterClaim>,
    /// The file that was opened last.
    known: Option<FileId>,
    /// The log beside it, and how long the file was at least: it never becomes shorter while it is open.
    log: Cell<Option<FileId>>,
    bytes: Cell<u64>,
    /// It was there before this process.
    was_there: bool,
    /// The file that was opened last was begun by us.
    begun: bool,
    /// Where the next process finds on which disk it was.
    disk_note: Option<PathBuf>,
}

impl Keeper {
    /// Of a database that was not opened yet.
    pub fn new(path: &Path) -> Self {
        let (log, bytes) = (Cell::default(), Cell::default());
        let path = path.to_owned();
        let (was_there, begun) = (false, false);
        Self { path, claim: None, known: None, log, bytes, was_there, begun, disk_note: None }
    }

    /// Of one that is open.
    pub fn of(store: &Store) -> Self {
        let known = FileId::of(&store.path);
        let claim = Some(store.claim.clone());
        let (log, bytes) = (Cell::default(), Cell::default());
        let (path, was_there, begun) = (store.path.clone(), false, false);
        Self { path, claim, known, log, bytes, was_there, begun, disk_note: None }
    }

    /// The same with a file in memory by which the next process knows on which disk the database was: where that is not
    /// mounted when it starts, or the one that the machine's table names, it makes no new one.
    #[must_use]
    pub fn noting_its_disk(self, file: Option<PathBuf>) -> Self {
        let noted = file.as_deref().and_then(|file| std::fs::read_to_string(file).ok());
        let noted: Option<u64> = noted.and_then(|device| device.trim().parse().ok());
        let here = self.folder().map(|folder| folder.device);
        let is_another = noted.is_some_and(|device| here.is_none_or(|here| here != device));
        let is_elsewhere = is_another || mounts::is_awaited(&self.path);
        Self { was_there: self.was_there || is_elsewhere, disk_note: file, ..self }
    }

    fn folder(&self) -> Option<FileId> {
        FileId::of(folder_of(&self.path))
    }

    /// The database's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is a file in which anything stands, or one that only has to be given its name.
    pub fn is_there(&self) -> bool {
        !is_empty(&self.path) || is_ready(&self.path)
    }

    /// There was one before, as its copies tell: where nothing is beside it that is there since, its disk is not mounted.
    pub fn expect_its_disk(&mut self) {
        self.was_there = true;
    }

    /// Whether the one that is open is new.
    pub fn was_begun(&self) -> bool {
        self.begun
    }

    /// Another file has been put in its place, by us.
    pub fn forget(&mut self) {
        self.known = None;
    }

    /// Whether the file that was opened still stands where it should.
    pub fn standing(&self) -> Standing {
        let Some(known) = self.known else {
            return match self.was_there && is_empty(&self.path) {
                false => Standing::There,
                true if beside(&self.path, LOCK).exists() => Standing::Displaced,
                true => Standing::Elsewhere,
            };
        };
        if FileId::of(&self.path) == Some(known) {
            return self.whole();
        }
        match self.folder() {
            Some(folder) if folder.device == known.device => Standing::Displaced,
            Some(_) if self.begun && self.is_there() => Standing::Underneath,
            _ => Standing::Elsewhere,
        }
    }

    /// Whether the file that is there is all there, with its log.
    fn whole(&self) -> Standing {
        let bytes = std::fs::metadata(&self.path).map_or(0, |meta| meta.len());
        if bytes < self.bytes.replace(bytes) {
            return Standing::Cut;
        }
        let log = FileId::of(&beside(&self.path, "-wal"));
        match self.log.get() {
            None => self.log.set(log),
            // Without it the next start knows nothing of what stands in it.
            Some(_) if log != self.log.get() => return Standing::Displaced,
            Some(_) if is_another(&self.path) => return Standing::Cut,
            Some(_) => {}
        }
        Standing::There
    }

    /// The right to write it.
    fn claim(&mut self) -> Result<WriterClaim, StoreError> {
        let path = &self.path;
        let claim = match self.claim.take().filter(|claim| claim.is_of(path)) {
            Some(claim) => claim,
            None => claim(path)?.ok_or_else(|| StoreError::InUse { path: path.clone() })?,
        };
        Ok(self.claim.insert(claim).clone())
    }

    /// Opens the database, or makes it where there never was one. A damaged one is an error, and so is one that is gone.
    pub fn open(&mut self) -> Result<Store, StoreError> {
        if is_ready(&self.path) {
            self.claim()?;
            finish_place(&self.path)?;
        }
        let path = &self.path;
        match self.standing() {
            Standing::Elsewhere => return Err(StoreError::Gone { path: path.clone() }),
            Standing::Displaced if is_empty(path) => {
                return Err(StoreError::Deleted { path: path.clone() });
            }
            Standing::Underneath => self.forget(),
            Standing::There | Standing::Displaced | Standing::Cut => {}
        }
        let claim = self.claim()?;
        let path = &self.path;
        let is_new = is_empty(path);
        // Of a restore that was cut off before anything was moved.
        discard(&beside(path, PART));
        let store = Store::of(connect(path)?, path, claim);
        let opened = FileId::of(path);
        self.begun = is_new || (self.begun && self.known == opened);
        self.known = opened;
        self.log.set(FileId::of(&beside(path, "-wal")));
        self.bytes.set(std::fs::metadata(path).map_or(0, |meta| meta.len()));
        if let (Some(note), Some(known)) = (&self.disk_note, self.known) {
            // Without it the next start knows less, that is all.
            let _ = private_files::write(note, known.device.to_string().as_bytes());
        }
        Ok(store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::FaultKind;
    use jiff::Timestamp;

    fn write_out(store: &Store) -> Option<PathBuf> {
        store.put_in_place(&store.written_out().unwrap(), Timestamp::UNIX_EPOCH).unwrap()
    }

    fn online(path: &Path) -> Option<bool> {
        let mut reader = Store::open_reading(path).unwrap();
        reader.snapshot().unwrap().device_online("device").unwrap()
    }

    #[test]
    fn a_file_that_was_deleted_or_replaced_is_noticed_and_all_it_held_is_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let mut keeper = Keeper::new(&path);
        let mut store = keeper.open().unwrap();
        let tx = store.begin().unwrap();
        tx.set_device_online("device", true, Timestamp::UNIX_EPOCH).unwrap();
        tx.commit().unwrap();
        assert_eq!(keeper.standing(), Standing::There);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(keeper.standing(), Standing::Displaced);
        assert_eq!(write_out(&store), None);
        drop(store);
        keeper.forget();
        let store = keeper.open().unwrap();
        assert_eq!(online(&path), Some(true));
        // Its log alone is deleted.
        let tx = store.begin_beside().unwrap();
        tx.set_device_online("device", false, Timestamp::UNIX_EPOCH).unwrap();
        tx.commit().unwrap();
        assert_eq!(keeper.standing(), Standing::There);
        std::fs::remove_file(beside(&path, "-wal")).unwrap();
        assert_eq!(keeper.standing(), Standing::Displaced);
        write_out(&store);
        drop(store);
        keeper.forget();
        let store = keeper.open().unwrap();
        assert_eq!(online(&path), Some(false));
        // Another is put there.
        let other = folder.path().join("other.db");
        drop(Store::open(&other, Timestamp::UNIX_EPOCH).unwrap());
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(keeper.standing(), Standing::Displaced);
        let aside = write_out(&store).unwrap();
        drop(store);
        keeper.forget();
        drop(keeper.open().unwrap());
        assert_eq!((online(&path), online(&aside)), (Some(false), None));
        // It is cut off.
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_len(4096).unwrap();
        assert_eq!(keeper.standing(), Standing::Cut);
    }

    #[test]
    fn a_database_that_was_on_another_disk_is_waited_for_and_none_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let (path, note) = (folder.path().join("lotgate.db"), folder.path().join("disk"));
        let keeper = || Keeper::new(&path).noting_its_disk(Some(note.clone()));
        // Of the very first start nothing is known.
        drop(keeper().open().unwrap());
        let device = std::fs::read_to_string(&note).unwrap();
        let away = folder.path().join("away");
        std::fs::rename(&path, &away).unwrap();
        std::fs::remove_file(beside(&path, LOCK)).unwrap();
        std::fs::write(&note, "1").unwrap();
        let mut waiting = keeper();
        let gone = waiting.open().err().unwrap();
        assert_eq!(gone.fault().map(|fault| fault.kind), Some(FaultKind::Medium), "{gone}");
        assert!(!path.exists());
        std::fs::rename(&away, &path).unwrap();
        drop(waiting.open().unwrap());
        assert_eq!(std::fs::read_to_string(&note).unwrap(), device);
        // On its own disk it may be made anew.
        std::fs::remove_file(&path).unwrap();
        std::fs::remove_file(beside(&path, LOCK)).unwrap();
        drop(keeper().open().unwrap());
    }

    #[test]
    fn on_a_disk_that_is_not_mounted_no_database_is_made_where_copies_tell_of_one() {
        let folder = tempfile::tempdir().unwrap();
        let (mount, away) = (folder.path().join("mount"), folder.path().join("away"));
        std::fs::create_dir(&mount).unwrap();
        let path = mount.join("lotgate.db");
        drop(Store::open(&path, Timestamp::UNIX_EPOCH).unwrap());
        // What stands in the place of a disk that is not mounted is an empty folder.
        std::fs::rename(&mount, &away).unwrap();
        std::fs::create_dir(&mount).unwrap();
        let mut keeper = Keeper::new(&path);
        keeper.expect_its_disk();
        let error = keeper.open().err().unwrap();
        assert_eq!(error.fault().unwrap().kind, FaultKind::Medium);
        assert_eq!(std::fs::read_dir(&mount).unwrap().count(), 0, "nothing is made there");
        std::fs::remove_dir(&mount).unwrap();
        std::fs::rename(&away, &mount).unwrap();
        drop(keeper.open().unwrap());
        // On its own disk it was deleted.
        std::fs::remove_file(&path).unwrap();
        let mut keeper = Keeper::new(&path);
        keeper.expect_its_disk();
        assert_eq!(keeper.open().err().unwrap().fault().unwrap().kind, FaultKind::Damaged);
    }

    #[test]
    fn a_file_that_was_deleted_while_nothing_had_it_open_is_not_made_anew_in_silence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let mut keeper = Keeper::new(&path);
        drop(keeper.open().unwrap());
        std::fs::remove_file(&path).unwrap();
        let error = keeper.open().err().unwrap();
        assert_eq!(error.fault().unwrap().kind, FaultKind::Damaged);
    }
}
