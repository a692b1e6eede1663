//! Dead letters looked after: sent again or thrown away. `lotgate queue` calls this.

use super::answers::{ApiError, Speech, refuse_problem};
use super::fields;
use super::on_box::OnBox;
use super::replies::RowsDone;
use super::requests::{Body, body, count, length};
use super::service::Service;
use crate::lang::RequestProblem;
use crate::model::input::{Answer, Input};
use crate::model::queue::{QueueCommand, ThrowAway};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

/// Rows of one request at most, so that no commit grows long.
const AT_MOST: usize = 500;

/// Rows of the queue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rows {
    /// Their numbers, as `lotgate queue ls` shows them; below 0 those of pictures.
    #[schema(min_items = 1, max_items = 500)]
    #[serde(deserialize_with = "fields::wholes")]
    rows: Vec<i64>,
}

/// Rows of the queue that nobody wants any more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnwantedRows {
    /// Their numbers, as `lotgate queue ls --dead` shows them.
    #[schema(min_items = 1, max_items = 500)]
    #[serde(deserialize_with = "fields::wholes")]
    rows: Vec<i64>,
    /// Who throws them away.
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    /// Why.
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// Sends dead letters again, behind everything that waits.
#[utoipa::path(post, path = "/api/queue/retry", request_body = Rows, tag = "queue",
    responses((status = 200, description = "`rows` is how many", body = RowsDone), (status = "4XX", body = ApiError)))]
pub(super) async fn retry(
    State(service): State<Service>,
    reader: Speech,
    rows: Body<Rows>,
) -> Response {
    carry_out(&service, reader, body(rows).and_then(again)).await
}

fn again(Rows { rows }: Rows) -> Result<QueueCommand, RequestProblem> {
    count("rows", rows.len(), AT_MOST)?;
    Ok(QueueCommand::Retry(rows))
}

/// Throws dead letters away: all of these, or none where one still waits, or tells of money (5005 … 5009), which is thrown
/// away on the box only (by the socket beside the database). `lotgate queue dropped` tells who did it and why.
#[utoipa::path(post, path = "/api/queue/drop", request_body = UnwantedRows, tag = "queue",
    responses((status = 200, description = "`rows` is how many", body = RowsDone), (status = "4XX", body = ApiError)))]
pub(super) async fn throw_away(
    State(service): State<Service>,
    reader: Speech,
    on_box: OnBox,
    rows: Body<UnwantedRows>,
) -> Response {
    let command = body(rows).and_then(|rows| no_more(rows, &on_box));
    carry_out(&service, reader, command).await
}

fn no_more(
    UnwantedRows { rows, operator, reason }: UnwantedRows,
    on_box: &OnBox,
) -> Result<QueueCommand, RequestProblem> {
    count("rows", rows.len(), AT_MOST)?;
    length("operator", &operator, 50)?;
    length("reason", &reason, 100)?;
    let (by, said) = (on_box.deed_of(operator), on_box.said());
    Ok(QueueCommand::Drop(ThrowAway { rows, by, reason, said }))
}

async fn carry_out(
    service: &Service,
    reader: Speech,
    command: Result<QueueCommand, RequestProblem>,
) -> Response {
    let command = match command {
        Ok(command) => command,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    match service.engine.submit(Input::Queue(command)).await {
        Ok(Answer::Queue(count)) => Json(RowsDone { rows: count }).into_response(),
        Ok(Answer::QueueRefused(refusal)) => {
            refuse_problem(&RequestProblem::Queue(refusal), reader)
        }
        Ok(_) | Err(_) => refuse_problem(&RequestProblem::NotStored, reader),
    }
}
