//! Takings of stock: when the cars inside were counted, which stays that closed and began, and what a closed one had, so that
//! it can go on as another.

use super::{SeenCar, StoreError, Transaction, column, millis};
use crate::standard::id::Id;
use crate::standard::money::Money;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A taking of stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockTaking {
    /// Its number; 0 until it is kept.
    pub number: i64,
    /// When the cars were counted.
    pub counted_at: Timestamp,
    /// When the records went by that.
    pub done_at: Timestamp,
    /// Who wanted it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it was taken back.
    pub taken_back_at: Option<Timestamp>,
}

/// A stay that a taking of stock closed or began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockStay {
    /// The stay.
    pub record_id: Id,
    /// The taking.
    pub taking: i64,
    /// Whether its car was entered by it, else closed.
    pub entered: bool,
    /// What a closed one had.
    pub kept: KeptOfStay,
    /// The stay as which it goes on.
    pub goes_on: Option<Id>,
}

/// What a stay had when it was closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptOfStay {
    /// Due by what was paid last.
    pub receivables: String,
    /// Let off.
    pub discount: String,
    /// Its lock's id on the platform, the phone that locked it, and who lets it out all the same.
    pub lock: Option<(String, String, Option<String>)>,
    /// The lease on a space of which it stood.
    pub lease: Option<String>,
    /// Coupons that it used, and since when (milliseconds since 1970).
    pub coupons: Vec<(i64, i64)>,
    /// Of one that was entered: the earlier taking that had closed it.
    #[serde(default)]
    pub closed_by: Option<i64>,
    /// Of one that was entered: when (milliseconds since 1970), where and how its car came in by a read that was sent late.
    #[serde(default)]
    pub came: Option<(i64, Id, SeenCar)>,
}

impl KeptOfStay {
    /// Due and let off.
    pub fn sums(&self) -> (Money, Money) {
        let of = |text: &str| text.parse().unwrap_or(Money::ZERO);
        (of(&self.receivables), of(&self.discount))
    }
}

const TAKING: &str = "number, counted_at, done_at, by, reason, taken_back_at";
const STAY: &str = "record_id, taking, entered, kept, goes_on";

/// What hangs on a stay and goes on with the one in its place.
const OF_A_STAY: [&str; 6] = [
    "UPDATE charge SET record_id = ?2 WHERE record_id = ?1",
    "UPDATE refund SET record_id = ?2 WHERE record_id = ?1",
    "UPDATE parking_order SET record_id = ?2 WHERE record_id = ?1",
    "UPDATE coupon_discount SET record_id = ?2 WHERE record_id = ?1",
    "UPDATE record_class SET record_id = ?2 WHERE record_id = ?1",
    "UPDATE lease_use SET record_id = ?2 WHERE record_id = ?1",
];

/// Takings before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM stock_taking WHERE number IN (SELECT number
    FROM stock_taking WHERE done_at < ?1 ORDER BY done_at LIMIT ?2)";

