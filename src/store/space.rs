//! What was last known of each numbered space.

use super::{StoreError, Transaction, column};
use crate::standard::codes::SpaceState;

impl Transaction<'_> {
    /// Whether somebody stands in a space, as its sensor or its garage told last; none where nobody ever has.
    /// Bookings are elsewhere.
    pub fn space_state(&self, space_no: &str) -> Result<Option<SpaceState>, StoreError> {
        let sql = "SELECT state FROM space WHERE space_no = ?1";
        self.row(sql, [space_no], |row| {
            column::number(row, 0, "a state of a space", SpaceState::from_number)
        })
    }

    /// Notes what 5001 says of a space; false when it said so last. `stands` is what is known of it where
    /// nobody has told yet.
    pub fn set_space_reported(
        &self,
        space_no: &str,
        reported: SpaceState,
        stands: SpaceState,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO space (space_no, state, reported) VALUES (?1, ?3, ?2)
                   ON CONFLICT (space_no) DO UPDATE SET reported = ?2 WHERE reported IS NOT ?2";
        Ok(self.execute(sql, (space_no, reported.number(), stands.number()))? == 1)
    }

    /// Notes a space's state; false when it was known already.
    pub fn set_space_state(&self, space_no: &str, state: SpaceState) -> Result<bool, StoreError> {
        let sql = "INSERT INTO space (space_no, state) VALUES (?1, ?2)
                   ON CONFLICT (space_no) DO UPDATE SET state = ?2 WHERE state <> ?2";
        Ok(self.execute(sql, (space_no, state.number()))? == 1)
    }
}
