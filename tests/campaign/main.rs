//! A lot under attack for a while: the real binary, a real broker, the strict platform, cars that come and go, and faults
//! drawn from a seed. A model beside it says what must have become of each read, of each car, of each fen; in the end the
//! platform's books are held against it. `LOTGATE_CAMPAIGN_SECONDS` says for how long (about a minute when absent),
//! `LOTGATE_SEED` which faults; `just campaign` is an hour of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/disk.rs"]
#[allow(dead_code, reason = "images of power cuts are another test's")]
mod disk;
#[path = "../common/mosquitto.rs"]
mod mosquitto;
#[path = "../common/tap.rs"]
mod tap;

mod barriers;
mod books;
mod damage;
mod faults;
mod findings;
mod gateway;
mod judge;
mod lanes;
mod lot;
mod model;
mod money;
mod plan;

use common::{World, distinct_plate};
use fastrand::Rng;
use faults::Tools;
use findings::{Harm, slow, table};
use gateway::Gateway;
use judge::judge;
use lanes::{BANNED, Numbers, TENANTS};
use lot::{Lot, PATIENCE};
use lotgate::sim::plan::PARK_CODE;
use lotgate::sim::platform::ledger::Ledger;
use lotgate::standard::id::Id;
use mosquitto::Mosquitto;
use plan::Track;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tap::Tap;
use tempfile::TempDir;

/// A platform that does not answer is given up sooner than the standard's 20 s.
const SHORT: &str = "[platform]|timeout = \"1s\"";
/// A broker that loses nothing that it has taken.
const KEEPS: &str =
    "persistence true\nautosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0";

