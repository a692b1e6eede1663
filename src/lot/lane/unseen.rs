//! Stays that began or ended where no loop saw the car through: it may stand there yet, and what it was let pass for holds
//! until it is seen to have gone. For whoever lets cars pass; no barrier is moved here.

use crate::lot::case::Case;
use crate::lot::rights::access::{self, Decision, Terms};
use crate::lot::rules::{Lane, LaneDirection};
use crate::lot::stay;
use crate::lot::stay::sighting::Sighting;
use crate::lot::unsettled;
use crate::model::happening::Happening;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::years::earlier;
use crate::store::{EarlyExit, SeenCar, StoreError, UnseenPassage};
use jiff::{SignedDuration, Timestamp};

/// Read again within this time of a passage that no loop saw, a car has not gone yet.
const SAME_TERMS_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// An exit told late waits so long for its entry to be told.
const EARLY_AT_MOST: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Remembers a stay that began, or ended (`leaves`), at a moment.
pub fn remember(
    case: &mut Case<'_>,
    lane: &Lane,
    car: &SeenCar,
    record_id: &Id,
    (leaves, at): (bool, Timestamp),
) -> Result<(), StoreError> {
    case.tx.set_unseen_passage(&UnseenPassage {
        plate_no: car.plate_no.to_string(),
        lane_id: lane.id.clone(),
        record_id: record_id.clone(),
        leaves,
        heading: car.heading,
        read_as: car.read_as.as_ref().map(ToString::to_string),
        by_hand: car.by_hand,
        at,
    })
}

/// What is long ago is forgotten so often, in seconds: all that passed lately is looked at for it.
const FORGOTTEN_EVERY: i64 = 10;

/// Time has passed: what is long ago says nothing any more.
pub fn expire(case: &mut Case<'_>) -> Result<(), StoreError> {
    if case.now.as_second() % FORGOTTEN_EVERY != 0 {
        return Ok(());
    }
    case.tx.forget_early_exits_before(earlier(case.now, EARLY_AT_MOST))?;
    case.tx.forget_unseen_passages_before(earlier(case.now, SAME_TERMS_WITHIN))
}

/// A car has passed some time ago, says its camera late. If it stands there yet after all, it is let pass when it is read
/// again; one that owes is not.
pub fn passed_earlier(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    decision: Decision,
) -> Result<(), StoreError> {
    let leaves = decision.is_exit();
    if matches!(decision.terms, Terms::Unknown) {
        case.tx.set_early_exit(&sighting.early_exit())?;
    }
    let record_id = stay::begin_or_end(case, sighting, decision)?;
    let record = record_id.map(|id| case.tx.record(&id)).transpose()?.flatten();
    let Some(record) = record else { return Ok(()) };
    if leaves && unsettled::owed(&record) > Money::ZERO {
        return Ok(());
    }
    remember(case, sighting.lane, &sighting.car, &record.id, (leaves, sighting.at))?;
    if leaves { Ok(()) } else { left_since(case, sighting) }
}

/// A count that has entered a car is taken back: what its camera had told late of its coming holds.
pub fn came_before_the_count(
    case: &mut Case<'_>,
    (at, lane_id, car): (i64, Id, SeenCar),
) -> Result<(), StoreError> {
    let (Some(lane), Ok(at)) = (case.rules.lane(&lane_id), Timestamp::from_millisecond(at)) else {
        return Ok(());
    };
    let sighting = Sighting { live: false, ours: false, ..Sighting::kept(lane, car, at) };
    let decision = access::decide(case, lane, sighting.shown(), at)?;
    passed_earlier(case, &sighting, decision)
}

/// A car has come in, says its camera late; the other may have told before that it has left since, and perhaps more
/// than once: the first time after it came in is this stay's.
fn left_since(case: &mut Case<'_>, came: &Sighting<'_>) -> Result<(), StoreError> {
    let exit = case.tx.take_early_exit(came.plate().as_str(), came.at)?;
    let Some(exit) = exit else { return Ok(()) };
    let Some(lane) = case.rules.lane(&exit.lane_id) else { return Ok(()) };
    let EarlyExit { car, by_camera, at, .. } = exit;
    let sighting = Sighting { live: false, by_camera, ..Sighting::kept(lane, car, at) };
    let decision = access::decide(case, lane, sighting.shown(), at)?;
    if matches!(decision.terms, Terms::Leave(_)) {
        passed_earlier(case, &sighting, decision)?;
    }
    Ok(())
}

/// The passage of a car that is read again where no loop saw it go, if it may pass on the same terms.
pub fn may_pass_again(
    case: &Case<'_>,
    sighting: &Sighting<'_>,
) -> Result<Option<UnseenPassage>, StoreError> {
    let plate_no = sighting.plate().as_str();
    let Some(before) = case.tx.unseen_passage(plate_no)? else { return Ok(None) };
    let since = sighting.at.duration_since(before.at);
    let same_way = match (sighting.lane.direction, before.heading, sighting.car.heading) {
        (LaneDirection::Entry | LaneDirection::Exit, ..) => true,
        (LaneDirection::Both, Some(then), Some(now)) => then == now,
        (LaneDirection::Both, ..) => since < case.rules.repeat_window,
    };
    // A stay that was ended since by other means is no ground to pass on.
    let stands = match case.tx.record(&before.record_id)? {
        Some(record) => record.leave_time.is_some() == before.leaves,
        None => false,
    };
    let same = before.lane_id == sighting.lane.id
        && since <= SAME_TERMS_WITHIN
        && same_way
        && (before.leaves || stands)
        && (before.by_hand
            || !access::is_held_by_others(case, plate_no, before.leaves, sighting.at)?);
    Ok(same.then_some(before))
}

/// A stay that began here, seen by no loop, was none.
pub fn undo(case: &mut Case<'_>, lane: &Lane, plate_no: &str) -> Result<(), StoreError> {
    let before = case.tx.unseen_passage(plate_no)?;
    let Some(before) = before.filter(|before| {
        before.lane_id == lane.id && case.now.duration_since(before.at) <= SAME_TERMS_WITHIN
    }) else {
        return Ok(());
    };
    // Who has gone back from an exit comes again: its stay has ended, and it is let pass.
    if !before.leaves {
        case.tx.forget_unseen_passage(&before.plate_no)?;
        stay::end_as_none(case, &before.record_id)?;
    }
    let (lane, plate) = (lane.name.clone(), plate_no.to_owned());
    case.tell(Happening::BackedOut { lane, plate });
    Ok(())
}
