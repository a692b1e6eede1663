//! Classes of vehicles for staff: which there are, which plates were put into them, and who is put into one.

use super::answers::{ApiError, Speech, query, refuse_problem};
use super::fields::{self, SaidTime};
use super::replies::StaffDone;
use super::requests::{Body, body, length, staff_command, until};
use super::service::{Desk, Service};
use crate::lang::RequestProblem;
use crate::model::staff::{ClassOf, StaffAction, StaffCommand};
use crate::standard::datetime::DateTime;
use crate::standard::plate::PlateNo;
use crate::store::ClassOfPlate;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// So many plates are shown at once.
const AT_MOST: u32 = 200;

/// A class a car is put into.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ClassRequest {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    #[schema(value_type = String)]
    plate_no: PlateNo,
    /// A `[[tariff.class]]` of the configuration.
    #[schema(min_length = 1, max_length = 50)]
    class: String,
    /// Only for the stay of the car that is inside; else the plate is of it from now on.
    #[serde(default, deserialize_with = "fields::flag")]
    this_stay: bool,
    /// Until when the plate is of it, `yyyy-MM-dd HH:mm:ss` in the lot's time; not with `thisStay`.
    #[schema(value_type = Option<String>, example = "2026-12-31 23:59:59")]
    until: Option<SaidTime>,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// A class a car is taken out of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ClassEndRequest {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    #[schema(value_type = String)]
    plate_no: PlateNo,
    #[schema(min_length = 1, max_length = 50)]
    class: String,
    /// Only for the stay of the car that is inside.
    #[serde(default, deserialize_with = "fields::flag")]
    this_stay: bool,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// Which plates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct ClassFilter {
    /// This one; all when absent.
    plate_no: Option<String>,
    /// So many are passed over.
    #[serde(default)]
    offset: u32,
}

/// Classes and who is of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClassList {
    /// The classes of the configuration.
    classes: Vec<String>,
    /// Plates that were put into one, by plate.
    plates: Vec<ClassShown>,
}

/// A plate that is of a class.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClassShown {
    plate_no: String,
    class: String,
    #[schema(value_type = Option<String>)]
    until: Option<DateTime>,
    given_by: String,
    reason: String,
    #[schema(value_type = String)]
    at: DateTime,
}

impl ClassShown {
    fn of(class: ClassOfPlate, zone: &TimeZone) -> Self {
        let ClassOfPlate { plate_no, class, until, given_by, reason, at } = class;
        let until = until.map(|until| DateTime::at(until, zone));
        Self { plate_no, class, until, given_by, reason, at: DateTime::at(at, zone) }
    }
}

/// The classes of vehicles, and the plates that were put into them.
#[utoipa::path(get, path = "/api/classes", params(ClassFilter), tag = "classes",
    responses((status = 200, description = "at most 200 plates", body = ClassList), (status = "4XX", body = ApiError)))]
pub(super) async fn list(
    State(service): State<Service>,
    reader: Speech,
    filter: Result<Query<ClassFilter>, QueryRejection>,
) -> Response {
    let filter = match query(filter) {
        Ok(filter) => filter,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    let plate_no = filter.plate_no.map(|plate| crate::standard::plate::normalise(&plate));
    let now = crate::clock::now();
    let found = service.read(move |tx| match &plate_no {
        Some(plate_no) => tx.classes_of_plate(plate_no, now),
        None => tx.classes_of_plates(filter.offset, AT_MOST),
    });
    match found.await {
        Ok(found) => {
            let (lot, zone) = (service.lot(), service.time_zone());
            let plates = found.into_iter().map(|class| ClassShown::of(class, &zone)).collect();
            Json(ClassList { classes: lot.classes.to_vec(), plates }).into_response()
        }
        Err(problem) => refuse_problem(&problem, reader),
    }
}

/// Puts a plate, or the car of one stay, into a class; if the car waits at an exit, it owes what that class does.
#[utoipa::path(post, path = "/api/classes", request_body = ClassRequest, tag = "classes",
    responses((status = 200, description = "given", body = StaffDone), (status = "4XX", body = ApiError)))]
pub(super) async fn give(desk: Desk, class: Body<ClassRequest>) -> Response {
    let zone = desk.time_zone();
    desk.act(body(class).and_then(|class| give_command(class, &zone))).await
}

fn give_command(class: ClassRequest, zone: &TimeZone) -> Result<StaffCommand, RequestProblem> {
    length("class", &class.class, 50)?;
    length("reason", &class.reason, 100)?;
    if class.this_stay && class.until.is_some() {
        return Err(RequestProblem::Unfit { field: "until", with: "thisStay" });
    }
    let until = class.until.map(|time| until("until", time, zone));
    let of = ClassOf {
        plate_no: class.plate_no,
        name: class.class,
        until: until.transpose()?,
        this_stay: class.this_stay,
    };
    let action = StaffAction::GiveClass { class: of, reason: class.reason };
    staff_command(class.id, class.operator, action)
}

/// Takes a plate, or the car of one stay, out of a class.
#[utoipa::path(post, path = "/api/classes/end", request_body = ClassEndRequest, tag = "classes",
    responses((status = 200, description = "taken", body = StaffDone), (status = "4XX", body = ApiError)))]
pub(super) async fn end(desk: Desk, class: Body<ClassEndRequest>) -> Response {
    let command = body(class).and_then(|class| {
        length("class", &class.class, 50)?;
        let ClassEndRequest { id, plate_no, class, this_stay, operator } = class;
        let class = ClassOf { plate_no, name: class, until: None, this_stay };
        staff_command(id, operator, StaffAction::TakeClass { class })
    });
    desk.act(command).await
}
