//! What the process's own database says in the end: who is inside, what was charged, which reads have come to something.
//! It is read with SQLite alone and asks none of the program's code.

use crate::model::Fen;
use lotgate::sim::platform::ledger::fen;
use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A parking record as it is stored.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its id in small letters.
    pub id: String,
    /// Its car.
    pub plate: String,
    /// When it came in.
    pub entered: SystemTime,
    /// When it went out.
    pub left: Option<SystemTime>,
    /// What was owed in all.
    pub due: Fen,
    /// What was taken.
    pub received: Fen,
    /// Payments by their ids in small letters.
    pub charges: BTreeMap<String, Fen>,
}

/// The database in the end.
#[derive(Debug, Default)]
pub struct Books {
    /// All records, in the order of their entries.
    pub records: Vec<Record>,
    /// Reads that were taken, by the ids that their cameras gave them.
    pub taken: BTreeSet<String>,
    /// Cars that were let pass and of which nobody knows yet whether they have gone.
    pub passing: BTreeSet<String>,
}

/// Reads them.
pub fn read(database: &Path) -> rusqlite::Result<Books> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    let mut charges: BTreeMap<String, BTreeMap<String, Fen>> = BTreeMap::new();
    let sql = "SELECT record_id, id, received FROM charge WHERE void = 0";
    for row in rows(&connection, sql, |row| Ok((small(row, 0)?, small(row, 1)?, sum(row, 2)?)))? {
        charges.entry(row.0).or_default().insert(row.1, row.2);
    }
    let sql = "SELECT id, plate_no, enter_time, leave_time, receivables, received
               FROM parking_record ORDER BY enter_time";
    let records = rows(&connection, sql, |row| {
        let id = small(row, 0)?;
        let charges = charges.get(&id).cloned().unwrap_or_default();
        let left: Option<i64> = row.get(3)?;
        Ok(Record {
            charges,
            id,
            plate: row.get(1)?,
            entered: moment(row.get(2)?),
            left: left.map(moment),
            due: sum(row, 4)?,
            received: sum(row, 5)?,
        })
    })?;
    let messages = rows(&connection, "SELECT message FROM seen", |row| row.get::<_, String>(0))?;
    // Its camera's id for it stands among others, with colons between them.
    let taken = messages.iter().flat_map(|message| message.split(':')).map(str::to_owned).collect();
    let passing = rows(&connection, "SELECT plate_no FROM passing", |row| row.get(0))?;
    Ok(Books { records, taken, passing: passing.into_iter().collect() })
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    of_row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], of_row)?.collect()
}

fn small(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    row.get::<_, String>(column).map(|text| text.to_lowercase())
}

fn sum(row: &Row<'_>, column: usize) -> rusqlite::Result<Fen> {
    let text: String = row.get(column)?;
    // As the ledger reads amounts.
    Ok(fen(&serde_json::from_str(&text).unwrap_or(Value::Null)))
}

fn moment(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(milliseconds.unsigned_abs())
}
