//! `[[space]]`, or a CSV table of them: numbered spaces and the sensors that watch them.

use super::device::{Device, find_device};
use super::driver::Driver;
use super::finding::{self, Finding};
use super::lot::Lot;
use super::point::{Convention, Point, read_keys};
use super::reader::{Problems, Section};
use super::space_table::table_of;
use super::survey::{SpaceFacts, Surroundings, survey_space};
use crate::foreign::state::StateWords;
use crate::lang::{LotProblem, Problem};
use crate::standard::id::Id;
use crate::standard::lengths::Lengths;
use crate::standard::tables::entities::SPACE_INFO;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;
use toml::de::DeTable;

/// `[[space]]`
#[derive(Debug, Clone, PartialEq)]
pub struct SpaceConfig {
    /// Table 10's attributes as written.
    pub space_info: Map<String, Value>,
    /// `spaceNo`
    pub space_no: String,
    /// What sees whether somebody stands in it.
    pub sensor: Option<Sensor>,
    /// The number its garage's PLC knows it by.
    pub plc_number: Option<i64>,
    /// Table 74's `bluetoothAddress` of its sensor.
    pub bluetooth_address: Option<String>,
}

/// A space's sensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensor {
    /// The id of the device that hears or reads it.
    pub device: Id,
    /// Which of that device's.
    pub place: SensorPlace,
}

impl Sensor {
    /// What tells it from any other.
    pub fn name(&self) -> String {
        match &self.place {
            SensorPlace::DevEui(dev_eui) => format!("{} {dev_eui}", self.device),
            SensorPlace::Point { point, .. } => {
                format!("{} {:?} {}", self.device, point.table, point.address)
            }
        }
    }
}

/// A sensor within its device.
#[derive(Debug, Clone, PartialEq)]
pub enum SensorPlace {
    /// A LoRaWAN sensor by its EUI, lower-case.
    DevEui(String),
    /// A point of a register map and what its values mean: 1 occupied and 0 free, where nothing else is written.
    Point {
        /// Where.
        point: Point,
        /// What means occupied and what free.
        words: StateWords,
    },
}

const SPACE: &[&str] = &[
    "spaceNo",
    "garageCode",
    "manageType",
    "ownerType",
    "positionType",
    "sizeType",
    "materialType",
    "usageType",
    "visitType",
    "floor",
    "areaName",
    "withLocker",
    "withChargingPile",
    "longitude",
    "latitude",
];

/// Reads `[[space]]`.
pub(super) fn read_spaces(
    root: &Section<'_>,
    devices: &[Device],
    around: &Surroundings,
) -> Vec<SpaceConfig> {
    let mut spaces: Vec<SpaceConfig> = Vec::new();
    let mut doubled = Vec::new();
    // There may be many thousands: none is looked for among all others.
    let (mut numbers, mut sensors, mut known_to_plc) =
        <(BTreeSet<_>, BTreeSet<_>, BTreeSet<_>)>::default();
    for section in root.sections("space") {
        let mut space_info = section.entity(&SPACE_INFO, SPACE);
        section.state(&mut space_info);
        let space_no = space_info.get("spaceNo").and_then(Value::as_str).map(str::to_owned);
        if let Some(value) = space_no.clone().filter(|number| !numbers.insert(number.clone())) {
            section.problem("space_no", Problem::Twice { key: "space_no".to_owned(), value });
        }
        let sensor = section.section("sensor").and_then(|place| read_sensor(place, devices));
        let plc_number = section.int("plc_number", 0, 65_535);
        let bluetooth_address = section.short_text("bluetooth_address", 50);
        if let Some(sensor) = &sensor
            && !sensors.insert(told_apart(sensor))
        {
            let place = match &sensor.place {
                SensorPlace::DevEui(dev_eui) => dev_eui.clone(),
                SensorPlace::Point { point, .. } => format!("{:?} {}", point.table, point.address),
            };
            section.problem("sensor", Problem::SensorTwice { place });
        }
        let garage_code = space_info.get("garageCode").cloned();
        let code = garage_code.as_ref().map(ToString::to_string);
        if let Some(number) = plc_number.filter(|number| !known_to_plc.insert((code, *number))) {
            section.problem("plc_number", LotProblem::PlcNumberTwice { number }.into());
            doubled.push((garage_code, number));
        }
        survey_space(&section, around);
        section.finish();
        if let Some(space_no) = space_no {
            spaces.push(SpaceConfig {
                space_info,
                space_no,
                sensor,
                plc_number,
                bluetooth_address,
            });
        }
    }
    for space in &mut spaces {
        // A car could be stored where another stands.
        let garage_code = space.space_info.get("garageCode");
        let is = |(code, number): &(Option<Value>, i64)| {
            code.as_ref() == garage_code && space.plc_number == Some(*number)
        };
        space.plc_number = space.plc_number.filter(|_| !doubled.iter().any(is));
    }
    spaces
}

