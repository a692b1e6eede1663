//! Lanes opened, stopped and put back into service by staff.

use super::super::event::Act;
use super::super::{Context, Lane, LotError, Outcome, barrier, lanes, passage};
use super::{Done, Refusal};
use crate::happening::Happening;
use crate::standard::id::Id;
use crate::store::Transaction;
use serde_json::json;

pub(super) fn open(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane_id: &Id,
    operator: &str,
    reason: &str,
    out: &mut Outcome,
) -> Result<Done, LotError> {
    let Some(lane) = context.rules.lane(lane_id.as_str()) else {
        return Ok(Err(Refusal::NoLane));
    };
    let plate_no = open_by_hand(tx, context, lane, operator, reason, out)?;
    Ok(Ok(json!({ "status": "opened", "plateNo": plate_no })))
}

/// Opens a lane for whoever stands there; returns the plate of the car that waits, if one does. Without
/// one its camera takes a picture of who came through.
pub fn open_by_hand(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    operator: &str,
    reason: &str,
    out: &mut Outcome,
) -> Result<Option<String>, LotError> {
    out.tell(Happening::OpenedByHand {
        lane: lane.name.clone(),
        by: operator.to_owned(),
        reason: reason.to_owned(),
    });
    let plate_no = passage::let_pass(tx, context, lane, out)?;
    if plate_no.is_none() {
        barrier::open(tx, context, lane, None, out)?;
        out.snapshots.push((lane.camera.clone(), lane.name.clone()));
    }
    Ok(plate_no)
}

/// How staff move a barrier other than letting a car pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named for what they do")]
pub enum Movement {
    Close,
    Stop,
    HoldOpen,
    Release,
}

pub(super) fn move_barrier(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane_id: &Id,
    movement: Movement,
    operator: &str,
    out: &mut Outcome,
) -> Result<Done, LotError> {
    let Some(lane) = context.rules.lane(lane_id.as_str()) else {
        return Ok(Err(Refusal::NoLane));
    };
    let Some(barrier) = &lane.barrier else { return Ok(Err(Refusal::NoSuchOutput)) };
    let pulse = |output: Option<u8>| output.map(|output| Act::Pulse { output, opens: false });
    let output = barrier.output;
    let act = match movement {
        Movement::Close => pulse(barrier.close),
        Movement::Stop => pulse(barrier.stop),
        Movement::HoldOpen => Some(Act::Hold { output }),
        Movement::Release => Some(Act::Release { output }),
    };
    let Some(act) = act else { return Ok(Err(Refusal::NoSuchOutput)) };
    if matches!(movement, Movement::HoldOpen | Movement::Release) {
        let mut condition = tx.lane_condition(lane.id.as_str())?;
        condition.held_open = movement == Movement::HoldOpen;
        tx.set_lane_condition(lane.id.as_str(), &condition)?;
    }
    out.actuations.push(barrier::actuation(lane, barrier, act));
    let (lane, by) = (lane.name.clone(), operator.to_owned());
    out.tell(Happening::MovedByHand { lane, movement, by });
    Ok(Ok(json!({ "status": "commanded" })))
}

pub(super) fn set_stopped(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane_id: &Id,
    stopped_by: Option<String>,
    out: &mut Outcome,
) -> Result<Done, LotError> {
    let Some(lane) = context.rules.lane(lane_id.as_str()) else {
        return Ok(Err(Refusal::NoLane));
    };
    let status = if stopped_by.is_some() { "stopped" } else { "normal" };
    let mut condition = tx.lane_condition(lane.id.as_str())?;
    condition.stopped_by = stopped_by;
    tx.set_lane_condition(lane.id.as_str(), &condition)?;
    lanes::review(tx, context, lane, out)?;
    Ok(Ok(json!({ "status": status })))
}
