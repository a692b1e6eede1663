//! `lotgate demo`: a whole lot at work, line by line, and a tally at the end.

#![allow(clippy::indexing_slicing, reason = "indexing a JSON value gives null, never a panic")]

use super::run::stopped_by_signal;
use crate::config::load;
use crate::gateway::Gateway;
use crate::lang::{Lang, Words as _, say};
use crate::model::happening::{Happening, HoldReason};
use crate::sim::lot::SimulatedLot;
use crate::sim::plan::{GARAGE_CODE, GARAGE_SPACES, HardwarePlan, PARK_CODE, Plan, space_no};
use crate::sim::platform::SimulatedPlatform;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::teller::Teller;
use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::broadcast;
use tokio::task::JoinSet;

/// What is queued at the end may drain this long.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// Cars a second that an arm which really moves lets through.
const MOST_THROUGH_AN_ARM: f64 = 1.0;
/// How long one needs for it.
const THROUGH_THE_ARM: Duration = Duration::from_millis(800);

/// What the gateway says it did; held against what the platform says it has.
#[derive(Debug, Default)]
struct Ledger {
    read: usize,
    held: usize,
    entered: BTreeSet<String>,
    left: BTreeSet<String>,
    paid: usize,
    taken: Money,
    booked: usize,
    commands: usize,
    acknowledged: usize,
    decisions: Vec<Duration>,
}

pub(super) fn demo(length: Option<Duration>, cars: f64, lang: Lang) -> anyhow::Result<ExitCode> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let code = runtime.block_on(show(length, cars, lang));
    // The broker's threads know no end; nothing of theirs is worth waiting for.
    runtime.shutdown_timeout(Duration::from_millis(200));
    code
}

async fn show(length: Option<Duration>, cars: f64, lang: Lang) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let folder = tempfile::tempdir()?;
    // Every stay costs something, so that payments are seen, too. More cars than a real arm can let
    // through leave by the camera's relay instead.
    let hardware = (cars <= MOST_THROUGH_AN_ARM).then(HardwarePlan::default);
    let plan = Plan {
        free: "0s".to_owned(),
        reservable_spaces: 20,
        numbered_spaces: 30,
        hardware,
        ..Plan::new()?
    };
    let lot = Arc::new(SimulatedLot::start(folder.path(), plan).await?);
    let Some(config) = load(&lot.config_path()).config else { bail!("the demo's configuration") };
    let teller = Teller::default();
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let lines = tokio::spawn(write_lines(teller.listen(), Arc::clone(&ledger), begun, lang));
    let gateway = Gateway::start(&config, teller).await?;
    if !lot.platform.linked(Duration::from_secs(10)).await {
        bail!("the gateway did not log in at the simulated platform");
    }

    let hardware = tokio::spawn(sensors_and_garage(Arc::clone(&lot)));
    let exit = Arc::new(tokio::sync::Mutex::new(()));
    let mut traffic = JoinSet::new();
    let end = length.map(|length| tokio::time::Instant::now() + length);
    let mut arrivals = tokio::time::interval(Duration::from_secs_f64(1.0 / cars.clamp(0.1, 100.0)));
    let mut number = 0_u32;
    let stopping = stopped_by_signal();
    tokio::pin!(stopping);
    let interrupted = loop {
        tokio::select! {
            _ = &mut stopping => break true,
            () = async { match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            } } => break false,
            _ = arrivals.tick() => {
                number += 1;
                traffic.spawn(visit(Arc::clone(&lot), Arc::clone(&exit), number));
            }
            Some(_) = traffic.join_next() => {}
        }
    };
    traffic.abort_all();
    hardware.abort();
    let patience = if interrupted { Duration::from_secs(1) } else { DRAIN_WITHIN };
    // Counts leave a little after the cars they count.
    let all_told = |platform: &SimulatedPlatform| {
        missing(&lot, &ledger).is_empty() && platform.ledger().contradictions().is_empty()
    };
    lot.platform.until(patience, all_told).await;
    gateway.stop().await;
    lines.abort();
    Ok(tally(&lot, &ledger, lang))
}

