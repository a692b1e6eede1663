//! A log beside a database (`-wal`) that does not hold any more all that was committed into it. SQLite would say nothing and
//! drop what stands behind the first bad place; and it would delete one whose database is empty. It is noticed before SQLite opens the database; what can be read is written
//! into one file with the database's own pages, for whoever puts it together anew.

use super::files::{beside, discard, is_empty};
use super::raw::{LogFrames, Logged, is_index_of_another, look_at_log};
use super::writer_claim::{LOCK, claim};
use super::{StoreError, shared_memory};
use crate::private_files;
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Beside a database whose log was cut off: how that log begins. SQLite's own note of it goes as soon as anybody reads.
const CUT: &str = ".log-cut";
/// The database and what can be read of its log, in one file; and without its log.
const FLAT: &str = ".mending-from";
const WITHOUT_LOG: &str = ".mending-file";

/// So many times a log is looked at which somebody writes, with so long between.
const LOOKS: usize = 3;
const LOOKS_AT_MOST: usize = 20;
const BETWEEN: Duration = Duration::from_millis(100);

/// What is wrong where the log is all that is left.
const ALONE: &str = "its file is gone or empty, and its log (-wal) is not";

/// What is wrong with a log.
pub(super) enum LogFault {
    /// Some of what was committed is damaged, or the database's own file is gone or empty.
    Broken(LogFrames),
    /// Its end is missing: so many pages were committed into it.
    Cut(u32),
}

impl LogFault {
    /// Looks at a database's log that nobody writes; none where SQLite reads all that was committed into it. An error is a
    /// medium that does not let it be read.
    pub(super) fn of(database: &Path) -> io::Result<Option<Self>> {
        let index = shared_memory::beginning(database);
        let look = look_at_log(&beside(database, "-wal"), index.as_deref())?;
        Ok(look.and_then(|mut log| {
            log.committed = log.committed.max(noted(database).unwrap_or(0));
            let is_alone = log.count() > 0 && is_empty(database);
            if log.is_right() && !is_alone {
                (log.committed > log.count()).then_some(Self::Cut(log.committed))
            } else {
                Some(Self::Broken(log))
            }
        }))
    }

    /// What is wrong, in the words of SQLite's kind.
    fn words(&self) -> String {
        match self {
            Self::Broken(log) if log.is_right() => ALONE.to_owned(),
            Self::Broken(log) => log.words(),
            Self::Cut(_) => "the end of its log (-wal) is missing".to_owned(),
        }
    }

    /// That the end is missing is known until SQLite opens the database. Without this note nobody is told what may be missing,
    /// that is all.
    fn note(&self, database: &Path) {
        if let (Self::Cut(committed), Some(beginning)) = (self, beginning(database)) {
            let note = beside(database, CUT);
            let bytes = [beginning.as_slice(), &committed.to_be_bytes()].concat();
            let _ = private_files::write(&note, &bytes)
                .and_then(|()| private_files::give_to_owner_of(database, &note));
        }
    }
}

/// An error where a database that only we write has a log that does not hold all that was committed.
pub(super) fn refuse(database: &Path) -> Result<(), StoreError> {
    let path = || beside(database, "-wal");
    let looked = LogFault::of(database);
    let Some(fault) = looked.map_err(|error| StoreError::Log { path: path(), error })? else {
        return Ok(());
    };
    fault.note(database);
    Err(error(fault.words()))
}

/// The same for whoever only reads. A look may fall between two writes of whoever has it open: what is seen each time is so.
pub(super) fn fault_for_reader(database: &Path) -> Option<String> {
    let mut seen = 0;
    for _ in 0..LOOKS_AT_MOST {
        match Seen::by_reader(database) {
            Seen::Right => return None,
            // What its owner begins anew is right.
            Seen::BegunAnew => {}
            Seen::Wrong(fault) => {
                let at_rest =
                    !beside(database, LOCK).exists() || matches!(claim(database), Ok(Some(_)));
                if at_rest {
                    fault.note(database);
                }
                seen += 1;
                if at_rest || seen == LOOKS {
                    return Some(fault.words());
                }
            }
        }
        std::thread::sleep(BETWEEN);
    }
    None
}

/// What whoever only reads sees of a log.
enum Seen {
    Right,
    /// It became another under the look, which says nothing.
    BegunAnew,
    Wrong(LogFault),
}

impl Seen {
    fn by_reader(database: &Path) -> Self {
        let before = beginning(database);
        match LogFault::of(database) {
            Ok(Some(_)) if beginning(database) != before => Self::BegunAnew,
            Ok(Some(fault)) => Self::Wrong(fault),
            // Whoever cannot read it meets that elsewhere.
            Ok(None) | Err(_) => Self::Right,
        }
    }
}

/// Whether another log stands beside a database that is open than the one that its index is of, or none.
pub(super) fn is_another(database: &Path) -> bool {
    let look = || {
        let index = shared_memory::beginning(database)?;
        Some(is_index_of_another(&index, beginning(database).as_deref()))
    };
    // Somebody else may begin a new one in between.
    (0..LOOKS).all(|_| look() == Some(true))
}

