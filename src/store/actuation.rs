//! Barrier commands decided and not yet answered: what a crash between commit and command leaves over.

use super::{StoreError, Transaction, millis};
use jiff::Timestamp;

/// A barrier command whose device has not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingActuation {
    /// The command's id, the same in every repetition.
    pub id: String,
    /// The lane whose barrier it opens.
    pub lane_id: String,
    /// When it was decided.
    pub decided_at: Timestamp,
}

impl Transaction<'_> {
    /// Notes a barrier command that leaves after the commit.
    pub fn add_actuation(&self, id: &str, lane_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO actuation (id, lane_id, decided_at) VALUES (?1, ?2, ?3)";
        self.execute(sql, (id, lane_id, now.as_millisecond()))?;
        Ok(())
    }

    /// Strikes an answered (or given up) command; false when it was not noted.
    pub fn remove_actuation(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM actuation WHERE id = ?1", [id])? == 1)
    }

    /// Notes that a command never left, so that it may be sent after all; false when it was not noted.
    pub fn set_actuation_unsent(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.execute("UPDATE actuation SET unsent = 1 WHERE id = ?1", [id])? == 1)
    }

    /// Strikes all commands of a lane: its barrier is open.
    pub fn remove_actuations(&self, lane_id: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM actuation WHERE lane_id = ?1", [lane_id])?;
        Ok(())
    }

    /// Notes that a command that never left leaves now; false when it has left before.
    pub fn set_actuation_sent(&self, id: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE actuation SET unsent = 0 WHERE id = ?1 AND unsent = 1";
        Ok(self.execute(sql, [id])? == 1)
    }

    /// Takes the command of a lane that never left, if there is one.
    pub fn take_unsent_actuation(&self, lane_id: &str) -> Result<Option<String>, StoreError> {
        let sql = "UPDATE actuation SET unsent = 0 WHERE lane_id = ?1 AND unsent = 1 RETURNING id";
        self.row(sql, [lane_id], |row| row.get(0))
    }

    /// Strikes the commands of a lane that never left: another car stands there now.
    pub fn remove_unsent_actuations(&self, lane_id: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM actuation WHERE lane_id = ?1 AND unsent = 1", [lane_id])?;
        Ok(())
    }

    /// All unanswered commands, oldest first.
    pub fn actuations(&self) -> Result<Vec<PendingActuation>, StoreError> {
        let sql = "SELECT id, lane_id, decided_at FROM actuation ORDER BY decided_at";
        self.rows(sql, [], |row| {
            Ok(PendingActuation {
                id: row.get(0)?,
                lane_id: row.get(1)?,
                decided_at: millis(row.get(2)?),
            })
        })
    }
}
