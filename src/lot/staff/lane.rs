//! Lanes opened, stopped and put back into service by staff.

use super::{Done, correct};
use crate::lot::case::{Case, Stop};
use crate::lot::lane::by_hand::{self, Known};
use crate::lot::lane::pass::ByHand;
use crate::lot::lane::passage;
use crate::lot::lane::{barrier, condition};
use crate::lot::rules::{Lane, LaneDirection, Rules};
use crate::model::barrier::Movement;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::model::staff::{Correction, Refusal};
use crate::standard::id::Id;
use crate::store::SeenCar;
use serde_json::json;

pub(super) fn lane<'a>(rules: &'a Rules, lane_id: &Id) -> Result<&'a Lane, Refusal> {
    rules.lane(lane_id).ok_or(Refusal::NoLane)
}

pub(super) fn open(
    case: &mut Case<'_>,
    lane_id: &Id,
    record_id: Option<&Id>,
    operator: &str,
    reason: &str,
) -> Done {
    let lane = lane(case.rules, lane_id)?;
    let known = match record_id {
        Some(_) if lane.direction == LaneDirection::Entry => return Err(Refusal::LeadsIn.into()),
        Some(record_id) => car_of(case, lane, record_id, operator)?,
        None => Known::Nothing,
    };
    let hand = ByHand::Staff { operator, reason };
    let plate_no = by_hand::open_by_hand(case, lane, hand, known)?;
    Ok(json!({ "status": "opened", "plateNo": plate_no }))
}

/// The car of a record that staff say stands here: its plate was misread when it came in. What the exit's
/// camera has read is the better reading, and the record is corrected first.
fn car_of(
    case: &mut Case<'_>,
    lane: &Lane,
    record_id: &Id,
    operator: &str,
) -> Result<Known, Stop<Refusal>> {
    let record = case.tx.open_record(record_id)?;
    let record = record.ok_or(Refusal::NoRecord)?;
    let waiting = passage::waiting_car(case, lane)?.map(|waiting| waiting.car);
    if let Some(SeenCar { plate_no, .. }) = waiting.filter(SeenCar::has_plate) {
        if record.plate_no.as_ref() != Some(&plate_no) {
            let (record_id, plate_no) = (Some(record_id.clone()), Some(plate_no));
            let correction = Correction { record_id, plate_no, ..Correction::default() };
            correct::correct(case, operator, &correction)?;
            return Ok(Known::Misread);
        }
        return Ok(Known::Nothing);
    }
    let plate_no = record.plate_no.ok_or(Refusal::NoRecord)?;
    Ok(Known::Car(Box::new(SeenCar {
        plate_no,
        plate_color: record.plate_color,
        license_plate_type: record.license_plate_type,
        car_model: record.car_model,
        car_color: record.car_color,
        car_logo: record.car_logo,
        ..SeenCar::unread(lane.camera.clone())
    })))
}

pub(super) fn move_barrier(
    case: &mut Case<'_>,
    lane_id: &Id,
    movement: Movement,
    operator: &str,
) -> Done {
    let lane = lane(case.rules, lane_id)?;
    if movement != Movement::HoldOpen && case.tx.all_up()?.is_some() {
        return Err(Refusal::AllUp.into());
    }
    if !barrier::move_by_hand(case, lane, movement)? {
        return Err(Refusal::NoSuchOutput.into());
    }
    let (lane, by) = (lane.name.clone(), operator.to_owned());
    case.tell(Happening::MovedByHand { lane, movement, by });
    Ok(json!({ "status": "commanded" }))
}

pub(super) fn stop(case: &mut Case<'_>, lane_id: &Id, operator: &str, reason: &str) -> Done {
    let lane = lane(case.rules, lane_id)?;
    condition::set_stopped(
        case,
        lane,
        Some(Remark::StoppedByStaff { by: operator, reason }.text()),
    )?;
    Ok(json!({ "status": "stopped" }))
}

pub(super) fn put_back(case: &mut Case<'_>, lane_id: &Id) -> Done {
    let lane = lane(case.rules, lane_id)?;
    condition::set_stopped(case, lane, None)?;
    case.anybody_may_pass();
    Ok(json!({ "status": "normal" }))
}
