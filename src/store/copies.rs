//! Verified copies of the database, made while it runs: page by page through the writer's own connection, so that what is
//! written meanwhile is in them and no reader holds anything up. Kept in a folder, the newest few.

use super::backup::{CopyError, failed, settle, sound};
use super::files::{beside, discard};
use super::{Store, StoreError, broken_log};
use crate::private_files;
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a copy is made on the database's own device, which wears by it, where nothing is said.
const ON_ITS_DEVICE: Duration = Duration::from_secs(24 * 3600);
/// And on another.
const ON_ANOTHER: Duration = Duration::from_secs(15 * 60);
/// Bytes copied at a step; there is one a second.
const STEP: u64 = 1 << 20;

/// The copies of a database.
#[derive(Debug, Clone)]
pub struct Copies {
    database: PathBuf,
    folder: PathBuf,
    every: Option<Duration>,
    keep: usize,
}

impl Copies {
    /// Copies of this database in a folder: so often, so many; as often as its device allows where nothing is said. None
    /// are made where none are kept.
    pub fn new(database: &Path, folder: &Path, every: Option<Duration>, keep: usize) -> Self {
        Self { database: database.to_owned(), folder: folder.to_owned(), every, keep }
    }

    /// What they are of.
    pub fn database(&self) -> &Path {
        &self.database
    }

    /// How often one is made; none where none are.
    pub fn every(&self) -> Option<Duration> {
        let default = if self.is_on_its_device() { ON_ITS_DEVICE } else { ON_ANOTHER };
        (self.keep > 0).then(|| self.every.unwrap_or(default))
    }

    /// Whether they would be lost with the database's device.
    pub fn is_on_its_device(&self) -> bool {
        // A folder that is not there yet will be made in this one.
        let device = |path: &Path| {
            path.ancestors().find_map(|path| std::fs::metadata(path).ok()).map(|meta| meta.dev())
        };
        device(&self.folder) == device(&self.database)
    }

    /// Whether there is any.
    pub fn are_there(&self) -> bool {
        !self.list(Timestamp::MAX).is_empty()
    }

    /// Those that are there, the newest first. One that was begun later than now was begun by a clock that was wrong: nobody
    /// knows how old it is, and it comes last.
    pub fn list(&self, now: Timestamp) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let prefix = format!("{}.", self.name());
        let is_one = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let stamp = name.strip_prefix(&prefix).unwrap_or_default();
            stamp.len() == 16 && stamp.ends_with('Z')
        };
        let mut found: Vec<_> = entries.map(|entry| entry.path()).filter(is_one).collect();
        found.sort();
        found.reverse();
        found.sort_by_key(|path| begun_at(path).is_some_and(|begun| begun > now));
        found
    }

    /// The newest that was begun by now, and when.
    fn newest(&self, now: Timestamp) -> Option<(PathBuf, Timestamp)> {
        let mut found =
            self.list(now).into_iter().filter_map(|path| Some((begun_at(&path)?, path)));
        found.next().filter(|(begun, _)| *begun <= now).map(|(begun, path)| (path, begun))
    }

    /// When the newest was begun.
    pub fn newest_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.newest(now).map(|(_, begun)| begun)
    }

    /// Whether anything was written since the newest copy; where that cannot be seen, it was.
    pub fn is_behind(&self, now: Timestamp) -> bool {
        let modified = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
        let newest = self.newest(now).and_then(|(path, _)| modified(&path));
        let wal = modified(&beside(&self.database, "-wal"));
        let written = [modified(&self.database), wal].into_iter().flatten().max();
        newest.is_none_or(|newest| written.is_none_or(|written| written >= newest))
    }

    fn name(&self) -> String {
        self.database.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Begins a copy under a name that is none of a copy's yet.
    pub fn begin(&self, now: Timestamp) -> Result<Unfinished, CopyError> {
        private_files::make_folder(&self.folder).map_err(failed(&self.folder))?;
        let part = self.folder.join(format!("{}.part", self.name()));
        let stamp = now.strftime("%Y%m%dT%H%M%SZ");
        Unfinished::begin(part, self.folder.join(format!("{}.{stamp}", self.name())))
    }

    /// Verifies a copy that is complete, gives it its name and lets the oldest go. Reads all of it.
    pub fn take(&self, complete: &Complete) -> Result<(PathBuf, u64), CopyError> {
        let Complete { part, file } = complete;
        let verified = self.log_is_right().map_err(CopyError::from).and_then(|()| sound(part));
        if let Err(error) = verified.and_then(|()| settle(part, file)) {
            discard(part);
            return Err(error);
        }
        let now = begun_at(file).unwrap_or(Timestamp::MAX);
        for old in self.list(now).iter().skip(self.keep) {
            // Tried again with the next copy.
            let _ = std::fs::remove_file(old);
        }
        let bytes = std::fs::metadata(file).map_err(failed(file))?.len();
        Ok((file.clone(), bytes))
    }
}

