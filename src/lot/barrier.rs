//! Barrier commands: noted before they leave, so that a crash in between forgets none.

use super::event::{Act, Actuation};
use super::{Barrier, Context, Lane, LotError, Outcome, passing};
use crate::happening::{BarrierFault, Happening};
use crate::standard::id::Id;
use crate::store::{LaneCondition, Transaction};
use std::time::Instant;

/// Opens a lane's barrier once the transaction has committed.
pub fn open(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    cause: Option<Instant>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let Some(barrier) = &lane.barrier else {
        let fault = BarrierFault::NoBarrier;
        out.tell(Happening::BarrierFault { lane: lane.name.clone(), fault });
        return Ok(());
    };
    let id = Id::random().to_string();
    tx.remove_unsent_actuations(lane.id.as_str())?;
    tx.add_actuation(&id, lane.id.as_str(), context.now)?;
    expect_up(tx, context, lane)?;
    out.actuations.push(opening(id, lane, barrier, cause));
    Ok(())
}

/// Where a limit switch tells, the arm has to be up in time.
fn expect_up(tx: &Transaction<'_>, context: Context<'_>, lane: &Lane) -> Result<(), LotError> {
    let Some(barrier_up) = &lane.barrier_up else { return Ok(()) };
    if passing::is_active(tx, barrier_up)? {
        return Ok(());
    }
    let condition = tx.lane_condition(lane.id.as_str())?;
    let up_by = Some(context.now + lane.open_within);
    tx.set_lane_condition(lane.id.as_str(), &LaneCondition { up_by, ..condition })?;
    Ok(())
}

/// The car still stands there because the command never reached its device.
pub fn open_after_all(
    tx: &Transaction<'_>,
    lane: &Lane,
    cause: Option<Instant>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let Some(barrier) = &lane.barrier else { return Ok(()) };
    if let Some(id) = tx.take_unsent_actuation(lane.id.as_str())? {
        out.actuations.push(opening(id, lane, barrier, cause));
    }
    Ok(())
}

/// Closes a lane's barrier, where an output closes it: nobody is coming through after all.
pub fn close(lane: &Lane, out: &mut Outcome) {
    if let Some(barrier) = &lane.barrier
        && let Some(output) = barrier.close
    {
        out.actuations.push(actuation(lane, barrier, Act::Pulse { output, opens: false }));
    }
}

/// A command that does not open the barrier.
pub(super) fn actuation(lane: &Lane, barrier: &Barrier, act: Act) -> Actuation {
    Actuation {
        id: Id::random().to_string(),
        lane_id: lane.id.clone(),
        lane: lane.name.clone(),
        device_id: barrier.device_id.clone(),
        act,
        cause: None,
    }
}

/// The command that opens a lane's barrier.
pub(super) fn opening(
    id: String,
    lane: &Lane,
    barrier: &Barrier,
    cause: Option<Instant>,
) -> Actuation {
    let act = Act::Pulse { output: barrier.output, opens: true };
    Actuation { id, cause, ..actuation(lane, barrier, act) }
}
