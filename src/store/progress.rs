//! How far a database has come, as a number that only grows: every number that was ever given to a row counts. By a note of it
//! beside the database it is known that somebody has put an older one, or an older log, in its place. The note is written behind
//! a commit and never synced: after a power cut it is behind the database, never ahead of it. For whoever opens, reads or mends
//! one; it knows no table.

use super::fault::of_check;
use super::files::{beside, restored_at};
use crate::private_files;
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// What the note's name ends in.
pub(super) const NOTE: &str = ".progress";

/// How far it has come.
pub(super) fn reached(database: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT CAST(total(seq) AS INTEGER) FROM sqlite_sequence";
    match database.query_row(sql, [], |row| row.get(0)) {
        // An empty one has no such table.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => Ok(0),
        answer => answer,
    }
}

/// The same of a file that nobody writes; none where it cannot be read.
pub(super) fn reached_in(database: &Path) -> Option<i64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    reached(&Connection::open_with_flags(database, flags).ok()?).ok()
}

/// How many numbers further it had come than this; none where it had not.
pub(super) fn missing(database: &Path, reached: Option<i64>) -> Option<u64> {
    let missing = noted(database)?.checked_sub(reached?)?;
    u64::try_from(missing).ok().filter(|missing| *missing > 0)
}

/// An error where it had come further.
pub(super) fn refuse_older(database: &Connection, path: &Path) -> rusqlite::Result<()> {
    // The note first: while somebody writes both grow.
    let Some(noted) = noted(path) else { return Ok(()) };
    if reached(database)? < noted {
        let words = "somebody has put an older one, or an older log (-wal), in its place";
        return Err(of_check(words.to_owned()));
    }
    Ok(())
}

/// Notes how far it has come, which is durable. Without the note less is noticed, that is all.
pub(super) fn note(path: &Path, reached: i64) {
    let twice = format!("{reached:020} {reached:020}\n");
    let name = beside(path, NOTE);
    if !name.is_file() && name.exists() {
        // Somebody has put there what would be waited for.
        return;
    }
    let file = private_files::open(File::options().write(true).create(true).truncate(false), &name);
    let _ = file.and_then(|file| file.write_all_at(twice.as_bytes(), 0));
}

/// Another takes its place, of which it is not true.
pub(super) fn forget(path: &Path) {
    let _ = std::fs::remove_file(beside(path, NOTE));
}

