//! Numbers that no lot ever comes to: a count, or the key of a row, that a damaged cell has made so large that nothing more can
//! be written beside it. Whoever opens the database brings them back, and a writer that nothing is taken of. It knows which
//! numbers are kept where, and nothing of what they mean.

use super::StoreError;
use rusqlite::{Connection, Transaction};

/// What is reckoned from others, reckoned anew: triggers keep it, and rest where a database is put together.
pub(super) const RECKONED: [&str; 4] = [
    "UPDATE tally SET used = (SELECT count(*) FROM parking_record WHERE leave_time IS NULL)",
    "UPDATE tally SET pending = (SELECT count(*) FROM outbox WHERE state = 'pending'),
     dead = (SELECT count(*) FROM outbox WHERE state = 'dead'),
     bytes = (SELECT coalesce(sum(length(body)), 0) FROM outbox)",
    "UPDATE tally SET image_bytes = (SELECT coalesce(sum(bytes), 0) FROM image)",
    "UPDATE tally SET leased = 0, leased_day = NULL",
];

/// No count and no key of ours grows as far.
const BEYOND: i64 = 1 << 60;
/// So many numbers are passed over behind the last that is known: they may have been given.
const PASSED_OVER: i64 = 1_000_000;

/// Brings them back; false where none had to be. On failure nothing was changed.
pub(super) fn bring_back(connection: &Connection) -> Result<bool, StoreError> {
    let step = connection.unchecked_transaction()?;
    let mut any = false;
    if counts_are_beyond(&step)? {
        for sql in RECKONED {
            step.execute(sql, [])?;
        }
        any = true;
    }
    for table in numbered_tables(&step)? {
        any |= keys_back(&step, &table)?;
    }
    if any {
        step.commit()?;
    }
    Ok(any)
}

fn counts_are_beyond(step: &Transaction<'_>) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM tally WHERE used NOT BETWEEN 0 AND ?1 OR pending NOT BETWEEN 0 AND ?1
        OR dead NOT BETWEEN 0 AND ?1 OR bytes NOT BETWEEN 0 AND ?1 OR image_bytes NOT BETWEEN 0 AND ?1
        OR leased NOT BETWEEN 0 AND ?1)";
    step.query_row(sql, [BEYOND], |row| row.get(0))
}

/// Tables whose rows are numbered by SQLite, which remembers the last number.
fn numbered_tables(step: &Transaction<'_>) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'";
    step.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn keys_back(step: &Transaction<'_>, table: &str) -> rusqlite::Result<bool> {
    let last_below =
        format!("(SELECT coalesce(max(rowid), 0) FROM \"{table}\" WHERE rowid < {BEYOND})");
    let far: Vec<i64> = step
        .prepare(&format!("SELECT rowid FROM \"{table}\" WHERE rowid >= {BEYOND} ORDER BY rowid"))?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for key in &far {
        let sql =
            format!("UPDATE \"{table}\" SET rowid = {last_below} + {PASSED_OVER} WHERE rowid = ?1");
        step.execute(&sql, [key])?;
    }
    let sql = format!(
        "UPDATE sqlite_sequence SET seq = {last_below} + {PASSED_OVER} WHERE name = ?1 AND seq >= {BEYOND}"
    );
    let counted = step.execute(&sql, [table])?;
    Ok(!far.is_empty() || counted > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use jiff::Timestamp;

    fn database(change: &str) -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        drop(Store::open(&path, Timestamp::UNIX_EPOCH).unwrap());
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(change).unwrap();
        (folder, connection)
    }

    fn number(connection: &Connection, sql: &str) -> i64 {
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn counts_that_cannot_be_are_counted_anew() {
        let (_folder, connection) = database("");
        assert!(!bring_back(&connection).unwrap(), "all is well");
        for wrong in ["bytes = 9223372036854775807", "used = -1", "leased = 9000000000000000000"] {
            connection.execute_batch(&format!("UPDATE tally SET {wrong}")).unwrap();
            assert!(bring_back(&connection).unwrap(), "{wrong}");
            let sum = "SELECT bytes + used + pending + dead + image_bytes + leased FROM tally";
            assert_eq!(number(&connection, sum), 0, "{wrong}");
            assert!(!bring_back(&connection).unwrap(), "{wrong}");
        }
    }

    #[test]
    fn behind_a_row_whose_number_is_the_last_there_is_others_can_be_written_again() {
        let (_folder, connection) = database(
            "INSERT INTO trail (at, act, by, reason, what) VALUES (1, 'a', 'b', 'c', 'd');
             UPDATE trail SET number = 9223372036854775807;
             UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'trail';",
        );
        let add = "INSERT INTO trail (at, act, by, reason, what) VALUES (2, 'a', 'b', 'c', 'd')";
        assert!(connection.execute_batch(add).is_err(), "no number is left");
        assert!(bring_back(&connection).unwrap());
        connection.execute_batch(add).unwrap();
        assert_eq!(number(&connection, "SELECT count(*) FROM trail"), 2);
        assert!(number(&connection, "SELECT max(rowid) FROM trail") < BEYOND);
        assert!(!bring_back(&connection).unwrap());
    }
}
