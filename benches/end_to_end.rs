//! What the whole gateway does in figures: events made durable, read to barrier, draining, starting,
//! memory. Prints one line a measurement, then each figure beside that of `benches/baseline.json`, and writes
//! them as JSON with the machine they are of (`target/bench/end_to_end.json`); `docs/performance.md` says what was seen.
//!
//! `cargo bench --bench end_to_end` runs all parts, `… -- drain` one of them. `quick` runs less of each, `refuse` fails where
//! a figure is several times worse than the baseline's on a machine of this one's disk and processor (`just rates`).

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

#[path = "common/figures.rs"]
mod figures;
#[path = "common/machine.rs"]
mod machine;
#[path = "../tests/common/mosquitto.rs"]
mod mosquitto;
#[path = "common/process.rs"]
mod process;

use figures::Figures;
use lotgate::config::load;
use lotgate::engine::{self, Effects, First, GuardFiles, Retention};
use lotgate::gateway::Gateway;
use lotgate::model::event::DeviceEvent;
use lotgate::model::happening::Happening;
use lotgate::model::input::Input;
use lotgate::sim::camera::ReadOptions;
use lotgate::sim::lot::SimulatedLot;
use lotgate::sim::plan::{ENTRY_CAMERA, PARK_CODE, Plan};
use lotgate::sim::platform::Fault;
use lotgate::standard::id::Id;
use lotgate::standard::money::MoneyStyle;
use lotgate::standard::report::Report;
use lotgate::store::{Store, Urgency};
use lotgate::teller::Teller;
use mosquitto::Mosquitto;
use process::process;
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, QoS};
use serde_json::json;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

const PATIENCE: Duration = Duration::from_secs(300);

/// Disks and neighbours differ by more than most changes do: only what is so many times worse is refused.
const FACTOR: f64 = 6.0;

/// What was measured.
static FIGURES: Mutex<Option<Figures>> = Mutex::new(None);

fn note(name: impl Into<String>, figure: f64) {
    with_figures(|figures| figures.note(name, figure));
}

fn with_figures<T>(work: impl FnOnce(&mut Figures) -> T) -> T {
    let mut figures = FIGURES.lock().unwrap_or_else(PoisonError::into_inner);
    work(figures.get_or_insert_with(|| Figures::of("end_to_end")))
}

fn main() {
    lotgate::tls::install_provider();
    let words: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let said = |word: &str| words.iter().any(|one| one == word);
    let (quick, refuse) = (said("quick"), said("refuse"));
    let all = words.iter().all(|word| matches!(word.as_str(), "quick" | "refuse"));
    let wanted = |part: &str| all && !(quick && part == "guard") || said(part);
    with_figures(Figures::note_machine);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if wanted("commit") {
            commit();
        }
        if wanted("guard") {
            guard().await;
        }
        // First of the lots: cameras and brokers of the others would take their share of the cores.
        if wanted("events") {
            events(if quick { 5_000 } else { 30_000 }).await;
        }
        if wanted("backlog") {
            let all = [(900, 0), (3_000, 0), (20_000, 0), (1_500, 200_000)];
            for (reads, image_bytes) in all.into_iter().skip(usize::from(quick)) {
                backlog(reads, image_bytes).await;
                if quick {
                    break;
                }
            }
        }
        if wanted("decision") {
            let cars = if quick { 200 } else { 1000 };
            decision(None, cars).await;
            decision(Some(Fault::Drop), cars).await;
        }
        if wanted("drain") {
            let all = [
                (0, 1_000),
                (0, 100_000),
                (0, 1_000_000),
                (20, 1_000),
                (20, 100_000),
                (20, 1_000_000),
            ];
            let some = [(0, 1_000), (20, 1_000)];
            for &(latency, rows) in if quick { &some[..] } else { &all[..] } {
                drain(rows, Way::of(latency)).await;
            }
            drain(100_000, Way::of(100)).await;
            drain(100_000, Way { http2: true, ..Way::of(100) }).await;
            drain(2_000, Way { one_a_request: true, ..Way::of(100) }).await;
        }
        if wanted("memory") {
            for rows in if quick { &[0, 1_000][..] } else { &[0, 1_000, 100_000, 1_000_000][..] } {
                memory(*rows).await;
            }
        }
    });
    let holds = with_figures(|figures| {
        figures.note_machine();
        figures.compare();
        let look_at = "A neighbour on the machine is the likeliest reason: run it again first.";
        !refuse || figures.holds(FACTOR, look_at)
    });
    std::process::exit(i32::from(!holds));
}

