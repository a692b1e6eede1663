//! `[lot]`, `[[device]]`, `[[lane]]` and `[tariff]`: the car park as its technician describes it.

use super::reader::{Section, nearest};
use super::system::Mqtt;
use crate::lang::{Problem, Wanted};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::tables::entities::{
    CHARGE_ITEMS, CHARGING_STANDARD, ENTRANCE_INFO, EQUIPMENT, GARAGE_INFO, PARK_INFO, SPACE_INFO,
};
use jiff::{SignedDuration, civil::Time, tz::TimeZone};
use serde_json::{Map, Value};
use std::time::Duration;

/// `[lot]`
#[derive(Debug, Clone)]
pub struct Lot {
    /// Table 3's attributes as written.
    pub park_info: Map<String, Value>,
    /// `parkCode`
    pub park_code: String,
    /// `totalSpaces`
    pub total_spaces: i64,
    /// The lot's time zone.
    pub time_zone: TimeZone,
    /// A plate read again in the same lane within this time is the same passage.
    pub repeat_window: SignedDuration,
    /// A held car counts as still standing there this long after its last read.
    pub waiting_for: SignedDuration,
    /// A car held longer than this makes its lane congested.
    pub congested_after: SignedDuration,
    /// Counts (5003) are reported at most this often.
    pub counts_every: SignedDuration,
    /// The equipment that events of the gateway itself name (table 27).
    pub equipment_id: Option<Id>,
    /// Where guidance (9001) is published, `{parkCode}` standing for the lot it is about.
    pub guidance_topic: String,
}

/// `[[space]]`
#[derive(Debug, Clone)]
pub struct Space {
    /// Table 10's attributes as written.
    pub space_info: Map<String, Value>,
    /// `spaceNo`
    pub space_no: String,
}

/// `[[garage]]`
#[derive(Debug, Clone)]
pub struct Garage {
    /// Table 7's attributes as written.
    pub garage_info: Map<String, Value>,
    /// `garageCode`
    pub garage_code: String,
}

/// `[[device]]`
#[derive(Debug, Clone)]
pub struct Device {
    /// Table 9's attributes as written.
    pub equipment: Map<String, Value>,
    /// Its id (table 9).
    pub id: Id,
    /// The name lanes refer to it by.
    pub name: String,
    /// How it is spoken with.
    pub driver: Driver,
    /// Silence this long means it is offline.
    pub offline_after: Duration,
}

/// A device's driver with its keys.
#[derive(Debug, Clone)]
pub enum Driver {
    /// Vzenith R/C/T plate cameras over MQTT.
    VzenithMqtt(VzenithMqtt),
}

/// Keys of the driver `vzenith-mqtt`.
#[derive(Debug, Clone)]
pub struct VzenithMqtt {
    /// The broker's name.
    pub mqtt: String,
    /// The camera's serial number.
    pub sn: String,
    /// What its topics begin with, `{sn}` standing for the serial number.
    pub topic_prefix: String,
    /// How long its relay closes to open the barrier, 500 to 5000 ms.
    pub pulse: Duration,
}

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

/// `[tariff]`
#[derive(Debug, Clone)]
pub struct TariffConfig {
    /// Table 4's attributes as written, without the rules.
    pub charging_standard: Map<String, Value>,
    /// Leaving within this time costs nothing.
    pub free: SignedDuration,
    /// After paying, a car may leave within this time.
    pub leave_within: SignedDuration,
    /// `[[tariff.rule]]`
    pub rules: Vec<TariffRuleConfig>,
}

/// `[[tariff.rule]]`
#[derive(Debug, Clone)]
pub struct TariffRuleConfig {
    /// Table 5's attributes as written.
    pub charge_item: Map<String, Value>,
    /// Table 11's `carModel` of the vehicles it is for; all when absent.
    pub car_models: Option<Vec<i64>>,
    /// The first period.
    pub first: Option<Price>,
    /// Each following period.
    pub then: Option<Price>,
    /// Other prices by night.
    pub night: Option<NightConfig>,
    /// The most a window costs.
    pub cap: Option<CapConfig>,
}

