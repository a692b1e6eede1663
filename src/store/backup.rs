//! Copies of the whole database: out while the gateway goes on, and back in while it rests.

use super::files::{BEFORE, beside, discard, folder_of, place_aside};
use super::opening::{MIGRATIONS, configure, migrate, sync_folder};
use super::place::{is_there, take_place};
use super::store_loss::leave_word_since_it_was_used;
use super::writer_claim::{LOCK, claim};
use super::{Store, StoreError, StoreFault};
use crate::private_files;
use jiff::Timestamp;
use rusqlite::Connection;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Why a copy was not made or not taken.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The database or the copy.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        error: io::Error,
    },
    /// There is a file of that name already.
    #[error("{} exists already", path.display())]
    Exists {
        /// Its name.
        path: PathBuf,
    },
    /// The copy is damaged or none of ours.
    #[error("{} is no sound database of lotgate: {fault}", path.display())]
    Unsound {
        /// The copy.
        path: PathBuf,
        /// What is wrong.
        fault: String,
    },
}

impl CopyError {
    /// What it says of the whole database.
    pub fn fault(&self) -> Option<StoreFault> {
        if let Self::Store(error) = self { error.fault() } else { None }
    }
}

pub(super) fn failed(path: &Path) -> impl Fn(io::Error) -> CopyError {
    move |error| CopyError::File { path: path.to_owned(), error }
}

/// Writes a copy of the database as it stands now into a new file; returns its size in bytes. It is whole
/// and on the disk when this returns.
pub fn back_up(database: &Path, file: &Path) -> Result<u64, CopyError> {
    if file.exists() {
        return Err(CopyError::Exists { path: file.to_owned() });
    }
    let reader = Store::open_reading(database)?;
    // Under its own name only once it is whole; for nobody else's eyes, as plates stand in it.
    let part = beside(file, PART);
    private_files::write(&part, b"").map_err(failed(&part))?;
    reader.copy_to(&part)?;
    sound(&part)?;
    settle(&part, file)?;
    Ok(std::fs::metadata(file).map_err(failed(file))?.len())
}

/// What a copy is while it is not whole.
pub(super) const PART: &str = ".part";

/// Puts a copy in the database's place; what was there is kept under the returned name.
pub fn restore(database: &Path, file: &Path, now: Timestamp) -> Result<Option<PathBuf>, CopyError> {
    let in_use = || StoreError::InUse { path: database.to_owned() };
    let _writer = claim(database)?.ok_or_else(in_use)?;
    sound(file)?;
    let folder = folder_of(database);
    let part = beside(database, PART);
    discard(&part);
    private_files::write(&part, b"").map_err(failed(&part))?;
    // With what stands in a log beside it.
    Store::open_reading(file)?.copy_to(&part)?;
    say_so_in(&part, file, now)?;
    let owner = if database.exists() { database } else { folder };
    for path in [&part, &beside(database, LOCK)] {
        private_files::give_to_owner_of(owner, path).map_err(failed(path))?;
    }
    let there = is_there(database);
    let aside = place_aside(database, BEFORE, now);
    take_place(database, &part, &aside)?;
    Ok(there.then_some(aside))
}

