//! A barrier's whole life: what it is told, what it answers, whether its arm comes up, and what a crash or
//! a lost connection leaves of it.
//!
//! An opening is noted before it leaves, so that a crash in between forgets none. Closing, stopping and
//! releasing are not: nobody waits for them, and done late they would come down on another car.

use super::condition;
use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rules::{Barrier, Contact, Lane};
use crate::model::barrier::{Act, BarrierFault, Movement};
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::outcome::Actuation;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::standard::id::Id;
use crate::store::{LaneCondition, PendingActuation, StoreError};
use jiff::SignedDuration;
use std::time::{Duration, Instant};

/// A barrier command this old is not sent again: the car has helped itself by then.
const REPEAT_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// Opens a lane's barrier once the transaction has committed.
pub fn open(case: &mut Case<'_>, lane: &Lane, cause: Option<Instant>) -> Result<(), StoreError> {
    let Some(barrier) = &lane.barrier else {
        let fault = BarrierFault::NoBarrier;
        case.tell(Happening::BarrierFault { lane: lane.name.clone(), fault });
        return Ok(());
    };
    let id = Id::random().to_string();
    case.tx.remove_unsent_actuations(lane.id.as_str())?;
    case.tx.add_actuation(&id, lane.id.as_str(), case.now)?;
    expect_up(case, lane)?;
    case.out.actuations.push(opening(id, lane, barrier, cause));
    Ok(())
}

/// The car still stands there because the command never reached its device.
pub fn open_after_all(
    case: &mut Case<'_>,
    lane: &Lane,
    cause: Option<Instant>,
) -> Result<(), StoreError> {
    let Some(barrier) = &lane.barrier else { return Ok(()) };
    if let Some(id) = case.tx.take_unsent_actuation(lane.id.as_str())? {
        case.out.actuations.push(opening(id, lane, barrier, cause));
    }
    Ok(())
}

/// Closes a lane's barrier, where an output closes it: nobody is coming through after all.
pub fn close(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let Some(barrier) = &lane.barrier else { return Ok(()) };
    let Some(output) = barrier.close else { return Ok(()) };
    forget_up_by(case, lane)?;
    case.out.actuations.push(actuation(lane, barrier, Act::Close { output }));
    Ok(())
}

/// Moves a lane's barrier as staff want it; false when none of its outputs does that.
pub fn move_by_hand(
    case: &mut Case<'_>,
    lane: &Lane,
    movement: Movement,
) -> Result<bool, StoreError> {
    let Some(barrier) = &lane.barrier else { return Ok(false) };
    let output = barrier.output;
    let act = match movement {
        Movement::Close => barrier.close.map(|output| Act::Close { output }),
        Movement::Stop => barrier.stop.map(|output| Act::Stop { output }),
        Movement::HoldOpen => Some(Act::Hold { output }),
        Movement::Release => Some(Act::Release { output }),
    };
    let Some(act) = act else { return Ok(false) };
    if act.opens() {
        expect_up(case, lane)?;
    } else {
        // An arm that staff stop or lower is not late.
        forget_up_by(case, lane)?;
    }
    if matches!(movement, Movement::HoldOpen | Movement::Release) {
        let mut condition = case.tx.lane_condition(lane.id.as_str())?;
        condition.held_open = movement == Movement::HoldOpen;
        case.tx.set_lane_condition(lane.id.as_str(), &condition)?;
    }
    case.out.actuations.push(actuation(lane, barrier, act));
    Ok(true)
}

/// A command was answered, refused or not answered.
pub fn answered(
    case: &mut Case<'_>,
    actuation: &str,
    lane_id: &Id,
    act: Act,
    result: &Result<Duration, BarrierFault>,
) -> Result<(), StoreError> {
    // What never left may still be sent when the car is read again; anything else must not be
    // repeated, because a second pulse can close some barriers.
    let noted = if matches!(result, Err(BarrierFault::Unreachable)) {
        case.tx.set_actuation_unsent(actuation)?
    } else {
        case.tx.remove_actuation(actuation)?
    };
    let Some(lane) = case.rules.lane(lane_id) else { return Ok(()) };
    match act.movement() {
        // Another opening was confirmed since, and with it this one was settled.
        None if result.is_err() && !noted => Ok(()),
        None | Some(Movement::HoldOpen) => opening_answered(case, lane, result),
        Some(movement) => {
            tell_moved(case, lane, movement, result);
            Ok(())
        }
    }
}

fn opening_answered(
    case: &mut Case<'_>,
    lane: &Lane,
    result: &Result<Duration, BarrierFault>,
) -> Result<(), StoreError> {
    let name = lane.name.clone();
    match result {
        Ok(after) => {
            case.tx.remove_actuations(lane.id.as_str())?;
            // Where a limit switch tells whether the arm is up, a relay's click is no proof.
            if lane.barrier_up.is_none() {
                obeys_again(case, lane)?;
            }
            case.tell(Happening::BarrierConfirmed { lane: name, after: *after });
        }
        Err(fault) => {
            disobeys(case, lane, fault)?;
            forget_up_by(case, lane)?;
            case.tell(Happening::BarrierFault { lane: name, fault: fault.clone() });
        }
    }
    Ok(())
}

/// A barrier that does not close says nothing about whether it opens.
fn tell_moved(
    case: &mut Case<'_>,
    lane: &Lane,
    movement: Movement,
    result: &Result<Duration, BarrierFault>,
) {
    let lane = lane.name.clone();
    case.tell(match result {
        Ok(after) => Happening::BarrierMoved { lane, movement, after: *after },
        Err(fault) => Happening::BarrierNotMoved { lane, movement, fault: fault.clone() },
    });
}

