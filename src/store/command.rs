//! The journal of the platform's commands: the same command is answered from here and happens once.

use super::{StoreError, Transaction, column};
use crate::foreign::json::canonical;
use jiff::Timestamp;
use serde_json::Value;

/// A command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// What was done, in the command's own terms (e.g. `lock`).
    pub action: String,
    /// The reply elements we gave.
    pub reply: Vec<Value>,
}

/// Entries received before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM command WHERE rowid IN (SELECT rowid FROM command
    WHERE received < ?1 ORDER BY received LIMIT ?2)";

impl Transaction<'_> {
    /// The entry of exactly this command (same code, data and timestamp).
    pub fn journal_entry(&self, digest: &str) -> Result<Option<JournalEntry>, StoreError> {
        let sql = "SELECT action, reply FROM command WHERE digest = ?1";
        self.row(sql, [digest], entry)
    }

    /// The newest entry of a command about the same thing (same id).
    pub fn last_journal_entry(
        &self,
        code: u16,
        identity: &str,
    ) -> Result<Option<JournalEntry>, StoreError> {
        let sql = "SELECT action, reply FROM command WHERE code = ?1 AND identity = ?2
                   ORDER BY received DESC, rowid DESC LIMIT 1";
        self.row(sql, (code, identity), entry)
    }

    /// Writes down a command with its reply element.
    pub fn add_journal_entry(
        &self,
        code: u16,
        digest: &str,
        identity: &str,
        entry: &JournalEntry,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO command (digest, code, identity, action, reply, received)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (reply, received) = (canonical(&entry.reply.clone().into()), now.as_millisecond());
        self.execute(sql, (digest, code, identity, &entry.action, reply, received))?;
        Ok(())
    }
}

fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<JournalEntry> {
    let reply = column::json(row, 1, "the answer to a command")?;
    Ok(JournalEntry { action: row.get(0)?, reply })
}
