//! Money given back (5009).

use super::{StoreError, Transaction, millis, parking_record::money};
use crate::standard::id::Id;
use crate::standard::money::Money;
use jiff::Timestamp;

impl Transaction<'_> {
    /// Notes a refund for a record.
    pub fn add_refund(
        &self,
        id: &Id,
        record_id: &Id,
        money: Money,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO refund (id, record_id, money, refunded) VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, (id, record_id, money.to_string(), now.as_millisecond()))?;
        Ok(())
    }

    /// When something was given back for a record, and how much, in order.
    pub fn refunds_of(&self, record_id: &Id) -> Result<Vec<(Timestamp, Money)>, StoreError> {
        let sql =
            "SELECT refunded, money FROM refund WHERE record_id = ?1 ORDER BY refunded, rowid";
        self.rows(sql, [record_id], |row| Ok((millis(row.get(0)?), money(row, 1)?)))
    }

    /// What was given back for a record in all.
    pub fn refunded(&self, record_id: &Id) -> Result<Money, StoreError> {
        let sql = "SELECT money FROM refund WHERE record_id = ?1";
        Ok(self.rows(sql, [record_id], |row| money(row, 0))?.into_iter().sum())
    }
}
