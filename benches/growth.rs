//! What a lot costs that has grown: with a million stays that are over, with ten thousand numbered spaces, with two hundred
//! lanes and a hundred thousand cars inside. Prints one line a measurement; `docs/performance.md` says what was seen. That a
//! car asks no more of the database is held by counts (`tests/rules/growth.rs`), not here.
//!
//! `cargo bench --bench growth` runs all parts, `… -- closed` one of them.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

#[path = "../tests/common/mosquitto.rs"]
mod mosquitto;
#[path = "common/process.rs"]
mod process;

use lotgate::config::load;
use lotgate::engine::{self, Effects, EngineHandle, First, Retention};
use lotgate::lot::{Lane, LaneDirection, Rules};
use lotgate::model::event::{DeviceEvent, PlateRead};
use lotgate::model::input::Input;
use lotgate::model::outcome::DeviceCommand;
use lotgate::sim::lot::SimulatedLot;
use lotgate::sim::plan::{PARK_CODE, Plan};
use lotgate::store::Store;
use lotgate::teller::Teller;
use mosquitto::Mosquitto;
use process::process;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

fn main() {
    lotgate::tls::install_provider();
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |part: &str| only.is_empty() || only.iter().any(|name| name == part);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if wanted("closed") {
            for stays in [0, 1_000_000] {
                closed(stays).await;
            }
        }
        if wanted("spaces") {
            for spaces in [0, 10_000] {
                spaces_configured(spaces).await;
            }
        }
        if wanted("large") {
            for (lanes, leases, inside) in [(2, 0, 0), (200, 50_000, 100_000)] {
                large(lanes, leases, inside).await;
                large_process(lanes, leases, inside).await;
            }
        }
        if wanted("after") {
            after(20_000).await;
        }
    });
    std::process::exit(0);
}

/// What is written into a database by SQL, faster than by so many cars.
struct Filled {
    store: rusqlite::Connection,
    now: i64,
}

impl Filled {
    fn new(path: &Path) -> Self {
        drop(Store::open(path, jiff::Timestamp::now()).unwrap());
        let store = rusqlite::Connection::open(path).unwrap();
        store.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000").unwrap();
        Self { store, now: jiff::Timestamp::now().as_millisecond() }
    }

    fn insert(&self, rows: u32, into: &str, select: &str) {
        if rows > 0 {
            let numbers = format!(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows})"
            );
            let sql = format!("INSERT INTO {into} {numbers} SELECT {select} FROM n");
            self.store.execute_batch(&sql).unwrap();
        }
    }

    /// Stays that are over, of a fiftieth as many plates, one every half a minute until an hour ago.
    fn closed(&self, stays: u32, (entry, exit): (&Lane, &Lane)) {
        let (now, plates) = (self.now, (stays / 50).max(1));
        let left = format!("{now} - 3600000 - ({stays} - n) * 30000");
        self.insert(
            stays,
            "parking_record (id, plate_no, plate_color, car_model, enter_time, enter_lane, in_equipment_id,
             leave_time, leave_lane, out_equipment_id)",
            &format!(
                "printf('%012x%020x', {left}, n), printf('粤A%05d', (n * 7919) % {plates}), '蓝色', 3,
                 {left} - 3600000, '{}', '{}', {left}, '{}', '{}'",
                entry.id, entry.camera, exit.id, exit.camera
            ),
        );
    }

    /// Leases in force, and cars inside of which every second one stands for a lease, as far as there are any.
    fn inside(&self, leases: u32, inside: u32, entry: &Lane) {
        self.insert(
            leases,
            "lease (lease_key, body, spaces, begin_date, end_date, moment)",
            "printf('粤C%05d', n), '{}', 1, '2020-01-01', '2099-12-31', 1",
        );
        let plate = "printf('粤C%05d', n)";
        self.insert(leases, "lease_plate (plate_no, lease_key)", &format!("{plate}, {plate}"));
        let came = format!("{} - 3600000 - n * 100", self.now);
        self.insert(
            inside,
            "parking_record (id, plate_no, enter_time, enter_lane)",
            &format!(
                "printf('%012x%020x', {came}, n), printf('%s%05d', iif(n % 2, '粤C', '粤D'), (n + 1) / 2),
                 {came}, '{}'",
                entry.id
            ),
        );
        self.store
            .execute_batch(
                "INSERT INTO lease_use (record_id, lease_key, since)
                 SELECT id, plate_no, enter_time FROM parking_record
                 JOIN lease ON lease.lease_key = plate_no WHERE leave_time IS NULL",
            )
            .unwrap();
    }
}

