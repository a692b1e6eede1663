//! How much of the lot is taken: 5003, when it is due, and what displays show of it.

use super::{breakdowns, subject};
use crate::lot::case::Case;
use crate::lot::rules::Space;
use crate::model::outcome::{Scene, Show};
use crate::standard::codes::SpaceState;
use crate::standard::entities::ParkSpaceInfo;
use crate::standard::id::Id;
use crate::store::{StoreError, Urgency};
use jiff::SignedDuration;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Counts are reported this often even when nothing changed.
const AT_LEAST: SignedDuration = SignedDuration::from_mins(10);

/// The counts have changed: 5003 leaves at once, or as soon as the last one is old enough.
pub fn changed(case: &mut Case<'_>) -> Result<(), StoreError> {
    if is_as_old_as(case, case.rules.counts_every)? {
        report(case)
    } else {
        case.tx.set_counts_due()
    }
}

/// Time has passed: what is due leaves, and what was said long ago is said again.
pub fn remind(case: &mut Case<'_>) -> Result<(), StoreError> {
    let due = case.tx.counts_due()? && is_as_old_as(case, case.rules.counts_every)?;
    if due || is_as_old_as(case, AT_LEAST)? { report(case) } else { Ok(()) }
}

/// Displays show how much is free for visitors.
pub fn show_unused(case: &mut Case<'_>) -> Result<(), StoreError> {
    let unused = unused(case)?;
    let mut told: Vec<&Id> = Vec::new();
    for display in case.rules.lanes.iter().filter_map(|lane| lane.display.as_ref()) {
        if !told.contains(&display) {
            told.push(display);
            let (device_id, scene) = (display.clone(), Scene::Idle { unused });
            case.out.shows.push(Show { device_id, scene });
        }
    }
    Ok(())
}

/// A numbered space as 5001 says it: occupied, else booked, else free or unknown.
pub fn state_of(case: &Case<'_>, space_no: &str) -> Result<SpaceState, StoreError> {
    Ok(match case.tx.space_state(space_no)? {
        SpaceState::Occupied => SpaceState::Occupied,
        _ if case.tx.is_reserved(space_no)? => SpaceState::Booked,
        other => other,
    })
}

/// Whether the last 5003 is at least so old; also when there was none.
fn is_as_old_as(case: &Case<'_>, age: SignedDuration) -> Result<bool, StoreError> {
    let last = case.tx.counts_reported()?;
    Ok(last.is_none_or(|last| case.now.duration_since(last).abs() >= age))
}

fn unused(case: &Case<'_>) -> Result<i64, StoreError> {
    let taken = case.tx.used_spaces()? + case.tx.reserved_spaces()?;
    Ok((case.rules.total_spaces - taken).max(0))
}

fn report(case: &mut Case<'_>) -> Result<(), StoreError> {
    show_unused(case)?;
    let info = ParkSpaceInfo {
        park_code: case.rules.park_code.clone(),
        used_spaces: case.tx.used_spaces()?,
        unused_spaces: unused(case)?,
        reserved_spaces: Some(case.tx.reserved_spaces()?),
        breakdowns: breakdowns_now(case)?,
    };
    case.tx.set_counts_reported(case.now)?;
    super::queue(case, 5003, &info, subject::COUNTS, Urgency::State)
}

fn breakdowns_now(case: &Case<'_>) -> Result<Map<String, Value>, StoreError> {
    let spaces = &case.rules.spaces;
    let mut states = HashMap::with_capacity(spaces.len());
    for space in spaces {
        states.insert(space.space_no.as_str(), state_of(case, &space.space_no)?);
    }
    let state =
        |space: &Space| states.get(space.space_no.as_str()).copied().unwrap_or(SpaceState::Unknown);
    Ok(breakdowns::breakdowns(spaces, state))
}