/// `night = { from = …, to = …, … }`
#[derive(Debug, Clone, Copy)]
pub struct NightConfig {
    /// When it begins.
    pub from: Time,
    /// When it ends.
    pub to: Time,
    /// The first period of a stay that begins at night.
    pub first: Option<Price>,
    /// Each following period that begins at night.
    pub then: Option<Price>,
    /// The most one night costs.
    pub cap: Option<Money>,
}

/// `cap`
#[derive(Debug, Clone, Copy)]
pub enum CapConfig {
    /// `{ hours = …, price = … }`: each such window from the entry.
    FromEntry(Price),
    /// `{ per = "day", price = … }`: each calendar day.
    CalendarDay(Money),
}

/// `{ hours = …, price = … }`
#[derive(Debug, Clone, Copy)]
pub struct Price {
    /// The length in seconds.
    pub seconds: i64,
    /// The price.
    pub price: Money,
}

const LOT: &[&str] = &[
    "parkCode",
    "parkName",
    "parkType",
    "isGarage",
    "province",
    "city",
    "district",
    "area",
    "districtCode",
    "roadName",
    "address",
    "totalSpaces",
    "reservableSpaces",
    "sharedSpaces",
    "longitude",
    "latitude",
    "shenzhenX",
    "shenzhenY",
    "shenzhenH",
    "operatorId",
    "owner",
    "garagesmaintainer",
    "serviceType",
    "affiliatedStation",
    "responsibleOfficer",
    "committeeInfo",
    "taxpayer",
    "taxpayerId",
    "publicInfo",
];
const DEVICE: &[&str] = &[
    "id",
    "garageCode",
    "equipmentCode",
    "name",
    "equipmentType",
    "spaceNo",
    "manufacturer",
    "model",
    "mfd",
    "chargeType",
];
const LANE: &[&str] = &["id", "name", "garageCode", "roadName", "longitude", "latitude"];
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
const TARIFF: &[&str] =
    &["permitNo", "charger", "pricing", "region", "complaintTel", "remark", "pricingSign"];
const TARIFF_RULE: &[&str] = &["chargeItem", "chargeDesc"];

pub(super) fn read_lot(root: &Section<'_>) -> Option<Lot> {
    let Some(section) = root.section("lot") else {
        root.missing("lot");
        return None;
    };
    let park_info = section.entity(&PARK_INFO, LOT);
    let name = section.text("time_zone").unwrap_or_else(|| "Asia/Shanghai".to_owned());
    let time_zone = TimeZone::get(&name).unwrap_or_else(|_| {
        section.problem("time_zone", Problem::NotATimeZone { name });
        TimeZone::UTC
    });
    let repeat_window = section.duration("repeat_window").unwrap_or(SignedDuration::from_secs(60));
    let waiting_for = section.duration("waiting_for").unwrap_or(SignedDuration::from_secs(60));
    let congested_after =
        section.duration("congested_after").unwrap_or(SignedDuration::from_mins(2));
    let counts_every = section.duration("counts_every").unwrap_or(SignedDuration::from_secs(5));
    let equipment_id = section.optional_id("equipment_id");
    let guidance_topic =
        section.text("guidance_topic").unwrap_or_else(|| "lotgate/guidance/{parkCode}".to_owned());
    section.finish();
    let park_code = park_info.get("parkCode")?.as_str()?.to_owned();
    let total_spaces = park_info.get("totalSpaces")?.as_i64()?;
    Some(Lot {
        park_info,
        park_code,
        total_spaces,
        time_zone,
        repeat_window,
        waiting_for,
        congested_after,
        counts_every,
        equipment_id: equipment_id.map(Id::from),
        guidance_topic,
    })
}

