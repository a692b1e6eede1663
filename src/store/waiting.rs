//! The car that stands before a closed barrier, one a lane.

use super::{SeenCar, StoreError, Transaction, column, millis};
use crate::model::happening::Hold;
use crate::standard::id::Id;
use jiff::Timestamp;

/// A held car.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The lane it stands in.
    pub lane_id: String,
    /// The car.
    pub car: SeenCar,
    /// Why it is held.
    pub reason: Hold,
    /// When it was first held here.
    pub since: Timestamp,
    /// When it was last read.
    pub last_read: Timestamp,
    /// The stays it may be, where its own is not known, the likeliest first.
    pub candidates: Vec<Id>,
}

const COLUMNS: &str = "car, lane_id, reason, since, last_read, candidates";

impl Transaction<'_> {
    /// The car waiting in a lane.
    pub fn waiting_in(&self, lane_id: &str) -> Result<Option<Waiting>, StoreError> {
        if self.nobody_waits()? {
            return Ok(None);
        }
        self.kept.waiting.or(lane_id, || {
            let sql = format!("SELECT {COLUMNS} FROM waiting WHERE lane_id = ?1");
            self.scan_one(&sql, [lane_id], waiting)
        })
    }

    fn nobody_waits(&self) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM waiting LIMIT 1";
        let ask = || Ok(self.row(sql, [], |_| Ok(()))?.is_none());
        self.kept.nobody_waits.or("", ask)
    }

    /// Every held car, the longest waiting first.
    pub fn all_waiting(&self) -> Result<Vec<Waiting>, StoreError> {
        if self.nobody_waits()? {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} FROM waiting ORDER BY since");
        self.scan(&sql, [], waiting)
    }

    /// Notes the car that waits in a lane in place of any other.
    pub fn set_waiting(&self, waiting: &Waiting) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO waiting
                   (lane_id, plate_no, car, reason, since, last_read, candidates)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let Waiting { lane_id, car, reason, since, last_read, candidates } = waiting;
        let candidates = serde_json::to_string(candidates).unwrap_or_default();
        let (since, last_read) = (since.as_millisecond(), last_read.as_millisecond());
        let car_text = car.text();
        let plate_no = car.plate_no.as_str();
        let row = (lane_id, plate_no, car_text, reason.word(), since, last_read, candidates);
        self.execute_of(Some(lane_id), sql, row)?;
        Ok(())
    }

    /// The lanes other than `lane_id` where a car of that plate waits.
    pub fn waiting_elsewhere(
        &self,
        plate_no: &str,
        lane_id: &str,
    ) -> Result<Vec<String>, StoreError> {
        if self.nobody_waits()? {
            return Ok(Vec::new());
        }
        let sql = "SELECT lane_id FROM waiting WHERE plate_no = ?1 AND lane_id <> ?2";
        self.scan(sql, [plate_no, lane_id], |row| row.get(0))
    }

    /// Nobody waits in that lane any more.
    pub fn clear_waiting(&self, lane_id: &str) -> Result<(), StoreError> {
        if self.nobody_waits()? {
            return Ok(());
        }
        let sql = "DELETE FROM waiting WHERE lane_id = ?1";
        self.execute_of(Some(lane_id), sql, [lane_id])?;
        Ok(())
    }
}

fn waiting(row: &rusqlite::Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        car: column::json(row, 0, "a car")?,
        lane_id: row.get(1)?,
        reason: column::text(row, 2, "a reason to hold a car", Hold::from_word)?,
        since: millis(row.get(3)?),
        last_read: millis(row.get(4)?),
        candidates: column::json(row, 5, "the stays a car may be")?,
    })
}
