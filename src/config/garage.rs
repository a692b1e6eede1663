//! `[[garage]]`: mechanical garages, and the register maps of their PLCs.

use super::device::{Device, find_device};
use super::driver::{Driver, ModbusDevice};
use super::point::{Convention, Point, read_keys, read_point, read_target};
use super::reader::Section;
use crate::lang::{LotProblem, Problem};
use crate::standard::codes::EventClass;
use crate::standard::id::Id;
use crate::standard::tables::entities::GARAGE_INFO;
use jiff::SignedDuration;
use serde_json::{Map, Value};
use std::time::Duration;

/// `[[garage]]`
#[derive(Debug, Clone, PartialEq)]
pub struct GarageConfig {
    /// Table 7's attributes as written.
    pub garage_info: Map<String, Value>,
    /// `garageCode`
    pub garage_code: String,
    /// Table 7's `totalSpaces`.
    pub total_spaces: i64,
    /// Its passages (`garagePassCode`); any are taken when empty.
    pub passages: Vec<i64>,
    /// What its PLC says and takes.
    pub plc: Option<GaragePlcConfig>,
}

/// A garage's part of its PLC's register map.
#[derive(Debug, Clone, PartialEq)]
pub struct GaragePlcConfig {
    /// The id of the PLC.
    pub device: Id,
    /// Table 92's `garagestate`.
    pub state: Option<Point>,
    /// Whether its totals are written here; else its numbered spaces are counted.
    pub totals_given: bool,
    /// Spaces for large cars.
    pub total_large: Figure,
    /// Spaces for small cars.
    pub total_small: Figure,
    /// Free ones for large cars.
    pub available_large: Figure,
    /// Free ones for small cars.
    pub available_small: Figure,
    /// What is wrong in it.
    pub alarms: Vec<AlarmPoint>,
    /// How it is told to store and retrieve.
    pub mission: Option<MissionMap>,
}

/// A figure that is fixed or read.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// Always this.
    Fixed(i64),
    /// Read from here.
    Read(Point),
}

/// A bit that stands for an event of table A.3.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmPoint {
    /// Where it stands; anything but 0 is an alarm.
    pub point: Point,
    /// Table A.3's code.
    pub code: i64,
    /// Table A.3's class.
    pub class: EventClass,
}

/// The registers of the handshake that stores and retrieves.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionMap {
    /// Where the command goes, last of all.
    pub command: Point,
    /// The command that stores.
    pub store: i64,
    /// The command that retrieves.
    pub retrieve: i64,
    /// Where the number of the space goes.
    pub space: Option<Point>,
    /// Where the number of the passage goes.
    pub passage: Option<Point>,
    /// Where our number of the job goes; the PLC keeps it and loses it when it restarts.
    pub job: Option<Point>,
    /// What the PLC sets to the job's number (the command, where there is none) once it has taken it.
    pub acknowledged: Point,
    /// Not 0 while it moves.
    pub busy: Option<Point>,
    /// Not 0 when it will not; its map names codes of table A.2.
    pub refused: Option<Point>,
    /// Seconds left.
    pub remaining: Option<Point>,
    /// It must answer within this.
    pub acknowledge_within: Duration,
    /// How long storing takes, where the PLC does not say.
    pub store_takes: SignedDuration,
    /// How long retrieving takes.
    pub retrieve_takes: SignedDuration,
}

const GARAGE: &[&str] = &[
    "id",
    "garageCode",
    "garageName",
    "operator",
    "garagesOwner",
    "garagesmaintainer",
    "manufacturer",
    "totalSpaces",
    "garageType",
    "longitude",
    "latitude",
];

/// What a garage's PLC tells and is told.
const PLC_KEYS: &[&str] = &[
    "state",
    "total_large",
    "total_small",
    "available_large",
    "available_small",
    "alarms",
    "mission",
];

pub(super) fn read_garages(root: &Section<'_>, devices: &[Device]) -> Vec<GarageConfig> {
    let mut garages: Vec<GarageConfig> = Vec::new();
    for section in root.sections("garage") {
        let garage_info = section.entity(&GARAGE_INFO, GARAGE);
        let code = garage_info.get("garageCode").and_then(Value::as_str).map(str::to_owned);
        let taken = |code: &String| garages.iter().any(|garage| garage.garage_code == *code);
        if let Some(value) = code.clone().filter(taken) {
            section.problem("garage_code", Problem::Twice { key: "garage_code".to_owned(), value });
        }
        let id_of = |garage: &GarageConfig| garage.garage_info.get("id").cloned();
        let id = garage_info.get("id").cloned();
        let mut twice = false;
        if id.is_some() && garages.iter().any(|garage| id_of(garage) == id) {
            let id = id.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
            section.problem("id", LotProblem::GarageTwice { id }.into());
            twice = true;
        }
        let passages = section.ints("passages").unwrap_or_default();
        let total = garage_info.get("totalSpaces").and_then(Value::as_i64).unwrap_or_default();
        let plc = read_plc(&section, devices, total);
        section.finish();
        // What is told under an id is one garage.
        if let Some(garage_code) = code.filter(|_| !twice) {
            let total_spaces = total;
            garages.push(GarageConfig { garage_info, garage_code, total_spaces, passages, plc });
        }
    }
    garages
}

