//! `[[lane]]`: where cars go in and out, and what reads and stops them there.

use super::device::Device;
use super::reader::{Section, nearest};
use crate::lang::Problem;
use crate::standard::id::Id;
use crate::standard::tables::entities::ENTRANCE_INFO;
use serde_json::{Map, Value};

/// `[[lane]]`
#[derive(Debug, Clone)]
pub struct Lane {
    /// Table 8's attributes as written.
    pub entrance_info: Map<String, Value>,
    /// Its id (table 8).
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Which way cars go.
    pub direction: LaneWay,
    /// The id of its camera.
    pub camera: Id,
    /// What opens its barrier.
    pub barrier: Option<BarrierPlace>,
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

/// `barrier = { device = …, output = … }`
#[derive(Debug, Clone)]
pub struct BarrierPlace {
    /// The id of the device that drives it.
    pub device: Id,
    /// Which of its outputs.
    pub output: u8,
}

const LANE: &[&str] = &["id", "name", "garageCode", "roadName", "longitude", "latitude"];

pub(super) fn read_lanes(root: &Section<'_>, devices: &[Device]) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for section in root.sections("lane") {
        let entrance_info = section.entity(&ENTRANCE_INFO, LANE);
        let ways = [("entry", LaneWay::Entry), ("exit", LaneWay::Exit), ("both", LaneWay::Both)];
        let direction = section.choice("direction", &ways);
        if !section.has("direction") {
            section.missing("direction");
        }
        let camera_name = section.required_text("camera");
        let camera = find_device(&section, "camera", &camera_name, devices);
        let barrier = section.section("barrier").and_then(|place| read_barrier(place, devices));
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
            lanes.push(Lane {
                entrance_info,
                id: id.into(),
                name,
                direction,
                camera,
                barrier,
                leave_then_charge,
            });
        }
    }
    lanes
}

fn read_barrier(place: Section<'_>, devices: &[Device]) -> Option<BarrierPlace> {
    let name = place.required_text("device");
    let device = find_device(&place, "device", &name, devices);
    let output = place.int("output", 0, 3).unwrap_or(0);
    place.finish();
    Some(BarrierPlace { device: device?.id.clone(), output: u8::try_from(output).unwrap_or(0) })
}

fn find_device<'d>(
    section: &Section<'_>,
    key: &str,
    name: &str,
    devices: &'d [Device],
) -> Option<&'d Device> {
    let found = devices.iter().find(|device| device.name == name);
    if found.is_none() && !name.is_empty() {
        let nearest = nearest(name, devices.iter().map(|device| device.name.as_str()));
        section.problem(key, Problem::NoSuch { what: "device", name: name.to_owned(), nearest });
    }
    found
}
