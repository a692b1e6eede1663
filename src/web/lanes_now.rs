//! How the lanes stand now, for whoever works at them: who waits and why, which stays it may be, who was let pass, what
//! drove through behind another. And the pictures that belong to it.

use super::answers::{ApiError, Speech, refuse, refuse_problem};
use super::service::Service;
use crate::lang::RequestProblem;
use crate::standard::datetime::DateTime;
use crate::store::{
    ActuationState, ParkingRecord, SeenCar, StoreError, Tail, Transaction, Waiting,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// How the lanes stand.
#[utoipa::path(get, path = "/api/lanes", tag = "lanes",
    responses((status = 200, description = "`lanes`, each with `waiting`, `passing` and `tails`; `allUp`"),
              (status = "4XX", body = ApiError)))]
pub(super) async fn lanes(State(service): State<Service>, reader: Speech) -> Response {
    let (zone, lanes) = (service.time_zone.clone(), service.lanes.clone());
    let found = service.read(move |tx| {
        let all_up = tx.all_up()?.map(|all_up| {
            let since = DateTime::at(all_up.since, &zone);
            json!({ "operator": all_up.by, "reason": all_up.reason, "since": since })
        });
        let lanes = lanes.iter().map(|(lane_id, name)| {
            let lane = lane(tx, lane_id, &zone)?;
            Ok(json!({ "laneId": lane_id, "name": name, "state": lane }))
        });
        let lanes = lanes.collect::<Result<Vec<_>, StoreError>>()?;
        Ok(json!({ "allUp": all_up, "lanes": lanes }))
    });
    match found.await {
        Ok(found) => Json(flattened(found)).into_response(),
        Err(problem) => refuse_problem(&problem, reader),
    }
}

/// A lane's own attributes and how it stands, side by side.
fn flattened(mut found: Value) -> Value {
    for lane in found["lanes"].as_array_mut().into_iter().flatten() {
        let state = lane.as_object_mut().and_then(|lane| lane.remove("state"));
        if let (Some(Value::Object(state)), Some(lane)) = (state, lane.as_object_mut()) {
            lane.extend(state);
        }
    }
    found
}

fn lane(tx: &Transaction<'_>, lane_id: &str, zone: &TimeZone) -> Result<Value, StoreError> {
    let condition = tx.lane_condition(lane_id)?;
    let waiting = tx.waiting_in(lane_id)?.map(|waiting| waits(tx, &waiting, zone)).transpose()?;
    let passing = tx.passing_in(lane_id)?.map(|passing| {
        let mut shown = car(&passing.car);
        shown["since"] = json!(DateTime::at(passing.decided_at, zone));
        shown["opened"] = json!(passing.opened_at.is_some());
        shown["recordId"] = json!(passing.record_id);
        shown
    });
    let pending = tx.actuations_of(&lane_id.into())?;
    let may_still_open = pending.iter().any(|one| one.state == ActuationState::GivenUp);
    let tails = tx.open_tails(&lane_id.into())?;
    let tails: Vec<Value> = tails.iter().map(|one| tail(one, zone)).collect();
    Ok(json!({
        "reported": condition.reported.number(),
        "barrierFaulty": condition.barrier_faulty,
        "mayStillOpen": may_still_open,
        "heldOpen": condition.held_open,
        "stopped": condition.stopped_by,
        "waiting": waiting,
        "passing": passing,
        "tails": tails,
    }))
}

fn waits(tx: &Transaction<'_>, waiting: &Waiting, zone: &TimeZone) -> Result<Value, StoreError> {
    let mut shown = car(&waiting.car);
    shown["reason"] = json!(waiting.reason.word());
    shown["since"] = json!(DateTime::at(waiting.since, zone));
    shown["lastRead"] = json!(DateTime::at(waiting.last_read, zone));
    let mut candidates = Vec::new();
    for record_id in &waiting.candidates {
        if let Some(record) = tx.record(record_id)?.filter(|record| record.leave_time.is_none()) {
            candidates.push(candidate(tx, &record, zone)?);
        }
    }
    shown["candidates"] = json!(candidates);
    Ok(shown)
}

fn candidate(
    tx: &Transaction<'_>,
    record: &ParkingRecord,
    zone: &TimeZone,
) -> Result<Value, StoreError> {
    Ok(json!({
        "recordId": record.id,
        "plateNo": record.plate_no,
        "plateColor": record.plate_color,
        "carColor": record.car_color,
        "carLogo": record.car_logo,
        "enterTime": DateTime::at(record.enter_time, zone),
        "pictures": tx.entry_pictures(&record.id)?,
    }))
}

fn car(car: &SeenCar) -> Value {
    let pictures: Vec<&str> = car.images.iter().map(|image| image.place.as_str()).collect();
    json!({
        "plateNo": car.has_plate().then_some(&car.plate_no),
        "readAs": car.read_as,
        "aliases": car.aliases,
        "plateColor": car.plate_color,
        "confidence": car.confidence,
        "pictures": pictures,
    })
}

fn tail(tail: &Tail, zone: &TimeZone) -> Value {
    let pictures: Vec<&str> = tail.images.iter().map(|image| image.place.as_str()).collect();
    json!({
        "tail": tail.id,
        "leaves": tail.leaves,
        "at": DateTime::at(tail.at, zone),
        "plateNo": tail.plate_no,
        "recordId": tail.record_id,
        "pictures": pictures,
    })
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
    // A file of the folder, and nothing beside or below it.
    let plain = !name.starts_with('.') && name.ends_with(".jpg") && !name.contains(['/', '\\']);
    let bytes = match plain {
        true => tokio::fs::read(service.images.join(&name)).await.ok(),
        false => None,
    };
    match bytes {
        Some(bytes) => ([(header::CONTENT_TYPE, "image/jpeg")], bytes).into_response(),
        None => refuse(StatusCode::NOT_FOUND, &RequestProblem::NoPicture, reader),
    }
}
