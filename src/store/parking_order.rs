//! What stays were said to cost (6006, 5007): an order keeps its number while nothing about it changed.

use super::{StoreError, Transaction, millis, parking_record::money};
use crate::standard::id::Id;
use crate::standard::money::Money;
use jiff::Timestamp;

/// What a driver was told a stay costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOrder {
    /// `orderNo`
    pub order_no: String,
    /// The parking record it is for.
    pub record_id: Id,
    /// What makes it the same as one told before.
    pub form: String,
    /// Up to when the stay is settled by it; none where it only informs.
    pub moment: Option<Timestamp>,
    /// The fee in all up to then.
    pub fee: Money,
    /// What was to be paid.
    pub payable: Money,
    /// What a coupon took off.
    pub coupon: Money,
}

const COLUMNS: &str = "order_no, record_id, form, moment, fee, payable, coupon";

impl Transaction<'_> {
    /// A record's orders, the newest first.
    pub fn orders_of(&self, record_id: &Id) -> Result<Vec<PlacedOrder>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM parking_order WHERE record_id = ?1 ORDER BY rowid DESC");
        self.rows(&sql, [record_id], order)
    }

    /// The order of that number.
    pub fn order(&self, order_no: &str) -> Result<Option<PlacedOrder>, StoreError> {
        self.row(
            &format!("SELECT {COLUMNS} FROM parking_order WHERE order_no = ?1"),
            [order_no],
            order,
        )
    }

    /// Notes a new order.
    pub fn add_order(&self, order: &PlacedOrder) -> Result<(), StoreError> {
        let sql =
            format!("INSERT INTO parking_order ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        self.execute(
            &sql,
            (
                &order.order_no,
                &order.record_id,
                &order.form,
                order.moment.map(Timestamp::as_millisecond),
                order.fee.to_string(),
                order.payable.to_string(),
                order.coupon.to_string(),
            ),
        )?;
        Ok(())
    }

    /// An order was told once more: it binds up to a later moment.
    pub fn set_order_moment(&self, order_no: &str, moment: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE parking_order SET moment = ?2 WHERE order_no = ?1";
        self.execute(sql, (order_no, moment.as_millisecond()))?;
        Ok(())
    }

    /// Notes that a payment was asked by an order; false when it was before.
    pub fn set_order_asked(&self, order_no: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE parking_order SET asked = 1 WHERE order_no = ?1 AND asked = 0";
        Ok(self.execute(sql, [order_no])? == 1)
    }
}

fn order(row: &rusqlite::Row<'_>) -> rusqlite::Result<PlacedOrder> {
    Ok(PlacedOrder {
        order_no: row.get(0)?,
        record_id: row.get(1)?,
        form: row.get(2)?,
        moment: row.get::<_, Option<i64>>(3)?.map(millis),
        fee: money(row, 4)?,
        payable: money(row, 5)?,
        coupon: money(row, 6)?,
    })
}
