//! The database is looked through in the background, table by table, in short reads: damage that nobody has met yet is
//! found. A table that takes too long for one read is walked in stretches.

use super::StoreError;
use super::reader::Reader;
use rusqlite::{Connection, ErrorCode};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// No read holds the database's log for longer.
const READ_AT_MOST: Duration = Duration::from_secs(4);
/// And one that does not end is told once more after this.
const ONCE_MORE: Duration = Duration::from_millis(5);
/// Rows of a stretch, and entries of an index.
const ROWS: i64 = 2000;
const ENTRIES: i64 = 50_000;

/// A look through a whole database, step by step.
pub struct Look {
    reader: Reader,
    /// Tables that are still to be looked at in this round; none before it.
    tables: Option<Vec<String>>,
    walk: Option<Walk>,
    patience: Duration,
}

/// Where a walk through a large table is.
struct Walk {
    table: String,
    /// What is still to be walked: the rows, then each index.
    left: Vec<Part>,
    at: i64,
}

/// One part of a table.
enum Part {
    /// The rows of a table that numbers them.
    Rows,
    /// The rows of one that is kept in its key's order. Unless the key is named they are read from an index that happens
    /// to hold all of them.
    RowsByKey { name: String },
    /// An index and, where it has not all rows, which.
    Index { name: String, only: String },
}

impl Look {
    /// Of the database of that name.
    pub fn new(path: &Path) -> Self {
        Self { reader: Reader::of(path), tables: None, walk: None, patience: READ_AT_MOST }
    }

    /// Looks at the next bit; true when a round is over. An error whose fault is damage is what is looked for.
    pub fn step(&mut self) -> Result<bool, StoreError> {
        let Some(tables) = &mut self.tables else {
            self.tables = Some(self.reader.read(tables)?);
            return Ok(false);
        };
        if let Some(walk) = &mut self.walk {
            if self.reader.read(|connection| walk.step(connection))? {
                self.walk = None;
            }
            return Ok(false);
        }
        let Some(table) = tables.pop() else {
            self.tables = None;
            // The next round sees a file that was put in this one's place.
            self.reader.open_anew();
            return Ok(true);
        };
        let patience = self.patience;
        if self.reader.read(|connection| check(connection, &table, patience))? {
            return Ok(false);
        }
        self.walk = Some(self.reader.read(|connection| Walk::through(connection, table))?);
        Ok(false)
    }
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Checks one table and its indexes at once; false when that takes too long.
fn check(connection: &Connection, table: &str, patience: Duration) -> rusqlite::Result<bool> {
    let handle = connection.get_interrupt_handle();
    let (done, wait) = mpsc::channel::<()>();
    let timer = std::thread::spawn(move || {
        let mut left = patience;
        // Again and again: one that comes before the check has begun ends nothing.
        while wait.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Timeout) {
            handle.interrupt();
            left = ONCE_MORE;
        }
    });
    let sql = format!("PRAGMA quick_check({})", quoted(table));
    let answer = connection.query_row(&sql, [], |row| row.get::<_, String>(0));
    drop(done);
    // It ends at once.
    let _ = timer.join();
    match answer {
        Ok(answer) if answer == "ok" => Ok(true),
        Ok(answer) => {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            Err(rusqlite::Error::SqliteFailure(code, Some(answer)))
        }
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

impl Walk {
    fn through(connection: &Connection, table: String) -> rusqlite::Result<Self> {
        let sql = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1";
        let by_key: bool = connection.query_row(sql, [&table], |row| row.get(0))?;
        let sql = "SELECT list.name, list.origin = 'pk', coalesce(schema.sql, '')
                   FROM pragma_index_list(?1) AS list
                   LEFT JOIN sqlite_schema AS schema ON schema.name = list.name";
        let mut statement = connection.prepare(sql)?;
        let parts = statement.query_map([&table], |row| {
            let (name, is_key, sql): (String, bool, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if by_key && is_key {
                return Ok(Part::RowsByKey { name });
            }
            let only = sql.find(" WHERE ").and_then(|at| sql.get(at..)).unwrap_or_default();
            Ok(Part::Index { name, only: only.to_owned() })
        })?;
        let mut left = parts.collect::<rusqlite::Result<Vec<_>>>()?;
        if !by_key {
            left.push(Part::Rows);
        }
        Ok(Self { table, left, at: 0 })
    }

    /// Walks a stretch; true when all is walked.
    fn step(&mut self, connection: &Connection) -> rusqlite::Result<bool> {
        let table = quoted(&self.table);
        let next = match self.left.last() {
            None => return Ok(true),
            Some(Part::Rows) => rows_behind(connection, &table, self.at)?,
            Some(Part::RowsByKey { name }) => {
                let sql =
                    format!("SELECT * FROM {table} INDEXED BY {} LIMIT ?1 OFFSET ?2", quoted(name));
                let read = read_all(connection, &sql, (ROWS, self.at))?;
                (read == ROWS).then_some(self.at + ROWS)
            }
            Some(Part::Index { name, only }) => {
                let sql = format!(
                    "SELECT count(*) FROM (SELECT 1 FROM {table} INDEXED BY {}{only} LIMIT ?1 OFFSET ?2)",
                    quoted(name)
                );
                let given = (ENTRIES, self.at);
                let read: i64 = connection.query_row(&sql, given, |row| row.get(0))?;
                (read == ENTRIES).then_some(self.at + ENTRIES)
            }
        };
        match next {
            Some(next) => self.at = next,
            None => {
                self.left.pop();
                self.at = 0;
            }
        }
        Ok(self.left.is_empty())
    }
}

/// Reads some rows whole; the number of the last, where there may be more.
fn rows_behind(connection: &Connection, table: &str, at: i64) -> rusqlite::Result<Option<i64>> {
    let sql = format!("SELECT rowid, * FROM {table} WHERE rowid > ?1 ORDER BY rowid LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query((at, ROWS))?;
    let (mut last, mut read) = (at, 0);
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            row.get_ref(column)?;
        }
        last = row.get(0)?;
        read += 1;
    }
    Ok((read == ROWS).then_some(last))
}

/// Reads rows whole; how many there were.
fn read_all(
    connection: &Connection,
    sql: &str,
    given: impl rusqlite::Params,
) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(given)?;
    let mut read = 0;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            row.get_ref(column)?;
        }
        read += 1;
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{FaultKind, Store};
    use jiff::Timestamp;

