//! The log beside the database: where it has grown too large, who reads in it and does not end, and who writes in the
//! database and keeps the gateway from it.

use crate::lang::BoxFinding;
use crate::store::large_log;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A reader that holds the log is still there after this.
const STILL: Duration = Duration::from_millis(300);
/// The bytes of SQLite's shared memory that whoever reads locks.
const READERS: std::ops::RangeInclusive<u64> = 123..=127;

/// The byte of it that the one who writes locks.
const WRITER: std::ops::RangeInclusive<u64> = 120..=120;
/// A gateway's own transactions are its own affair.
const OURS: &str = "lotgate";

/// Says what is so of it.
pub fn examine(database: &Path) -> Vec<BoxFinding> {
    let large = large_log(database).map(|bytes| BoxFinding::LogLarge {
        megabytes: bytes >> 20,
        readers: who_still(database, "READ", &READERS).into_values().collect(),
    });
    let writers = who_still(database, "WRITE", &WRITER).into_values();
    let mut others = writers.filter(|writer| !writer.starts_with(OURS));
    large
        .into_iter()
        .chain(others.next().map(|writer| BoxFinding::WriterHolds { writer }))
        .collect()
}

/// Processes that hold such a lock now and a little later, and what people know them by.
fn who_still(
    database: &Path,
    kind: &str,
    bytes: &std::ops::RangeInclusive<u64>,
) -> BTreeMap<u32, String> {
    let proc = Path::new("/proc");
    let mut shared = database.as_os_str().to_owned();
    shared.push("-shm");
    let Ok(inode) = std::fs::metadata(PathBuf::from(shared)).map(|meta| meta.ino()) else {
        return BTreeMap::new();
    };
    let first = holders(proc, inode, kind, bytes);
    if first.is_empty() {
        return first;
    }
    std::thread::sleep(STILL);
    let mut still = holders(proc, inode, kind, bytes);
    still.retain(|process, _| first.contains_key(process));
    still
}

/// Processes that hold such a lock, and their names.
fn holders(
    proc: &Path,
    inode: u64,
    kind: &str,
    bytes: &std::ops::RangeInclusive<u64>,
) -> BTreeMap<u32, String> {
    let locks = std::fs::read_to_string(proc.join("locks")).unwrap_or_default();
    let found = locks.lines().filter_map(|line| holder(line, inode, kind, bytes));
    found
        .filter(|process| *process != std::process::id())
        .map(|process| {
            let name = std::fs::read_to_string(proc.join(process.to_string()).join("comm"));
            let name = name.map(|name| name.trim().to_owned()).unwrap_or_default();
            let name = if name.is_empty() { "?" } else { &name };
            (process, format!("{name} ({process})"))
        })
        .collect()
}

/// The process of a line such as `3: POSIX  ADVISORY  READ 1234 fe:01:5678 123 123`, where it holds such a lock of that file.
fn holder(
    line: &str,
    inode: u64,
    kind: &str,
    bytes: &std::ops::RangeInclusive<u64>,
) -> Option<u32> {
    let mut words = line.split_whitespace().skip(3);
    let held = words.next()?;
    let process = words.next()?.parse().ok()?;
    let file: u64 = words.next()?.rsplit(':').next()?.parse().ok()?;
    let (from, to): (u64, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let is_it = held == kind && from <= *bytes.end() && to >= *bytes.start();
    (file == inode && is_it).then_some(process)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_and_who_writes_is_found_among_the_locks() {
        let line = |kind: &str, from: u64, to: u64| {
            format!("3: POSIX  ADVISORY  {kind} 1234 fe:01:5678 {from} {to}")
        };
        let reader = |line: &str, inode| holder(line, inode, "READ", &READERS);
        assert_eq!(reader(&line("READ", 124, 124), 5678), Some(1234));
        assert_eq!(reader(&line("READ", 124, 124), 5679), None, "another file");
        assert_eq!(reader(&line("READ", 128, 128), 5678), None, "it has it open and does not read");
        assert_eq!(reader(&line("WRITE", 120, 120), 5678), None);
        assert_eq!(reader("3: FLOCK  ADVISORY  WRITE 1 fe:01:5678 0 EOF", 5678), None);
        assert_eq!(reader("", 5678), None);
        assert_eq!(holder(&line("WRITE", 120, 120), 5678, "WRITE", &WRITER), Some(1234));
        assert_eq!(holder(&line("WRITE", 121, 122), 5678, "WRITE", &WRITER), None, "a checkpoint");
    }
}
