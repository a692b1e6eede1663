//! Reads that may have lain in a broker while we were away. They are taken from it at once, because it hands out no
//! more than so many at a time, and decided when its marker has come back.

use super::{StoreError, Transaction, column, millis};
use crate::model::event::PlateRead;
use jiff::Timestamp;

impl Transaction<'_> {
    /// Keeps a read that came through a broker, undecided.
    pub fn add_undecided_read(
        &self,
        broker: &str,
        read: &PlateRead,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(read).unwrap_or_default();
        let sql = "INSERT INTO undecided_read (broker, body, at) VALUES (?1, ?2, ?3)";
        self.execute(sql, (broker, body, now.as_millisecond()))?;
        Ok(())
    }

    /// Takes all that came through a broker, the oldest first, each with the moment it came.
    pub fn take_undecided_reads(
        &self,
        broker: &str,
    ) -> Result<Vec<(PlateRead, Timestamp)>, StoreError> {
        let sql = "SELECT body, at FROM undecided_read WHERE broker = ?1 ORDER BY id";
        let reads = self.scan(sql, [broker], |row| {
            Ok((column::json(row, 0, "a read")?, millis(row.get(1)?)))
        })?;
        if !reads.is_empty() {
            self.execute("DELETE FROM undecided_read WHERE broker = ?1", [broker])?;
        }
        Ok(reads)
    }

    /// Takes all that came before a moment, whatever it came through.
    pub fn take_undecided_reads_before(
        &self,
        moment: Timestamp,
    ) -> Result<Vec<(PlateRead, Timestamp)>, StoreError> {
        let sql = "SELECT body, at FROM undecided_read WHERE at < ?1 ORDER BY id";
        let reads = self.scan(sql, [moment.as_millisecond()], |row| {
            Ok((column::json(row, 0, "a read")?, millis(row.get(1)?)))
        })?;
        if !reads.is_empty() {
            let sql = "DELETE FROM undecided_read WHERE at < ?1";
            self.execute(sql, [moment.as_millisecond()])?;
        }
        Ok(reads)
    }
}
