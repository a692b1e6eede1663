//! A car that drives through behind another: the loop under the arm tells of two after one opening. It is never silent:
//! a record at an entry, a question to staff at an exit.

use super::{barrier, ticket};
use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rights::access;
use crate::lot::rules::{Lane, LaneDirection};
use crate::lot::stay::sighting::Sighting;
use crate::lot::stay::{self, image};
use crate::model::event::ReadImage;
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{LoopPassage, LoopUse, SeenCar, StoreError, Tail};
use jiff::SignedDuration;

/// No two cars are so close behind each other.
const BOUNCES_WITHIN: SignedDuration = SignedDuration::from_millis(200);
/// A picture taken so long after belongs to it.
const PICTURE_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// A car went over the loop that was let pass, out (`leaves`) or in.
pub fn note_passage(case: &mut Case<'_>, lane: &Lane, leaves: bool) -> Result<(), StoreError> {
    let passed = Some(LoopPassage { at: case.came_at(), leaves });
    case.tx.change_lane(&lane.id, |condition| condition.passed = passed)
}

/// The loop is still taken by a car whose passage, out (`leaves`) or in, is settled.
pub fn note_settled(case: &mut Case<'_>, lane: &Lane, leaves: bool) -> Result<(), StoreError> {
    case.tx.change_lane(&lane.id, |condition| condition.loop_use = LoopUse::Settled { leaves })
}

/// The loop is taken so soon after a car went over it that it is that car's yet: contacts bounce.
pub fn bounces(case: &mut Case<'_>, lane: &Lane) -> Result<bool, StoreError> {
    let passed = case.tx.lane_condition(lane.id.as_str())?.passed;
    let after = |passed: LoopPassage| (case.came_at()).duration_since(passed.at);
    let bounces =
        |passed: &LoopPassage| (SignedDuration::ZERO..BOUNCES_WITHIN).contains(&after(*passed));
    let passed = passed.filter(bounces);
    match passed {
        Some(passed) => note_settled(case, lane, passed.leaves).map(|()| true),
        None => Ok(false),
    }
}

/// The barrier is opened by hand for nobody we know: whoever goes over the loop next was let pass.
pub fn note_opened(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let now = case.now;
    case.tx.change_lane(&lane.id, |condition| condition.opened_for_anybody = Some(now))
}

/// The settled car has left the loop.
pub fn forget_settled(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let now = case.came_at();
    case.tx.change_lane(&lane.id, |condition| {
        if let LoopUse::Settled { leaves } = condition.loop_use {
            condition.loop_use = LoopUse::Counted;
            condition.passed = Some(LoopPassage { at: now, leaves });
        }
    })
}

/// The loop became free and nobody was let pass: it was the settled car's, or somebody went through behind.
pub fn loop_freed(case: &mut Case<'_>, lane: &Lane) -> Result<(), StoreError> {
    let condition = case.tx.lane_condition(lane.id.as_str())?;
    if matches!(condition.loop_use, LoopUse::Settled { .. }) {
        return forget_settled(case, lane);
    }
    barrier::settle(case, lane)?;
    let just_before = |at| case.now.duration_since(at) <= lane.pass_within;
    if condition.opened_for_anybody.is_some_and(just_before) {
        case.tx.change_lane(&lane.id, |condition| condition.opened_for_anybody = None)?;
        return note_passage(case, lane, lane.direction == LaneDirection::Exit);
    }
    let held_open = condition.held_open || case.tx.all_up()?.is_some();
    match condition.passed {
        Some(before) if !held_open && just_before(before.at) => tailed(case, lane, before),
        _ => Ok(()),
    }
}

/// Which way a car went that drove through a lane of both directions: its plate tells, else it went as the one before it.
fn goes_out(case: &Case<'_>, read: Option<&SeenCar>, as_before: bool) -> Result<bool, StoreError> {
    match read {
        Some(car) => Ok(case.tx.open_record_by_any_plate(car.plate_no.as_str())?.is_some()),
        None => Ok(as_before),
    }
}

