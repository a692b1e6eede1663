//! Times in which nothing could be written down: what may be missing of them.

use super::{StoreError, Transaction, millis};
use crate::model::without_store::{Mended, StoreAway};
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
    /// Of a damaged database that was put together anew.
    pub mended: Option<MendedThen>,
}

/// What became of a damaged database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MendedThen {
    /// Where the damaged one is; none where it was gone.
    pub aside: Option<String>,
    /// Of when the copy is that was taken; none where there was none.
    pub copied: Option<Timestamp>,
    /// About how many rows could not be read.
    pub unread: i64,
}

/// Those that ended before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM store_loss WHERE id IN (SELECT id FROM store_loss
    WHERE until < ?1 ORDER BY id LIMIT ?2)";

impl Transaction<'_> {
    /// Notes a time in which nothing could be written down, and which is over.
    pub fn add_store_loss(
        &self,
        away: &StoreAway,
        mended: Option<&Mended>,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO store_loss (since, until, fault, kept, dropped, aside, copied, taken, unread)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let StoreAway { since, fault, kept, dropped, .. } = away;
        let (since, until) = (since.as_millisecond(), until.as_millisecond());
        let aside = mended.and_then(|mended| mended.aside.as_deref());
        let copied = mended.and_then(|mended| mended.copied).map(Timestamp::as_millisecond);
        let rows = |count: fn(&Mended) -> u64| mended.map(|mended| number(count(mended)));
        let (taken, unread) = (rows(|mended| mended.taken), rows(|mended| mended.unread));
        let (kept, dropped) = (number(*kept), number(*dropped));
        self.execute(sql, (since, until, fault, kept, dropped, aside, copied, taken, unread))?;
        Ok(())
    }

    /// Those that ended after a moment, the newest first.
    pub fn store_losses(&self, after: Timestamp, limit: u32) -> Result<Vec<StoreLoss>, StoreError> {
        let sql = "SELECT since, until, fault, kept, dropped, aside, copied, unread FROM store_loss
                   WHERE until > ?1 ORDER BY id DESC LIMIT ?2";
        self.rows(sql, (after.as_millisecond(), limit), |row| {
            let (aside, copied): (Option<String>, Option<i64>) = (row.get(5)?, row.get(6)?);
            Ok(StoreLoss {
                since: millis(row.get(0)?),
                until: millis(row.get(1)?),
                fault: row.get(2)?,
                kept: row.get(3)?,
                dropped: row.get(4)?,
                mended: row.get::<_, Option<i64>>(7)?.map(|unread| MendedThen {
                    aside: aside.clone(),
                    copied: copied.map(millis),
                    unread,
                }),
            })
        })
    }
}

fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
