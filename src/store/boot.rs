//! Starts of the box whose moments may move yet, and what that does to every moment that was written in them.

use super::{StoreError, Transaction, column, millis};
use crate::model::moment::{Boot, KnownTime, Voucher};
use crate::standard::id::Id;
use jiff::Timestamp;

/// A start of the box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownBoot {
    /// Its place in the order.
    pub number: i64,
    /// What tells it from others, and when it was.
    pub boot: Boot,
    /// The first moment that was noted in it.
    pub since: Timestamp,
    /// The newest.
    pub last: Timestamp,
    /// Who vouched for the clock last.
    pub voucher: Option<Voucher>,
    /// The newest moment that was written while somebody vouched.
    pub lower_bound: Timestamp,
    /// Reports behind this one wait until somebody vouches.
    pub held_from: Option<i64>,
}

impl Transaction<'_> {
    /// What is known of the time from before.
    pub fn known_time(&self) -> Result<KnownTime, StoreError> {
        let seen = self.row("SELECT at FROM seen ORDER BY at DESC LIMIT 1", [], |row| {
            Ok(millis(row.get(0)?))
        })?;
        let Some(newest) = self.boots()?.pop() else {
            return Ok(KnownTime { last: self.newest_moment()?.max(seen), ..KnownTime::default() });
        };
        Ok(KnownTime {
            boot: Some(newest.boot),
            voucher: newest.voucher,
            lower_bound: Some(newest.lower_bound),
            last: Some(newest.last).max(seen),
        })
    }

    /// The newest moment of stays and reports, for a database that no clock was noted in yet.
    fn newest_moment(&self) -> Result<Option<Timestamp>, StoreError> {
        let moment = |sql: &str| self.row(sql, [], |row| Ok(millis(row.get(0)?)));
        let left = moment(
            "SELECT leave_time FROM parking_record WHERE leave_time IS NOT NULL
             ORDER BY leave_time DESC LIMIT 1",
        )?;
        let queued =
            moment("SELECT created FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)")?;
        Ok(left.max(queued))
    }

    /// The starts whose moments may move yet, the present one last.
    pub fn boots(&self) -> Result<Vec<KnownBoot>, StoreError> {
        let sql = "SELECT number, id, starts, since, last, voucher, lower_bound, held_from
                   FROM boot ORDER BY number";
        self.scan(sql, [], |row| {
            Ok(KnownBoot {
                number: row.get(0)?,
                boot: Boot { id: row.get(1)?, starts: column::moment(row, 2)? },
                since: column::moment(row, 3)?,
                last: column::moment(row, 4)?,
                voucher: column::optional(row, 5, |row, index| {
                    column::number(row, index, "who vouches for a clock", Voucher::from_number)
                })?,
                lower_bound: column::moment(row, 6)?,
                held_from: row.get(7)?,
            })
        })
    }

    /// The moments of earlier starts move no more.
    pub fn forget_boots(&self) -> Result<(), StoreError> {
        self.execute("DELETE FROM boot", [])?;
        Ok(())
    }

    /// The moments of one start move no more.
    pub fn forget_boot(&self, number: i64) -> Result<(), StoreError> {
        self.execute("DELETE FROM boot WHERE number = ?1", [number])?;
        Ok(())
    }

    /// Notes a start.
    pub fn add_boot(&self, known: &KnownBoot) -> Result<(), StoreError> {
        let sql = "INSERT INTO boot (id, starts, since, last, voucher, lower_bound, held_from)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (starts, since) = (known.boot.starts.as_millisecond(), known.since.as_millisecond());
        let (last, bound) = (known.last.as_millisecond(), known.lower_bound.as_millisecond());
        let voucher = known.voucher.map(Voucher::number);
        self.execute(sql, (&known.boot.id, starts, since, last, voucher, bound, known.held_from))?;
        Ok(())
    }

    /// Notes how the clock of a start stands now.
    pub fn set_boot(&self, known: &KnownBoot) -> Result<(), StoreError> {
        let sql = "UPDATE boot SET starts = ?2, since = ?3, last = ?4, voucher = ?5,
                   lower_bound = ?6, held_from = ?7 WHERE number = ?1";
        let (starts, since) = (known.boot.starts.as_millisecond(), known.since.as_millisecond());
        let (last, bound) = (known.last.as_millisecond(), known.lower_bound.as_millisecond());
        let voucher = known.voucher.map(Voucher::number);
        self.execute(sql, (known.number, starts, since, last, voucher, bound, known.held_from))?;
        Ok(())
    }

    /// The highest number a report was given.
    pub fn last_queued(&self) -> Result<i64, StoreError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'";
        Ok(self.row(sql, [], |row| row.get(0))?.unwrap_or(0))
    }

    /// A stay began at `at`, by our own clock: counted from the start that lay before.
    pub fn count_entry(&self, record_id: &Id, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE parking_record SET (enter_boot, enter_since) =
                       (SELECT number, ?2 - starts FROM boot WHERE since <= ?2
                        ORDER BY number DESC LIMIT 1) WHERE id = ?1";
        self.execute(sql, (record_id, at.as_millisecond()))?;
        Ok(())
    }

    /// The same of its end.
    pub fn count_exit(&self, record_id: &Id, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE parking_record SET (leave_boot, leave_since) =
                       (SELECT number, ?2 - starts FROM boot WHERE since <= ?2
                        ORDER BY number DESC LIMIT 1) WHERE id = ?1";
        self.execute(sql, (record_id, at.as_millisecond()))?;
        Ok(())
    }

    /// Whether a stay's beginning may move yet: it is counted from a start for whose clock nobody has vouched since.
    pub fn entry_may_move(&self, record_id: &Id) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM parking_record JOIN boot ON boot.number = enter_boot
                   WHERE parking_record.id = ?1 AND voucher IS NULL";
        Ok(self.row(sql, [record_id], |_| Ok(()))?.is_some())
    }
}
