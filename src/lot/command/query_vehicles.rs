//! 6005: which cars inside have a plate like this (tables 81 and 82). No hit is an empty answer.

use super::super::reports::car_info;
use super::super::{LotError, Outcome};
use super::{Answer, Step};
use crate::standard::codes::ErrorCode;
use crate::standard::datetime::DateTime;
use crate::standard::entities::VehicleQuery;
use serde_json::json;

/// A shorter part of a plate names nobody.
const SHORTEST: usize = 3;

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    query: &VehicleQuery,
    _out: &mut Outcome,
) -> Result<Answer, LotError> {
    if query.plate_no.chars().count() < SHORTEST {
        return Ok(step.refuse(ErrorCode::OUT_OF_RANGE, "plateNo: 至少 3 个字符"));
    }
    let zone = &step.context.rules.time_zone;
    let found = step.tx.open_records_like(&query.plate_no)?;
    let replies = found.iter().filter_map(|record| {
        let mut hit = json!({
            "id": record.id,
            "parkCarInfo": car_info(record)?,
            "inTime": DateTime::at(record.enter_time, zone),
        });
        if let (Some(url), Some(hit)) = (&record.image_url, hit.as_object_mut()) {
            hit.insert("imageUrl".to_owned(), url.as_str().into());
        }
        Some(hit)
    });
    Ok(Answer::told(replies.collect()))
}
