//! Coupons: who gave them for whom, what they are, what has become of them, and what they took off with which payment.

use super::sparse::SparseTable;
use super::{StoreError, Transaction, column, millis, parking_record::money};
use crate::model::merchant::{CouponTerms, Reduction};
use crate::standard::id::Id;
use crate::standard::money::Money;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

/// What has become of a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CouponState {
    /// It can be used, or is being used by a stay.
    Open,
    /// It was used.
    Used,
    /// It was bound to a stay that had no use for it.
    Void,
    /// Its time ended before anybody used it.
    Ended,
    /// It was given back.
    Returned,
}

impl CouponState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Used => "used",
            Self::Void => "void",
            Self::Ended => "ended",
            Self::Returned => "returned",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Open, Self::Used, Self::Void, Self::Ended, Self::Returned]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// A coupon that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenCoupon {
    /// Its number, from 1.
    pub number: i64,
    /// The id it was asked for by.
    pub id: Id,
    /// The shop that gave it; none where staff did.
    pub merchant: Option<String>,
    /// Table 16's `channelOrgCode`.
    pub org_code: Option<String>,
    /// What it is.
    pub terms: CouponTerms,
    /// The plate it was given for; none where it was given for a stay.
    pub plate_no: Option<String>,
    /// The stay it is or was used for.
    pub record_id: Option<Id>,
    /// Since when it is used for that.
    pub used_since: Option<Timestamp>,
    /// From when it can be used.
    pub valid_from: Timestamp,
    /// Until when a stay may begin that uses it.
    pub valid_until: Timestamp,
    /// Who gave it.
    pub given_by: String,
    /// When.
    pub given_at: Timestamp,
    /// The day it counts on.
    pub day: Date,
    /// What has become of it.
    pub state: CouponState,
    /// What it took off in the end.
    pub taken: Money,
}

impl GivenCoupon {
    /// Its number as people and table 16 (`couponNo`) write it.
    pub fn coupon_no(&self) -> String {
        format!("{:010}", self.number)
    }
}

/// What a coupon took off with a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponDiscount {
    /// The payment.
    pub charge_id: Id,
    /// The coupon's number.
    pub coupon: i64,
    /// How much.
    pub amount: Money,
}

/// Which coupons are looked for.
#[derive(Debug, Clone, Default)]
pub struct CouponFilter {
    /// Those of that shop.
    pub merchant: Option<String>,
    /// Those given for that plate.
    pub plate_no: Option<String>,
    /// Those before that number.
    pub before: Option<i64>,
}

const COLUMNS: &str = "number, id, merchant, org_code, name, kind, value, at_most, stackable, entry_bound,
    plate_no, record_id, used_since, valid_from, valid_until, given_by, given_at, day, state, taken";

/// Coupons given before a moment that are open no more, the oldest first. A month longer than other things: the shop's
/// month is counted by them.
pub(super) const PRUNE: &str = "DELETE FROM coupon WHERE number IN (SELECT number FROM coupon
    WHERE state <> 'open' AND given_at < ?1 - 2764800000 ORDER BY given_at LIMIT ?2)";

