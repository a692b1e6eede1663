//! The control list (4001) for staff: who is on it, why, and which of these cars are inside since when.

use super::answers::{ApiError, Speech, refuse_problem};
use super::service::Service;
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::store::{ControlListEntry, StoreError, Transaction};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

/// Entries shown.
const AT_MOST: u32 = 5000;

/// The control list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ControlList {
    entries: Vec<EntryShown>,
}

/// One entry of the control list (table 18).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EntryShown {
    #[schema(value_type = String)]
    id: Id,
    plate_no: String,
    /// 1 not in, 2 not out, 3 neither, 4 watched, 5 passes free.
    strategy_type: i64,
    #[schema(value_type = String)]
    begin_date: DateTime,
    #[schema(value_type = String)]
    end_date: DateTime,
    /// Who wants it.
    strategy_from: String,
    /// The stay of its car, where that is inside.
    #[schema(value_type = Option<String>)]
    record_id: Option<Id>,
    /// Since when it is.
    #[schema(value_type = Option<String>)]
    enter_time: Option<DateTime>,
}

impl EntryShown {
    fn of(
        tx: &Transaction<'_>,
        entry: ControlListEntry,
        zone: &TimeZone,
    ) -> Result<Self, StoreError> {
        let local = |moment| DateTime::at(moment, zone);
        let inside = tx.open_record_by_any_plate(&entry.plate_no)?;
        Ok(Self {
            id: entry.id,
            plate_no: entry.plate_no,
            strategy_type: entry.strategy_type.number(),
            begin_date: local(entry.begin),
            end_date: local(entry.end),
            strategy_from: entry.strategy_from,
            enter_time: inside.as_ref().map(|record| local(record.enter_time)),
            record_id: inside.map(|record| record.id),
        })
    }
}

/// The control list (4001) as far as it has not ended, the entry that ends first first.
#[utoipa::path(get, path = "/api/control-list", tag = "control list",
    responses((status = 200, description = "`entries`, each with its car's stay where that is inside", body = ControlList),
              (status = "4XX", body = ApiError)))]
pub(super) async fn list(State(service): State<Service>, reader: Speech) -> Response {
    let (zone, now) = (service.time_zone(), Timestamp::now());
    let entries = service.read(move |tx| {
        let entries = tx.controls_from(now, AT_MOST)?;
        entries.into_iter().map(|entry| EntryShown::of(tx, entry, &zone)).collect()
    });
    match entries.await {
        Ok(entries) => Json(ControlList { entries }).into_response(),
        Err(problem) => refuse_problem(&problem, reader),
    }
}
