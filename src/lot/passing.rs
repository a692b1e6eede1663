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
        plate_no: passage.plate.to_string(),
        plate_color: passage.plate_color.clone(),
        license_plate_type: passage.license_plate_type,
        car_model: passage.car_model,
        device_id: passage.device_id.to_string(),
        images: serde_json::to_string(&passage.images).unwrap_or_default(),
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
    match tx.passing_in(lane.id.as_str())? {
        Some(car) if car.on_loop => complete(tx, context, lane, &car, out),
        Some(car) => give_up(tx, lane, &car, out),
        None => Ok(()),
    }
}

/// Whether that car is the one that may pass here just now.
pub(super) fn is_passing(
    tx: &Transaction<'_>,
    lane: &Lane,
    plate_no: &str,
) -> Result<bool, LotError> {
    Ok(tx.passing_in(lane.id.as_str())?.is_some_and(|car| car.plate_no == plate_no))
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
        Some(car) if taken => Ok(tx.set_passing(&Passing { on_loop: true, ..car })?),
        Some(car) if car.on_loop => complete(tx, context, lane, &car, out),
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
    if let Some(car) = tx.passing_in(lane.id.as_str())?
        && !car.on_loop
        && plate.is_none_or(|plate| plate.as_str() == car.plate_no)
    {
        give_up(tx, lane, &car, &mut out)?;
        barrier::close(lane, &mut out);
    }
    let waiting = tx.waiting_in(lane.id.as_str())?;
    if waiting.is_some_and(|car| plate.is_some_and(|plate| plate.as_str() == car.plate_no)) {
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
    for car in tx.all_passing()? {
        let Some(lane) = context.rules.lane(&car.lane_id) else {
            tx.clear_passing(&car.lane_id)?;
            continue;
        };
        if context.now.duration_since(car.decided_at) < lane.pass_within {
            continue;
        }
        if !is_watched(tx, lane)? {
            complete(tx, context, lane, &car, out)?;
        } else if !car.on_loop {
            give_up(tx, lane, &car, out)?;
            barrier::close(lane, out);
        }
    }
    Ok(())
}

fn complete(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    car: &Passing,
    out: &mut Outcome,
) -> Result<(), LotError> {
    tx.clear_passing(lane.id.as_str())?;
    let Ok(plate) = car.plate_no.parse() else { return Ok(()) };
    let passage = Passage {
        lane,
        plate,
        plate_color: car.plate_color.clone(),
        license_plate_type: car.license_plate_type,
        car_model: car.car_model,
        device_id: car.device_id.as_str().into(),
        images: serde_json::from_str(&car.images).unwrap_or_default(),
        at: car.decided_at,
        live: true,
        cause: None,
    };
    passage::record(tx, context, &passage, out)
}

fn give_up(
    tx: &Transaction<'_>,
    lane: &Lane,
    car: &Passing,
    out: &mut Outcome,
) -> Result<(), LotError> {
    tx.clear_passing(lane.id.as_str())?;
    out.tell(Happening::BackedOut { lane: lane.name.clone(), plate: car.plate_no.clone() });
    Ok(())
}

/// Whether an input says yes, as it was last read.
pub(super) fn is_active(tx: &Transaction<'_>, input: &Input) -> Result<bool, LotError> {
    let closed = tx.input_closed(input.device_id.as_str(), input.input)?;
    Ok(closed.is_some_and(|closed| closed != input.inverted))
}