impl Transaction<'_> {
    /// Writes a new coupon down and returns its number; the one it has is not looked at.
    pub fn add_coupon(&self, coupon: &GivenCoupon) -> Result<i64, StoreError> {
        let sql =
            "INSERT INTO coupon (id, merchant, org_code, name, kind, value, at_most, stackable,
                   entry_bound, plate_no, valid_from, valid_until, ahead, given_by, given_at, day, worth)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
                   RETURNING number";
        let terms = &coupon.terms;
        let number = self.row(
            sql,
            rusqlite::params![
                coupon.id,
                coupon.merchant.as_deref().unwrap_or_default(),
                coupon.org_code,
                terms.name,
                terms.reduction.kind(),
                value_of(&terms.reduction),
                terms.at_most.map(|most| most.to_string()),
                terms.stackable,
                terms.entry_bound,
                coupon.plate_no,
                coupon.valid_from.as_millisecond(),
                coupon.valid_until.as_millisecond(),
                coupon.valid_from > coupon.given_at,
                coupon.given_by,
                coupon.given_at.as_millisecond(),
                coupon.day.to_string(),
                terms.worth().map(fen),
            ],
            |row| row.get(0),
        )?;
        Ok(number.unwrap_or_default())
    }

    /// The coupon of that number.
    pub fn coupon(&self, number: i64) -> Result<Option<GivenCoupon>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM coupon WHERE number = ?1");
        self.row(&sql, [number], coupon)
    }

    /// Whether a coupon was asked for by that id.
    pub fn has_coupon(&self, id: &Id) -> Result<bool, StoreError> {
        Ok(self.row("SELECT 1 FROM coupon WHERE id = ?1", [id], |_| Ok(()))?.is_some())
    }

    /// The open coupons that a stay uses, the oldest first.
    pub fn coupons_of_stay(&self, record_id: &Id) -> Result<Vec<GivenCoupon>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM coupon WHERE record_id = ?1 AND record_id IS NOT NULL
             AND state = 'open' ORDER BY number"
        );
        self.rows_of(SparseTable::Coupon, &sql, [record_id], coupon)
    }

    /// The open coupons of a plate that no stay uses yet, the oldest first.
    pub fn coupons_waiting(&self, plate_no: &str) -> Result<Vec<GivenCoupon>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM coupon WHERE plate_no = ?1 AND plate_no IS NOT NULL
             AND record_id IS NULL AND state = 'open' ORDER BY number"
        );
        self.rows_of(SparseTable::Coupon, &sql, [plate_no], coupon)
    }

    /// The coupons whose time has come since they were asked for here, at most `limit` of them, the oldest first.
    pub fn coupons_begun(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<GivenCoupon>, StoreError> {
        let sql = format!(
            "UPDATE coupon SET ahead = 0 WHERE number IN (SELECT number FROM coupon
                 WHERE ahead = 1 AND valid_from <= ?1 ORDER BY valid_from LIMIT ?2)
             RETURNING {COLUMNS}"
        );
        let mut begun = self.scan(&sql, (now.as_millisecond(), limit), coupon)?;
        begun.sort_by_key(|coupon| coupon.number);
        Ok(begun)
    }

    /// From now on a stay uses a coupon.
    pub fn use_coupon(
        &self,
        number: i64,
        record_id: &Id,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE coupon SET record_id = ?2, used_since = ?3 WHERE number = ?1";
        self.execute(sql, (number, record_id, now.as_millisecond()))?;
        Ok(())
    }

    /// No stay uses a coupon any more; it waits for the next.
    pub fn loosen_coupon(&self, number: i64) -> Result<(), StoreError> {
        let sql = "UPDATE coupon SET record_id = NULL, used_since = NULL WHERE number = ?1";
        self.execute(sql, [number])?;
        Ok(())
    }

    /// A coupon has come to its end, and took off so much.
    pub fn end_coupon(
        &self,
        number: i64,
        state: CouponState,
        taken: Money,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE coupon SET state = ?2, taken = ?3 WHERE number = ?1";
        self.execute(sql, (number, state.word(), fen(taken)))?;
        Ok(())
    }

    /// Coupons whose time is over and that no stay uses have ended.
    pub fn end_coupons(&self, now: Timestamp) -> Result<usize, StoreError> {
        let sql = "UPDATE coupon SET state = 'ended'
                   WHERE state = 'open' AND record_id IS NULL AND valid_until <= ?1";
        self.execute(sql, [now.as_millisecond()])
    }

    /// How many coupons a shop gave on days up to and including the last that count, and what they took off or can take
    /// off; those that nothing bounds are left out of that until they are used.
    pub fn given_between(
        &self,
        merchant: &str,
        first: Date,
        last: Date,
    ) -> Result<(i64, Money), StoreError> {
        let sql =
            "SELECT count(*), coalesce(sum(CASE state WHEN 'used' THEN taken ELSE worth END), 0)
                   FROM coupon WHERE merchant = ?1 AND day BETWEEN ?2 AND ?3
                   AND state IN ('open', 'used')";
        let given = self.row(sql, (merchant, first.to_string(), last.to_string()), |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?))
        })?;
        let (count, sum) = given.unwrap_or_default();
        Ok((count, yuan(sum)))
    }

    /// How many of them can be used yet and take off whatever a fee comes to.
    pub fn unbounded_between(
        &self,
        merchant: &str,
        first: Date,
        last: Date,
    ) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM coupon WHERE merchant = ?1 AND day BETWEEN ?2 AND ?3
                   AND worth IS NULL AND state = 'open'";
        let count =
            self.row(sql, (merchant, first.to_string(), last.to_string()), |row| row.get(0))?;
        Ok(count.unwrap_or_default())
    }

    /// Coupons, the newest first.
    pub fn coupons(
        &self,
        wanted: &CouponFilter,
        limit: u32,
    ) -> Result<Vec<GivenCoupon>, StoreError> {
        let before = wanted.before.unwrap_or(i64::MAX);
        let all = format!("SELECT {COLUMNS} FROM coupon WHERE number < ?1");
        let last = "ORDER BY number DESC LIMIT";
        match (&wanted.merchant, &wanted.plate_no) {
            (None, None) => self.scan(&format!("{all} {last} ?2"), (before, limit), coupon),
            (Some(merchant), None) => {
                let sql = format!("{all} AND merchant = ?2 {last} ?3");
                self.scan(&sql, (before, merchant, limit), coupon)
            }
            (None, Some(plate_no)) => {
                let sql = format!("{all} AND plate_no = ?2 AND plate_no IS NOT NULL {last} ?3");
                self.scan(&sql, (before, plate_no, limit), coupon)
            }
            (Some(merchant), Some(plate_no)) => {
                let sql = format!(
                    "{all} AND plate_no = ?2 AND plate_no IS NOT NULL AND merchant = ?3 {last} ?4"
                );
                self.scan(&sql, (before, plate_no, merchant, limit), coupon)
            }
        }
    }

    /// Notes what a coupon took off with a payment.
    pub fn add_coupon_discount(
        &self,
        record_id: &Id,
        discount: &CouponDiscount,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO coupon_discount (charge_id, coupon, record_id, amount)
                   VALUES (?1, ?2, ?3, ?4)";
        let CouponDiscount { charge_id, coupon, amount } = discount;
        self.execute(sql, (charge_id, coupon, record_id, amount.to_string()))?;
        Ok(())
    }

    /// What coupons have taken off with a stay's payments.
    pub fn coupon_discounts(&self, record_id: &Id) -> Result<Vec<CouponDiscount>, StoreError> {
        let sql = "SELECT charge_id, coupon, amount FROM coupon_discount WHERE record_id = ?1
                   ORDER BY coupon";
        self.rows_of(SparseTable::CouponDiscount, sql, [record_id], |row| {
            Ok(CouponDiscount {
                charge_id: row.get(0)?,
                coupon: row.get(1)?,
                amount: money(row, 2)?,
            })
        })
    }
}

