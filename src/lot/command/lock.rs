//! 6003: lock a vehicle, or unlock it (tables 77 and 78).
//!
//! A locked vehicle is held at the exit until it is unlocked or staff let it out. Unlocking lets a car
//! that waits at the exit go at once.

use super::super::{Context, LotError, Outcome, passage};
use super::{Answer, Journal};
use crate::standard::codes::ErrorCode;
use crate::standard::entities::LockCommand;
use crate::standard::interface::Interface;
use crate::store::{Transaction, VehicleLock};
use serde_json::{Map, Value, json};

pub(super) fn carry_out(
    tx: &Transaction<'_>,
    context: Context<'_>,
    element: Map<String, Value>,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    let command: LockCommand = match serde_json::from_value(element.clone().into()) {
        Ok(command) => command,
        Err(error) => return Ok(unreadable(element, &error)),
    };
    let lock = command.lock_flag == 0;
    let action = if lock { "lock" } else { "unlock" };
    let identity = command.id.as_str().to_ascii_lowercase();
    // The same id may lock and later unlock; only the newest of its actions can be a repetition.
    if let Some(entry) = tx.last_journal_entry(6003, &identity)?
        && entry.action == action
    {
        return Ok(Answer { reply: serde_json::from_str(&entry.reply).ok(), journal: None });
    }
    let plate = command.plate_no.as_str();
    let Some(record) = tx.open_record_of(plate)? else {
        return Ok(Answer { reply: Some(not_in_lot(&command)), journal: None });
    };
    if lock {
        let lock = VehicleLock {
            lock_id: command.id.to_string(),
            record_id: record.id,
            feature_code: command.feature_code.clone(),
        };
        tx.lock(plate, &lock, context.now)?;
    } else {
        tx.unlock(plate)?;
        passage::reconsider(tx, context, out, |car| car.plate_no == plate)?;
    }
    Ok(Answer {
        reply: Some(json!({ "id": command.id, "lockstate": i64::from(lock) })),
        journal: Some(Journal { identity, action }),
    })
}

fn not_in_lot(command: &LockCommand) -> Value {
    let code = ErrorCode::NOT_IN_LOT;
    let message = code.meaning().map_or("", |(zh, _)| zh);
    json!({ "id": command.id, "code": code.0, "message": message, "lockstate": 0 })
}

fn unreadable(element: Map<String, Value>, error: &serde_json::Error) -> Answer {
    let reply = Interface::find(6003).map(|interface| {
        let detail = error.to_string();
        super::error_element(interface, &element.into(), ErrorCode::NAMING, Some(&detail))
    });
    Answer { reply, journal: None }
}