fn read_plc(section: &Section<'_>, devices: &[Device], total: i64) -> Option<GaragePlcConfig> {
    if !section.has("plc") {
        // All of these are read from a PLC.
        for key in PLC_KEYS.iter().filter(|key| section.has(key)) {
            section.problem_of_key(
                key,
                LotProblem::GarageWithoutPlc { key: (*key).to_owned() }.into(),
            );
        }
        section.skip(PLC_KEYS);
        return None;
    }
    let name = section.text("plc")?;
    let is_plc = |driver: &Driver| matches!(driver, Driver::ModbusPlc(_));
    let device = find_device(section, "plc", &name, devices, is_plc)?;
    let Driver::ModbusPlc(ModbusDevice { convention, .. }) = &device.driver else { return None };
    let convention = *convention;
    let figure = |key: &str, default: i64| read_figure(section, key, convention, default);
    Some(GaragePlcConfig {
        device: device.id.clone(),
        state: read_point(section, "state", convention),
        totals_given: section.has("total_large") || section.has("total_small"),
        total_large: figure("total_large", 0),
        total_small: figure("total_small", total),
        available_large: figure("available_large", 0),
        available_small: figure("available_small", total),
        alarms: read_alarms(section, convention),
        mission: section.section("mission").and_then(|map| read_mission(map, convention)),
    })
}

fn read_figure(section: &Section<'_>, key: &str, convention: Convention, default: i64) -> Figure {
    if section.is_table(key) {
        return read_point(section, key, convention).map_or(Figure::Fixed(default), Figure::Read);
    }
    Figure::Fixed(section.int(key, 0, 100_000).unwrap_or(default))
}

/// Table A.3's event of a cloned plate.
const OF_PLATES: i64 = 1001;

fn read_alarms(section: &Section<'_>, convention: Convention) -> Vec<AlarmPoint> {
    let classes = [
        ("ordinary", EventClass::Ordinary),
        ("alarm", EventClass::Alarm),
        ("fault", EventClass::Fault),
    ];
    let mut alarms = Vec::new();
    for place in section.sections("alarms") {
        let point = read_keys(&place, convention);
        let code = place.int("code", 1000, 8999);
        if !place.has("code") {
            place.missing("code");
        }
        let class = place.choice("class", &classes).unwrap_or(EventClass::Alarm);
        let known =
            code.is_none_or(|code| crate::standard::codes::event_meaning(code, class).is_some());
        if !known {
            place.problem("code", Problem::NoEvent { code: code.unwrap_or_default() });
        }
        // The police come for a cloned plate, and a garage reads none.
        let of_plates = code == Some(OF_PLATES);
        if of_plates {
            place.problem("code", LotProblem::AlarmOfPlates { code: OF_PLATES }.into());
        }
        place.finish();
        if let (Some(point), Some(code)) = (point, code.filter(|_| !of_plates)) {
            alarms.push(AlarmPoint { point, code, class });
        }
    }
    alarms
}

fn read_mission(map: Section<'_>, convention: Convention) -> Option<MissionMap> {
    let command = read_target(&map, "command", convention);
    let acknowledged = read_point(&map, "acknowledged", convention);
    for key in ["command", "acknowledged"] {
        if !map.has(key) {
            map.missing(key);
        }
    }
    let within = map.duration("acknowledge_within").unwrap_or(SignedDuration::from_secs(5));
    let takes = |key: &str| map.duration(key).unwrap_or(SignedDuration::from_secs(120));
    let word = |key: &str, default| map.int(key, 0, 65_535).unwrap_or(default);
    let mission = MissionMap {
        command: command?,
        store: word("store", 1),
        retrieve: word("retrieve", 2),
        space: read_target(&map, "space", convention),
        passage: read_target(&map, "passage", convention),
        job: read_target(&map, "job", convention),
        acknowledged: acknowledged?,
        busy: read_point(&map, "busy", convention),
        refused: read_point(&map, "refused", convention),
        remaining: read_point(&map, "remaining", convention),
        acknowledge_within: Duration::try_from(within).unwrap_or_default(),
        store_takes: takes("store_takes"),
        retrieve_takes: takes("retrieve_takes"),
    };
    map.finish();
    Some(mission)
}
