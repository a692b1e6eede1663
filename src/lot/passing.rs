//! A car that was let pass and has not passed yet. Where a loop lies under the barrier's arm, its record
//! is made when the car has driven over it; a car that backs out leaves none.

use super::passage::{self, Passage};
use super::{Context, Input, Lane, LotError, Outcome, barrier, lanes};
use crate::happening::Happening;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{Passing, Transaction};

/// Whether a lane's loop can be trusted to see the car pass.
pub(super) fn is_watched(tx: &Transaction<'_>, lane: &Lane) -> Result<bool, LotError> {
    let Some(passing_loop) = &lane.passing_loop else { return Ok(false) };
    Ok(tx.device_online(passing_loop.device_id.as_str())? == Some(true))
}

/// The car may pass now.
pub(super) fn begin(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    settle_former(tx, context, passage.lane, out)?;
    let on_loop = match &passage.lane.passing_loop {
        Some(input) => is_active(tx, input)?,
        None => false,
    };
    tx.set_passing(&Passing {
        lane_id: passage.lane.id.to_string(),
        car: passage.car(),
        decided_at: context.now,
        on_loop,
    })?;
    Ok(())
}

/// The next car is there: the one before it has passed if it was on the loop, else it has gone back.
pub(super) fn settle_former(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    out: &mut Outcome,
) -> Result<(), LotError> {
    // A lane without a loop has nobody between its barrier and its record.
    if lane.passing_loop.is_none() {
        return Ok(());
    }
    match tx.passing_in(lane.id.as_str())? {
        Some(passing) if passing.on_loop => complete(tx, context, lane, &passing, out),
        Some(passing) => give_up(tx, lane, &passing, out),
        None => Ok(()),
    }
}

/// Whether that car is the one that may pass here just now.
pub(super) fn is_passing(
    tx: &Transaction<'_>,
    lane: &Lane,
    plate_no: &str,
) -> Result<bool, LotError> {
    Ok(lane.passing_loop.is_some()
        && tx.passing_in(lane.id.as_str())?.is_some_and(|one| one.car.plate_no == plate_no))
}

/// The loop of a lane is taken, or free again.
pub(super) fn loop_changed(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    taken: bool,
    out: &mut Outcome,
) -> Result<(), LotError> {
    match tx.passing_in(lane.id.as_str())? {
        Some(passing) if taken => Ok(tx.set_passing(&Passing { on_loop: true, ..passing })?),
        Some(passing) if passing.on_loop => complete(tx, context, lane, &passing, out),
        _ => Ok(()),
    }
}

/// A camera saw a car turn back.
pub fn turned_back(
    tx: &Transaction<'_>,
    context: Context<'_>,
    camera: &Id,
    plate: Option<&PlateNo>,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    let Some(lane) = context.rules.lane_of_camera(camera) else { return Ok(out) };
    if let Some(passing) = tx.passing_in(lane.id.as_str())?
        && !passing.on_loop
        && plate.is_none_or(|plate| plate.as_str() == passing.car.plate_no)
    {
        give_up(tx, lane, &passing, &mut out)?;
        barrier::close(lane, &mut out);
    }
    let waiting = tx.waiting_in(lane.id.as_str())?;
    if waiting.is_some_and(|one| plate.is_some_and(|plate| plate.as_str() == one.car.plate_no)) {
        tx.clear_waiting(lane.id.as_str())?;
        lanes::review(tx, context, lane, &mut out)?;
    }
    Ok(out)
}

/// Time has passed: a car that has not driven on by now has gone back. Where the loop has fallen silent
/// meanwhile nobody can tell, and a record too many is better than one too few.
pub(super) fn expire(
    tx: &Transaction<'_>,
    context: Context<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    for passing in tx.all_passing()? {
        let Some(lane) = context.rules.lane(&passing.lane_id) else {
            tx.clear_passing(&passing.lane_id)?;
            continue;
        };
        if context.now.duration_since(passing.decided_at) < lane.pass_within {
            continue;
        }
        if !is_watched(tx, lane)? {
            complete(tx, context, lane, &passing, out)?;
        } else if !passing.on_loop {
            give_up(tx, lane, &passing, out)?;
            barrier::close(lane, out);
        }
    }
    Ok(())
}

fn complete(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    passing: &Passing,
    out: &mut Outcome,
) -> Result<(), LotError> {
    tx.clear_passing(lane.id.as_str())?;
    let Some(passage) = Passage::of(lane, &passing.car, passing.decided_at) else { return Ok(()) };
    passage::record(tx, context, &passage, out)
}

fn give_up(
    tx: &Transaction<'_>,
    lane: &Lane,
    passing: &Passing,
    out: &mut Outcome,
) -> Result<(), LotError> {
    tx.clear_passing(lane.id.as_str())?;
    out.tell(Happening::BackedOut { lane: lane.name.clone(), plate: passing.car.plate_no.clone() });
    Ok(())
}

/// Whether an input says yes, as it was last read.
pub(super) fn is_active(tx: &Transaction<'_>, input: &Input) -> Result<bool, LotError> {
    let closed = tx.input_closed(input.device_id.as_str(), input.input)?;
    Ok(closed.is_some_and(|closed| closed != input.inverted))
}
