//! Storing and retrieving cars in mechanical garages: at most one at a time in each, in their order,
//! each done once however often it is ordered and whatever crashes meanwhile.
//!
//! A mission's state says what the PLC may already know: until `Commanding` is committed its driver has
//! written parameters at most; once `Running` is committed the PLC has taken it. What lies between is
//! for the driver to find out from the PLC's registers before it does anything.

use crate::lot::case::Case;
use crate::lot::report::{self, garages};
use crate::lot::rules::{Garage, GaragePlc, Rules};
use crate::lot::stay::{self, space};
use crate::model::event::{Alarm, LostWhy, MissionStep};
use crate::model::happening::Happening;
use crate::model::outcome::{Job, Progress};
use crate::model::remark::{Remark, Reproach};
use crate::standard::codes::{ErrorCode, EventClass, RecordReport, event_meaning, event_type};
use crate::standard::id::Id;
use crate::standard::years::later;
use crate::store::{Mission, MissionState, ParkingRecord, StoreError};
use jiff::{SignedDuration, Timestamp};

/// More than this many missions waiting in one garage are not taken.
pub const MOST_WAITING: usize = 20;
/// A mission that could not begin for so long is given up.
const WAITS_AT_MOST: SignedDuration = SignedDuration::from_mins(30);
/// An end that moves by less is not written down again.
const NOT_WORTH_NOTING: SignedDuration = SignedDuration::from_secs(3);

/// Its garage's estimate of how long a mission takes.
fn takes(mission: &Mission, plc: &GaragePlc) -> SignedDuration {
    if mission.store { plc.store_takes } else { plc.retrieve_takes }
}

/// Takes a new mission in and begins it when the garage is free; returns it with its number.
pub fn order(case: &mut Case<'_>, mission: Mission) -> Result<Mission, StoreError> {
    let id = case.tx.add_mission(&mission)?;
    case.tell(Happening::MissionOrdered { mission: id, store: mission.store });
    advance(case, &mission.garage_code)?;
    Ok(case.tx.mission(id)?.unwrap_or(mission))
}

/// Begins the next mission of a garage when nothing is under way there.
pub fn advance(case: &mut Case<'_>, garage_code: &str) -> Result<(), StoreError> {
    let Some((_, plc)) = garage_with_plc(case.rules, garage_code) else { return Ok(()) };
    let open = case.tx.open_missions(garage_code)?;
    if open.iter().any(|mission| mission.state.is_active())
        || case.tx.device_online(plc.device_id.as_str())? == Some(false)
    {
        return Ok(());
    }
    if let Some(next) = open.into_iter().find(|mission| mission.due <= case.now) {
        if is_nowhere(case.rules, plc, &next) {
            return fail_nowhere(case, next);
        }
        let sent = Mission { state: MissionState::Sent, ..next };
        case.tx.set_mission(&sent)?;
        case.out.jobs.push(job_of(case.rules, plc, &sent));
    }
    Ok(())
}

/// Time has passed: booked missions begin, and what could not begin for too long is given up.
pub fn tick(case: &mut Case<'_>) -> Result<(), StoreError> {
    for garage in case.rules.garages.iter().filter(|garage| garage.plc.is_some()) {
        for mission in case.tx.open_missions(&garage.garage_code)? {
            if !case.comes_to(format_args!("mission {}", mission.id)) {
                continue;
            }
            let late = case.now.duration_since(mission.due) > WAITS_AT_MOST;
            if late && !mission.state.is_active() {
                fail(case, mission, None, Remark::MissionLost(LostWhy::NeverBegan).text())?;
            }
        }
        advance(case, &garage.garage_code)?;
    }
    Ok(())
}

/// After a start, or when a PLC is there again: what is under way is handed to its driver once more,
/// with what the PLC may know of it.
pub fn resume(case: &mut Case<'_>, device: Option<&Id>) -> Result<(), StoreError> {
    for garage in &case.rules.garages {
        let Some(plc) = &garage.plc else { continue };
        if device.is_some_and(|device| *device != plc.device_id) {
            continue;
        }
        let open = case.tx.open_missions(&garage.garage_code)?;
        for mission in open.into_iter().filter(|mission| mission.state.is_active()) {
            // One that the PLC has taken is only watched.
            if mission.state != MissionState::Running && is_nowhere(case.rules, plc, &mission) {
                fail_nowhere(case, mission)?;
            } else {
                case.out.jobs.push(job_of(case.rules, plc, &mission));
            }
        }
        advance(case, &garage.garage_code)?;
    }
    Ok(())
}

