//! What the platform's people do: cars are booked, locked, stand on shared time, are paid for by phone.

#![allow(clippy::indexing_slicing, reason = "indexing a JSON value gives null, never a panic")]

use crate::sim::lot::SimulatedLot;
use crate::sim::plan::PARK_CODE;
use crate::standard::id::Id;
use anyhow::bail;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

/// Sends a command down the link and returns the first element of its answer.
pub(super) async fn command(
    lot: &SimulatedLot,
    code: u16,
    element: Value,
) -> anyhow::Result<Value> {
    let reply = lot.platform.command(code, &[element]).await.map_err(anyhow::Error::msg)?;
    if !reply.succeeded() {
        bail!("{code}: {}", reply.result_msg);
    }
    Ok(reply.data.into_iter().next().unwrap_or_default())
}

/// The same through the HTTPS callback.
async fn call_back(lot: &SimulatedLot, code: u16, element: Value) -> anyhow::Result<()> {
    lot.platform.call_back(code, &[element]).await.map_err(anyhow::Error::msg)?;
    Ok(())
}

/// Books a space and pays for it a moment later.
pub(super) async fn book(lot: &SimulatedLot, plate: &str) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let code = Id::random();
    let booking = json!({
        "bookCode": code, "parkCode": PARK_CODE,
        "parkCarInfo": { "plateNo": plate, "eidEquiped": false },
        "bookTime": lot.local(now), "overTime": lot.local(now + SignedDuration::from_mins(5)),
        "bookMoney": 2, "obligatTime": 5,
    });
    call_back(lot, 6001, booking).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let confirmation = json!({ "bookCode": code, "parkCode": PARK_CODE, "confirmstate": 1 });
    call_back(lot, 6002, confirmation).await
}

pub(super) async fn share(lot: &SimulatedLot, plate: &str) -> anyhow::Result<()> {
    let share = json!({
        "id": Id::random(), "parkCode": PARK_CODE, "plateNo": plate, "startDate": "2020-01-01",
        "endDate": "2099-12-31", "startTime": "00:00", "endTime": "00:00", "bufferTime": 0,
        "rule": [1, 2, 3, 4, 5, 6, 7], "actionType": 0,
    });
    call_back(lot, 6004, share).await
}

pub(super) async fn lock(
    lot: &SimulatedLot,
    id: &Id,
    plate: &str,
    flag: i64,
) -> anyhow::Result<()> {
    let element = json!({ "id": id, "parkCode": PARK_CODE, "plateNo": plate, "lockFlag": flag,
                          "featureCode": "demo" });
    command(lot, 6003, element).await?;
    Ok(())
}

/// Asks for the fee and pays it at the platform, which tells the lot.
pub(super) async fn pay_by_phone(lot: &SimulatedLot, plate: &str) -> anyhow::Result<()> {
    let order = command(lot, 6006, json!({ "parkCode": PARK_CODE, "plateNo": plate })).await?;
    let charge = json!({
        "id": Id::random(), "orderNo": order["orderNo"], "recordId": order["recordId"],
        "parkCarInfo": { "plateNo": plate, "eidEquiped": false },
        "payTime": lot.local(Timestamp::now()), "receivables": order["receivables"],
        "discount": 0, "received": order["receivables"], "payType": 2, "payFrom": "微信公众号",
    });
    command(lot, 6007, json!({ "parkCode": PARK_CODE, "chargeInfo": charge })).await?;
    Ok(())
}
