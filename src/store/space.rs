//! What was last known of each numbered space.

use super::{StoreError, Transaction, column};
use crate::standard::codes::SpaceState;

impl Transaction<'_> {
    /// Whether somebody stands in a space; bookings are elsewhere. Free until told otherwise.
    pub fn space_state(&self, space_no: &str) -> Result<SpaceState, StoreError> {
        let sql = "SELECT state FROM space WHERE space_no = ?1";
        let state = self.row(sql, [space_no], |row| {
            column::number(row, 0, "a state of a space", SpaceState::from_number)
        })?;
        Ok(state.unwrap_or(SpaceState::Free))
    }

    /// Notes a space's state; false when it was known already.
    pub fn set_space_state(&self, space_no: &str, state: SpaceState) -> Result<bool, StoreError> {
        let sql = "INSERT INTO space (space_no, state) VALUES (?1, ?2)
                   ON CONFLICT (space_no) DO UPDATE SET state = ?2 WHERE state <> ?2";
        Ok(self.execute(sql, (space_no, state.number()))? == 1)
    }
}
