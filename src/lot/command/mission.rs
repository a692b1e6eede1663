//! 8004 and 8005: store a vehicle in a mechanical garage, or retrieve it (tables 97 to 100).
//!
//! The reply tells how long it takes. While the garage's PLC has not answered, the reply is not final:
//! the same command brings the same mission's answer again.

use super::super::missions::{self, MOST_WAITING};
use super::super::{GaragePlc, LotError, Outcome, Space};
use super::{Answer, Step, digest};
use crate::standard::codes::ErrorCode;
use crate::standard::datetime::DateTime;
use crate::standard::plate::PlateNo;
use crate::store::{Mission, MissionState};
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

pub(super) fn store(
    step: &Step<'_, '_>,
    command: &MissionCommand,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    carry_out(step, command, true, out)
}

pub(super) fn retrieve(
    step: &Step<'_, '_>,
    command: &MissionCommand,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    carry_out(step, command, false, out)
}

fn carry_out(
    step: &Step<'_, '_>,
    command: &MissionCommand,
    store: bool,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    let digest = digest(step.command, step.element);
    if let Some(mission) = step.tx.mission_by_digest(&digest)? {
        return answer(step, &mission, out);
    }
    let due = match due(step, command, store) {
        Ok(due) => due,
        Err(refused) => return Ok(refused),
    };
    if let Some(mission) = same_under_way(step, command, store)? {
        let moved = mission.state == MissionState::Booked && mission.due != due;
        if moved {
            let (state, garage) = (state_at(step, due), mission.garage_code.clone());
            let mission = Mission { due, state, ..mission };
            step.tx.set_mission(&mission)?;
            missions::advance(step.tx, step.context, &garage, out)?;
            return answer(step, &step.tx.mission(mission.id)?.unwrap_or(mission), out);
        }
        return answer(step, &mission, out);
    }
    let space = match possible(step, command, store)? {
        Ok(space) => space,
        Err(refused) => return Ok(refused),
    };
    let mission = Mission {
        id: 0,
        digest,
        garage_code: command.garage_code.clone(),
        store,
        plate_no: command.plate_no.as_ref().map(ToString::to_string),
        asked_space: command.space_no.clone(),
        space_no: space.map(|space| space.space_no.clone()),
        passage: command.garage_pass_code,
        due,
        state: state_at(step, due),
        ends: None,
        fault_code: None,
        fault: None,
    };
    let mission = missions::order(step.tx, step.context, mission, out)?;
    answer(step, &mission, out)
}

fn state_at(step: &Step<'_, '_>, due: Timestamp) -> MissionState {
    if due > step.context.now { MissionState::Booked } else { MissionState::Waiting }
}

/// When it is to begin; an empty `bookTime` means now, and only retrieving has one.
fn due(step: &Step<'_, '_>, command: &MissionCommand, store: bool) -> Result<Timestamp, Answer> {
    let now = step.context.now;
    let Some(book_time) = command.book_time.filter(|_| !store) else { return Ok(now) };
    let due = step.moment(book_time, "bookTime")?;
    if due < now - JUST_NOW || due > now + BOOKED_AT_MOST {
        return Err(step.refuse(ErrorCode::BAD_BOOKING_TIME, ""));
    }
    Ok(due.max(now))
}

/// The same thing ordered already and not over yet.
fn same_under_way(
    step: &Step<'_, '_>,
    command: &MissionCommand,
    store: bool,
) -> Result<Option<Mission>, LotError> {
    let plate_no = command.plate_no.as_ref().map(PlateNo::as_str);
    let open = step.tx.open_missions(&command.garage_code)?;
    Ok(open.into_iter().find(|mission| {
        mission.store == store
            && mission.plate_no.as_deref() == plate_no
            && mission.asked_space == command.space_no
    }))
}

type Possible<'a> = Result<Option<&'a Space>, Answer>;