#[tokio::test(flavor = "multi_thread")]
async fn every_read_becomes_one_passage_or_one_word_why_not_whatever_fails() {
    let Some(broker) = Mosquitto::start(KEEPS) else { return };
    let seed = from_environment("LOTGATE_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
    let seconds = from_environment("LOTGATE_CAMPAIGN_SECONDS").unwrap_or(50);
    println!(
        "campaign of {seconds} s with the seed {seed} (LOTGATE_SEED={seed} draws the same faults)"
    );
    let begun = Instant::now();
    let workshop = tempfile::tempdir().unwrap();
    let (lot, tools) = at_work(broker, &workshop).await;
    rights(&lot).await;
    let (numbers, mut rng) = (Arc::new(Numbers::default()), Rng::with_seed(seed));
    let drivers = [
        tokio::spawn(lanes::entry(Arc::clone(&lot), Arc::clone(&numbers), rng.fork())),
        tokio::spawn(lanes::exit(Arc::clone(&lot), numbers, rng.fork())),
    ];
    let beat = tokio::spawn(lanes::beat(Arc::clone(&lot)));
    let until = begun + Duration::from_secs(seconds);
    let of_the_box = Track::of_the_box(seed);
    let of_the_box = faults::strike_the_box(Arc::clone(&lot), of_the_box, until, tools);
    let of_the_box = tokio::spawn(of_the_box);
    let of_the_platform = Track::of_the_platform(seed);
    let of_the_platform = faults::strike_the_platform(Arc::clone(&lot), of_the_platform, until);
    let mut strikes = of_the_platform.await;
    let (more, tools) = of_the_box.await.unwrap();
    strikes.extend(more);
    // Cars come as long as it is looked whether all goes on.
    lot.stop();
    for driver in drivers {
        driver.await.unwrap();
    }
    let struck = begun.elapsed();
    settle(&lot).await;
    beat.abort();
    println!("struck for {struck:.0?}, settled after {:.0?}", begun.elapsed());
    let findings = lot.findings();
    let model = lot.model();
    let reads: usize = model.comings.iter().map(|coming| coming.reads.len()).sum();
    println!(
        "seed {seed}, {seconds} s: {} comings, {reads} reads, {} stays, {} kills; opened again after a kill {}, at a further read {}; turned back {}",
        model.comings.len(),
        model.stays.values().map(Vec::len).sum::<usize>(),
        lot.gateway.kills().len(),
        lot.repeated.load(Ordering::Relaxed),
        lot.at_a_further_read.load(Ordering::Relaxed),
        lot.turned_back.load(Ordering::Relaxed)
    );
    let table = table(&strikes, &findings);
    println!("{table}{}", slow(&strikes, &model, &lot.tap.acknowledged()));
    drop(tools);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(folder).unwrap();
    let kept = folder.join(format!("campaign-{seed}.log"));
    std::fs::write(&kept, lot.world.log()).unwrap();
    println!("the log is {}", kept.display());
    assert!(findings.is_empty(), "seed {seed}: {} findings, see above", findings.len());
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// A lot with its broker behind a tap and its disk behind a shim.
async fn at_work(broker: Mosquitto, workshop: &TempDir) -> (Arc<Lot>, Tools) {
    let listen = broker.listen;
    let costs = |plan: &mut lotgate::sim::plan::Plan| {
        "0s".clone_into(&mut plan.free);
        plan.broker = Some(listen);
    };
    let world = Arc::new(World::at_rest(costs, SHORT).await);
    let tap = Tap::start(listen).await.unwrap();
    world.change_configuration(&listen.to_string(), &tap.listen.to_string());
    // In memory, wherever the disk is.
    let in_memory = workshop.path().join("run");
    std::fs::create_dir(&in_memory).unwrap();
    let text = |path: &std::path::Path| path.display().to_string();
    let mut environment = vec![("RUNTIME_DIRECTORY".to_owned(), text(&in_memory))];
    let mut errors = None;
    if let Some(shim) = disk::shim(workshop.path()) {
        let file = workshop.path().join("errno");
        std::fs::write(&file, 0_u32.to_le_bytes()).unwrap();
        environment.extend([
            ("LD_PRELOAD".to_owned(), text(&shim)),
            ("LOTGATE_DISK_FOLDER".to_owned(), text(world.folder.path())),
            ("LOTGATE_DISK_ERRNO".to_owned(), text(&file)),
        ]);
        errors = Some(file);
    }
    let gateway = Gateway::start(Arc::clone(&world), environment);
    assert!(world.lot.platform.linked(PATIENCE).await, "no link: {}", world.log());
    // From then on it knows how long it was away.
    world.until("the broker's marker", || has_listened(&in_memory)).await;
    (Arc::new(Lot::new(world, gateway, tap)), Tools { broker, disk: errors })
}

/// Whether the gateway has noted there that it hears its broker.
fn has_listened(in_memory: &std::path::Path) -> bool {
    let names = std::fs::read_dir(in_memory).unwrap().flatten().map(|file| file.file_name());
    names.into_iter().any(|name| name.to_string_lossy().ends_with(".alive"))
}

/// Tenants have their leases, and some may not come in.
async fn rights(lot: &Lot) {
    for plate in TENANTS.map(distinct_plate) {
        let lease = json!({ "plateNoList": [plate], "spaceNoList": [format!("S{plate}")],
            "beginDate": "2026-01-01", "endDate": "2099-12-31", "operator": "张三" });
        let (status, body) = lot.world.booth("/api/leases", &lease).await;
        assert!(status.contains(" 200 "), "{status} {body}");
    }
    for plate in BANNED.map(distinct_plate) {
        let entry = json!({ "state": 1, "blackWhiteGraySheet": {
            "id": Id::random(), "parkCode": PARK_CODE,
            "parkCarInfo": { "plateNo": plate, "eidEquiped": false },
            "strategyType": 1, "endDate": "2099-12-31 00:00:00", "strategyFrom": "交警",
        } });
        assert!(money::command(lot, 4001, &entry).await);
    }
}

/// The queue of reports, as its own command line tells.
fn queue(lot: &Lot) -> Value {
    let mut status = common::lotgate();
    let status = status.args(["status", "--json", "--config"]).arg(lot.world.lot.config_path());
    let told: Value = serde_json::from_slice(&status.output().unwrap().stdout).unwrap_or_default();
    told["queue"].clone()
}

/// What of the books cannot all be true. A demand for payment is in a hurry and goes before everything else, also before the
/// entry of its record where that has waited through an outage.
fn contradictions(ledger: &Ledger) -> Vec<String> {
    let mut found = ledger.contradictions();
    found.retain(|what| !what.starts_with("5007 "));
    found
}

/// What the process says of itself that it should not have to.
async fn complaints(lot: &Lot) -> Vec<String> {
    let mut found = Vec::new();
    let begun = Instant::now();
    loop {
        let queue = queue(lot);
        if queue["pending"] == 0 && queue["dead"] == 0 {
            break;
        }
        if begun.elapsed() > PATIENCE {
            found.push(format!("the queue is not empty: {queue}"));
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let log = lot.world.log();
    let panics = log.lines().filter(|line| line.contains("panicked at"));
    found.extend(panics.map(str::to_owned));
    found
}

/// Waits until the platform has been told everything, and holds it against the model.
async fn settle(lot: &Lot) {
    let platform = &lot.world.lot.platform;
    let clean = |platform: &lotgate::sim::platform::SimulatedPlatform| {
        let ledger = platform.ledger();
        judge(&lot.model(), &ledger).is_clean() && contradictions(&ledger).is_empty()
    };
    // The pauses between tries grow while the platform is away, and a car that nobody saw through has gone after a minute.
    platform.until(PATIENCE * 2, clean).await;
    for (at, what) in lot.not_taken().await {
        lot.find(Harm::Lost, at, what);
    }
    let now = Instant::now();
    let ledger = platform.ledger();
    let judgement = judge(&lot.model(), &ledger);
    for (coming, what) in judgement.lost {
        lot.find(Harm::Lost, lot.struck_at(coming), what);
    }
    for what in judgement.doubled {
        lot.find(Harm::Doubled, now, what);
    }
    for (coming, what) in judgement.wrong {
        lot.find(Harm::Wrong, lot.struck_at(coming), what);
    }
    // Who was stopped sends no heartbeats.
    let violations = platform.violations().into_iter().filter(|what| !what.contains("heartbeat"));
    for what in contradictions(&ledger).into_iter().chain(violations) {
        lot.find(Harm::Wrong, now, what);
    }
    // The database is looked at once, when the process has nothing left to do.
    match books::read(&lot.world.folder.path().join("lotgate.db")) {
        Ok(books) => {
            // The model is asked again for each.
            let found = barriers::judge(&lot.model(), &lot.seen(), &books, &ledger);
            for (harm, coming, what) in found {
                lot.find(harm, coming.map_or(now, |coming| lot.struck_at(coming)), what);
            }
        }
        Err(error) => lot.find(Harm::Wrong, now, format!("the database cannot be read: {error}")),
    }
    for what in lot.gateway.ended().into_iter().chain(complaints(lot).await) {
        lot.find(Harm::Wrong, now, what);
    }
}
