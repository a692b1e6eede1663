//! From the technician's configuration to what each room works with.

use crate::config::{Config, LaneWay, Prices, TariffRuleConfig};
use crate::lot::tariff::{Period, Tariff, TariffRule, VehicleClass};
use crate::lot::{Barrier, Lane, LaneDirection, Rules};
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::report::{Report, ReportError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// The lot's rules.
pub fn rules(config: &Config) -> Rules {
    Rules {
        park_code: config.lot.park_code.clone(),
        total_spaces: config.lot.total_spaces,
        lanes: config.lanes.iter().map(lane).collect(),
        tariff: tariff(config),
        repeat_window: config.lot.repeat_window,
        waiting_for: config.lot.waiting_for,
        time_zone: config.lot.time_zone.clone(),
        money_style: config.platform.dialect.money,
        report_platform_payments: config.platform.dialect.report_platform_payments,
    }
}

fn lane(lane: &crate::config::Lane) -> Lane {
    Lane {
        id: lane.id.clone(),
        name: lane.name.clone(),
        direction: match lane.direction {
            LaneWay::Entry => LaneDirection::Entry,
            LaneWay::Exit => LaneDirection::Exit,
            LaneWay::Both => LaneDirection::Both,
        },
        camera: lane.camera.clone(),
        barrier: lane
            .barrier
            .as_ref()
            .map(|place| Barrier { device_id: place.device.clone(), output: place.output }),
    }
}

/// A lot without a tariff costs nothing.
fn tariff(config: &Config) -> Tariff {
    match &config.tariff {
        Some(tariff) => Tariff {
            free: tariff.free,
            leave_within: tariff.leave_within,
            rules: tariff.rules.iter().map(tariff_rule).collect(),
        },
        None => Tariff {
            free: SignedDuration::ZERO,
            leave_within: SignedDuration::ZERO,
            rules: Vec::new(),
        },
    }
}

fn tariff_rule(rule: &TariffRuleConfig) -> TariffRule {
    let period = |prices: Prices| Period { seconds: prices.seconds, price: prices.price };
    let class = |model: &i64| VehicleClass::from_car_model(Some(*model));
    TariffRule {
        vehicles: rule.car_models.as_ref().map(|models| models.iter().map(class).collect()),
        first: rule.first.map(period),
        then: rule.then.map(period),
        cap: rule.cap.map(period),
    }
}

/// The base data (3001, 3005, 3002, 3003) as the configuration has them, the lot first.
pub fn base_data(config: &Config, now: Timestamp) -> Result<Vec<Report>, ReportError> {
    let style = config.platform.dialect.money;
    let mut reports = Vec::new();
    let mut add = |code, element: Value| {
        reports.push(Report::new(code, &element, style)?);
        Ok(())
    };
    let standard = charging_standard(config);
    let mut park_info = config.lot.park_info.clone();
    if let Some(standard) = &standard {
        park_info.insert("chargingStandard".to_owned(), standard.clone());
    }
    add(3001, json!({ "parkInfo": park_info, "state": 1 }))?;
    if let Some(standard) = standard {
        add(3005, standard)?;
    }
    for lane in &config.lanes {
        add(3002, json!({ "entranceExitInfo": entrance(config, lane, now), "state": 1 }))?;
    }
    for device in &config.devices {
        let lane = config.lanes.iter().find(|lane| devices_of(lane).contains(&&device.id));
        add(3003, json!({ "equipment": equipment(config, device, lane, now), "state": 1 }))?;
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

fn devices_of(lane: &crate::config::Lane) -> Vec<&Id> {
    let mut devices = vec![&lane.camera];
    devices
        .extend(lane.barrier.as_ref().map(|place| &place.device).filter(|id| **id != lane.camera));
    devices
}

fn entrance(config: &Config, lane: &crate::config::Lane, now: Timestamp) -> Map<String, Value> {
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
    lane: Option<&crate::config::Lane>,
    now: Timestamp,
) -> Map<String, Value> {
    let mut equipment = device.equipment.clone();
    equipment.insert("parkCode".to_owned(), config.lot.park_code.as_str().into());
    if let Some(lane) = lane {
        equipment.insert("entranceExitId".to_owned(), lane.id.as_str().into());
    }
    // Table 9's state 1: in use. Whether it can be reached is 5002's to say.
    equipment.insert("state".to_owned(), 1.into());
    let moment = DateTime::at(now, &config.lot.time_zone);
    equipment.insert("moment".to_owned(), moment.to_string().into());
    equipment
}
