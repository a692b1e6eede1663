//! Plates whose payments are deducted automatically (6008).

use super::sparse::SparseTable;
use super::{StoreError, Transaction};
use jiff::Timestamp;

impl Transaction<'_> {
    /// Notes whether a plate has a contract.
    pub fn set_contract(
        &self,
        plate_no: &str,
        open: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO contract (plate_no, open, changed) VALUES (?1, ?2, ?3)
                   ON CONFLICT (plate_no) DO UPDATE SET open = ?2, changed = ?3";
        self.execute(sql, (plate_no, open, now.as_millisecond()))?;
        Ok(())
    }

    /// Whether a plate has a contract.
    pub fn has_contract(&self, plate_no: &str) -> Result<bool, StoreError> {
        let sql = "SELECT open FROM contract WHERE plate_no = ?1";
        let known = self.row_of(SparseTable::Contract, sql, [plate_no], |row| row.get(0))?;
        Ok(known.unwrap_or(false))
    }
}