/// The rules of the example with so many lanes, one in beside one out.
fn rules(lanes: usize) -> Rules {
    let text = include_str!("../config.example.toml");
    let config = lotgate::config::parse(text, Path::new("x.toml")).config.unwrap();
    let mut rules = lotgate::gateway::rules(&config, jiff::Timestamp::now()).unwrap();
    rules.total_spaces = 1_000_000;
    rules.visitor_spaces = None;
    rules.spaces.clear();
    let pair = [0, 1].map(|place| rules.lanes[place].clone());
    rules.lanes.truncate(0);
    for number in 0..lanes {
        let before = pair[number % 2].clone();
        let camera = format!("{:0>32}", 5_000 + number);
        let mut barrier = before.barrier.clone().unwrap();
        barrier.device_id = camera.as_str().into();
        rules.lanes.push(Lane {
            id: format!("{:0>32}", 9_000 + number).as_str().into(),
            direction: if number % 2 == 0 { LaneDirection::Entry } else { LaneDirection::Exit },
            camera: camera.as_str().into(),
            barrier: Some(barrier),
            display: None,
            passing_loop: None,
            barrier_up: None,
            ..before
        });
    }
    rules
}

/// An engine whose barriers answer at once.
fn engine_on(path: &Path, folder: &Path, rules: Rules) -> EngineHandle {
    let (store, _) = Store::open(path, jiff::Timestamp::now()).unwrap();
    let (device_commands, mut commands) = mpsc::channel(1024);
    let effects = Effects {
        device_commands,
        publications: mpsc::channel(1).0,
        questions: mpsc::channel(1).0,
        reports: std::sync::Arc::default(),
        teller: Teller::default(),
        images: folder.to_owned(),
    };
    let kept = jiff::SignedDuration::from_hours(24 * 3650);
    let retention = Retention { records: kept, messages: jiff::SignedDuration::from_hours(24) };
    let clock: engine::Clock = std::sync::Arc::new(jiff::Timestamp::now);
    let (engine, _) = engine::start(First::from(store), rules, retention, clock, effects).unwrap();
    let answers = engine.clone();
    tokio::spawn(async move {
        while let Some(command) = commands.recv().await {
            let DeviceCommand::Barrier(one) = command else { continue };
            let (actuation, lane_id, act) = (one.id, one.lane_id, one.act);
            let result = Ok(Duration::from_millis(5));
            let event = DeviceEvent::BarrierAnswered { actuation, lane_id, act, result };
            let _ = answers.post(Input::Device(event)).await;
        }
    });
    engine
}

async fn read(engine: &EngineHandle, lane: &Lane, plate: &str, message: usize) -> Duration {
    let message = format!("{}:{message}", lane.camera);
    let read = PlateRead {
        plate_color: Some("蓝色".to_owned()),
        car_model: Some(3),
        ..PlateRead::of(lane.camera.clone(), message, Some(plate.parse().unwrap()))
    };
    let begun = Instant::now();
    let input = Input::Device(DeviceEvent::PlateRead(Box::new(read)));
    engine.submit(input).await.unwrap();
    begun.elapsed()
}

/// Bytes written by this process so far, and its CPU time.
fn spent() -> (f64, f64) {
    let io = std::fs::read_to_string("/proc/self/io").unwrap();
    let written = io.lines().find_map(|line| line.strip_prefix("wchar: ")).unwrap();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    (written.parse().unwrap(), ticks * 10_000.0)
}

/// Forgets what the kernel keeps of files, where it may.
fn forget_pages() {
    let _ = Command::new("sync").status();
    let drop_caches = std::fs::OpenOptions::new().write(true).open("/proc/sys/vm/drop_caches");
    if let Ok(mut drop_caches) = drop_caches {
        let _ = drop_caches.write_all(b"3");
    }
}

fn shown(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    format!("p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms", at(50), at(99), at(100))
}

