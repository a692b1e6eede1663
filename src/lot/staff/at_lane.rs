//! What people at a lane see and cameras do not: which car it is, that it has gone back, what came behind it; and all
//! barriers up.

use super::{Done, lane::lane};
use crate::lot::case::Case;
use crate::lot::lane::pass::ByHand;
use crate::lot::lane::{alike, all_up, gone_back, tailing};
use crate::lot::lane::{by_hand, passage};
use crate::lot::rules::{Lane, LaneDirection};
use crate::lot::stay::rename;
use crate::model::happening::Happening;
use crate::model::staff::{NamedCar, Refusal};
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{ParkingRecord, RecordType, SeenCar, StoreError};
use serde_json::json;

/// The car that waits in a lane has this plate: it is decided anew.
pub(super) fn name(
    case: &mut Case<'_>,
    lane_id: &Id,
    named: &NamedCar,
    operator: &str,
    reason: &str,
) -> Done {
    let lane = lane(case.rules, lane_id)?;
    let waiting = passage::waiting_car(case, lane)?.ok_or(Refusal::NobodyWaits)?;
    let plate_no = named.plate_no.clone().ok_or(Refusal::NotInside)?;
    let plate_no = known_by(case, plate_no)?;
    let reading = waiting.car.plate_no.clone();
    let car = with_named(waiting.car.known_as(plate_no.clone()), named);
    decide_anew(case, lane, &reading, car, (operator, reason))?;
    Ok(json!({ "status": "decided", "plateNo": plate_no }))
}

/// The plate that a car is known by inside, whichever of its plates somebody says.
fn known_by(case: &Case<'_>, plate_no: PlateNo) -> Result<PlateNo, StoreError> {
    let inside = case.tx.open_record_by_any_plate(plate_no.as_str())?;
    Ok(inside.and_then(|record| record.plate_no).unwrap_or(plate_no))
}

/// The car that waits in a lane, read as `reading`, is this one, says somebody.
fn decide_anew(
    case: &mut Case<'_>,
    lane: &Lane,
    reading: &PlateNo,
    car: SeenCar,
    (operator, reason): (&str, &str),
) -> Result<(), StoreError> {
    case.tell(Happening::NamedByHand {
        lane: lane.name.clone(),
        reading: reading.to_string(),
        plate: car.plate_no.to_string(),
        by: operator.to_owned(),
        reason: reason.to_owned(),
    });
    by_hand::named_by_hand(case, lane, car)
}

fn with_named(car: SeenCar, named: &NamedCar) -> SeenCar {
    SeenCar {
        plate_color: named.plate_color.clone().or(car.plate_color),
        car_model: named.car_model.or(car.car_model),
        ..car
    }
}

/// The car that waits in a lane is that of a stay, whose record keeps the entry's plate unless the person says which is
/// true, or the exit's reading is a plate and the entry's is none.
pub(super) fn choose(
    case: &mut Case<'_>,
    lane_id: &Id,
    record_id: &Id,
    true_plate: Option<&PlateNo>,
    said: (&str, &str),
) -> Done {
    let lane = lane(case.rules, lane_id)?;
    if lane.direction == LaneDirection::Entry {
        return Err(Refusal::LeadsIn.into());
    }
    let waiting = passage::waiting_car(case, lane)?.ok_or(Refusal::NobodyWaits)?;
    let record = case.tx.open_record(record_id)?;
    let record = record.ok_or(Refusal::NoRecord)?;
    let kept = record.plate_no.clone().ok_or(Refusal::NoRecord)?;
    let reading = waiting.car.plate_no.clone();
    let better = alike::is_truer(&reading, &kept).then(|| reading.clone());
    let corrected = true_plate.cloned().or(better).filter(|plate_no| *plate_no != kept);
    if let Some(plate_no) = &corrected
        && is_anothers(case, plate_no, record_id)?
    {
        return Err(Refusal::PlateInside.into());
    }
    if reading != kept {
        let abnormal = ParkingRecord { record_type: RecordType::Abnormal, ..record };
        case.tx.update_record(&abnormal)?;
    }
    if let Some(plate_no) = &corrected {
        let color = waiting.car.plate_color.as_deref().filter(|_| *plate_no == reading);
        rename::rename(case, record_id, plate_no, color)?;
    }
    let plate_no = corrected.unwrap_or_else(|| kept.clone());
    let car = waiting.car.known_as(plate_no.clone());
    // What was put right is what the stay had, where the reading was true.
    let wrong = if reading == plate_no { kept } else { reading };
    decide_anew(case, lane, &wrong, car, said)?;
    Ok(json!({ "status": "decided", "plateNo": plate_no, "recordId": record_id }))
}

