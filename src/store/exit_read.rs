//! When cars that are inside were held at an exit: whose news of a payment comes late has stood there meanwhile.

use super::{StoreError, Transaction};
use crate::standard::id::Id;
use jiff::{SignedDuration, Timestamp};

/// A car that is read again and again is noted so often.
const EVERY: SignedDuration = SignedDuration::from_mins(1);

impl Transaction<'_> {
    /// Whether a car was held at an exit from one moment to another.
    pub fn was_at_exit(
        &self,
        record_id: &Id,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM exit_read
                   WHERE record_id = ?1 AND at BETWEEN ?2 AND ?3 AND NOT gone_back";
        let within = (record_id, from.as_millisecond(), to.as_millisecond());
        Ok(self.row(sql, within, |_| Ok(()))?.is_some())
    }

    /// Whether a car was at an exit since a moment, be it that it went back from there.
    pub fn was_seen_since(&self, record_id: &Id, moment: Timestamp) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM exit_read WHERE record_id = ?1 AND at >= ?2";
        Ok(self.row(sql, (record_id, moment.as_millisecond()), |_| Ok(()))?.is_some())
    }

    /// Notes that a car is held at an exit.
    pub fn note_exit_read(&self, record_id: &Id, at: Timestamp) -> Result<(), StoreError> {
        if self.was_at_exit(record_id, at - EVERY, at)? {
            return Ok(());
        }
        let sql = "INSERT INTO exit_read (record_id, at) VALUES (?1, ?2)
                   ON CONFLICT (record_id, at) DO UPDATE SET gone_back = 0";
        self.execute(sql, (record_id, at.as_millisecond()))?;
        Ok(())
    }

    /// A car has gone back: it is not held at an exit any longer.
    pub fn went_back(&self, plate_no: &str) -> Result<(), StoreError> {
        let sql = "UPDATE exit_read SET gone_back = 1
                   WHERE NOT gone_back AND record_id IN (SELECT id FROM parking_record
                   WHERE plate_no = ?1 AND leave_time IS NULL AND plate_no <> '')";
        self.execute(sql, [plate_no])?;
        let sql = "DELETE FROM left_to_another WHERE record_id IN (SELECT id FROM parking_record
                   WHERE plate_no = ?1 AND leave_time IS NULL AND plate_no <> '')";
        self.execute(sql, [plate_no])?;
        Ok(())
    }

    /// The same of one that the exit had let pass.
    pub fn went_back_from_exit(&self, plate_no: &str, at: Timestamp) -> Result<(), StoreError> {
        self.went_back(plate_no)?;
        let sql = "INSERT OR IGNORE INTO exit_read (record_id, at, gone_back)
                   SELECT id, ?2, 1 FROM parking_record
                   WHERE plate_no = ?1 AND leave_time IS NULL AND plate_no <> ''";
        self.execute(sql, (plate_no, at.as_millisecond()))?;
        Ok(())
    }
}
