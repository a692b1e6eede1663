//! From the technician's configuration to the lot's rules, and what of it a reload cannot change. Pure; it
//! starts nothing and knows no device, no platform.

use super::base_data::base_data;
use super::prices::tariff_of;
use crate::config::{Config, Device, Driver, Figure, LaneWay, LogFormat, PlatformConfig, Sensor};
use crate::lang::Lang;
use crate::lot::{
    Barrier, Bounds, Contact, ContractRule, Garage, GaragePlc, Lane, LaneDirection, Rules, Space,
};
use crate::model::event_kind::EventCodes;
use crate::model::lease::UnknownLease;
use crate::standard::equipment;
use crate::standard::id::Id;
use crate::standard::lengths::Lengths;
use crate::standard::report::ReportError;
use crate::standard::share_order_id::ShareOrderIdStyle;
use crate::web::LotView;
use jiff::Timestamp;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The lot's rules.
pub fn rules(config: &Config, now: Timestamp) -> Result<Rules, ReportError> {
    let mut rules = Rules {
        base_data: base_data(config, now)?,
        no_garage_segment: config.platform.dialect.no_garage_segment.clone(),
        bounds: Bounds {
            max_rows: config.store.max_rows,
            max_bytes: i64::try_from(config.store.max_bytes).unwrap_or(i64::MAX),
            min_free_disk: config.store.min_free_disk,
        },
        when_it_fails: config.store.when_it_fails,
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
        fire_alarm: config.fire_alarm.as_ref().map(contact),
        merchants: config.merchants.iter().map(|one| one.merchant.clone()).collect(),
        tariff: tariff_of(config.tariff.as_ref(), &config.lot.time_zone),
        repeat_window: config.lot.repeat_window,
        waiting_for: config.lot.waiting_for,
        min_confidence: config.lot.min_confidence,
        plate_match: config.lot.plate_match,
        no_entry: config.lot.no_entry,
        gone_after: config.lot.gone_after,
        congested_after: config.lot.congested_after,
        badly_congested_after: config.lot.badly_congested_after,
        eid_equipped: config.lot.eid_equipped,
        share_order_id: config.platform.dialect.share_order_id,
        counts_every: config.lot.counts_every,
        equipment_id: gateway_equipment(config),
        time_zone: config.lot.time_zone.clone(),
        events: config.platform.dialect.events.clone(),
        lengths: lengths(config),
        money_style: config.platform.dialect.money,
        unknown_lease: config.platform.dialect.unknown_lease,
        on_free: config.lot.on_free,
        list_cameras: config
            .devices
            .iter()
            .filter(|device| device.driver.keeps_list())
            .map(|device| device.id.clone())
            .collect(),
        camera_identities: config
            .devices
            .iter()
            .filter(|device| device.driver.keeps_list())
            .filter_map(|device| Some((device.id.clone(), device.driver.camera()?.identity())))
            .collect(),
        visitor_spaces: config.lot.visitor_spaces,
        report_platform_payments: config.platform.dialect.report_platform_payments,
    };
    // Every car asks; the spaces are counted once.
    rules.visitor_spaces = Some(rules.spaces_for_visitors());
    Ok(rules)
}

/// What of it the booth's software is shown.
pub fn shown(config: &Config) -> LotView {
    let (lanes, shops) = (config.lanes.iter(), config.merchants.iter());
    LotView {
        time_zone: config.lot.time_zone.clone(),
        lanes: lanes.map(|lane| (lane.id.to_string(), lane.name.clone())).collect(),
        classes: config
            .tariff
            .iter()
            .flat_map(|tariff| &tariff.classes)
            .map(|class| class.name.clone())
            .collect(),
        token: config.web.as_ref().and_then(|web| web.token.clone()),
        names: config.web.iter().flat_map(|web| web.names.iter().cloned()).collect(),
        images: Arc::from(config.store.images.as_path()),
        shops: shops.map(|shop| (shop.token.clone(), shop.merchant.clone())).collect(),
    }
}