    /// A database with many rows, and the place of a leaf page of a table or an index.
    fn large(folder: &Path, of: &str) -> (std::path::PathBuf, usize) {
        let path = folder.join("lotgate.db");
        drop(Store::open(&path, Timestamp::UNIX_EPOCH).unwrap());
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
             INSERT INTO outbox (class, code, subject, key, body, created, state)
                 SELECT 2, 5004, 's' || i, 'k', hex(randomblob(40)), i, 'dead' FROM n;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
             INSERT INTO seen (message, at) SELECT 'message ' || i, i FROM n;
             PRAGMA wal_checkpoint(TRUNCATE);",
            )
            .unwrap();
        let sql = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY pageno DESC LIMIT 1 OFFSET 3";
        let page: usize = connection
            .query_row(sql, [of], |row| row.get::<_, i64>(0))
            .unwrap()
            .try_into()
            .unwrap();
        (path, (page - 1) * 4096)
    }

    fn damage(path: &Path, at: usize) {
        let mut bytes = std::fs::read(path).unwrap();
        bytes[at..at + 4096].fill(0x5a);
        std::fs::write(path, bytes).unwrap();
    }

    /// A round, as far as it comes.
    fn round(look: &mut Look) -> Result<usize, StoreError> {
        let mut steps = 1;
        while !look.step()? {
            steps += 1;
        }
        Ok(steps)
    }

    #[test]
    fn a_sound_database_is_looked_through_and_a_bad_page_is_found_at_once_or_in_stretches() {
        for of in ["outbox", "outbox_dead", "seen", "seen_age"] {
            for patience in [READ_AT_MOST, Duration::ZERO] {
                let folder = tempfile::tempdir().unwrap();
                let (path, at) = large(folder.path(), of);
                let mut look = Look { patience, ..Look::new(&path) };
                let steps = round(&mut look).unwrap();
                assert!(steps > 40, "{steps}");
                damage(&path, at);
                let mut look = Look { patience, ..Look::new(&path) };
                let Err(found) = round(&mut look) else { panic!("{of} {patience:?}") };
                assert_eq!(found.fault().unwrap().kind, FaultKind::Damaged, "{of} {found}");
            }
        }
    }
}
