//! `[[tariff.class]]` and `[[tariff.waiver]]`: who is of which class of vehicles, and whose hours cost nothing.

use crate::config::device::{Device, find_device};
use crate::config::driver::Driver;
use crate::config::reader::{Section, nearest};
use crate::lang::{Problem, Wanted};
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::standard::plate_kind::PlateKind;
use jiff::SignedDuration;

/// `[[tariff.class]]`
#[derive(Debug, Clone, PartialEq)]
pub struct ClassConfig {
    /// Its name.
    pub name: String,
    /// By their plates.
    pub plates: Vec<PlateNo>,
    /// By the kind of their plates.
    pub plate_kinds: Vec<PlateKind>,
    /// By the colour of their plates.
    pub plate_colors: Vec<String>,
    /// By the camera that read them when they came in.
    pub cameras: Vec<Id>,
    /// Whether they pay nothing.
    pub free: bool,
}

/// `[[tariff.waiver]]`
#[derive(Debug, Clone, PartialEq)]
pub struct WaiverConfig {
    /// Whose.
    pub vehicles: Vec<String>,
    /// How long.
    pub length: SignedDuration,
    /// Of what.
    pub per: WaiverPerConfig,
}

/// `per`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the configuration")]
pub enum WaiverPerConfig {
    Day,
    Stay,
}

/// The classes that are there without being written.
const BUILT_IN: &[&str] = &["small", "medium", "large", "new-energy"];

/// The kinds of plates by the words for them.
const KINDS: &[(&str, PlateKind)] = &[
    ("ordinary", PlateKind::Ordinary),
    ("new-energy-small", PlateKind::NewEnergySmall),
    ("new-energy-large", PlateKind::NewEnergyLarge),
    ("police", PlateKind::Police),
    ("armed-police", PlateKind::ArmedPolice),
    ("military", PlateKind::Military),
    ("emergency", PlateKind::Emergency),
    ("embassy", PlateKind::Embassy),
    ("consulate", PlateKind::Consulate),
    ("hong-kong-macau", PlateKind::HongKongMacau),
    ("trainer", PlateKind::Trainer),
    ("trailer", PlateKind::Trailer),
    ("temporary", PlateKind::Temporary),
    ("tractor", PlateKind::Tractor),
    ("civil-aviation", PlateKind::CivilAviation),
    ("site", PlateKind::Site),
];

/// The colours of plates, as the standard writes them.
const COLORS: &[(&str, &str)] = &[
    ("蓝色", "蓝色"),
    ("黄色", "黄色"),
    ("白色", "白色"),
    ("黑色", "黑色"),
    ("绿色", "绿色"),
    ("黄绿色", "黄绿色"),
];

/// Who parks free by the kind of the plate where nothing is written.
const FREE_KINDS: &[PlateKind] = &[PlateKind::Police, PlateKind::ArmedPolice, PlateKind::Military];

/// The names that classes have.
pub(super) struct Names(Vec<String>);

impl Names {
    pub fn of(classes: &[ClassConfig]) -> Self {
        let own = classes.iter().map(|class| class.name.clone());
        Self(BUILT_IN.iter().map(|name| (*name).to_owned()).chain(own).collect())
    }

    /// `vehicles`
    pub fn read(&self, section: &Section<'_>) -> Option<Vec<String>> {
        let names = section.texts("vehicles")?;
        for name in names.iter().filter(|name| !self.0.contains(*name)) {
            let nearest = nearest(name, self.0.iter().map(String::as_str));
            let quoted: Vec<String> = self.0.iter().map(|known| format!("\"{known}\"")).collect();
            let (key, allowed) = ("vehicles".to_owned(), quoted.join(" | "));
            section.problem("vehicles", Problem::NotOneOf { key, allowed, nearest });
        }
        Some(names)
    }
}

pub(super) fn read_free_kinds(tariff: &Section<'_>) -> Vec<PlateKind> {
    if tariff.is_empty_list("free_kinds") {
        let _ = tariff.texts("free_kinds");
        return Vec::new();
    }
    tariff.choices("free_kinds", KINDS).unwrap_or_else(|| FREE_KINDS.to_vec())
}

pub(super) fn read_classes(tariff: &Section<'_>, devices: &[Device]) -> Vec<ClassConfig> {
    let mut classes: Vec<ClassConfig> = Vec::new();
    for section in tariff.sections("class") {
        let name = section.required_text("name");
        let is_known = BUILT_IN.contains(&name.as_str());
        if is_known || classes.iter().any(|class| class.name == name) {
            let (key, value) = ("name".to_owned(), name.clone());
            section.problem("name", Problem::Twice { key, value });
        }
        let cameras = section.texts("cameras").unwrap_or_default();
        let camera = |name: &String| {
            // A sign by itself has no cameras.
            if devices.is_empty() {
                return None;
            }
            find_device(&section, "cameras", name, devices, Driver::is_camera)
        };
        classes.push(ClassConfig {
            plates: read_plates(&section),
            plate_kinds: section.choices("plate_kinds", KINDS).unwrap_or_default(),
            plate_colors: section
                .choices("plate_colors", COLORS)
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            cameras: cameras.iter().filter_map(camera).map(|camera| camera.id.clone()).collect(),
            free: section.bool("free").unwrap_or(false),
            name,
        });
        section.finish();
    }
    classes
}

fn read_plates(section: &Section<'_>) -> Vec<PlateNo> {
    let written = section.texts("plates").unwrap_or_default();
    let read: Option<Vec<PlateNo>> = written.iter().map(|text| text.parse().ok()).collect();
    read.unwrap_or_else(|| {
        let key = "plates".to_owned();
        section.problem("plates", Problem::WrongType { key, wanted: Wanted::Plates });
        Vec::new()
    })
}

pub(super) fn read_waivers(tariff: &Section<'_>, names: &Names) -> Vec<WaiverConfig> {
    let mut waivers = Vec::new();
    for section in tariff.sections("waiver") {
        let vehicles = names.read(&section);
        let hours = section.int("hours", 1, 24 * 31);
        let minutes = section.int("minutes", 1, 24 * 60);
        let pers = [("day", WaiverPerConfig::Day), ("stay", WaiverPerConfig::Stay)];
        let per = section.choice("per", &pers);
        for key in ["vehicles", "per"].into_iter().filter(|key| !section.has(key)) {
            section.missing(key);
        }
        if !section.has("hours") && !section.has("minutes") {
            section.missing("hours");
        }
        let length =
            hours.map(SignedDuration::from_hours).or(minutes.map(SignedDuration::from_mins));
        if let (Some(vehicles), Some(length), Some(per)) = (vehicles, length, per) {
            waivers.push(WaiverConfig { vehicles, length, per });
        }
        section.finish();
    }
    waivers
}