/// What a car in and out costs beside so many stays that are over, and what looking up a plate's does.
async fn closed(stays: u32) {
    const CARS: usize = 3_000;
    let folder = tempfile::tempdir_in(".").unwrap();
    let path = folder.path().join("lotgate.db");
    let rules = rules(2);
    let lanes = (rules.lanes[0].clone(), rules.lanes[1].clone());
    let filled = Filled::new(&path);
    filled.closed(stays, (&lanes.0, &lanes.1));
    drop(filled);
    let size = std::fs::metadata(&path).unwrap().len();
    let engine = engine_on(&path, folder.path(), rules);
    // Of the plates that were here, so that what they left is looked at.
    let plates = (stays as usize / 50).max(1000);
    let plate = |car: usize| format!("粤A{:05}", (car * 104_729) % plates);
    let (mut times, mut before) = (Vec::new(), spent());
    for car in 0..CARS + 500 {
        if car == 500 {
            (times, before) = (Vec::new(), spent());
        }
        times.push(read(&engine, &lanes.0, &plate(car), 2 * car).await);
        times.push(read(&engine, &lanes.1, &plate(car), 2 * car + 1).await);
    }
    let after = spent();
    drop(engine);
    let each = |before: f64, after: f64| (after - before) / CARS as f64;
    println!(
        "{stays} stays over ({:.0} MB): a car in and out {:.0} bytes written, {:.0} µs of CPU; a decision {}",
        size as f64 / 1e6,
        each(before.0, after.0),
        each(before.1, after.1),
        shown(times)
    );
    let (mut cold, mut warm, mut found) = (Vec::new(), Vec::new(), 0);
    for one in 0..20 {
        forget_pages();
        let begun = Instant::now();
        let mut reader = Store::open_reading(&path).unwrap();
        let opened = begun.elapsed();
        for times in [&mut cold, &mut warm] {
            let begun = Instant::now();
            let plate = format!("粤A{:05}", (one * 7) % plates);
            found += reader.snapshot().unwrap().records_of(&plate, 50).unwrap().len();
            times.push(begun.elapsed());
        }
        if one == 0 {
            println!("  (opened cold in {:.2} ms)", opened.as_secs_f64() * 1000.0);
        }
    }
    println!(
        "  its records by plate ({} of each): cold {}; warm {}",
        found / 40,
        shown(cold),
        shown(warm)
    );
}

/// A process's memory in MB, by that line of what the kernel says of it.
fn resident(process: u32, which: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(which)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Starts the real binary until its entry opens, twice; says how long that took and how much memory it has then.
async fn start_twice(what: &str, lot: &SimulatedLot, opened_before: usize) -> Child {
    let mut gateway = None;
    for (time, state) in [(0, "first start"), (1, "second start")] {
        let begun = Instant::now();
        let mut child = process(lot);
        let mut opened = false;
        while !opened {
            lot.entry.read(&format!("粤B{time:05}")).await;
            opened = lot.entry.opened(opened_before + time + 1, Duration::from_millis(10)).await;
        }
        let first = begun.elapsed();
        tokio::time::sleep(Duration::from_secs(12)).await;
        println!(
            "{what}, {state}: {:.0} ms to the first open barrier, {:.1} MB then, {:.1} MB at its peak",
            first.as_secs_f64() * 1000.0,
            resident(child.id(), "VmRSS"),
            resident(child.id(), "VmHWM")
        );
        if time == 0 {
            child.kill().unwrap();
            child.wait().unwrap();
        } else {
            gateway = Some(child);
        }
    }
    gateway.unwrap()
}

/// The real binary with so many numbered spaces.
async fn spaces_configured(spaces: u32) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let Some(broker) = Mosquitto::start("set_tcp_nodelay true") else { return };
    let plan = Plan { total_spaces: 20_000, broker: Some(broker.listen), ..Plan::new().unwrap() };
    let lot = SimulatedLot::start(folder.path(), plan).await.unwrap();
    let mut text = std::fs::read_to_string(lot.config_path()).unwrap();
    for number in 0..spaces {
        let _ = write!(
            text,
            "\n[[space]]\nspace_no = \"{PARK_CODE}00B1{number:04}\"\nposition_type = 2\nmaterial_type = 0\nwith_locker = 0\nwith_charging_pile = 0\n"
        );
    }
    std::fs::write(lot.config_path(), text).unwrap();
    let begun = Instant::now();
    assert!(load(&lot.config_path()).config.is_some());
    println!(
        "{spaces} spaces: their configuration read in {:.0} ms",
        begun.elapsed().as_secs_f64() * 1e3
    );
    let mut gateway = start_twice(&format!("{spaces} spaces"), &lot, 0).await;
    gateway.kill().unwrap();
    gateway.wait().unwrap();
}

