//! When the counts (5003) were reported last, and whether they are due again.

use super::{StoreError, Transaction, millis};
use jiff::Timestamp;

impl Transaction<'_> {
    /// When they were reported last.
    pub fn counts_reported(&self) -> Result<Option<Timestamp>, StoreError> {
        self.row("SELECT reported FROM counts", [], |row| Ok(millis(row.get(0)?)))
    }

    /// Notes that they are reported now.
    pub fn set_counts_reported(&self, now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO counts (only_row, reported, due) VALUES (1, ?1, 0)";
        self.execute(sql, [now.as_millisecond()])?;
        Ok(())
    }

    /// Notes that they have changed since.
    pub fn set_counts_due(&self) -> Result<(), StoreError> {
        self.execute("UPDATE counts SET due = 1 WHERE due = 0", [])?;
        Ok(())
    }

    /// Whether they have changed since they were reported.
    pub fn counts_due(&self) -> Result<bool, StoreError> {
        Ok(self.row("SELECT due FROM counts", [], |row| row.get(0))?.unwrap_or(false))
    }
}
