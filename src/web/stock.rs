//! Stock taken: a count of the plates that truly stand there, compared with the stays that are open, gone by in one step, and
//! taken back. `lotgate stock` calls this.

use super::answers::ApiError;
use super::fields::{self, SaidTime};
use super::on_box::OnBox;
use super::requests::{self, Body, body, count, length, staff_command};
use super::service::Desk;
use crate::lang::RequestProblem;
use crate::model::staff::{STOCK_TAKEN_BACK_WITHIN, StaffAction, StaffCommand, StockCount};
use crate::standard::datetime::DateTime;
use crate::standard::plate::PlateNo;
use crate::standard::years::later;
use crate::store::{StoreError, Transaction};
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Plates of one count.
const MOST: usize = 20_000;

/// A count of the plates that truly stand there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CountRequest {
    /// The sender's id; the same one is carried out once.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// When they were counted, `yyyy-MM-dd HH:mm:ss` in the lot's time; now when absent. Stays that began later are left alone.
    #[schema(value_type = Option<String>, example = "2026-03-02 22:00:00")]
    at: Option<SaidTime>,
    /// All of them.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20000)]
    plate_no_list: Vec<PlateNo>,
    /// Only say what would change.
    #[serde(default, deserialize_with = "fields::flag")]
    dry_run: bool,
    /// Who does it.
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    /// Why; it stands with those that are entered.
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// A taking of stock that is to be as if it had not been.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TakeBackRequest {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// Its number; the last when absent.
    #[serde(default, deserialize_with = "fields::maybe_whole")]
    number: Option<i64>,
    /// Who does it.
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// What a count comes to, or came to.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "a description")]
pub(super) struct StockTold {
    /// `compared` or `taken`.
    status: String,
    /// When they were counted.
    at: String,
    /// Plates counted, each once.
    counted: usize,
    /// Stays whose cars were counted.
    there: usize,
    /// Stays whose cars were not: they are closed at nothing.
    #[schema(value_type = Vec<Object>)]
    missing: Vec<Value>,
    /// Plates of no stay: they are entered, from the count on.
    not_known: Vec<String>,
    /// Plates of stays that an earlier count closed: those go on.
    #[schema(value_type = Vec<Object>)]
    found_again: Vec<Value>,
    /// Plates that are surely a stay's, one character misread: that stays open.
    #[schema(value_type = Vec<Object>)]
    misread: Vec<Value>,
    /// Plates that may be one of several stays', and those stays: nothing is done with either.
    #[schema(value_type = Object)]
    unclear: Value,
    /// Stays that are left alone though their cars were not counted, and why: `later` than the count, `seen` since, `stored` in a
    /// garage, `no-plate`.
    #[schema(value_type = Vec<Object>)]
    left_out: Vec<Value>,
    /// Plates that have left since, or stand in a lane: they are not entered.
    passed_since: Vec<String>,
    /// Its number, once taken.
    number: Option<i64>,
    /// Until when it can be taken back, once taken.
    taken_back_until: Option<String>,
}

/// Goes by a count of the plates that truly stand there: closes the stays of cars that do not (5005, recordType 1, at nothing
/// more than was paid) and enters those of which no entry is known (5004, recordType 1), in one step. With `dryRun` it only says
/// what would change. A car whose stay was closed and that is read at an exit goes on with that stay.
#[utoipa::path(post, path = "/api/stock", request_body = CountRequest, tag = "records",
    responses((status = 200, body = StockTold), (status = "4XX", body = ApiError)))]
pub(super) async fn take(desk: Desk, on_box: OnBox, counted: Body<CountRequest>) -> Response {
    let zone = desk.time_zone();
    desk.act(body(counted).and_then(|counted| command(counted, &on_box, &zone))).await
}

fn command(
    counted: CountRequest,
    on_box: &OnBox,
    zone: &TimeZone,
) -> Result<StaffCommand, RequestProblem> {
    count("plateNoList", counted.plate_no_list.len(), MOST)?;
    for (at, plate_no) in counted.plate_no_list.iter().enumerate() {
        let which = |_| RequestProblem::Kind { field: format!("plateNoList[{at}]") };
        requests::number_plate("plateNoList", plate_no).map_err(which)?;
    }
    length("reason", &counted.reason, 100)?;
    let at = counted.at.map(|at| requests::moment("at", at, zone)).transpose()?;
    let stock = Box::new(StockCount { at, plates: counted.plate_no_list, reason: counted.reason });
    let action = if counted.dry_run {
        StaffAction::CompareStock(stock)
    } else {
        StaffAction::TakeStock(stock)
    };
    let command = staff_command(counted.id, counted.operator, action)?;
    Ok(StaffCommand { operator: on_box.deed_of(command.operator), ..command })
}

/// Takes a taking of stock back, within a day: the stays it closed go on as new records (5004, recordType 1) with what was paid,
/// those it entered end at nothing. Cars that have been seen since are left alone.
#[utoipa::path(post, path = "/api/stock/back", request_body = TakeBackRequest, tag = "records",
    responses((status = 200, description = "`restored`, `removed` and `left`, each with `plateNo` and `recordId`"),
              (status = "4XX", body = ApiError)))]
pub(super) async fn take_back(
    desk: Desk,
    on_box: OnBox,
    taking: Body<TakeBackRequest>,
) -> Response {
    let command = body(taking).and_then(|taking| {
        let action = StaffAction::TakeStockBack { number: taking.number };
        let command = staff_command(taking.id, taking.operator, action)?;
        Ok(StaffCommand { operator: on_box.deed_of(command.operator), ..command })
    });
    desk.act(command).await
}

/// The stock that was taken last, as it is shown; null where none was.
pub fn last_taking(
    tx: &Transaction<'_>,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Value, StoreError> {
    let Some(taking) = tx.stock_taking(None)? else { return Ok(Value::Null) };
    let (closed, entered) = tx.stock_counts(taking.number)?;
    let local = |moment| DateTime::at(moment, zone);
    let until = later(taking.done_at, STOCK_TAKEN_BACK_WITHIN);
    Ok(json!({
        "number": taking.number,
        "at": local(taking.counted_at),
        "done": local(taking.done_at),
        "operator": taking.by,
        "reason": taking.reason,
        "closed": closed,
        "entered": entered,
        "takenBack": taking.taken_back_at.map(local),
        "takenBackUntil": local(until),
        "open": taking.taken_back_at.is_none() && now <= until,
    }))
}
