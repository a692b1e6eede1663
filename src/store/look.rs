//! The database is looked through in the background, table by table, in short reads: damage that nobody has met yet is
//! found. A table that takes too long for one read is walked in stretches.

use super::fault::of_check;
use super::reader::Reader;
use super::tables::{columns, names, quoted};
use super::{StoreError, broken_log};
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, params_from_iter};
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
/// Where even a stretch takes too long the next is half as long, down to this part of one.
const LEAST: i64 = 64;

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
    /// How many entries, or the number of the row, that were walked.
    at: i64,
    /// The key of the row that was walked last, where rows have no numbers.
    behind: Option<Vec<Value>>,
    /// Stretches are shorter by this.
    divisor: i64,
}

/// One part of a table.
enum Part {
    /// The rows of a table that numbers them.
    Rows,
    /// The rows of one that is kept in its key's order. Unless the key is named they are read from an index that happens
    /// to hold all of them.
    RowsByKey { name: String, key: Vec<String> },
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
            self.tables = Some(self.reader.read(names)?);
            return Ok(false);
        };
        if let Some(walk) = &mut self.walk {
            let step = |connection: &Connection| {
                within(connection, READ_AT_MOST, || walk.step(connection))
            };
            match self.reader.read(step)? {
                Some(true) => self.walk = None,
                Some(false) => {}
                None => walk.shorten(),
            }
            return Ok(false);
        }
        let Some(table) = tables.pop() else {
            self.tables = None;
            if let Some(words) = broken_log::fault_for_reader(self.reader.path()) {
                return Err(of_check(words).into());
            }
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

/// Reads; none when that takes too long.
fn within<T>(
    connection: &Connection,
    patience: Duration,
    read: impl FnOnce() -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    let handle = connection.get_interrupt_handle();
    let (done, wait) = mpsc::channel::<()>();
    let timer = std::thread::spawn(move || {
        let mut left = patience;
        // Again and again: one that comes before a statement has begun ends nothing.
        while wait.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Timeout) {
            handle.interrupt();
            left = ONCE_MORE;
        }
    });
    let answer = read();
    drop(done);
    // It ends at once.
    let _ = timer.join();
    match answer {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            Ok(None)
        }
        answer => answer.map(Some),
    }
}

/// Checks one table and its indexes at once; false when that takes too long.
fn check(connection: &Connection, table: &str, patience: Duration) -> rusqlite::Result<bool> {
    let sql = format!("PRAGMA quick_check({})", quoted(table));
    let ask = || connection.query_row(&sql, [], |row| row.get::<_, String>(0));
    match within(connection, patience, ask)? {
        None => Ok(false),
        Some(answer) if answer == "ok" => Ok(true),
        Some(answer) => Err(of_check(answer)),
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
        let mut key: Vec<_> = columns(connection, &table)?;
        key.retain(|(.., place)| *place > 0);
        key.sort_by_key(|(.., place)| *place);
        let key: Vec<_> = key.iter().map(|(name, ..)| quoted(name)).collect();
        let parts = statement.query_map([&table], |row| {
            let (name, is_key, sql): (String, bool, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if by_key && is_key {
                return Ok(Part::RowsByKey { name, key: key.clone() });
            }
            let only = sql.find(" WHERE ").and_then(|at| sql.get(at..)).unwrap_or_default();
            Ok(Part::Index { name, only: only.to_owned() })
        })?;
        let mut left = parts.collect::<rusqlite::Result<Vec<_>>>()?;
        if !by_key {
            left.push(Part::Rows);
        }
        Ok(Self { table, left, at: 0, behind: None, divisor: 1 })
    }

    /// The next stretches are shorter; a part of which even the shortest takes too long is left.
    fn shorten(&mut self) {
        if self.divisor < LEAST {
            self.divisor *= 2;
        } else {
            self.next_part();
        }
    }

    fn next_part(&mut self) {
        self.left.pop();
        (self.at, self.behind, self.divisor) = (0, None, 1);
    }

    /// Walks a stretch; true when all is walked.
    fn step(&mut self, connection: &Connection) -> rusqlite::Result<bool> {
        let table = quoted(&self.table);
        let (rows, entries) = (ROWS / self.divisor, ENTRIES / self.divisor);
        let next = match self.left.last() {
            None => return Ok(true),
            Some(Part::Rows) => rows_behind(connection, &table, self.at, rows)?,
            Some(Part::RowsByKey { name, key }) => {
                let from = format!("{table} INDEXED BY {}", quoted(name));
                self.behind = keys_behind(connection, &from, key, self.behind.clone(), rows)?;
                self.behind.is_some().then_some(0)
            }
            Some(Part::Index { name, only }) => {
                let sql = format!(
                    "SELECT count(*) FROM (SELECT 1 FROM {table} INDEXED BY {}{only} LIMIT ?1 OFFSET ?2)",
                    quoted(name)
                );
                let given = (entries, self.at);
                let read: i64 = connection.query_row(&sql, given, |row| row.get(0))?;
                (read == entries).then_some(self.at + entries)
            }
        };
        match next {
            Some(next) => self.at = next,
            None => self.next_part(),
        }
        Ok(self.left.is_empty())
    }
}

/// Reads some rows whole; the number of the last, where there may be more.
fn rows_behind(
    connection: &Connection,
    table: &str,
    at: i64,
    most: i64,
) -> rusqlite::Result<Option<i64>> {
    let sql = format!("SELECT rowid, * FROM {table} WHERE rowid > ?1 ORDER BY rowid LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query((at, most))?;
    let (mut last, mut read) = (at, 0);
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            row.get_ref(column)?;
        }
        last = row.get(0)?;
        read += 1;
    }
    Ok((read == most).then_some(last))
}

