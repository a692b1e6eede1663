//! 4001: the control list (tables 18, 54, 55). An entry replaces the one with its id; one that is
//! deleted is known by its id alone.

use super::super::{LotError, Outcome, passage};
use super::{Answer, Step};
use crate::standard::codes::ErrorCode;
use crate::standard::entities::BlackWhiteGraySheet;
use crate::standard::lenient;
use crate::standard::tables::Table;
use crate::standard::tables::downlink::{DELETE_4001, REQUEST_4001};
use crate::store::ControlListEntry;
use serde::Deserialize;
use serde_json::{Value, json};

const SHEET: &str = "blackWhiteGraySheet";

/// 4001's element in its table's form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ControlCommand {
    /// An entry, or what is left of one that is deleted.
    black_white_gray_sheet: Option<Value>,
    /// 1 in force, 2 deleted.
    state: i64,
}

/// Deletions need no more than the id; an end given as a date includes that day (ambiguity 59).
pub(super) fn adapt(element: &Value) -> (&'static Table, Value) {
    let state = element.as_object().and_then(|map| lenient::find(map, "state"));
    if state.and_then(lenient::int) == Some(2) {
        return (&DELETE_4001, element.clone());
    }
    let mut element = element.clone();
    if let Some(end) = element.get_mut(SHEET).and_then(|sheet| sheet.get_mut("endDate"))
        && let Some(date) = end.as_str().map(str::trim).filter(|text| text.len() == 10)
    {
        *end = format!("{date} 23:59:59").into();
    }
    (&REQUEST_4001, element)
}

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    command: &ControlCommand,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    let Some(sheet) = &command.black_white_gray_sheet else {
        return Ok(step.refuse(ErrorCode::NAMING, "blackWhiteGraySheet: missing"));
    };
    if command.state == 2 { remove(step, sheet, out) } else { insert(step, sheet, out) }
}

fn remove(step: &Step<'_, '_>, sheet: &Value, out: &mut Outcome) -> Result<Answer, LotError> {
    let id = sheet.get("id").and_then(Value::as_str).unwrap_or_default();
    let Some(plate_no) = step.tx.remove_control(id)? else {
        return Ok(step.refuse(ErrorCode::NO_OBJECT, "id"));
    };
    passage::reconsider_plate(step.tx, step.context, out, &plate_no)?;
    Ok(Answer::done(id, "delete", Some(json!({ "id": id }))))
}

fn insert(step: &Step<'_, '_>, sheet: &Value, out: &mut Outcome) -> Result<Answer, LotError> {
    let sheet: BlackWhiteGraySheet = match serde_json::from_value(sheet.clone()) {
        Ok(sheet) => sheet,
        Err(error) => return Ok(step.refuse(ErrorCode::NAMING, &error.to_string())),
    };
    let begin = match sheet.begin_date.map(|begin| step.moment(begin, "beginDate")).transpose() {
        // Absent: in force at once.
        Ok(begin) => begin.unwrap_or(step.context.now),
        Err(refused) => return Ok(refused),
    };
    let end = match step.moment(sheet.end_date, "endDate") {
        Ok(end) if end >= begin || sheet.begin_date.is_none() => end,
        Ok(_) => return Ok(step.refuse(ErrorCode::OUT_OF_RANGE, "endDate < beginDate")),
        Err(refused) => return Ok(refused),
    };
    let entry = ControlListEntry {
        id: sheet.id.to_string(),
        plate_no: sheet.park_car_info.plate_no.to_string(),
        strategy_type: sheet.strategy_type,
        begin,
        end,
        strategy_from: sheet.strategy_from,
    };
    let before = step.tx.remove_control(&entry.id)?;
    step.tx.set_control(&entry)?;
    for plate_no in before.iter().chain([&entry.plate_no]) {
        passage::reconsider_plate(step.tx, step.context, out, plate_no)?;
    }
    Ok(Answer::done(&entry.id, "set", Some(json!({ "id": sheet.id }))))
}
