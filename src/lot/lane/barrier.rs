//! A barrier's whole life: what it is told, what it answers, whether its arm comes up, and what a crash or
//! a lost connection leaves of it.
//!
//! An opening is noted before it leaves, so that a crash in between forgets none. It belongs to the car that stands
//! there: it is given again while nothing tells that the arm went up, and given up when that car stands there no more.
//! Closing, stopping and releasing are not noted: nobody waits for them, and done late they would come down on another
//! car.

use super::{condition, stuck_loop};
use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rules::{Barrier, Lane};
use crate::model::barrier::{Act, BarrierFault, Movement};
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::outcome::{Actuation, Withdrawn};
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::standard::id::Id;
use crate::standard::years::{earlier, later};
use crate::store::{ActuationState, PendingActuation, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant};

/// A command this old is not sent again, and an arm it has raised may have come down since.
const REPEAT_WITHIN: SignedDuration = SignedDuration::from_secs(10);
/// A start finds a command that left no longer ago than this: nobody else can have come to stand there since.
const RESUMED_WITHIN: SignedDuration = SignedDuration::from_secs(2);
/// So long a device may take for its answer before it is told again: cameras send a read twice within moments.
const ANSWER_TIME: SignedDuration = SignedDuration::from_millis(500);
/// A barrier that does not go up with all others is told again so often, in seconds.
const HELD_AGAIN_EVERY: i64 = 5;
/// So many of a lane that were given up are waited for: more cars than that drive through no lane in that time, and each answer
/// looks through them.
const GIVEN_UP_AT_MOST: usize = 16;
/// A command this old is not answered any more.
const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_secs(20);

/// What an answer of a barrier's device tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// The arm is up.
    Up {
        /// The command was for a car that stands there no more.
        late: bool,
    },
    /// Nothing that shows it.
    NotKnown,
}

/// Opens a lane's barrier once the transaction has committed: for the car that is let pass there now, or because
/// somebody says so.
pub fn open(case: &mut Case<'_>, lane: &Lane, cause: Option<Instant>) -> Result<(), StoreError> {
    let Some(barrier) = &lane.barrier else {
        let fault = BarrierFault::NoBarrier;
        case.tell(Happening::BarrierFault { lane: lane.name.clone(), fault });
        return Ok(());
    };
    if case.tx.all_up()?.is_some() {
        return hold_up(case, lane);
    }
    // Whoever they were for, this one is for who stands there now.
    for pending in case.tx.live_actuations_of(&lane.id)? {
        retire(case, &pending)?;
    }
    send_new(case, lane, barrier, cause)
}

/// Opens for a car that is let pass: where another gateway drives the lot, only if a person let it.
pub fn open_for(
    case: &mut Case<'_>,
    lane: &Lane,
    by_hand: bool,
    cause: Option<Instant>,
) -> Result<(), StoreError> {
    let by_hand = by_hand || case.by_people;
    let is_alone = by_hand || lane.barrier.is_none() || case.tx.all_up()?.is_some();
    if !is_alone && case.tx.stands_back()? {
        return hold_back(case, lane);
    }
    open(case, lane, cause)
}

/// Another gateway drives: what would leave is kept, so that it can be taken up where that one falls silent while the car
/// stands there.
fn hold_back(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    for pending in case.tx.live_actuations_of(&lane.id)? {
        retire(case, &pending)?;
    }
    let id = Id::of_moment(case.now).to_string();
    case.tx.add_actuation(&id, &lane.id, case.now)?;
    let pending = case.tx.actuation(&lane.id, &id)?;
    pending.map_or(Ok(()), |pending| case.tx.set_actuation(&pending, ActuationState::Unsent))
}

/// Whether what is for a lane is held back, as another gateway drives: what nobody has opened by hand.
fn is_held_back(case: &Case<'_>, lane: &Lane) -> Result<bool, StoreError> {
    if !case.tx.stands_back()? {
        return Ok(false);
    }
    let passing = case.tx.passing_in(lane.id.as_str())?;
    Ok(!passing.is_some_and(|passing| passing.car.by_hand))
}

