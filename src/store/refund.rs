//! Money given back (5009).

use super::sparse::SparseTable;
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

    /// When a part was given back for a record, and how much, in order.
    pub fn refunds_of(&self, record_id: &Id) -> Result<Vec<(Timestamp, Money)>, StoreError> {
        let sql = "SELECT refunded, money FROM refund
                   WHERE record_id = ?1 AND void = 0 ORDER BY refunded, rowid";
        let read = |row: &rusqlite::Row<'_>| Ok((millis(row.get(0)?), money(row, 1)?));
        self.rows_of(SparseTable::Refund, sql, [record_id], read)
    }

    /// Everything paid for a record was given back: it was never paid.
    pub fn void_payments(&self, record_id: &Id) -> Result<(), StoreError> {
        self.execute("UPDATE charge SET void = 1 WHERE record_id = ?1", [record_id])?;
        self.execute("UPDATE refund SET void = 1 WHERE record_id = ?1", [record_id])?;
        Ok(())
    }

    /// What was given back in parts for a record.
    pub fn refunded_in_part(&self, record_id: &Id) -> Result<Money, StoreError> {
        Ok(self.refunds_of(record_id)?.into_iter().map(|(_, money)| money).sum())
    }
}
