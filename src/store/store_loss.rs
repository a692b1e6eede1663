//! Times in which nothing could be written down: what may be missing of them.

use super::{Store, StoreError, Transaction, millis};
use crate::model::without_store::{Mended, StoreAway};
use jiff::Timestamp;
use rusqlite::Connection;

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

/// Of what has taken a database's place and was not told yet, in the place of what was kept.
const UNTOLD: i64 = -1;

/// What has taken the database's place and was not told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// From when on something may be missing.
    pub since: Timestamp,
    /// Why.
    pub fault: String,
    /// Of one that was damaged: what became of it.
    pub mended: Option<Mended>,
}

/// Leaves word in what is to take a database's place: it is told by whoever opens it next, whenever the process ends that puts it
/// there. Something may be missing of that time.
pub(super) fn leave_word(
    new: &Connection,
    words: &str,
    (since, until): (Timestamp, Timestamp),
    mended: Option<&Mended>,
) -> rusqlite::Result<()> {
    insert(new, (since, until, words), (UNTOLD, 0), mended)
}

impl Store {
    /// Leaves word that this database was not in use since this box wrote in it last.
    pub fn leave_word_since_it_was_used(
        &self,
        words: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        Ok(leave_word_since_it_was_used(&self.connection, words, now)?)
    }
}

/// The same of one that nobody uses.
pub(super) fn leave_word_since_it_was_used(
    new: &Connection,
    words: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let newest = "SELECT coalesce(max(last), ?1) FROM boot";
    let newest = new.query_row(newest, [now.as_millisecond()], |row| row.get(0))?;
    leave_word(new, words, (millis(newest).min(now), now), None)
}

fn insert(
    into: &Connection,
    (since, until, fault): (Timestamp, Timestamp, &str),
    (kept, dropped): (i64, i64),
    mended: Option<&Mended>,
) -> rusqlite::Result<()> {
    let sql =
        "INSERT INTO store_loss (since, until, fault, kept, dropped, aside, copied, taken, unread)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let (since, until) = (since.as_millisecond(), until.as_millisecond());
    let aside = mended.and_then(|mended| mended.aside.as_deref());
    let copied = mended.and_then(|mended| mended.copied).map(Timestamp::as_millisecond);
    let rows = |count: fn(&Mended) -> u64| mended.map(|mended| number(count(mended)));
    let (taken, unread) = (rows(|mended| mended.taken), rows(|mended| mended.unread));
    let row = (since, until, fault, kept, dropped, aside, copied, taken, unread);
    into.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

impl Transaction<'_> {
    /// What has taken the database's place and was not told yet: the newest, and since when something may be missing by any.
    pub fn untold(&self) -> Result<Option<Untold>, StoreError> {
        let sql = "SELECT min(since) OVER (), fault, aside, copied, taken, unread FROM store_loss
                   WHERE kept = ?1 ORDER BY id DESC LIMIT 1";
        self.row(sql, [UNTOLD], |row| {
            let copied: Option<i64> = row.get(3)?;
            let (taken, unread): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
            let rows = |count: i64| u64::try_from(count).unwrap_or(0);
            let mended = unread.map(|unread| (row.get(2), unread));
            let mended = match mended {
                Some((aside, unread)) => Some(Mended {
                    aside: aside?,
                    copied: copied.map(millis),
                    taken: rows(taken.unwrap_or(0)),
                    unread: rows(unread),
                }),
                None => None,
            };
            Ok(Untold { since: millis(row.get(0)?), fault: row.get(1)?, mended })
        })
    }

    /// Notes a time in which nothing could be written down, and which is over. With that what has taken the database's place is
    /// told.
    pub fn add_store_loss(
        &self,
        away: &StoreAway,
        mended: Option<&Mended>,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        // This is the word that was left; of earlier ones that nobody came to tell people can see.
        let newest = "(SELECT max(id) FROM store_loss WHERE kept = ?1)";
        self.execute(&format!("DELETE FROM store_loss WHERE id = {newest}"), [UNTOLD])?;
        self.execute("UPDATE store_loss SET kept = 0 WHERE kept = ?1", [UNTOLD])?;
        let StoreAway { since, fault, kept, dropped, .. } = away;
        let kept_and_not = (number(*kept), number(*dropped));
        Ok(insert(&self.inner, (*since, until, fault), kept_and_not, mended)?)
    }

    /// Those that ended after a moment, the newest first.
    pub fn store_losses(&self, after: Timestamp, limit: u32) -> Result<Vec<StoreLoss>, StoreError> {
        let sql = "SELECT since, until, fault, max(kept, 0), dropped, aside, copied, unread FROM store_loss
                   WHERE until > ?1 ORDER BY id DESC LIMIT ?2";
        self.scan(sql, (after.as_millisecond(), limit), |row| {
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
