//! A car that was let pass: from then until it has gone the barrier is its. Its record is made by what tells that it
//! passes: the loop under the arm, where there is one, when it has driven over it; else the arm's going up; where
//! nothing tells, the next car or a while without a read. One that backs out leaves no record where something tells.

use super::recognise::AT_ONCE;
use super::{barrier, stuck_loop, tailing, unseen};
use crate::lot::case::Case;
use crate::lot::rights::access::{self, Decision, Terms};
use crate::lot::rules::{Lane, LaneDirection};
use crate::lot::stay;
use crate::lot::stay::sighting::Sighting;
use crate::model::barrier::BarrierFault;
use crate::model::happening::Happening;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{Passing, StoreError, UnseenPassage};
use jiff::SignedDuration;

/// So long after a reading of its plate, a reading of nothing is still of that car.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// Whether a lane's loop can be trusted to see the car pass.
pub fn is_watched(case: &Case<'_>, lane: &Lane) -> Result<bool, StoreError> {
    let Some(passing_loop) = stuck_loop::believed(case, lane)? else { return Ok(false) };
    Ok(case.tx.device_online(passing_loop.device_id.as_str())? == Some(true))
}

/// The car may pass now, on the terms decided.
pub fn begin(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    decision: Decision,
) -> Result<(), StoreError> {
    let lane = sighting.lane;
    let leaves = decision.is_exit();
    let passing = let_pass(case, sighting, leaves, None)?;
    // Where neither a barrier nor a loop could tell, whoever is read is through.
    if lane.barrier.is_none() && lane.passing_loop.is_none() {
        case.tx.clear_passing(&passing)?;
        stay::begin_or_end(case, sighting, decision)?;
    }
    Ok(())
}

/// The same for a car whose stay has begun or ended here already, and that has not gone yet.
pub fn begin_again(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    before: &UnseenPassage,
) -> Result<(), StoreError> {
    let record_id = Some(before.record_id.clone());
    let_pass(case, sighting, before.leaves, record_id)?;
    let (lane, plate) = (sighting.lane.name.clone(), sighting.plate().to_string());
    case.tell(Happening::LetPassAgain { lane, plate });
    Ok(())
}

fn let_pass(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    leaves: bool,
    record_id: Option<Id>,
) -> Result<Passing, StoreError> {
    let lane = sighting.lane;
    // A loop that the car before is still on tells nothing of this one.
    let here = [case.tx.passing_in(lane.id.as_str())?, case.tx.ahead_in(lane.id.as_str())?];
    let taken_by_former = here.into_iter().flatten().any(|former| former.on_loop);
    tell_if_one_car(case, lane, sighting.plate())?;
    settle_former(case, lane, Some(sighting.plate()))?;
    let on_loop = match stuck_loop::believed(case, lane)? {
        Some(contact) => !taken_by_former && case.contact_says(contact)? == Some(true),
        None => false,
    };
    let passing = Passing {
        lane_id: lane.id.to_string(),
        car: sighting.car.clone(),
        ahead: false,
        leaves,
        decided_at: case.now,
        last_read: case.now,
        on_loop,
        unwatched: false,
        opened_at: None,
        record_id,
    };
    case.tx.set_passing(&passing)?;
    Ok(passing)
}

/// Another car is there, or nobody any more who was let pass: the one before it has passed if it was on the loop; a
/// loop that saw nobody says that it has gone back; where none could, it has passed.
pub fn settle_former(
    case: &mut Case<'_>,
    lane: &Lane,
    stands_there: Option<&PlateNo>,
) -> Result<(), StoreError> {
    let passing = case.tx.passing_in(lane.id.as_str())?;
    let before = passing.as_ref().map(|passing| &passing.car.plate_no);
    if stands_there.is_some() && stands_there == before {
        return Ok(());
    }
    if stands_there.is_some() {
        // Nor was what staff sent for nobody we know meant for this one.
        barrier::give_up(case, lane, before.map_or("—", PlateNo::as_str))?;
    }
    let Some(passing) = passing else { return Ok(()) };
    if passing.record_id.is_some() {
        case.tx.clear_passing(&passing)
    } else if passing.on_loop {
        // It drives over the loop yet, and what the loop tells next is of it.
        tailing::note_settled(case, lane, passing.leaves)?;
        record_unseen(case, lane, &passing)?;
        case.tx.clear_passing(&passing)
    } else if !is_watched(case, lane)? || passing.unwatched {
        assume_gone(case, lane, &passing)
    } else if passing.opened_at.is_some() && stands_there.is_some() {
        go_ahead(case, lane, passing)
    } else {
        give_up(case, lane, &passing)
    }
}

