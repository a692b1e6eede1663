//! The journal of what staff did: the same id is answered from here and happens once.

use super::{StoreError, Transaction};
use jiff::Timestamp;

impl Transaction<'_> {
    /// What a command of that id was answered.
    pub fn staff_reply(&self, id: &str) -> Result<Option<String>, StoreError> {
        self.row("SELECT reply FROM staff_command WHERE id = ?1", [id], |row| row.get(0))
    }

    /// Writes a command down with its answer.
    pub fn add_staff_command(
        &self,
        id: &str,
        operator: &str,
        reply: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO staff_command (id, operator, reply, received)
                   VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, (id, operator, reply, now.as_millisecond()))?;
        Ok(())
    }
}
