//! `POST /api/locks/release`: staff let a locked car out; its record will say so (recordType 2).

use super::{Service, refuse};
use crate::engine::{Answer, Input};
use crate::standard::plate::PlateNo;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

/// What the booth sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Release {
    plate_no: PlateNo,
    /// Who takes the responsibility.
    operator: String,
}

pub(super) async fn release(
    State(service): State<Service>,
    release: Result<Json<Release>, JsonRejection>,
) -> Response {
    let release = match release {
        Ok(Json(release)) => release,
        Err(rejection) => return refuse(StatusCode::BAD_REQUEST, "body", &rejection.body_text()),
    };
    if !(1..=50).contains(&release.operator.chars().count()) {
        let what = "must have 1 to 50 characters";
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "operator", what);
    }
    let (plate_no, by) = (release.plate_no.to_string(), release.operator);
    match service.engine.submit(Input::ReleaseLock { plate_no, by }).await {
        Ok(Answer::Released(true)) => Json(json!({ "status": "released" })).into_response(),
        Ok(Answer::Released(false)) => {
            refuse(StatusCode::NOT_FOUND, "plateNo", "is of no locked car")
        }
        Ok(_) | Err(_) => {
            refuse(StatusCode::SERVICE_UNAVAILABLE, "plateNo", "was not released; send it again")
        }
    }
}
