//! What staff look up: parking records by plate, how the gateway stands.

use super::answers::{ApiError, Speech, query, refuse_problem};
use super::replies::{RecordList, RecordShown};
use super::service::Service;
use super::stock::last_taking;
use crate::clock;
use crate::lang::RequestProblem;
use crate::standard::datetime::DateTime;
use crate::standard::plate::{self, PlateNo};
use crate::store::Oddity;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

/// Records shown of one plate.
const AT_MOST: u32 = 50;

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct RecordFilter {
    /// The plate.
    plate_no: String,
}

impl RecordFilter {
    /// The plate, read as leniently as any.
    pub(super) fn plate(&self) -> Result<PlateNo, RequestProblem> {
        self.plate_no.parse().map_err(|_| {
            let error = format!("plateNo: {}", self.plate_no);
            RequestProblem::Unreadable { error }
        })
    }
}

/// The newest parking records of a plate.
#[utoipa::path(get, path = "/api/records", params(RecordFilter), tag = "records",
    responses((status = 200, description = "`records`, the newest first", body = RecordList),
              (status = "4XX", body = ApiError)))]
pub(super) async fn records(
    State(service): State<Service>,
    reader: Speech,
    filter: Result<Query<RecordFilter>, QueryRejection>,
) -> Response {
    let filter = match query(filter) {
        Ok(filter) => filter,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    let plate_no = plate::normalise(&filter.plate_no);
    let zone = service.time_zone();
    match service.read(move |tx| tx.records_of(&plate_no, AT_MOST)).await {
        Ok(records) => {
            let records = records.into_iter().map(|record| RecordShown::of(record, &zone));
            Json(RecordList { records: records.collect() }).into_response()
        }
        Err(problem) => refuse_problem(&problem, reader),
    }
}

/// How the gateway stands.
#[utoipa::path(get, path = "/api/status", tag = "status",
    responses((status = 200, description = "cars inside, spaces kept, the queue of reports, the stock taken last (`stock`), connections, what devices do not say as they should and who else does what is ours to do (`oddities`); `store.away` alone while nothing can be written down"),
              (status = "4XX", body = ApiError)))]
pub(super) async fn status(State(service): State<Service>, reader: Speech) -> Response {
    let zone = service.time_zone();
    let away = service.engine.store_away().borrow().clone();
    if let Some(away) = away {
        let store = json!({ "away": {
            "since": DateTime::at(away.since, &zone), "fault": away.fault,
            "whenItFails": away.when_it_fails, "kept": away.kept, "dropped": away.dropped,
        } });
        return Json(json!({ "version": env!("CARGO_PKG_VERSION"), "store": store }))
            .into_response();
    }
    let now = clock::now();
    let status = service.read(move |tx| {
        let queue = tx.queue_counts()?;
        let dead = queue.dead.saturating_add(tx.pictures_aside()?);
        let connections = tx.connections()?.into_iter().map(|(name, state)| {
            let since = DateTime::at(state.since, &zone);
            (name, json!({ "up": state.up, "since": since, "error": state.error }))
        });
        let oddities = tx.oddities()?.into_iter().map(|(oddity, since)| {
            let since = DateTime::at(since, &zone);
            match oddity {
                Oddity::Said(what, says) | Oddity::Input(what, says) => {
                    json!({ "of": what, "says": says, "since": since })
                }
                Oddity::Pointer(key, pointer, has) => {
                    json!({ "of": key, "pointer": pointer, "messageHas": has, "since": since })
                }
                Oddity::Unread(device, error) => {
                    json!({ "of": device, "unreadable": error, "since": since })
                }
                Oddity::Forbidden(broker, topic) => {
                    json!({ "of": broker, "publishForbidden": topic, "since": since })
                }
                Oddity::DeliveredOnce(broker, topics) => {
                    json!({ "of": broker, "qos": 0, "topics": topics, "since": since })
                }
                Oddity::SentOnce(device) => json!({ "of": device, "qos": 0, "since": since }),
                Oddity::AnotherGateway(another) => json!({
                    "of": "anotherGateway", "box": another.box_id, "here": another.here,
                    "stance": another.stance.word(), "since": since,
                }),
                Oddity::LinkTaken(times) => {
                    json!({ "of": "link", "takenOver": times, "since": since })
                }
            }
        });
        Ok(json!({
            "version": env!("CARGO_PKG_VERSION"),
            "oddities": oddities.collect::<Vec<_>>(),
            "usedSpaces": tx.used_spaces()?,
            "reservedSpaces": tx.reserved_spaces()?,
            "queue": {
                "pending": queue.pending, "pictures": tx.images_waiting()?, "dead": dead,
            },
            "stock": last_taking(tx, &zone, now)?,
            "store": { "away": null },
            "connections": connections.collect::<serde_json::Map<_, _>>(),
        }))
    });
    match status.await {
        Ok(status) => Json(status).into_response(),
        Err(problem) => refuse_problem(&problem, reader),
    }
}
