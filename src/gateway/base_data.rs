//! What the platform is told about the lot itself, as the configuration has it. For the rules, which report
//! what differs from the last time, and for `lotgate check`, since what passes there must pass as reports.
//! Pure; it knows the configuration and the standard, not the rules.

use crate::config::{Config, LaneWay};
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::report::{Report, ReportError};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The base data (3001, 3005, 8001, 3002, 3003, 3004) as the configuration has them, the lot first.
pub fn base_data(config: &Config, now: Timestamp) -> Result<Vec<Report>, ReportError> {
    let dialect = &config.platform.dialect;
    let mut reports = Vec::new();
    let mut add = |code, element: Value| {
        reports.push(Report::by(code, &element, dialect.money, &dialect.lengths)?);
        Ok(())
    };
    let standard = charging_standard(config);
    let mut park_info = config.lot.park_info.clone();
    if !config.garages.is_empty() {
        // Table 3 wants ids (机械车库ID列表), those of table 7.
        let ids: Vec<_> =
            config.garages.iter().filter_map(|garage| garage.garage_info.get("id")).collect();
        park_info.insert("garagesInfoTable".to_owned(), json!(ids));
        park_info.insert("isGarage".to_owned(), 1.into());
    }
    if let Some(standard) = &standard {
        park_info.insert("chargingStandard".to_owned(), standard.clone());
    }
    add(3001, json!({ "parkInfo": park_info, "state": 1 }))?;
    if let Some(standard) = standard {
        add(3005, standard)?;
    }
    for garage in &config.garages {
        let mut info = garage.garage_info.clone();
        info.insert("parkCode".to_owned(), config.lot.park_code.as_str().into());
        add(8001, json!({ "garageInfo": info, "state": 1 }))?;
    }
    for lane in &config.lanes {
        add(3002, json!({ "entranceExitInfo": entrance(config, lane, now), "state": 1 }))?;
    }
    for device in &config.devices {
        let lane = config.lanes.iter().find(|lane| devices_of(lane).contains(&&device.id));
        add(3003, json!({ "equipment": equipment(config, device, lane, now), "state": 1 }))?;
    }
    let moment = DateTime::at(now, &config.lot.time_zone).to_string();
    for space in &*config.spaces {
        let info = Value::from(space_info(config, space, &moment));
        let element = [("spaceInfo".to_owned(), info), ("state".to_owned(), 1.into())];
        add(3004, Value::from_iter(element))?;
    }
    Ok(reports)
}

fn charging_standard(config: &Config) -> Option<Value> {
    let tariff = config.tariff.as_ref()?;
    let mut standard = tariff.charging_standard.clone();
    standard.insert("parkCode".to_owned(), config.lot.park_code.as_str().into());
    let items: Vec<Value> =
        tariff.rules.iter().map(|rule| rule.charge_item.clone().into()).collect();
    standard.insert("chargeItemstable".to_owned(), items.into());
    Some(standard.into())
}

fn devices_of(lane: &crate::config::LaneConfig) -> Vec<&Id> {
    let mut devices = vec![&lane.camera];
    let inputs = [&lane.passing_loop, &lane.barrier_up, &lane.button].into_iter().flatten();
    let others = lane.barrier.iter().map(|place| &place.device).chain(&lane.display);
    let inputs = inputs.map(|place| &place.device);
    for device in others.chain(inputs).chain(&lane.equipments) {
        if !devices.contains(&device) {
            devices.push(device);
        }
    }
    devices
}

fn entrance(
    config: &Config,
    lane: &crate::config::LaneConfig,
    now: Timestamp,
) -> Map<String, Value> {
    let mut entrance = lane.entrance_info.clone();
    let kind = match lane.direction {
        LaneWay::Entry => 1,
        LaneWay::Exit => 2,
        LaneWay::Both => 3,
    };
    let devices = devices_of(lane);
    let equipments: Vec<Value> = config
        .devices
        .iter()
        .filter(|device| devices.contains(&&device.id))
        .map(|device| equipment(config, device, Some(lane), now).into())
        .collect();
    entrance.insert("parkCode".to_owned(), config.lot.park_code.as_str().into());
    entrance.insert("type".to_owned(), kind.into());
    entrance.insert("equipments".to_owned(), equipments.into());
    entrance
}

fn equipment(
    config: &Config,
    device: &crate::config::Device,
    lane: Option<&crate::config::LaneConfig>,
    now: Timestamp,
) -> Map<String, Value> {
    let mut equipment = device.equipment.clone();
    equipment.insert("parkCode".to_owned(), config.lot.park_code.as_str().into());
    if let Some(lane) = lane {
        equipment.insert("entranceExitId".to_owned(), lane.id.as_str().into());
    }
    if !equipment.contains_key("garageCode")
        && let Some(garage_code) = garage_of(config, device, lane)
    {
        equipment.insert("garageCode".to_owned(), garage_code.into());
    }
    // Table 9's state 1, in use, where nothing else is said. Whether it can be reached is 5002's to say.
    equipment.entry("state").or_insert_with(|| 1.into());
    let moment = DateTime::at(now, &config.lot.time_zone);
    equipment.insert("moment".to_owned(), moment.to_string().into());
    equipment
}

/// The garage a device belongs to where its section does not say: the one its PLC runs, its lane leads to,
/// its space lies in, or all the spaces it watches. One that serves several belongs to none.
fn garage_of<'c>(
    config: &'c Config,
    device: &crate::config::Device,
    lane: Option<&'c crate::config::LaneConfig>,
) -> Option<Cow<'c, str>> {
    let of_lane = lane.and_then(|lane| lane.entrance_info.get("garageCode")?.as_str());
    let runs = |garage: &&crate::config::GarageConfig| {
        garage.plc.as_ref().is_some_and(|plc| plc.device == device.id)
    };
    let mut run = config.garages.iter().filter(runs).map(|garage| garage.garage_code.as_str());
    if let Some(first) = run.next() {
        return run.next().is_none().then_some(first.into());
    }
    let stands_at = device.equipment.get("spaceNo").and_then(Value::as_str);
    let serves = |space: &&crate::config::SpaceConfig| {
        let watched = space.sensor.as_ref().is_some_and(|sensor| sensor.device == device.id);
        watched || stands_at == Some(space.space_no.as_str())
    };
    let of_spaces = || {
        let code = |space: &crate::config::SpaceConfig| space.space_info.garage_code();
        let mut served = config.spaces.iter().filter(serves).map(code);
        let first = served.next()??;
        served.all(|other| other.as_ref() == Some(&first)).then_some(first)
    };
    of_lane.map(Cow::from).or_else(|| of_spaces().map(Cow::from))
}

fn space_info(
    config: &Config,
    space: &crate::config::SpaceConfig,
    moment: &str,
) -> Map<String, Value> {
    let mut info = space.space_info.attributes();
    info.insert("parkCode".to_owned(), config.lot.park_code.as_str().into());
    // Table 10's state 1, in use, where nothing else is said. Whether somebody stands in it is 5001's to say.
    info.entry("state").or_insert_with(|| 1.into());
    info.insert("moment".to_owned(), moment.into());
    info
}
