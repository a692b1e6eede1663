//! Vehicles their owners have locked (6003).

use super::sparse::SparseTable;
use super::{StoreError, Transaction};
use crate::standard::id::Id;
use jiff::Timestamp;

/// A locked vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleLock {
    /// The lock record's id on the platform.
    pub lock_id: Id,
    /// The parking record that is locked.
    pub record_id: Id,
    /// The phone that locked it.
    pub feature_code: String,
    /// Who of the staff lets it out all the same.
    pub released_by: Option<String>,
}

impl Transaction<'_> {
    /// The lock on a plate.
    pub fn lock_of(&self, plate_no: &str) -> Result<Option<VehicleLock>, StoreError> {
        let sql = "SELECT lock_id, record_id, feature_code, released_by FROM vehicle_lock
                   WHERE plate_no = ?1";
        self.row_of(SparseTable::VehicleLock, sql, [plate_no], |row| {
            Ok(VehicleLock {
                lock_id: row.get(0)?,
                record_id: row.get(1)?,
                feature_code: row.get(2)?,
                released_by: row.get(3)?,
            })
        })
    }

    /// Locks a plate; a new lock replaces the old one.
    pub fn lock(
        &self,
        plate_no: &str,
        lock: &VehicleLock,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO vehicle_lock (plate_no, lock_id, record_id, feature_code,
                   locked_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        let at = now.as_millisecond();
        self.execute(
            sql,
            (plate_no, lock.lock_id.as_str(), &lock.record_id, &lock.feature_code, at),
        )?;
        Ok(())
    }

    /// Lets a locked car out all the same; false when it is not locked.
    pub fn release_lock(&self, plate_no: &str, by: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE vehicle_lock SET released_by = ?2 WHERE plate_no = ?1";
        Ok(self.execute(sql, (plate_no, by))? == 1)
    }

    /// The locked car's plate was another one.
    pub fn move_lock(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let sql = "UPDATE OR REPLACE vehicle_lock SET plate_no = ?2 WHERE plate_no = ?1";
        self.execute(sql, (from, to))?;
        Ok(())
    }

    /// Takes the lock away; false when there was none.
    pub fn unlock(&self, plate_no: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM vehicle_lock WHERE plate_no = ?1", [plate_no])? == 1)
    }
}
