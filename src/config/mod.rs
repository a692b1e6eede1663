//! The technician's TOML file as types.
//!
//! What the standard names keeps its name in snake_case and its values, checked by the standard's own
//! tables. Everything wrong in a file is found in one run, each with its place.

mod bus;
mod camera;
mod device;
mod driver;
mod finding;
mod garage;
mod lane;
mod lot;
mod merchant;
mod pieces;
mod platform;
mod point;
pub mod reader;
pub mod secret;
mod space;
mod space_table;
mod survey;
mod system;
mod tariff;
mod transports;
mod visible;
mod written;

pub use bus::{Bus, Buses, ModbusTcp, Parity, Serial};
pub use camera::{CameraConfig, CameraWay, PushWay, is_never_a_cameras};
pub use device::Device;
pub use driver::{
    Chirpstack, DisplayWay, Driver, ModbusDevice, ModbusRelay, ModbusUnit, OlmM1d, SensorCodec,
};
use finding::Lines;
pub use finding::{Finding, rendered};
pub use garage::{AlarmPoint, Figure, GarageConfig, GaragePlcConfig, MissionMap};
pub use lane::{BarrierPlace, InputPlace, LaneConfig, LaneWay};
pub use lot::Lot;
pub use merchant::MerchantConfig;
pub use platform::{Dialect, ImageNames, PickTime, PlatformCallback, PlatformConfig, PlatformTcp};
pub use point::{Addresses, Convention, Point, PointKind, PointTable, WordOrder};
pub use secret::Secret;
pub use space::{Sensor, SensorPlace, SpaceConfig, SpaceInfo};
pub use system::{HttpPush, LogConfig, LogFormat, Mqtt, StoreConfig, Web};
pub use tariff::{
    CapConfig, CapWindowConfig, ClassConfig, DayConfig, HoursConfig, NightConfig, PriceConfig,
    PricesConfig, StepConfig, TariffConfig, TariffRuleConfig, VisitsConfig, WaiverConfig,
    WaiverPerConfig,
};

use crate::lang::Problem;
use pieces::Pieces;
use reader::{Problems, Section};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use survey::{SpaceFacts, Surroundings, survey, survey_prices};
use toml::Spanned;
use toml::de::DeTable;
use visible::OpenSpans;

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
    /// `[[space]]`: there may be many thousand, and copies of the rest.
    pub spaces: Arc<[SpaceConfig]>,
    /// `[tariff]`
    pub tariff: Option<TariffConfig>,
}

/// What loading a file came to.
#[derive(Debug, Default)]
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
    match text_of(path) {
        Ok(text) => parse_on(&text, path, Some(lot::today())),
        Err(finding) => Loaded { findings: vec![*finding], ..Loaded::default() },
    }
}

/// The text of a configuration. One that an editor saved in another encoding than UTF-8 is named as that.
pub fn text_of(path: &Path) -> Result<String, Box<Finding>> {
    written::text_of(path).map_err(|(problem, before)| {
        let finding = Finding::of_file(path, problem);
        Box::new(Finding { line: before + 1, ..finding })
    })
}

/// Checks the text of a file; relative paths in it are relative to the folder of `path`.
pub fn parse(text: &str, path: &Path) -> Loaded {
    parse_on(text, path, None)
}

/// The same on a day: a calendar may lack its year.
fn parse_on(text: &str, path: &Path, today: Option<jiff::civil::Date>) -> Loaded {
    let pieces = Pieces::of(text);
    let loaded = parse_cut(&pieces, text, path, today);
    if pieces.were_wrong() { parse_cut(&Pieces::none(text), text, path, today) } else { loaded }
}

/// The same of a text cut in pieces.
fn parse_cut(
    pieces: &Pieces<'_>,
    text: &str,
    path: &Path,
    today: Option<jiff::civil::Date>,
) -> Loaded {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let problems = Problems::default();
    let table = match as_table(&pieces.rest, path) {
        Ok(table) => table,
        Err(findings) => return Loaded { findings, ..Loaded::default() },
    };
    let lengths = platform::lengths(&Section::root(&table, &problems));
    let root = Section::root(&table, &problems).with_lengths(&lengths);
    let around = Surroundings::of(&root);
    let (config, spaces) = read(&root, pieces, (&folder, &around));
    survey(&root, &around, spaces.facts.as_deref());
    if let Some(tariff) = config.as_ref().and_then(|config| config.tariff.as_ref()) {
        survey_prices(&root, tariff, today);
    }
    root.finish();
    let (known_keys, secret_files) = (problems.known_keys(), problems.secret_files());
    let findings: Vec<_> = finding::findings(problems, text, path).chain(spaces.findings).collect();
    let broken = findings.iter().any(Finding::is_error);
    Loaded { config: config.filter(|_| !broken), findings, known_keys, secret_files }
}

/// The text as TOML. While it is none, nobody can tell what is whose value, and which are secrets: its own mistakes are all
/// that is said, and none of its lines is shown.
fn as_table<'t>(text: &'t str, path: &Path) -> Result<Spanned<DeTable<'t>>, Vec<Finding>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(table);
    }
    let finding = |error: toml::de::Error| {
        let problem = Problem::Syntax { error: error.message().to_owned() };
        Finding::at(
            text,
            path,
            &error.span().unwrap_or(0..0),
            problem,
            &OpenSpans::NOTHING,
            &mut Lines::default(),
        )
    };
    let mut findings: Vec<_> = errors.into_iter().map(finding).collect();
    findings.sort_by_key(|found| (found.line, found.column));
    Err(findings)
}

/// Reads `[tariff]` of a file and nothing else, and the lot's time zone where it is written: a sign by itself.
pub fn parse_sign(text: &str, path: &Path) -> (Option<Sign>, Vec<Finding>) {
    let problems = Problems::default();
    let table = match as_table(text, path) {
        Ok(table) => table,
        Err(findings) => return (None, findings),
    };
    let root = Section::root(&table, &problems);
    let time_zone =
        root.section("lot").map_or_else(lot::usual_time_zone, |lot| lot::read_time_zone(&lot));
    let tariff = tariff::read_sign(&root);
    if let Some(tariff) = &tariff {
        survey_prices(&root, tariff, None);
    }
    let findings: Vec<_> = finding::findings(problems, text, path).collect();
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

fn read(
    root: &Section<'_>,
    pieces: &Pieces<'_>,
    (folder, around): (&Path, &Surroundings),
) -> (Option<Config>, SpacesRead) {
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
    let (spaces, findings) = space::read(root, pieces, lot.as_ref(), &devices, around);
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
        spaces: spaces.into(),
        tariff,
    };
    (Some(config), spaces_read)
}
