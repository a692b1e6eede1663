//! The control list (4001) for staff: who is on it, why, and which of these cars are inside since when.

use super::answers::{ApiError, Speech, query, refuse_problem};
use super::requests::page;
use super::service::Service;
use crate::clock;
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::store::{ControlListEntry, StoreError, Transaction};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Entries of one answer.
const AT_MOST: u32 = 500;

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ControlFilter {
    /// So many are passed over.
    #[serde(default)]
    offset: u32,
    /// So many at most, 500 when absent.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// The control list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ControlList {
    entries: Vec<EntryShown>,
    /// Whether there are more behind these.
    more: bool,
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
#[utoipa::path(get, path = "/api/control-list", params(ControlFilter), tag = "control list",
    responses((status = 200, description = "`entries`, each with its car's stay where that is inside, 500 at most; whether there are `more`", body = ControlList),
              (status = "4XX", body = ApiError)))]
pub(super) async fn list(
    State(service): State<Service>,
    reader: Speech,
    filter: Result<Query<ControlFilter>, QueryRejection>,
) -> Response {
    let asked = query(filter).and_then(|filter| Ok((filter.offset, page(filter.limit, AT_MOST)?)));
    let (offset, limit) = match asked {
        Ok(asked) => asked,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    let (zone, now) = (service.time_zone(), clock::now());
    let found = service.read(move |tx| {
        let mut entries = tx.controls_from(now, offset, limit.saturating_add(1))?;
        let more = entries.len() > limit as usize;
        entries.truncate(limit as usize);
        let shown = entries.into_iter().map(|entry| EntryShown::of(tx, entry, &zone));
        Ok(ControlList { entries: shown.collect::<Result<_, _>>()?, more })
    });
    match found.await {
        Ok(found) => Json(found).into_response(),
        Err(problem) => refuse_problem(&problem, reader),
    }
}