impl SpaceConfig {
    /// What the rest of the file must agree with.
    pub(super) fn facts(&self) -> SpaceFacts {
        let code = self.space_info.get("garageCode").and_then(Value::as_str);
        let pile = self.space_info.get("withChargingPile").and_then(Value::as_i64);
        SpaceFacts {
            space_no: self.space_no.clone(),
            garage_code: code.map(str::to_owned),
            with_pile: pile == Some(1),
        }
    }
}

/// What tells a sensor from any other, bits of one register apart.
fn told_apart(sensor: &Sensor) -> (String, Option<u8>) {
    let bit = match &sensor.place {
        SensorPlace::DevEui(_) => None,
        SensorPlace::Point { point, .. } => point.bit,
    };
    (sensor.name(), bit)
}

fn read_sensor(place: Section<'_>, devices: &[Device]) -> Option<Sensor> {
    let name = place.required_text("device");
    let fits = |driver: &Driver| {
        matches!(driver, Driver::Chirpstack(_) | Driver::ModbusDetector(_) | Driver::ModbusPlc(_))
    };
    let device = find_device(&place, "device", &name, devices, fits);
    let sensor_place = match device.map(|device| &device.driver) {
        Some(Driver::ModbusDetector(keys) | Driver::ModbusPlc(keys)) => {
            read_sensor_point(&place, keys.convention)
        }
        Some(Driver::Chirpstack(_)) => {
            let dev_eui = place.required_text("dev_eui").to_ascii_lowercase();
            let fine = dev_eui.len() == 16 && dev_eui.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !fine && !dev_eui.is_empty() {
                place.problem("dev_eui", Problem::NotADevEui);
            }
            Some(SensorPlace::DevEui(dev_eui))
        }
        // Said already; what else is written here cannot be judged.
        _ => return None,
    };
    place.finish();
    Some(Sensor { device: device?.id.clone(), place: sensor_place? })
}

fn read_sensor_point(place: &Section<'_>, convention: Convention) -> Option<SensorPlace> {
    let point = read_keys(place, convention);
    let number = |key: &str| place.int(key, i64::from(i32::MIN), i64::from(u32::MAX));
    let (occupied, free) = (number("occupied"), number("free"));
    if let Some(both) = free.filter(|_| free == occupied) {
        place.problem("free", LotProblem::MeansBoth { word: both.to_string() }.into());
    }
    let word = |number: Option<i64>| number.map(|number| vec![number.to_string()]);
    let words = StateWords::new(word(occupied).as_deref(), word(free).as_deref());
    Some(SensorPlace::Point { point: point?, words })
}

/// Reads the table that `spaces_file` names; what is wrong in it is shown in its own lines.
pub(super) fn read_file(
    path: &Path,
    devices: &[Device],
    around: &Surroundings,
    lengths: &Lengths,
) -> (Vec<SpaceConfig>, Vec<Finding>) {
    let table = match table_of(path) {
        Ok(table) => table,
        Err(finding) => return (Vec::new(), vec![*finding]),
    };
    let toml = table.as_toml();
    let problems = Problems::default();
    let (read, errors) = DeTable::parse_recoverable(&toml);
    for error in errors {
        let problem = Problem::BadCsv { error: error.message().to_owned() };
        problems.add(error.span().unwrap_or(0..0), problem);
    }
    let root = Section::root(&read, &problems).with_lengths(lengths);
    let spaces = read_spaces(&root, devices, around);
    root.finish();
    let found = finding::findings(problems, &toml, path).map(|mut finding| {
        // The n-th line of the TOML is the n-th line of the table; columns are not the same. It holds no secrets.
        finding.column = 1;
        finding.text = table.line_as_shown(finding.line);
        finding.mark = 0..finding.text.chars().count();
        finding
    });
    (spaces, found.collect())
}

/// The spaces of a configuration, from wherever they are written.
pub(super) fn read(
    root: &Section<'_>,
    lot: Option<&Lot>,
    devices: &[Device],
    around: &Surroundings,
) -> (Vec<SpaceConfig>, Vec<Finding>) {
    let listed = read_spaces(root, devices, around);
    let Some(file) = lot.and_then(|lot| lot.spaces_file.as_ref()) else {
        return (listed, Vec::new());
    };
    if !listed.is_empty() {
        root.problem("space", Problem::BothSpaces);
    }
    read_file(file, devices, around, root.lengths())
}
