//! The index of the database's log, which SQLite maps into memory (`-shm`). Where a disk's blocks are smaller than a page of
//! memory SQLite takes room for only a part of each page; who writes to another part while the disk is full is ended by
//! SIGBUS. Here that room is taken beforehand. For whoever opens the database; it knows no table.

use super::StoreError;
use super::files::{FileId, beside, folder_of};
use crate::private_files;
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What SQLite takes room by.
const PAGE: u64 = 4096;
/// Room for the index of a log of 32 MB.
const INDEX: u64 = 256 * 1024;
/// So much must be free for the index to be made at all.
const FREE: u64 = 4 * INDEX;

/// Whoever closes a file gives up all locks that the process has on it, SQLite's, too: each stays open for as long as it is
/// there.
static KEPT: Mutex<Vec<(FileId, File)>> = Mutex::new(Vec::new());

/// An error where the disk is too full for the index.
pub(super) fn refuse_without_room(database: &Path) -> Result<(), StoreError> {
    match free_in_small_blocks(database) {
        Some(free) if free < FREE => {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
            Err(StoreError::Sqlite(rusqlite::Error::SqliteFailure(code, None)))
        }
        _ => Ok(()),
    }
}

/// Takes the room for the index of a database that has just been opened.
pub(super) fn take_room(database: &Path) {
    if free_in_small_blocks(database).is_none() {
        return;
    }
    // What is beyond its end is there when SQLite makes it longer. A disk that cannot do so is left as it is.
    let _ = with_kept(database, |file| fallocate(file, FallocateFlags::KEEP_SIZE, 0, INDEX).ok());
}

/// What the index begins with, as whoever had it open last left it.
pub(super) fn beginning(database: &Path) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 96];
    with_kept(database, |file| file.read_exact_at(&mut bytes, 0).ok())?;
    Some(bytes)
}

/// Does something with the index's file where there is one, and keeps that open.
fn with_kept<T>(database: &Path, work: impl FnOnce(&File) -> Option<T>) -> Option<T> {
    let path = beside(database, "-shm");
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.retain(|(_, file)| file.metadata().is_ok_and(|meta| meta.nlink() > 0));
    let id = FileId::of(&path)?;
    if let Some((_, file)) = kept.iter().find(|(other, _)| *other == id) {
        return work(file);
    }
    let file = private_files::open(File::options().read(true).write(true), &path).ok()?;
    let done = work(&file);
    kept.push((id, file));
    done
}

/// Whether this process has the index mapped: who opens the database then makes none.
pub(super) fn is_mapped(database: &Path) -> bool {
    let path = beside(database, "-shm");
    let Some(FileId { inode, .. }) = FileId::of(&path) else { return false };
    // A disk may give its maps another number than its files.
    let is_it = |line: &str| {
        line.split_ascii_whitespace().nth(4).is_some_and(|told| told.parse() == Ok(inode))
            && line.trim_end().ends_with("-shm")
    };
    std::fs::read_to_string("/proc/self/maps").is_ok_and(|maps| maps.lines().any(is_it))
}

/// Whether there is an index already that has its room: where another process writes, a reader makes none.
pub(super) fn has_room(database: &Path) -> bool {
    const SECTOR: u64 = 512;
    let index = std::fs::metadata(beside(database, "-shm"));
    index.is_ok_and(|meta| meta.blocks().saturating_mul(SECTOR) >= INDEX)
}

/// The bytes free on the database's disk, where its blocks are smaller than a page.
fn free_in_small_blocks(database: &Path) -> Option<u64> {
    let disk = statvfs(folder_of(database)).ok()?;
    (disk.f_frsize < PAGE).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use jiff::Timestamp;

    #[test]
    fn an_index_is_mapped_for_as_long_as_somebody_here_has_the_database_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        assert!(!is_mapped(&path));
        let (store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        assert!(is_mapped(&path));
        store.leave_as_it_is();
        drop(store);
        let index = std::fs::metadata(beside(&path, "-shm")).is_ok();
        assert!(index, "the file alone says nothing");
        assert!(!is_mapped(&path));
    }
}
