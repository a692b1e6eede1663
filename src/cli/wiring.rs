//! From the technician's configuration to what each room works with.

use crate::config::{CapConfig, Config, LaneWay, LogFormat, NightConfig, Price, TariffRuleConfig};
use crate::lang::Lang;
use crate::lot::tariff::{Cap, Night, Period, Prices, Tariff, TariffRule, VehicleClass};
use crate::lot::{
    Barrier, Bounds, Contact, ContractRule, Garage, GaragePlc, Lane, LaneDirection, Rules, Space,
};
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::report::{Report, ReportError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// The lot's rules.
pub fn rules(config: &Config, now: Timestamp) -> Result<Rules, ReportError> {
    Ok(Rules {
        base_data: base_data(config, now)?,
        no_garage_segment: config.platform.dialect.no_garage_segment.clone(),
        bounds: Bounds {
            max_rows: config.store.max_rows,
            max_bytes: i64::try_from(config.store.max_bytes).unwrap_or(i64::MAX),
            min_free_disk: config.store.min_free_disk,
        },
        park_code: config.lot.park_code.clone(),
        total_spaces: config.lot.total_spaces,
        reservable_spaces: config.lot.park_info.get("reservableSpaces").and_then(Value::as_i64),
        spaces: config.spaces.iter().map(|one| space(config, one)).collect(),
        on_street: config.lot.park_info.get("parkType").and_then(Value::as_i64) == Some(0),
        garages: config.garages.iter().map(garage).collect(),
        guidance_topic: config.lot.guidance_topic.clone(),
        device_names: config
            .devices
            .iter()
            .map(|device| (device.id.clone(), device.name.clone()))
            .collect(),
        lanes: config.lanes.iter().map(lane).collect(),
        tariff: tariff(config),
        repeat_window: config.lot.repeat_window,
        waiting_for: config.lot.waiting_for,
        congested_after: config.lot.congested_after,
        counts_every: config.lot.counts_every,
        equipment_id: gateway_equipment(config),
        time_zone: config.lot.time_zone.clone(),
        money_style: config.platform.dialect.money,
        report_platform_payments: config.platform.dialect.report_platform_payments,
    })
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
        barrier: lane.barrier.as_ref().map(|place| Barrier {
            device_id: place.device.clone(),
            output: place.output,
            close: place.close,
            stop: place.stop,
        }),
        display: lane.display.clone(),
        passing_loop: lane.passing_loop.as_ref().map(contact),
        barrier_up: lane.barrier_up.as_ref().map(contact),
        button: lane.button.as_ref().map(contact),
        open_within: lane.open_within,
        pass_within: lane.pass_within,
        contract_rule: if lane.leave_then_charge {
            ContractRule::LeaveThenCharge
        } else {
            ContractRule::ChargeThenLeave
        },
    }
}

fn contact(place: &crate::config::InputPlace) -> Contact {
    Contact { device_id: place.device.clone(), input: place.input, inverted: place.inverted }
}

fn garage(garage: &crate::config::Garage) -> Garage {
    let plc = garage.plc.as_ref().and_then(|plc| {
        let mission = plc.mission.as_ref()?;
        Some(GaragePlc {
            device_id: plc.device.clone(),
            takes_space: mission.space.is_some(),
            store_takes: mission.store_takes,
            retrieve_takes: mission.retrieve_takes,
        })
    });
    Garage { garage_code: garage.garage_code.clone(), passages: garage.passages.clone(), plc }
}

/// The sections that differ and take effect at a start only.
pub fn only_at_start(before: &Config, after: &Config) -> Vec<&'static str> {
    [
        ("[platform]", before.platform != after.platform),
        ("[store]", before.store != after.store),
        ("[web]", before.web != after.web),
        ("[log] format, lang", lines(before) != lines(after)),
        ("[[mqtt]]", before.mqtt != after.mqtt),
        ("[[serial]] [[modbus_tcp]]", before.buses != after.buses),
        ("[[device]]", before.devices != after.devices),
        ("[[garage]]", before.garages != after.garages),
        ("[[space]] sensor", sensors(before) != sensors(after)),
    ]
    .into_iter()
    .filter_map(|(section, differs)| differs.then_some(section))
    .collect()
}

/// How log lines look; their level changes at once.
fn lines(config: &Config) -> (LogFormat, Option<Lang>) {
    (config.log.format, config.log.lang)
}

/// What drivers are given of spaces at their start.
fn sensors(config: &Config) -> Vec<&Option<crate::config::Sensor>> {
    config.spaces.iter().map(|space| &space.sensor).collect()
}

