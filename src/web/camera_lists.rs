//! Cameras' own lists for staff: what each holds, what it is to hold, what has failed.

use super::answers::{ApiError, Speech, refuse_problem};
use super::service::Service;
use crate::model::camera_list::ListMode;
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::store::{CameraListRow, ListWork};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

/// Cameras' own lists.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CameraLists {
    cameras: Vec<CameraListShown>,
}

/// One camera's own list, by which it opens while nobody speaks with it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CameraListShown {
    /// The camera.
    #[schema(value_type = String)]
    device_id: Id,
    /// By which mode it opens: `when-offline`, `always`, `never`; absent while it has not told.
    mode: Option<&'static str>,
    plates: Vec<ListedPlateShown>,
}

/// A plate on a camera's own list, or on its way there or off it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ListedPlateShown {
    plate_no: String,
    /// Up to when the camera has confirmed it.
    #[schema(value_type = Option<String>)]
    held_until: Option<DateTime>,
    /// Up to when it is to be there.
    #[schema(value_type = Option<String>)]
    wanted_until: Option<DateTime>,
    /// What is still to be done: `put`, `remove`.
    to_do: Option<&'static str>,
    /// Since when.
    #[schema(value_type = Option<String>)]
    since: Option<DateTime>,
    /// What went wrong last.
    error: Option<String>,
}

impl ListedPlateShown {
    fn of(row: CameraListRow, zone: &TimeZone) -> Self {
        let local = |moment| DateTime::at(moment, zone);
        let to_do = match row.work() {
            ListWork::None => None,
            ListWork::Remove => Some("remove"),
            ListWork::Put => Some("put"),
        };
        Self {
            plate_no: row.plate_no,
            held_until: row.held_until.map(local),
            wanted_until: row.wanted_until.map(local),
            since: to_do.map(|_| local(row.since)),
            to_do,
            error: row.error,
        }
    }
}

/// The lists that cameras keep themselves (`white_list = true`): for whom each opens while this box is down.
#[utoipa::path(get, path = "/api/camera-lists", tag = "leases",
    responses((status = 200, description = "`cameras`, each with the `plates` of its own list", body = CameraLists),
              (status = "4XX", body = ApiError)))]
pub(super) async fn list(State(service): State<Service>, reader: Speech) -> Response {
    let zone = service.time_zone();
    let cameras = service.read(move |tx| {
        let mut cameras = Vec::new();
        for device_id in tx.cameras_with_lists()? {
            let mode = tx.camera_list_mode(&device_id)?.map(ListMode::word);
            let rows = tx.camera_list(&device_id)?.into_iter();
            let plates = rows.map(|row| ListedPlateShown::of(row, &zone)).collect();
            cameras.push(CameraListShown { device_id, mode, plates });
        }
        Ok(cameras)
    });
    match cameras.await {
        Ok(cameras) => Json(CameraLists { cameras }).into_response(),
        Err(problem) => refuse_problem(&problem, reader),
    }
}