/// What writing down who is at work costs a commit: the same inputs with the guard and without, on a database in memory, so
/// that no disk hides it.
async fn guard() {
    for (posted, times) in [(1, 20_000), (512, 100)] {
        let mut per_commit = [0.0; 2];
        // Turn about, so that neither has the warmer caches.
        for round in 0..6 {
            let guarded = round % 2 == 1;
            let folder = tempfile::tempdir_in("/dev/shm").unwrap();
            let path = folder.path().join("lotgate.db");
            let (store, _) = Store::open(&path, jiff::Timestamp::now()).unwrap();
            let text = include_str!("../config.example.toml");
            let config = lotgate::config::parse(text, Path::new("x.toml")).config.unwrap();
            let rules = lotgate::gateway::rules(&config, jiff::Timestamp::now()).unwrap();
            let effects = Effects {
                device_commands: tokio::sync::mpsc::channel(1).0,
                publications: tokio::sync::mpsc::channel(1).0,
                questions: tokio::sync::mpsc::channel(1).0,
                reports: std::sync::Arc::default(),
                teller: Teller::default(),
                images: folder.path().to_owned(),
            };
            let kept = jiff::SignedDuration::from_hours(24);
            let retention = Retention { records: kept, messages: kept };
            let clock: engine::Clock = std::sync::Arc::new(jiff::Timestamp::now);
            let in_memory = |kind: &str| Some(folder.path().join(kind));
            let files = if guarded { GuardFiles::of(in_memory) } else { GuardFiles::none() };
            let first = First::from(store).guarded(files.clone());
            let (engine, _) = engine::start(first, rules, retention, clock, effects).unwrap();
            let begun = Instant::now();
            for time in 0..times {
                let mut answers = Vec::with_capacity(posted);
                for one in 0..posted {
                    let closed = (time + one) % 2 == 0;
                    let device_id = Id::from("a relay board");
                    let event =
                        DeviceEvent::Contact { device_id, input: 3, closed, just_now: true };
                    answers.push(engine.post(Input::Device(event)).await.unwrap());
                }
                for answer in answers {
                    answer.await.unwrap().unwrap();
                }
            }
            let took = begun.elapsed().as_secs_f64() * 1e6 / times as f64;
            per_commit[usize::from(guarded)] += took / 3.0;
            files.leave_nothing();
        }
        let [without, with] = per_commit;
        println!(
            "guard: {posted} inputs at once: {without:.1} µs without, {with:.1} µs with it ({:+.1} µs)",
            with - without
        );
        note(format!("guard_of_{posted}_us"), with - without);
    }
}

fn percentiles(name: &str, mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    note(format!("{name}_p50_ms"), at(50));
    note(format!("{name}_p99_ms"), at(99));
    format!("p50 {:.2} ms, p99 {:.2} ms, {} samples", at(50), at(99), times.len())
}

/// What one small commit costs on this disk: the floor under every decision.
fn commit() {
    let folder = tempfile::tempdir_in(".").unwrap();
    let (mut store, _) = Store::open(&folder.path().join("x.db"), jiff::Timestamp::now()).unwrap();
    let times = (0..500).map(|number| {
        let begun = Instant::now();
        let tx = store.begin().unwrap();
        tx.first_sight(&number.to_string(), jiff::Timestamp::now()).unwrap();
        tx.commit().unwrap();
        begun.elapsed()
    });
    println!("commit alone: {}", percentiles("commit", times.collect()));
}

/// Camera message in to barrier command out, one car at a time.
async fn decision(fault: Option<Fault>, cars: usize) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let Some((_broker, lot)) = start_lot(folder.path()).await else { return };
    let teller = Teller::default();
    let mut happenings = teller.listen();
    let gateway = start_gateway(&lot, teller).await;
    hears_the_lot(&lot, &mut happenings).await;
    lot.platform.fail(fault);
    let mut times = Vec::new();
    for number in 0..cars {
        lot.entry.read(&format!("粤B{number:05}")).await;
        loop {
            if let Happening::BarrierCommanded { after: Some(after), .. } =
                happenings.recv().await.unwrap()
            {
                times.push(after);
                break;
            }
        }
    }
    let state = if fault.is_some() { "down" } else { "up" };
    let name = format!("decision_platform_{state}");
    println!("read to barrier command, platform {state}: {}", percentiles(&name, times));
    gateway.stop().await;
}

