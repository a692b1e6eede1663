//! How a lane stands (5011): normal, congested, stopped.

use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rules::Lane;
use crate::model::happening::{Happening, Hold};
use crate::model::remark::Remark;
use crate::standard::codes::LaneState;
use crate::store::{AllUp, LaneCondition, StoreError, Waiting};

/// Looks at a lane and reports how it stands when that is otherwise than reported last.
pub fn review(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    // What it says while all barriers are up was said when that began.
    if case.tx.all_up()?.is_some() {
        return Ok(());
    }
    let condition = case.tx.lane_condition(lane.id.as_str())?;
    let (state, comment) = stands(case, lane, &condition)?;
    if state == condition.reported {
        return Ok(());
    }
    report::lane_state(case, lane, state, comment.as_ref())?;
    case.tx.change_lane(&lane.id, |condition| condition.reported = state)?;
    case.tell(Happening::LaneStands { lane: lane.name.clone(), state });
    Ok(())
}

/// Reports how a lane stands though that may be as before: its comment is another.
pub fn report(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let condition = case.tx.lane_condition(lane.id.as_str())?;
    let all_up = case.tx.all_up()?;
    let (state, comment) = match &all_up {
        Some(AllUp { by, reason, .. }) => (LaneState::Normal, Some(Remark::AllUp { by, reason })),
        None => stands(case, lane, &condition)?,
    };
    report::lane_state(case, lane, state, comment.as_ref())?;
    case.tx.change_lane(&lane.id, |condition| condition.reported = state)
}

/// Looks at all lanes. One that was reported as normal, and of which nothing is told, is so yet.
pub fn review_all(case: &mut Case<'_>) -> Result<(), StoreError> {
    let rules = case.rules;
    let (noted, offline) = (case.tx.lanes_of_note()?, case.tx.devices_offline()?);
    let is_to_be_looked_at = |lane: &&Lane| {
        let barrier = lane.barrier.as_ref().map(|barrier| &barrier.device_id);
        noted.contains(&lane.id)
            || offline.contains(&lane.camera)
            || barrier.is_some_and(|device_id| offline.contains(device_id))
    };
    let mut lanes = rules.lanes.iter().filter(is_to_be_looked_at);
    lanes.try_for_each(|lane| {
        let comes_to = case.comes_to(format_args!("lane {}", lane.id));
        if comes_to { review(case, lane) } else { Ok(()) }
    })
}

/// Staff take a lane out of service, or put it back (none).
pub fn set_stopped(
    case: &mut Case<'_>,
    lane: &Lane,
    stopped_by: Option<String>,
) -> Result<(), StoreError> {
    case.tx.change_lane(&lane.id, |condition| condition.stopped_by = stopped_by)?;
    review(case, lane)
}

/// Whether a held car counts as standing there still. Who is to pay is not read again while he looks for his
/// telephone.
pub fn still_stands(case: &Case<'_>, waiting: &Waiting) -> bool {
    let within = match waiting.reason {
        Hold::PaymentDue => case.rules.tariff.pay_within,
        _ => case.rules.waiting_for,
    };
    case.now.duration_since(waiting.last_read) <= within
}

fn stands<'a>(
    case: &Case<'_>,
    lane: &Lane,
    condition: &'a LaneCondition,
) -> Result<(LaneState, Option<Remark<'a>>), StoreError> {
    if let Some(stopped_by) = &condition.stopped_by {
        return Ok((LaneState::Stopped, Some(Remark::Said(stopped_by))));
    }
    // A display that is dark or a loop that is deaf stops no lane.
    let barrier = lane.barrier.as_ref().map(|barrier| &barrier.device_id);
    for device in [&lane.camera].into_iter().chain(barrier) {
        if case.tx.device_online(device.as_str())? == Some(false) {
            return Ok((LaneState::Stopped, Some(Remark::DeviceOffline)));
        }
    }
    if condition.barrier_faulty {
        return Ok((LaneState::Stopped, Some(Remark::BarrierFaulty)));
    }
    if case.tx.ends_the_process_in(lane.id.as_str())? > 0 {
        return Ok((LaneState::Congested, Some(Remark::CallStaff)));
    }
    let waiting = case.tx.waiting_in(lane.id.as_str())?;
    let Some(car) = waiting.filter(|car| still_stands(case, car)) else {
        return Ok((LaneState::Normal, None));
    };
    let held_for = case.now.duration_since(car.since);
    Ok(if held_for > case.rules.badly_congested_after {
        (LaneState::BadlyCongested, Some(Remark::CarHeld))
    } else if held_for > case.rules.congested_after {
        (LaneState::Congested, Some(Remark::CarHeld))
    } else {
        (LaneState::Normal, None)
    })
}
