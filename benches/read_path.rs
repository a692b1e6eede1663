//! How many instructions a read takes, from a camera's message to its commit: real messages are decoded by the camera's
//! codec and go through the real engine, rules and store, without broker and network. The clock is ours and each commit
//! carries what it is meant to, so that the numbers repeat on any x86-64 machine, and a bound can be strict.
//!
//! `just count` runs each scenario under callgrind, holds the counts against `benches/baseline.json` and fails where one has
//! grown by more than a tenth. Without valgrind: `read_path <scenario> <reads>` does the work once.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    clippy::cast_precision_loss
)]

#[path = "common/figures.rs"]
mod figures;
#[path = "common/machine.rs"]
mod machine;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use figures::Figures;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lotgate::devices::cameras::makes::codec::{self, CameraMessage, Picture};
use lotgate::devices::cameras::makes::vzenith;
use lotgate::engine::{self, Effects, EngineHandle, First, Retention};
use lotgate::model::event::{DeviceEvent, PlateRead};
use lotgate::model::input::Input;
use lotgate::model::moment::LotMoment;
use lotgate::model::outcome::DeviceCommand;
use lotgate::standard::id::Id;
use lotgate::store::{Store, Urgency};
use lotgate::teller::Teller;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Cameras, each in a lane of its own.
const LANES: usize = 50;
/// A message's picture, in bytes.
const PICTURE: usize = 200_000;
/// What a count may grow by.
const TENTH: f64 = 1.1;

/// What is counted: its name, and how many reads are done in two runs. What one takes is their difference.
const SCENARIOS: [(&str, [usize; 2]); 3] =
    [("alone", [50, 250]), ("together", [250, 1_250]), ("pictured", [5, 25])];

fn main() -> ExitCode {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let [scenario, reads] = words.as_slice() {
        work(scenario, reads.parse().unwrap());
        return ExitCode::SUCCESS;
    }
    for (scenario, [few, _]) in SCENARIOS {
        // Once without a count: where it does not work at all, that is what is said.
        work(scenario, few);
    }
    if !cfg!(target_arch = "x86_64") {
        println!("instructions are counted on x86-64 only; the reads went through");
        return ExitCode::SUCCESS;
    }
    let mut figures = Figures::of("read_path");
    for (scenario, [few, many]) in SCENARIOS {
        let [of_few, of_many] = [few, many].map(|reads| instructions(scenario, reads));
        let each = (of_many - of_few) / (many - few) as f64;
        println!("{scenario}: {each:.0} instructions a read ({many} reads against {few})");
        figures.note(format!("instructions_a_read_{scenario}"), each.round());
    }
    figures.compare();
    if machine::built() != "counted" {
        println!(
            "not built by the profile that the baseline was counted in (`just count`): nothing is refused"
        );
        return ExitCode::SUCCESS;
    }
    let outs = figures::folder().join("callgrind.<scenario>.out");
    let look_at =
        format!("Where the instructions go says `callgrind_annotate {}`.", outs.display());
    if figures.holds(TENTH, &look_at) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What valgrind counts in a process that does so many reads.
fn instructions(scenario: &str, reads: usize) -> f64 {
    let out = figures::folder().join(format!("callgrind.{scenario}.out"));
    let run = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe().unwrap())
        .args([scenario, &reads.to_string()])
        .output();
    let run = run.unwrap_or_else(|error| {
        panic!("valgrind cannot be started ({error}): `apt-get install valgrind`")
    });
    let said = String::from_utf8_lossy(&run.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok());
    count.filter(|_| run.status.success()).unwrap_or_else(|| panic!("{scenario}: {said}"))
}

fn work(scenario: &str, reads: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match scenario {
        "alone" => runtime.block_on(async { Lot::new().reads(reads, 1).await }),
        "together" => runtime.block_on(async { Lot::new().reads(reads, LANES).await }),
        "pictured" => decode_pictures(reads),
        other => panic!("there is no scenario {other}"),
    }
}

/// Messages with a picture, from their bytes to the picture's.
fn decode_pictures(reads: usize) {
    let picture: Vec<u8> =
        [0xff, 0xd8, 0xff].into_iter().chain((0..=255).cycle()).take(PICTURE).collect();
    for number in 0..reads {
        let message = message(number, start(), &picture);
        let plate = decode(&message);
        assert!(
            matches!(plate.pictures.as_slice(), [(_, Picture::Bytes(bytes))] if bytes.len() == PICTURE)
        );
    }
}

