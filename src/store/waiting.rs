//! The car that stands before a closed barrier, one a lane.

use super::seen_car::{CAR, SeenCar, seen_car};
use super::{StoreError, Transaction, column, millis};
use crate::model::happening::Hold;
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
}

impl Transaction<'_> {
    /// The car waiting in a lane.
    pub fn waiting_in(&self, lane_id: &str) -> Result<Option<Waiting>, StoreError> {
        let sql = format!(
            "SELECT {CAR}, lane_id, reason, since, last_read FROM waiting WHERE lane_id = ?1"
        );
        self.row(&sql, [lane_id], waiting)
    }

    /// Every held car, the longest waiting first.
    pub fn all_waiting(&self) -> Result<Vec<Waiting>, StoreError> {
        let sql =
            format!("SELECT {CAR}, lane_id, reason, since, last_read FROM waiting ORDER BY since");
        self.scan(&sql, [], waiting)
    }

    /// Notes the car that waits in a lane in place of any other.
    pub fn set_waiting(&self, car: &Waiting) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT OR REPLACE INTO waiting ({CAR}, lane_id, reason, since, last_read)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        );
        let Waiting { lane_id, car, reason, since, last_read } = car;
        let (since, last_read) = (since.as_millisecond(), last_read.as_millisecond());
        self.set_car(&sql, car, &[lane_id, &reason.word(), &since, &last_read])
    }

    /// The lanes other than `lane_id` where a car of that plate waits.
    pub fn waiting_elsewhere(
        &self,
        plate_no: &str,
        lane_id: &str,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT lane_id FROM waiting WHERE plate_no = ?1 AND lane_id <> ?2";
        self.rows(sql, [plate_no, lane_id], |row| row.get(0))
    }

    /// Nobody waits in that lane any more.
    pub fn clear_waiting(&self, lane_id: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM waiting WHERE lane_id = ?1", [lane_id])?;
        Ok(())
    }
}

fn waiting(row: &rusqlite::Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        car: seen_car(row)?,
        lane_id: row.get(8)?,
        reason: column::text(row, 9, "a reason to hold a car", Hold::from_word)?,
        since: millis(row.get(10)?),
        last_read: millis(row.get(11)?),
    })
}
