//! What devices at a lane tell beside reads: contacts (loops, limit switches, buttons) and barriers' answers, and which
//! room each of them is for.

use super::by_hand::{self, Known};
use super::pass::ByHand;
use super::{all_up, barrier, crossing, stuck_loop};
use crate::lot::case::Case;
use crate::lot::rules::Contact;
use crate::model::barrier::{Act, BarrierFault};
use crate::model::happening::Happening;
use crate::standard::id::Id;
use crate::store::StoreError;
use barrier::Answered;
use std::time::Duration;

/// Who raises all barriers when the fire alarm goes, in the words that the platform's people read.
pub const FIRE_ALARM: &str = "消防报警";
/// Why.
pub const FIRE_ALARM_WHY: &str = "消防联动输入";

/// A barrier's device answered a command.
pub fn answered(
    case: &mut Case<'_>,
    actuation: &str,
    lane_id: &Id,
    act: Act,
    result: &Result<Duration, BarrierFault>,
) -> Result<(), StoreError> {
    // A command that failed is given again, or somebody has to come.
    if result.is_err() {
        case.out.press();
    }
    let answered = barrier::answered(case, actuation, lane_id, act, result)?;
    let (Answered::Up { late }, Some(lane)) = (answered, case.rules.lane(lane_id)) else {
        return Ok(());
    };
    if !late {
        return crossing::arm_is_up(case, lane);
    }
    // It was for another, and proves nothing of the command for who stands there now.
    if case.tx.passing_in(lane.id.as_str())?.is_none() {
        case.tell(Happening::OpenedLate { lane: lane.name.clone() });
    }
    Ok(())
}

/// A contact changed, or was read for the first time.
pub fn changed(
    case: &mut Case<'_>,
    device_id: &Id,
    input: u16,
    closed: bool,
    just_now: bool,
) -> Result<(), StoreError> {
    let before = case.tx.input_closed(device_id.as_str(), input)?;
    if before == Some(closed) {
        return Ok(());
    }
    case.tx.set_input_closed(device_id.as_str(), input, closed)?;
    let is = |place: &Option<Contact>| {
        let place =
            place.as_ref().filter(|one| one.device_id == *device_id && one.input == input)?;
        Some(closed != place.inverted)
    };
    if is(&case.rules.fire_alarm) == Some(true) {
        all_up::begin(case, FIRE_ALARM, FIRE_ALARM_WHY)?;
    }
    for lane in &case.rules.lanes {
        if let Some(taken) = is(&lane.passing_loop) {
            match (stuck_loop::changed(case, lane, taken)?, taken) {
                (true, true) => {}
                (true, false) => crossing::loop_believed_again(case, lane)?,
                (false, _) => crossing::loop_changed(case, lane, taken)?,
            }
        }
        if is(&lane.barrier_up) == Some(true) {
            barrier::is_up(case, lane)?;
            crossing::arm_is_up(case, lane)?;
        }
        // What a button was found to be when it is first heard of is no press.
        if is(&lane.button) == Some(true) && (before.is_some() || just_now) {
            by_hand::open_by_hand(case, lane, ByHand::Button, Known::Nothing)?;
        }
    }
    Ok(())
}