/// This gateway drives again: cars that were read since the other one did stand there yet. For those before that one has opened.
pub fn take_up(case: &mut Case<'_>, drove: Timestamp) -> Result<(), StoreError> {
    for pending in case.tx.actuations()? {
        if pending.state != ActuationState::Unsent {
            continue;
        }
        let lane = case.rules.lane(&pending.lane_id);
        match lane.and_then(|lane| Some((lane, lane.barrier.as_ref()?))) {
            Some((lane, barrier)) if pending.decided_at > drove => {
                if !is_open(case, lane)? {
                    send(case, lane, barrier, &pending, None)?;
                }
            }
            _ => case.tx.remove_actuation(&pending)?,
        }
    }
    Ok(())
}

/// Opens once more for the car that was let pass: nothing has told that the arm went up, or it may have come down since.
pub fn open_again(
    case: &mut Case<'_>,
    lane: &Lane,
    cause: Option<Instant>,
) -> Result<(), StoreError> {
    let Some(barrier) = &lane.barrier else { return Ok(()) };
    if is_held_back(case, lane)? {
        return hold_back(case, lane);
    }
    let pending = case.tx.live_actuations_of(&lane.id)?.into_iter().next();
    let unsent = pending.as_ref().is_some_and(|one| one.state == ActuationState::Unsent);
    let just_sent = |one: &PendingActuation| case.now.duration_since(one.decided_at) < ANSWER_TIME;
    if is_open(case, lane)? || (!unsent && pending.as_ref().is_some_and(just_sent)) {
        return Ok(());
    }
    if !barrier.repeat && !unsent {
        return disobeys(case, lane, &BarrierFault::Unproven);
    }
    match pending.filter(|pending| is_fresh(case, pending)) {
        // The same id, so that a device which has got the first can tell.
        Some(pending) => send(case, lane, barrier, &pending, cause),
        None => send_new(case, lane, barrier, cause),
    }
}

/// The car that commands of this lane were for stands there no more; `plate` is its plate. What has left may still
/// open.
pub fn give_up(case: &mut Case<'_>, lane: &Lane, plate: &str) -> Result<(), StoreError> {
    let mut may_open = false;
    for pending in case.tx.live_actuations_of(&lane.id)? {
        may_open |= pending.state == ActuationState::Sent && is_fresh(case, &pending);
        retire(case, &pending)?;
    }
    if may_open {
        let (lane, plate) = (lane.name.clone(), plate.to_owned());
        case.tell(Happening::MayStillOpen { lane, plate });
    }
    Ok(())
}

/// The car that commands of this lane were for has driven through.
pub fn settle(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    for pending in case.tx.actuations_of(&lane.id)? {
        withdraw(case, &pending);
        case.tx.remove_actuation(&pending)?;
    }
    Ok(())
}

/// What has left the lot may wait with its device yet: a camera that hears commands in answers only, a board that is slow.
fn withdraw(case: &mut Case<'_>, pending: &PendingActuation) {
    let barrier = case.rules.lane(&pending.lane_id).and_then(|lane| lane.barrier.as_ref());
    if let Some(barrier) = barrier.filter(|_| pending.state == ActuationState::Sent) {
        let (device_id, actuation) = (barrier.device_id.clone(), pending.id.clone());
        case.out.withdrawn.push(Withdrawn { device_id, actuation });
    }
}

fn retire(case: &mut Case<'_>, pending: &PendingActuation) -> Result<(), StoreError> {
    withdraw(case, pending);
    match pending.state {
        ActuationState::Sent | ActuationState::GivenUp => {
            case.tx.set_actuation(pending, ActuationState::GivenUp)?;
            case.tx.forget_given_up_but(&pending.lane_id, GIVEN_UP_AT_MOST)
        }
        ActuationState::Unsent | ActuationState::Busy => case.tx.remove_actuation(pending),
    }
}

