//! `[[lane]]`: where cars go in and out, and what reads, stops and greets them there.

use super::camera::CameraWay;
use super::device::{Device, find_device};
use super::driver::Driver;
use super::reader::Section;
use crate::devices::cameras::makes::Ability;
use crate::lang::{LotProblem, Problem};
use crate::standard::id::Id;
use crate::standard::tables::entities::ENTRANCE_INFO;
use jiff::SignedDuration;
use serde_json::{Map, Value};

/// `[[lane]]`
#[derive(Debug, Clone, PartialEq)]
pub struct LaneConfig {
    /// Table 8's attributes as written.
    pub entrance_info: Map<String, Value>,
    /// Its id (table 8).
    pub id: Id,
    /// Its name.
    pub name: String,
    /// The gate it is one side of, where its entry and its exit are one.
    pub gate: Option<String>,
    /// Which way cars go.
    pub direction: LaneWay,
    /// The id of its camera.
    pub camera: Id,
    /// What opens its barrier.
    pub barrier: Option<BarrierPlace>,
    /// The id of its display.
    pub display: Option<Id>,
    /// The loop under the barrier's arm.
    pub passing_loop: Option<InputPlace>,
    /// The limit switch that is closed while the arm is up.
    pub barrier_up: Option<InputPlace>,
    /// The button in the booth that opens the barrier.
    pub button: Option<InputPlace>,
    /// The ids of what else stands there (table 8), e.g. the barrier itself.
    pub equipments: Vec<Id>,
    /// The arm must be up this long after the command.
    pub open_within: SignedDuration,
    /// A car that was let pass and has not driven on this long after has backed out.
    pub pass_within: SignedDuration,
    /// `rule`: a car with a contract leaves before its fee is deducted.
    pub leave_then_charge: bool,
}

/// `direction`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the configuration")]
pub enum LaneWay {
    Entry,
    Exit,
    Both,
}

/// `barrier = { device = …, output = … }`, or `coil` for a relay board.
#[derive(Debug, Clone, PartialEq)]
pub struct BarrierPlace {
    /// The id of the device that drives it.
    pub device: Id,
    /// The output that opens it.
    pub output: u8,
    /// The output that closes it.
    pub close: Option<u8>,
    /// The output that stops it.
    pub stop: Option<u8>,
    /// Whether an opening may be given again; not where a second pulse closes.
    pub repeat: bool,
}

/// `{ device = …, input = …, inverted = … }`
#[derive(Debug, Clone, PartialEq)]
pub struct InputPlace {
    /// The id of the device that has it.
    pub device: Id,
    /// Which of its inputs.
    pub input: u16,
    /// Wired so that open means yes.
    pub inverted: bool,
}

const LANE: &[&str] = &["id", "name", "garageCode", "roadName", "longitude", "latitude"];

