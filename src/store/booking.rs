//! Spaces kept for cars that are expected (6001, 6002).

use super::{StoreError, Transaction, column, millis, parking_record::money};
use crate::standard::money::Money;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The platform's code for it.
    pub book_code: String,
    /// Normalised plate.
    pub plate_no: String,
    /// When it was booked, or last confirmed or extended.
    pub book_time: Timestamp,
    /// When the car should have come.
    pub over_time: Timestamp,
    /// Until when the space is kept: `over_time` and `obligatTime` minutes more.
    pub keep_until: Timestamp,
    /// What it cost.
    pub book_money: Money,
    /// The numbered space kept, where spaces have numbers.
    pub space_no: Option<String>,
    /// Which space it keeps, numbered or not: bookings of one plate for overlapping times share one.
    pub space_key: String,
    /// What has become of it.
    pub state: BookingState,
}

/// What has become of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingState {
    /// The space is kept.
    Held,
    /// Kept and paid for.
    Confirmed,
    /// The car has come.
    Used,
    /// Taken back.
    Cancelled,
    /// The car did not come in time.
    Expired,
}

impl BookingState {
    fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Used => "used",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        match word {
            "held" => Some(Self::Held),
            "confirmed" => Some(Self::Confirmed),
            "used" => Some(Self::Used),
            "cancelled" => Some(Self::Cancelled),
            "expired" => Some(Self::Expired),
            _ => None,
        }
    }
}

const COLUMNS: &str =
    "book_code, plate_no, book_time, over_time, keep_until, book_money, space_no, state, space_key";

/// Bookings that kept their space until before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM booking WHERE rowid IN (SELECT rowid FROM booking
    WHERE keep_until < ?1 ORDER BY keep_until LIMIT ?2)";

impl Transaction<'_> {
    /// Writes a booking in place of the one with its code.
    pub fn set_booking(&self, booking: &Booking) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT OR REPLACE INTO booking ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        );
        self.execute(
            &sql,
            (
                &booking.book_code,
                &booking.plate_no,
                booking.book_time.as_millisecond(),
                booking.over_time.as_millisecond(),
                booking.keep_until.as_millisecond(),
                booking.book_money.to_string(),
                &booking.space_no,
                booking.state.word(),
                &booking.space_key,
            ),
        )?;
        Ok(())
    }

    /// The booking of that code.
    pub fn booking(&self, book_code: &str) -> Result<Option<Booking>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM booking WHERE book_code = ?1");
        self.row(&sql, [book_code], booking)
    }

    /// The bookings that keep a space for a plate, the first to begin first.
    pub fn bookings_of(&self, plate_no: &str) -> Result<Vec<Booking>, StoreError> {
        if self.reserved_spaces()? == 0 {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {COLUMNS}, rowid FROM booking
             WHERE plate_no = ?1 AND state IN ('held', 'confirmed')"
        );
        let mut found =
            self.rows(&sql, [plate_no], |row| Ok((booking(row)?, row.get::<_, i64>(9)?)))?;
        found.sort_by_key(|(booking, row)| (booking.book_time, *row));
        Ok(found.into_iter().map(|(booking, _)| booking).collect())
    }

    /// The bookings that keep a numbered space, the first to begin first.
    pub fn bookings_of_space(&self, space_no: &str) -> Result<Vec<Booking>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM booking WHERE space_no = ?1 AND state IN ('held', 'confirmed')
             ORDER BY book_time, rowid"
        );
        self.rows(&sql, [space_no], booking)
    }

    /// Plates of cars inside that have a booking whose time has come since they are.
    pub fn plates_with_due_bookings(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let sql =
            "SELECT DISTINCT booking.plate_no FROM booking CROSS JOIN parking_record AS inside
             ON inside.plate_no = booking.plate_no AND inside.plate_no <> ''
             WHERE inside.leave_time IS NULL AND state IN ('held', 'confirmed')
             AND book_time <= ?1 AND keep_until > inside.enter_time";
        self.scan(sql, [now.as_millisecond()], |row| row.get(0))
    }

    /// Bookings that keep a space although their time ended before `now`, the oldest first.
    pub fn overdue_bookings(&self, now: Timestamp) -> Result<Vec<Booking>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM booking WHERE state IN ('held', 'confirmed') AND keep_until <= ?1
             ORDER BY keep_until"
        );
        self.scan(&sql, [now.as_millisecond()], booking)
    }

    /// How many spaces are kept.
    pub fn reserved_spaces(&self) -> Result<i64, StoreError> {
        let sql = "SELECT space_key FROM booking WHERE state IN ('held', 'confirmed')";
        self.kept.reserved.or("", || {
            let keys: Vec<String> = self.rows(sql, [], |row| row.get(0))?;
            let spaces: BTreeSet<String> = keys.into_iter().collect();
            Ok(i64::try_from(spaces.len()).unwrap_or(i64::MAX))
        })
    }

    /// Whether a numbered space is kept for somebody.
    pub fn is_reserved(&self, space_no: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM booking WHERE space_no = ?1 AND state IN ('held', 'confirmed')";
        Ok(self.row(sql, [space_no], |_| Ok(()))?.is_some())
    }
}

fn booking(row: &rusqlite::Row<'_>) -> rusqlite::Result<Booking> {
    Ok(Booking {
        book_code: row.get(0)?,
        plate_no: row.get(1)?,
        book_time: millis(row.get(2)?),
        over_time: millis(row.get(3)?),
        keep_until: millis(row.get(4)?),
        book_money: money(row, 5)?,
        space_no: row.get(6)?,
        state: column::text(row, 7, "a state of a booking", BookingState::from_word)?,
        space_key: row.get(8)?,
    })
}
