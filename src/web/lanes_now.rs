//! How the lanes stand now, for whoever works at them: who waits and why, which stays it may be, who was let pass, what
//! drove through behind another. And the pictures that belong to it.

use super::LotView;
use super::answers::{ApiError, Speech, refuse, refuse_problem};
use super::service::Service;
use crate::lang::RequestProblem;
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{
    ActuationState, AllUp, ParkingRecord, Passing, SeenCar, StoreError, Tail, Transaction, Waiting,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

/// All lanes, and whether all barriers are held up.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LanesNow {
    all_up: Option<RaisedBy>,
    /// Whether somebody vouches for the box's clock; else exits charge only the time that is proven.
    clock_proven: bool,
    lanes: Vec<LaneNow>,
}

/// Who holds all barriers up, and why.
#[derive(Debug, Serialize, ToSchema)]
struct RaisedBy {
    operator: String,
    reason: String,
    #[schema(value_type = String)]
    since: DateTime,
}

/// How a lane stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LaneNow {
    lane_id: String,
    name: String,
    /// As 5011 told last (table 69).
    reported: i64,
    barrier_faulty: bool,
    /// A command was sent for a car that stands there no more.
    may_still_open: bool,
    held_open: bool,
    /// How much of what was read there was put aside (`GET /api/put-aside`): somebody has to come.
    put_aside: i64,
    /// Who stopped it, and why.
    stopped: Option<String>,
    waiting: Option<WaitingNow>,
    passing: Option<PassingNow>,
    tails: Vec<TailNow>,
}

/// A car in a lane as it was read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CarNow {
    /// Absent where it shows none.
    #[schema(value_type = Option<String>)]
    plate_no: Option<PlateNo>,
    /// What was read in its place.
    #[schema(value_type = Option<String>)]
    read_as: Option<PlateNo>,
    #[schema(value_type = Vec<String>)]
    aliases: Vec<PlateNo>,
    plate_color: Option<String>,
    /// How sure the camera was, 1 to 100.
    confidence: Option<u8>,
    /// Names for `/api/pictures/{name}`.
    pictures: Vec<String>,
}

/// A car that waits.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WaitingNow {
    #[serde(flatten)]
    car: CarNow,
    /// `no-plate`, `full`, `not-inside`, `locked`, `listed`, `payment-due` or `stopped`.
    reason: &'static str,
    #[schema(value_type = String)]
    since: DateTime,
    #[schema(value_type = String)]
    last_read: DateTime,
    /// The stays it may be, the likeliest first.
    candidates: Vec<CandidateNow>,
}

/// A stay that a waiting car may be.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CandidateNow {
    #[schema(value_type = String)]
    record_id: Id,
    #[schema(value_type = Option<String>)]
    plate_no: Option<PlateNo>,
    plate_color: Option<String>,
    car_color: Option<String>,
    car_logo: Option<String>,
    #[schema(value_type = String)]
    enter_time: DateTime,
    /// How it came in: names for `/api/pictures/{name}`.
    pictures: Vec<String>,
}

/// A car that was let pass and is not known to have gone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PassingNow {
    #[serde(flatten)]
    car: CarNow,
    #[schema(value_type = String)]
    since: DateTime,
    /// Something told that its barrier opened.
    opened: bool,
    /// The stay that its passage has begun or ended.
    #[schema(value_type = Option<String>)]
    record_id: Option<Id>,
}

/// A car that drove through behind another; staff say what it was (`/api/lanes/tail`).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TailNow {
    tail: i64,
    /// It went out, else it came in.
    leaves: bool,
    #[schema(value_type = String)]
    at: DateTime,
    /// The plate that waited there, or the number that its record was given.
    plate_no: Option<String>,
    /// The record that was made of it.
    #[schema(value_type = Option<String>)]
    record_id: Option<Id>,
    pictures: Vec<String>,
}

/// How the lanes stand.
#[utoipa::path(get, path = "/api/lanes", tag = "lanes",
    responses((status = 200, description = "every lane", body = LanesNow),
              (status = "4XX", body = ApiError)))]
pub(super) async fn lanes(State(service): State<Service>, reader: Speech) -> Response {
    let LotView { time_zone: zone, lanes, .. } = service.lot();
    let found = service.read(move |tx| {
        let view = View { tx, zone: &zone };
        let lanes = lanes.iter().map(|(lane_id, name)| view.lane(lane_id, name));
        let lanes = lanes.collect::<Result<Vec<_>, StoreError>>()?;
        let all_up = tx.all_up()?.map(|AllUp { by, reason, since }| RaisedBy {
            operator: by,
            reason,
            since: view.local(since),
        });
        let clock_proven = tx.boots()?.last().is_none_or(|boot| boot.voucher.is_some());
        Ok(LanesNow { all_up, clock_proven, lanes })
    });
    match found.await {
        Ok(found) => Json(found).into_response(),
        Err(problem) => refuse_problem(&problem, reader),
    }
}

