//! Whom a car may be that was read as nobody inside: what is taken by itself, what staff are shown, what is left to them.
//! It weighs readings against the plates of who is inside; which reading means the car that stands in the lane already is
//! `recognise`'s.

use crate::lot::case::Case;
use crate::lot::likeness::{self, Cost, Judgement};
use crate::lot::report;
use crate::lot::rights::access;
use crate::lot::rules::{Lane, LaneDirection};
use crate::lot::stay::rename;
use crate::model::event_kind::EventKind;
use crate::model::exit::PlateMatch;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::standard::plate_kind::plate_kind;
use crate::standard::ticket_number::is_ticket_number;
use crate::store::{ParkingRecord, RecordType, SeenCar, StoreError};
use jiff::SignedDuration;

/// A plate whose car came and left within this time is no misreading of another.
const LEFT_LATELY: SignedDuration = SignedDuration::from_hours(24);
/// Cars that people are shown to choose from.
const SHOWN: usize = 5;

/// The one stay that a reading at the exit is surely of, where the lot takes what is sure.
pub fn sure_match(
    case: &Case<'_>,
    lane: &Lane,
    car: &SeenCar,
) -> Result<Option<ParkingRecord>, StoreError> {
    if case.rules.plate_match != PlateMatch::Sure || lane.direction == LaneDirection::Entry {
        return Ok(None);
    }
    one_sure(case, car)
}

/// Whether a car that seems to come in through a lane of both directions is far likelier one that goes out, misread: it
/// surely is like one that is inside, and it is left to staff.
pub fn rather_goes_out(case: &Case<'_>, lane: &Lane, car: &SeenCar) -> Result<bool, StoreError> {
    Ok(lane.direction == LaneDirection::Both
        && case.rules.plate_match == PlateMatch::Ask
        && car.has_plate()
        && case.tx.open_record_of(car.plate_no.as_str())?.is_none()
        && !access::is_expected(case, car.plate_no.as_str(), case.now)?
        && one_sure(case, car)?.is_some())
}

/// The one stay that a reading is surely of.
fn one_sure(case: &Case<'_>, car: &SeenCar) -> Result<Option<ParkingRecord>, StoreError> {
    let reading = car.plate_no.as_str();
    if came_and_left(case, reading)? {
        return Ok(None);
    }
    let Some(number) = judge(reading, &case.tx.plates_inside()?).sure else { return Ok(None) };
    let record_id = case.tx.numbered_record(number)?;
    let record = record_id.map(|id| case.tx.record(&id)).transpose()?.flatten();
    let Some(record) = record else { return Ok(None) };
    let differ = |one: &Option<String>, other: &Option<String>| {
        one.as_ref().zip(other.as_ref()).is_some_and(|(one, other)| one != other)
    };
    let other_car = differ(&record.plate_color, &car.plate_color)
        || differ(&record.car_color, &car.car_color)
        || differ(&record.car_logo, &car.car_logo);
    let watched =
        [record.plate_text(), reading].into_iter().try_fold(false, |watched, plate_no| {
            let listed =
                !case.tx.controls_of(plate_no, (case.now, case.ends_after(case.now)))?.is_empty();
            let held = access::is_held_by_others(case, plate_no, true, case.now)?;
            Ok::<_, StoreError>(watched || listed || held)
        })?;
    // Who is seen in another lane is not here.
    let elsewhere = is_elsewhere(case, &record, car)?;
    Ok((!other_car && !watched && !elsewhere).then_some(record))
}

/// Whether the car of a stay waits or passes in another lane than its camera's.
fn is_elsewhere(
    case: &Case<'_>,
    record: &ParkingRecord,
    car: &SeenCar,
) -> Result<bool, StoreError> {
    let here = case.rules.lane_of_camera(&car.device_id).map_or("", |lane| lane.id.as_str());
    let waits = !case.tx.waiting_elsewhere(record.plate_text(), here)?.is_empty();
    let passes = case
        .tx
        .passing_of(record.plate_text())?
        .into_iter()
        .any(|one| one.lane_id != here && Some(&one.car.plate_no) == record.plate_no.as_ref());
    Ok(waits || passes)
}