/// What stands in the note twice; nothing where a person has put another in the place of the one that it is of: a program
/// that knew of no note has left it.
fn noted(path: &Path) -> Option<i64> {
    let name = beside(path, NOTE);
    let file = std::fs::metadata(&name).ok().filter(std::fs::Metadata::is_file)?;
    if let Some(restored) = restored_at(path) {
        let written = file.modified().ok()?;
        Timestamp::try_from(written).ok().filter(|written| *written > restored)?;
    }
    let note = std::fs::read_to_string(name).ok()?;
    let (one, other) = note.trim_end().split_once(' ')?;
    (one == other).then(|| one.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Copies, FaultKind, Keeper, Store, look_again, mend};
    use std::path::PathBuf;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
    const PARTS: [&str; 3] = ["", "-wal", "-shm"];

    fn report(store: &Store, number: u32) {
        let sql = "INSERT INTO outbox (class, code, subject, key, body, created)
                   VALUES (2, 5004, ?1, 'k', 'b', 1)";
        store.connection.execute(sql, [number]).unwrap();
    }

    fn reports(path: &Path) -> i64 {
        let sql = "SELECT count(*) FROM outbox";
        Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn read(path: &Path) -> [Vec<u8>; 3] {
        PARTS.map(|part| std::fs::read(beside(path, part)).unwrap_or_default())
    }

    fn start(path: &Path) -> Option<String> {
        let fault = Keeper::new(path).open().err()?.fault().unwrap();
        assert_eq!(fault.kind, FaultKind::Damaged);
        Some(fault.words)
    }

    /// A database at which a process was killed, as it was with three reports and with six; a copy of that.
    struct Killed {
        folder: tempfile::TempDir,
        three: [Vec<u8>; 3],
        six: [Vec<u8>; 3],
        note: String,
    }

    impl Killed {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("lotgate.db");
            let store = Keeper::new(&path).open().unwrap();
            (1..=3).for_each(|number| report(&store, number));
            store.note_progress();
            let three = read(&path);
            (4..=6).for_each(|number| report(&store, number));
            store.note_progress();
            let six = read(&path);
            let copies = Copies::new(&path, &folder.path().join("copies"), None, 3);
            let mut unfinished = copies.begin(NOW).unwrap();
            {
                let copying = unfinished.from(&store).unwrap();
                while !copying.step().unwrap() {}
            }
            copies.take(&unfinished.complete().unwrap()).unwrap();
            let note = std::fs::read_to_string(beside(&path, NOTE)).unwrap();
            store.leave_as_it_is();
            Self { folder, three, six, note }
        }

        /// What a start finds.
        fn with(&self, parts: [&[u8]; 3]) -> PathBuf {
            let path = self.folder.path().join("lotgate.db");
            for (part, bytes) in PARTS.iter().zip(parts) {
                std::fs::write(beside(&path, part), bytes).unwrap();
            }
            std::fs::write(beside(&path, NOTE), &self.note).unwrap();
            path
        }

        fn mended(&self, with_copies: bool) -> i64 {
            let path = self.folder.path().join("lotgate.db");
            // The index may tell by itself that the log was longer.
            let is_so = |words: &str| {
                words.contains("an older one") || words.contains("end of its log (-wal) is missing")
            };
            assert!(start(&path).is_some_and(|words| is_so(&words)));
            let fault = look_again(&path).unwrap_err();
            let faults = Store::open_reading(&path).unwrap().examine().unwrap().faults;
            assert!(faults.iter().any(|fault| is_so(fault)), "{faults:?}");
            let copies = if with_copies { "copies" } else { "none" };
            let copies = Copies::new(&path, &self.folder.path().join(copies), None, 3);
            let mended = mend(&copies, &fault.words, NOW).unwrap();
            assert!(mended.unread > 0, "something is missing, nobody knows what");
            assert_eq!(start(&path), None);
            reports(&path)
        }
    }

    #[test]
    fn an_older_log_is_noticed_and_the_newest_of_file_log_and_copy_is_taken() {
        let killed = Killed::new();
        let ([_, log, index], [file, _, newer_index]) = (&killed.three, &killed.six);
        // With the index that belongs to it, with a newer one, with none.
        for index in [index.as_slice(), newer_index, b""] {
            killed.with([file, log, index]);
            assert_eq!(killed.mended(false), 3);
            killed.with([file, log, index]);
            assert_eq!(killed.mended(true), 6, "the copy's");
        }
        // All was brought into the file before.
        let path = killed.with([file, &killed.six[1], b""]);
        drop(Keeper::new(&path).open().unwrap());
        let whole = std::fs::read(&path).unwrap();
        let path = killed.with([&whole, log, b""]);
        assert_eq!(killed.mended(false), 6, "the file's own");
        // The file as well, and nothing is newer.
        let path_again = killed.with([&killed.three[0], log, index]);
        assert_eq!((killed.mended(false), path_again), (3, path));
    }

    /// A database of six reports that was restored to a copy of three, with one more since; its copy is of the six.
    fn restored() -> (tempfile::TempDir, Copies, PathBuf, Timestamp) {
        let killed = Killed::new();
        let folder = killed.folder;
        let path = folder.path().join("lotgate.db");
        let copies = Copies::new(&path, &folder.path().join("copies"), None, 3);
        for (part, bytes) in PARTS.iter().zip(&killed.three) {
            std::fs::write(beside(&path, part), bytes).unwrap();
        }
        forget(&path);
        drop(Keeper::new(&path).open().unwrap());
        let three = folder.path().join("three.db");
        crate::store::back_up(&path, &three).unwrap();
        for (part, bytes) in PARTS.iter().zip(&killed.six) {
            std::fs::write(beside(&path, part), bytes).unwrap();
        }
        let at = NOW + jiff::SignedDuration::from_mins(1);
        crate::store::restore(&path, &three, at).unwrap();
        let store = Keeper::new(&path).open().unwrap();
        report(&store, 100);
        store.note_progress();
        store.leave_as_it_is();
        (folder, copies, path, at + jiff::SignedDuration::from_mins(1))
    }

    #[test]
    fn what_a_person_has_restored_is_not_undone_by_a_copy_of_before() {
        let log = |path: &Path| beside(path, "-wal");
        let (_folder, copies, path, now) = restored();
        let bytes = std::fs::read(log(&path)).unwrap();
        std::fs::write(log(&path), &bytes[..bytes.len() - 100]).unwrap();
        mend(&copies, "malformed", now).unwrap();
        assert!((3..=4).contains(&reports(&path)), "{}", reports(&path));
        // The whole of it is there, whatever the note says.
        let (_folder, copies, path, now) = restored();
        mend(&copies, "an older one", now).unwrap();
        assert_eq!(reports(&path), 4);
        // Where nothing else is left a copy of before is better than none.
        let (_folder, copies, path, now) = restored();
        for part in PARTS {
            let _ = std::fs::remove_file(beside(&path, part));
        }
        mend(&copies, "gone", now).unwrap();
        assert_eq!(reports(&path), 6);
    }

    #[test]
    fn a_note_that_an_older_program_left_at_a_restore_is_not_of_what_is_there() {
        let (_folder, _, path, _) = restored();
        std::fs::write(beside(&path, NOTE), format!("{:020} {:020}\n", 9999, 9999)).unwrap();
        // It was written before what stands aside was moved there.
        assert_eq!(start(&path), None);
        assert_eq!(reports(&path), 4);
    }

    #[test]
    fn a_note_that_is_behind_or_cannot_be_read_says_nothing() {
        let killed = Killed::new();
        let six = [killed.six[0].as_slice(), &killed.six[1], &killed.six[2]];
        let three = [killed.three[0].as_slice(), &killed.three[1], &killed.three[2]];
        let behind = format!("{:020} {:020}\n", 1, 1);
        let torn = format!("{:020} {:020}\n", 9999, 1);
        for note in [behind.as_str(), &torn, "", "99999", "\0\0\0"] {
            for parts in [six, three] {
                let path = killed.with(parts);
                std::fs::write(beside(&path, NOTE), note).unwrap();
                assert_eq!(start(&path), None, "{note}");
            }
        }
        // It was killed right behind the note.
        assert_eq!(start(&killed.with(six)), None);
    }
}
