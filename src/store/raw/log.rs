//! The log beside a database (`-wal`): which of its frames is the newest committed one of a page, as SQLite itself would
//! recover it. It knows nothing of what pages mean.

use super::frames::LogFrames;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// A log with something committed in it.
#[derive(Debug)]
pub(super) struct Log {
    all: LogFrames,
    /// Which is the newest frame of each page.
    frames: BTreeMap<u32, usize>,
    /// Pages of the database after its last commit.
    pub(super) pages: u32,
    pub(super) page_size: usize,
}

impl Log {
    /// The log of that name; none where nothing is committed in it.
    pub(super) fn open(path: &Path) -> Option<Self> {
        let all = LogFrames::of(File::open(path).ok()?).ok()??;
        let (mut frames, mut pending, mut pages) = (BTreeMap::new(), Vec::new(), 0);
        for (index, (number, pages_then)) in all.read_by_sqlite().enumerate() {
            pending.push((number, index));
            if pages_then > 0 {
                frames.extend(pending.drain(..));
                pages = pages_then;
            }
        }
        let (_, page_size) = all.pages();
        (pages > 0).then_some(Self { all, frames, pages, page_size })
    }

    /// Of how many pages it has any.
    pub(super) fn distinct(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    /// Reads a page; false where the log has none of it or it cannot be read.
    pub(super) fn page(&self, number: u32, into: &mut [u8]) -> Option<bool> {
        self.frames.get(&number).map(|index| self.all.page_of(*index, into))
    }
}

#[cfg(test)]
mod tests {
    use super::super::frames::{FRAME_HEADER, HEADER};
    use super::super::pages::Pages;
    use super::super::sum::Sum;
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
        let mut other = whole.clone();
        other[3] |= 1;
        summed(&mut other);
        std::fs::write(&wal, &other).unwrap();
        assert!(holds(&Log::open(&wal).unwrap(), b"second"));
        other[25] ^= 1;
        std::fs::write(&wal, &other).unwrap();
        assert!(Log::open(&wal).is_none());
        // More pages than can be are looked for by nobody.
        let mut huge = whole;
        let last = huge.len() - FRAME_HEADER - 4096;
        huge[3] |= 1;
        huge[last + 4..last + 8].fill(0xff);
        summed(&mut huge);
        std::fs::write(&wal, &huge).unwrap();
        assert_eq!(Log::open(&wal).unwrap().pages, u32::MAX);
        assert!(Pages::open(&path, None).unwrap().count <= 4);
        std::fs::remove_file(&wal).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(Pages::open(&path, None).unwrap().count <= 1 << 16);
    }

    /// Makes the sums of a log right, in the order of bytes that its second sort has.
    fn summed(log: &mut [u8]) {
        let mut sum = Sum { big: true, halves: (0, 0) };
        let put = |bytes: &mut [u8], at: usize, sum: &Sum| {
            bytes[at..at + 4].copy_from_slice(&sum.halves.0.to_be_bytes());
            bytes[at + 4..at + 8].copy_from_slice(&sum.halves.1.to_be_bytes());
        };
        sum.add(&log[..24]);
        put(log, 24, &sum);
        let mut at = HEADER;
        while at < log.len() {
            sum.add(&log[at..at + 8]);
            sum.add(&log[at + FRAME_HEADER..at + FRAME_HEADER + 4096]);
            put(log, at + 16, &sum);
            at += FRAME_HEADER + 4096;
        }
    }
}
