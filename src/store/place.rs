//! A finished database takes the place of another, which is moved aside; where a process ends in between the next one does the
//! rest. For whoever mends, writes out or restores; it knows no table.

use super::files::{BEFORE, beside, discard, is_empty, set_aside};
use super::opening::{ASIDE, move_aside, sync_folder};
use super::{StoreError, broken_log, progress};
use std::fs::File;
use std::path::{Path, PathBuf};

/// What the name of what is ready to take the place ends in.
pub(super) const READY: &str = ".mended";
/// So many damaged databases are kept.
const KEPT_ASIDE: usize = 2;

/// Whether there is anything of a database: its log alone is worth keeping, too.
pub fn is_there(path: &Path) -> bool {
    path.exists() || !is_empty(&beside(path, "-wal"))
}

/// Whether one waits for its place.
pub(super) fn is_ready(database: &Path) -> bool {
    beside(database, READY).exists()
}

/// Puts a finished file in the database's place; what was there is moved aside.
pub(super) fn take_place(database: &Path, part: &Path, aside: &Path) -> Result<(), StoreError> {
    let ready = beside(database, READY);
    File::open(part)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(part, &ready))
        .map_err(cannot_move(part))?;
    move_aside(database, aside)?;
    end(database, &ready)
}

fn end(database: &Path, ready: &Path) -> Result<(), StoreError> {
    // What is known of the one that was there is not true of this one.
    broken_log::forget(database);
    progress::forget(database);
    std::fs::rename(ready, database)
        .and_then(|()| sync_folder(database))
        .map_err(cannot_move(ready))
}

fn cannot_move(file: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    move |error| StoreError::Move { path: file.to_owned(), error }
}

/// Ends what a process that ended in between has begun; nobody else may write. The log of the database that was moved aside
/// goes after it: it would be taken for the new one's.
pub(super) fn finish_place(database: &Path) -> Result<(), StoreError> {
    let ready = beside(database, READY);
    if !ready.exists() {
        return Ok(());
    }
    if database.exists() {
        // Nothing had been moved yet; whoever wants it begins anew.
        discard(&ready);
        return Ok(());
    }
    let second = |path: &PathBuf| {
        let name = path.as_os_str().to_string_lossy();
        name.rsplit_once('-').and_then(|(_, second)| second.parse::<i64>().ok())
    };
    let mut asides: Vec<_> =
        [ASIDE, BEFORE].iter().flat_map(|mark| set_aside(database, mark)).collect();
    asides.sort_by_key(second);
    for suffix in ["-wal", "-shm"] {
        let from = beside(database, suffix);
        if from.exists() {
            let names = asides.iter().rev().map(|aside| beside(aside, suffix));
            let to = names.into_iter().find(|to| !to.exists());
            let to = to.unwrap_or_else(|| beside(database, &format!("{ASIDE}0{suffix}")));
            std::fs::rename(&from, &to).map_err(cannot_move(&from))?;
        }
    }
    end(database, &ready)
}

/// Damaged databases that were moved aside.
pub fn moved_aside(path: &Path) -> Vec<PathBuf> {
    set_aside(path, ASIDE)
}

/// Of damaged databases the newest stay. By a clock that was wrong the one that was moved just now may seem the oldest.
pub(super) fn forget_older(database: &Path, aside: &Path) {
    let older = moved_aside(database).into_iter().filter(|old| old != aside);
    for old in older.rev().skip(KEPT_ASIDE - 1) {
        discard(&old);
    }
}