/// One car: comes in, stays a little, pays, leaves. What else happens differs by number: some are
/// booked, some are locked by their owners, some stand on shared time, some pay by phone.
async fn visit(
    lot: Arc<SimulatedLot>,
    exit: Arc<tokio::sync::Mutex<()>>,
    number: u32,
) -> anyhow::Result<()> {
    let plate = format!("粤B{number:05}");
    let every = |nth: u32, offset: u32| number % nth == offset;
    let (booked, locked) = (every(5, 1), every(4, 0));
    let (shared, by_phone) = (every(6, 5), every(2, 1));
    if booked {
        book(&lot, &plate).await?;
    }
    if shared {
        share(&lot, &plate).await?;
    }
    lot.entry.read(&plate).await;
    tokio::time::sleep(Duration::from_millis(1500 + fastrand::u64(0..1500))).await;
    let lock_id = Id::random();
    if locked {
        lock(&lot, &lock_id, &plate, 0).await?;
    }
    match (shared, by_phone) {
        (true, _) => {}
        (false, true) => pay_by_phone(&lot, &plate).await?,
        (false, false) => pay(&lot, &plate).await?,
    }
    // One car at a time before an arm.
    let _turn = match lot.hardware {
        Some(_) => Some(exit.lock().await),
        None => None,
    };
    lot.exit.read(&plate).await;
    if locked {
        tokio::time::sleep(Duration::from_secs(1)).await;
        lock(&lot, &lock_id, &plate, 1).await?;
    }
    if lot.hardware.is_some() {
        tokio::time::sleep(THROUGH_THE_ARM).await;
    }
    Ok(())
}

/// Cars come to spaces with sensors and go, and a garage stores and retrieves.
async fn sensors_and_garage(lot: Arc<SimulatedLot>) {
    let Some(hardware) = &lot.hardware else { return };
    let mut ticks = tokio::time::interval(Duration::from_secs(2));
    for number in 0_u32.. {
        ticks.tick().await;
        let comes = number.is_multiple_of(2);
        hardware.sensors.sees(1, comes).await;
        hardware.bus.lock().await.units().detector[0] = comes;
        let space_no = space_no(GARAGE_SPACES.start);
        let order = json!({ "parkCode": PARK_CODE, "garageCode": GARAGE_CODE, "spaceNo": space_no,
                            "plateNo": "粤B99999", "garagePassCode": 1 });
        // While it is busy with the last one it says so; the next comes around.
        let _ = command(&lot, if comes { 8004 } else { 8005 }, order).await;
    }
}

