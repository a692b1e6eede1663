//! Cars that were told late to have left before anybody told that they had come: cameras send what they have kept each in
//! their own time.

use super::{SeenCar, StoreError, Transaction, column, millis};
use crate::standard::id::Id;
use jiff::Timestamp;

/// A car that has left, and of which no entry is known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyExit {
    /// Through which lane.
    pub lane_id: Id,
    /// The car as it was read there.
    pub car: SeenCar,
    /// Whether the camera let it out by its own list.
    pub by_camera: bool,
    /// When.
    pub at: Timestamp,
}

/// Exits of one plate that wait for their entries.
const OF_ONE_PLATE: u32 = 100;

impl Transaction<'_> {
    /// Notes it; of one plate so many are kept, those of long ago go first.
    pub fn set_early_exit(&self, exit: &EarlyExit) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO early_exit (plate_no, lane_id, car, by_camera, at)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let car = serde_json::to_string(&exit.car).unwrap_or_default();
        let (plate, at) = (exit.car.plate_no.as_str(), exit.at.as_millisecond());
        self.execute(sql, (plate, &exit.lane_id, car, exit.by_camera, at))?;
        let sql = "DELETE FROM early_exit WHERE plate_no = ?1 AND at <= (SELECT at FROM early_exit
                   WHERE plate_no = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)";
        self.execute(sql, (plate, OF_ONE_PLATE))?;
        Ok(())
    }

    /// Takes out the first of a plate at or after a moment.
    pub fn take_early_exit(
        &self,
        plate_no: &str,
        from: Timestamp,
    ) -> Result<Option<EarlyExit>, StoreError> {
        let sql = "DELETE FROM early_exit WHERE plate_no = ?1 AND at = (SELECT min(at)
                   FROM early_exit WHERE plate_no = ?1 AND at >= ?2)
                   RETURNING lane_id, car, by_camera, at";
        self.row(sql, (plate_no, from.as_millisecond()), |row| {
            Ok(EarlyExit {
                lane_id: row.get(0)?,
                car: column::json(row, 1, "a car")?,
                by_camera: row.get(2)?,
                at: millis(row.get(3)?),
            })
        })
    }

    /// What left before a moment came in before anybody could tell.
    pub fn forget_early_exits_before(&self, moment: Timestamp) -> Result<(), StoreError> {
        self.execute("DELETE FROM early_exit WHERE at < ?1", [moment.as_millisecond()])?;
        Ok(())
    }
}