/// The space it is about, or why it cannot be.
fn possible<'a>(
    step: &Step<'a, '_>,
    command: &MissionCommand,
    store: bool,
) -> Result<Possible<'a>, LotError> {
    let refuse = |code, detail: &str| Ok(Err(step.refuse(code, detail)));
    let known = step.context.rules.garages.iter().any(|one| one.garage_code == command.garage_code);
    if !known {
        return refuse(ErrorCode::NO_MECHANICAL_GARAGE, "");
    }
    let Some((garage, plc)) = missions::garage(step.context, &command.garage_code) else {
        return refuse(ErrorCode::NO_LONGER_VALID, "该车库不能由平台存取车");
    };
    if let Some(passage) = command.garage_pass_code
        && !garage.passages.is_empty()
        && !garage.passages.contains(&passage)
    {
        return refuse(ErrorCode::NO_GARAGE_PASSAGE, "");
    }
    if step.tx.device_online(plc.device_id.as_str())? == Some(false) {
        return refuse(ErrorCode::NO_LONGER_VALID, "车库控制器离线");
    }
    if step.tx.open_missions(&command.garage_code)?.len() >= MOST_WAITING {
        return refuse(ErrorCode::NOTHING_FREE, "等待中的任务过多");
    }
    let space = match (&command.space_no, store) {
        (Some(space_no), _) => match space_in(step, &command.garage_code, space_no) {
            Some(space) => Some(space),
            None => return refuse(ErrorCode::NO_GARAGE_SPACE, space_no),
        },
        (None, true) => match free_space(step, &command.garage_code)? {
            Ok(space) => space,
            Err(()) => return refuse(ErrorCode::NOTHING_FREE, ""),
        },
        (None, false) => match &command.plate_no {
            None => return refuse(ErrorCode::NO_GARAGE_SPACE, "plateNo, spaceNo"),
            Some(plate) => match space_of(step, &command.garage_code, plate)? {
                Some(space) => Some(space),
                None => return refuse(ErrorCode::NO_VEHICLE, ""),
            },
        },
    };
    Ok(match space {
        Some(space) if lacks_number(plc, space) => {
            Err(step.refuse(ErrorCode::NO_GARAGE_SPACE, "车位未配置 plc_number"))
        }
        space => Ok(space),
    })
}

fn lacks_number(plc: &GaragePlc, space: &Space) -> bool {
    plc.takes_space && space.plc_number.is_none()
}

fn space_in<'a>(step: &Step<'a, '_>, garage_code: &str, space_no: &str) -> Option<&'a Space> {
    let space = step.context.rules.space(space_no)?;
    (space.garage_code.as_deref() == Some(garage_code)).then_some(space)
}

/// A free space no other mission is for; none where the PLC chooses by itself, an error when all are
/// taken.
fn free_space<'a>(
    step: &Step<'a, '_>,
    garage_code: &str,
) -> Result<Result<Option<&'a Space>, ()>, LotError> {
    let open = step.tx.open_missions(garage_code)?;
    let mut any = false;
    for space in &step.context.rules.spaces {
        if space.garage_code.as_deref() != Some(garage_code) || space.plc_number.is_none() {
            continue;
        }
        any = true;
        let number = &space.space_no;
        let meant = open.iter().any(|mission| mission.space_no.as_ref() == Some(number));
        if !meant && step.tx.space_state(number)? != 2 && !step.tx.is_reserved(number)? {
            return Ok(Ok(Some(space)));
        }
    }
    Ok(if any { Err(()) } else { Ok(None) })
}

/// Where a car stands in a garage: where it was stored last, else where its parking record says.
fn space_of<'a>(
    step: &Step<'a, '_>,
    garage_code: &str,
    plate: &PlateNo,
) -> Result<Option<&'a Space>, LotError> {
    let space_no = match step.tx.last_mission_of(garage_code, plate.as_str())? {
        Some(mission) if mission.store => mission.space_no,
        // It was taken out since.
        Some(_) => None,
        None => step.tx.open_record_of(plate.as_str())?.and_then(|record| record.space_no),
    };
    Ok(space_no.and_then(|space_no| space_in(step, garage_code, &space_no)))
}

/// What a mission is answered as it stands now.
fn answer(step: &Step<'_, '_>, mission: &Mission, out: &mut Outcome) -> Result<Answer, LotError> {
    if mission.state == MissionState::Failed {
        let code = ErrorCode(mission.fault_code.unwrap_or(ErrorCode::NO_LONGER_VALID.0));
        let meaning = code.meaning().map(|(zh, _)| zh);
        let detail = mission.fault.as_deref().filter(|words| Some(*words) != meaning);
        return Ok(step.refuse(code, detail.unwrap_or_default()));
    }
    out.unsettled |= matches!(mission.state, MissionState::Sent | MissionState::Commanding);
    let seconds = missions::remaining(step.tx, step.context, mission)?;
    Ok(Answer::told(vec![json!({ "remainSeconds": seconds })]))
}