fn coupon(row: &rusqlite::Row<'_>) -> rusqlite::Result<GivenCoupon> {
    let kind: String = row.get(5)?;
    let merchant: String = row.get(2)?;
    Ok(GivenCoupon {
        number: row.get(0)?,
        id: row.get(1)?,
        merchant: (!merchant.is_empty()).then_some(merchant),
        org_code: row.get(3)?,
        terms: CouponTerms {
            name: row.get(4)?,
            reduction: column::text(row, 6, "what a coupon gives", |value| {
                reduction(&kind, value)
            })?,
            at_most: column::optional(row, 7, money)?,
            stackable: row.get(8)?,
            entry_bound: row.get(9)?,
        },
        plate_no: row.get(10)?,
        record_id: row.get(11)?,
        used_since: row.get::<_, Option<i64>>(12)?.map(millis),
        valid_from: millis(row.get(13)?),
        valid_until: millis(row.get(14)?),
        given_by: row.get(15)?,
        given_at: millis(row.get(16)?),
        day: column::text(row, 17, "a day", |day| day.parse().ok())?,
        state: column::text(row, 18, "what became of a coupon", CouponState::of)?,
        taken: yuan(row.get(19)?),
    })
}

fn value_of(reduction: &Reduction) -> String {
    match reduction {
        Reduction::Amount(amount) => amount.to_string(),
        Reduction::Hours(time) => time.as_secs().to_string(),
        Reduction::Percent(percent) => percent.to_string(),
        Reduction::All => String::new(),
        Reduction::Class(name) => name.clone(),
    }
}

fn reduction(kind: &str, value: &str) -> Option<Reduction> {
    match kind {
        "amount" => value.parse().ok().map(Reduction::Amount),
        "hours" => value.parse().ok().map(SignedDuration::from_secs).map(Reduction::Hours),
        "percent" => value.parse().ok().map(Reduction::Percent),
        "all" => Some(Reduction::All),
        "class" => Some(Reduction::Class(value.to_owned())),
        _ => None,
    }
}

/// An amount in fen: exact, since money has two places.
fn fen(amount: Money) -> i64 {
    (amount.decimal() * Decimal::ONE_HUNDRED).to_i64().unwrap_or(i64::MAX)
}

fn yuan(fen: i64) -> Money {
    Money::new(Decimal::new(fen, 2)).unwrap_or_default()
}