/// No loop has seen the one before drive on, and this one comes sooner than it can have: whoever looks after the records
/// has to know of both.
fn tell_if_one_car(case: &mut Case<'_>, lane: &Lane, second: &PlateNo) -> Result<(), StoreError> {
    let Some(before) = case.tx.passing_in(lane.id.as_str())? else { return Ok(()) };
    let at_once = case.now.duration_since(before.last_read) < AT_ONCE;
    if at_once && !before.on_loop && !before.car.is_of(second) {
        let (lane, first) = (lane.name.clone(), before.car.plate_no.to_string());
        case.tell(Happening::MayBeOneCar { lane, first, second: second.to_string() });
    }
    Ok(())
}

/// Another is read behind a car whose arm is up and that has not reached the loop: what the loop tells next is of it.
fn go_ahead(case: &mut Case<'_>, lane: &Lane, passing: Passing) -> Result<(), StoreError> {
    if let Some(before) = case.tx.ahead_in(lane.id.as_str())? {
        if before.on_loop {
            complete(case, lane, &before)?;
        } else {
            give_up(case, lane, &before)?;
        }
    }
    case.tx.clear_passing(&passing)?;
    case.tx.set_passing(&Passing { ahead: true, ..passing })
}

/// The car that has another behind it is read again: it stands there still, and it is the one behind that has gone.
pub fn come_back(case: &mut Case<'_>, lane: &Lane, plate: &PlateNo) -> Result<(), StoreError> {
    let ahead = case.tx.ahead_in(lane.id.as_str())?;
    let Some(ahead) = ahead.filter(|one| !one.on_loop && one.car.is_of(plate)) else {
        return Ok(());
    };
    case.tx.clear_passing(&ahead)?;
    settle_former(case, lane, None)?;
    case.tx.set_passing(&Passing { ahead: false, ..ahead })
}

/// The car that may pass here just now, if it is of that plate.
pub fn passing(
    case: &Case<'_>,
    lane: &Lane,
    plate: &PlateNo,
) -> Result<Option<Passing>, StoreError> {
    let passing = case.tx.passing_in(lane.id.as_str())?;
    Ok(passing.filter(|one| one.car.plate_no == *plate))
}

/// The car that was let pass is read again: it still stands there. Its barrier is opened again unless the arm is up.
pub fn read_again(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    passing: Passing,
) -> Result<(), StoreError> {
    let lane = sighting.lane;
    let up = match passing.opened_at {
        Some(opened_at) => barrier::stays_up(case, lane, opened_at)?,
        None => false,
    };
    // A reading of nothing long after the last is no proof that this car stands there.
    let told = sighting.read_plate || case.now.duration_since(passing.last_read) < TOLD_WITHIN;
    let on_loop = passing.on_loop;
    // What the arm did for it before it came down again is no evidence any more.
    let opened_at = passing.opened_at.filter(|_| up);
    case.tx.set_passing(&Passing { last_read: case.now, opened_at, ..passing })?;
    if up || on_loop || !told {
        return Ok(());
    }
    barrier::open_again(case, lane, sighting.cause)
}

/// A car that was let pass may not any more: somebody wants it held since.
pub fn take_back(case: &mut Case<'_>, lane: &Lane, passing: &Passing) -> Result<(), StoreError> {
    let plate = passing.car.plate_no.as_str();
    barrier::give_up(case, lane, plate)?;
    case.tx.clear_passing(passing)?;
    case.tx.forget_unseen_passage(plate)?;
    barrier::close(case, lane)
}

/// Something was changed: who was let pass, and has not been seen to go, may not any more if somebody wants it held or
/// its lane shut since. What was sent for it may still open.
pub fn take_back_held(case: &mut Case<'_>) -> Result<(), StoreError> {
    for passing in case.tx.all_passing()? {
        let Some(lane) = case.rules.lane(&Id::from(passing.lane_id.as_str())) else { continue };
        let undone = passing.record_id.is_none()
            && passing.opened_at.is_none()
            && !passing.on_loop
            && !passing.car.by_hand;
        if !undone || case.tx.all_up()?.is_some() {
            continue;
        }
        let plate_no = passing.car.plate_no.as_str();
        let stopped = case.tx.lane_condition(lane.id.as_str())?.stopped_by.is_some();
        if stopped || access::is_held_by_others(case, plate_no, passing.leaves, case.now)? {
            take_back(case, lane, &passing)?;
        }
    }
    Ok(())
}

