//! Times in which nothing could be written down: what may be missing of them.

use super::{StoreError, Transaction, millis};
use crate::model::without_store::StoreAway;
use jiff::Timestamp;

/// One such time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreLoss {
    /// From then.
    pub since: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// Why, in SQLite's words.
    pub fault: String,
    /// Cars and openings that were kept meanwhile and were written down.
    pub kept: i64,
    /// Reads that found no room.
    pub dropped: i64,
}

/// Those that ended before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM store_loss WHERE id IN (SELECT id FROM store_loss
    WHERE until < ?1 ORDER BY id LIMIT ?2)";

impl Transaction<'_> {
    /// Notes a time in which nothing could be written down, and which is over.
    pub fn add_store_loss(&self, away: &StoreAway, until: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO store_loss (since, until, fault, kept, dropped)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let StoreAway { since, fault, kept, dropped, .. } = away;
        let (since, until) = (since.as_millisecond(), until.as_millisecond());
        self.execute(sql, (since, until, fault, number(*kept), number(*dropped)))?;
        Ok(())
    }

    /// Those that ended after a moment, the newest first.
    pub fn store_losses(&self, after: Timestamp, limit: u32) -> Result<Vec<StoreLoss>, StoreError> {
        let sql = "SELECT since, until, fault, kept, dropped FROM store_loss
                   WHERE until > ?1 ORDER BY id DESC LIMIT ?2";
        self.rows(sql, (after.as_millisecond(), limit), |row| {
            Ok(StoreLoss {
                since: millis(row.get(0)?),
                until: millis(row.get(1)?),
                fault: row.get(2)?,
                kept: row.get(3)?,
                dropped: row.get(4)?,
            })
        })
    }
}

fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
