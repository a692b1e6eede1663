//! `[[space]]`, or a CSV table of them: numbered spaces and the sensors that watch them.

use super::device::{Device, find_device};
use super::driver::Driver;
use super::finding::{self, Finding};
use super::lot::Lot;
use super::pieces::Pieces;
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
    pub space_info: SpaceInfo,
    /// `spaceNo`
    pub space_no: String,
    /// What sees whether somebody stands in it.
    pub sensor: Option<Sensor>,
    /// The number its garage's PLC knows it by.
    pub plc_number: Option<i64>,
    /// Table 74's `bluetoothAddress` of its sensor.
    pub bluetooth_address: Option<String>,
}

/// Table 10's attributes of one space. There may be many thousand: their text takes a sixth of what a map of them does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceInfo(Box<str>);

impl SpaceInfo {
    fn of(attributes: &Map<String, Value>) -> Self {
        // Texts and numbers can be printed.
        Self(serde_json::to_string(attributes).unwrap_or_default().into())
    }

    /// The attributes by their names.
    pub fn attributes(&self) -> Map<String, Value> {
        // It was made of one.
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// The garage it is in.
    pub fn garage_code(&self) -> Option<String> {
        let code = self.attributes();
        code.get("garageCode").and_then(Value::as_str).map(str::to_owned)
    }
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

/// Reads `[[space]]`, those that were cut out of the file, too.
fn read_spaces(
    root: &Section<'_>,
    pieces: Option<&Pieces<'_>>,
    devices: &[Device],
    around: &Surroundings,
) -> Vec<SpaceConfig> {
    let mut spaces = Spaces {
        devices,
        around,
        read: Vec::new(),
        numbers: BTreeSet::new(),
        sensors: BTreeSet::new(),
        known_to_plc: BTreeSet::new(),
        doubled: Vec::new(),
    };
    for section in root.sections("space") {
        spaces.read(section);
    }
    for (begins, table) in pieces.into_iter().flat_map(Pieces::tables) {
        for section in root.part(&table, begins).sections("space") {
            spaces.read(section);
        }
    }
    spaces.into_read()
}

/// Spaces while they are read. There may be many thousands: none is looked for among all others.
struct Spaces<'a> {
    devices: &'a [Device],
    around: &'a Surroundings,
    read: Vec<SpaceConfig>,
    numbers: BTreeSet<String>,
    sensors: BTreeSet<(String, Option<u8>)>,
    /// Garages and their PLCs' numbers,
    known_to_plc: BTreeSet<(Option<String>, i64)>,
    /// and which of them two spaces have.
    doubled: Vec<(Option<String>, i64)>,
}

impl Spaces<'_> {
    fn read(&mut self, section: Section<'_>) {
        let mut attributes = section.entity(&SPACE_INFO, SPACE);
        section.state(&mut attributes);
        let text = |name: &str| attributes.get(name).and_then(Value::as_str).map(str::to_owned);
        let space_no = text("spaceNo");
        if let Some(value) = space_no.clone().filter(|number| !self.numbers.insert(number.clone()))
        {
            section.problem("space_no", Problem::Twice { key: "space_no".to_owned(), value });
        }
        let sensor = section.section("sensor").and_then(|place| read_sensor(place, self.devices));
        let plc_number = section.int("plc_number", 0, 65_535);
        let bluetooth_address = section.short_text("bluetooth_address", 50);
        if let Some(sensor) = &sensor
            && !self.sensors.insert(told_apart(sensor))
        {
            let place = match &sensor.place {
                SensorPlace::DevEui(dev_eui) => dev_eui.clone(),
                SensorPlace::Point { point, .. } => format!("{:?} {}", point.table, point.address),
            };
            section.problem("sensor", Problem::SensorTwice { place });
        }
        if let Some(number) = plc_number {
            let place = (text("garageCode"), number);
            if !self.known_to_plc.insert(place.clone()) {
                section.problem("plc_number", LotProblem::PlcNumberTwice { number }.into());
                self.doubled.push(place);
            }
        }
        survey_space(&section, self.around);
        section.finish();
        let space_info = SpaceInfo::of(&attributes);
        self.read.extend(space_no.map(|space_no| SpaceConfig {
            space_info,
            space_no,
            sensor,
            plc_number,
            bluetooth_address,
        }));
    }

    /// Without the numbers that two of a garage have: a car could be stored where another stands.
    fn into_read(self) -> Vec<SpaceConfig> {
        let Self { mut read, doubled, .. } = self;
        for space in read.iter_mut().filter(|_| !doubled.is_empty()) {
            let garage_code = space.space_info.garage_code();
            let is_doubled = |number: &i64| doubled.contains(&(garage_code.clone(), *number));
            space.plc_number = space.plc_number.filter(|number| !is_doubled(number));
        }
        read
    }
}

impl SpaceConfig {
    /// What the rest of the file must agree with.
    pub(super) fn facts(&self) -> SpaceFacts {
        let attributes = self.space_info.attributes();
        let code = attributes.get("garageCode").and_then(Value::as_str);
        let pile = attributes.get("withChargingPile").and_then(Value::as_i64);
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
    let spaces = read_spaces(&root, None, devices, around);
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
    pieces: &Pieces<'_>,
    lot: Option<&Lot>,
    devices: &[Device],
    around: &Surroundings,
) -> (Vec<SpaceConfig>, Vec<Finding>) {
    let listed = read_spaces(root, Some(pieces), devices, around);
    let Some(file) = lot.and_then(|lot| lot.spaces_file.as_ref()) else {
        return (listed, Vec::new());
    };
    if !listed.is_empty() {
        match pieces.tables().next() {
            Some((begins, table)) => {
                root.part(&table, begins).problem("space", Problem::BothSpaces);
            }
            None => root.problem("space", Problem::BothSpaces),
        }
    }
    read_file(file, devices, around, root.lengths())
}
