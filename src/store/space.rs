//! What was last known of each numbered space.

use super::{StoreError, Transaction};

impl Transaction<'_> {
    /// Whether somebody stands in a space: -1 unknown, 0 free, 2 occupied. Free until told otherwise.
    pub fn space_state(&self, space_no: &str) -> Result<i64, StoreError> {
        let sql = "SELECT state FROM space WHERE space_no = ?1";
        Ok(self.row(sql, [space_no], |row| row.get(0))?.unwrap_or(0))
    }

    /// Notes a space's state; false when it was known already.
    pub fn set_space_state(&self, space_no: &str, state: i64) -> Result<bool, StoreError> {
        let sql = "INSERT INTO space (space_no, state) VALUES (?1, ?2)
                   ON CONFLICT (space_no) DO UPDATE SET state = ?2 WHERE state <> ?2";
        Ok(self.execute(sql, (space_no, state))? == 1)
    }
}