fn lane(lane: &crate::config::LaneConfig) -> Lane {
    Lane {
        id: lane.id.clone(),
        name: lane.name.clone(),
        gate: lane.gate.clone(),
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
            repeat: place.repeat,
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

fn garage(garage: &crate::config::GarageConfig) -> Garage {
    let plc = garage.plc.as_ref().and_then(|plc| {
        let mission = plc.mission.as_ref()?;
        Some(GaragePlc {
            device_id: plc.device.clone(),
            takes_space: mission.space.is_some(),
            store_takes: mission.store_takes,
            retrieve_takes: mission.retrieve_takes,
        })
    });
    let figures = garage.plc.as_ref();
    let is_read = |figure: &Figure| matches!(figure, Figure::Read(_));
    Garage {
        garage_code: garage.garage_code.clone(),
        passages: garage.passages.clone(),
        total_spaces: garage.total_spaces,
        watched: figures.is_some(),
        totals_given: figures.is_some_and(|plc| plc.totals_given),
        // A number that never changes says nothing of what is free.
        available_given: figures
            .is_some_and(|plc| is_read(&plc.available_large) || is_read(&plc.available_small)),
        plc,
    }
}

/// The sections that differ and take effect at a start only.
pub fn only_at_start(before: &Config, after: &Config) -> Vec<&'static str> {
    [
        ("[platform]", ways(before) != ways(after)),
        ("[store]", before.store != after.store),
        ("[web] listen", served_at(before) != served_at(after)),
        ("[log] format, lang", lines(before) != lines(after)),
        ("[[mqtt]]", before.mqtt != after.mqtt),
        ("[[http_push]]", before.http_push != after.http_push),
        ("[[serial]] [[modbus_tcp]]", before.buses != after.buses),
        ("[[device]]", drivers(before) != drivers(after)),
        ("[[garage]]", before.garages != after.garages),
        ("[[space]] sensor", sensors(before) != sensors(after)),
    ]
    .into_iter()
    .filter_map(|(section, differs)| differs.then_some(section))
    .collect()
}

/// How the platform is spoken with; what the rules read of its dialect changes at once.
fn ways(config: &Config) -> PlatformConfig {
    let mut platform = config.platform.clone();
    let dialect = &mut platform.dialect;
    dialect.events = EventCodes::default();
    dialect.share_order_id = ShareOrderIdStyle::default();
    dialect.report_platform_payments = true;
    dialect.unknown_lease = UnknownLease::default();
    dialect.no_garage_segment = None;
    platform
}

/// Where the booth's software is served; what it shows and calls us changes at once.
fn served_at(config: &Config) -> Option<SocketAddr> {
    config.web.as_ref().map(|web| web.listen)
}

/// How log lines look; their level changes at once.
fn lines(config: &Config) -> (LogFormat, Option<Lang>) {
    (config.log.format, config.log.lang)
}

/// What drivers are started with; what is only filed (3003) changes at once.
fn drivers(config: &Config) -> Vec<(&Id, &str, &Driver, Duration)> {
    let heard = config.devices.iter().filter(|device| device.driver.is_heard());
    heard.map(|one| (&one.id, one.name.as_str(), &one.driver, one.offline_after)).collect()
}

/// Table 10's `state` of a space that can be parked in.
const IN_USE: i64 = 1;

/// What drivers are given of spaces at their start.
fn sensors(config: &Config) -> Vec<&Option<Sensor>> {
    config.spaces.iter().map(|space| &space.sensor).collect()
}

fn space(config: &Config, space: &crate::config::SpaceConfig) -> Space {
    let attributes = space.space_info.attributes();
    let text = |name: &str| attributes.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| attributes.get(name).and_then(Value::as_i64);
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
        out_of_use: number("state").is_some_and(|state| state != IN_USE),
        sensor: space.sensor.as_ref().map(Sensor::name),
        plc_number: space.plc_number,
        bluetooth_address: space.bluetooth_address.clone(),
    }
}

/// Table 27 demands an equipment even for events of none: the configured one, else the gateway that is filed
/// (table 9's type 4000), else the first device (ambiguity 74).
fn gateway_equipment(config: &Config) -> Id {
    let is_gateway = |device: &&Device| {
        let kind = device.equipment.get("equipmentType").and_then(Value::as_str);
        kind == Some(equipment::GATEWAY)
    };
    let gateway = config.devices.iter().find(is_gateway);
    let filed = || gateway.or(config.devices.first()).map(|device| device.id.clone());
    config.lot.equipment_id.clone().or_else(filed).unwrap_or_else(|| "0".repeat(32).into())
}

/// The platform's lengths; one that takes a share's id whole takes it as long as table 79 has it.
fn lengths(config: &Config) -> Lengths {
    let dialect = &config.platform.dialect;
    let mut lengths = dialect.lengths.clone();
    if dialect.share_order_id == ShareOrderIdStyle::Whole {
        lengths.set("shareOrderId", 32);
    }
    lengths
}
