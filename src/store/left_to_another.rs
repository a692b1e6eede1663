//! Cars that were held for their money while another gateway drove the lot, which takes it and lets them out: nothing tells
//! this one but that they are gone.

use super::{ParkingRecord, StoreError, Transaction};
use crate::standard::id::Id;
use jiff::Timestamp;

impl Transaction<'_> {
    /// A car that stands at an exit, where it was read then, is another gateway's to let out.
    pub fn leave_to_another(&self, record_id: &Id, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO left_to_another (record_id, at) VALUES (?1, ?2)";
        self.execute(sql, (record_id, at.as_millisecond()))?;
        Ok(())
    }

    /// It is this gateway's own.
    pub fn take_from_another(&self, record_id: &Id) -> Result<(), StoreError> {
        self.execute("DELETE FROM left_to_another WHERE record_id = ?1", [record_id])?;
        Ok(())
    }

    /// The stays of such cars that have not ended and were read last before a moment.
    pub fn left_to_another_before(
        &self,
        moment: Timestamp,
    ) -> Result<Vec<ParkingRecord>, StoreError> {
        let sql = "SELECT record_id FROM left_to_another WHERE at < ?1";
        let ids: Vec<Id> = self.rows(sql, [moment.as_millisecond()], |row| row.get(0))?;
        let mut open = Vec::new();
        for id in ids {
            match self.open_record(&id)? {
                Some(record) => open.push(record),
                None => self.take_from_another(&id)?,
            }
        }
        Ok(open)
    }
}