/// Something has told that the arm of a lane is up.
pub fn arm_is_up(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let Some(mut passing) = case.tx.passing_in(lane.id.as_str())? else { return Ok(()) };
    if passing.opened_at.is_none() {
        passing.opened_at = Some(case.now);
        case.tx.set_passing(&passing)?;
    }
    if passing.record_id.is_none() && !is_watched(case, lane)? {
        record_unseen(case, lane, &passing)?;
    }
    Ok(())
}

/// Nothing is waited for: the car that was let pass is through.
pub fn pass_at_once(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    match case.tx.passing_in(lane.id.as_str())? {
        Some(passing) if passing.record_id.is_none() => record_unseen(case, lane, &passing),
        _ => Ok(()),
    }
}

/// Nobody heard the loops of a device, or none at all after a start: whoever was let pass meanwhile may have gone unseen.
pub fn loops_unheard(case: &mut Case<'_>, device_id: Option<&Id>) -> Result<(), StoreError> {
    for passing in case.tx.all_passing()? {
        let lane = case.rules.lane(&Id::from(passing.lane_id.as_str()));
        let its_loop = lane.and_then(|lane| lane.passing_loop.as_ref());
        let unheard = its_loop.is_some_and(|contact| {
            device_id.is_none_or(|device_id| contact.device_id == *device_id)
        });
        if unheard && passing.opened_at.is_some() {
            case.tx.set_passing(&Passing { unwatched: true, ..passing })?;
        }
    }
    Ok(())
}

/// The loop of a lane is taken, or free again.
pub fn loop_changed(case: &mut Case<'_>, lane: &Lane, taken: bool) -> Result<(), StoreError> {
    let ahead = case.tx.ahead_in(lane.id.as_str())?;
    let first = match ahead {
        Some(ahead) => Some(ahead),
        None => case.tx.passing_in(lane.id.as_str())?,
    };
    if taken && tailing::bounces(case, lane)? {
        return Ok(());
    }
    match first {
        Some(passing) if taken => {
            let opened_at = passing.opened_at.or(Some(case.now));
            case.tx.set_passing(&Passing { on_loop: true, opened_at, ..passing })
        }
        Some(passing) if passing.on_loop => {
            complete(case, lane, &passing)?;
            tailing::note_passage(case, lane, passing.leaves)
        }
        // What the settled car before it frees is none of its business.
        Some(_) if !taken => tailing::forget_settled(case, lane),
        None if !taken => tailing::loop_freed(case, lane),
        _ => Ok(()),
    }
}

/// The loop of a lane is free that nobody has believed: whose stay has begun or ended meanwhile may have left it just
/// now, and its barrier is commanded no more.
pub fn loop_believed_again(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    match case.tx.passing_in(lane.id.as_str())? {
        Some(passing) if passing.record_id.is_none() => return Ok(()),
        Some(passing) => case.tx.clear_passing(&passing)?,
        None => {}
    }
    barrier::settle(case, lane)
}

/// Time has passed: a car that has not driven on by now has gone back, where a loop would have seen it; where none could
/// it has gone on. Where the loop has fallen silent meanwhile nobody can tell, and a record too many is better than one
/// too few.
pub fn expire(case: &mut Case<'_>) -> Result<(), StoreError> {
    unseen::expire(case)?;
    stuck_loop::expire(case)?;
    for passing in case.tx.all_passing()? {
        if !case.comes_to(format_args!("passing {}", passing.lane_id)) {
            continue;
        }
        let Some(lane) = case.rules.lane(&Id::from(passing.lane_id.as_str())) else {
            case.tx.clear_passing(&passing)?;
            continue;
        };
        let quiet = case.now.duration_since(passing.last_read);
        let watched = is_watched(case, lane)? && !passing.unwatched;
        let patience =
            if lane.passing_loop.is_some() { lane.pass_within } else { case.rules.gone_after };
        if quiet < patience || (watched && passing.on_loop) {
            continue;
        }
        if passing.record_id.is_some() {
            case.tx.clear_passing(&passing)?;
        } else if watched && case.tx.all_up()?.is_none() {
            give_up(case, lane, &passing)?;
            // Nothing comes down on the one that may pass now.
            if case.tx.passing_in(lane.id.as_str())?.is_none() {
                barrier::close(case, lane)?;
            }
        } else {
            assume_gone(case, lane, &passing)?;
        }
    }
    Ok(())
}