/// Reads some rows whole that are kept in their key's order; the key of the last, where there may be more.
fn keys_behind(
    connection: &Connection,
    from: &str,
    key: &[String],
    behind: Option<Vec<Value>>,
    most: i64,
) -> rusqlite::Result<Option<Vec<Value>>> {
    let names = key.join(", ");
    let places = vec!["?"; key.len()].join(", ");
    let which = behind.as_ref().map(|_| format!(" WHERE ({names}) > ({places})"));
    let which = which.unwrap_or_default();
    let sql = format!("SELECT {names}, * FROM {from}{which} ORDER BY {names} LIMIT ?");
    let mut statement = connection.prepare_cached(&sql)?;
    let columns = statement.column_count();
    let given = behind.into_iter().flatten().chain([Value::Integer(most)]);
    let mut rows = statement.query(params_from_iter(given))?;
    let (mut last, mut read) = (None, 0);
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            row.get_ref(column)?;
        }
        read += 1;
        if read == most {
            let values = (0..key.len()).map(|column| row.get(column));
            last = Some(values.collect::<rusqlite::Result<_>>()?);
        }
    }
    Ok(last)
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
        (path, (page - 1) * 1024)
    }

    fn damage(path: &Path, at: usize) {
        let mut bytes = std::fs::read(path).unwrap();
        bytes[at..at + 1024].fill(0x5a);
        std::fs::write(path, bytes).unwrap();
    }

    #[test]
    fn a_walk_that_takes_too_long_goes_on_in_shorter_stretches_and_misses_no_row() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = large(folder.path(), "seen");
        let connection = Connection::open(&path).unwrap();
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        let ask = || connection.query_row(endless, [], |row| row.get::<_, i64>(0));
        assert_eq!(within(&connection, Duration::ZERO, ask).unwrap(), None);
        let steps = |divisor: i64| {
            let mut walk = Walk::through(&connection, "seen".to_owned()).unwrap();
            walk.left.retain(|part| matches!(part, Part::RowsByKey { .. }));
            while walk.divisor < divisor {
                walk.shorten();
            }
            let mut steps = 1;
            while !walk.step(&connection).unwrap() {
                steps += 1;
            }
            steps
        };
        let rows = 9000;
        assert_eq!((steps(1), steps(4)), (rows / ROWS + 1, rows / (ROWS / 4) + 1));
        let mut walk = Walk::through(&connection, "seen".to_owned()).unwrap();
        let parts = walk.left.len();
        while walk.left.len() == parts {
            walk.shorten();
        }
        assert_eq!(walk.divisor, 1, "the next part begins with long ones");
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
