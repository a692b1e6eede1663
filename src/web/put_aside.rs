//! What was put aside for people: listed, done again, thrown away. `lotgate aside` calls this.

use super::answers::{ApiError, Speech, query, refuse_problem};
use super::fields;
use super::on_box::OnBox;
use super::requests::{Body, body, count, length};
use super::service::Service;
use crate::lang::RequestProblem;
use crate::model::input::{Answer, Input};
use crate::model::put_aside::{AsideCommand, KeptAside, ThrowAside};
use crate::standard::datetime::DateTime;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Listed, and done with, at most.
const AT_MOST: u32 = 200;

/// Which of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct AsideFilter {
    /// Put aside before this `number`, for the next page.
    before: Option<i64>,
}

/// What was put aside.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AsideList {
    put_aside: Vec<AsideShown>,
}

/// One thing that was put aside.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AsideShown {
    number: i64,
    /// `out-of-time`: a late read of a moment that cannot be right; `ends-the-process`: the process ended while it was at
    /// it, each time.
    why: &'static str,
    /// `read`, `command`, `input`, or `row` for something of the lot's own.
    kind: &'static str,
    device_id: Option<String>,
    lane_id: Option<String>,
    plate_no: Option<String>,
    said: String,
    #[schema(value_type = String)]
    since: DateTime,
    #[schema(value_type = String)]
    last: DateTime,
    /// How often it has come.
    times: i64,
    /// Whether it is about to be done again.
    again: bool,
}

impl AsideShown {
    fn of(kept: KeptAside, zone: &TimeZone) -> Self {
        let KeptAside { number, what, at, last, times, again } = kept;
        Self {
            number,
            why: what.why.word(),
            kind: what.kind.word(),
            device_id: what.device_id.map(|id| id.to_string()),
            lane_id: what.lane_id.map(|id| id.to_string()),
            plate_no: what.plate_no,
            said: what.said,
            since: DateTime::at(at, zone),
            last: DateTime::at(last, zone),
            times,
            again,
        }
    }
}

/// Some of what was put aside.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Numbers {
    #[schema(min_items = 1, max_items = 200)]
    #[serde(deserialize_with = "fields::wholes")]
    numbers: Vec<i64>,
}

/// Some of it that nobody wants any more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unwanted {
    #[schema(min_items = 1, max_items = 200)]
    #[serde(deserialize_with = "fields::wholes")]
    numbers: Vec<i64>,
    /// Who throws it away.
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    /// Why.
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// How much of it.
#[derive(Serialize, ToSchema)]
struct AsideDone {
    count: usize,
}

/// What was put aside, the newest first.
#[utoipa::path(get, path = "/api/put-aside", params(AsideFilter), tag = "put-aside",
    responses((status = 200, description = "`putAside`, 200 at most", body = AsideList), (status = "4XX", body = ApiError)))]
pub(super) async fn list(
    State(service): State<Service>,
    reader: Speech,
    filter: Result<Query<AsideFilter>, QueryRejection>,
) -> Response {
    let before = match query(filter) {
        Ok(filter) => filter.before.unwrap_or(i64::MAX),
        Err(problem) => return refuse_problem(&problem, reader),
    };
    let zone = service.time_zone();
    match service.read(move |tx| tx.all_put_aside(before, AT_MOST)).await {
        Ok(kept) => {
            let put_aside = kept.into_iter().map(|one| AsideShown::of(one, &zone)).collect();
            Json(AsideList { put_aside }).into_response()
        }
        Err(problem) => refuse_problem(&problem, reader),
    }
}

/// Has it done again: reads, as late ones, and commands at once; anything else is let pass when it comes again. What ends the
/// process once more is put aside once more.
#[utoipa::path(post, path = "/api/put-aside/retry", request_body = Numbers, tag = "put-aside",
    responses((status = 200, description = "`count` is how much", body = AsideDone), (status = "4XX", body = ApiError)))]
pub(super) async fn retry(
    State(service): State<Service>,
    reader: Speech,
    numbers: Body<Numbers>,
) -> Response {
    let command = body(numbers).and_then(|Numbers { numbers }| {
        count("numbers", numbers.len(), AT_MOST as usize)?;
        Ok(AsideCommand::Again(numbers))
    });
    carry_out(&service, reader, command).await
}

/// Throws it away; money that the platform told of only on the box itself (by the socket beside the database).
#[utoipa::path(post, path = "/api/put-aside/drop", request_body = Unwanted, tag = "put-aside",
    responses((status = 200, description = "`count` is how much", body = AsideDone), (status = "4XX", body = ApiError)))]
pub(super) async fn throw_away(
    State(service): State<Service>,
    reader: Speech,
    on_box: OnBox,
    unwanted: Body<Unwanted>,
) -> Response {
    let command = body(unwanted).and_then(|Unwanted { numbers, operator, reason }| {
        count("numbers", numbers.len(), AT_MOST as usize)?;
        length("operator", &operator, 50)?;
        length("reason", &reason, 100)?;
        let (by, said) = (on_box.deed_of(operator), on_box.said());
        Ok(AsideCommand::Drop(ThrowAside { numbers, by, reason, said }))
    });
    carry_out(&service, reader, command).await
}

async fn carry_out(
    service: &Service,
    reader: Speech,
    command: Result<AsideCommand, RequestProblem>,
) -> Response {
    let command = match command {
        Ok(command) => command,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    match service.engine.submit(Input::Aside(command)).await {
        Ok(Answer::Aside { count, again }) => {
            for number in again {
                // What cannot be done stays where it is.
                let _ = service.engine.submit(Input::Again { number }).await;
            }
            Json(AsideDone { count }).into_response()
        }
        Ok(Answer::AsideRefused(refusal)) => {
            refuse_problem(&RequestProblem::Aside(refusal), reader)
        }
        Ok(_) | Err(_) => refuse_problem(&RequestProblem::NotStored, reader),
    }
}
