//! Cars that drove through behind another, as a lane's loop told, until staff say what they were.

use super::{StoreError, Transaction, column, millis};
use crate::model::event::ReadImage;
use crate::standard::id::Id;
use jiff::Timestamp;

/// A car that drove through behind another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// Its number; 0 until it is kept.
    pub id: i64,
    /// The lane.
    pub lane_id: Id,
    /// Whether it went out.
    pub leaves: bool,
    /// When.
    pub at: Timestamp,
    /// The plate that was read there and waited, where one was.
    pub plate_no: Option<String>,
    /// The record that was made of it, or the stay that staff say it was.
    pub record_id: Option<Id>,
    /// Pictures of it.
    pub images: Vec<ReadImage>,
}

const COLUMNS: &str = "id, lane_id, leaves, at, plate_no, record_id, images";

/// Tails before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM tail WHERE id IN (SELECT id FROM tail
    WHERE at < ?1 ORDER BY at LIMIT ?2)";

impl Transaction<'_> {
    /// Keeps one; returns its number.
    pub fn add_tail(&self, tail: &Tail) -> Result<i64, StoreError> {
        let sql = "INSERT INTO tail (lane_id, leaves, at, plate_no, record_id, images)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id";
        let Tail { lane_id, leaves, at, plate_no, record_id, images, .. } = tail;
        let images = serde_json::to_string(images).unwrap_or_default();
        let row = (lane_id, leaves, at.as_millisecond(), plate_no, record_id, images);
        Ok(self.row(sql, row, |row| row.get(0))?.unwrap_or_default())
    }

    /// One that is not settled yet.
    pub fn open_tail(&self, id: i64) -> Result<Option<Tail>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM tail WHERE id = ?1 AND settled = 0");
        self.scan_one(&sql, [id], tail)
    }

    /// Those of a lane that are not settled yet, the newest first.
    pub fn open_tails(&self, lane_id: &Id) -> Result<Vec<Tail>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM tail WHERE lane_id = ?1 AND settled = 0 ORDER BY id DESC LIMIT 20"
        );
        self.scan(&sql, [lane_id], tail)
    }

    /// Keeps what more is known of one.
    pub fn set_tail(&self, tail: &Tail, settled: bool) -> Result<(), StoreError> {
        let images = serde_json::to_string(&tail.images).unwrap_or_default();
        let sql = "UPDATE tail SET record_id = ?2, images = ?3, settled = ?4 WHERE id = ?1";
        self.execute(sql, (tail.id, &tail.record_id, images, settled))?;
        Ok(())
    }
}

fn tail(row: &rusqlite::Row<'_>) -> rusqlite::Result<Tail> {
    Ok(Tail {
        id: row.get(0)?,
        lane_id: row.get(1)?,
        leaves: row.get(2)?,
        at: millis(row.get(3)?),
        plate_no: row.get(4)?,
        record_id: row.get(5)?,
        images: column::json(row, 6, "pictures")?,
    })
}