/// Whether a plate came and left lately: then it is itself and no misreading.
pub fn came_and_left(case: &Case<'_>, plate_no: &str) -> Result<bool, StoreError> {
    let left = case.tx.last_closed_record_of(plate_no)?.and_then(|record| record.leave_time);
    Ok(left.is_some_and(|left| case.now.duration_since(left) < LEFT_LATELY))
}

/// Whether a plate with a right to leave, but not inside, may be a misreading of one that is: then staff look first.
pub fn may_be_another(case: &Case<'_>, lane: &Lane, car: &SeenCar) -> Result<bool, StoreError> {
    if case.rules.plate_match == PlateMatch::Exact
        || lane.direction == LaneDirection::Entry
        || came_and_left(case, car.plate_no.as_str())?
    {
        return Ok(false);
    }
    let judged = judge(car.plate_no.as_str(), &case.tx.plates_inside()?);
    Ok(judged.likely.first().is_some_and(|nearest| nearest.cost <= Cost::SURE))
}

/// A car is taken for one that is inside though it was read otherwise: that is told once, and the record says so.
pub fn matched(
    case: &mut Case<'_>,
    car: SeenCar,
    record: &ParkingRecord,
    lane: &Lane,
) -> Result<SeenCar, StoreError> {
    let Some(kept) = record.plate_no.clone() else { return Ok(car) };
    let reading = car.plate_no.clone();
    if case.tx.first_sight(&format!("matched:{}:{reading}", record.id), case.now)? {
        let abnormal = ParkingRecord { record_type: RecordType::Abnormal, ..record.clone() };
        case.tx.update_record(&abnormal)?;
        let remark = Remark::Matched { reading: reading.as_str(), kept: kept.as_str() };
        report::plate_event(case, EventKind::Matched, &kept, Some(lane), case.now, &remark)?;
        case.tell(Happening::Matched {
            lane: lane.name.clone(),
            reading: reading.to_string(),
            plate: kept.to_string(),
            record: record.id.clone(),
        });
    }
    if is_truer(&reading, &kept)
        && rename::rename(case, &record.id, &reading, car.plate_color.as_deref())?
    {
        return Ok(SeenCar { read_as: Some(kept), ..car });
    }
    Ok(car.known_as(kept))
}

/// The stays that a car held as unknown at an exit may be of, the likeliest first: cars like it, or without a plate.
pub fn candidates(case: &Case<'_>, lane: &Lane, car: &SeenCar) -> Result<Vec<Id>, StoreError> {
    if lane.direction == LaneDirection::Entry {
        return Ok(Vec::new());
    }
    let inside = case.tx.plates_inside()?;
    // Who was read badly may be one that it is like, too.
    let reading = if car.has_plate() { Some(&car.plate_no) } else { car.read_as.as_ref() };
    let like = match reading {
        Some(reading) if case.rules.plate_match != PlateMatch::Exact => {
            judge(reading.as_str(), &inside).likely
        }
        _ => Vec::new(),
    };
    let mut candidates: Vec<i64> = like.into_iter().map(|candidate| candidate.key).collect();
    if !car.has_plate() {
        let tickets = inside.into_iter().rev().filter(|(_, plate_no)| is_ticket_number(plate_no));
        candidates.extend(tickets.map(|(number, _)| number).take(SHOWN));
    }
    candidates.truncate(SHOWN);
    let ids = candidates.into_iter().map(|number| case.tx.numbered_record(number));
    ids.filter_map(Result::transpose).collect()
}

/// How alike a reading is to each plate inside.
fn judge(reading: &str, inside: &[(i64, String)]) -> Judgement<i64> {
    likeness::judge(reading, inside.iter().map(|(number, plate_no)| (*number, plate_no.as_str())))
}

/// Whether a reading is a plate and what is kept is none: then the reading is the true one.
pub fn is_truer(reading: &PlateNo, kept: &PlateNo) -> bool {
    plate_kind(reading.as_str()).is_some() && plate_kind(kept.as_str()).is_none()
}