fn space(config: &Config, space: &crate::config::Space) -> Space {
    let text = |name: &str| space.space_info.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| space.space_info.get(name).and_then(Value::as_i64);
    let pile = config.devices.iter().find_map(|device| {
        let here = device.equipment.get("spaceNo")?.as_str()? == space.space_no;
        device.equipment.get("chargeType")?.as_i64().filter(|kind| here && *kind != 0)
    });
    Space {
        space_no: space.space_no.clone(),
        garage_code: text("garageCode"),
        manage_type: number("manageType"),
        owner_type: number("ownerType"),
        position_type: number("positionType"),
        size_type: number("sizeType"),
        material_type: number("materialType"),
        usage_type: number("usageType"),
        charge_type: pile,
        has_sensor: space.sensor.is_some(),
        plc_number: space.plc_number,
    }
}

/// Table 27 demands an equipment even for events of none: the configured one, else the first device
/// (ambiguity 74).
fn gateway_equipment(config: &Config) -> Id {
    let first = || config.devices.first().map(|device| device.id.clone());
    config.lot.equipment_id.clone().or_else(first).unwrap_or_else(|| "0".repeat(32).into())
}

/// A lot without a tariff costs nothing.
fn tariff(config: &Config) -> Tariff {
    let time_zone = config.lot.time_zone.clone();
    match &config.tariff {
        Some(tariff) => Tariff {
            free: tariff.free,
            leave_within: tariff.leave_within,
            rules: tariff.rules.iter().map(tariff_rule).collect(),
            time_zone,
        },
        None => Tariff {
            free: SignedDuration::ZERO,
            leave_within: SignedDuration::ZERO,
            rules: Vec::new(),
            time_zone,
        },
    }
}

fn tariff_rule(rule: &TariffRuleConfig) -> TariffRule {
    let class = |model: &i64| VehicleClass::from_car_model(Some(*model));
    TariffRule {
        vehicles: rule.car_models.as_ref().map(|models| models.iter().map(class).collect()),
        prices: prices(rule.first, rule.then),
        night: rule.night.map(night),
        cap: rule.cap.map(|cap| match cap {
            CapConfig::FromEntry(price) => Cap::FromEntry(period(price)),
            CapConfig::CalendarDay(price) => Cap::CalendarDay(price),
        }),
    }
}

fn prices(first: Option<Price>, then: Option<Price>) -> Prices {
    Prices { first: first.map(period), then: then.map(period) }
}

fn period(price: Price) -> Period {
    Period { seconds: price.seconds, price: price.price }
}

fn night(night: NightConfig) -> Night {
    let NightConfig { from, to, first, then, cap } = night;
    Night { from, to, prices: prices(first, then), cap }
}

/// The base data (3001, 3005, 8001, 3002, 3003, 3004) as the configuration has them, the lot first.
pub fn base_data(config: &Config, now: Timestamp) -> Result<Vec<Report>, ReportError> {
    let style = config.platform.dialect.money;
    let mut reports = Vec::new();
    let mut add = |code, element: Value| {
        reports.push(Report::new(code, &element, style)?);
        Ok(())
    };
    let standard = charging_standard(config);
    let mut park_info = config.lot.park_info.clone();
    if !config.garages.is_empty() {
        let codes: Vec<&str> =
            config.garages.iter().map(|garage| garage.garage_code.as_str()).collect();
        park_info.insert("garagesInfoTable".to_owned(), json!(codes));
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
    for space in &config.spaces {
        add(3004, json!({ "spaceInfo": space_info(config, space, now), "state": 1 }))?;
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
    let inputs = [&lane.passing_loop, &lane.barrier_up, &lane.button].into_iter().flatten();
    let others = lane.barrier.iter().map(|place| &place.device).chain(&lane.display);
    for device in others.chain(inputs.map(|place| &place.device)) {
        if !devices.contains(&device) {
            devices.push(device);
        }
    }
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

fn space_info(config: &Config, space: &crate::config::Space, now: Timestamp) -> Map<String, Value> {
    let mut info = space.space_info.clone();
    info.insert("parkCode".to_owned(), config.lot.park_code.as_str().into());
    // Table 10's state 1: in use. Whether somebody stands in it is 5001's to say.
    info.insert("state".to_owned(), 1.into());
    let moment = DateTime::at(now, &config.lot.time_zone);
    info.insert("moment".to_owned(), moment.to_string().into());
    info
}
