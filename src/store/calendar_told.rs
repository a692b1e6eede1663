//! Years that the calendar of working days lacks: which of them were told already.

use super::{StoreError, Transaction};

impl Transaction<'_> {
    /// Notes that a year is told to be missing; whether that is new.
    pub fn note_calendar_told(&self, year: i16) -> Result<bool, StoreError> {
        Ok(self.execute("INSERT OR IGNORE INTO calendar_told (year) VALUES (?1)", [year])? > 0)
    }
}