/// What happened since the copy is missing: whoever opens it next tells that.
fn say_so_in(part: &Path, file: &Path, now: Timestamp) -> Result<(), StoreError> {
    let mut new = Connection::open(part)?;
    configure(&new)?;
    migrate(&mut new)?;
    leave_word_since_it_was_used(&new, &format!("{} was restored", file.display()), now)?;
    new.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// A copy that opens, is whole and of a version we know.
pub(super) fn sound(file: &Path) -> Result<(), CopyError> {
    let unsound = |fault: String| CopyError::Unsound { path: file.to_owned(), fault };
    let examined = Store::open_reading(file).and_then(|mut reader| reader.examine());
    let health = examined.map_err(|error| unsound(error.to_string()))?;
    match health.faults.into_iter().next() {
        Some(fault) => Err(unsound(fault)),
        None if !is_known(health.version) => Err(unsound(format!("version {}", health.version))),
        None => Ok(()),
    }
}

/// The same looked at quickly: of a copy that was sound when it was made, and while lanes wait for it.
pub(super) fn is_readable(file: &Path) -> bool {
    let look = || -> Result<bool, StoreError> {
        let reader = Store::open_reading(file)?;
        let version = |connection: &Connection| -> rusqlite::Result<i64> {
            connection.pragma_query_value(None, "user_version", |row| row.get(0))
        };
        let version = usize::try_from(reader.read(version)?).unwrap_or(usize::MAX);
        let check = |connection: &Connection| -> rusqlite::Result<String> {
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        };
        Ok(is_known(version) && reader.read(check)? == "ok")
    };
    look().unwrap_or(false)
}

/// A version that this program reads, or brings up to date.
fn is_known(version: usize) -> bool {
    (1..=MIGRATIONS.len()).contains(&version)
}

/// Gives a finished file its name, durably.
pub(super) fn settle(part: &Path, file: &Path) -> Result<(), CopyError> {
    File::open(part).and_then(|part| part.sync_all()).map_err(failed(part))?;
    std::fs::rename(part, file).map_err(failed(file))?;
    sync_folder(file).map_err(failed(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    fn lot(path: &Path, devices: std::ops::Range<u32>) -> Store {
        let (mut store, _) = Store::open(path, Timestamp::UNIX_EPOCH).unwrap();
        let tx = store.begin().unwrap();
        for n in devices {
            tx.set_device_online(&format!("device-{n:04}"), true, Timestamp::UNIX_EPOCH).unwrap();
        }
        tx.commit().unwrap();
        store
    }

    fn knows(path: &Path, device: &str) -> bool {
        let mut reader = Store::open_reading(path).unwrap();
        reader.snapshot().unwrap().device_online(device).unwrap() == Some(true)
    }

    #[test]
    fn a_copy_made_while_the_gateway_runs_comes_back_when_it_rests() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("lotgate.db"), folder.path().join("copy.db"));
        let store = lot(&path, 0..500);
        assert!(back_up(&path, &copy).unwrap() > 0);
        assert_eq!(std::fs::metadata(&copy).unwrap().mode() & 0o777, 0o600);
        assert!(matches!(back_up(&path, &copy), Err(CopyError::Exists { .. })));
        let busy = restore(&path, &copy, Timestamp::UNIX_EPOCH);
        assert!(matches!(busy, Err(CopyError::Store(StoreError::InUse { .. }))));
        drop(store);
        drop(lot(&path, 500..600));
        let aside = restore(&path, &copy, Timestamp::UNIX_EPOCH).unwrap().unwrap();
        assert!(knows(&path, "device-0499") && !knows(&path, "device-0500"));
        assert!(knows(&aside, "device-0500"));
        drop(lot(&path, 600..601));
    }

    #[test]
    fn two_that_are_restored_within_a_second_leave_what_was_there_before_each() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("lotgate.db"), folder.path().join("copy.db"));
        drop(lot(&path, 0..1));
        back_up(&path, &copy).unwrap();
        drop(lot(&path, 1..2));
        let first = restore(&path, &copy, Timestamp::UNIX_EPOCH).unwrap().unwrap();
        let second = restore(&path, &copy, Timestamp::UNIX_EPOCH).unwrap().unwrap();
        assert_ne!(first, second);
        assert!(knows(&first, "device-0001") && !knows(&second, "device-0001"));
    }

    #[test]
    fn a_damaged_or_foreign_copy_is_refused_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("lotgate.db"), folder.path().join("copy.db"));
        drop(lot(&path, 0..500));
        back_up(&path, &copy).unwrap();
        let mut bytes = std::fs::read(&copy).unwrap();
        let at = bytes.windows(11).rposition(|window| window == b"device-0499").unwrap();
        bytes[at] = b'X';
        std::fs::write(&copy, bytes).unwrap();
        let refused = restore(&path, &copy, Timestamp::UNIX_EPOCH);
        assert!(matches!(refused, Err(CopyError::Unsound { .. })), "{refused:?}");
        std::fs::write(&copy, "no database").unwrap();
        let refused = restore(&path, &copy, Timestamp::UNIX_EPOCH);
        assert!(matches!(refused, Err(CopyError::Unsound { .. })), "{refused:?}");
        assert!(knows(&path, "device-0499"));
    }
}