/// A barrier that does not open stops its lane and calls somebody, once until it opens again.
fn disobeys(case: &mut Case<'_>, lane: &Lane, fault: &BarrierFault) -> Result<(), StoreError> {
    if !set_faulty(case, lane, true)? {
        return Ok(());
    }
    if let Some(barrier) = &lane.barrier {
        let remark = Remark::BarrierNotOpened(fault);
        let position = Some(lane.name.as_str());
        let kind = (EventKind::Barrier, EventLevel::Fault);
        report::device_event(case, kind, &barrier.device_id, &remark, position)?;
    }
    condition::review(case, lane)
}

fn obeys_again(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    if set_faulty(case, lane, false)? { condition::review(case, lane) } else { Ok(()) }
}

/// Notes whether a barrier opens; false when that was known.
fn set_faulty(case: &mut Case<'_>, lane: &Lane, faulty: bool) -> Result<bool, StoreError> {
    let condition = case.tx.lane_condition(lane.id.as_str())?;
    if condition.barrier_faulty == faulty {
        return Ok(false);
    }
    let changed = LaneCondition { barrier_faulty: faulty, ..condition };
    case.tx.set_lane_condition(lane.id.as_str(), &changed)?;
    Ok(true)
}

/// Where a limit switch tells, the arm has to be up in time.
fn expect_up(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let Some(barrier_up) = &lane.barrier_up else { return Ok(()) };
    if is_active(case, barrier_up)? {
        return Ok(());
    }
    let condition = case.tx.lane_condition(lane.id.as_str())?;
    let up_by = Some(case.now + lane.open_within);
    case.tx.set_lane_condition(lane.id.as_str(), &LaneCondition { up_by, ..condition })
}

/// A lane's arm is up.
pub fn is_up(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    forget_up_by(case, lane)?;
    obeys_again(case, lane)
}

/// Time has passed: arms that should be up by now and are not.
pub fn expire(case: &mut Case<'_>) -> Result<(), StoreError> {
    for lane in &case.rules.lanes {
        let condition = case.tx.lane_condition(lane.id.as_str())?;
        if condition.up_by.is_some_and(|up_by| case.now >= up_by) {
            forget_up_by(case, lane)?;
            let fault = BarrierFault::NotUp;
            disobeys(case, lane, &fault)?;
            case.tell(Happening::BarrierFault { lane: lane.name.clone(), fault });
        }
    }
    Ok(())
}

fn forget_up_by(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let condition = case.tx.lane_condition(lane.id.as_str())?;
    if condition.up_by.is_some() {
        let changed = LaneCondition { up_by: None, ..condition };
        case.tx.set_lane_condition(lane.id.as_str(), &changed)?;
    }
    Ok(())
}

/// After a start: commands that were decided but never answered go out once more as soon as their
/// device can be reached, unless they have grown old. The id is the same, so a device that got the first
/// can tell.
pub fn resume(case: &mut Case<'_>) -> Result<(), StoreError> {
    for pending in case.tx.actuations()? {
        if is_fresh(case, &pending) {
            case.tx.set_actuation_unsent(&pending.id)?;
        } else {
            case.tx.remove_actuation(&pending.id)?;
        }
    }
    Ok(())
}

/// The way to a device is open: what never left for it leaves now, if the car may still be there, and
/// what staff hold open is held again.
pub fn reachable(case: &mut Case<'_>, device_id: &Id) -> Result<(), StoreError> {
    for pending in case.tx.actuations()? {
        let lane = case.rules.lane(&Id::from(pending.lane_id.as_str()));
        let Some((lane, barrier)) = lane.and_then(|lane| Some((lane, lane.barrier.as_ref()?)))
        else {
            continue;
        };
        if barrier.device_id == *device_id
            && is_fresh(case, &pending)
            && case.tx.set_actuation_sent(&pending.id)?
        {
            case.out.actuations.push(opening(pending.id, lane, barrier, None));
        }
    }
    for lane in &case.rules.lanes {
        let Some(barrier) = lane.barrier.as_ref().filter(|one| one.device_id == *device_id) else {
            continue;
        };
        if case.tx.lane_condition(lane.id.as_str())?.held_open {
            let act = Act::Hold { output: barrier.output };
            case.out.actuations.push(actuation(lane, barrier, act));
        }
    }
    Ok(())
}

fn is_fresh(case: &Case<'_>, pending: &PendingActuation) -> bool {
    case.now.duration_since(pending.decided_at) <= REPEAT_WITHIN
}

/// Whether a contact says yes, as it was last read.
pub fn is_active(case: &Case<'_>, contact: &Contact) -> Result<bool, StoreError> {
    let closed = case.tx.input_closed(contact.device_id.as_str(), contact.input)?;
    Ok(closed.is_some_and(|closed| closed != contact.inverted))
}

/// A command of its own.
fn actuation(lane: &Lane, barrier: &Barrier, act: Act) -> Actuation {
    Actuation {
        id: Id::random().to_string(),
        lane_id: lane.id.clone(),
        lane: lane.name.clone(),
        device_id: barrier.device_id.clone(),
        act,
        cause: None,
        until: None,
    }
}

/// The command that opens a lane's barrier.
fn opening(id: String, lane: &Lane, barrier: &Barrier, cause: Option<Instant>) -> Actuation {
    let act = Act::Open { output: barrier.output };
    Actuation { id, cause, ..actuation(lane, barrier, act) }
}
