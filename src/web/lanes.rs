//! Lanes and their barriers by hand, and locked cars let out.

use super::answers::ApiError;
use super::replies::StaffDone;
use super::requests::{
    Body, LaneAndWhy, OfPlate, body, length, of_lane_and_why, of_plate, staff_command,
};
use super::service::Desk;
use crate::lang::RequestProblem;
use crate::model::barrier::Movement;
use crate::model::staff::{StaffAction, StaffCommand};
use crate::standard::id::Id;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

/// A lane that goes back into service; why is not asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OfLane {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// The lane's id (table 8).
    #[schema(value_type = String)]
    lane_id: Id,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    /// Taken and not kept.
    #[serde(default)]
    #[expect(dead_code, reason = "older software sends it")]
    reason: String,
}

/// A lane to be opened, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LaneToOpen {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// The lane's id (table 8).
    #[schema(value_type = String)]
    lane_id: Id,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
    /// The parking record of the car that leaves, where its plate was misread when it came in: it is corrected
    /// by what the exit has read, and closed.
    #[schema(value_type = Option<String>)]
    record_id: Option<Id>,
}

/// A lane's barrier and what to do with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BarrierMove {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// The lane's id (table 8).
    #[schema(value_type = String)]
    lane_id: Id,
    /// What to do.
    movement: MovementWord,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// How a barrier is moved.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum MovementWord {
    Close,
    Stop,
    HoldOpen,
    Release,
}

/// Lets a locked car out; its record says so (recordType 2).
#[utoipa::path(post, path = "/api/locks/release", request_body = OfPlate, tag = "lanes",
    responses((status = 200, description = "released", body = StaffDone), (status = "4XX", body = ApiError)))]
pub(super) async fn release_lock(desk: Desk, car: Body<OfPlate>) -> Response {
    let command = of_plate(car, |plate_no| StaffAction::ReleaseLock { plate_no });
    desk.act(command).await
}

/// Opens a lane's barrier, for the car that waits there if there is one.
#[utoipa::path(post, path = "/api/lanes/open", request_body = LaneToOpen, tag = "lanes",
    responses((status = 200, description = "opened, with the `plateNo` that passed", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn open_lane(desk: Desk, lane: Body<LaneToOpen>) -> Response {
    desk.act(body(lane).and_then(opening)).await
}

fn opening(lane: LaneToOpen) -> Result<StaffCommand, RequestProblem> {
    let LaneToOpen { id: sent, lane_id, operator, reason, record_id } = lane;
    length("reason", &reason, 100)?;
    staff_command(sent, operator, StaffAction::OpenLane { lane_id, reason, record_id })
}

/// Takes a lane out of service (5011 state 4).
#[utoipa::path(post, path = "/api/lanes/stop", request_body = LaneAndWhy, tag = "lanes",
    responses((status = 200, description = "stopped", body = StaffDone), (status = "4XX", body = ApiError)))]
pub(super) async fn stop_lane(desk: Desk, lane: Body<LaneAndWhy>) -> Response {
    let action = |lane_id, reason| StaffAction::StopLane { lane_id, reason };
    desk.act(of_lane_and_why(lane, action)).await
}

/// Puts a lane back into service.
#[utoipa::path(post, path = "/api/lanes/normal", request_body = OfLane, tag = "lanes",
    responses((status = 200, description = "normal", body = StaffDone), (status = "4XX", body = ApiError)))]
pub(super) async fn normal_lane(desk: Desk, lane: Body<OfLane>) -> Response {
    let command = body(lane).and_then(|lane| {
        let action = StaffAction::NormalLane { lane_id: lane.lane_id };
        staff_command(lane.id, lane.operator, action)
    });
    desk.act(command).await
}

/// Closes or stops a lane's barrier, holds it open, or releases it.
#[utoipa::path(post, path = "/api/lanes/barrier", request_body = BarrierMove, tag = "lanes",
    responses((status = 200, description = "commanded", body = StaffDone), (status = "4XX", body = ApiError)))]
pub(super) async fn move_barrier(desk: Desk, request: Body<BarrierMove>) -> Response {
    desk.act(of_barrier(request)).await
}

fn of_barrier(request: Body<BarrierMove>) -> Result<StaffCommand, RequestProblem> {
    let request = body(request)?;
    let movement = match request.movement {
        MovementWord::Close => Movement::Close,
        MovementWord::Stop => Movement::Stop,
        MovementWord::HoldOpen => Movement::HoldOpen,
        MovementWord::Release => Movement::Release,
    };
    let action = StaffAction::MoveBarrier { lane_id: request.lane_id, movement };
    staff_command(request.id, request.operator, action)
}