/// Whether a plate is of another car inside.
fn is_anothers(case: &Case<'_>, plate_no: &PlateNo, record_id: &Id) -> Result<bool, StoreError> {
    let inside = case.tx.open_record_by_any_plate(plate_no.as_str())?;
    Ok(inside.is_some_and(|record| record.id != *record_id))
}

/// A car comes in or goes out by hand, with a record.
pub(super) fn let_through(
    case: &mut Case<'_>,
    lane_id: &Id,
    named: &NamedCar,
    operator: &str,
    reason: &str,
) -> Done {
    let lane = lane(case.rules, lane_id)?;
    // Nothing said of it, it is whoever waits there, by the plate that was read.
    let waiting = passage::waiting_car(case, lane)?.map(|waiting| waiting.car);
    let seen = waiting.unwrap_or_else(|| SeenCar::unread(lane.camera.clone()));
    let said = named.plate_no.clone().map(|plate_no| known_by(case, plate_no)).transpose()?;
    let car = match said {
        Some(plate_no) if plate_no != seen.plate_no => SeenCar { plate_no, read_as: None, ..seen },
        _ => seen,
    };
    let inside = car.has_plate() && case.tx.open_record_of(car.plate_no.as_str())?.is_some();
    if inside && lane.direction == LaneDirection::Entry {
        return Err(Refusal::PlateInside.into());
    }
    case.tell(Happening::OpenedByHand {
        lane: lane.name.clone(),
        by: operator.to_owned(),
        reason: reason.to_owned(),
    });
    let hand = ByHand::Staff { operator, reason };
    let plate_no = by_hand::let_through(case, lane, hand, with_named(car, named))?;
    Ok(json!({ "status": "opened", "plateNo": plate_no }))
}

/// The car that was let pass in a lane has gone back.
pub(super) fn backed_out(case: &mut Case<'_>, lane_id: &Id, operator: &str, reason: &str) -> Done {
    let lane = lane(case.rules, lane_id)?;
    if !gone_back::can_go_back(case, lane)? {
        return Err(Refusal::NobodyPassed.into());
    }
    let (name, by) = (lane.name.clone(), operator.to_owned());
    case.tell(Happening::BackedOutByHand { lane: name, by, reason: reason.to_owned() });
    gone_back::by_hand(case, lane)?;
    Ok(json!({ "status": "backed out" }))
}

/// What drove through behind another was the car of that stay, or none of its own.
pub(super) fn settle_tail(
    case: &mut Case<'_>,
    tail: i64,
    record_id: Option<&Id>,
    operator: &str,
    reason: &str,
) -> Done {
    let tail = case.tx.open_tail(tail)?.ok_or(Refusal::NoTail)?;
    if let Some(record_id) = record_id {
        let record = case.tx.open_record(record_id)?;
        let leads_out = case
            .rules
            .lane(&tail.lane_id)
            .is_none_or(|lane| lane.direction != LaneDirection::Entry);
        let own = tail.record_id.as_ref() == Some(record_id);
        if record.is_none() || !leads_out || own {
            return Err(Refusal::NoRecord.into());
        }
    }
    let lane = case.rules.lane(&tail.lane_id).map_or_else(String::new, |lane| lane.name.clone());
    let (by, reason) = (operator.to_owned(), reason.to_owned());
    case.tell(Happening::TailSettled { lane, by, reason });
    tailing::settle(case, &tail, record_id)?;
    Ok(json!({ "status": "settled" }))
}

/// All barriers go up.
pub(super) fn raise_all(case: &mut Case<'_>, operator: &str, reason: &str) -> Done {
    if case.tx.all_up()?.is_some() {
        return Err(Refusal::AllUp.into());
    }
    all_up::begin(case, operator, reason)?;
    Ok(json!({ "status": "all up" }))
}

/// They go back into service.
pub(super) fn end_raise_all(case: &mut Case<'_>, operator: &str, reason: &str) -> Done {
    if case.tx.all_up()?.is_none() {
        return Err(Refusal::NotAllUp.into());
    }
    all_up::end(case, operator, reason)?;
    Ok(json!({ "status": "normal" }))
}
