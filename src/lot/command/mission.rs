//! 8004 and 8005: store a vehicle in a mechanical garage, or retrieve it (tables 97 to 100).
//!
//! The reply tells how long it takes. While the garage's PLC has not answered, the reply is not final:
//! the same command brings the same mission's answer again.

use super::{Answered, Done, Refused, moment, refuse};
use crate::lot::case::{Case, Stop};
use crate::lot::garage::mission::{self, MOST_WAITING};
use crate::lot::rules::{GaragePlc, Rules, Space};
use crate::lot::spaces;
use crate::model::remark::Reproach;
use crate::standard::codes::{ErrorCode, SpaceState};
use crate::standard::datetime::DateTime;
use crate::standard::plate::PlateNo;
use crate::standard::years::{earlier, later};
use crate::store::{Mission, MissionState, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MissionCommand {
    garage_code: String,
    plate_no: Option<PlateNo>,
    space_no: Option<String>,
    garage_pass_code: Option<i64>,
    book_time: Option<DateTime>,
}

/// A booked retrieval may lie this far ahead.
const BOOKED_AT_MOST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A booked time that has just gone by means now.
const JUST_NOW: SignedDuration = SignedDuration::from_mins(1);

pub(super) fn store(case: &mut Case<'_>, command: &MissionCommand, digest: &str) -> Done {
    carry_out(case, command, digest, true)
}

pub(super) fn retrieve(case: &mut Case<'_>, command: &MissionCommand, digest: &str) -> Done {
    carry_out(case, command, digest, false)
}

fn carry_out(case: &mut Case<'_>, command: &MissionCommand, digest: &str, store: bool) -> Done {
    if let Some(mission) = case.tx.mission_by_digest(digest)? {
        return answer(case, &mission);
    }
    let due = due(case, command, store)?;
    if let Some(mission) = same_under_way(case, command, store)? {
        return again(case, mission, due);
    }
    let space = space_for(case, command, store)?;
    let mission = Mission {
        id: 0,
        digest: digest.to_owned(),
        garage_code: command.garage_code.clone(),
        store,
        plate_no: command.plate_no.as_ref().map(ToString::to_string),
        asked_space: command.space_no.clone(),
        space_no: space.map(|space| space.space_no.clone()),
        passage: command.garage_pass_code,
        due,
        state: state_at(case, due),
        ends: None,
        fault_code: None,
        fault: None,
    };
    let mission = mission::order(case, mission)?;
    answer(case, &mission)
}

/// Ordered once more while it is to come or under way: a booked time may be another now.
fn again(case: &mut Case<'_>, mission: Mission, due: Timestamp) -> Done {
    if mission.state != MissionState::Booked || mission.due == due {
        return answer(case, &mission);
    }
    let moved = Mission { due, state: state_at(case, due), ..mission };
    case.tx.set_mission(&moved)?;
    mission::advance(case, &moved.garage_code)?;
    let moved = case.tx.mission(moved.id)?.unwrap_or(moved);
    answer(case, &moved)
}

fn state_at(case: &Case<'_>, due: Timestamp) -> MissionState {
    if due > case.now { MissionState::Booked } else { MissionState::Waiting }
}

/// When it is to begin; an empty `bookTime` means now, and only retrieving has one.
fn due(case: &Case<'_>, command: &MissionCommand, store: bool) -> Result<Timestamp, Refused> {
    let now = case.now;
    let Some(book_time) = command.book_time.filter(|_| !store) else { return Ok(now) };
    let due = moment(case, book_time, "bookTime")?;
    if due < earlier(now, JUST_NOW) || due > later(now, BOOKED_AT_MOST) {
        return Err(refuse(ErrorCode::BAD_BOOKING_TIME, ""));
    }
    Ok(due.max(now))
}

/// The same thing ordered already and not over yet.
fn same_under_way(
    case: &Case<'_>,
    command: &MissionCommand,
    store: bool,
) -> Result<Option<Mission>, StoreError> {
    let plate_no = command.plate_no.as_ref().map(PlateNo::as_str);
    let open = case.tx.open_missions(&command.garage_code)?;
    Ok(open.into_iter().find(|mission| {
        mission.store == store
            && mission.plate_no.as_deref() == plate_no
            && mission.asked_space == command.space_no
    }))
}

/// The space it is about, none where the PLC chooses by itself; or why it cannot be.
fn space_for<'a>(
    case: &Case<'a>,
    command: &MissionCommand,
    store: bool,
) -> Result<Option<&'a Space>, Stop<Refused>> {
    let plc = able_garage(case, command)?;
    let garage_code = &command.garage_code;
    let space = match (&command.space_no, &command.plate_no) {
        (Some(space_no), _) => {
            let named = space_in(case.rules, garage_code, space_no);
            let plate_no = command.plate_no.as_ref().map(PlateNo::as_str);
            let unfit = !spaces::is_in_use(case, space_no)
                || spaces::is_anothers(case, space_no, plate_no)?;
            if store && named.is_some() && unfit {
                return Err(refuse(ErrorCode::NOTHING_FREE, space_no).into());
            }
            Some(named.ok_or_else(|| refuse(ErrorCode::NO_GARAGE_SPACE, space_no))?)
        }
        (None, plate) if store => match own_space(case, garage_code, plate.as_ref())? {
            Some(space) => Some(space),
            None => free_space(case, garage_code)?,
        },
        (None, Some(plate)) => {
            let stands = space_of(case, garage_code, plate)?;
            Some(stands.ok_or_else(|| refuse(ErrorCode::NO_VEHICLE, ""))?)
        }
        (None, None) => {
            return Err(refuse(ErrorCode::NO_GARAGE_SPACE, "plateNo, spaceNo").into());
        }
    };
    if plc.takes_space && space.is_some_and(|space| space.plc_number.is_none()) {
        let detail = Reproach::NoPlcNumber.text();
        return Err(refuse(ErrorCode::NO_GARAGE_SPACE, detail).into());
    }
    Ok(space)
}

