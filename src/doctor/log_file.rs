//! The log beside the database where it has grown too large, and who reads in it and does not end.

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

/// Says so where it is.
pub fn examine(database: &Path) -> Option<BoxFinding> {
    let bytes = large_log(database)?;
    let proc = Path::new("/proc");
    let mut shared = database.as_os_str().to_owned();
    shared.push("-shm");
    let inode = std::fs::metadata(PathBuf::from(shared)).ok().map(|meta| meta.ino());
    let look = || inode.map(|inode| readers(proc, inode)).unwrap_or_default();
    let first = look();
    std::thread::sleep(STILL);
    let mut still = look();
    still.retain(|process, _| first.contains_key(process));
    let readers = still.into_iter().map(|(process, name)| format!("{name} ({process})")).collect();
    Some(BoxFinding::LogLarge { megabytes: bytes >> 20, readers })
}

/// Processes that read, and their names.
fn readers(proc: &Path, inode: u64) -> BTreeMap<u32, String> {
    let locks = std::fs::read_to_string(proc.join("locks")).unwrap_or_default();
    let found = locks.lines().filter_map(|line| reader(line, inode));
    found
        .filter(|process| *process != std::process::id())
        .map(|process| {
            let name = std::fs::read_to_string(proc.join(process.to_string()).join("comm"));
            let name = name.map(|name| name.trim().to_owned()).unwrap_or_default();
            (process, if name.is_empty() { "?".to_owned() } else { name })
        })
        .collect()
}

/// The process of a line such as `3: POSIX  ADVISORY  READ 1234 fe:01:5678 123 123`, where it reads in that file.
fn reader(line: &str, inode: u64) -> Option<u32> {
    let mut words = line.split_whitespace().skip(3);
    let kind = words.next()?;
    let process = words.next()?.parse().ok()?;
    let file: u64 = words.next()?.rsplit(':').next()?.parse().ok()?;
    let (from, to): (u64, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let reads = kind == "READ" && from <= *READERS.end() && to >= *READERS.start();
    (file == inode && reads).then_some(process)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_is_found_among_the_locks() {
        let line = |kind: &str, from: u64, to: u64| {
            format!("3: POSIX  ADVISORY  {kind} 1234 fe:01:5678 {from} {to}")
        };
        assert_eq!(reader(&line("READ", 124, 124), 5678), Some(1234));
        assert_eq!(reader(&line("READ", 124, 124), 5679), None, "another file");
        assert_eq!(reader(&line("READ", 128, 128), 5678), None, "it has it open and does not read");
        assert_eq!(reader(&line("WRITE", 120, 120), 5678), None);
        assert_eq!(reader("3: FLOCK  ADVISORY  WRITE 1 fe:01:5678 0 EOF", 5678), None);
        assert_eq!(reader("", 5678), None);
    }
}
