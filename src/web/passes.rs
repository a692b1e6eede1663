//! Visitors' passes for staff: given, listed, withdrawn.

use super::answers::{ApiError, Speech, query, refuse_problem};
use super::fields::SaidTime;
use super::replies::StaffDone;
use super::requests::{
    Body, body, count, hours, length, moment, number_plate, staff_command, until,
};
use super::service::{Desk, Service};
use crate::clock;
use crate::lang::RequestProblem;
use crate::model::merchant::NewPass;
use crate::model::staff::{StaffAction, StaffCommand};
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::{self, PlateNo};
use crate::store::VisitorPass;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Plates of one pass.
const PLATES: usize = 20;
/// Passes listed at most.
const AT_MOST: u32 = 500;

/// A visitor's pass to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PassRequest {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20)]
    plate_no_list: Vec<PlateNo>,
    /// `yyyy-MM-dd HH:mm:ss` in the lot's time; from now on when absent.
    #[schema(value_type = Option<String>, example = "2026-03-02 08:00:00")]
    from: Option<SaidTime>,
    /// `yyyy-MM-dd HH:mm:ss` in the lot's time.
    #[schema(value_type = String, example = "2026-03-02 18:00:00")]
    until: SaidTime,
    /// The first so many hours of each stay between the two are free; all of it when absent.
    #[schema(value_type = Option<f64>, exclusive_minimum = 0, maximum = 744)]
    hours: Option<Money>,
    /// Whom they visit, and why.
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// A pass to be withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PassWithdrawal {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// As it was told when the pass was given.
    #[schema(value_type = String)]
    pass_id: Id,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// Which passes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct PassFilter {
    /// Those of this plate that are not over yet; all when absent.
    plate_no: Option<String>,
    /// Those given before this `number`, for the next page.
    before: Option<i64>,
}

/// Visitors' passes.
#[derive(Serialize, ToSchema)]
struct PassList {
    passes: Vec<PassShown>,
}

/// A visitor's pass.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PassShown {
    number: i64,
    #[schema(value_type = String)]
    pass_id: Id,
    plate_no_list: Vec<String>,
    #[schema(value_type = String)]
    from: DateTime,
    #[schema(value_type = String)]
    until: DateTime,
    /// Free hours of each stay; all of it when absent.
    hours: Option<f64>,
    reason: String,
    given_by: String,
    #[schema(value_type = String)]
    given_at: DateTime,
    #[schema(value_type = Option<String>)]
    withdrawn_at: Option<DateTime>,
}

impl PassShown {
    fn of(pass: VisitorPass, zone: &TimeZone) -> Self {
        let local = |moment| DateTime::at(moment, zone);
        Self {
            number: pass.number,
            pass_id: pass.id,
            plate_no_list: pass.plates,
            from: local(pass.time.begins),
            until: local(pass.time.ends),
            hours: pass.time.free.map(|free| free.as_secs_f64() / 3600.0),
            reason: pass.reason,
            given_by: pass.given_by,
            given_at: local(pass.given_at),
            withdrawn_at: pass.time.withdrawn_at.map(local),
        }
    }
}

/// Gives visitors a pass: between two moments they come in though the lot is full, and what of their stays lies in
/// between is free, or its first hours.
#[utoipa::path(post, path = "/api/passes", request_body = PassRequest, tag = "visitors",
    responses((status = 200, description = "given, with `passId`", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn give(desk: Desk, pass: Body<PassRequest>) -> Response {
    let command = body(pass).and_then(|pass| pass_command(pass, &desk.time_zone()));
    desk.act(command).await
}

fn pass_command(pass: PassRequest, zone: &TimeZone) -> Result<StaffCommand, RequestProblem> {
    count("plateNoList", pass.plate_no_list.len(), PLATES)?;
    for plate_no in &pass.plate_no_list {
        number_plate("plateNoList", plate_no)?;
    }
    length("reason", &pass.reason, 100)?;
    let from = pass.from.map(|from| moment("from", from, zone)).transpose()?;
    let action = StaffAction::GivePass(Box::new(NewPass {
        plates: pass.plate_no_list,
        from: from.unwrap_or_else(clock::now),
        until: until("until", pass.until, zone)?,
        free: pass.hours.map(|free| hours("hours", free)).transpose()?,
        reason: pass.reason,
    }));
    staff_command(pass.id, pass.operator, action)
}

/// Withdraws a pass: what was free by then stays free, and the time after it is charged.
#[utoipa::path(post, path = "/api/passes/withdraw", request_body = PassWithdrawal, tag = "visitors",
    responses((status = 200, description = "withdrawn", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn withdraw(desk: Desk, pass: Body<PassWithdrawal>) -> Response {
    let command = body(pass).and_then(|pass| {
        let action = StaffAction::WithdrawPass { pass_id: pass.pass_id };
        staff_command(pass.id, pass.operator, action)
    });
    desk.act(command).await
}

/// Passes, the newest first; those of one plate that are not over yet, the first to begin first.
#[utoipa::path(get, path = "/api/passes", params(PassFilter), tag = "visitors",
    responses((status = 200, description = "`passes`", body = PassList), (status = "4XX", body = ApiError)))]
pub(super) async fn list(
    State(service): State<Service>,
    reader: Speech,
    filter: Result<Query<PassFilter>, QueryRejection>,
) -> Response {
    let filter = match query(filter) {
        Ok(filter) => filter,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    let (now, zone) = (clock::now(), service.time_zone());
    let passes = service.read(move |tx| match &filter.plate_no {
        Some(plate_no) => tx.passes_of(&plate::normalise(plate_no), now),
        None => tx.passes(filter.before.unwrap_or(i64::MAX), AT_MOST),
    });
    match passes.await {
        Ok(passes) => {
            let passes = passes.into_iter().map(|pass| PassShown::of(pass, &zone)).collect();
            Json(PassList { passes }).into_response()
        }
        Err(problem) => refuse_problem(&problem, reader),
    }
}