/// Camera messages over MQTT until their 5004s are durable in the outbox.
async fn events(cars: usize) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let Some((broker, lot)) = start_lot(folder.path()).await else { return };
    let teller = Teller::default();
    let mut happenings = teller.listen();
    let gateway = start_gateway(&lot, teller).await;
    hears_the_lot(&lot, &mut happenings).await;
    // Only what makes events durable is measured, not what sends them on.
    lot.platform.fail(Some(Fault::Drop));
    let messages: Vec<_> =
        (0..cars).map(|n| lot.entry.message(&plate(n), &ReadOptions::default())).collect();
    let begun = Instant::now();
    // The last ones of such a flood wait until their device, which is behind, is asked again.
    let nearly_all = cars * 19 / 20;
    let count = tokio::spawn(async move {
        let (mut entered, mut nearly_all_after) = (0, Duration::ZERO);
        while entered < cars {
            match happenings.recv().await {
                Ok(Happening::Entered { .. }) => entered += 1,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    println!("({missed} happenings missed)");
                }
                Err(_) => break,
            }
            if entered == nearly_all && nearly_all_after.is_zero() {
                nearly_all_after = begun.elapsed();
            }
        }
        nearly_all_after
    });
    for message in messages {
        lot.entry.publish(message).await;
    }
    let after = tokio::time::timeout(PATIENCE, count).await.unwrap().unwrap();
    let rate = nearly_all as f64 / after.as_secs_f64();
    note("events_durable_per_s", rate);
    println!(
        "events made durable: {rate:.0} /s ({cars} cars, camera, broker and platform on the same machine)"
    );
    gateway.stop().await;
    drop(broker);
}

