//! Leases for staff: list, make, change, end.

use super::answers::{ApiError, Speech, query, refuse_problem};
use super::fields::{self, SaidTime};
use super::requests::{Body, body, day, last_day, length, page, staff_command};
use super::service::{Desk, Service};
use crate::clock;
use crate::lang::RequestProblem;
use crate::lot::lease_spaces::{self, LeaseCar};
use crate::model::staff::{StaffAction, StaffCommand};
use crate::standard::datetime::DateTime;
use crate::standard::entities::{MonthlyRentalLease, Pricing};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use crate::store::{Lease, StoreError, Transaction};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// A lease to be made, or changed: one of the same plates is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LeaseRequest {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    pub(super) id: Option<String>,
    /// 0 fixed spaces, 1 any.
    #[serde(default = "any_space", deserialize_with = "fields::whole")]
    #[schema(minimum = 0, maximum = 1)]
    pub(super) is_fixed: i64,
    /// As many cars may stand as there are spaces.
    pub(super) space_no_list: Vec<String>,
    #[schema(value_type = Vec<String>)]
    pub(super) plate_no_list: Vec<PlateNo>,
    /// The first day, `yyyy-MM-dd`.
    #[schema(value_type = String, example = "2026-01-01")]
    pub(super) begin_date: SaidTime,
    /// The last day, `yyyy-MM-dd`.
    #[schema(value_type = String, example = "2026-12-31")]
    pub(super) end_date: SaidTime,
    #[serde(default)]
    pub(super) pricing: Vec<Price>,
    #[schema(min_length = 1, max_length = 50)]
    pub(super) operator: String,
}

/// What a lease costs (table 29).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Price {
    #[schema(minimum = 1, maximum = 1000)]
    #[serde(deserialize_with = "fields::whole")]
    pub(super) cycles: i64,
    /// 1 months, 2 days.
    #[schema(minimum = 1, maximum = 2)]
    #[serde(deserialize_with = "fields::whole")]
    pub(super) cycle_type: i64,
    #[schema(value_type = f64, minimum = 0)]
    pub(super) amount: Money,
}

fn any_space() -> i64 {
    1
}

/// A lease to be ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EndRequest {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// All its plates.
    #[schema(value_type = Vec<String>)]
    plate_no_list: Vec<PlateNo>,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// Leases of one answer.
const AT_MOST: u32 = 500;

/// Which leases.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct LeaseFilter {
    /// Those that name this plate; all when absent.
    plate_no: Option<String>,
    /// So many are passed over.
    #[serde(default)]
    offset: u32,
    /// So many at most, 500 when absent.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Leases.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LeaseList {
    leases: Vec<LeaseShown>,
    /// Whether there are more behind these.
    more: bool,
}

/// A lease and its cars that are inside.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LeaseShown {
    /// As table 28 prints it.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    lease: Value,
    /// Whether it is in force now.
    in_force: bool,
    /// The cars that stand on its spaces, the first to take one first.
    holders: Vec<LeaseCarShown>,
    /// Those that came in when all were taken and wait for one, the longest waiting first; visitors as long.
    waiting: Vec<LeaseCarShown>,
}

/// A car of a lease.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LeaseCarShown {
    #[schema(value_type = Option<String>)]
    plate_no: Option<PlateNo>,
    #[schema(value_type = String)]
    record_id: Id,
    /// The numbered space it stands in, where that is known.
    space_no: Option<String>,
    /// Since when it has its space, or waits.
    #[schema(value_type = String)]
    since: DateTime,
}

impl LeaseShown {
    fn of(
        tx: &Transaction<'_>,
        lease: &Lease,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let shown = |car: LeaseCar| LeaseCarShown {
            plate_no: car.record.plate_no,
            record_id: car.record.id,
            space_no: car.record.space_no,
            since: DateTime::at(car.since, zone),
        };
        let holders = lease_spaces::holders(tx, lease)?;
        let waiting = lease_spaces::waiting(tx, lease, zone, now)?;
        Ok(Self {
            lease: serde_json::from_str(&lease.body).unwrap_or_default(),
            in_force: lease_spaces::validity(lease, zone).contains(now),
            holders: holders.into_iter().map(shown).collect(),
            waiting: waiting.into_iter().map(shown).collect(),
        })
    }
}

