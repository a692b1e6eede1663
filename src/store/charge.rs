//! Charges received for parking records (table 15).

use super::{StoreError, Transaction, column, millis, parking_record::money};
use crate::standard::entities::DiscountRecord;
use crate::standard::id::Id;
use crate::standard::money::Money;
use jiff::Timestamp;

/// One payment for one parking record.
#[derive(Debug, Clone)]
pub struct Charge {
    /// Its id, unique everywhere.
    pub id: Id,
    /// The parking record it pays for.
    pub record_id: Id,
    /// The order it answers, where there was one.
    pub order_no: Option<String>,
    /// When it was paid.
    pub pay_time: Timestamp,
    /// Due.
    pub receivables: Money,
    /// Let off.
    pub discount: Money,
    /// Received.
    pub received: Money,
    /// 1 cash … 6 other.
    pub pay_type: i64,
    /// Where it was paid, 10 characters at most.
    pub pay_from: String,
    /// Its discounts (table 16).
    pub list_discounts: Vec<DiscountRecord>,
    /// The fee of the order that it paid in full, and in time.
    pub settled_fee: Option<Money>,
    /// From when its car has time to leave; its pay time where that is not said.
    pub leave_from: Option<Timestamp>,
    /// Whether everything paid by then was given back: it was never paid.
    pub void: bool,
}

impl Transaction<'_> {
    /// Notes a charge; false when its id was noted before.
    pub fn add_charge(&self, charge: &Charge) -> Result<bool, StoreError> {
        let sql = "INSERT OR IGNORE INTO charge (id, record_id, order_no, pay_time, receivables,
                   discount, received, pay_type, pay_from, list_discounts, settled_fee, leave_from)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let rows = self.execute(
            sql,
            (
                &charge.id,
                &charge.record_id,
                &charge.order_no,
                charge.pay_time.as_millisecond(),
                charge.receivables.to_string(),
                charge.discount.to_string(),
                charge.received.to_string(),
                charge.pay_type,
                &charge.pay_from,
                serde_json::to_string(&charge.list_discounts).unwrap_or_else(|_| "[]".to_owned()),
                charge.settled_fee.map(|fee| fee.to_string()),
                charge.leave_from.map(Timestamp::as_millisecond),
            ),
        )?;
        Ok(rows == 1)
    }

    /// Whether a charge of that id is known.
    pub fn has_charge(&self, id: &Id) -> Result<bool, StoreError> {
        let found = self.row("SELECT 1 FROM charge WHERE id = ?1", [id], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// A stay is another than was known when a charge settled it: it settled this.
    pub fn set_settled_fee(&self, id: &Id, fee: Money) -> Result<(), StoreError> {
        let sql = "UPDATE charge SET settled_fee = ?2 WHERE id = ?1";
        self.execute(sql, (id, fee.to_string()))?;
        Ok(())
    }

    /// The charges of a record in the order they were paid.
    pub fn charges_of(&self, record_id: &Id) -> Result<Vec<Charge>, StoreError> {
        let sql =
            "SELECT id, record_id, order_no, pay_time, receivables, discount, received, pay_type,
                   pay_from, list_discounts, settled_fee, leave_from, void
                   FROM charge WHERE record_id = ?1 ORDER BY pay_time, rowid";
        self.rows(sql, [record_id], |row| {
            Ok(Charge {
                id: row.get(0)?,
                record_id: row.get(1)?,
                order_no: row.get(2)?,
                pay_time: millis(row.get(3)?),
                receivables: money(row, 4)?,
                discount: money(row, 5)?,
                received: money(row, 6)?,
                pay_type: row.get(7)?,
                pay_from: row.get(8)?,
                list_discounts: column::json(row, 9, "the discounts of a charge")?,
                settled_fee: column::optional(row, 10, money)?,
                leave_from: row.get::<_, Option<i64>>(11)?.map(millis),
                void: row.get(12)?,
            })
        })
    }
}