/// Reads that waited in a real mosquitto while the gateway was away, until all are durable; the gateway and the broker are
/// processes of their own. Says how often it connected, how much memory it took, and the broker's peak.
async fn backlog(reads: usize, image_bytes: usize) {
    let logs = tempfile::tempdir().unwrap();
    let log = logs.path().join("log");
    // As `lotgate init --broker` writes it for a box of 2 GB.
    let bounds = "set_tcp_nodelay true\nmax_queued_messages 60000\nmax_queued_bytes 536870912";
    let more = format!("{bounds}\nlog_dest file {}\nlog_type notice\n", log.display());
    let Some(broker) = Mosquitto::start(&more) else { return };
    let folder = tempfile::tempdir_in(".").unwrap();
    let plan =
        Plan { total_spaces: 1_000_000, broker: Some(broker.listen), ..Plan::new().unwrap() };
    let lot = SimulatedLot::start(folder.path(), plan).await.unwrap();
    lot.platform.fail(Some(Fault::Drop));
    let connections = || {
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        let is_ours = |line: &&str| {
            line.contains("New client connected") && line.contains(" as lotgate-44030400100101")
        };
        log.lines().filter(is_ours).count()
    };
    let mut gateway = process(&lot);
    until(|| connections() > 0).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = resident(gateway.id(), "VmRSS");
    gateway.kill().unwrap();
    gateway.wait().unwrap();
    wait_for_cars(&lot, broker.listen, reads, image_bytes).await;
    let waited = resident(broker.process(), "VmRSS");
    let (before, begun) = (connections(), Instant::now());
    let mut gateway = process(&lot);
    let database = folder.path().join("lotgate.db");
    let mut peak = 0.0_f64;
    let durable = loop {
        peak = peak.max(resident(gateway.id(), "VmRSS"));
        if stored(&database) >= reads {
            break begun.elapsed();
        }
        assert!(begun.elapsed() < PATIENCE, "{} of {reads} are durable", stored(&database));
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    // Asked for what is left: whoever counts the reports over and over holds the log and takes half a core.
    let left = || count(&database, "SELECT count(*) FROM undecided_read");
    until(|| left() == 0 && entered(&database) >= reads).await;
    let decided = begun.elapsed();
    peak = peak.max(resident(gateway.id(), "VmHWM"));
    let again = connections() - before - 1;
    let rate = reads as f64 / durable.as_secs_f64();
    let kind = if image_bytes == 0 { "plain" } else { "pictured" };
    note(format!("backlog_{reads}_{kind}_per_s"), rate);
    note(format!("backlog_{reads}_{kind}_reconnects"), again as f64);
    note(format!("backlog_{reads}_{kind}_above_idle_kb"), peak - idle);
    let of_broker = resident(broker.process(), "VmHWM");
    note(format!("backlog_{reads}_{kind}_broker_peak_kb"), of_broker);
    println!(
        "{reads} reads ({image_bytes} bytes of picture) waiting in mosquitto: durable in {:.2} s from the process's start ({rate:.0}/s), all decided after {:.2} s, {again} reconnects; {:.1} MB above idle ({:.1}); the broker {:.1} MB before, {:.1} at its peak",
        durable.as_secs_f64(),
        decided.as_secs_f64(),
        (peak - idle) / 1024.0,
        idle / 1024.0,
        waited / 1024.0,
        of_broker / 1024.0,
    );
    gateway.kill().unwrap();
    gateway.wait().unwrap();
}

/// So many cars are read while nobody listens, until the broker has taken all.
async fn wait_for_cars(
    lot: &SimulatedLot,
    broker: std::net::SocketAddr,
    reads: usize,
    image_bytes: usize,
) {
    let mut options = MqttOptions::new("cars", "127.0.0.1", broker.port());
    options.set_max_packet_size(usize::MAX, 64_000_000);
    let (client, mut events) = AsyncClient::new(options, 10);
    let options = ReadOptions { image_bytes, ..ReadOptions::default() };
    let topic = format!("device/{ENTRY_CAMERA}/message/up/ivs_result");
    let saying = async {
        for car in 0..reads {
            let message = lot.entry.message(&plate(car), &options);
            client.publish(&topic, QoS::AtLeastOnce, false, message).await.unwrap();
        }
    };
    let taken = async {
        let mut taken = 0;
        while taken < reads {
            let event = events.poll().await.unwrap();
            taken += usize::from(matches!(event, Event::Incoming(Incoming::PubAck(_))));
        }
    };
    tokio::join!(saying, taken);
}

async fn until(happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "it did not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Reads that are in the database, decided or not.
fn stored(database: &Path) -> usize {
    count(database, "SELECT count(*) FROM undecided_read") + entered(database)
}

fn entered(database: &Path) -> usize {
    count(database, "SELECT count(*) FROM outbox WHERE code = 5004")
}

fn count(database: &Path, sql: &str) -> usize {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let open = rusqlite::Connection::open_with_flags(database, flags);
    let count = open.and_then(|store| store.query_row(sql, [], |row| row.get::<_, i64>(0)));
    count.ok().and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
}

/// A process's memory in KB, by that line of what the kernel says of it.
fn resident(process: u32, which: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(which)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0.0)
}

/// How the platform is reached.
#[derive(Clone, Copy)]
struct Way {
    /// How far away it is.
    latency: Duration,
    http2: bool,
    /// Whether it takes one record a request only.
    one_a_request: bool,
}

impl Way {
    fn of(milliseconds: u64) -> Self {
        let latency = Duration::from_millis(milliseconds);
        Self { latency, http2: false, one_a_request: false }
    }

    fn name(self) -> String {
        let way = format!("{}_ms_away", self.latency.as_millis());
        let http2 = if self.http2 { "_http2" } else { "" };
        let alone = if self.one_a_request { "_one_a_request" } else { "" };
        format!("{way}{http2}{alone}")
    }
}

/// How fast a queue of `rows` drains, and what a record costs.
async fn drain(rows: usize, way: Way) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let mut plan = Plan { total_spaces: 1_000_000, ..Plan::new().unwrap() };
    plan.settings.latency = way.latency;
    plan.settings.http2 = way.http2;
    let lot = SimulatedLot::start(folder.path(), plan).await.unwrap();
    fill(&folder.path().join("lotgate.db"), rows);
    let measured = rows.min(50_000);
    let mut config = load(&lot.config_path()).config.unwrap();
    if way.one_a_request {
        config.platform.dialect.batch_default = 1;
    }
    let begun = Instant::now();
    let gateway = Gateway::start(&config, Teller::default()).await.unwrap();
    let started = begun.elapsed();
    lot.platform.until(PATIENCE, |platform| platform.calls(5004) > 0).await;
    let begun = Instant::now();
    lot.platform.until(PATIENCE, |platform| platform.stored() >= measured).await;
    let took = begun.elapsed();
    let rate = measured as f64 / took.as_secs_f64();
    let each = took.as_secs_f64() * 1e6 / measured as f64;
    note(format!("drain_{rows}_rows_{}_per_s", way.name()), rate);
    println!(
        "drain, {rows} rows queued, platform {}: {rate:.0} records/s, {each:.0} µs each, {} requests at once at most; started in {:.0} ms",
        way.name(),
        lot.platform.most_at_once(),
        started.as_secs_f64() * 1000.0
    );
    gateway.stop().await;
}