/// Decisions of a large lot: cars in and out, one in two known, each lane in its turn, its engine alone.
async fn large(lanes: usize, leases: u32, inside: u32) {
    const CARS: usize = 4_000;
    let folder = tempfile::tempdir_in(".").unwrap();
    let path = folder.path().join("lotgate.db");
    let rules = rules(lanes);
    let lanes = rules.lanes.clone();
    let filled = Filled::new(&path);
    filled.inside(leases, inside, &lanes[0]);
    drop(filled);
    let begun = Instant::now();
    let engine = engine_on(&path, folder.path(), rules);
    engine.submit(Input::Started).await.unwrap();
    // As every second does.
    engine.submit(Input::Tick { free_disk: None }).await.unwrap();
    println!(
        "{} lanes, {leases} leases, {inside} inside: engine started in {:.0} ms",
        lanes.len(),
        begun.elapsed().as_secs_f64() * 1e3
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut times = Vec::new();
    for car in 0..CARS {
        let pair = (car * 2) % lanes.len();
        let entry = read(&engine, &lanes[pair], &format!("粤B{car:05}"), 2 * car).await;
        let plate = match car.checked_sub(lanes.len()) {
            // One that has been inside for long, where there are any.
            Some(_) if inside > 0 && car % 2 == 0 => {
                format!("粤{}{:05}", ["C", "D"][car / 2 % 2], 1 + car / 4)
            }
            Some(before) => format!("粤B{before:05}"),
            None => continue,
        };
        times.push(entry);
        times.push(read(&engine, &lanes[pair + 1], &plate, 2 * car + 1).await);
    }
    println!("  a decision, its commit included: {}", shown(times));
    let mut strangers = Vec::new();
    for car in 0..50 {
        let pair = (car * 2) % lanes.len();
        strangers
            .push(read(&engine, &lanes[pair + 1], &format!("京E{car:05}"), 900_000 + car).await);
    }
    println!("  a stranger at an exit, compared with all inside: {}", shown(strangers));
}

/// The real binary over the same database: its start and its memory.
async fn large_process(lanes: usize, leases: u32, inside: u32) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let Some(broker) = Mosquitto::start("set_tcp_nodelay true") else { return };
    let plan =
        Plan { total_spaces: 1_000_000, broker: Some(broker.listen), ..Plan::new().unwrap() };
    let lot = SimulatedLot::start(folder.path(), plan).await.unwrap();
    let mut text = std::fs::read_to_string(lot.config_path()).unwrap();
    for number in 2..lanes {
        let direction = if number % 2 == 0 { "entry" } else { "exit" };
        let _ = write!(
            text,
            "\n[[device]]\nid = \"{:0>32}\"\nequipment_code = \"7777555500{:04}\"\nname = \"相机{number}\"\nequipment_type = \"1000\"\ndriver = \"vzenith-mqtt\"\nmqtt = \"lot\"\nsn = \"sn-{number}\"\n\n[[lane]]\nid = \"{:0>32}\"\nname = \"车道{number}\"\ndirection = \"{direction}\"\ncamera = \"相机{number}\"\nbarrier = {{ device = \"相机{number}\", output = 0 }}\n",
            5_000 + number,
            2_000 + number,
            9_000 + number,
        );
    }
    std::fs::write(lot.config_path(), text).unwrap();
    assert!(load(&lot.config_path()).config.is_some(), "{:?}", load(&lot.config_path()).findings);
    let filled = Filled::new(&folder.path().join("lotgate.db"));
    filled.inside(leases, inside, &rules(2).lanes[0]);
    drop(filled);
    let what = format!("{lanes} lanes, {leases} leases, {inside} inside");
    let mut gateway = start_twice(&what, &lot, 0).await;
    gateway.kill().unwrap();
    gateway.wait().unwrap();
}

/// The real binary's memory after so many reads, and after bodies of many megabytes at once.
async fn after(reads: usize) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let Some(broker) = Mosquitto::start("set_tcp_nodelay true") else { return };
    let plan =
        Plan { total_spaces: 1_000_000, broker: Some(broker.listen), ..Plan::new().unwrap() };
    let lot = SimulatedLot::start(folder.path(), plan).await.unwrap();
    let mut gateway = start_twice("idle", &lot, 0).await;
    for car in 0..reads {
        lot.entry.read(&format!("粤E{car:05}")).await;
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    let now = |which| resident(gateway.id(), which);
    println!("after {reads} reads: {:.1} MB, {:.1} at its peak", now("VmRSS"), now("VmHWM"));
    let options =
        lotgate::sim::camera::ReadOptions { image_bytes: 1_500_000, ..Default::default() };
    for car in 0..40 {
        let message = lot.entry.message(&format!("粤F{car:05}"), &options);
        lot.entry.publish(message).await;
    }
    for seconds in [5, 15, 60] {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        println!(
            "  {seconds} s later, 40 pictures of 1.5 MB: {:.1} MB, {:.1} at its peak",
            now("VmRSS"),
            now("VmHWM")
        );
    }
    gateway.kill().unwrap();
    gateway.wait().unwrap();
}
