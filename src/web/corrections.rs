//! Parking records put right by staff.

use super::answers::ApiError;
use super::fields::{self, SaidTime};
use super::replies::StaffDone;
use super::requests::{self, Body, body, length, range, staff_command};
use super::service::Desk;
use crate::lang::RequestProblem;
use crate::model::staff::{Correction, StaffAction, StaffCommand};
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::ToSchema;

/// A record's true values; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CorrectionRequest {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    #[schema(value_type = String)]
    record_id: Id,
    #[schema(value_type = Option<String>)]
    plate_no: Option<PlateNo>,
    #[schema(max_length = 3)]
    plate_color: Option<String>,
    /// 1 large, 2 medium, 3 small.
    #[schema(minimum = 1, maximum = 3)]
    #[serde(default, deserialize_with = "fields::maybe_whole")]
    car_model: Option<i64>,
    /// `yyyy-MM-dd HH:mm:ss` in the lot's time.
    #[schema(value_type = Option<String>, example = "2026-03-02 08:00:00")]
    enter_time: Option<SaidTime>,
    /// `yyyy-MM-dd HH:mm:ss` in the lot's time; ends a stay that is still open.
    #[schema(value_type = Option<String>, example = "2026-03-02 09:00:00")]
    leave_time: Option<SaidTime>,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    #[schema(min_length = 1, max_length = 100)]
    reason: Option<String>,
}

/// Corrects a parking record, open or closed (5006).
#[utoipa::path(post, path = "/api/records/correct", request_body = CorrectionRequest,
    tag = "records",
    responses((status = 200, description = "corrected", body = StaffDone), (status = "4XX", body = ApiError)))]
pub(super) async fn correct(desk: Desk, correction: Body<CorrectionRequest>) -> Response {
    let command =
        body(correction).and_then(|correction| correction_command(correction, &desk.time_zone()));
    desk.act(command).await
}

fn correction_command(
    correction: CorrectionRequest,
    zone: &TimeZone,
) -> Result<StaffCommand, RequestProblem> {
    if let Some(color) = &correction.plate_color {
        length("plateColor", color, 3)?;
    }
    if let Some(reason) = &correction.reason {
        length("reason", reason, 100)?;
    }
    if let Some(model) = correction.car_model {
        range("carModel", model, 1, 3)?;
    }
    let moment = |field, time: Option<SaidTime>| -> Result<Option<Timestamp>, RequestProblem> {
        time.map(|time| requests::moment(field, time, zone)).transpose()
    };
    let action = StaffAction::Correct(Box::new(Correction {
        record_id: Some(correction.record_id),
        plate_no: correction.plate_no,
        plate_color: correction.plate_color,
        car_model: correction.car_model,
        enter_time: moment("enterTime", correction.enter_time)?,
        leave_time: moment("leaveTime", correction.leave_time)?,
        reason: correction.reason,
    }));
    staff_command(correction.id, correction.operator, action)
}