/// Sends a command down the link and returns the first element of its answer.
async fn command(lot: &SimulatedLot, code: u16, element: Value) -> anyhow::Result<Value> {
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
async fn book(lot: &SimulatedLot, plate: &str) -> anyhow::Result<()> {
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

async fn share(lot: &SimulatedLot, plate: &str) -> anyhow::Result<()> {
    let share = json!({
        "id": Id::random(), "parkCode": PARK_CODE, "plateNo": plate, "startDate": "2020-01-01",
        "endDate": "2099-12-31", "startTime": "00:00", "endTime": "00:00", "bufferTime": 0,
        "rule": [1, 2, 3, 4, 5, 6, 7], "actionType": 0,
    });
    call_back(lot, 6004, share).await
}

async fn lock(lot: &SimulatedLot, id: &Id, plate: &str, flag: i64) -> anyhow::Result<()> {
    let element = json!({ "id": id, "parkCode": PARK_CODE, "plateNo": plate, "lockFlag": flag,
                          "featureCode": "demo" });
    command(lot, 6003, element).await?;
    Ok(())
}

/// Asks for the fee and pays it at the platform, which tells the lot.
async fn pay_by_phone(lot: &SimulatedLot, plate: &str) -> anyhow::Result<()> {
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

/// Pays as the booth's software would: over the local HTTP API.
async fn pay(lot: &SimulatedLot, plate: &str) -> anyhow::Result<()> {
    let body = json!({ "id": Id::random(), "plateNo": plate, "received": 10, "operator": "岗亭" })
        .to_string();
    let request = format!(
        "POST /api/payments HTTP/1.1\r\nhost: {0}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {1}\r\n\r\n{body}",
        lot.web(),
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(lot.web()).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.context("the booth's answer")?;
    if !answer.starts_with("HTTP/1.1 200") {
        bail!("the booth was refused: {answer}");
    }
    Ok(())
}

async fn write_lines(
    mut happenings: broadcast::Receiver<Happening>,
    ledger: Arc<Mutex<Ledger>>,
    begun: Instant,
    lang: Lang,
) {
    while let Ok(happening) = happenings.recv().await {
        println!("{:>9.1} ms  {}", begun.elapsed().as_secs_f64() * 1000.0, happening.text(lang));
        let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
        match happening {
            Happening::PlateRead { .. } => ledger.read += 1,
            Happening::Held { reason, .. } if reason != HoldReason::NoPlate => ledger.held += 1,
            Happening::Entered { record, .. } => drop(ledger.entered.insert(record.to_string())),
            Happening::Left { record, .. } => drop(ledger.left.insert(record.to_string())),
            Happening::Paid { received, .. } => {
                ledger.paid += 1;
                ledger.taken = ledger.taken + received;
            }
            Happening::BookingUsed { .. } => ledger.booked += 1,
            Happening::Commanded { .. } => ledger.commands += 1,
            Happening::Acknowledged { count, .. } => ledger.acknowledged += count,
            Happening::BarrierCommanded { after: Some(after), .. } => ledger.decisions.push(after),
            _ => {}
        }
    }
}

/// What the gateway did and the platform does not know.
fn missing(lot: &SimulatedLot, ledger: &Mutex<Ledger>) -> Vec<String> {
    let has = |code: u16| -> BTreeSet<String> {
        let received = lot.platform.received(code);
        received.iter().filter_map(|element| element["id"].as_str().map(str::to_owned)).collect()
    };
    let ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
    let mut missing = Vec::new();
    for (code, records) in [(5004, &ledger.entered), (5005, &ledger.left)] {
        let known = has(code);
        missing.extend(records.difference(&known).map(|id| format!("{code} {id}")));
    }
    let charges = has(5008).len();
    missing.extend((charges..ledger.paid).map(|_| "5008".to_owned()));
    let charged = yuan(lot.platform.ledger().totals().charged);
    if charges == ledger.paid && charged != ledger.taken.decimal() {
        missing.push(format!("5008: {charged}, taken {}", ledger.taken));
    }
    missing
}

/// Fen, as yuan are written.
fn yuan(fen: i64) -> Decimal {
    Decimal::new(fen, 2).normalize()
}

fn tally(lot: &SimulatedLot, ledger: &Mutex<Ledger>, lang: Lang) -> ExitCode {
    let lost = missing(lot, ledger);
    let mut violations = lot.platform.violations();
    let books = lot.platform.ledger();
    violations.extend(books.contradictions());
    let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
    ledger.decisions.sort();
    let at = |share: usize| {
        let index = ledger.decisions.len().saturating_sub(1) * share / 100;
        ledger.decisions.get(index).map_or(0.0, |d| d.as_secs_f64() * 1000.0)
    };
    let (p50, p99) = (at(50), at(99));
    let Ledger { read, held, paid, booked, commands, acknowledged, .. } = &*ledger;
    let (entered, left) = (ledger.entered.len(), ledger.left.len());
    let (gone, wrong) = (lost.len(), violations.len());
    println!();
    println!(
        "{}",
        say!(
            lang,
            "识别 {read}，入场 {entered}（预约 {booked}），出场 {left}，拦下 {held}，缴费 {paid}，平台指令 {commands}",
            "reads {read}, entered {entered} ({booked} as booked), left {left}, held {held}, payments {paid}, commands {commands}"
        )
    );
    let totals = books.totals();
    let (charged, refunded) = (yuan(totals.charged), yuan(totals.refunded));
    let (recorded, inside) = (yuan(totals.recorded), books.open_stays());
    println!(
        "{}",
        say!(
            lang,
            "平台账目：实收 {charged} 元，退款 {refunded} 元；离场记录合计 {recorded} 元；在场 {inside} 辆",
            "the platform's books: {charged} yuan received, {refunded} refunded; {recorded} by the records of cars that left; {inside} cars inside"
        )
    );
    println!(
        "{}",
        say!(
            lang,
            "平台确认 {acknowledged} 条上报，丢失 {gone}，不符合标准 {wrong}",
            "platform acknowledged {acknowledged} reports, lost {gone}, against the standard {wrong}"
        )
    );
    println!(
        "{}",
        say!(
            lang,
            "识别到开闸指令：p50 {p50:.1} ms，p99 {p99:.1} ms（含提交）",
            "read to barrier command: p50 {p50:.1} ms, p99 {p99:.1} ms, commit included"
        )
    );
    for line in lost.iter().chain(&violations).take(20) {
        println!("  ! {line}");
    }
    if gone + wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
