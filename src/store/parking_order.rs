//! What stays were said to cost (6006): an order keeps its number while nothing about it changed.

use super::{StoreError, Transaction};
use crate::standard::id::Id;

impl Transaction<'_> {
    /// The number of a record's newest order, when it has this form.
    pub fn order_of_form(&self, record_id: &Id, form: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT order_no, form FROM parking_order WHERE record_id = ?1
                   ORDER BY rowid DESC LIMIT 1";
        let newest = self.row(sql, [record_id], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
        Ok(newest.filter(|(_, newest)| newest == form).map(|(number, _)| number))
    }

    /// Notes a new order.
    pub fn add_order(&self, order_no: &str, record_id: &Id, form: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO parking_order (order_no, record_id, form) VALUES (?1, ?2, ?3)";
        self.execute(sql, (order_no, record_id, form))?;
        Ok(())
    }

    /// Notes that a payment was asked by an order; false when it was before.
    pub fn set_order_asked(&self, order_no: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE parking_order SET asked = 1 WHERE order_no = ?1 AND asked = 0";
        Ok(self.execute(sql, [order_no])? == 1)
    }

    /// The record an order is for.
    pub fn record_of_order(&self, order_no: &str) -> Result<Option<Id>, StoreError> {
        let sql = "SELECT record_id FROM parking_order WHERE order_no = ?1";
        self.row(sql, [order_no], |row| row.get(0))
    }
}