/// Whether a mission is for a space that the configuration has no number of (any more), and its PLC takes one: any other
/// would be another's.
fn is_nowhere(rules: &Rules, plc: &GaragePlc, mission: &Mission) -> bool {
    let number_of = |number: &str| rules.space(number).and_then(|space| space.plc_number);
    let space_no = mission.space_no.as_deref();
    plc.takes_space && space_no.is_some_and(|space_no| number_of(space_no).is_none())
}

fn fail_nowhere(case: &mut Case<'_>, mission: Mission) -> Result<(), StoreError> {
    fail(case, mission, Some(ErrorCode::NO_GARAGE_SPACE.0), Reproach::NoPlcNumber.text())
}

fn job_of(rules: &Rules, plc: &GaragePlc, mission: &Mission) -> Job {
    let space = mission.space_no.as_deref().and_then(|number| rules.space(number));
    Job {
        id: mission.id,
        device_id: plc.device_id.clone(),
        garage_code: mission.garage_code.clone(),
        store: mission.store,
        space_number: space.and_then(|space| space.plc_number).unwrap_or(0),
        passage: mission.passage.unwrap_or(0),
        progress: match mission.state {
            MissionState::Commanding => Progress::PerhapsCommanded,
            MissionState::Running => Progress::Taken,
            _ => Progress::Nothing,
        },
    }
}

/// A garage has come further with a mission. What does not follow from its state is a driver's late
/// word about something already settled.
pub fn stepped(case: &mut Case<'_>, id: i64, step: &MissionStep) -> Result<(), StoreError> {
    let Some(mission) = case.tx.mission(id)?.filter(|mission| mission.state.is_active()) else {
        return Ok(());
    };
    let Some((_, plc)) = garage_with_plc(case.rules, &mission.garage_code) else {
        return Ok(());
    };
    match step {
        MissionStep::Commanding => commanding(case, mission),
        MissionStep::Taken(seconds) => {
            let takes = seconds.map_or(takes(&mission, plc), SignedDuration::from_secs);
            taken(case, mission, takes)
        }
        MissionStep::Remaining(seconds) => remaining_now(case, mission, *seconds),
        MissionStep::Done => done(case, mission, plc),
        MissionStep::Refused(code) => {
            let meaning = ErrorCode(*code).meaning().map(|(zh, _)| zh.to_owned());
            let words = meaning.unwrap_or_else(|| Reproach::ControllerRefused.text());
            fail(case, mission, Some(*code), words)
        }
        MissionStep::Lost(why) => lost(case, mission, plc, *why),
    }
}

fn commanding(case: &mut Case<'_>, mission: Mission) -> Result<(), StoreError> {
    if mission.state == MissionState::Sent {
        case.tx.set_mission(&Mission { state: MissionState::Commanding, ..mission })?;
    }
    Ok(())
}

fn taken(case: &mut Case<'_>, mission: Mission, takes: SignedDuration) -> Result<(), StoreError> {
    let ends = Some(later(case.now, takes));
    case.tell(Happening::MissionTaken { mission: mission.id, seconds: takes.as_secs() });
    case.out.settles = true;
    case.tx.set_mission(&Mission { state: MissionState::Running, ends, ..mission })
}

fn remaining_now(case: &mut Case<'_>, mission: Mission, seconds: i64) -> Result<(), StoreError> {
    let ends = later(case.now, SignedDuration::from_secs(seconds));
    let moved = mission.ends.map(|before| ends.duration_since(before).abs());
    if moved.is_none_or(|moved| moved >= NOT_WORTH_NOTING) {
        case.tx.set_mission(&Mission { ends: Some(ends), ..mission })?;
    }
    Ok(())
}

fn done(case: &mut Case<'_>, mission: Mission, plc: &GaragePlc) -> Result<(), StoreError> {
    let ended = Mission { state: MissionState::Done, ends: None, ..mission };
    case.tx.set_mission(&ended)?;
    case.out.settles = true;
    case.tell(Happening::MissionDone { mission: ended.id, store: ended.store });
    let code = if ended.store { event_type::STORED } else { event_type::RETRIEVED };
    let kind = Alarm { code, class: EventClass::Ordinary };
    let meaning = event_meaning(code, kind.class).unwrap_or_default();
    let remark = Remark::Said(meaning);
    let moved = with_its_car(case, &ended)?;
    report::mission_event(case, &plc.device_id, &moved, kind, &remark)?;
    if !ended.store {
        taken_out(case, &ended)?;
    }
    match &ended.space_no {
        Some(space_no) => space::moved(case, space_no, ended.store)?,
        // The PLC chose the space: it is one of the garage's, though nobody knows which.
        None => garages::changed(case, &ended.garage_code),
    }
    if ended.store {
        stored(case, &ended)?;
    }
    advance(case, &ended.garage_code)
}