/// An error where the log is all that is left of a database: SQLite would delete it, whoever only reads, too.
pub(super) fn refuse_alone(database: &Path) -> Result<(), StoreError> {
    let is_alone = is_empty(database) && !is_empty(&beside(database, "-wal"));
    if is_alone { Err(error(ALONE.to_owned())) } else { Ok(()) }
}

/// What is wrong as SQLite would say it.
pub(super) fn error(words: String) -> StoreError {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(words)).into()
}

fn beginning(database: &Path) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 32];
    File::open(beside(database, "-wal")).ok()?.read_exact_at(&mut bytes, 0).ok()?;
    Some(bytes)
}

/// How much was committed into this very log, as was noticed before.
fn noted(database: &Path) -> Option<u32> {
    let noted = std::fs::read(beside(database, CUT)).ok()?;
    let (log, committed) = noted.split_at_checked(32)?;
    (log == beginning(database)?).then(|| committed.try_into().ok().map(u32::from_be_bytes))?
}

/// It has been mended, or another stands in its place.
pub(super) fn forget(database: &Path) {
    let _ = std::fs::remove_file(beside(database, CUT));
}

/// A database with what can be read of its log, in one file that goes with it.
pub(super) struct Flat {
    path: PathBuf,
    /// Pages that were written and of which nobody knows anything any more.
    pub(super) unknown: u64,
}

impl Flat {
    /// Makes one; what it needs on the disk is as large as the database. Where that is gone its pages are those of the log.
    pub(super) fn of(database: &Path, log: Option<&LogFrames>) -> io::Result<Self> {
        let name = if log.is_some() { FLAT } else { WITHOUT_LOG };
        let mut flat = Self { path: beside(database, name), unknown: 0 };
        discard(&flat.path);
        private_files::write(&flat.path, b"")?;
        let is_alone = is_empty(database);
        if !is_alone {
            std::fs::copy(database, &flat.path)?;
            private_files::tighten(&flat.path)?;
        }
        let file = File::options().read(true).write(true).open(&flat.path)?;
        if let Some(log) = log {
            flat.fill(&file, log)?;
            if is_alone && !log.has_all_pages() {
                flat.unknown = flat.unknown.saturating_add(1);
            }
        }
        // There is no log any more.
        file.write_all_at(&[1, 1], 18)?;
        Ok(flat)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn fill(&mut self, file: &File, log: &LogFrames) -> io::Result<()> {
        let (pages, size) = log.pages();
        let page_size = u64::try_from(size).unwrap_or(u64::MAX);
        let at = |number: u32| u64::from(number).saturating_sub(1).saturating_mul(page_size);
        let is_page = |number: u32| number > 0 && pages.is_some_and(|pages| number <= pages);
        let nothing = vec![0; size];
        let mut gone = BTreeSet::new();
        // They may have been written, and stand here as they were before.
        let mut doubtful = BTreeSet::new();
        log.each(|logged| match logged {
            Logged::Page(number, page) if is_page(number) => {
                gone.remove(&number);
                doubtful.remove(&number);
                file.write_all_at(page, at(number))
            }
            Logged::Page(..) => Ok(()),
            Logged::Gone { number, or: Some((other, page)) }
                if is_page(other)
                    && (!is_page(number) || is_rather(file, page, at(other), at(number))) =>
            {
                gone.remove(&other);
                doubtful.remove(&other);
                file.write_all_at(page, at(other))
            }
            // Of the first what it was before is better than nothing: where everything is.
            Logged::Gone { number, or } if is_page(number) => {
                gone.insert(number);
                doubtful.extend(or.map(|(other, _)| other));
                if number == 1 { Ok(()) } else { file.write_all_at(&nothing, at(number)) }
            }
            Logged::Gone { .. } | Logged::Unknown => {
                self.unknown = self.unknown.saturating_add(1);
                Ok(())
            }
        })?;
        doubtful.retain(|number| is_page(*number));
        if gone.contains(&1) || !doubtful.is_empty() || !log.is_whole() {
            self.unknown = self.unknown.saturating_add(1);
        }
        if let Some(pages) = pages {
            file.set_len(u64::from(pages).saturating_mul(page_size))?;
        }
        Ok(())
    }
}

/// Whether a page is rather like what stood at the one place before than at the other. Where nothing stood before it may be
/// like nothing.
fn is_rather(file: &File, page: &[u8], one: u64, other: u64) -> bool {
    let written = |page: &[u8]| page.iter().filter(|byte| **byte != 0).count();
    let alike = |at: u64| {
        let mut before = vec![0; page.len()];
        file.read_exact_at(&mut before, at).ok()?;
        let same = page.iter().zip(&before).filter(|(now, before)| now == before && **now != 0);
        (written(&before) > 0).then(|| same.count())
    };
    let half = written(page) / 2;
    match (alike(one), alike(other)) {
        (Some(one), Some(other)) => one > other,
        (Some(one), None) => one > half,
        (None, Some(other)) => other <= half,
        (None, None) => false,
    }
}

impl Drop for Flat {
    fn drop(&mut self) {
        discard(&self.path);
    }
}
