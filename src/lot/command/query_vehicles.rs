//! 6005: which cars inside have a plate like this (tables 81 and 82). No hit is an empty answer.

use super::{Answered, Done, refuse};
use crate::lot::case::Case;
use crate::lot::report::car_info;
use crate::model::remark::Reproach;
use crate::standard::codes::ErrorCode;
use crate::standard::datetime::DateTime;
use crate::standard::entities::VehicleQuery;
use serde_json::json;

/// A shorter part of a plate names nobody.
const SHORTEST: usize = 3;

pub(super) fn carry_out(case: &mut Case<'_>, query: &VehicleQuery) -> Done {
    if query.plate_no.chars().count() < SHORTEST {
        let detail = Reproach::PlateTooShort.text();
        return Err(refuse(ErrorCode::OUT_OF_RANGE, detail).into());
    }
    let (case, zone) = (&*case, &case.rules.time_zone);
    let found = case.tx.open_records_like(&query.plate_no)?;
    let replies = found.iter().filter_map(|record| {
        let mut hit = json!({
            "id": record.id,
            "parkCarInfo": car_info(case, record)?,
            "inTime": DateTime::at(record.enter_time, zone),
        });
        if let (Some(url), Some(hit)) = (&record.image_url, hit.as_object_mut()) {
            hit.insert("imageUrl".to_owned(), url.as_str().into());
        }
        Some(hit)
    });
    Ok(Answered::told(replies.collect()))
}
