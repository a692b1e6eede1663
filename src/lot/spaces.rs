//! What is taken and what is left: how a numbered space stands, whether it is somebody's, how many spaces
//! visitors may still take (tables 19 and 68). Reads only; for whoever judges, books or reports.

use super::case::Case;
use crate::standard::codes::SpaceState;
use crate::store::{ParkingRecord, StoreError};

/// A numbered space as 5001 says it. Where a sensor watches it, its sensor tells whether somebody stands
/// there; elsewhere records and a garage's missions do.
pub fn state_of(case: &Case<'_>, space_no: &str) -> Result<SpaceState, StoreError> {
    let stands = if is_watched(case, space_no) {
        case.tx.space_state(space_no)?.unwrap_or(SpaceState::Unknown)
    } else if case.tx.open_record_at(space_no)?.is_some() {
        SpaceState::Occupied
    } else {
        case.tx.space_state(space_no)?.unwrap_or(SpaceState::Free)
    };
    Ok(match stands {
        SpaceState::Occupied => SpaceState::Occupied,
        _ if case.tx.is_reserved(space_no)? => SpaceState::Booked,
        other => other,
    })
}

/// Whether a space may be given to somebody: it is free, and no car inside, stored, on its way into a garage or expected has it,
/// whatever its sensor says: the car may have passed the gate and not be there yet.
pub fn is_to_be_had(case: &Case<'_>, space_no: &str) -> Result<bool, StoreError> {
    Ok(state_of(case, space_no)? == SpaceState::Free && is_nobodys(case, space_no)?)
}

/// Whether a garage may store a car there: it knows itself what its sensors have not told yet.
pub fn may_be_stored_in(case: &Case<'_>, space_no: &str) -> Result<bool, StoreError> {
    let state = state_of(case, space_no)?;
    Ok(matches!(state, SpaceState::Free | SpaceState::Unknown) && is_nobodys(case, space_no)?)
}

fn is_nobodys(case: &Case<'_>, space_no: &str) -> Result<bool, StoreError> {
    Ok(case.tx.open_record_at(space_no)?.is_none()
        && !case.tx.is_on_errand(space_no)?
        && !case.tx.stored_at(space_no)?.is_some_and(|mission| mission.store))
}

/// Whether a sensor watches a space.
pub fn is_watched(case: &Case<'_>, space_no: &str) -> bool {
    case.rules.space(space_no).is_some_and(|space| space.has_sensor)
}

/// How much is taken, and what is left of what visitors may take (table 19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpaceCounts {
    /// Stays that have not ended.
    pub used: i64,
    /// Spaces kept for bookings.
    pub reserved: i64,
    /// What visitors may still take.
    pub unused: i64,
}

/// The counts now; `without` a stay that is about to end.
pub fn counts(case: &Case<'_>, without: Option<&ParkingRecord>) -> Result<SpaceCounts, StoreError> {
    let used = case.tx.used_spaces()? - i64::from(without.is_some());
    let ends_leased = without.is_some_and(|record| record.lease_key.is_some());
    let leased = case.tx.leased_stays()? - i64::from(ends_leased);
    let reserved = case.tx.reserved_spaces()?;
    let for_visitors = case.rules.spaces_for_visitors() - (used - leased) - reserved;
    let in_all = case.rules.total_spaces - used - reserved;
    Ok(SpaceCounts { used, reserved, unused: for_visitors.min(in_all).max(0) })
}
