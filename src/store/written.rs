//! What the process has written to its medium, by days: how long the medium will take it.

use super::{StoreError, Transaction};
use jiff::Timestamp;

/// Days that are kept.
const DAYS: u32 = 30;
const DAY: i64 = 86_400;

/// What was written in some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// When that time began, to a day.
    pub since: Timestamp,
    /// Bytes written.
    pub bytes: u64,
    /// Seconds in which they were counted.
    pub seconds: u64,
    /// Stays that ended since.
    pub stays: u64,
}

impl Transaction<'_> {
    /// Adds what was written in so many seconds before a moment.
    pub fn add_written(
        &self,
        bytes: u64,
        seconds: u64,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let day = until.as_second().div_euclid(DAY);
        let sql = "INSERT INTO written (day, bytes, seconds) VALUES (?1, ?2, ?3)
                   ON CONFLICT (day) DO UPDATE SET
                       bytes = bytes + excluded.bytes, seconds = seconds + excluded.seconds";
        self.execute(sql, (day, whole(bytes), whole(seconds)))?;
        let old = "DELETE FROM written WHERE day IN
                       (SELECT day FROM written ORDER BY day DESC LIMIT -1 OFFSET ?1)";
        self.execute(old, [DAYS])?;
        Ok(())
    }

    /// All that is known of it; none where nothing is.
    pub fn written(&self) -> Result<Option<Written>, StoreError> {
        let sql = "SELECT min(day), sum(bytes), sum(seconds) FROM written";
        let whole =
            |number: Option<i64>| number.and_then(|one| u64::try_from(one).ok()).unwrap_or(0);
        let found = self.row(sql, [], |row| {
            Ok((row.get::<_, Option<i64>>(0)?, whole(row.get(1)?), whole(row.get(2)?)))
        })?;
        let Some((Some(day), bytes, seconds)) = found else { return Ok(None) };
        let since = Timestamp::from_second(day.saturating_mul(DAY)).unwrap_or(Timestamp::MIN);
        let sql = "SELECT count(*) FROM parking_record WHERE leave_time >= ?1";
        let stays = self.row(sql, [since.as_millisecond()], |row| row.get(0))?;
        Ok(Some(Written { since, bytes, seconds, stays: whole(stays) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn what_was_written_adds_up_by_days_of_which_the_newest_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let (mut store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        let tx = store.begin().unwrap();
        assert_eq!(tx.written().unwrap(), None);
        let at = |day: i64| Timestamp::from_second(day * DAY + 3600).unwrap();
        for day in 20_000..20_040 {
            tx.add_written(1000, 600, at(day)).unwrap();
            tx.add_written(500, 600, at(day)).unwrap();
        }
        let since = Timestamp::from_second(20_010 * DAY).unwrap();
        let (bytes, seconds, stays) = (30 * 1500, 30 * 1200, 0);
        assert_eq!(tx.written().unwrap(), Some(Written { since, bytes, seconds, stays }));
    }
}
