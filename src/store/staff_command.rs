//! The journal of what staff did: the same id is answered from here and happens once.

use super::{StoreError, Transaction, column};
use crate::model::staff::StaffCommand;
use crate::standard::id::Id;
use jiff::Timestamp;
use serde_json::Value;

/// Commands received before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM staff_command WHERE id IN (SELECT id FROM staff_command
    WHERE received < ?1 ORDER BY received LIMIT ?2)";

impl Transaction<'_> {
    /// What a command of that id was answered, and the digest of how it was said.
    pub fn staff_reply(&self, id: &Id) -> Result<Option<(Value, Option<String>)>, StoreError> {
        self.row("SELECT reply, said FROM staff_command WHERE id = ?1", [id], |row| {
            Ok((column::json(row, 0, "the answer to a staff command")?, row.get(1)?))
        })
    }

    /// Writes a command down with its answer.
    pub fn add_staff_command(
        &self,
        command: &StaffCommand,
        reply: &Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO staff_command (id, said, operator, reply, received)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let StaffCommand { id, said, operator, .. } = command;
        self.execute(sql, (id, said, operator, reply.to_string(), now.as_millisecond()))?;
        Ok(())
    }
}
