//! Barrier commands: noted before they leave, so that a crash in between forgets none.

use super::event::Actuation;
use super::{Barrier, Context, Lane, LotError, Outcome};
use crate::happening::{BarrierFault, Happening};
use crate::standard::id::Id;
use crate::store::Transaction;
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
    out.actuations.push(actuation(id, lane, barrier, cause));
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
        out.actuations.push(actuation(id, lane, barrier, cause));
    }
    Ok(())
}

/// The command that opens a lane's barrier.
pub(super) fn actuation(
    id: String,
    lane: &Lane,
    barrier: &Barrier,
    cause: Option<Instant>,
) -> Actuation {
    Actuation {
        id,
        lane_id: lane.id.clone(),
        lane: lane.name.clone(),
        barrier: barrier.clone(),
        cause,
    }
}
