//! Dead letters looked after: sent again or thrown away. `lotgate queue` calls this.

use super::answers::{ApiError, Speech, refuse_problem};
use super::replies::RowsDone;
use super::requests::{Body, body};
use super::service::Service;
use crate::lang::RequestProblem;
use crate::model::input::{Answer, Input, QueueCommand};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

/// Rows of the queue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rows {
    /// Their numbers, as `lotgate queue ls` shows them.
    rows: Vec<i64>,
}

/// Sends dead letters again, behind everything that waits.
#[utoipa::path(post, path = "/api/queue/retry", request_body = Rows, tag = "queue",
    responses((status = 200, description = "`rows` is how many", body = RowsDone), (status = "4XX", body = ApiError)))]
pub(super) async fn retry(
    State(service): State<Service>,
    reader: Speech,
    rows: Body<Rows>,
) -> Response {
    carry_out(&service, reader, rows, QueueCommand::Retry).await
}

/// Throws rows away.
#[utoipa::path(post, path = "/api/queue/drop", request_body = Rows, tag = "queue",
    responses((status = 200, description = "`rows` is how many", body = RowsDone), (status = "4XX", body = ApiError)))]
pub(super) async fn throw_away(
    State(service): State<Service>,
    reader: Speech,
    rows: Body<Rows>,
) -> Response {
    carry_out(&service, reader, rows, QueueCommand::Drop).await
}

async fn carry_out(
    service: &Service,
    reader: Speech,
    rows: Body<Rows>,
    command: impl FnOnce(Vec<i64>) -> QueueCommand,
) -> Response {
    let rows = match body(rows) {
        Ok(Rows { rows }) => rows,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    match service.engine.submit(Input::Queue(command(rows))).await {
        Ok(Answer::Queue(count)) => Json(RowsDone { rows: count }).into_response(),
        Ok(_) | Err(_) => refuse_problem(&RequestProblem::NotStored, reader),
    }
}
