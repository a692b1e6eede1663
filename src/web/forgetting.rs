//! A plate forgotten because its owner wants it. `lotgate forget` calls this.

use super::answers::ApiError;
use super::on_box::OnBox;
use super::replies::StaffDone;
use super::requests::{Body, body, length, staff_command};
use super::service::Desk;
use crate::lang::RequestProblem;
use crate::model::staff::{StaffAction, StaffCommand};
use crate::standard::plate::PlateNo;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

/// A plate to be forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PlateToForget {
    #[schema(value_type = String)]
    plate_no: PlateNo,
    /// Who does it.
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    /// Why; it is kept, so name no plate.
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// Forgets a plate: stays keep their sums and times without it, all else goes. Refused while its car is here or has
/// something in force. What the platform is still to be told goes when it has acknowledged it.
#[utoipa::path(post, path = "/api/plates/forget", request_body = PlateToForget, tag = "records",
    responses((status = 200, description = "`status`: forgotten, or being forgotten where there is much of it", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn forget(desk: Desk, on_box: OnBox, plate: Body<PlateToForget>) -> Response {
    desk.act(body(plate).and_then(|plate| command(plate, &on_box))).await
}

fn command(plate: PlateToForget, on_box: &OnBox) -> Result<StaffCommand, RequestProblem> {
    let PlateToForget { plate_no, operator, reason } = plate;
    length("reason", &reason, 100)?;
    let command = staff_command(None, operator, StaffAction::Forget { plate_no, reason })?;
    Ok(StaffCommand { operator: on_box.deed_of(command.operator), ..command })
}