fn tailed(case: &mut Case<'_>, lane: &Lane, before: LoopPassage) -> Result<(), StoreError> {
    let waiting = case.tx.waiting_in(lane.id.as_str())?.map(|waiting| waiting.car);
    let read = waiting.filter(SeenCar::has_plate);
    let leaves = match lane.direction {
        LaneDirection::Entry => false,
        LaneDirection::Exit => true,
        LaneDirection::Both => goes_out(case, read.as_ref(), before.leaves)?,
    };
    let remark = Remark::Tailed { leaves };
    let (known, record_id) = if leaves {
        (read.map(|car| car.plate_no), None)
    } else {
        let (plate, record_id) = record_entry(case, lane, read)?;
        (Some(plate), record_id)
    };
    match &known {
        Some(plate) => {
            report::plate_event(case, EventKind::Tailing, plate, Some(lane), case.now, &remark)?;
        }
        None => {
            let kind = (EventKind::Tailing, EventLevel::Alarm);
            report::device_event(case, kind, &lane.camera, &remark, Some(lane.name.as_str()))?;
        }
    }
    let plate_no = known.as_ref().map(ToString::to_string);
    // It is through, whoever it was.
    case.tx.clear_waiting(lane.id.as_str())?;
    case.out.press();
    let tail = Tail {
        id: 0,
        lane_id: lane.id.clone(),
        leaves,
        at: case.now,
        plate_no: plate_no.clone(),
        record_id,
        images: Vec::new(),
    };
    case.tx.add_tail(&tail)?;
    case.out.snapshots.push((lane.camera.clone(), lane.name.clone()));
    case.tell(Happening::Tailed { lane: lane.name.clone(), leaves, plate: plate_no });
    Ok(())
}

/// Who came in behind another has a record all the same.
fn record_entry(
    case: &mut Case<'_>,
    lane: &Lane,
    read: Option<SeenCar>,
) -> Result<(PlateNo, Option<Id>), StoreError> {
    let car = match read {
        Some(car) => car,
        None => ticket::give(case, lane, SeenCar::unread(lane.camera.clone()))?,
    };
    let sighting = Sighting::kept(lane, car, case.now);
    let decision = access::decide(case, lane, sighting.shown(), case.now)?;
    let record_id = stay::begin_or_end(case, &sighting, decision)?;
    Ok((sighting.car.plate_no, record_id))
}

/// A camera took a picture that it was asked for: it is of whoever went through just before.
pub fn picture(case: &mut Case<'_>, camera: &Id, taken: &ReadImage) -> Result<(), StoreError> {
    let Some(lane) = case.rules.lane_of_camera(camera) else { return Ok(()) };
    let (name, place) = (lane.name.clone(), taken.place.clone());
    case.tell(Happening::SnapshotKept { lane: name, place });
    let Some(mut tail) = case.tx.open_tails(&lane.id)?.into_iter().next() else { return Ok(()) };
    if case.now.duration_since(tail.at) > PICTURE_WITHIN {
        return Ok(());
    }
    if let Some(record) =
        tail.record_id.as_ref().map(|id| case.tx.record(id)).transpose()?.flatten()
    {
        let mut car = SeenCar::unread(lane.camera.clone());
        car.images.push(taken.clone());
        image::keep(case, &Sighting::kept(lane, car, tail.at), &record, image::End::Entry)?;
    }
    tail.images.push(taken.clone());
    case.tx.set_tail(&tail, false)
}

/// Staff say that it was no car of its own (a trailer), or whose stay ended by it.
pub fn settle(case: &mut Case<'_>, tail: &Tail, record_id: Option<&Id>) -> Result<(), StoreError> {
    match (&tail.record_id, record_id) {
        // What came in behind was a part of the car before it.
        (Some(own), None) => stay::end_as_none(case, own)?,
        (None, Some(record_id)) => stay::end_by_hand(case, record_id, tail.at)?,
        // It went out after all.
        (Some(own), Some(record_id)) => {
            stay::end_as_none(case, own)?;
            stay::end_by_hand(case, record_id, tail.at)?;
        }
        (None, None) => {}
    }
    let record_id = record_id.cloned().or_else(|| tail.record_id.clone());
    case.tx.set_tail(&Tail { record_id, ..tail.clone() }, true)
}