/// Resident memory of the real binary with `rows` queued and the platform away.
async fn memory(rows: usize) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let Some((_broker, lot)) = start_lot(folder.path()).await else { return };
    fill(&folder.path().join("lotgate.db"), rows);
    lot.platform.fail(Some(Fault::Status(503)));
    let begun = Instant::now();
    let mut gateway = process(&lot);
    let mut opened = false;
    while !opened {
        lot.entry.read("粤B00001").await;
        opened = lot.entry.opened(1, Duration::from_millis(20)).await;
    }
    let first = begun.elapsed();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let resident = resident(gateway.id(), "VmRSS");
    note(format!("resident_{rows}_rows_kb"), resident);
    note(format!("first_barrier_{rows}_rows_ms"), first.as_secs_f64() * 1000.0);
    println!(
        "memory with {rows} rows queued: {resident} kB; process start to first open barrier {:.0} ms",
        first.as_secs_f64() * 1000.0
    );
    gateway.kill().unwrap();
    gateway.wait().unwrap();
}

/// Until the gateway listens at the broker, which keeps nothing for whom it has not heard of yet: a first car has come in.
async fn hears_the_lot(lot: &SimulatedLot, happenings: &mut broadcast::Receiver<Happening>) {
    let begun = Instant::now();
    loop {
        lot.entry.read("粤D00001").await;
        let entered = async {
            while !matches!(happenings.recv().await.unwrap(), Happening::Entered { .. }) {}
        };
        if tokio::time::timeout(Duration::from_millis(500), entered).await.is_ok() {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "no car came in");
    }
}

/// The n-th car's plate, as plates are: what can be none is compared with everybody inside. Neighbours differ
/// in all digits, so that none is another reading of the one before.
fn plate(number: usize) -> String {
    format!("粤B{:05}", number * 11_111 % 100_000)
}

/// A lot with the broker that boxes have, set as it is shipped.
async fn start_lot(folder: &Path) -> Option<(Mosquitto, SimulatedLot)> {
    let set = "set_tcp_nodelay true\nmax_queued_messages 60000\nmax_queued_bytes 536870912\n";
    let broker = Mosquitto::start(set)?;
    let plan =
        Plan { total_spaces: 1_000_000, broker: Some(broker.listen), ..Plan::new().unwrap() };
    Some((broker, SimulatedLot::start(folder, plan).await.unwrap()))
}

async fn start_gateway(lot: &SimulatedLot, teller: Teller) -> Gateway {
    let config = load(&lot.config_path()).config.unwrap();
    Gateway::start(&config, teller).await.unwrap()
}

/// Queues entries of distinct cars.
fn fill(path: &Path, rows: usize) {
    let (mut store, _) = Store::open(path, jiff::Timestamp::now()).unwrap();
    let now = jiff::Timestamp::now();
    let mut left = rows;
    while left > 0 {
        let tx = store.begin().unwrap();
        for _ in 0..left.min(20_000) {
            left -= 1;
            let id = Id::random();
            let element = json!({
                "id": id, "parkCode": PARK_CODE, "parkCarInfo": { "plateNo": "粤B12345", "plateColor": "蓝色", "carModel": 3, "eidEquiped": false },
                "enterTime": "2026-01-01 00:00:00", "inEquipmentId": "a1dc1d9fccdc441fb6238fb43faba901",
                "receivables": 0, "discount": 0, "received": 0, "isStagger": 0, "recordType": 0,
            });
            let report = Report::new(5004, &element, MoneyStyle::Shortest).unwrap();
            tx.queue(&report, &format!("record:{id}"), Urgency::Record, now).unwrap();
        }
        tx.commit().unwrap();
    }
}
