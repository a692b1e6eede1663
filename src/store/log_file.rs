//! The write-ahead log beside the database. SQLite writes it over from its beginning as soon as nobody reads what stands in
//! it; who reads and does not end makes it grow. It is cut back once when they have gone, never as routine: a log that
//! grows anew costs the medium more than one that is written over.

use super::files::beside;
use super::opening::USUAL_LOG;
use super::{Store, StoreError};
use std::path::Path;
use std::time::Duration;

/// Beyond so many times its usual size it is too large.
const TOO_LARGE: u64 = 4;

/// Where a log that is too large stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFile {
    /// As ever.
    Usual,
    /// So many bytes, and somebody still reads in it.
    Held(u64),
    /// It had so many bytes and was cut back.
    CutBack(u64),
}

/// Bytes of a database's log where it is too large.
pub fn large_log(database: &Path) -> Option<u64> {
    let bytes = std::fs::metadata(beside(database, "-wal")).ok()?.len();
    (bytes > USUAL_LOG * TOO_LARGE).then_some(bytes)
}

impl Store {
    /// Cuts the log back where it is too large and nobody reads in it, and once after a plate was forgotten: it stands in
    /// there yet. Waits for nobody; not within a transaction.
    pub fn keep_log_small(&self) -> Result<LogFile, StoreError> {
        let forgotten = self.begin_beside()?.last_forgotten()?;
        if forgotten > self.cut_after.get() && self.cut_log()? {
            self.cut_after.set(forgotten);
        }
        let Some(bytes) = large_log(&self.path) else { return Ok(LogFile::Usual) };
        Ok(if self.cut_log()? { LogFile::CutBack(bytes) } else { LogFile::Held(bytes) })
    }

    /// Whether nobody read in it, so that it could be.
    fn cut_log(&self) -> Result<bool, StoreError> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let cut = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0));
        self.connection.busy_timeout(Self::PATIENCE)?;
        Ok(cut?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn write(store: &mut Store, round: u32) {
        let tx = store.begin().unwrap();
        for number in 0..200 {
            let name = format!("{round}-{number}-{}", "x".repeat(400));
            tx.set_device_online(&name, true, Timestamp::UNIX_EPOCH).unwrap();
        }
        tx.commit().unwrap();
    }

    #[test]
    fn a_log_that_a_reader_made_grow_is_cut_back_once_when_it_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let (mut store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        let mut reader = Store::open_reading(&path).unwrap();
        let tx = reader.snapshot().unwrap();
        // It begins with the first read.
        assert_eq!(tx.device_online("nobody").unwrap(), None);
        let mut round = 0;
        while large_log(&path).is_none() {
            assert_eq!(store.keep_log_small().unwrap(), LogFile::Usual);
            write(&mut store, round);
            round += 1;
        }
        assert!(matches!(store.keep_log_small().unwrap(), LogFile::Held(_)));
        // The reader still sees what it saw, and nothing stops the writer.
        assert_eq!(tx.device_online("0-0").unwrap(), None);
        write(&mut store, round);
        drop(tx);
        assert!(matches!(store.keep_log_small().unwrap(), LogFile::CutBack(_)));
        assert_eq!(std::fs::metadata(beside(&path, "-wal")).unwrap().len(), 0);
        assert_eq!(store.keep_log_small().unwrap(), LogFile::Usual);
        for more in 0..30 {
            write(&mut store, round + more);
        }
        assert_eq!(large_log(&path), None, "without a reader it never is");
    }
}
