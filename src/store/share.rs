//! Shared parking (6004): windows in which a car stands for what it paid elsewhere.

use super::sparse::SparseTable;
use super::{StoreError, Transaction, millis};
use jiff::Timestamp;
use jiff::civil::{Date, Time};

/// A share as the platform sent it, in the lot's own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its id, as it was sent.
    pub id: String,
    /// Normalised plate.
    pub plate_no: String,
    /// The first day.
    pub start_date: Date,
    /// The last day.
    pub end_date: Date,
    /// When each day's window begins.
    pub start_time: Time,
    /// When it ends, on the next day where this is not later.
    pub end_time: Time,
    /// So many minutes before and after a window belong to it.
    pub buffer_minutes: i64,
    /// On which week days windows begin, Monday first.
    pub week_days: [bool; 7],
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
}

/// Shares that ended before a day, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM share WHERE rowid IN (SELECT rowid FROM share
    WHERE end_date < ?1 ORDER BY end_date LIMIT ?2)";

impl Transaction<'_> {
    /// Writes a share in place of the one with its id.
    pub fn set_share(&self, share: &Share) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO share (id, plate_no, start_date, end_date, start_time,
                   end_time, buffer_minutes, week_days, cancelled_at, sent_id)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let days = share.week_days.iter().rev().fold(0, |bits, day| bits << 1 | i64::from(*day));
        self.execute(
            sql,
            (
                share.id.to_ascii_lowercase(),
                &share.plate_no,
                share.start_date.to_string(),
                share.end_date.to_string(),
                share.start_time.to_string(),
                share.end_time.to_string(),
                share.buffer_minutes,
                days,
                share.cancelled_at.map(Timestamp::as_millisecond),
                &share.id,
            ),
        )?;
        Ok(())
    }

    /// Cancels a share at `now` and returns its plate; none when there is no such share. One cancelled
    /// before stays cancelled since then.
    pub fn cancel_share(&self, id: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
        let sql = "UPDATE share SET cancelled_at = coalesce(cancelled_at, ?2) WHERE id = ?1
                   RETURNING plate_no";
        self.row(sql, (id.to_ascii_lowercase(), now.as_millisecond()), |row| row.get(0))
    }

    /// All shares of a plate.
    pub fn shares_of(&self, plate_no: &str) -> Result<Vec<Share>, StoreError> {
        let sql = "SELECT coalesce(sent_id, id), plate_no, start_date, end_date, start_time, end_time, buffer_minutes,
                   week_days, cancelled_at, id FROM share WHERE plate_no = ?1";
        let mut found = self.rows_of(SparseTable::Share, sql, [plate_no], |row| {
            let days: i64 = row.get(7)?;
            let share = Share {
                id: row.get(0)?,
                plate_no: row.get(1)?,
                start_date: civil(row, 2)?,
                end_date: civil(row, 3)?,
                start_time: civil(row, 4)?,
                end_time: civil(row, 5)?,
                buffer_minutes: row.get(6)?,
                week_days: std::array::from_fn(|day| days >> day & 1 == 1),
                cancelled_at: row.get::<_, Option<i64>>(8)?.map(millis),
            };
            Ok((share, row.get::<_, String>(9)?))
        })?;
        found.sort_by(|(one, id), (other, of_other)| {
            one.start_date.cmp(&other.start_date).then_with(|| id.cmp(of_other))
        });
        Ok(found.into_iter().map(|(share, _)| share).collect())
    }
}

/// A date or time in its own text form.
pub(super) fn civil<T>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.get::<_, String>(column)?.parse().map_err(|error| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
    })
}
