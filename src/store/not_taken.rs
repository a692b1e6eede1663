//! What the platform does not take, with its own words: what waits though it was sent, and what it refused. For the
//! doctor; reads the whole queue.

use super::{StoreError, Transaction};

/// Reports of one interface that the platform did not take when they were sent last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// The interface.
    pub code: u16,
    /// How many.
    pub count: i64,
    /// What it said of the newest.
    pub words: String,
}

impl Transaction<'_> {
    /// What waits and was not taken, by interface; pictures (2001) too.
    pub fn not_taken(&self) -> Result<Vec<NotTaken>, StoreError> {
        // With max() the other columns are those of its row.
        let sql = "SELECT code, count(*), refusal, max(seq) FROM outbox
                   WHERE state = 'pending' AND refusal IS NOT NULL GROUP BY code
                   UNION ALL SELECT 2001, count(*), refusal, max(id) FROM image
                   WHERE refusal IS NOT NULL AND ready < 2 HAVING count(*) > 0";
        self.scan(sql, [], not_taken)
    }

    /// The dead letters, by interface; pictures put aside too.
    pub fn refused(&self) -> Result<Vec<NotTaken>, StoreError> {
        let sql = "SELECT code, count(*), coalesce(refusal, ''), max(seq) FROM outbox
                   WHERE state = 'dead' GROUP BY code
                   UNION ALL SELECT 2001, count(*), coalesce(refusal, ''), max(id) FROM image
                   WHERE ready = 2 HAVING count(*) > 0";
        self.scan(sql, [], not_taken)
    }
}

fn not_taken(row: &rusqlite::Row<'_>) -> rusqlite::Result<NotTaken> {
    Ok(NotTaken { code: row.get(0)?, count: row.get(1)?, words: row.get(2)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::report::Report;
    use crate::store::{Store, Urgency};
    use jiff::Timestamp;
    use std::time::Duration;

    #[test]
    fn what_was_not_taken_is_told_by_interface_in_the_platforms_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let (mut store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        let tx = store.begin().unwrap();
        for (code, body) in [(5004, "1"), (5004, "2"), (5005, "3"), (5008, "4")] {
            let report = Report { code, key: "k".to_owned(), body: body.to_owned() };
            tx.queue(&report, body, Urgency::Record, Timestamp::UNIX_EPOCH).unwrap();
        }
        let minute = Duration::from_secs(60);
        tx.put_off_row(1, "系统繁忙", Duration::ZERO).unwrap();
        tx.put_off_row(2, "稍后再试", minute).unwrap();
        tx.put_off_row(2, "", minute).unwrap();
        tx.put_off_row(3, "", Duration::ZERO).unwrap();
        tx.refuse_row(4, "1007 不合规定").unwrap();
        let of = |code, count, words: &str| NotTaken { code, count, words: words.to_owned() };
        assert_eq!(tx.not_taken().unwrap(), [of(5004, 2, "稍后再试")]);
        assert_eq!(tx.refused().unwrap(), [of(5008, 1, "1007 不合规定")]);
        tx.commit().unwrap();
        drop(store);
        let rows = Store::open_reading(&path).unwrap().pending(Urgency::Record, 0, 9).unwrap();
        assert_eq!((rows[1].attempts, rows[1].refused_for), (2, minute));
    }
}
