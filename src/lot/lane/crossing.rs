//! A car that was let pass and is not through yet. Where a loop lies under the barrier's arm, its record
//! is made when the car has driven over it; a car that backs out leaves none.

use super::{barrier, condition};
use crate::lot::case::Case;
use crate::lot::rights::access::{self, Terms};
use crate::lot::rules::Lane;
use crate::lot::stay;
use crate::lot::stay::sighting::Sighting;
use crate::model::happening::Happening;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{Passing, StoreError};

/// Whether a lane's loop can be trusted to see the car pass.
pub fn is_watched(case: &Case<'_>, lane: &Lane) -> Result<bool, StoreError> {
    let Some(passing_loop) = &lane.passing_loop else { return Ok(false) };
    Ok(case.tx.device_online(passing_loop.device_id.as_str())? == Some(true))
}

/// The car may pass now.
pub fn begin(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    settle_former(case, sighting.lane)?;
    let on_loop = match &sighting.lane.passing_loop {
        Some(contact) => barrier::is_active(case, contact)?,
        None => false,
    };
    case.tx.set_passing(&Passing {
        lane_id: sighting.lane.id.to_string(),
        car: sighting.car.clone(),
        decided_at: case.now,
        on_loop,
    })
}

/// The next car is there: the one before it has passed if it was on the loop, else it has gone back.
pub fn settle_former(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    // A lane without a loop has nobody between its barrier and its record.
    if lane.passing_loop.is_none() {
        return Ok(());
    }
    match case.tx.passing_in(lane.id.as_str())? {
        Some(passing) if passing.on_loop => complete(case, lane, passing),
        Some(passing) => give_up(case, lane, &passing),
        None => Ok(()),
    }
}

/// Whether that car is the one that may pass here just now.
pub fn is_passing(case: &Case<'_>, lane: &Lane, plate: &PlateNo) -> Result<bool, StoreError> {
    Ok(lane.passing_loop.is_some()
        && case.tx.passing_in(lane.id.as_str())?.is_some_and(|one| one.car.plate_no == *plate))
}

/// The loop of a lane is taken, or free again.
pub fn loop_changed(case: &mut Case<'_>, lane: &Lane, taken: bool) -> Result<(), StoreError> {
    match case.tx.passing_in(lane.id.as_str())? {
        Some(passing) if taken => case.tx.set_passing(&Passing { on_loop: true, ..passing }),
        Some(passing) if passing.on_loop => complete(case, lane, passing),
        _ => Ok(()),
    }
}

/// A camera saw a car turn back.
pub fn turned_back(
    case: &mut Case<'_>,
    camera: &Id,
    plate: Option<&PlateNo>,
) -> Result<(), StoreError> {
    let Some(lane) = case.rules.lane_of_camera(camera) else { return Ok(()) };
    if let Some(passing) = case.tx.passing_in(lane.id.as_str())?
        && !passing.on_loop
        && plate.is_none_or(|plate| *plate == passing.car.plate_no)
    {
        give_up(case, lane, &passing)?;
        barrier::close(case, lane)?;
    }
    let waiting = case.tx.waiting_in(lane.id.as_str())?;
    if let Some(gone) = waiting.filter(|one| plate == Some(&one.car.plate_no)) {
        case.tx.forget_exit_reads(gone.car.plate_no.as_str())?;
        case.tx.clear_waiting(lane.id.as_str())?;
        condition::review(case, lane)?;
    }
    Ok(())
}

/// Time has passed: a car that has not driven on by now has gone back. Where the loop has fallen silent
/// meanwhile nobody can tell, and a record too many is better than one too few.
pub fn expire(case: &mut Case<'_>) -> Result<(), StoreError> {
    for passing in case.tx.all_passing()? {
        let Some(lane) = case.rules.lane(&Id::from(passing.lane_id.as_str())) else {
            case.tx.clear_passing(&passing.lane_id)?;
            continue;
        };
        if case.now.duration_since(passing.decided_at) < lane.pass_within {
            continue;
        }
        if !is_watched(case, lane)? {
            complete(case, lane, passing)?;
        } else if !passing.on_loop {
            give_up(case, lane, &passing)?;
            barrier::close(case, lane)?;
        }
    }
    Ok(())
}

/// The car is through. What it was let pass for is decided once more, as of then and not as of now: it may
/// have stood on the loop for a minute, and a lane of both directions would find it inside by now.
fn complete(case: &mut Case<'_>, lane: &Lane, passing: Passing) -> Result<(), StoreError> {
    case.tx.clear_passing(lane.id.as_str())?;
    let sighting = Sighting::kept(lane, passing.car, passing.decided_at);
    let plate_no = sighting.plate().as_str();
    let decision = access::decide(case, lane, plate_no, sighting.at)?;
    // Its stay was begun or ended elsewhere while it stood here.
    let settled_since = match &decision.terms {
        Terms::ComeIn(coming) => {
            coming.unseen.as_ref().is_some_and(|inside| inside.enter_time > sighting.at)
        }
        Terms::Leave(leaving) => leaving.record.enter_time > sighting.at,
        Terms::Unknown => {
            let left = case.tx.last_closed_record_of(plate_no)?;
            left.and_then(|left| left.leave_time).is_some_and(|left| left >= sighting.at)
        }
    };
    if settled_since { Ok(()) } else { stay::begin_or_end(case, &sighting, decision) }
}

fn give_up(case: &mut Case<'_>, lane: &Lane, passing: &Passing) -> Result<(), StoreError> {
    case.tx.clear_passing(lane.id.as_str())?;
    case.tx.forget_exit_reads(passing.car.plate_no.as_str())?;
    // It may have been about to take a space.
    case.space_freed();
    let (lane, plate) = (lane.name.clone(), passing.car.plate_no.to_string());
    case.tell(Happening::BackedOut { lane, plate });
    Ok(())
}