/// A car was taken out: its record has no space any more, and the platform hears of it (5006).
fn taken_out(case: &mut Case<'_>, mission: &Mission) -> Result<(), StoreError> {
    let Some(space_no) = &mission.space_no else { return Ok(()) };
    let record = match &mission.plate_no {
        Some(plate_no) => case.tx.open_record_by_any_plate(plate_no)?,
        None => case.tx.open_record_at(space_no)?,
    };
    if let Some(record) = record.filter(|record| record.space_no.as_ref() == Some(space_no)) {
        let record = ParkingRecord { space_no: None, ..record };
        case.tx.update_record(&record)?;
        report::record(case, RecordReport::Corrected, &record)?;
    }
    Ok(())
}

/// A mission with the plate of its car, where the order named its space only.
fn with_its_car(case: &Case<'_>, mission: &Mission) -> Result<Mission, StoreError> {
    let mut mission = mission.clone();
    if mission.plate_no.is_none()
        && let Some(space_no) = &mission.space_no
        && let Some(record) = case.tx.open_record_at(space_no)?
    {
        mission.plate_no = record.plate_no.map(|plate_no| plate_no.to_string());
    }
    Ok(mission)
}

/// A car stands in the garage: its record gets the space, and the platform hears of it (5006).
fn stored(case: &mut Case<'_>, mission: &Mission) -> Result<(), StoreError> {
    let Some(plate_no) = &mission.plate_no else { return Ok(()) };
    let Some(before) = case.tx.open_record_by_any_plate(plate_no)? else { return Ok(()) };
    let record = ParkingRecord {
        space_no: mission.space_no.clone().or_else(|| before.space_no.clone()),
        garage_code: Some(mission.garage_code.clone()),
        ..before.clone()
    };
    case.tx.update_record(&record)?;
    let moved = record.space_no != before.space_no;
    if moved {
        // It does not stand where it was expected.
        stay::vacate(case, &before)?;
    }
    report::record(case, RecordReport::Corrected, &record)
}

fn lost(
    case: &mut Case<'_>,
    mission: Mission,
    plc: &GaragePlc,
    why: LostWhy,
) -> Result<(), StoreError> {
    let (of_its_car, remark) = (with_its_car(case, &mission)?, Remark::MissionLost(why));
    fail(case, mission, None, remark.text())?;
    let alarm = Alarm { code: event_type::CONTROLLER, class: EventClass::Alarm };
    report::mission_event(case, &plc.device_id, &of_its_car, alarm, &remark)
}

fn fail(
    case: &mut Case<'_>,
    mission: Mission,
    code: Option<i64>,
    words: String,
) -> Result<(), StoreError> {
    let garage_code = mission.garage_code.clone();
    case.tell(Happening::MissionFailed { mission: mission.id, words: words.clone() });
    case.tx.set_mission(&Mission {
        state: MissionState::Failed,
        ends: None,
        fault_code: Some(code.unwrap_or(ErrorCode::NO_LONGER_VALID.0)),
        fault: Some(words),
        ..mission
    })?;
    case.out.settles = true;
    advance(case, &garage_code)
}

/// Seconds until a mission is expected to be finished: what is before it in its garage included.
pub fn remaining(case: &Case<'_>, mission: &Mission) -> Result<i64, StoreError> {
    let Some((_, plc)) = garage_with_plc(case.rules, &mission.garage_code) else { return Ok(0) };
    if !mission.state.is_open() {
        return Ok(0);
    }
    let mut free_at = case.now;
    for one in case.tx.open_missions(&mission.garage_code)? {
        let begins = if one.state.is_active() { case.now } else { free_at.max(one.due) };
        let ends = one.ends.unwrap_or_else(|| later(begins, takes(&one, plc))).max(case.now);
        free_at = free_at.max(ends);
        if one.id == mission.id {
            return Ok(seconds_until(case.now, ends));
        }
    }
    Ok(0)
}

fn seconds_until(now: Timestamp, then: Timestamp) -> i64 {
    let milliseconds = then.duration_since(now).as_millis();
    milliseconds.saturating_add(999).div_euclid(1000).try_into().unwrap_or(i64::MAX)
}

/// The garage of that code, and its PLC when it can store and retrieve.
pub fn garage_with_plc<'a>(
    rules: &'a Rules,
    garage_code: &str,
) -> Option<(&'a Garage, &'a GaragePlc)> {
    let garage = rules.garage(garage_code)?;
    Some((garage, garage.plc.as_ref()?))
}
