//! What was last known of each numbered space.

use super::{StoreError, Transaction, column};
use crate::standard::codes::SpaceState;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a numbered space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSpace {
    /// What was told of it last.
    pub state: SpaceState,
    /// By which sensor; by nobody but records and a garage where that is empty, by whom it may be where there is none.
    pub told_by: Option<String>,
    /// What 5001 said of it last.
    pub reported: Option<SpaceState>,
}

impl Transaction<'_> {
    /// Whether somebody stands in a space, as the sensor `told_by`, or its garage where that is empty, told last; none
    /// where that never has. Bookings are elsewhere.
    pub fn space_state(
        &self,
        space_no: &str,
        told_by: &str,
    ) -> Result<Option<SpaceState>, StoreError> {
        let sql = "SELECT state FROM space WHERE space_no = ?1 AND coalesce(told_by, ?2) = ?2";
        self.row(sql, (space_no, told_by), |row| {
            column::number(row, 0, "a state of a space", SpaceState::from_number)
        })
    }

    /// All that is known of spaces, by their numbers.
    pub fn known_spaces(&self) -> Result<BTreeMap<String, KnownSpace>, StoreError> {
        let sql = "SELECT space_no, state, told_by, reported FROM space";
        let state = |row: &rusqlite::Row<'_>, at| {
            column::number(row, at, "a state of a space", SpaceState::from_number)
        };
        let known = self.scan(sql, [], |row| {
            let reported = column::optional(row, 3, state)?;
            Ok((row.get(0)?, KnownSpace { state: state(row, 1)?, told_by: row.get(2)?, reported }))
        })?;
        Ok(known.into_iter().collect())
    }

    /// The numbered spaces in which cars inside stand.
    pub fn spaces_stood_in(&self) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT space_no FROM parking_record INDEXED BY parking_record_space
                   WHERE leave_time IS NULL AND space_no IS NOT NULL";
        Ok(self.scan(sql, [], |row| row.get(0))?.into_iter().collect())
    }

    /// The numbered spaces that are kept for somebody.
    pub fn spaces_reserved(&self) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT space_no FROM booking INDEXED BY booking_space
                   WHERE state IN ('held', 'confirmed') AND space_no IS NOT NULL";
        Ok(self.scan(sql, [], |row| row.get(0))?.into_iter().collect())
    }

    /// Notes what 5001 says of a space; false when it said so last. `stands` is what is known of it where
    /// nobody has told yet.
    pub fn set_space_reported(
        &self,
        space_no: &str,
        reported: SpaceState,
        stands: SpaceState,
        told_by: &str,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO space (space_no, state, told_by, reported)
                   VALUES (?1, ?3, ?4, ?2)
                   ON CONFLICT (space_no) DO UPDATE SET reported = ?2 WHERE reported IS NOT ?2";
        let values = (space_no, reported.number(), stands.number(), told_by);
        Ok(self.execute(sql, values)? == 1)
    }

    /// Notes a space's state; false when it was known already.
    pub fn set_space_state(
        &self,
        space_no: &str,
        state: SpaceState,
        told_by: &str,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO space (space_no, state, told_by) VALUES (?1, ?2, ?3)
                   ON CONFLICT (space_no) DO UPDATE SET state = ?2, told_by = ?3
                   WHERE state <> ?2 OR told_by IS NOT ?3";
        Ok(self.execute(sql, (space_no, state.number(), told_by))? == 1)
    }
}
