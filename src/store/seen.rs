//! Device messages already taken, so that a redelivered one does nothing twice.

use super::{StoreError, Transaction};
use jiff::Timestamp;

/// Messages taken before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM seen WHERE message IN (SELECT message FROM seen
    WHERE at < ?1 ORDER BY at LIMIT ?2)";

impl Transaction<'_> {
    /// Notes the message; false when it had been noted before.
    pub fn first_sight(&self, message: &str, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "INSERT OR IGNORE INTO seen (message, at) VALUES (?1, ?2)";
        Ok(self.execute(sql, (message, now.as_millisecond()))? == 1)
    }
}