/// The PLC of the garage it is for, when that can take it now.
fn able_garage<'a>(
    case: &Case<'a>,
    command: &MissionCommand,
) -> Result<&'a GaragePlc, Stop<Refused>> {
    let stop = |code, why: Option<Reproach<'_>>| {
        Err(refuse(code, why.map(|why| why.text()).unwrap_or_default()).into())
    };
    if case.rules.garage(&command.garage_code).is_none() {
        return stop(ErrorCode::NO_MECHANICAL_GARAGE, None);
    }
    let Some((garage, plc)) = mission::garage_with_plc(case.rules, &command.garage_code) else {
        return stop(ErrorCode::NO_LONGER_VALID, Some(Reproach::GarageTakesNoOrders));
    };
    let passage = command.garage_pass_code;
    let any = garage.passages.is_empty();
    if passage.is_some_and(|passage| !any && !garage.passages.contains(&passage)) {
        return stop(ErrorCode::NO_GARAGE_PASSAGE, None);
    }
    if case.tx.device_online(plc.device_id.as_str())? == Some(false) {
        return stop(ErrorCode::NO_LONGER_VALID, Some(Reproach::ControllerOffline));
    }
    if case.tx.open_missions(&command.garage_code)?.len() >= MOST_WAITING {
        return stop(ErrorCode::NOTHING_FREE, Some(Reproach::TooManyMissions));
    }
    Ok(plc)
}

fn space_in<'a>(rules: &'a Rules, garage_code: &str, space_no: &str) -> Option<&'a Space> {
    let space = rules.space(space_no)?;
    (space.garage_code.as_deref() == Some(garage_code)).then_some(space)
}

/// The space that the car's own record names, where nothing is stored in it yet: it was booked.
fn own_space<'a>(
    case: &Case<'a>,
    garage_code: &str,
    plate: Option<&PlateNo>,
) -> Result<Option<&'a Space>, StoreError> {
    let Some(plate) = plate else { return Ok(None) };
    let record = case.tx.open_record_by_any_plate(plate.as_str())?;
    let Some(space_no) = record.and_then(|record| record.space_no) else { return Ok(None) };
    let taken = spaces::state_told(case, &space_no)? == Some(SpaceState::Occupied);
    let own = space_in(case.rules, garage_code, &space_no);
    Ok(own.filter(|space| !taken && space.plc_number.is_some()))
}

/// A free space no other mission is for; none where the PLC chooses by itself.
fn free_space<'a>(case: &Case<'a>, garage_code: &str) -> Result<Option<&'a Space>, Stop<Refused>> {
    let mut any = false;
    for space in &case.rules.spaces {
        if space.garage_code.as_deref() != Some(garage_code) || space.plc_number.is_none() {
            continue;
        }
        any = true;
        let number = &space.space_no;
        if spaces::may_be_stored_in(case, number)? {
            return Ok(Some(space));
        }
    }
    if any { Err(refuse(ErrorCode::NOTHING_FREE, "").into()) } else { Ok(None) }
}

/// Where a car stands in a garage: where it was stored last, else where its parking record says.
fn space_of<'a>(
    case: &Case<'a>,
    garage_code: &str,
    plate: &PlateNo,
) -> Result<Option<&'a Space>, StoreError> {
    let space_no = match case.tx.last_mission_of(garage_code, plate.as_str())? {
        Some(mission) if mission.store => mission.space_no,
        // It was taken out since.
        Some(_) => None,
        None => {
            case.tx.open_record_by_any_plate(plate.as_str())?.and_then(|record| record.space_no)
        }
    };
    Ok(space_no.and_then(|space_no| space_in(case.rules, garage_code, &space_no)))
}

/// What a mission is answered as it stands now.
fn answer(case: &Case<'_>, mission: &Mission) -> Done {
    if mission.state == MissionState::Failed {
        let code = ErrorCode(mission.fault_code.unwrap_or(ErrorCode::NO_LONGER_VALID.0));
        let meaning = code.meaning().map(|(zh, _)| zh);
        let detail = mission.fault.as_deref().filter(|words| Some(*words) != meaning);
        return Err(refuse(code, detail.unwrap_or_default()).into());
    }
    let seconds = mission::remaining(case, mission)?;
    let settled = !matches!(mission.state, MissionState::Sent | MissionState::Commanding);
    let told = Answered::told(vec![json!({ "remainSeconds": seconds })]);
    Ok(Answered { settled, ..told })
}