impl Copies {
    /// A page that was copied out of a damaged log is no good one.
    fn log_is_right(&self) -> Result<(), StoreError> {
        let fault = broken_log::fault_for_reader(&self.database);
        fault.map_or(Ok(()), |words| Err(broken_log::error(words)))
    }
}

/// When a copy was begun, by its name.
pub(super) fn begun_at(copy: &Path) -> Option<Timestamp> {
    let name = copy.file_name()?.to_str()?;
    let (_, stamp) = name.rsplit_once('.')?;
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stamp).ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(at).ok()
}

/// A copy that is being made.
pub struct Unfinished {
    to: Connection,
    part: PathBuf,
    file: PathBuf,
}

/// One that has all pages, and is not verified.
#[derive(Debug)]
pub struct Complete {
    part: PathBuf,
    file: PathBuf,
}

/// A copy while its pages are copied.
pub struct Copying<'s> {
    backup: Backup<'s, 's>,
    pages: i32,
}

impl Unfinished {
    /// Begins in a file that becomes another once it is whole.
    pub(super) fn begin(part: PathBuf, file: PathBuf) -> Result<Self, CopyError> {
        // What an earlier process has begun is of no use.
        discard(&part);
        private_files::open(File::options().write(true).create_new(true), &part)
            .map_err(failed(&part))?;
        let to = Connection::open(&part).map_err(StoreError::from)?;
        // It counts only once it is whole and verified: until then it needs no journal and no syncs.
        for (name, value) in [("journal_mode", "OFF"), ("synchronous", "OFF")] {
            to.pragma_update(None, name, value).map_err(StoreError::from)?;
        }
        to.pragma_update(None, "cache_size", -1024).map_err(StoreError::from)?;
        Ok(Self { to, part, file })
    }

    /// Where its pages are.
    pub fn part(&self) -> &Path {
        &self.part
    }

    /// Begins to copy pages.
    pub fn from<'s>(&'s mut self, store: &'s Store) -> Result<Copying<'s>, StoreError> {
        let size: u64 = store.connection.pragma_query_value(None, "page_size", |row| {
            row.get::<_, i64>(0).map(|size| u64::try_from(size).unwrap_or(4096))
        })?;
        let pages = i32::try_from(STEP / size.max(512)).unwrap_or(256);
        Ok(Copying { backup: Backup::new(&store.connection, &mut self.to)?, pages })
    }

    /// All pages are there.
    pub fn complete(self) -> Result<Complete, StoreError> {
        let Self { to, part, file } = self;
        // Its source keeps a log beside it, and a copy is one file.
        to.pragma_update(None, "journal_mode", "DELETE")?;
        to.close().map_err(|(_, error)| error)?;
        Ok(Complete { part, file })
    }
}

impl Complete {
    /// Where its pages are.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }
}

