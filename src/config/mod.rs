//! The technician's TOML file as types.
//!
//! What the standard names keeps its name in snake_case and its values, checked by the standard's own
//! tables. Everything wrong in a file is found in one run, each with its place.

mod bus;
mod camera;
mod device;
mod driver;
mod garage;
mod lane;
mod lot;
mod merchant;
mod platform;
mod point;
pub mod reader;
pub mod secret;
mod space;
mod survey;
mod system;
mod tariff;
mod transports;

pub use bus::{Bus, Buses, ModbusTcp, Parity, Serial};
pub use camera::{CameraConfig, CameraWay, PushWay, is_never_a_cameras};
pub use device::Device;
pub use driver::{
    Chirpstack, DisplayWay, Driver, ModbusDevice, ModbusRelay, ModbusUnit, OlmM1d, SensorCodec,
};
pub use garage::{AlarmPoint, Figure, GarageConfig, GaragePlcConfig, MissionMap};
pub use lane::{BarrierPlace, InputPlace, LaneConfig, LaneWay};
pub use lot::Lot;
pub use merchant::MerchantConfig;
pub use platform::{Dialect, ImageNames, PickTime, PlatformCallback, PlatformConfig, PlatformTcp};
pub use point::{Addresses, Convention, Point, PointKind, PointTable, WordOrder};
pub use secret::Secret;
pub use space::{Sensor, SensorPlace, SpaceConfig};
pub use system::{HttpPush, LogConfig, LogFormat, Mqtt, StoreConfig, Web};
pub use tariff::{
    CapConfig, CapWindowConfig, ClassConfig, DayConfig, HoursConfig, NightConfig, PriceConfig,
    PricesConfig, StepConfig, TariffConfig, TariffRuleConfig, VisitsConfig, WaiverConfig,
    WaiverPerConfig,
};

use crate::lang::{Lang, Problem, Severity, Words as _, shown};
use reader::{Problems, Section};
use std::ops::Range;
use std::path::{Path, PathBuf};
use survey::{SpaceFacts, Surroundings, survey, survey_prices};
use toml::de::DeTable;

/// A whole configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `[lot]`
    pub lot: Lot,
    /// `[platform]`
    pub platform: PlatformConfig,
    /// `[store]`
    pub store: StoreConfig,
    /// `[web]`
    pub web: Option<Web>,
    /// `[[merchant]]`
    pub merchants: Vec<MerchantConfig>,
    /// `[log]`
    pub log: LogConfig,
    /// `[[mqtt]]`
    pub mqtt: Vec<Mqtt>,
    /// `[[http_push]]`
    pub http_push: Vec<HttpPush>,
    /// `[[serial]]` and `[[modbus_tcp]]`
    pub buses: Buses,
    /// `[[device]]`
    pub devices: Vec<Device>,
    /// `[[lane]]`
    pub lanes: Vec<LaneConfig>,
    /// `[fire_alarm]`: the contact on which all barriers go up.
    pub fire_alarm: Option<InputPlace>,
    /// `[[garage]]`
    pub garages: Vec<GarageConfig>,
    /// `[[space]]`
    pub spaces: Vec<SpaceConfig>,
    /// `[tariff]`
    pub tariff: Option<TariffConfig>,
}

/// One problem with its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// That line's text.
    pub text: String,
    /// How many characters it is about.
    pub length: usize,
    /// What.
    pub problem: Problem,
}

impl Finding {
    /// A problem with a file as a whole.
    fn of_file(path: &Path, problem: Problem) -> Self {
        Self { path: path.to_owned(), line: 1, column: 1, text: String::new(), length: 0, problem }
    }

    /// Whether the configuration cannot be used because of it.
    pub fn is_error(&self) -> bool {
        self.problem.severity() == Severity::Error
    }

    /// Whether `check` refuses the configuration because of it.
    pub fn is_refused(&self) -> bool {
        self.problem.severity() != Severity::Warning
    }

    /// `file:line:column: error: sentence`, the line, and a mark under the place.
    pub fn render(&self, lang: Lang) -> String {
        let severity = match (self.problem.severity(), lang) {
            (Severity::Error | Severity::Fault, Lang::Zh) => "错误",
            (Severity::Error | Severity::Fault, Lang::En) => "error",
            (Severity::Warning, Lang::Zh) => "警告",
            (Severity::Warning, Lang::En) => "warning",
        };
        let (path, line, column) = (self.path.display().to_string(), self.line, self.column);
        let (path, text) = (shown(&path), self.problem.text(lang));
        let head = format!("{path}:{line}:{column}: {severity}: {text}");
        if self.text.trim().is_empty() {
            return head;
        }
        let gutter = " ".repeat(line.to_string().len());
        // Wide characters take two columns on a terminal.
        let width =
            |text: &str| text.chars().map(|c| if (c as u32) < 0x1100 { 1 } else { 2 }).sum();
        let part = |from: usize, length: usize| {
            let part: String = self.text.chars().skip(from).take(length).collect();
            shown(&part).into_owned()
        };
        let (pad, mark): (usize, usize) =
            (width(&part(0, column - 1)), width(&part(column - 1, self.length)));
        let (pad, mark) = (" ".repeat(pad), "^".repeat(mark.max(1)));
        let text = shown(&self.text);
        format!("{head}\n {line} | {text}\n {gutter} | {pad}{mark}")
    }
}

/// What loading a file came to.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration, when it can be used.
    pub config: Option<Config>,
    /// Errors and warnings in the order of the file.
    pub findings: Vec<Finding>,
    /// Every key there is, as `section.key`.
    pub known_keys: Vec<String>,
    /// The files that secrets were read from.
    pub secret_files: Vec<PathBuf>,
}