fn decode(message: &str) -> codec::Plate {
    match vzenith::decode("up/ivs_result", message.as_bytes(), &TimeZone::UTC) {
        Ok(CameraMessage::Plate(plate)) => *plate,
        other => panic!("{other:?}"),
    }
}

/// The moment at which a run begins.
fn start() -> Timestamp {
    "2026-06-01T04:00:00Z".parse().unwrap()
}

/// The `number`-th car's plate; neighbours are not alike.
fn plate(number: usize) -> String {
    format!("粤B{:05}", number * 48_271 % 99_991)
}

/// What the camera says of the `number`-th car.
fn message(number: usize, now: Timestamp, picture: &[u8]) -> String {
    let mut result = json!({
        "license": STANDARD.encode(plate(number)),
        "confidence": 97, "colorType": 1, "type": 1, "direction": 4, "triggerType": 8,
        "isoffline": 0, "plateid": number, "gioouts": [{ "ionum": 0, "ctrltype": 0 }],
        "carColor": 3, "car_brand": { "brand": 17, "type": 5, "year": 2021 },
        "location": { "RECT": { "left": 812, "top": 511, "right": 1020, "bottom": 570 } },
        "timeStamp": { "Timeval": { "sec": now.as_second(), "usec": 120_400 } },
        "timeUsed": 0, "imagePath": "", "featureCode": "", "is_fake_plate": 0, "start_time": 0,
    });
    if !picture.is_empty() {
        result["full_image_content"] = json!(STANDARD.encode(picture));
    }
    json!({
        "id": format!("265e1040-85e01fb7-{number}"), "sn": "265e1040-85e01fb7", "name": "ivs_result",
        "version": "1.0", "timestamp": now.as_second(),
        "payload": { "type": "ivs_result", "AlarmInfoPlate": {
            "channel": 0, "deviceName": STANDARD.encode("IVS"), "ipaddr": "192.168.1.100",
            "serialno": "265e1040-85e01fb7", "result": { "PlateResult": result },
        } },
    })
    .to_string()
}

/// A lot of entries, its engine, and what moves its time on.
struct Lot {
    engine: EngineHandle,
    clock: Arc<Gate>,
    commands: mpsc::Receiver<DeviceCommand>,
    store: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Lot {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let (store, _) = Store::open(&path, start()).unwrap();
        let config = lotgate::config::parse(&configuration(), Path::new("x.toml"));
        let config = config.config.expect("a configuration");
        let rules = lotgate::gateway::rules(&config, start()).unwrap();
        let (device_commands, commands) = mpsc::channel(1024);
        let effects = Effects {
            device_commands,
            publications: mpsc::channel(1024).0,
            questions: mpsc::channel(1024).0,
            reports: Arc::default(),
            teller: Teller::default(),
            images: folder.path().to_owned(),
        };
        let day = SignedDuration::from_hours(24);
        let retention = Retention { records: day, messages: day };
        let clock = Arc::new(Gate::new(start()));
        let (engine, _) =
            engine::start(First::from(store), rules, retention, clock.clone(), effects).unwrap();
        Self { engine, clock, commands, store: path, _folder: folder }
    }

    /// So many cars enter, so many of them by one commit, each by a lane of its own, and their barriers answer.
    async fn reads(mut self, reads: usize, together: usize) {
        for number in 0..LANES {
            self.engine
                .submit(Input::Device(DeviceEvent::Reachable(camera(number))))
                .await
                .unwrap();
        }
        let mut opened = 0;
        for first in (0..reads).step_by(together) {
            let now = self.clock.go_on(SignedDuration::from_secs(20));
            let cars = first..reads.min(first + together);
            let reads = cars.clone().map(|number| read(number, &message(number, now, b"")));
            self.post(reads.collect()).await;
            let mut answers = Vec::new();
            while answers.len() < cars.len() {
                let command = self.commands.try_recv().unwrap_or_else(|_| {
                    panic!("{} of {} cars of {cars:?} were let in", answers.len(), cars.len())
                });
                if let DeviceCommand::Barrier(one) = command {
                    answers.push(Input::Device(DeviceEvent::BarrierAnswered {
                        actuation: one.id,
                        lane_id: one.lane_id,
                        act: one.act,
                        result: Ok(Duration::from_millis(5)),
                    }));
                }
            }
            opened += answers.len();
            self.post(answers).await;
        }
        let reports = Store::open_reading(&self.store).unwrap();
        let queued = reports.pending(Urgency::Record, 0, 2 * reads).unwrap();
        let entered = queued.iter().filter(|row| row.code == 5004).count();
        assert_eq!((opened, entered), (reads, reads), "each car is let in and reported");
    }