impl Copying<'_> {
    /// Whether the next step is the last, as far as was known at the one before; nothing is known before the first.
    pub fn is_nearly_done(&self) -> bool {
        let progress = self.backup.progress();
        progress.pagecount > 0 && progress.remaining <= self.pages
    }

    /// Copies some pages; true when all are there.
    pub fn step(&self) -> Result<bool, StoreError> {
        match self.backup.step(self.pages)? {
            StepResult::Done => Ok(true),
            // Somebody else holds it for a moment.
            _ => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices(store: &mut Store, numbers: std::ops::Range<u32>) {
        let tx = store.begin().unwrap();
        for number in numbers {
            let name = format!("device-{number:04}");
            tx.set_device_online(&name, true, Timestamp::UNIX_EPOCH).unwrap();
        }
        tx.commit().unwrap();
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn copy(copies: &Copies, store: &Store, now: Timestamp, meanwhile: impl Fn(&Store)) -> PathBuf {
        let mut unfinished = copies.begin(now).unwrap();
        {
            let copying = unfinished.from(store).unwrap();
            while !copying.step().unwrap() {
                meanwhile(store);
            }
        }
        copies.take(&unfinished.complete().unwrap()).unwrap().0
    }

    #[test]
    fn a_copy_has_what_was_written_while_it_was_made_and_the_newest_few_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let (mut store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        // More than one step.
        devices(&mut store, 0..30_000);
        let copies = Copies::new(&path, &folder.path().join("copies"), None, 2);
        assert_eq!(copies.every(), Some(ON_ITS_DEVICE));
        assert!(copies.is_behind(at(60)));
        let made = copy(&copies, &store, at(60), |store| {
            let tx = store.begin_beside().unwrap();
            tx.set_device_online("meanwhile", true, Timestamp::UNIX_EPOCH).unwrap();
            tx.set_device_online("device-0000", false, Timestamp::UNIX_EPOCH).unwrap();
            tx.commit().unwrap();
        });
        assert_eq!(std::fs::metadata(&made).unwrap().mode() & 0o777, 0o600);
        let mut reader = Store::open_reading(&made).unwrap();
        let tx = reader.snapshot().unwrap();
        assert_eq!(tx.device_online("meanwhile").unwrap(), Some(true));
        assert_eq!(tx.device_online("device-0000").unwrap(), Some(false));
        drop(tx);
        for second in [120, 180] {
            copy(&copies, &store, at(second), |_| {});
        }
        let kept: Vec<_> = copies.list(at(180)).iter().filter_map(|path| begun_at(path)).collect();
        assert_eq!(kept, [at(180), at(120)]);
        assert_eq!(copies.newest_at(at(180)), Some(at(180)));
        let names = std::fs::read_dir(folder.path().join("copies")).unwrap();
        assert_eq!(names.count(), 2, "nothing else is left");
    }

    #[test]
    fn a_copy_that_was_damaged_on_its_way_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let (mut store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        devices(&mut store, 0..2000);
        let copies = Copies::new(&path, &folder.path().join("copies"), None, 2);
        let mut unfinished = copies.begin(at(60)).unwrap();
        while !unfinished.from(&store).unwrap().step().unwrap() {}
        let complete = unfinished.complete().unwrap();
        let mut bytes = std::fs::read(&complete.part).unwrap();
        bytes[8192..12_288].fill(0x5a);
        std::fs::write(&complete.part, bytes).unwrap();
        assert!(matches!(copies.take(&complete), Err(CopyError::Unsound { .. })));
        assert!(!copies.are_there());
        let left = std::fs::read_dir(folder.path().join("copies")).unwrap();
        assert_eq!(left.count(), 0, "nor does it take any room");
    }

    #[test]
    fn copies_of_a_clock_that_was_years_ahead_go_before_those_that_are_made_now() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let (store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        let copies = Copies::new(&path, &folder.path().join("copies"), None, 2);
        for ahead in [at(4_000_000_000), at(4_000_000_060)] {
            copy(&copies, &store, ahead, |_| {});
        }
        assert_eq!(copies.newest_at(at(60)), None);
        assert!(copies.is_behind(at(60)), "nobody knows of when they are");
        let mut made = Vec::new();
        for second in [60, 120, 180] {
            let file = copy(&copies, &store, at(second), |_| {});
            assert!(file.exists(), "the newest is never the one that goes");
            made.insert(0, file);
        }
        assert_eq!(copies.list(at(180)), made[..2]);
    }
}
