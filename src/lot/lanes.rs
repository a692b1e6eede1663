//! How a lane stands (5011): normal, congested, stopped.

use super::reports::Reporter;
use super::{Context, Lane, LotError, Outcome};
use crate::happening::Happening;
use crate::store::{LaneCondition, Transaction};

/// Table 69's states.
const NORMAL: i64 = 1;
const CONGESTED: i64 = 2;
const STOPPED: i64 = 4;

/// Looks at a lane and reports how it stands when that is otherwise than reported last.
pub fn review(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let condition = tx.lane_condition(lane.id.as_str())?;
    let (state, comment) = stands(tx, context, lane, &condition)?;
    if state == condition.reported {
        return Ok(());
    }
    let changed = LaneCondition { reported: state, ..condition };
    tx.set_lane_condition(lane.id.as_str(), &changed)?;
    Reporter::new(tx, context).lane_state(lane, state, &comment, out)?;
    out.tell(Happening::LaneStands { lane: lane.name.clone(), state });
    Ok(())
}

/// Looks at all lanes.
pub fn review_all(
    tx: &Transaction<'_>,
    context: Context<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    context.rules.lanes.iter().try_for_each(|lane| review(tx, context, lane, out))
}

fn stands(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    condition: &LaneCondition,
) -> Result<(i64, String), LotError> {
    if let Some(stopped_by) = &condition.stopped_by {
        return Ok((STOPPED, stopped_by.clone()));
    }
    let mut devices = vec![&lane.camera];
    // A display that is dark or a loop that is deaf stops no lane.
    devices.extend(lane.barrier.as_ref().map(|barrier| &barrier.device_id));
    for device in devices {
        if tx.device_online(device.as_str())? == Some(false) {
            return Ok((STOPPED, "设备离线".to_owned()));
        }
    }
    if condition.barrier_faulty {
        return Ok((STOPPED, "道闸故障".to_owned()));
    }
    let waiting = tx.waiting_in(lane.id.as_str())?;
    let held = waiting.is_some_and(|car| {
        let still_there = context.now.duration_since(car.last_read) <= context.rules.waiting_for;
        still_there && context.now.duration_since(car.since) > context.rules.congested_after
    });
    Ok(if held { (CONGESTED, "车辆滞留".to_owned()) } else { (NORMAL, String::new()) })
}
