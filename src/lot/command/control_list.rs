//! 4001: the control list (tables 18, 54, 55). An entry replaces the one with its id; one that is
//! deleted is known by its id alone.

use super::{Answered, Done, end, refuse};
use crate::foreign::moment;
use crate::lot::case::Case;
use crate::standard::codes::{ErrorCode, Standing, Strategy};
use crate::standard::entities::BlackWhiteGraySheet;
use crate::standard::id::Id;
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
    if state.and_then(lenient::int) == Some(Standing::Deleted.number()) {
        return (&DELETE_4001, element.clone());
    }
    let mut element = element.clone();
    let sheet = element.as_object_mut().and_then(|map| lenient::find_object(map, SHEET));
    if let Some(sheet) = sheet
        && let Some(date) = lenient::find(sheet, "endDate").and_then(moment::day)
    {
        lenient::remove_if(sheet, "endDate", |_| true);
        sheet.insert("endDate".to_owned(), format!("{date} 23:59:59").into());
    }
    (&REQUEST_4001, element)
}

pub(super) fn carry_out(case: &mut Case<'_>, command: &ControlCommand) -> Done {
    let Some(sheet) = &command.black_white_gray_sheet else {
        return Err(refuse(ErrorCode::NAMING, "blackWhiteGraySheet: missing").into());
    };
    if command.state == Standing::Deleted.number() {
        remove(case, sheet)
    } else {
        insert(case, sheet)
    }
}

fn remove(case: &mut Case<'_>, sheet: &Value) -> Done {
    let id = sheet.get("id").and_then(Value::as_str).unwrap_or_default();
    let Some(plate_no) = case.tx.remove_control(&Id::from(id))? else {
        return Err(refuse(ErrorCode::NO_OBJECT, "id").into());
    };
    case.may_pass(&plate_no);
    Ok(Answered::done(id, "delete", Some(json!({ "id": id }))))
}

fn insert(case: &mut Case<'_>, sheet: &Value) -> Done {
    let sheet: BlackWhiteGraySheet = serde_json::from_value(sheet.clone())
        .map_err(|error| refuse(ErrorCode::NAMING, error.to_string()))?;
    let begin =
        sheet.begin_date.map(|begin| super::moment(case, begin, "beginDate")).transpose()?;
    let end = end(case, sheet.end_date, "endDate")?;
    if begin.is_some_and(|begin| end < begin) {
        return Err(refuse(ErrorCode::OUT_OF_RANGE, "endDate < beginDate").into());
    }
    let strategy_type = Strategy::from_number(sheet.strategy_type)
        .ok_or_else(|| refuse(ErrorCode::OUT_OF_RANGE, "strategyType"))?;
    let entry = ControlListEntry {
        id: sheet.id,
        plate_no: sheet.park_car_info.plate_no.to_string(),
        strategy_type,
        // Absent: in force at once.
        begin: begin.unwrap_or(case.now),
        end,
        strategy_from: sheet.strategy_from,
    };
    let before = case.tx.remove_control(&entry.id)?;
    case.tx.set_control(&entry)?;
    for plate_no in before.iter().chain([&entry.plate_no]) {
        case.may_pass(plate_no);
    }
    Ok(Answered::done(entry.id.as_str(), "set", Some(json!({ "id": entry.id }))))
}
