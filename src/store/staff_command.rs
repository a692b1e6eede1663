//! The journal of what staff did: the same id is answered from here and happens once.

use super::{StoreError, Transaction, column};
use crate::standard::id::Id;
use jiff::Timestamp;
use serde_json::Value;

/// Commands received before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM staff_command WHERE id IN (SELECT id FROM staff_command
    WHERE received < ?1 ORDER BY received LIMIT ?2)";

impl Transaction<'_> {
    /// What a command of that id was answered.
    pub fn staff_reply(&self, id: &Id) -> Result<Option<Value>, StoreError> {
        self.row("SELECT reply FROM staff_command WHERE id = ?1", [id], |row| {
            column::json(row, 0, "the answer to a staff command")
        })
    }

    /// Writes a command down with its answer.
    pub fn add_staff_command(
        &self,
        id: &Id,
        operator: &str,
        reply: &Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO staff_command (id, operator, reply, received)
                   VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, (id, operator, reply.to_string(), now.as_millisecond()))?;
        Ok(())
    }
}