/// One look at the store.
struct View<'a> {
    tx: &'a Transaction<'a>,
    zone: &'a TimeZone,
}

impl View<'_> {
    fn local(&self, moment: Timestamp) -> DateTime {
        DateTime::at(moment, self.zone)
    }

    fn lane(&self, lane_id: &str, name: &str) -> Result<LaneNow, StoreError> {
        let condition = self.tx.lane_condition(lane_id)?;
        let waiting = self.tx.waiting_in(lane_id)?;
        let pending = self.tx.actuations_of(&lane_id.into())?;
        let tails = self.tx.open_tails(&lane_id.into())?;
        Ok(LaneNow {
            lane_id: lane_id.to_owned(),
            name: name.to_owned(),
            reported: condition.reported.number(),
            barrier_faulty: condition.barrier_faulty,
            may_still_open: pending.iter().any(|one| one.state == ActuationState::GivenUp),
            held_open: condition.held_open || self.tx.all_up()?.is_some(),
            put_aside: self.tx.ends_the_process_in(lane_id)?,
            stopped: condition.stopped_by,
            waiting: waiting.map(|waiting| self.waiting(waiting)).transpose()?,
            passing: self.tx.passing_in(lane_id)?.map(|passing| self.passing(passing)),
            tails: tails.into_iter().map(|tail| self.tail(tail)).collect(),
        })
    }

    fn waiting(&self, waiting: Waiting) -> Result<WaitingNow, StoreError> {
        let mut candidates = Vec::new();
        for record_id in &waiting.candidates {
            if let Some(record) = self.tx.open_record(record_id)? {
                candidates.push(self.candidate(record)?);
            }
        }
        Ok(WaitingNow {
            car: car(waiting.car),
            reason: waiting.reason.word(),
            since: self.local(waiting.since),
            last_read: self.local(waiting.last_read),
            candidates,
        })
    }

    fn candidate(&self, record: ParkingRecord) -> Result<CandidateNow, StoreError> {
        Ok(CandidateNow {
            pictures: self.tx.entry_pictures(&record.id)?,
            record_id: record.id,
            plate_no: record.plate_no,
            plate_color: record.plate_color,
            car_color: record.car_color,
            car_logo: record.car_logo,
            enter_time: self.local(record.enter_time),
        })
    }

    fn passing(&self, passing: Passing) -> PassingNow {
        PassingNow {
            car: car(passing.car),
            since: self.local(passing.decided_at),
            opened: passing.opened_at.is_some(),
            record_id: passing.record_id,
        }
    }

    fn tail(&self, tail: Tail) -> TailNow {
        TailNow {
            tail: tail.id,
            leaves: tail.leaves,
            at: self.local(tail.at),
            plate_no: tail.plate_no,
            record_id: tail.record_id,
            pictures: tail.images.into_iter().map(|image| image.place).collect(),
        }
    }
}

fn car(car: SeenCar) -> CarNow {
    CarNow {
        plate_no: car.has_plate().then(|| car.plate_no.clone()),
        read_as: car.read_as,
        aliases: car.aliases,
        plate_color: car.plate_color,
        confidence: car.confidence,
        pictures: car.images.into_iter().map(|image| image.place).collect(),
    }
}

/// A picture that `GET /api/lanes` names.
#[utoipa::path(get, path = "/api/pictures/{name}", tag = "lanes",
    params(("name" = String, Path, description = "as `pictures` names it")),
    responses((status = 200, description = "the picture", content_type = "image/jpeg"),
              (status = "4XX", body = ApiError)))]
pub(super) async fn picture(
    State(service): State<Service>,
    reader: Speech,
    Path(name): Path<String>,
) -> Response {
    let bytes = if is_picture(&name) {
        tokio::fs::read(service.lot().images.join(&name)).await.ok()
    } else {
        None
    };
    match bytes {
        Some(bytes) => ([(header::CONTENT_TYPE, "image/jpeg")], bytes).into_response(),
        None => refuse(StatusCode::NOT_FOUND, &RequestProblem::NoPicture, reader),
    }
}

/// A file of the folder of images, and nothing beside or below it.
fn is_picture(name: &str) -> bool {
    name.strip_suffix(".jpg").is_some_and(|stem| {
        stem.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_'))
    })
}
