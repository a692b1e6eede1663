//! Reads that may have lain in a broker while we were away. They are taken from it at once, because it hands out no
//! more than so many at a time, and decided when its marker has come back.

use super::seen::digested;
use super::{StoreError, Transaction, column, millis};
use crate::model::event::{PlateRead, ReadImage};
use jiff::Timestamp;

/// A read that waits to be decided.
#[derive(Debug, Clone)]
pub struct UndecidedRead {
    /// Its number.
    pub id: i64,
    /// The read.
    pub read: PlateRead,
    /// When it came.
    pub came: Timestamp,
}

fn undecided(row: &rusqlite::Row<'_>) -> rusqlite::Result<UndecidedRead> {
    let (id, read) = (row.get(0)?, column::json(row, 1, "a read")?);
    Ok(UndecidedRead { id, read, came: millis(row.get(2)?) })
}

impl Transaction<'_> {
    /// Takes one.
    pub fn take_undecided_read(&self, id: i64) -> Result<Option<UndecidedRead>, StoreError> {
        let sql = "SELECT id, body, at FROM undecided_read WHERE id = ?1";
        let read = self.row(sql, [id], undecided)?;
        self.execute("DELETE FROM undecided_read WHERE id = ?1", [id])?;
        Ok(read)
    }

    /// Whether a read of a plate waits to be decided.
    pub fn has_undecided_read_of(&self, plate_no: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM undecided_read WHERE instr(body, ?1) LIMIT 1";
        Ok(self.row(sql, [plate_no], |_| Ok(()))?.is_some())
    }

    /// Keeps a read that came through a broker, undecided.
    pub fn add_undecided_read(
        &self,
        broker: &str,
        read: &PlateRead,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(read).unwrap_or_default();
        let sql =
            "INSERT INTO undecided_read (broker, body, at, images_of) VALUES (?1, ?2, ?3, ?4)";
        let images_of = read.pictures.follow().then(|| digested(&read.message));
        self.execute(sql, (broker, body, now.as_millisecond(), images_of))?;
        Ok(())
    }

    /// The images of a read that waits to be decided have come; false where none of that message does.
    pub fn add_images_to_undecided(
        &self,
        message: &str,
        images: &[ReadImage],
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE undecided_read SET images_of = NULL,
                   body = json_set(body, '$.images', json(?2), '$.pictures', 'here')
                   WHERE images_of = ?1 AND images_of IS NOT NULL";
        let images = serde_json::to_string(images).unwrap_or_default();
        Ok(self.execute(sql, (digested(message), images))? > 0)
    }

    /// How many came through a broker.
    pub fn undecided_reads(&self, broker: &str) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM undecided_read WHERE broker = ?1";
        let count: i64 = self.row(sql, [broker], |row| row.get(0))?.unwrap_or_default();
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// Takes no more than so many of them, the oldest first.
    pub fn take_oldest_undecided_reads(
        &self,
        broker: &str,
        most: usize,
    ) -> Result<Vec<UndecidedRead>, StoreError> {
        let sql = "SELECT id, body, at FROM undecided_read WHERE broker = ?1 ORDER BY id LIMIT ?2";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let reads = self.scan(sql, (broker, most), undecided)?;
        // Those that cannot be read, too, else they would be met for ever.
        let sql = "DELETE FROM undecided_read WHERE id IN
                   (SELECT id FROM undecided_read WHERE broker = ?1 ORDER BY id LIMIT ?2)";
        self.execute(sql, (broker, most))?;
        Ok(reads)
    }

    /// Takes all that came through a broker, the oldest first.
    pub fn take_undecided_reads(&self, broker: &str) -> Result<Vec<UndecidedRead>, StoreError> {
        let sql = "SELECT id, body, at FROM undecided_read WHERE broker = ?1 ORDER BY id";
        let reads = self.scan(sql, [broker], undecided)?;
        if !reads.is_empty() {
            self.execute("DELETE FROM undecided_read WHERE broker = ?1", [broker])?;
        }
        Ok(reads)
    }

    /// Takes all that came before a moment, whatever it came through.
    pub fn take_undecided_reads_before(
        &self,
        moment: Timestamp,
    ) -> Result<Vec<UndecidedRead>, StoreError> {
        let sql = "SELECT id, body, at FROM undecided_read WHERE at < ?1 ORDER BY id";
        let reads = self.scan(sql, [moment.as_millisecond()], undecided)?;
        if !reads.is_empty() {
            let sql = "DELETE FROM undecided_read WHERE at < ?1";
            self.execute(sql, [moment.as_millisecond()])?;
        }
        Ok(reads)
    }
}