impl Transaction<'_> {
    /// Keeps one and returns its number.
    pub fn add_stock_taking(&self, taking: &StockTaking) -> Result<i64, StoreError> {
        let StockTaking { counted_at, done_at, by, reason, .. } = taking;
        let sql = "INSERT INTO stock_taking (counted_at, done_at, by, reason)
                   VALUES (?1, ?2, ?3, ?4) RETURNING number";
        let row = (counted_at.as_millisecond(), done_at.as_millisecond(), by, reason);
        Ok(self.row(sql, row, |row| row.get(0))?.unwrap_or_default())
    }

    /// The taking of that number; the last where none is said.
    pub fn stock_taking(&self, number: Option<i64>) -> Result<Option<StockTaking>, StoreError> {
        let sql = format!(
            "SELECT {TAKING} FROM stock_taking
             WHERE number = coalesce(?1, (SELECT max(number) FROM stock_taking))"
        );
        self.row(&sql, [number], |row| {
            Ok(StockTaking {
                number: row.get(0)?,
                counted_at: millis(row.get(1)?),
                done_at: millis(row.get(2)?),
                by: row.get(3)?,
                reason: row.get(4)?,
                taken_back_at: row.get::<_, Option<i64>>(5)?.map(millis),
            })
        })
    }

    /// A taking is taken back.
    pub fn take_stock_back(&self, number: i64, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE stock_taking SET taken_back_at = ?2 WHERE number = ?1";
        self.execute(sql, (number, now.as_millisecond()))?;
        Ok(())
    }

    /// Notes that a taking closed or began a stay.
    pub fn add_stock_stay(&self, stay: &StockStay) -> Result<(), StoreError> {
        let StockStay { record_id, taking, entered, kept, .. } = stay;
        let sql = "INSERT OR REPLACE INTO stock_stay (record_id, taking, entered, kept)
                   VALUES (?1, ?2, ?3, ?4)";
        let kept = serde_json::to_string(kept).unwrap_or_default();
        self.execute(sql, (record_id, taking, entered, kept))?;
        Ok(())
    }

    /// A stay that a taking closed or began.
    pub fn stock_stay(&self, record_id: &Id) -> Result<Option<StockStay>, StoreError> {
        let sql = format!("SELECT {STAY} FROM stock_stay WHERE record_id = ?1");
        self.row(&sql, [record_id], stay)
    }

    /// All stays that a taking closed and began.
    pub fn stock_stays(&self, taking: i64) -> Result<Vec<StockStay>, StoreError> {
        let sql = format!("SELECT {STAY} FROM stock_stay WHERE taking = ?1 ORDER BY record_id");
        self.scan(&sql, [taking], stay)
    }

    /// How many stays a taking closed and how many it began.
    pub fn stock_counts(&self, taking: i64) -> Result<(i64, i64), StoreError> {
        let sql = "SELECT count(*) - coalesce(sum(entered), 0), coalesce(sum(entered), 0)
                   FROM stock_stay WHERE taking = ?1";
        let counts = self.row(sql, [taking], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(counts.unwrap_or_default())
    }

    /// The stay as which one goes on that a taking of stock had closed; itself where it is no such stay.
    pub fn goes_on_as(&self, record_id: &Id) -> Result<Id, StoreError> {
        let sql = "WITH RECURSIVE stay (id, ends) AS (
                       SELECT ?1, 0
                       UNION ALL SELECT goes_on, ends + 1 FROM stay JOIN stock_stay ON record_id = id
                       WHERE goes_on IS NOT NULL AND ends < 100)
                   SELECT id FROM stay ORDER BY ends DESC LIMIT 1";
        let last: Option<Id> = self.row(sql, [record_id], |row| row.get(0))?;
        Ok(last.unwrap_or_else(|| record_id.clone()))
    }

    /// The ended stays of cars that were known by a plate beside their own.
    pub fn ended_by_alias(&self, plate_no: &str) -> Result<Vec<Id>, StoreError> {
        let sql = "SELECT record_id FROM record_alias JOIN parking_record ON id = record_id
                   WHERE record_alias.plate_no = ?1 AND leave_time IS NOT NULL
                   ORDER BY leave_time DESC LIMIT 1";
        self.rows(sql, [plate_no], |row| row.get(0))
    }

    /// A closed stay goes on as another: what was paid for it, ordered and used is that one's.
    pub fn go_on_as(&self, closed: &Id, as_record: &Id) -> Result<(), StoreError> {
        for sql in OF_A_STAY {
            self.execute(sql, (closed, as_record))?;
        }
        self.execute("DELETE FROM visits_as_one WHERE record_id = ?1", [closed])?;
        // By which start of the box it began.
        let sql = "UPDATE parking_record SET (enter_boot, enter_since) =
                   (SELECT enter_boot, enter_since FROM parking_record WHERE id = ?1) WHERE id = ?2";
        self.execute(sql, (closed, as_record))?;
        let sql = "UPDATE stock_stay SET goes_on = ?2 WHERE record_id = ?1";
        self.execute(sql, (closed, as_record))?;
        Ok(())
    }

    /// A coupon is a stay's again, where no other has it.
    pub fn use_coupon_again(
        &self,
        (number, since): (i64, i64),
        closed: &Id,
        as_record: &Id,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE coupon SET state = 'open', taken = 0, record_id = ?2, used_since = ?3
                   WHERE number = ?1 AND (record_id = ?4 OR record_id IS NULL)
                   AND state <> 'returned'";
        self.execute(sql, (number, as_record, since, closed))?;
        Ok(())
    }

    /// A car stands on its space of a lease yet: its last time on it has no end.
    pub fn reopen_lease_use(&self, record_id: &Id, lease_key: &str) -> Result<(), StoreError> {
        let sql = "SELECT id, since FROM lease_use WHERE record_id = ?1 AND lease_key = ?2
                   ORDER BY id DESC LIMIT 1";
        let last: Option<(i64, i64)> =
            self.row(sql, (record_id, lease_key), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some((id, since)) = last else { return Ok(()) };
        self.execute("DELETE FROM lease_use WHERE id = ?1", [id])?;
        self.begin_lease_use(record_id, lease_key, millis(since))
    }
}

fn stay(row: &rusqlite::Row<'_>) -> rusqlite::Result<StockStay> {
    Ok(StockStay {
        record_id: row.get(0)?,
        taking: row.get(1)?,
        entered: row.get(2)?,
        kept: column::json(row, 3, "what a stay had")?,
        goes_on: row.get(4)?,
    })
}
