//! When the counts (5003) were reported last, and whether they are due again.

use super::{StoreError, Transaction, millis};
use jiff::Timestamp;

impl Transaction<'_> {
    /// When they were reported last.
    pub fn counts_reported(&self) -> Result<Option<Timestamp>, StoreError> {
        self.row("SELECT counts_reported FROM tally WHERE counts_reported IS NOT NULL", [], |row| {
            Ok(millis(row.get(0)?))
        })
    }

    /// Notes that they are reported now.
    pub fn set_counts_reported(&self, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE tally SET counts_reported = ?1, counts_due = 0";
        self.execute(sql, [now.as_millisecond()])?;
        Ok(())
    }

    /// Notes that they have changed since.
    pub fn set_counts_due(&self) -> Result<(), StoreError> {
        self.execute("UPDATE tally SET counts_due = 1 WHERE counts_due = 0", [])?;
        Ok(())
    }

    /// Whether they have changed since they were reported.
    pub fn counts_due(&self) -> Result<bool, StoreError> {
        Ok(self.row("SELECT counts_due FROM tally", [], |row| row.get(0))?.unwrap_or(false))
    }
}
