//! What devices' states and answers mean for the lot.

use super::reports::Reporter;
use super::{Context, LotError, Outcome, barrier};
use crate::happening::{BarrierFault, Happening};
use crate::standard::id::Id;
use crate::store::{PendingActuation, Transaction};
use jiff::SignedDuration;
use std::time::Duration;

/// A barrier command this old is not sent again after a restart: the car has helped itself by then.
const REPEAT_ACTUATION_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// A device was heard after silence, or fell silent.
pub fn device_state(
    tx: &Transaction<'_>,
    context: Context<'_>,
    id: &Id,
    online: bool,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    if tx.set_device_online(id.as_str(), online)? {
        Reporter::new(tx, context).device_state(id, online, &mut out)?;
        let device = id.to_string();
        out.tell(if online {
            Happening::DeviceOnline { device }
        } else {
            Happening::DeviceOffline { device }
        });
    }
    Ok(out)
}

/// A barrier command was answered, refused or not answered.
pub fn barrier_answered(
    tx: &Transaction<'_>,
    context: Context<'_>,
    actuation: &str,
    lane_id: &Id,
    result: &Result<Duration, BarrierFault>,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    // What never left may still be sent when the car is read again; anything else must not be
    // repeated, because a second pulse can close some barriers.
    if matches!(result, Err(BarrierFault::Unreachable)) {
        tx.set_actuation_unsent(actuation)?;
    } else {
        tx.remove_actuation(actuation)?;
    }
    let lane = context
        .rules
        .lane(lane_id.as_str())
        .map_or_else(|| lane_id.to_string(), |l| l.name.clone());
    out.tell(match result {
        Ok(after) => Happening::BarrierConfirmed { lane, after: *after },
        Err(fault) => Happening::BarrierFault { lane, fault: fault.clone() },
    });
    Ok(out)
}

/// After a start: barrier commands that were decided but never answered go out once more as soon as
/// their device can be reached, unless they have grown old. The id is the same, so a device that got
/// the first can tell.
pub fn resume(tx: &Transaction<'_>, context: Context<'_>) -> Result<(), LotError> {
    for pending in tx.actuations()? {
        if is_fresh(context, &pending) {
            tx.set_actuation_unsent(&pending.id)?;
        } else {
            tx.remove_actuation(&pending.id)?;
        }
    }
    Ok(())
}

/// The way to a device is open: what never left for it leaves now, if the car may still be there.
pub fn reachable(
    tx: &Transaction<'_>,
    context: Context<'_>,
    device_id: &Id,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    for pending in tx.actuations()? {
        let lane = context.rules.lane(&pending.lane_id);
        let Some((lane, barrier)) = lane.and_then(|lane| Some((lane, lane.barrier.as_ref()?)))
        else {
            continue;
        };
        if barrier.device_id == *device_id
            && is_fresh(context, &pending)
            && tx.set_actuation_sent(&pending.id)?
        {
            out.actuations.push(barrier::actuation(pending.id, lane, barrier, None));
        }
    }
    Ok(out)
}

fn is_fresh(context: Context<'_>, pending: &PendingActuation) -> bool {
    context.now.duration_since(pending.decided_at) <= REPEAT_ACTUATION_WITHIN
}
