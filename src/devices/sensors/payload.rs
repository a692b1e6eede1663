//! What parking sensors send over LoRaWAN, bytes ⇄ meaning. Pure.

use crate::config::SensorCodec;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// An uplink of a sensor, as ChirpStack v4 publishes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Uplink {
    /// The sensor's EUI, lower-case.
    pub dev_eui: String,
    /// When the network heard it.
    pub time: Option<Timestamp>,
    /// Whether somebody stands there; none when it says nothing of it.
    pub occupied: Option<bool>,
}

/// A status of a sensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The sensor's EUI, lower-case.
    pub dev_eui: String,
    /// Percent; none when it is not known or it has no battery.
    pub battery: Option<i64>,
}

/// Why an event could not be understood.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// Not ChirpStack's JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// `data` is not base64.
    #[error("data: {0}")]
    Base64(#[from] base64::DecodeError),
    /// The codec does not know such bytes.
    #[error("fPort {port}, {length} bytes: not what this sensor sends; check `codec`")]
    Unknown {
        /// `fPort`
        port: u8,
        /// How many bytes.
        length: usize,
    },
    /// The network server has not decoded it as configured.
    #[error(
        "object has no {0}; set a codec for the device profile in ChirpStack, or check `occupied`"
    )]
    NoObject(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    device_info: DeviceInfo,
    time: Option<String>,
    #[serde(default)]
    f_port: u8,
    #[serde(default)]
    data: String,
    #[serde(default)]
    object: Value,
    battery_level: Option<f64>,
    #[serde(default)]
    battery_level_unavailable: bool,
    #[serde(default)]
    external_power_source: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeviceInfo {
    dev_eui: String,
}

/// Reads an `up` event.
pub fn uplink(codec: &SensorCodec, payload: &[u8]) -> Result<Uplink, PayloadError> {
    let event: Event = serde_json::from_slice(payload)?;
    let occupied = match codec {
        SensorCodec::BoschTps110 => bosch_tps110(event.f_port, &STANDARD.decode(&event.data)?)?,
        SensorCodec::NwaveNps405 => nwave_nps405(event.f_port, &STANDARD.decode(&event.data)?)?,
        SensorCodec::Object { occupied, when } => object(&event.object, occupied, when)?,
    };
    let time = event.time.and_then(|time| time.parse().ok());
    Ok(Uplink { dev_eui: event.device_info.dev_eui.to_ascii_lowercase(), time, occupied })
}

/// Reads a `status` event.
pub fn status(payload: &[u8]) -> Result<Status, PayloadError> {
    let event: Event = serde_json::from_slice(payload)?;
    #[allow(clippy::cast_possible_truncation, reason = "a percentage")]
    let battery = event.battery_level.map(|percent| percent as i64);
    let known = !event.battery_level_unavailable && !event.external_power_source;
    let dev_eui = event.device_info.dev_eui.to_ascii_lowercase();
    Ok(Status { dev_eui, battery: battery.filter(|_| known) })
}

/// Bosch TPS110: port 1 a change, 2 the daily heartbeat, 3 start-up, 4 debug codes.
fn bosch_tps110(port: u8, data: &[u8]) -> Result<Option<bool>, PayloadError> {
    match (port, data) {
        (1 | 2, [state, ..]) => Ok(Some(state & 1 == 1)),
        (3, data) if data.len() >= 17 => Ok(data.get(16).map(|state| state & 1 == 1)),
        (4, _) => Ok(None),
        _ => Err(PayloadError::Unknown { port, length: data.len() }),
    }
}

/// Nwave NPS405: port 1 a change, 2 the heartbeat, 3 start-up, 6 debug, 10 a driver's tag.
fn nwave_nps405(port: u8, data: &[u8]) -> Result<Option<bool>, PayloadError> {
    match (port, data) {
        (1 | 2, [state, ..]) => Ok(Some(state >> 7 == 1)),
        (3, [_, _, _, _, state, ..]) => Ok(Some(state & 1 == 1)),
        // A tag was read; without the top bit it says nothing of the space.
        (10, [state, ..]) => Ok((state >> 7 == 1).then_some(true)),
        (6, _) => Ok(None),
        _ => Err(PayloadError::Unknown { port, length: data.len() }),
    }
}

fn object(object: &Value, pointer: &str, when: &[String]) -> Result<Option<bool>, PayloadError> {
    let value = match object.pointer(pointer) {
        // Heartbeats may be decoded into something else altogether.
        None if object.is_object() => return Ok(None),
        None => return Err(PayloadError::NoObject(pointer.to_owned())),
        Some(value) => value,
    };
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    Ok(Some(when.contains(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn event(port: u8, data: &[u8]) -> Vec<u8> {
        json!({
            "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
            "time": "2026-07-18T09:34:15.775023242+00:00",
            "deviceInfo": { "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97",
                            "deviceName": "A001", "devEui": "0101010101010101", "tags": {} },
            "devAddr": "00189440", "dr": 1, "fCnt": 4, "fPort": port, "confirmed": false,
            "data": STANDARD.encode(data), "rxInfo": [], "txInfo": {},
        })
        .to_string()
        .into_bytes()
    }

    fn occupied(codec: &SensorCodec, port: u8, data: &[u8]) -> Option<bool> {
        uplink(codec, &event(port, data)).unwrap().occupied
    }

    #[test]
    fn bosch_sensors_tell_changes_heartbeats_and_starts() {
        let bosch = SensorCodec::BoschTps110;
        assert_eq!(occupied(&bosch, 1, &[1]), Some(true));
        assert_eq!(occupied(&bosch, 1, &[0, 0xF6]), Some(false));
        assert_eq!(occupied(&bosch, 2, &[1, 23]), Some(true));
        let mut start = [0; 17];
        assert_eq!(occupied(&bosch, 3, &start), Some(false));
        start[16] = 1;
        assert_eq!(occupied(&bosch, 3, &start), Some(true));
        assert_eq!(occupied(&bosch, 4, &[201]), None);
        assert!(uplink(&bosch, &event(9, &[1])).is_err());
        assert!(uplink(&bosch, &event(1, &[])).is_err());
    }

    #[test]
    fn nwave_sensors_have_the_state_in_the_top_bit() {
        let nwave = SensorCodec::NwaveNps405;
        assert_eq!(occupied(&nwave, 1, &[0x85]), Some(true));
        assert_eq!(occupied(&nwave, 1, &[0x05]), Some(false));
        assert_eq!(occupied(&nwave, 2, &[0x80, 200, 10]), Some(true));
        assert_eq!(occupied(&nwave, 3, &[1, 2, 3, 2, 0]), Some(false));
        assert_eq!(occupied(&nwave, 10, &[0, 1, 2, 3, 4]), None);
    }

    #[test]
    fn what_the_network_server_decoded_is_read_where_it_is_pointed_at() {
        let codec = SensorCodec::Object {
            occupied: "/parking/state".to_owned(),
            when: vec!["BUSY".to_owned(), "true".to_owned()],
        };
        let decoded = |state: Value| {
            let mut event: Value = serde_json::from_slice(&event(5, &[])).unwrap();
            event["object"] = json!({ "parking": { "state": state } });
            uplink(&codec, event.to_string().as_bytes()).unwrap().occupied
        };
        assert_eq!(decoded(json!("BUSY")), Some(true));
        assert_eq!(decoded(json!(true)), Some(true));
        assert_eq!(decoded(json!("FREE")), Some(false));
        assert!(uplink(&codec, &event(5, &[])).is_err());
    }

    #[test]
    fn a_status_tells_the_battery() {
        let status = |extra: Value| {
            let mut event = json!({ "deviceInfo": { "devEui": "0101010101010101" }, "margin": 8 });
            event.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            super::status(event.to_string().as_bytes()).unwrap().battery
        };
        assert_eq!(status(json!({ "batteryLevel": 85.43 })), Some(85));
        assert_eq!(status(json!({ "batteryLevel": 0.0, "externalPowerSource": true })), None);
        assert_eq!(status(json!({ "batteryLevel": 0.0, "batteryLevelUnavailable": true })), None);
    }

    proptest! {
        #[test]
        fn any_bytes_of_a_sensor_are_a_state_or_an_error(port: u8, data in prop::collection::vec(any::<u8>(), 0..30), raw in prop::collection::vec(any::<u8>(), 0..100)) {
            for codec in [SensorCodec::BoschTps110, SensorCodec::NwaveNps405] {
                let _ = uplink(&codec, &event(port, &data));
                let _ = uplink(&codec, &raw);
            }
            let _ = status(&raw);
        }
    }
}
