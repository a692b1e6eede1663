//! What staff do at the booth, by the gateway's local HTTP API as their software would.

#![allow(clippy::indexing_slicing, reason = "indexing a JSON value gives null, never a panic")]

use crate::sim::lot::SimulatedLot;
use crate::sim::plan::BOOTH_TOKEN;
use crate::standard::id::Id;
use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Who they are.
const OPERATOR: &str = "岗亭";
/// What staff wait for at a lane comes within this time, or does not come.
const PATIENCE: Duration = Duration::from_secs(20);
/// So often they look.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// They need so long to compare two pictures.
const COMPARE: Duration = Duration::from_millis(700);

/// Takes the money for a car.
pub(super) async fn pay(lot: &SimulatedLot, plate: &str) -> anyhow::Result<()> {
    let body = json!({ "plateNo": plate, "received": 10 });
    post(lot, "/api/payments", body).await?;
    Ok(())
}

/// Lets the car that waits in a lane without a plate pass under a number; returns the number.
pub(super) async fn let_in(lot: &SimulatedLot, lane: &str) -> anyhow::Result<String> {
    waiting(lot, lane, |car| car["plateNo"].is_null().then_some(())).await?;
    tokio::time::sleep(COMPARE).await;
    let body = json!({ "laneId": lane, "reason": "无牌车" });
    let answer = post(lot, "/api/lanes/let-through", body).await?;
    answer["plateNo"].as_str().map(str::to_owned).context("the number of a car without a plate")
}

/// Finds whose stay the car is that waits in a lane: among those that may be meant, by their pictures; else
/// by the plate that people can read.
pub(super) async fn choose(lot: &SimulatedLot, lane: &str, plate: &str) -> anyhow::Result<()> {
    let unknown = |car: &Value| {
        let unknown = car["reason"] == "not-inside" || car["reason"] == "no-plate";
        unknown.then(|| car["candidates"].clone())
    };
    let candidates = waiting(lot, lane, unknown).await?;
    tokio::time::sleep(COMPARE).await;
    let mut shown = candidates.as_array().into_iter().flatten();
    let record = match shown.find(|candidate| candidate["plateNo"] == plate) {
        Some(candidate) => candidate["recordId"].clone(),
        None => open_record(lot, plate).await?,
    };
    let body = json!({ "laneId": lane, "recordId": record, "reason": "对照入场图片" });
    post(lot, "/api/lanes/choose", body).await?;
    Ok(())
}

/// Waits until the gateway tells of a car that drove through behind another; returns its number.
pub(super) async fn tail(lot: &SimulatedLot, lane: &str) -> anyhow::Result<Value> {
    seen(lot, lane, |lane| Some(lane["tails"].as_array()?.first()?["tail"].clone())).await
}

/// Finds by its picture which car that was, and ends its stay.
pub(super) async fn settle_tail(
    lot: &SimulatedLot,
    tail: Value,
    plate: &str,
) -> anyhow::Result<()> {
    tokio::time::sleep(COMPARE).await;
    let record = open_record(lot, plate).await?;
    let body = json!({ "tail": tail, "recordId": record, "reason": "抓拍照片" });
    post(lot, "/api/lanes/tail", body).await?;
    Ok(())
}

async fn open_record(lot: &SimulatedLot, plate: &str) -> anyhow::Result<Value> {
    let encoded = plate.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    let found = get(lot, &format!("/api/records?plateNo={encoded}")).await?;
    let records = found["records"].as_array().into_iter().flatten();
    let open = records.into_iter().find(|record| record["leaveTime"].is_null());
    open.map(|record| record["id"].clone()).with_context(|| format!("an open record of {plate}"))
}

/// Waits until the car that waits in a lane is as `looks` wants it.
async fn waiting<T>(
    lot: &SimulatedLot,
    lane: &str,
    looks: impl Fn(&Value) -> Option<T>,
) -> anyhow::Result<T> {
    let car = |lane: &Value| Some(&lane["waiting"]).filter(|car| !car.is_null()).and_then(&looks);
    seen(lot, lane, car).await
}

/// Waits until a lane is as `looks` wants it.
async fn seen<T>(
    lot: &SimulatedLot,
    lane: &str,
    looks: impl Fn(&Value) -> Option<T>,
) -> anyhow::Result<T> {
    let begun = Instant::now();
    loop {
        let now = get(lot, "/api/lanes").await?;
        let lanes = now["lanes"].as_array().into_iter().flatten();
        let one = lanes.into_iter().find(|one| one["laneId"] == lane);
        match one.and_then(&looks) {
            Some(found) => return Ok(found),
            None if begun.elapsed() > PATIENCE => {
                bail!("the lane stayed as it is: {}", one.unwrap_or(&Value::Null))
            }
            None => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

async fn get(lot: &SimulatedLot, path: &str) -> anyhow::Result<Value> {
    call(lot, "GET", path, "").await
}

async fn post(lot: &SimulatedLot, path: &str, mut body: Value) -> anyhow::Result<Value> {
    body["id"] = json!(Id::random());
    body["operator"] = json!(OPERATOR);
    call(lot, "POST", path, &body.to_string()).await
}

async fn call(lot: &SimulatedLot, method: &str, path: &str, body: &str) -> anyhow::Result<Value> {
    let (web, length) = (lot.web(), body.len());
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {web}\r\nconnection: close\r\nauthorization: Bearer {BOOTH_TOKEN}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let mut stream = tokio::net::TcpStream::connect(web).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.context("the booth's answer")?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| anyhow!("no answer"))?;
    if !head.starts_with("HTTP/1.1 200") {
        bail!("the booth was refused: {answer}");
    }
    serde_json::from_str(body).context("the booth's answer")
}
