//! What came in and was put aside for people: late reads of moments that cannot be, and what ended the process.

use super::{StoreError, Transaction, column, millis};
use crate::model::event::ReadImage;
use crate::model::put_aside::{Aside, AsideKind, AsideWhy, KeptAside};
use jiff::Timestamp;
use rusqlite::Row;

/// What came last before a moment and keeps nobody from anything, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM put_aside WHERE number IN (SELECT number FROM put_aside
    WHERE last < ?1 AND why = 'out-of-time' ORDER BY last LIMIT ?2)";

/// A camera whose clock is wrong may send any number of reads.
const KEPT_OUT_OF_TIME: u32 = 1000;

const COLUMNS: &str =
    "number, why, kind, name, device_id, lane_id, plate_no, said, body, at, last, times, again";

/// What ended the process, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesAside {
    /// Inputs.
    pub inputs: Vec<String>,
    /// Rows of the lot's own.
    pub rows: Vec<String>,
}

fn kept(row: &Row<'_>) -> rusqlite::Result<KeptAside> {
    let what = Aside {
        why: column::text(row, 1, "why something was put aside", AsideWhy::from_word)?,
        kind: column::text(row, 2, "what was put aside", AsideKind::from_word)?,
        name: row.get(3)?,
        device_id: row.get::<_, Option<String>>(4)?.map(Into::into),
        lane_id: row.get::<_, Option<String>>(5)?.map(Into::into),
        plate_no: row.get(6)?,
        said: row.get(7)?,
        body: row.get(8)?,
    };
    Ok(KeptAside {
        number: row.get(0)?,
        what,
        at: millis(row.get(9)?),
        last: millis(row.get(10)?),
        times: row.get(11)?,
        again: row.get(12)?,
    })
}

impl Transaction<'_> {
    /// Puts something aside; what is there already has come once more. Whether it is there for the first time.
    pub fn put_aside(&self, what: &Aside, now: Timestamp) -> Result<bool, StoreError> {
        let Aside { why, kind, name, device_id, lane_id, plate_no, said, body } = what;
        let now = now.as_millisecond();
        let sql = "INSERT INTO put_aside (why, kind, name, device_id, lane_id, plate_no, said, body, at, last)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
                   ON CONFLICT (why, name) DO UPDATE SET times = times + 1, last = ?9, again = 0
                   RETURNING times";
        let row = (why.word(), kind.word(), name, device_id, lane_id, plate_no, said, body, now);
        let times: Option<i64> = self.row(sql, row, |row| row.get(0))?;
        if *why == AsideWhy::OutOfTime {
            let sql = "DELETE FROM put_aside WHERE number IN (SELECT number FROM put_aside
                       WHERE why = ?1 ORDER BY number DESC LIMIT -1 OFFSET ?2)";
            self.execute(sql, (why.word(), KEPT_OUT_OF_TIME))?;
        }
        Ok(times == Some(1))
    }

    /// The images of a read that was put aside have come; false where none of that message was.
    pub fn add_images_to_aside(
        &self,
        name: &str,
        images: &[ReadImage],
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE put_aside
                   SET body = json_set(body, '$.images', json(?3), '$.pictures', 'here')
                   WHERE why = ?1 AND name = ?2 AND json_extract(body, '$.pictures') = 'follow'";
        let images = serde_json::to_string(images).unwrap_or_default();
        Ok(self.execute(sql, (AsideWhy::OutOfTime.word(), name, images))? > 0)
    }

    /// Whether anything of the same device was put aside for the same reason since a moment.
    pub fn was_put_aside_since(&self, what: &Aside, moment: Timestamp) -> Result<bool, StoreError> {
        let sql =
            "SELECT 1 FROM put_aside WHERE why = ?1 AND device_id IS ?2 AND last >= ?3 LIMIT 1";
        let of = (what.why.word(), &what.device_id, moment.as_millisecond());
        Ok(self.row(sql, of, |_| Ok(()))?.is_some())
    }

    /// The names of all that ended the process and that nobody wants done again.
    pub fn names_that_end_the_process(&self) -> Result<NamesAside, StoreError> {
        let sql = "SELECT name FROM put_aside
                   WHERE why = 'ends-the-process' AND again = 0 AND (kind = 'row') = ?1 ORDER BY number";
        let names = |rows: bool| self.scan(sql, [rows], |row| row.get(0));
        Ok(NamesAside { inputs: names(false)?, rows: names(true)? })
    }

    /// How much of a lane ended the process: people have to see to it.
    pub fn ends_the_process_in(&self, lane_id: &str) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM put_aside WHERE why = 'ends-the-process' AND lane_id = ?1";
        let ask = || Ok(self.row(sql, [lane_id], |row| row.get(0))?.unwrap_or(0));
        self.kept.ended_the_process.or(lane_id, ask)
    }

    /// What was put aside, the newest first.
    pub fn all_put_aside(&self, before: i64, limit: u32) -> Result<Vec<KeptAside>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM put_aside WHERE number < ?1 ORDER BY number DESC LIMIT ?2"
        );
        self.scan(&sql, (before, limit), kept)
    }

    /// What was put aside under a number.
    pub fn aside(&self, number: i64) -> Result<Option<KeptAside>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM put_aside WHERE number = ?1");
        self.row(&sql, [number], kept)
    }

    /// The numbers of what somebody wants done again.
    pub fn wanted_again(&self) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT number FROM put_aside WHERE again = 1 ORDER BY number";
        self.scan(sql, [], |row| row.get(0))
    }

    /// Somebody wants it done again, or it cannot be.
    pub fn want_again(&self, number: i64, wanted: bool) -> Result<(), StoreError> {
        let sql = "UPDATE put_aside SET again = ?2 WHERE number = ?1";
        self.execute(sql, (number, wanted))?;
        Ok(())
    }

    /// It is kept no longer; false when it was not.
    pub fn forget_aside(&self, number: i64) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM put_aside WHERE number = ?1", [number])? > 0)
    }

    /// How many are put aside for a reason.
    pub fn put_aside_for(&self, why: AsideWhy) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM put_aside WHERE why = ?1";
        Ok(self.row(sql, [why.word()], |row| row.get(0))?.unwrap_or(0))
    }
}
