//! Lanes opened, stopped and put back into service by staff.

use super::super::{Context, LotError, Outcome, barrier, lanes, passage};
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
    out.tell(Happening::OpenedByHand {
        lane: lane.name.clone(),
        by: operator.to_owned(),
        reason: reason.to_owned(),
    });
    let plate_no = passage::let_pass(tx, context, lane, out)?;
    if plate_no.is_none() {
        barrier::open(tx, context, lane, None, out)?;
    }
    Ok(Ok(json!({ "status": "opened", "plateNo": plate_no })))
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