/// Reads and checks the file at `path`.
pub fn load(path: &Path) -> Loaded {
    match std::fs::read_to_string(path) {
        Ok(text) => parse_on(&text, path, Some(lot::today())),
        Err(error) => Loaded {
            config: None,
            findings: vec![Finding::of_file(
                path,
                Problem::Unreadable { path: path.display().to_string(), error: error.to_string() },
            )],
            known_keys: Vec::new(),
            secret_files: Vec::new(),
        },
    }
}

/// Checks the text of a file; relative paths in it are relative to the folder of `path`.
pub fn parse(text: &str, path: &Path) -> Loaded {
    parse_on(text, path, None)
}

/// The same on a day: a calendar may lack its year.
fn parse_on(text: &str, path: &Path, today: Option<jiff::civil::Date>) -> Loaded {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let problems = Problems::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let problem = Problem::Syntax { error: error.message().to_owned() };
        problems.add(error.span().unwrap_or(0..0), problem);
    }
    let lengths = platform::lengths(&Section::root(&table, &problems));
    let root = Section::root(&table, &problems).with_lengths(&lengths);
    let around = Surroundings::of(&root);
    let (config, spaces) = read(&root, &folder, &around);
    survey(&root, &around, spaces.facts.as_deref());
    if let Some(tariff) = config.as_ref().and_then(|config| config.tariff.as_ref()) {
        survey_prices(&root, tariff, today);
    }
    root.finish();
    let (known_keys, secret_files) = (problems.known_keys(), problems.secret_files());
    let findings: Vec<_> = problems
        .into_sorted()
        .into_iter()
        .map(|(span, problem)| locate(text, path, span, problem))
        .chain(spaces.findings)
        .collect();
    let broken = findings.iter().any(Finding::is_error);
    Loaded { config: config.filter(|_| !broken), findings, known_keys, secret_files }
}

/// Reads `[tariff]` of a file and nothing else, and the lot's time zone where it is written: a sign by itself.
pub fn parse_sign(text: &str, path: &Path) -> (Option<Sign>, Vec<Finding>) {
    let problems = Problems::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let problem = Problem::Syntax { error: error.message().to_owned() };
        problems.add(error.span().unwrap_or(0..0), problem);
    }
    let root = Section::root(&table, &problems);
    let time_zone =
        root.section("lot").map_or_else(lot::usual_time_zone, |lot| lot::read_time_zone(&lot));
    let tariff = tariff::read_sign(&root);
    if let Some(tariff) = &tariff {
        survey_prices(&root, tariff, None);
    }
    let found = problems.into_sorted().into_iter();
    let findings: Vec<_> = found.map(|(span, problem)| locate(text, path, span, problem)).collect();
    let broken = findings.iter().any(Finding::is_error);
    let sign = tariff.filter(|_| !broken).map(|tariff| Sign { tariff, time_zone });
    (sign, findings)
}

/// A tariff by itself.
#[derive(Debug, Clone)]
pub struct Sign {
    /// `[tariff]`
    pub tariff: TariffConfig,
    /// In which its nights and days are meant.
    pub time_zone: jiff::tz::TimeZone,
}

/// What came of the numbered spaces besides themselves.
struct SpacesRead {
    /// What is wrong in a table of their own.
    findings: Vec<Finding>,
    /// Nothing where it could not be read.
    facts: Option<Vec<SpaceFacts>>,
}

fn read(root: &Section<'_>, folder: &Path, around: &Surroundings) -> (Option<Config>, SpacesRead) {
    let lot = lot::read_lot(root, folder);
    let platform = platform::read(root, folder);
    let store = system::read_store(root, folder);
    let web = system::read_web(root, folder);
    let log = system::read_log(root);
    let mqtt = system::read_mqtt(root, folder);
    let http_push = system::read_http_push(root, folder);
    let buses = bus::read_buses(root, folder);
    let transports =
        transports::Transports { brokers: &mqtt, buses: &buses, pushes: &http_push, folder };
    let devices = device::read_devices(root, &transports);
    let lanes = lane::read_lanes(root, &devices);
    let fire_alarm = root.section("fire_alarm").and_then(|place| lane::read_input(place, &devices));
    let garages = garage::read_garages(root, &devices);
    let (spaces, findings) = space::read(root, lot.as_ref(), &devices, around);
    let in_file = root.section("lot").is_some_and(|lot| lot.has("spaces_file"));
    let readable = !findings.iter().any(Finding::is_error) && (lot.is_some() || !in_file);
    let facts = readable.then(|| spaces.iter().map(SpaceConfig::facts).collect());
    let spaces_read = SpacesRead { findings, facts };
    let tariff = tariff::read_tariff(root, &devices);
    let merchants = merchant::read_merchants(root, folder, web.as_ref(), tariff.as_ref());
    let (Some(lot), Some(platform), Some(store)) = (lot, platform, store) else {
        return (None, spaces_read);
    };
    let config = Config {
        lot,
        platform,
        store,
        web,
        merchants,
        log,
        mqtt,
        http_push,
        buses,
        devices,
        lanes,
        fire_alarm,
        garages,
        spaces,
        tariff,
    };
    (Some(config), spaces_read)
}

fn locate(text: &str, path: &Path, span: Range<usize>, problem: Problem) -> Finding {
    let start =
        (0..=span.start.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let before = text.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_text = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    let length = text
        .get(start..span.end)
        .map_or(1, |about| about.lines().next().unwrap_or_default().chars().count());
    Finding {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column,
        text: line_text.to_owned(),
        length,
        problem,
    }
}