pub(super) fn read_garages(root: &Section<'_>) -> Vec<Garage> {
    let mut garages: Vec<Garage> = Vec::new();
    for section in root.sections("garage") {
        let garage_info = section.entity(&GARAGE_INFO, GARAGE);
        let code = garage_info.get("garageCode").and_then(Value::as_str).map(str::to_owned);
        let taken = |code: &String| garages.iter().any(|garage| garage.garage_code == *code);
        if let Some(value) = code.clone().filter(taken) {
            section.problem("garage_code", Problem::Twice { key: "garage_code".to_owned(), value });
        }
        section.finish();
        if let Some(garage_code) = code {
            garages.push(Garage { garage_info, garage_code });
        }
    }
    garages
}

pub(super) fn read_spaces(root: &Section<'_>) -> Vec<Space> {
    let mut spaces: Vec<Space> = Vec::new();
    for section in root.sections("space") {
        let space_info = section.entity(&SPACE_INFO, SPACE);
        let space_no = space_info.get("spaceNo").and_then(Value::as_str).map(str::to_owned);
        if let Some(value) =
            space_no.clone().filter(|number| spaces.iter().any(|space| space.space_no == *number))
        {
            section.problem("space_no", Problem::Twice { key: "space_no".to_owned(), value });
        }
        section.finish();
        if let Some(space_no) = space_no {
            spaces.push(Space { space_info, space_no });
        }
    }
    spaces
}

pub(super) fn read_devices(root: &Section<'_>, brokers: &[Mqtt]) -> Vec<Device> {
    let mut devices: Vec<Device> = Vec::new();
    for section in root.sections("device") {
        let equipment = section.entity(&EQUIPMENT, DEVICE);
        let offline_after = section.duration("offline_after");
        let driver = section
            .choice("driver", &[("vzenith-mqtt", ())])
            .map(|()| Driver::VzenithMqtt(read_vzenith_mqtt(&section, brokers)));
        if !section.has("driver") {
            section.missing("driver");
        }
        let text = |name: &str| equipment.get(name).and_then(Value::as_str).map(str::to_owned);
        let (id, name) = (text("id"), text("name"));
        for (key, value) in [("id", &id), ("name", &name)] {
            let taken = devices.iter().any(|device| match key {
                "id" => value.as_deref().is_some_and(|id| device.id == Id::from(id)),
                _ => value.as_ref() == Some(&device.name),
            });
            if let Some(value) = value.clone().filter(|_| taken) {
                section.problem(key, Problem::Twice { key: key.to_owned(), value });
            }
        }
        section.finish();
        if let (Some(id), Some(name), Some(driver)) = (id, name, driver) {
            let offline_after = offline_after.unwrap_or(SignedDuration::from_secs(30));
            let offline_after = Duration::try_from(offline_after).unwrap_or_default();
            devices.push(Device { equipment, id: id.into(), name, driver, offline_after });
        }
    }
    devices
}

fn read_vzenith_mqtt(section: &Section<'_>, brokers: &[Mqtt]) -> VzenithMqtt {
    let mqtt = section.required_text("mqtt");
    if !mqtt.is_empty() && !brokers.iter().any(|broker| broker.name == mqtt) {
        let nearest = nearest(&mqtt, brokers.iter().map(|broker| broker.name.as_str()));
        section.problem("mqtt", Problem::NoSuch { what: "mqtt", name: mqtt.clone(), nearest });
    }
    let sn = section.required_text("sn");
    let topic_prefix =
        section.text("topic_prefix").unwrap_or_else(|| "device/{sn}/message".to_owned());
    let pulse = section.duration("pulse").unwrap_or(SignedDuration::from_millis(500));
    let pulse = Duration::try_from(pulse).unwrap_or_default();
    if !(Duration::from_millis(500)..=Duration::from_secs(5)).contains(&pulse) {
        section.problem(
            "pulse",
            Problem::OutOfRange { key: "pulse (ms)".to_owned(), low: 500, high: 5000 },
        );
    }
    VzenithMqtt { mqtt, sn, topic_prefix, pulse }
}

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