pub(super) fn read_lanes(root: &Section<'_>, devices: &[Device]) -> Vec<LaneConfig> {
    let mut lanes: Vec<LaneConfig> = Vec::new();
    for section in root.sections("lane") {
        let entrance_info = section.entity(&ENTRANCE_INFO, LANE);
        let ways = [("entry", LaneWay::Entry), ("exit", LaneWay::Exit), ("both", LaneWay::Both)];
        let direction = section.choice("direction", &ways);
        if !section.has("direction") {
            section.missing("direction");
        }
        let gate = section.text("gate");
        let camera_name = section.required_text("camera");
        let camera = find_device(&section, "camera", &camera_name, devices, Driver::is_camera);
        let barrier = section.section("barrier").and_then(|place| read_barrier(place, devices));
        let display = section.text("display").and_then(|name| {
            let is_display = |driver: &Driver| matches!(driver, Driver::OlmM1d(_));
            Some(find_device(&section, "display", &name, devices, is_display)?.id.clone())
        });
        let input = |key: &str| read_input(section.section(key)?, devices);
        let (passing_loop, barrier_up) = (input("loop"), input("barrier_up"));
        let button = input("button");
        let equipments = read_equipments(&section, devices);
        let open_within = section.duration("open_within").unwrap_or(SignedDuration::from_secs(8));
        let pass_within = section.duration("pass_within").unwrap_or(SignedDuration::from_secs(60));
        let rules = [("leave-then-charge", true), ("charge-then-leave", false)];
        let leave_then_charge = section.choice("rule", &rules).unwrap_or(false);
        let text = |name: &str| entrance_info.get(name).and_then(Value::as_str).map(str::to_owned);
        let (id, name) = (text("id"), text("name"));
        if let Some(value) =
            id.clone().filter(|id| lanes.iter().any(|lane| lane.id == Id::from(id.as_str())))
        {
            section.problem("id", Problem::Twice { key: "id".to_owned(), value });
        }
        if camera.is_some_and(|camera| lanes.iter().any(|lane| lane.camera == camera.id)) {
            section.problem("camera", Problem::CameraTwice { camera: camera_name });
        }
        section.finish();
        if let (Some(id), Some(name), Some(direction), Some(camera)) = (id, name, direction, camera)
        {
            let camera = camera.id.clone();
            lanes.push(LaneConfig {
                entrance_info,
                id: id.into(),
                name,
                gate,
                direction,
                camera,
                barrier,
                display,
                passing_loop,
                barrier_up,
                button,
                equipments,
                open_within,
                pass_within,
                leave_then_charge,
            });
        }
    }
    lanes
}

/// Further devices of a lane, of whatever driver.
fn read_equipments(section: &Section<'_>, devices: &[Device]) -> Vec<Id> {
    let names = section.texts("equipments").unwrap_or_default();
    let find = |name: &String| find_device(section, "equipments", name, devices, |_| true);
    names.iter().filter_map(find).map(|device| device.id.clone()).collect()
}

fn read_barrier(place: Section<'_>, devices: &[Device]) -> Option<BarrierPlace> {
    let name = place.required_text("device");
    let device = find_device(&place, "device", &name, devices, Driver::may_have_outputs);
    let device = device.filter(|device| {
        let deaf = device.driver.may_have_outputs() && !device.driver.has_outputs();
        if deaf {
            let name = device.name.clone();
            place.problem("device", LotProblem::BarrierNotTold { name }.into());
        }
        !deaf
    });
    if let Some(name) = device.filter(|device| lacks_login(&device.driver)).map(|one| &one.name) {
        place.problem("device", LotProblem::BarrierWithoutLogin { name: name.clone() }.into());
    }
    let board = device.is_some_and(|device| matches!(device.driver, Driver::ModbusRelay(_)));
    // Cameras number their relays 0 to 3, boards have up to 64 coils.
    let (key, close, stop, highest) = if board {
        ("coil", "close_coil", "stop_coil", 63)
    } else {
        ("output", "close_output", "stop_output", 3)
    };
    let number = |key: &str| place.int(key, 0, highest).and_then(|n| u8::try_from(n).ok());
    let (output, close, stop) = (number(key).unwrap_or(0), number(close), number(stop));
    let repeat = place.bool("repeat").unwrap_or(true);
    place.finish();
    Some(BarrierPlace { device: device?.id.clone(), output, close, stop, repeat })
}

/// Whether it is called to move a barrier, and we have nothing to log in with.
fn lacks_login(driver: &Driver) -> bool {
    driver.camera().is_some_and(|camera| match &camera.way {
        CameraWay::Http(way) => camera.make.can(Ability::IsCalled) && way.login.is_none(),
        CameraWay::Mqtt(_) => false,
    })
}

pub(super) fn read_input(place: Section<'_>, devices: &[Device]) -> Option<InputPlace> {
    let name = place.required_text("device");
    let device = find_device(&place, "device", &name, devices, Driver::has_inputs);
    let highest = match device.map(|device| &device.driver) {
        Some(Driver::ModbusRelay(board)) => i64::from(board.inputs) - 1,
        _ => 15,
    };
    let input = place.int("input", 0, highest).and_then(|input| u16::try_from(input).ok());
    let inverted = place.bool("inverted").unwrap_or(false);
    place.finish();
    Some(InputPlace { device: device?.id.clone(), input: input.unwrap_or(0), inverted })
}
