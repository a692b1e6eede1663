//! A loop that says "taken" for longer than any car takes. It is believed no more until it is free again: else nobody
//! behind would be let out, since a barrier is never moved over a car. For whoever asks a loop; it moves nothing itself.

use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rules::{Contact, Lane};
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::store::{LoopUse, Passing, StoreError};
use jiff::SignedDuration;

/// A car may stand on a loop so long, though its lane expects it to pass in less.
const AT_LEAST: SignedDuration = SignedDuration::from_secs(60);

/// A lane's loop, where there is one that can be believed.
pub fn believed<'r>(case: &Case<'_>, lane: &'r Lane) -> Result<Option<&'r Contact>, StoreError> {
    Ok(if is_stuck(case, lane)? { None } else { lane.passing_loop.as_ref() })
}

fn is_stuck(case: &Case<'_>, lane: &Lane) -> Result<bool, StoreError> {
    Ok(case.tx.lane_condition(lane.id.as_str())?.loop_use == LoopUse::Stuck)
}

/// A loop has told how it is; true when nobody believes it: it is free again only now, or taken yet after a start.
pub fn changed(case: &mut Case<'_>, lane: &Lane, taken: bool) -> Result<bool, StoreError> {
    let (now, was_stuck) = (case.now, is_stuck(case, lane)?);
    let freed = was_stuck && !taken;
    case.tx.change_lane(&lane.id, |condition| {
        condition.loop_taken_at = taken.then_some(now);
        if freed {
            condition.loop_use = LoopUse::Counted;
        }
    })?;
    Ok(was_stuck)
}

/// Time has passed: loops that nobody believes any more are told of, once.
pub fn expire(case: &mut Case<'_>) -> Result<(), StoreError> {
    let taken = case.tx.lanes_of_taken_loops()?;
    for lane in case.rules.lanes.iter().filter(|lane| taken.contains(&lane.id)) {
        let condition = case.tx.lane_condition(lane.id.as_str())?;
        let (Some(contact), Some(since)) = (&lane.passing_loop, condition.loop_taken_at) else {
            continue;
        };
        let taken = case.contact_says(contact)? == Some(true);
        let heard = taken && case.tx.device_online(contact.device_id.as_str())? == Some(true);
        let patience = lane.pass_within.max(AT_LEAST);
        if condition.loop_use == LoopUse::Stuck
            || !heard
            || case.now.duration_since(since) <= patience
        {
            continue;
        }
        case.tx.change_lane(&lane.id, |condition| condition.loop_use = LoopUse::Stuck)?;
        // Whether it has driven on nobody can tell.
        let here = [case.tx.ahead_in(lane.id.as_str())?, case.tx.passing_in(lane.id.as_str())?];
        for passing in here.into_iter().flatten() {
            case.tx.set_passing(&Passing { on_loop: false, unwatched: true, ..passing })?;
        }
        let kind = (EventKind::Loop, EventLevel::Fault);
        let position = Some(lane.name.as_str());
        report::device_event(case, kind, &contact.device_id, &Remark::LoopStuck, position)?;
        case.tell(Happening::LoopStuck { lane: lane.name.clone() });
    }
    Ok(())
}