fn send_new(
    case: &mut Case<'_>,
    lane: &Lane,
    barrier: &Barrier,
    cause: Option<Instant>,
) -> Result<(), StoreError> {
    let id = Id::of_moment(case.now).to_string();
    case.tx.add_actuation(&id, &lane.id, case.now)?;
    expect_up(case, lane)?;
    case.out.actuations.push(opening(id, lane, barrier, cause));
    Ok(())
}

fn send(
    case: &mut Case<'_>,
    lane: &Lane,
    barrier: &Barrier,
    pending: &PendingActuation,
    cause: Option<Instant>,
) -> Result<(), StoreError> {
    case.tx.set_actuation(pending, ActuationState::Sent)?;
    case.out.actuations.push(opening(pending.id.clone(), lane, barrier, cause));
    Ok(())
}

/// Whether the arm needs no further pulse: its switch says that it is up, or a car drives under it.
fn is_open(case: &Case<'_>, lane: &Lane) -> Result<bool, StoreError> {
    let contacts = [lane.barrier_up.as_ref(), stuck_loop::believed(case, lane)?];
    for contact in contacts.into_iter().flatten() {
        let told = case.tx.device_online(contact.device_id.as_str())? == Some(true);
        if told && case.contact_says(contact)? == Some(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Holds a lane's barrier up, as all others.
pub fn hold_up(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let Some(barrier) = &lane.barrier else { return Ok(()) };
    settle(case, lane)?;
    expect_up(case, lane)?;
    case.out.actuations.push(actuation(lane, barrier, Act::Hold { output: barrier.output }));
    Ok(())
}

/// Lets go of a barrier that was held up with all others, unless staff hold this one.
pub fn let_down(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let Some(barrier) = &lane.barrier else { return Ok(()) };
    forget_up_by(case, lane)?;
    if !case.tx.lane_condition(lane.id.as_str())?.held_open {
        let act = Act::Release { output: barrier.output };
        case.out.actuations.push(actuation(lane, barrier, act));
    }
    Ok(())
}

/// Closes a lane's barrier, where an output closes it: nobody is coming through after all.
pub fn close(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let Some(barrier) = &lane.barrier else { return Ok(()) };
    if case.tx.all_up()?.is_some() {
        return Ok(());
    }
    let Some(output) = barrier.close else { return Ok(()) };
    // It is up for whom another gateway has let pass.
    if case.tx.stands_back()? {
        return Ok(());
    }
    // Nothing comes down on a car, not even on one that nobody believes in.
    if let Some(passing_loop) = &lane.passing_loop
        && case.contact_says(passing_loop)? == Some(true)
    {
        return Ok(());
    }
    forget_up_by(case, lane)?;
    case.out.actuations.push(actuation(lane, barrier, Act::Close { output }));
    Ok(())
}

/// What a barrier is told to move so; none where no output does that.
pub fn movement_of(barrier: &Barrier, movement: Movement) -> Option<Act> {
    let output = barrier.output;
    match movement {
        Movement::Close => barrier.close.map(|output| Act::Close { output }),
        Movement::Stop => barrier.stop.map(|output| Act::Stop { output }),
        Movement::HoldOpen => Some(Act::Hold { output }),
        Movement::Release => Some(Act::Release { output }),
    }
}

/// Moves a lane's barrier as staff want it; false when none of its outputs does that.
pub fn move_by_hand(
    case: &mut Case<'_>,
    lane: &Lane,
    movement: Movement,
) -> Result<bool, StoreError> {
    let Some(barrier) = &lane.barrier else { return Ok(false) };
    let Some(act) = movement_of(barrier, movement) else { return Ok(false) };
    if act.opens() {
        expect_up(case, lane)?;
    } else {
        // An arm that staff stop or lower is not late.
        forget_up_by(case, lane)?;
    }
    if matches!(movement, Movement::HoldOpen | Movement::Release) {
        let held_open = movement == Movement::HoldOpen;
        case.tx.change_lane(&lane.id, |condition| condition.held_open = held_open)?;
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
) -> Result<Answered, StoreError> {
    let pending = case.tx.actuation(lane_id, actuation)?;
    if let Some(pending) = &pending {
        note_answer(case, pending, result)?;
    }
    let Some(lane) = case.rules.lane(lane_id) else { return Ok(Answered::NotKnown) };
    let late = pending.as_ref().is_some_and(|one| one.state == ActuationState::GivenUp);
    match act.movement() {
        // Another opening was confirmed since, and with it this one was settled; or nobody waits for it any more.
        None if result.is_err() && (pending.is_none() || late) => Ok(Answered::NotKnown),
        // A command that was settled before says nothing of who stands there now.
        None if pending.is_none() => Ok(Answered::NotKnown),
        None | Some(Movement::HoldOpen) => opening_answered(case, lane, result, late),
        Some(movement) => {
            tell_moved(case, lane, movement, result);
            Ok(Answered::NotKnown)
        }
    }
}

/// What becomes of a command by its answer. One that got none may still open.
fn note_answer(
    case: &mut Case<'_>,
    pending: &PendingActuation,
    result: &Result<Duration, BarrierFault>,
) -> Result<(), StoreError> {
    let state = match result {
        Err(BarrierFault::Silent) => return Ok(()),
        Err(BarrierFault::Unreachable | BarrierFault::TooLate) => ActuationState::Unsent,
        Err(BarrierFault::Busy) => ActuationState::Busy,
        Ok(_) | Err(_) => return case.tx.remove_actuation(pending),
    };
    if pending.state == ActuationState::GivenUp {
        return case.tx.remove_actuation(pending);
    }
    case.tx.set_actuation(pending, state)
}

fn opening_answered(
    case: &mut Case<'_>,
    lane: &Lane,
    result: &Result<Duration, BarrierFault>,
    late: bool,
) -> Result<Answered, StoreError> {
    let name = lane.name.clone();
    match result {
        Ok(after) => {
            // Of another's command: what was sent for this car is answered by itself.
            if !late {
                settle(case, lane)?;
            }
            case.tell(Happening::BarrierConfirmed { lane: name, after: *after });
            // Where a limit switch tells whether the arm is up, a relay's click is no proof.
            if is_shown_by_switch(case, lane)? == Some(false) {
                return Ok(Answered::NotKnown);
            }
            obeys_again(case, lane)?;
            Ok(Answered::Up { late })
        }
        // The arm is seen to be up, whatever its device says of it.
        Err(_) if is_shown_by_switch(case, lane)? == Some(true) => {
            settle(case, lane)?;
            Ok(Answered::Up { late: false })
        }
        Err(_) if is_open(case, lane)? => Ok(Answered::NotKnown),
        Err(fault) => {
            forget_up_by(case, lane)?;
            // A busy device is asked again at once, one that is away as soon as it is back.
            if !matches!(fault, BarrierFault::Busy | BarrierFault::Unreachable) {
                disobeys(case, lane, fault)?;
            }
            case.tell(Happening::BarrierFault { lane: name, fault: fault.clone() });
            Ok(Answered::NotKnown)
        }
    }
}

/// Whether its limit switch says that the arm is up; none where there is no switch or nobody has heard it.
fn is_shown_by_switch(case: &Case<'_>, lane: &Lane) -> Result<Option<bool>, StoreError> {
    let Some(switch) = &lane.barrier_up else { return Ok(None) };
    if case.tx.device_online(switch.device_id.as_str())? == Some(false) {
        return Ok(None);
    }
    case.contact_says(switch)
}

/// Whether the arm may be taken to be up still for the car that it was raised for at `opened_at`.
pub fn stays_up(case: &Case<'_>, lane: &Lane, opened_at: Timestamp) -> Result<bool, StoreError> {
    Ok(match is_shown_by_switch(case, lane)? {
        Some(up) => up,
        None => is_open(case, lane)? || case.now.duration_since(opened_at) < REPEAT_WITHIN,
    })
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

/// A barrier that does not open, or that nobody knows of whether it does, stops its lane and calls somebody, once until
/// it opens again.
pub fn disobeys(case: &mut Case<'_>, lane: &Lane, fault: &BarrierFault) -> Result<(), StoreError> {
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
    if case.tx.lane_condition(lane.id.as_str())?.barrier_faulty == faulty {
        return Ok(false);
    }
    case.tx.change_lane(&lane.id, |condition| condition.barrier_faulty = faulty)?;
    Ok(true)
}

/// Where a limit switch tells, the arm has to be up in time.
fn expect_up(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let Some(barrier_up) = &lane.barrier_up else { return Ok(()) };
    if case.contact_says(barrier_up)? == Some(true) {
        return Ok(());
    }
    let up_by = Some(later(case.now, lane.open_within));
    case.tx.change_lane(&lane.id, |condition| condition.up_by = up_by)
}

/// A lane's arm is up.
pub fn is_up(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    settle(case, lane)?;
    forget_up_by(case, lane)?;
    obeys_again(case, lane)
}

/// Time has passed: arms that should be up by now and are not, devices that were busy, commands that have grown old.
pub fn expire(case: &mut Case<'_>) -> Result<(), StoreError> {
    let mut live = Vec::new();
    for lane_id in case.tx.lanes_with_actuations()? {
        // What is given up does nothing any more but grow old, however much of it there is.
        case.tx.forget_given_up(&lane_id, earlier(case.now, ANSWERED_WITHIN))?;
        live.extend(case.tx.live_actuations_of(&lane_id)?.into_iter().rev());
    }
    for pending in live {
        if !case.comes_to(format_args!("barrier command {}", pending.id)) {
            continue;
        }
        let known = case.rules.lane(&pending.lane_id);
        let known = known.and_then(|lane| Some((lane, lane.barrier.as_ref()?)));
        let waits = pending.state == ActuationState::Unsent
            && case.tx.passing_in(pending.lane_id.as_str())?.is_some();
        let in_vain = match pending.state {
            ActuationState::Unsent => Some(BarrierFault::Unreachable),
            ActuationState::Busy => Some(BarrierFault::Busy),
            ActuationState::Sent | ActuationState::GivenUp => None,
        };
        if let Some((lane, _)) = known
            && let Some(fault) = in_vain
            && !is_fresh(case, &pending)
            && !is_held_back(case, lane)?
        {
            disobeys(case, lane, &fault)?;
        }
        if case.now.duration_since(pending.decided_at) > ANSWERED_WITHIN && !waits {
            case.tx.remove_actuation(&pending)?;
        } else if let Some((lane, barrier)) = known
            && pending.state == ActuationState::Busy
            && is_fresh(case, &pending)
            && !is_held_back(case, lane)?
            && !is_open(case, lane)?
        {
            send(case, lane, barrier, &pending, None)?;
        }
    }
    let all_up = case.tx.all_up()?.is_some();
    let awaited = case.tx.lanes_of_awaited_barriers()?;
    for lane in case.rules.lanes.iter().filter(|lane| awaited.contains(&lane.id)) {
        if !case.comes_to(format_args!("lane {}", lane.id)) {
            continue;
        }
        let condition = case.tx.lane_condition(lane.id.as_str())?;
        if all_up && condition.barrier_faulty && case.now.as_second() % HELD_AGAIN_EVERY == 0 {
            hold_up(case, lane)?;
        }
        if condition.up_by.is_some_and(|up_by| case.now >= up_by) {
            forget_up_by(case, lane)?;
            let fault = BarrierFault::NotUp;
            disobeys(case, lane, &fault)?;
            case.tell(Happening::BarrierFault { lane: lane.name.clone(), fault });
        }
    }
    Ok(())
}

/// Commands of a moment that is over are answered by nobody any more, and no arm is awaited.
pub fn await_nothing(case: &mut Case<'_>) -> Result<(), StoreError> {
    for one in &case.out.actuations {
        if let Some(pending) = case.tx.actuation(&one.lane_id, &one.id)? {
            case.tx.remove_actuation(&pending)?;
        }
    }
    for lane in &case.rules.lanes {
        if case.tx.lane_condition(lane.id.as_str())?.up_by.is_some() {
            forget_up_by(case, lane)?;
        }
    }
    Ok(())
}

fn forget_up_by(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    case.tx.change_lane(&lane.id, |condition| condition.up_by = None)
}

/// After a start: commands that have not left go out as soon as their device listens, and so do those that may have
/// left just before, with the same id, so that a device which got the first can tell; but not where a loop or a limit
/// switch may say that the arm is up as soon as it is heard. Else the next read decides.
pub fn resume(case: &mut Case<'_>) -> Result<(), StoreError> {
    for pending in case.tx.actuations()? {
        let lane = case.rules.lane(&pending.lane_id);
        let repeats = lane.is_some_and(|lane| {
            let told = lane.passing_loop.is_some() || lane.barrier_up.is_some();
            !told && lane.barrier.as_ref().is_some_and(|barrier| barrier.repeat)
        });
        let just_left = case.now.duration_since(pending.decided_at) <= RESUMED_WITHIN;
        match pending.state {
            _ if !is_fresh(case, &pending) => case.tx.remove_actuation(&pending)?,
            // It may have left, and a second pulse would close.
            ActuationState::Sent if !repeats || !just_left => {}
            ActuationState::GivenUp => {}
            _ => case.tx.set_actuation(&pending, ActuationState::Unsent)?,
        }
    }
    Ok(())
}

/// A device listens: what never left for it leaves now, if the car may still be there, and what staff hold open is held
/// again.
pub fn reachable(case: &mut Case<'_>, device_id: &Id) -> Result<(), StoreError> {
    send_unsent(case, device_id, None)?;
    hold_again(case, device_id)
}

/// Sends what never left for a device, of one lane or of all.
fn send_unsent(case: &mut Case<'_>, device_id: &Id, only: Option<&Lane>) -> Result<(), StoreError> {
    for lane in &case.rules.lanes {
        let Some(barrier) = lane.barrier.as_ref().filter(|one| one.device_id == *device_id) else {
            continue;
        };
        if only.is_some_and(|only| only.id != lane.id) {
            continue;
        }
        for pending in case.tx.live_actuations_of(&lane.id)?.into_iter().rev() {
            if pending.state == ActuationState::Unsent
                && is_fresh(case, &pending)
                && !is_held_back(case, lane)?
                && !is_open(case, lane)?
            {
                send(case, lane, barrier, &pending, None)?;
            }
        }
    }
    Ok(())
}

/// A device is heard again: it may have let go of what is held open.
pub fn hold_again(case: &mut Case<'_>, device_id: &Id) -> Result<(), StoreError> {
    for lane in &case.rules.lanes {
        let Some(barrier) = lane.barrier.as_ref().filter(|one| one.device_id == *device_id) else {
            continue;
        };
        if case.tx.lane_condition(lane.id.as_str())?.held_open || case.tx.all_up()?.is_some() {
            let act = Act::Hold { output: barrier.output };
            case.out.actuations.push(actuation(lane, barrier, act));
        }
    }
    Ok(())
}

fn is_fresh(case: &Case<'_>, pending: &PendingActuation) -> bool {
    case.now.duration_since(pending.decided_at) <= REPEAT_WITHIN
}

/// A command of its own.
pub fn actuation(lane: &Lane, barrier: &Barrier, act: Act) -> Actuation {
    Actuation {
        id: Id::random().to_string(),
        lane_id: lane.id.clone(),
        lane: lane.name.clone(),
        device_id: barrier.device_id.clone(),
        act,
        cause: None,
        until: None,
        up_within: lane.open_within.unsigned_abs(),
    }
}

/// The command that opens a lane's barrier.
fn opening(id: String, lane: &Lane, barrier: &Barrier, cause: Option<Instant>) -> Actuation {
    let act = Act::Open { output: barrier.output };
    Actuation { id, cause, ..actuation(lane, barrier, act) }
}
