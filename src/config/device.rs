//! `[[device]]`: the lot's hardware, each with the keys of its driver.

use super::reader::{Section, nearest};
use super::system::Mqtt;
use crate::lang::Problem;
use crate::standard::id::Id;
use crate::standard::tables::entities::EQUIPMENT;
use jiff::SignedDuration;
use serde_json::{Map, Value};
use std::time::Duration;

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
