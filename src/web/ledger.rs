//! What is owed, asked without taking money: one car's bill, stays that ended with too little paid, and with
//! too much.

use super::answers::{ApiError, Speech, query, refuse_problem};
use super::queries::RecordFilter;
use super::replies::{BillTold, RecordList, RecordShown};
use super::service::{Desk, Service};
use crate::clock;
use crate::lang::RequestProblem;
use crate::lot::unsettled;
use crate::model::staff::{StaffAction, StaffCommand};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::ParkingRecord;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;

/// Stays listed at most.
const AT_MOST: usize = 500;

/// What a car owes now, told as an order (table 14) that binds for `pay_within`; nothing is taken.
#[utoipa::path(get, path = "/api/bill", params(RecordFilter), tag = "money",
    responses((status = 200, description = "the order and its sums, `due` is what is still owed", body = BillTold),
              (status = "4XX", body = ApiError)))]
pub(super) async fn bill(
    desk: Desk,
    filter: Result<Query<RecordFilter>, QueryRejection>,
) -> Response {
    desk.act(query(filter).and_then(|filter| quote(&filter))).await
}

fn quote(filter: &RecordFilter) -> Result<StaffCommand, RequestProblem> {
    let action = StaffAction::Quote { plate_no: filter.plate()? };
    Ok(StaffCommand { id: Id::random(), said: None, operator: String::new(), action })
}

/// Stays that ended with too little paid, the newest first. A deduction by contract is missed after a day.
#[utoipa::path(get, path = "/api/arrears", tag = "money",
    responses((status = 200, description = "`records`, each with `due`", body = RecordList),
              (status = "4XX", body = ApiError)))]
pub(super) async fn arrears(State(service): State<Service>, reader: Speech) -> Response {
    let now = clock::now();
    let found = service.read(move |tx| unsettled::in_arrears(tx, now, AT_MOST)).await;
    list(found, &service.time_zone(), reader, RecordShown::owing)
}

/// Stays that ended with more paid than they cost, the newest first, until it is given back (5009).
#[utoipa::path(get, path = "/api/overpaid", tag = "money",
    responses((status = 200, description = "`records`, each with `toRefund`", body = RecordList),
              (status = "4XX", body = ApiError)))]
pub(super) async fn overpaid(State(service): State<Service>, reader: Speech) -> Response {
    let found = service.read(|tx| unsettled::overpaid(tx, AT_MOST)).await;
    list(found, &service.time_zone(), reader, RecordShown::overpaid)
}

fn list(
    found: Result<Vec<(ParkingRecord, Money)>, RequestProblem>,
    zone: &TimeZone,
    reader: Speech,
    with_sum: impl Fn(RecordShown, Money) -> RecordShown,
) -> Response {
    match found {
        Ok(records) => {
            let records = records.into_iter();
            let shown = records.map(|(record, sum)| with_sum(RecordShown::of(record, zone), sum));
            Json(RecordList { records: shown.collect() }).into_response()
        }
        Err(problem) => refuse_problem(&problem, reader),
    }
}
