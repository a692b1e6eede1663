//! Mechanical garages as the platform is told of them: how they run (8002) and what is free in them (8003).
//! What a garage's PLC gives is passed on; what it does not give is counted from the garage's own spaces, and
//! a garage without a PLC runs as it should, as far as anybody knows. When it is due is the garages' to say.

use super::{local, queue, queue_own, subject};
use crate::lot::case::Case;
use crate::lot::rules::{Garage, Rules};
use crate::lot::spaces as lot_spaces;
use crate::model::event::{GarageCondition, GarageSpaces};
use crate::model::remark::Remark;
use crate::standard::entities::{GarageSpace, GarageSpacesInfo, GarageStateInfo};
use crate::store::{ParkingRecord, StoreError, Urgency};

/// Table 92's `garagestate` of a garage that nothing is known against.
const NORMAL: i64 = 1;

/// The garage a car stands in or was put into last (table 13's `garageNo`).
pub fn of_record<'a>(rules: &'a Rules, record: &'a ParkingRecord) -> Option<&'a str> {
    let space = record.space_no.as_deref().and_then(|space_no| rules.space(space_no));
    match space {
        Some(space) => space.garage_code.as_deref(),
        None => record.garage_code.as_deref(),
    }
}

/// 8002: how a garage runs.
pub fn state(case: &mut Case<'_>, condition: &GarageCondition) -> Result<(), StoreError> {
    let comment = condition.comment.as_deref().map(|words| Remark::Said(words).text());
    let info = GarageStateInfo {
        park_code: case.rules.park_code.clone(),
        garage_code: condition.garage_code.clone(),
        garagestate: condition.state,
        comment,
        moment: local(case, case.now),
    };
    queue(case, 8002, &info, &subject::garage(&condition.garage_code), Urgency::State)
}

/// 8003: what is free in the garages, as far as that is known; whether anything is.
pub fn spaces(case: &mut Case<'_>) -> Result<bool, StoreError> {
    let mut known = Vec::new();
    for garage in &case.rules.garages {
        let spaces = spaces_of(case, garage)?;
        if (spaces.total_large, spaces.total_small) == (0, 0) {
            continue;
        }
        known.push(GarageSpace {
            garage_code: garage.garage_code.clone(),
            total_large_spaces: spaces.total_large,
            total_small_spaces: spaces.total_small,
            available_large_spaces: spaces.available_large,
            available_small_spaces: spaces.available_small,
        });
    }
    if known.is_empty() {
        return Ok(false);
    }
    let info = GarageSpacesInfo {
        park_code: case.rules.park_code.clone(),
        garage_spaces_list: known,
        update_time: local(case, case.now),
    };
    queue_own(case, 8003, &info, subject::GARAGE_SPACES)?;
    Ok(true)
}

/// 8002 and 8003 of every garage of which something is known; whether anything is.
pub fn everything(case: &mut Case<'_>) -> Result<bool, StoreError> {
    let mut told = false;
    for garage in &case.rules.garages {
        let condition = if garage.watched {
            case.tx.garage(&garage.garage_code)?
        } else {
            Some(unwatched(garage))
        };
        if let Some(condition) = condition {
            state(case, &condition)?;
            told = true;
        }
    }
    Ok(spaces(case)? || told)
}

/// A numbered space stands otherwise than before.
pub fn space_changed(case: &mut Case<'_>, space_no: &str) {
    let space = case.rules.space(space_no);
    if let Some(garage_code) = space.and_then(|space| space.garage_code.as_deref()) {
        changed(case, garage_code);
    }
}

/// What is free in a garage is otherwise than before: where its PLC does not count, we do, once an input.
pub fn changed(case: &mut Case<'_>, garage_code: &str) {
    if case.rules.garage(garage_code).is_some_and(|garage| !garage.available_given) {
        case.garage_spaces_changed();
    }
}

fn unwatched(garage: &Garage) -> GarageCondition {
    GarageCondition {
        garage_code: garage.garage_code.clone(),
        state: NORMAL,
        comment: None,
        spaces: GarageSpaces::default(),
    }
}

/// A garage's spaces (table 95): counted by us where its PLC gives nothing, or has not yet.
fn spaces_of(case: &Case<'_>, garage: &Garage) -> Result<GarageSpaces, StoreError> {
    let Garage { totals_given, available_given, .. } = *garage;
    let told = case.tx.garage(&garage.garage_code)?;
    let Some(told) = told.filter(|_| totals_given || available_given) else {
        return counted(case, garage);
    };
    if totals_given && available_given {
        return Ok(told.spaces);
    }
    let counted = counted(case, garage)?;
    let (totals, available) =
        if totals_given { (told.spaces, counted) } else { (counted, told.spaces) };
    Ok(GarageSpaces {
        available_large: available.available_large,
        available_small: available.available_small,
        ..totals
    })
}

/// One more space.
fn count(total: &mut i64, available: &mut i64, free: bool) {
    *total = total.saturating_add(1);
    *available = available.saturating_add(i64::from(free));
}

/// What a garage has by its numbered spaces; by table 7's total where its spaces have no numbers.
fn counted(case: &Case<'_>, garage: &Garage) -> Result<GarageSpaces, StoreError> {
    let mut counted = GarageSpaces::default();
    let code = Some(garage.garage_code.as_str());
    for space in case.rules.spaces.iter().filter(|space| space.garage_code.as_deref() == code) {
        let free = lot_spaces::may_be_given(case, &space.space_no)?;
        if space.is_large() {
            count(&mut counted.total_large, &mut counted.available_large, free);
        } else {
            count(&mut counted.total_small, &mut counted.available_small, free);
        }
    }
    if (counted.total_large, counted.total_small) == (0, 0) {
        counted.total_small = garage.total_spaces;
        counted.available_small = garage.total_spaces;
    }
    // Cars whose spaces the PLC chose without telling.
    let unplaced = case.tx.stored_without_space(&garage.garage_code)?;
    counted.available_small = counted.available_small.saturating_sub(unplaced).max(0);
    Ok(counted)
}