    /// Inputs go to the engine together: it waits at the clock until all of them are there.
    async fn post(&self, inputs: Vec<Input>) {
        self.clock.close();
        let nobodys = DeviceEvent::Contact {
            device_id: Id::from("nobody's"),
            input: 3,
            closed: true,
            just_now: true,
        };
        let first = self.engine.post(Input::Device(nobodys)).await.unwrap();
        self.clock.until_somebody_waits();
        let mut commits = vec![first];
        for input in inputs {
            commits.push(self.engine.post(input).await.unwrap());
        }
        self.clock.open();
        for commit in commits {
            commit.await.unwrap().unwrap();
        }
    }
}

fn read(number: usize, message: &str) -> Input {
    let plate = decode(message);
    let name = format!("{}:{}", camera(number), plate.identity.text);
    Input::Device(DeviceEvent::PlateRead(Box::new(PlateRead {
        plate_color: plate.plate_color,
        license_plate_type: plate.license_plate_type,
        car_model: plate.car_model,
        car_color: plate.car_color,
        car_logo: plate.car_logo,
        sent: plate.sent,
        received: Some(Instant::now()),
        told_apart: plate.identity.told_apart,
        confidence: plate.confidence,
        heading: plate.heading,
        ..PlateRead::of(camera(number), name, plate.plate)
    })))
}

/// The camera that reads the `number`-th car.
fn camera(number: usize) -> Id {
    Id::from(format!("a1dc1d9fccdc441fb6238fb43fab{:04}", number % LANES).as_str())
}

fn configuration() -> String {
    let mut text = r#"
[lot]
park_code = "44030400100101000010"
park_name = "演示停车场"
park_type = 2
district_code = "440304001"
road_name = "演示路"
operator_id = "B76238DF08"
owner = "演示物业"
service_type = 1
public_info = "00:00~24:00"
total_spaces = 1000000
reservable_spaces = 2

[platform]
base_url = "https://localhost:9/api/1.0"
user_id = "b38080814d9be81f014d9beb8109033a"
password = "lot-password"
des_key = "12345678"

[platform.tcp]
address = "localhost:9"

[store]
path = "lotgate.db"

[tariff]
permit_no = "663434"
charger = "演示物业"
pricing = 3
region = 1
complaint_tel = "12315"
free = "15m"
leave_within = "15m"

[[tariff.rule]]
charge_item = "小型车临时停放"
charge_desc = "首小时10元，之后每小时2元，24小时最高30元"
first = { hours = 1, price = 10 }
then = { hours = 1, price = 2 }
cap = { hours = 24, price = 30 }

[[mqtt]]
name = "lot"
url = "mqtt://127.0.0.1:1883"
"#
    .to_owned();
    for lane in 0..LANES {
        let id = camera(lane);
        write!(
            text,
            r#"
[[device]]
id = "{id}"
equipment_code = "7777555500{lane:04}"
name = "相机{lane}"
equipment_type = "1000"
driver = "vzenith-mqtt"
mqtt = "lot"
sn = "265e1040-85e0{lane:04}"

[[lane]]
id = "90731c48a7ea4c27bd4d57ff0e13{lane:04}"
name = "入口{lane}"
direction = "entry"
camera = "相机{lane}"
barrier = {{ device = "相机{lane}", output = 0 }}
"#
        )
        .unwrap();
    }
    text
}

/// A clock that is moved on by hand, and before which whoever reads it waits while it is closed.
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

struct GateState {
    now: Timestamp,
    closed: bool,
    waits: bool,
}

impl Gate {
    fn new(now: Timestamp) -> Self {
        Self {
            state: Mutex::new(GateState { now, closed: false, waits: false }),
            changed: Condvar::new(),
        }
    }

    fn go_on(&self, by: SignedDuration) -> Timestamp {
        let mut state = self.state.lock().unwrap();
        state.now = state.now.checked_add(by).unwrap();
        state.now
    }

    fn close(&self) {
        self.state.lock().unwrap().closed = true;
    }

    fn until_somebody_waits(&self) {
        let state = self.state.lock().unwrap();
        drop(self.changed.wait_while(state, |state| !state.waits).unwrap());
    }

    fn open(&self) {
        self.state.lock().unwrap().closed = false;
        self.changed.notify_all();
    }
}

impl lotgate::model::moment::LotClock for Gate {
    fn read(&self) -> LotMoment {
        let mut state = self.state.lock().unwrap();
        if state.closed {
            state.waits = true;
            self.changed.notify_all();
            state = self.changed.wait_while(state, |state| state.closed).unwrap();
            state.waits = false;
        }
        state.now.into()
    }
}
