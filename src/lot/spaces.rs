//! What is taken and what is left: how a numbered space stands, whether it is somebody's, how many spaces
//! visitors may still take (tables 19 and 68). For whoever judges, books or reports; it decides nothing.

use super::case::Case;
use super::rules::Space;
use crate::standard::codes::SpaceState;
use crate::store::{KnownSpace, Mission, ParkingRecord, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// A numbered space as 5001 says it. Where a sensor watches it, its sensor tells whether somebody stands
/// there; elsewhere records and a garage's missions do.
pub fn state_of(case: &Case<'_>, space_no: &str) -> Result<SpaceState, StoreError> {
    let stands = if is_watched(case, space_no) {
        state_told(case, space_no)?.unwrap_or(SpaceState::Unknown)
    } else if case.tx.open_record_at(space_no)?.is_some() {
        SpaceState::Occupied
    } else {
        state_told(case, space_no)?.unwrap_or(SpaceState::Free)
    };
    Ok(match stands {
        SpaceState::Occupied => SpaceState::Occupied,
        _ if case.tx.is_reserved(space_no)? => SpaceState::Booked,
        other => other,
    })
}

/// How all numbered spaces stand, as [`state_of`] has each: there may be many thousands, and the database is asked no more
/// often for them than for one.
pub struct AllSpaces {
    known: BTreeMap<String, KnownSpace>,
    stood_in: BTreeSet<String>,
    reserved: BTreeSet<String>,
}

impl AllSpaces {
    /// As they stand now.
    pub fn read(case: &Case<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            known: case.tx.known_spaces()?,
            stood_in: case.tx.spaces_stood_in()?,
            reserved: case.tx.spaces_reserved()?,
        })
    }

    /// How one of them stands.
    pub fn state_of(&self, space: &Space) -> SpaceState {
        let by_it = |by: &Option<String>| by.as_deref().is_none_or(|by| by == space.told_by());
        let known = self.known.get(&space.space_no).filter(|known| by_it(&known.told_by));
        let told = known.map(|known| known.state);
        let stands = if space.sensor.is_some() {
            told.unwrap_or(SpaceState::Unknown)
        } else if self.stood_in.contains(&space.space_no) {
            SpaceState::Occupied
        } else {
            told.unwrap_or(SpaceState::Free)
        };
        match stands {
            SpaceState::Occupied => SpaceState::Occupied,
            _ if self.reserved.contains(&space.space_no) => SpaceState::Booked,
            other => other,
        }
    }

    /// Whether 5001 said last of one how it stands.
    pub fn is_told(&self, space: &Space) -> bool {
        let known = self.known.get(&space.space_no);
        known.and_then(|known| known.reported) == Some(self.state_of(space))
    }
}

/// Whether a space may be given to somebody: it is free, and no car inside, stored, on its way into a garage or
/// expected has it, whatever its sensor says: the car may have passed the gate and not be there yet.
pub fn may_be_given(case: &Case<'_>, space_no: &str) -> Result<bool, StoreError> {
    Ok(state_of(case, space_no)? == SpaceState::Free
        && is_in_use(case, space_no)
        && has_no_owner(case, space_no)?)
}

/// Whether a garage may store a car there: it knows itself what its sensors have not told yet. Where a sensor says what nobody
/// knows, or has fallen silent, somebody may stand there.
pub fn may_be_stored_in(case: &Case<'_>, space_no: &str) -> Result<bool, StoreError> {
    let may_be_free = match state_of(case, space_no)? {
        SpaceState::Free => true,
        SpaceState::Unknown => state_told(case, space_no)?.is_none(),
        SpaceState::Occupied | SpaceState::Booked => false,
    };
    Ok(may_be_free && is_in_use(case, space_no) && has_no_owner(case, space_no)?)
}

/// Whether somebody may park in a space: it is neither out of use, nor in repair, nor faulty.
pub fn is_in_use(case: &Case<'_>, space_no: &str) -> bool {
    case.rules.space(space_no).is_some_and(|space| !space.out_of_use)
}

fn has_no_owner(case: &Case<'_>, space_no: &str) -> Result<bool, StoreError> {
    Ok(case.tx.open_record_at(space_no)?.is_none()
        && !case.tx.is_on_errand(space_no)?
        && stored_in(case, space_no)?.is_none())
}

/// The mission that put a car there which still is. One that has left the lot since was taken out by hand.
pub fn stored_in(case: &Case<'_>, space_no: &str) -> Result<Option<Mission>, StoreError> {
    let Some(stored) = case.tx.last_done_at(space_no)?.filter(|mission| mission.store) else {
        return Ok(None);
    };
    if let Some(plate_no) = &stored.plate_no
        && case.tx.open_record_of(plate_no)?.is_none()
        && let Some(left) = case.tx.last_closed_record_of(plate_no)?
        && left.leave_time.is_some_and(|left| left > stored.due)
    {
        return Ok(None);
    }
    Ok(Some(stored))
}

/// Whether a space is another car's than that of `plate_no`: it stands there, was put there or is
/// expected, or the space's sensor sees one.
pub fn is_anothers(
    case: &Case<'_>,
    space_no: &str,
    plate_no: Option<&str>,
) -> Result<bool, StoreError> {
    let other = |of: &str| plate_no != Some(of);
    let stands = case.tx.open_record_at(space_no)?;
    let stored = stored_in(case, space_no)?;
    let expected = case.tx.bookings_of_space(space_no)?;
    let taken =
        is_watched(case, space_no) && state_told(case, space_no)? == Some(SpaceState::Occupied);
    Ok(taken
        || case.tx.is_on_errand(space_no)?
        || stands.is_some_and(|record| other(record.plate_text()))
        || stored.is_some_and(|stored| stored.plate_no.as_deref().is_none_or(other))
        || expected.iter().any(|booking| other(&booking.plate_no)))
}

/// Whether somebody stands in a space, as its sensor told last, or its garage where it has none.
pub fn state_told(case: &Case<'_>, space_no: &str) -> Result<Option<SpaceState>, StoreError> {
    case.tx.space_state(space_no, told_by(case, space_no))
}

/// Notes whether somebody stands in a space, as its sensor tells now, or its garage or records where it has none;
/// false when that was known.
pub fn note(case: &Case<'_>, space_no: &str, state: SpaceState) -> Result<bool, StoreError> {
    case.tx.set_space_state(space_no, state, told_by(case, space_no))
}

/// Who tells whether somebody stands in a space.
pub fn told_by<'a>(case: &Case<'a>, space_no: &str) -> &'a str {
    case.rules.space(space_no).map_or("", |space| space.told_by())
}

/// Whether a sensor watches a space.
pub fn is_watched(case: &Case<'_>, space_no: &str) -> bool {
    case.rules.space(space_no).is_some_and(|space| space.sensor.is_some())
}

/// How much is taken, and what is left of what visitors may take (table 19): by cars, not by what sensors say of spaces.
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
    let today = case.rules.time_zone.to_datetime(case.now).date();
    let (used, leased) = case.tx.stays_inside(today, without.map(|record| &record.id))?;
    let reserved = case.tx.reserved_spaces()?;
    let for_visitors = case
        .rules
        .spaces_for_visitors()
        .saturating_sub(used.saturating_sub(leased))
        .saturating_sub(reserved);
    let in_all = case.rules.total_spaces.saturating_sub(used).saturating_sub(reserved);
    Ok(SpaceCounts { used, reserved, unused: for_visitors.min(in_all).max(0) })
}
