//! 6003: lock a vehicle, or unlock it (tables 77 and 78).
//!
//! A locked vehicle is held at the exit until it is unlocked or staff let it out. Unlocking lets a car
//! that waits at the exit go at once. A lock's id is its car's: for another plate it is refused.

use super::{Answered, Done, Refused, refuse};
use crate::lot::case::Case;
use crate::standard::codes::ErrorCode;
use crate::standard::entities::LockCommand;
use crate::standard::id::Id;
use crate::store::{StoreError, VehicleLock};
use serde_json::json;

/// Table 77's `lockFlag` that locks.
const LOCK: i64 = 0;

pub(super) fn carry_out(case: &mut Case<'_>, command: &LockCommand) -> Done {
    let lock = command.lock_flag == LOCK;
    let action = if lock { "lock" } else { "unlock" };
    let identity = command.id.folded();
    let plate = command.plate_no.as_str();
    // The same id may lock and later unlock; only the newest of its actions can be a repetition.
    if let Some(entry) = case.tx.last_journal_entry(6003, &identity)? {
        let (done, record_id) = entry.action.split_once(' ').unwrap_or((entry.action.as_str(), ""));
        if is_of_another(case, &record_id.into(), plate)? {
            let locked = case.tx.lock_of(plate)?.is_some();
            let also = Some(("lockstate", i64::from(locked).into()));
            return Err(Refused { also, ..refuse(ErrorCode::NO_OBJECT, "id, plateNo") }.into());
        }
        if done == action {
            return Ok(Answered::told(entry.reply));
        }
    }
    let Some(record) = case.tx.open_record_by_any_plate(plate)? else {
        // Table 78 demands `lockstate` even here.
        let also = Some(("lockstate", 0.into()));
        return Err(Refused { also, ..refuse(ErrorCode::NOT_IN_LOT, "") }.into());
    };
    let plate = record.plate_text();
    if lock {
        let lock = VehicleLock {
            lock_id: command.id.clone(),
            record_id: record.id.clone(),
            feature_code: command.feature_code.clone(),
            released_by: None,
        };
        case.tx.lock(plate, &lock, case.now)?;
        case.listing_changed(plate);
    } else {
        case.tx.unlock(plate)?;
        case.may_pass(plate);
    }
    let reply = json!({ "id": command.id, "lockstate": i64::from(lock) });
    Ok(Answered::done(identity, format!("{action} {}", record.id), Some(reply)))
}

/// Whether the stay that a lock's id was used for is of a car that does not go by that plate.
fn is_of_another(case: &Case<'_>, record_id: &Id, plate: &str) -> Result<bool, StoreError> {
    let Some(record) = case.tx.record(record_id)? else { return Ok(false) };
    Ok(record.plate_no.is_some()
        && record.plate_text() != plate
        && !case.tx.has_alias(record_id, plate)?)
}
