//! Contacts of devices: loops, limit switches, buttons, and which room each of them is for.

use super::passage::{self, ByHand, Known};
use super::{barrier, crossing};
use crate::lot::case::Case;
use crate::lot::rules::Contact;
use crate::standard::id::Id;
use crate::store::StoreError;

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
    for lane in &case.rules.lanes {
        if let Some(taken) = is(&lane.passing_loop) {
            crossing::loop_changed(case, lane, taken)?;
        }
        if is(&lane.barrier_up) == Some(true) {
            barrier::is_up(case, lane)?;
        }
        // What a button was found to be when it is first heard of is no press.
        if is(&lane.button) == Some(true) && (before.is_some() || just_now) {
            passage::open_by_hand(case, lane, ByHand::Button, Known::Nothing)?;
        }
    }
    Ok(())
}
