//! 6003: lock a vehicle, or unlock it (tables 77 and 78).
//!
//! A locked vehicle is held at the exit until it is unlocked or staff let it out. Unlocking lets a car
//! that waits at the exit go at once.

use super::super::{LotError, Outcome, passage};
use super::{Answer, Step, replies_of};
use crate::standard::codes::ErrorCode;
use crate::standard::entities::LockCommand;
use crate::store::VehicleLock;
use serde_json::json;

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    command: &LockCommand,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    let Step { tx, context, .. } = *step;
    let lock = command.lock_flag == 0;
    let action = if lock { "lock" } else { "unlock" };
    let identity = command.id.as_str().to_ascii_lowercase();
    // The same id may lock and later unlock; only the newest of its actions can be a repetition.
    if let Some(entry) = tx.last_journal_entry(6003, &identity)?
        && entry.action == action
    {
        return Ok(Answer::told(replies_of(&entry)));
    }
    let plate = command.plate_no.as_str();
    let Some(record) = tx.open_record_of(plate)? else {
        return Ok(not_in_lot(step));
    };
    if lock {
        let lock = VehicleLock {
            lock_id: command.id.to_string(),
            record_id: record.id,
            feature_code: command.feature_code.clone(),
            released_by: None,
        };
        tx.lock(plate, &lock, context.now)?;
    } else {
        tx.unlock(plate)?;
        passage::reconsider_plate(tx, context, out, plate)?;
    }
    let reply = json!({ "id": command.id, "lockstate": i64::from(lock) });
    Ok(Answer::done(identity, action, Some(reply)))
}

/// Table 78 demands `lockstate` even here.
fn not_in_lot(step: &Step<'_, '_>) -> Answer {
    let mut answer = step.refuse(ErrorCode::NOT_IN_LOT, "");
    for reply in answer.replies.iter_mut().filter_map(serde_json::Value::as_object_mut) {
        reply.insert("lockstate".to_owned(), 0.into());
    }
    answer
}