pub(super) fn read_tariff(root: &Section<'_>) -> Option<TariffConfig> {
    let section = root.section("tariff")?;
    let charging_standard = section.entity(&CHARGING_STANDARD, TARIFF);
    let free = section.duration("free").unwrap_or(SignedDuration::ZERO);
    let leave_within = section.duration("leave_within").unwrap_or(SignedDuration::from_mins(15));
    let rules: Vec<_> = section.sections("rule").into_iter().map(read_rule).collect();
    if rules.is_empty() && !section.has("rule") {
        section.missing("rule");
    }
    section.finish();
    Some(TariffConfig { charging_standard, free, leave_within, rules })
}

fn read_rule(section: Section<'_>) -> TariffRuleConfig {
    let charge_item = section.entity(&CHARGE_ITEMS, TARIFF_RULE);
    let rule = TariffRuleConfig {
        charge_item,
        car_models: read_vehicles(&section),
        first: section.section("first").and_then(read_price),
        then: section.section("then").and_then(read_price),
        night: section.section("night").and_then(read_night),
        cap: section.section("cap").and_then(read_cap),
    };
    section.finish();
    rule
}

fn read_vehicles(section: &Section<'_>) -> Option<Vec<i64>> {
    let names = section.texts("vehicles")?;
    let known = [("small", 3), ("medium", 2), ("large", 1)];
    let mut models = Vec::new();
    for name in names {
        match known.iter().find(|(known, _)| *known == name) {
            Some((_, model)) => models.push(*model),
            None => {
                let nearest = nearest(&name, known.iter().map(|(known, _)| *known));
                let allowed = "\"small\" | \"medium\" | \"large\"".to_owned();
                let key = "vehicles".to_owned();
                section.problem("vehicles", Problem::NotOneOf { key, allowed, nearest });
            }
        }
    }
    Some(models)
}

fn read_night(section: Section<'_>) -> Option<NightConfig> {
    let time = |key: &str| {
        if !section.has(key) {
            section.missing(key);
        }
        section.read(key, Wanted::TimeOfDay, |value| {
            let text = value.as_str()?;
            if text.len() == 5 { format!("{text}:00").parse().ok() } else { None }
        })
    };
    let (from, to) = (time("from"), time("to"));
    let first = section.section("first").and_then(read_price);
    let then = section.section("then").and_then(read_price);
    let cap = section.money("cap");
    section.finish();
    Some(NightConfig { from: from?, to: to?, first, then, cap })
}

/// A window from the entry, or `per = "day"`.
fn read_cap(section: Section<'_>) -> Option<CapConfig> {
    if section.has("per") {
        section.choice("per", &[("day", ())]);
        let price = section.money("price");
        if price.is_none() && !section.has("price") {
            section.missing("price");
        }
        section.finish();
        return price.map(CapConfig::CalendarDay);
    }
    // So that a misspelt `per` is told what it is near to.
    let _ = section.text("per");
    read_price(section).map(CapConfig::FromEntry)
}

fn read_price(section: Section<'_>) -> Option<Price> {
    let hours = section.int("hours", 1, 24 * 31);
    let minutes = section.int("minutes", 1, 24 * 60);
    let price = section.money("price");
    if hours.is_none() && minutes.is_none() && !section.has("hours") && !section.has("minutes") {
        section.missing("hours");
    }
    if price.is_none() && !section.has("price") {
        section.missing("price");
    }
    if hours.is_some() && minutes.is_some() {
        let wanted = Wanted::WholeNumber;
        section
            .problem("minutes", Problem::WrongType { key: "hours | minutes".to_owned(), wanted });
    }
    section.finish();
    let seconds = hours.map(|hours| hours * 3600).or(minutes.map(|minutes| minutes * 60))?;
    Some(Price { seconds, price: price? })
}
