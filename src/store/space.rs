//! What was last known of each numbered space.

use super::{StoreError, Transaction, column};
use crate::standard::codes::SpaceState;

impl Transaction<'_> {
    /// Whether somebody stands in a space, as its sensor, or else its garage, told last; none where that never has.
    /// Bookings are elsewhere.
    pub fn space_state(
        &self,
        space_no: &str,
        by_sensor: bool,
    ) -> Result<Option<SpaceState>, StoreError> {
        let sql = "SELECT state FROM space WHERE space_no = ?1 AND coalesce(by_sensor, ?2) = ?2";
        self.row(sql, (space_no, by_sensor), |row| {
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
        by_sensor: bool,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO space (space_no, state, by_sensor, reported)
                   VALUES (?1, ?3, ?4, ?2)
                   ON CONFLICT (space_no) DO UPDATE SET reported = ?2 WHERE reported IS NOT ?2";
        let values = (space_no, reported.number(), stands.number(), by_sensor);
        Ok(self.execute(sql, values)? == 1)
    }

    /// Notes a space's state; false when it was known already.
    pub fn set_space_state(
        &self,
        space_no: &str,
        state: SpaceState,
        by_sensor: bool,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO space (space_no, state, by_sensor) VALUES (?1, ?2, ?3)
                   ON CONFLICT (space_no) DO UPDATE SET state = ?2, by_sensor = ?3
                   WHERE state <> ?2 OR by_sensor IS NOT ?3";
        Ok(self.execute(sql, (space_no, state.number(), by_sensor))? == 1)
    }
}
