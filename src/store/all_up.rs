//! Whether all barriers are held up, by whom and why.

use super::{StoreError, Transaction, millis};
use jiff::Timestamp;

/// All barriers are held up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllUp {
    /// Who wanted it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

impl Transaction<'_> {
    /// Whether all barriers are held up.
    pub fn all_up(&self) -> Result<Option<AllUp>, StoreError> {
        self.kept.all_up.or("", || {
            self.row("SELECT by, reason, since FROM all_up", [], |row| {
                Ok(AllUp { by: row.get(0)?, reason: row.get(1)?, since: millis(row.get(2)?) })
            })
        })
    }

    /// Notes that they are, or (none) are no more.
    pub fn set_all_up(&self, all_up: Option<&AllUp>) -> Result<(), StoreError> {
        self.execute("DELETE FROM all_up", [])?;
        if let Some(AllUp { by, reason, since }) = all_up {
            let sql = "INSERT INTO all_up (only_row, by, reason, since) VALUES (1, ?1, ?2, ?3)";
            self.execute(sql, (by, reason, since.as_millisecond()))?;
        }
        Ok(())
    }
}
