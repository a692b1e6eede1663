//! What stays were said to cost (6006, 5007): an order keeps its number while nothing about it changed.

use super::{StoreError, Transaction, millis, parking_record::money};
use crate::standard::id::Id;
use crate::standard::money::Money;
use jiff::Timestamp;
use rusqlite::types::ValueRef;

/// What a driver was told a stay costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOrder {
    /// `orderNo`
    pub order_no: String,
    /// The parking record it is for.
    pub record_id: Id,
    /// What makes it the same as one told before.
    pub form: String,
    /// What it binds the lot to; none of an order told by a version that kept none of it.
    pub terms: Option<OrderTerms>,
}

/// What an order binds the lot to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderTerms {
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

    /// A record's order of that form that nobody has paid on.
    pub fn order_of_form(
        &self,
        record_id: &Id,
        form: &str,
    ) -> Result<Option<PlacedOrder>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM parking_order WHERE record_id = ?1 AND form = ?2
             AND NOT EXISTS (SELECT 1 FROM charge WHERE charge.record_id = ?1
                             AND charge.order_no = parking_order.order_no)"
        );
        self.row(&sql, (record_id, form), order)
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
    pub fn add_order(
        &self,
        order_no: &str,
        record_id: &Id,
        form: &str,
        terms: OrderTerms,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO parking_order (order_no, record_id, form) VALUES (?1, ?2, ?3)";
        self.execute(sql, (order_no, record_id, form))?;
        self.set_order_terms(order_no, terms)
    }

    /// An order was told, perhaps once more: what it binds to now.
    pub fn set_order_terms(&self, order_no: &str, terms: OrderTerms) -> Result<(), StoreError> {
        let sql = "UPDATE parking_order SET moment = ?2, fee = ?3, payable = ?4, coupon = ?5
                   WHERE order_no = ?1";
        let OrderTerms { moment, fee, payable, coupon } = terms;
        self.execute(
            sql,
            (
                order_no,
                moment.map(Timestamp::as_millisecond),
                fee.to_string(),
                payable.to_string(),
                coupon.to_string(),
            ),
        )?;
        Ok(())
    }

    /// Notes what a coupon takes off in an order.
    pub fn add_order_relief(
        &self,
        order_no: &str,
        coupon: i64,
        amount: Money,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO order_relief (order_no, coupon, amount) VALUES (?1, ?2, ?3)";
        self.execute(sql, (order_no, coupon, amount.to_string()))?;
        Ok(())
    }

    /// What coupons, by their numbers, take off in an order.
    pub fn order_relief(&self, order_no: &str) -> Result<Vec<(i64, Money)>, StoreError> {
        let sql = "SELECT coupon, amount FROM order_relief WHERE order_no = ?1 ORDER BY coupon";
        self.rows(sql, [order_no], |row| Ok((row.get(0)?, money(row, 1)?)))
    }

    /// Notes that a record's payment was asked by an order; false when it was by that one last.
    pub fn set_order_asked(&self, record_id: &Id, order_no: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE parking_order SET asked = 1 WHERE order_no = ?1 AND asked = 0";
        let anew = self.execute(sql, [order_no])? == 1;
        if anew {
            let sql = "UPDATE parking_order SET asked = 0
                       WHERE record_id = ?1 AND order_no <> ?2 AND asked = 1";
            self.execute(sql, (record_id, order_no))?;
        }
        Ok(anew)
    }
}

fn order(row: &rusqlite::Row<'_>) -> rusqlite::Result<PlacedOrder> {
    let told_before = row.get_ref(4)? == ValueRef::Null;
    Ok(PlacedOrder {
        order_no: row.get(0)?,
        record_id: row.get(1)?,
        form: row.get(2)?,
        terms: if told_before { None } else { Some(terms(row)?) },
    })
}

fn terms(row: &rusqlite::Row<'_>) -> rusqlite::Result<OrderTerms> {
    Ok(OrderTerms {
        moment: row.get::<_, Option<i64>>(3)?.map(millis),
        fee: money(row, 4)?,
        payable: money(row, 5)?,
        coupon: money(row, 6)?,
    })
}
