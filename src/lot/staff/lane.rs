//! Lanes opened, stopped and put back into service by staff.

use super::Done;
use crate::lot::case::Case;
use crate::lot::lane::passage::{self, ByHand};
use crate::lot::lane::{barrier, condition};
use crate::lot::rules::{Lane, Rules};
use crate::model::barrier::Movement;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::model::staff::Refusal;
use crate::standard::id::Id;
use serde_json::json;

fn lane<'a>(rules: &'a Rules, lane_id: &Id) -> Result<&'a Lane, Refusal> {
    rules.lane(lane_id).ok_or(Refusal::NoLane)
}

pub(super) fn open(case: &mut Case<'_>, lane_id: &Id, operator: &str, reason: &str) -> Done {
    let lane = lane(case.rules, lane_id)?;
    let plate_no = passage::open_by_hand(case, lane, ByHand::Staff { operator, reason })?;
    Ok(json!({ "status": "opened", "plateNo": plate_no }))
}

pub(super) fn move_barrier(
    case: &mut Case<'_>,
    lane_id: &Id,
    movement: Movement,
    operator: &str,
) -> Done {
    let lane = lane(case.rules, lane_id)?;
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
    Ok(json!({ "status": "normal" }))
}
