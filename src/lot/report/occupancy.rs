//! How much of the lot is taken: 5003, when it is due, and what displays show of it.

use super::{breakdowns, subject};
use crate::lot::case::Case;
use crate::lot::spaces::{self, SpaceCounts};
use crate::model::outcome::{Scene, Show};
use crate::standard::entities::ParkSpaceInfo;
use crate::standard::id::Id;
use crate::store::StoreError;
use jiff::SignedDuration;
use serde_json::{Map, Value};

/// The counts are reported this often even when nothing changed.
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
    let unused = spaces::counts(case, None)?.unused;
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

/// Whether the last 5003 is at least so old; also when there was none.
fn is_as_old_as(case: &Case<'_>, age: SignedDuration) -> Result<bool, StoreError> {
    let last = case.tx.counts_reported()?;
    Ok(last.is_none_or(|last| case.now.duration_since(last).abs() >= age))
}

fn report(case: &mut Case<'_>) -> Result<(), StoreError> {
    show_unused(case)?;
    let counts = spaces::counts(case, None)?;
    let info = ParkSpaceInfo {
        park_code: case.rules.park_code.clone(),
        used_spaces: counts.used,
        unused_spaces: counts.unused,
        reserved_spaces: Some(counts.reserved),
        breakdowns: breakdowns_now(case, counts)?,
    };
    case.tx.set_counts_reported(case.now)?;
    super::queue_own(case, 5003, &info, subject::COUNTS)
}

/// Only sensors can tell how each kind of space is used.
fn breakdowns_now(case: &Case<'_>, counts: SpaceCounts) -> Result<Map<String, Value>, StoreError> {
    let all = &case.rules.spaces;
    let mut watched = all.iter().filter(|space| space.sensor.is_some()).peekable();
    if watched.peek().is_none() {
        return Ok(breakdowns::breakdowns(all, &[], counts.used, case.rules.total_spaces));
    }
    let now = spaces::AllSpaces::read(case)?;
    let watched: Vec<_> = watched.map(|space| (space, now.state_of(space))).collect();
    Ok(breakdowns::breakdowns(all, &watched, counts.used, case.rules.total_spaces))
}
