//! Numbers that must agree: what may be booked or shared, numbered spaces and garages are all part of the lot's
//! `totalSpaces` (table 3), and a garage's spaces of its own (table 7).

use super::Spaces;
use crate::config::reader::Section;
use crate::lang::LotProblem;

/// Holds every number of spaces against the whole.
pub(super) fn survey(root: &Section<'_>, spaces: Spaces<'_>) {
    garages(root, spaces);
    let Some(lot) = root.section("lot") else { return };
    let Some(total) = lot.written_int("total_spaces").filter(|total| *total >= 0) else { return };
    if total == 0 {
        lot.problem("total_spaces", LotProblem::NoSpaceAtAll.into());
        return;
    }
    for key in ["reservable_spaces", "shared_spaces", "visitor_spaces"] {
        if let Some(have) = lot.written_int(key).filter(|have| *have > total) {
            let key_text = key.to_owned();
            lot.problem(key, LotProblem::MoreThanTotal { key: key_text, have, total }.into());
        }
    }
    let numbered = count(spaces.unwrap_or_default().len());
    if numbered > total {
        lot.problem("total_spaces", LotProblem::MoreNumbered { numbered, total }.into());
    }
    let mut garages = 0_i64;
    for garage in root.sections("garage") {
        garages = garages.saturating_add(garage.written_int("total_spaces").unwrap_or(0).max(0));
        if garages > total {
            let problem = LotProblem::GaragesTooLarge { garages, total };
            garage.problem("total_spaces", problem.into());
            break;
        }
    }
}

/// No more numbered spaces in a garage than it has.
fn garages(root: &Section<'_>, spaces: Spaces<'_>) {
    for garage in root.sections("garage") {
        let code = garage.written_text("garage_code");
        let inside = spaces.unwrap_or_default().iter();
        let numbered = count(
            inside.filter(|space| code.is_some() && space.garage_code.as_deref() == code).count(),
        );
        if let Some(total) = garage.written_int("total_spaces").filter(|total| numbered > *total) {
            garage.problem("total_spaces", LotProblem::GarageOverfull { numbered, total }.into());
        }
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
