//! What each kind of lot cannot do without (table 3's `parkType`): a street its numbered spaces and its roads,
//! another lot a way in, a way out and a barrier there, and whoever is paid a tariff.

use super::Spaces;
use super::surroundings::Surroundings;
use crate::config::reader::Section;
use crate::lang::LotProblem;

/// Holds the lot against its kind.
pub(super) fn survey(root: &Section<'_>, around: &Surroundings, spaces: Spaces<'_>) {
    let Some(lot) = root.section("lot") else { return };
    match around.on_street {
        Some(true) => street(root, &lot, spaces),
        Some(false) => off_street(root, &lot),
        None => return,
    }
    if !root.has("tariff") {
        lot.problem("park_type", LotProblem::NoTariff.into());
    }
}

/// Stays on a street begin and end with a numbered space; table 8 demands the road of what belongs to one.
fn street(root: &Section<'_>, lot: &Section<'_>, spaces: Spaces<'_>) {
    if spaces.is_some_and(<[_]>::is_empty) {
        lot.problem("park_type", LotProblem::StreetWithoutSpaces.into());
    }
    for lane in root.sections("lane") {
        if !lane.has("road_name") {
            lane.problem_here(LotProblem::LaneWithoutRoad.into());
        }
    }
}

fn off_street(root: &Section<'_>, lot: &Section<'_>) {
    let lanes = root.sections("lane");
    if lanes.is_empty() {
        lot.problem("park_type", LotProblem::NoLanes.into());
        return;
    }
    let ways: Vec<&str> = lanes.iter().filter_map(|lane| lane.written_text("direction")).collect();
    // What is misspelt may be the one that is missing.
    let all_known = ways.len() == lanes.len()
        && ways.iter().all(|way| matches!(*way, "entry" | "exit" | "both"));
    let leads = |wanted: &str| ways.iter().any(|way| *way == wanted || *way == "both");
    if all_known && !leads("entry") {
        lot.problem("park_type", LotProblem::NoEntry.into());
    }
    if all_known && !leads("exit") {
        lot.problem("park_type", LotProblem::NoExit.into());
    }
    for lane in &lanes {
        let way_out = matches!(lane.written_text("direction"), Some("exit" | "both"));
        if way_out && !lane.has("barrier") {
            lane.problem_here(LotProblem::ExitWithoutBarrier.into());
        }
    }
}