/// Leases, the one that ends last first, with the cars that stand on their spaces and since when.
#[utoipa::path(get, path = "/api/leases", params(LeaseFilter), tag = "leases",
    responses((status = 200, description = "`leases`, each as table 28 prints it, with its cars, 500 at most; whether there are `more`", body = LeaseList),
              (status = "4XX", body = ApiError)))]
pub(super) async fn list(
    State(service): State<Service>,
    reader: Speech,
    filter: Result<Query<LeaseFilter>, QueryRejection>,
) -> Response {
    let filter = match query(filter) {
        Ok(filter) => filter,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    let plate_no = filter.plate_no.map(|plate| crate::standard::plate::normalise(&plate));
    let limit = match page(filter.limit, AT_MOST) {
        Ok(limit) => limit,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    let (zone, now) = (service.time_zone(), clock::now());
    let found = service.read(move |tx| {
        let (offset, one_more) = (filter.offset, limit.saturating_add(1));
        let mut leases = match &plate_no {
            Some(plate_no) => {
                let leases = tx.leases_of(plate_no)?.into_iter();
                leases.skip(offset as usize).take(one_more as usize).collect()
            }
            None => tx.leases_page(offset, one_more)?,
        };
        let more = leases.len() > limit as usize;
        leases.truncate(limit as usize);
        let shown = leases.iter().map(|lease| LeaseShown::of(tx, lease, &zone, now));
        Ok(LeaseList { leases: shown.collect::<Result<_, _>>()?, more })
    });
    match found.await {
        Ok(found) => Json(found).into_response(),
        Err(problem) => refuse_problem(&problem, reader),
    }
}

/// Makes a lease, or changes the one of the same plates (5012).
#[utoipa::path(post, path = "/api/leases", request_body = LeaseRequest, tag = "leases",
    responses((status = 200, description = "set"), (status = "4XX", body = ApiError)))]
pub(super) async fn set(desk: Desk, lease: Body<LeaseRequest>) -> Response {
    let command = body(lease).and_then(|lease| lease_command(lease, &desk.time_zone()));
    desk.act(command).await
}

pub(super) fn lease_command(
    lease: LeaseRequest,
    zone: &TimeZone,
) -> Result<StaffCommand, RequestProblem> {
    for space_no in &lease.space_no_list {
        length("spaceNoList", space_no, 28)?;
    }
    for (field, number, low, high) in lease
        .pricing
        .iter()
        .flat_map(|price| {
            [("cycles", price.cycles, 1, 1000), ("cycleType", price.cycle_type, 1, 2)]
        })
        .chain([("isFixed", lease.is_fixed, 0, 1)])
    {
        if !(low..=high).contains(&number) {
            return Err(RequestProblem::Range { field, low, high });
        }
    }
    if lease.pricing.iter().any(|price| price.amount < Money::ZERO) {
        return Err(RequestProblem::Negative { field: "amount" });
    }
    let pricing = |price: Price| Pricing {
        cycles: price.cycles,
        cycle_type: price.cycle_type,
        amount: price.amount,
    };
    let action = StaffAction::SetLease(Box::new(MonthlyRentalLease {
        id: Id::random(),
        park_code: String::new(),
        is_fixed: lease.is_fixed,
        space_no_list: lease.space_no_list,
        pricing: lease.pricing.into_iter().map(pricing).collect(),
        plate_no_list: lease.plate_no_list,
        begin_date: day("beginDate", lease.begin_date.day(zone))?,
        end_date: last_day("endDate", lease.end_date.day(zone))?,
        unpaid_months: None,
        moment: 0,
    }));
    staff_command(lease.id, lease.operator, action)
}

/// Ends a lease (5012 state 2).
#[utoipa::path(post, path = "/api/leases/end", request_body = EndRequest, tag = "leases",
    responses((status = 200, description = "ended"), (status = "4XX", body = ApiError)))]
pub(super) async fn end(desk: Desk, lease: Body<EndRequest>) -> Response {
    let command = body(lease).and_then(|lease| {
        let action = StaffAction::EndLease { plates: lease.plate_no_list };
        staff_command(lease.id, lease.operator, action)
    });
    desk.act(command).await
}
