//! A way to read the database beside its one writer. It follows the file: one that was put in another's place is opened
//! anew, one that is not there yet is opened when it is.

use super::files::FileId;
use super::kept::KeptAnswers;
use super::opening::{configure, is_damage, refuse_read_only};
use super::{StoreError, Transaction, Unreadable, broken_log, progress, shared_memory};
use rusqlite::{Connection, OpenFlags};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// A connection that can only read.
pub struct Reader {
    path: PathBuf,
    /// Whether it lives beside the writer: nothing is opened on a read-only medium then, whose index of the log would stay
    /// read-only for the writer, too, for as long as anybody in the process has it.
    beside_writer: bool,
    open: RefCell<Option<OpenReader>>,
    /// What is wrong with it that SQLite does not tell; of one that lives beside the writer nothing is known.
    pub(super) fault: Option<String>,
}

/// The file that is open.
struct OpenReader {
    connection: Connection,
    unreadable: Unreadable,
    kept: KeptAnswers,
    file: Option<FileId>,
}

impl Reader {
    /// One that opens the database when it is first asked.
    pub fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), beside_writer: true, open: RefCell::new(None), fault: None }
    }

    /// Opens it now.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        // Before anybody reads: that changes the log's index.
        let log_fault = broken_log::fault_for_reader(path);
        let open = opened(None, path, false)?;
        let older = || progress::refuse_older(&open.connection, path).err().filter(is_damage);
        let fault = log_fault.or_else(|| older().map(|error| error.to_string()));
        Ok(Self {
            path: path.to_owned(),
            beside_writer: false,
            open: RefCell::new(Some(open)),
            fault,
        })
    }

    /// What is wrong with what is read: it may be older than what was written.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Everything as it stands now; nothing can be written.
    pub fn snapshot(&mut self) -> Result<Transaction<'_>, StoreError> {
        let open = self.open.get_mut();
        let before = open.take();
        let opened = open.insert(opened(before, &self.path, self.beside_writer)?);
        let inner = opened.connection.transaction()?;
        opened.kept.forget();
        Ok(Transaction { inner, unreadable: &opened.unreadable, kept: &opened.kept })
    }

    /// The database's file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file anew when it is asked next: what failed may be mended by then.
    pub fn open_anew(&mut self) {
        *self.open.get_mut() = None;
    }

    /// Reads by a statement of its own.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut open = self.open.borrow_mut();
        let before = open.take();
        let opened = open.insert(opened(before, &self.path, self.beside_writer)?);
        Ok(work(&opened.connection)?)
    }
}

/// The file that stands there now: the one that is open, where it is the same.
fn opened(
    before: Option<OpenReader>,
    path: &Path,
    beside_writer: bool,
) -> Result<OpenReader, StoreError> {
    let file = FileId::of(path);
    if let Some(same) = before.filter(|opened| opened.file == file) {
        return Ok(same);
    }
    if !beside_writer || path.exists() {
        // One that is gone while it is open holds all in there yet.
        broken_log::refuse_alone(path)?;
    }
    if beside_writer {
        refuse_read_only(path)?;
    }
    // Whoever opens it first makes the index anew; where that is we, our process has it mapped.
    let is_made =
        if beside_writer { shared_memory::is_mapped(path) } else { shared_memory::has_room(path) };
    if !is_made {
        shared_memory::refuse_without_room(path)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    Ok(OpenReader {
        connection,
        unreadable: Unreadable::default(),
        kept: KeptAnswers::default(),
        file,
    })
}
