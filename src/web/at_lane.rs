//! What people at a lane say of a car: which it is, that it may pass, that it has gone back, what came behind it; and all
//! barriers up.

use super::answers::ApiError;
use super::fields;
use super::replies::StaffDone;
use super::requests::{Body, LaneAndWhy, body, length, of_lane_and_why, range, staff_command};
use super::service::Desk;
use crate::lang::RequestProblem;
use crate::model::staff::{NamedCar, StaffAction, StaffCommand};
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

/// A car in a lane, as a person sees it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CarAtLane {
    /// The sender's id; a fresh one when absent.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// The lane's id (table 8).
    #[schema(value_type = String)]
    lane_id: Id,
    /// Its plate. `/api/lanes/car` asks for one; in `/api/lanes/let-through` it may be left out: it is the car that waits
    /// there, by the plate that was read if there is one, and `无牌` is one that shows none.
    #[schema(value_type = Option<String>)]
    plate_no: Option<PlateNo>,
    #[schema(max_length = 3)]
    plate_color: Option<String>,
    /// 1 large, 2 medium, 3 small.
    #[schema(minimum = 1, maximum = 3)]
    #[serde(default, deserialize_with = "fields::maybe_whole")]
    car_model: Option<i64>,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// Whose stay the car is that waits in a lane.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Choice {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// The lane's id (table 8).
    #[schema(value_type = String)]
    lane_id: Id,
    /// The parking record, one of the lane's `candidates` or any other that is open.
    #[schema(value_type = String)]
    record_id: Id,
    /// The true plate, where the entry's was misread; the record keeps the entry's when absent.
    #[schema(value_type = Option<String>)]
    plate_no: Option<PlateNo>,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// What drove through behind another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TailAnswer {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// Its number, as `GET /api/lanes` tells it.
    #[serde(deserialize_with = "fields::whole")]
    tail: i64,
    /// Whose stay ended by it; absent when it was no car of its own, a trailer for one.
    #[schema(value_type = Option<String>)]
    record_id: Option<Id>,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// Who and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WhoAndWhy {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// Says which car waits in a lane: it is decided anew.
#[utoipa::path(post, path = "/api/lanes/car", request_body = CarAtLane, tag = "lanes",
    responses((status = 200, description = "decided; whether it passes, `GET /api/lanes` tells", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn name(desk: Desk, car: Body<CarAtLane>) -> Response {
    let command = body(car).and_then(|car| {
        if !car.plate_no.as_ref().is_some_and(is_plate) {
            return Err(RequestProblem::Length { field: "plateNo", max: 10 });
        }
        of_car(car, |lane_id, car, reason| StaffAction::NameCar { lane_id, car, reason })
    });
    desk.act(command).await
}

/// Lets a car through by hand: it comes in or goes out with a record, under a number of its own where it shows no plate.
#[utoipa::path(post, path = "/api/lanes/let-through", request_body = CarAtLane, tag = "lanes",
    responses((status = 200, description = "opened, with the `plateNo` or number that passes", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn let_through(desk: Desk, car: Body<CarAtLane>) -> Response {
    let action = |lane_id, car, reason| StaffAction::LetThrough { lane_id, car, reason };
    desk.act(body(car).and_then(|car| of_car(car, action))).await
}

/// Whether it is a plate and not the word for none.
fn is_plate(plate_no: &PlateNo) -> bool {
    *plate_no != PlateNo::none()
}

fn of_car(
    car: CarAtLane,
    action: impl FnOnce(Id, NamedCar, String) -> StaffAction,
) -> Result<StaffCommand, RequestProblem> {
    length("reason", &car.reason, 100)?;
    if let Some(color) = &car.plate_color {
        length("plateColor", color, 3)?;
    }
    if let Some(model) = car.car_model {
        range("carModel", model, 1, 3)?;
    }
    let CarAtLane { plate_no, plate_color, car_model, .. } = car;
    let named = NamedCar { plate_no, plate_color, car_model };
    staff_command(car.id, car.operator, action(car.lane_id, named, car.reason))
}

/// Says whose stay the car is that waits at an exit: it is decided anew, and what is due is asked.
#[utoipa::path(post, path = "/api/lanes/choose", request_body = Choice, tag = "lanes",
    responses((status = 200, description = "decided; whether it passes, `GET /api/lanes` tells", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn choose(desk: Desk, choice: Body<Choice>) -> Response {
    let command = body(choice).and_then(|choice| {
        let Choice { lane_id, record_id, plate_no, reason, .. } = choice;
        length("reason", &reason, 100)?;
        let plate_no = plate_no.filter(is_plate);
        let action = StaffAction::ChooseStay { lane_id, record_id, plate_no, reason };
        staff_command(choice.id, choice.operator, action)
    });
    desk.act(command).await
}

/// Says that the car which was let pass in a lane has gone back.
#[utoipa::path(post, path = "/api/lanes/backed-out", request_body = LaneAndWhy, tag = "lanes",
    responses((status = 200, description = "its stay, where one had begun, was none", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn backed_out(desk: Desk, lane: Body<LaneAndWhy>) -> Response {
    let action = |lane_id, reason| StaffAction::BackedOut { lane_id, reason };
    desk.act(of_lane_and_why(lane, action)).await
}

/// Says what drove through behind another.
#[utoipa::path(post, path = "/api/lanes/tail", request_body = TailAnswer, tag = "lanes",
    responses((status = 200, description = "settled", body = StaffDone), (status = "4XX", body = ApiError)))]
pub(super) async fn settle_tail(desk: Desk, answer: Body<TailAnswer>) -> Response {
    let command = body(answer).and_then(|answer| {
        let TailAnswer { tail, record_id, reason, .. } = answer;
        length("reason", &reason, 100)?;
        let action = StaffAction::SettleTail { tail, record_id, reason };
        staff_command(answer.id, answer.operator, action)
    });
    desk.act(command).await
}

/// Says that this gateway commands the barriers, where another one runs for the lot, too.
#[utoipa::path(post, path = "/api/lanes/drive", request_body = WhoAndWhy, tag = "lanes",
    responses((status = 200, description = "this one does, and the other stands back", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn drive(desk: Desk, who: Body<WhoAndWhy>) -> Response {
    desk.act(of_all(who, |reason| StaffAction::Drive { reason })).await
}

/// Raises all barriers until staff end it: nothing closes, nobody is held.
#[utoipa::path(post, path = "/api/lanes/all-up", request_body = WhoAndWhy, tag = "lanes",
    responses((status = 200, description = "all up", body = StaffDone), (status = "4XX", body = ApiError)))]
pub(super) async fn raise_all(desk: Desk, who: Body<WhoAndWhy>) -> Response {
    desk.act(of_all(who, |reason| StaffAction::RaiseAll { reason })).await
}

/// Puts the barriers back into service.
#[utoipa::path(post, path = "/api/lanes/all-up/end", request_body = WhoAndWhy, tag = "lanes",
    responses((status = 200, description = "normal", body = StaffDone), (status = "4XX", body = ApiError)))]
pub(super) async fn end_raise_all(desk: Desk, who: Body<WhoAndWhy>) -> Response {
    desk.act(of_all(who, |reason| StaffAction::EndRaiseAll { reason })).await
}

fn of_all(
    who: Body<WhoAndWhy>,
    action: impl FnOnce(String) -> StaffAction,
) -> Result<StaffCommand, RequestProblem> {
    let who = body(who)?;
    length("reason", &who.reason, 100)?;
    staff_command(who.id, who.operator, action(who.reason))
}
