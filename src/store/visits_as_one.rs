//! Since when the visits of a stay's plate cost as one with it, noted when it ends: the next visit goes on from there.

use super::{StoreError, Transaction, millis};
use crate::standard::id::Id;
use jiff::Timestamp;

impl Transaction<'_> {
    /// Notes it of a stay that ends.
    pub fn set_visits_since(&self, record_id: &Id, since: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO visits_as_one (record_id, since) VALUES (?1, ?2)";
        self.execute(sql, (record_id, since.as_millisecond()))?;
        Ok(())
    }

    /// What was noted of a stay.
    pub fn visits_since(&self, record_id: &Id) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT since FROM visits_as_one WHERE record_id = ?1";
        self.row(sql, [record_id], |row| Ok(millis(row.get(0)?)))
    }
}
