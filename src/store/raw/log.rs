//! The log beside a database (`-wal`): which of its frames is the newest committed one of a page, as SQLite itself would
//! recover it. It knows nothing of what pages mean.

use super::frames::{FRAME_HEADER, HEADER, LogHeader};
use super::page::long;
use super::sum::Sum;
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// A log with something committed in it.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    /// Where the newest frame of each page is.
    frames: BTreeMap<u32, u64>,
    /// Pages of the database after its last commit.
    pub(super) pages: u32,
    pub(super) page_size: usize,
}

impl Log {
    /// The log of that name; none where nothing is committed in it.
    pub(super) fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0).ok()?;
        let LogHeader { page_size, mut sum, .. } = LogHeader::of(&header)?;
        let mut log = Self { file, frames: BTreeMap::new(), pages: 0, page_size };
        log.read(&mut sum, header.get(16..24)?)?;
        (log.pages > 0).then_some(log)
    }

    /// Reads frames up to the first that is not of this log.
    fn read(&mut self, sum: &mut Sum, salts: &[u8]) -> Option<()> {
        let mut frame = vec![0; self.page_size.checked_add(FRAME_HEADER)?];
        let step = u64::try_from(frame.len()).ok()?;
        let mut at = u64::try_from(HEADER).ok()?;
        let mut pending = Vec::new();
        while self.file.read_exact_at(&mut frame, at).is_ok() {
            let (head, page) = frame.split_at_checked(FRAME_HEADER)?;
            sum.add(head.get(..8)?);
            sum.add(page);
            let number = long(head, 0)?;
            if head.get(8..16) != Some(salts)
                || Sum::stored(head, 16) != Some(sum.halves)
                || number == 0
            {
                break;
            }
            pending.push((number, at));
            let pages = long(head, 4)?;
            if pages > 0 {
                self.frames.extend(pending.drain(..));
                self.pages = pages;
            }
            at = at.checked_add(step)?;
        }
        Some(())
    }

    /// Reads a page; false where the log has none of it or it cannot be read.
    pub(super) fn page(&self, number: u32, into: &mut [u8]) -> Option<bool> {
        let at = self.frames.get(&number)?.checked_add(u64::try_from(FRAME_HEADER).ok()?)?;
        Some(self.file.read_exact_at(into, at).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_log_gives_what_was_committed_last_and_nothing_behind_a_frame_that_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let (path, wal) = (folder.path().join("l.db"), folder.path().join("l.db-wal"));
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a);
                 INSERT INTO t VALUES ('first'); UPDATE t SET a = 'second';",
            )
            .unwrap();
        let holds = |log: &Log, word: &[u8]| {
            let mut page = vec![0; log.page_size];
            log.page(2, &mut page) == Some(true)
                && page.windows(word.len()).any(|part| part == word)
        };
        let log = Log::open(&wal).unwrap();
        assert_eq!((log.page_size, log.pages), (4096, 2));
        assert!(holds(&log, b"second") && !holds(&log, b"first"));
        assert_eq!(log.page(3, &mut [0; 4096]), None);
        // Its last frame is damaged: what was committed before it is what there is.
        let whole = std::fs::read(&wal).unwrap();
        let mut bytes = whole.clone();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&wal, &bytes).unwrap();
        let log = Log::open(&wal).unwrap();
        assert!(holds(&log, b"first") && !holds(&log, b"second"));
        // The other order of bytes, and a log whose beginning is damaged.
        let (mut other, mut at) = (whole.clone(), HEADER);
        other[3] |= 1;
        let mut sum = Sum { big: true, halves: (0, 0) };
        let put = |bytes: &mut [u8], at: usize, sum: &Sum| {
            bytes[at..at + 4].copy_from_slice(&sum.halves.0.to_be_bytes());
            bytes[at + 4..at + 8].copy_from_slice(&sum.halves.1.to_be_bytes());
        };
        sum.add(&other[..24]);
        put(&mut other, 24, &sum);
        while at < other.len() {
            sum.add(&other[at..at + 8]);
            sum.add(&other[at + FRAME_HEADER..at + FRAME_HEADER + 4096]);
            put(&mut other, at + 16, &sum);
            at += FRAME_HEADER + 4096;
        }
        std::fs::write(&wal, &other).unwrap();
        assert!(holds(&Log::open(&wal).unwrap(), b"second"));
        other[25] ^= 1;
        std::fs::write(&wal, &other).unwrap();
        assert!(Log::open(&wal).is_none());
    }
}