/// The car is through; a loop saw it.
fn complete(case: &mut Case<'_>, lane: &Lane, passing: &Passing) -> Result<(), StoreError> {
    // What was sent since is for the car behind.
    if !passing.ahead {
        barrier::settle(case, lane)?;
    }
    case.tx.clear_passing(passing)?;
    case.tx.forget_unseen_passage(passing.car.plate_no.as_str())?;
    if passing.record_id.is_none() {
        record(case, lane, passing)?;
    }
    Ok(())
}

/// Nothing has told that the arm went up, and the car is not there any more: it has gone through all the same.
fn assume_gone(case: &mut Case<'_>, lane: &Lane, passing: &Passing) -> Result<(), StoreError> {
    // Where another gateway opens, nothing tells of it here.
    if passing.opened_at.is_none() && !case.tx.stands_back()? {
        let (name, plate) = (lane.name.clone(), passing.car.plate_no.to_string());
        case.tell(Happening::AssumedGone { lane: name, plate });
        barrier::disobeys(case, lane, &BarrierFault::Unproven)?;
    }
    record_unseen(case, lane, passing)?;
    case.tx.clear_passing(passing)
}

/// Makes the record of a car that no loop saw through, and remembers it: it may stand there still.
fn record_unseen(case: &mut Case<'_>, lane: &Lane, passing: &Passing) -> Result<(), StoreError> {
    let Some(record_id) = record(case, lane, passing)? else {
        return case.tx.clear_passing(passing);
    };
    unseen::remember(case, lane, &passing.car, &record_id, (passing.leaves, case.now))?;
    case.tx.set_passing(&Passing { record_id: Some(record_id), ..passing.clone() })
}

/// What the car was let pass for is decided once more, as of then and not as of now: it may have stood on the loop for a
/// minute, and a lane of both directions would find it inside by now. Returns the record it made or closed.
fn record(case: &mut Case<'_>, lane: &Lane, passing: &Passing) -> Result<Option<Id>, StoreError> {
    let sighting = Sighting::kept(lane, passing.car.clone(), passing.decided_at);
    let plate_no = sighting.plate().as_str();
    let decision = access::decide(case, lane, sighting.shown(), sighting.at)?;
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
    if settled_since { Ok(None) } else { stay::begin_or_end(case, &sighting, decision) }
}

/// A car that was let pass has gone back, and left no stay.
pub fn give_up(case: &mut Case<'_>, lane: &Lane, passing: &Passing) -> Result<(), StoreError> {
    if !passing.ahead {
        barrier::give_up(case, lane, passing.car.plate_no.as_str())?;
    }
    case.tx.clear_passing(passing)?;
    let plate_no = passing.car.plate_no.as_str();
    if passing.leaves {
        case.tx.went_back_from_exit(plate_no, case.now)?;
    } else {
        case.tx.went_back(plate_no)?;
    }
    // It may have been about to take a space.
    case.space_freed();
    let (lane, plate) = (lane.name.clone(), passing.car.plate_no.to_string());
    case.tell(Happening::BackedOut { lane, plate });
    Ok(())
}

/// A car is read elsewhere: it stands in no other lane any more. Where it comes to the other side, it has gone through
/// there.
pub fn leave_other_lanes(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    let plate_no = sighting.plate();
    let here = &sighting.lane.id;
    let before = case.tx.unseen_passage(plate_no.as_str())?;
    if let Some(before) = before.filter(|before| before.lane_id != *here) {
        case.tx.forget_unseen_passage(&before.plate_no)?;
    }
    for passing in case.tx.passing_of(plate_no.as_str())? {
        if passing.lane_id == here.as_str() {
            continue;
        }
        let Some(lane) = case.rules.lane(&Id::from(passing.lane_id.as_str())) else { continue };
        barrier::give_up(case, lane, plate_no.as_str())?;
        let other_side = match sighting.lane.direction {
            LaneDirection::Entry => passing.leaves,
            LaneDirection::Exit => !passing.leaves,
            LaneDirection::Both => passing.opened_at.is_some(),
        };
        if passing.record_id.is_some() {
            case.tx.clear_passing(&passing)?;
        } else if other_side {
            complete(case, lane, &passing)?;
        } else {
            give_up(case, lane, &passing)?;
        }
    }
    Ok(())
}
