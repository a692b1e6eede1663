//! Contacts of devices: loops, limit switches, buttons.

use super::passing;
use super::{Context, Input, LotError, Outcome, devices, staff};
use crate::standard::id::Id;
use crate::store::Transaction;

/// Who opens a lane by its button, and why, in the words of the log.
const BUTTON: (&str, &str) = ("岗亭", "开闸按钮");

/// An input changed, or was read for the first time.
pub fn changed(
    tx: &Transaction<'_>,
    context: Context<'_>,
    device_id: &Id,
    input: u16,
    closed: bool,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    let before = tx.input_closed(device_id.as_str(), input)?;
    if before == Some(closed) {
        return Ok(out);
    }
    tx.set_input_closed(device_id.as_str(), input, closed)?;
    let is = |place: &Option<Input>| {
        let place =
            place.as_ref().filter(|one| one.device_id == *device_id && one.input == input)?;
        Some(closed != place.inverted)
    };
    for lane in &context.rules.lanes {
        if let Some(taken) = is(&lane.passing_loop) {
            passing::loop_changed(tx, context, lane, taken, &mut out)?;
        }
        if is(&lane.barrier_up) == Some(true) {
            devices::barrier_is_up(tx, context, lane, &mut out)?;
        }
        // What a button was when it is first heard of is no press.
        if is(&lane.button) == Some(true) && before.is_some() {
            staff::open_by_hand(tx, context, lane, BUTTON.0, BUTTON.1, &mut out)?;
        }
    }
    Ok(out)
}
