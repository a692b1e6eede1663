//! What parking sensors send over LoRaWAN, bytes ⇄ meaning. Pure.

use crate::config::SensorCodec;
use crate::foreign::{json, moment, number, state::StateWords, text};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

/// Base64 with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An uplink of a sensor, as ChirpStack v4 publishes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Uplink {
    /// The sensor's EUI, lower-case.
    pub dev_eui: String,
    /// When the network heard it.
    pub time: Option<Timestamp>,
    /// What it says of the space.
    pub says: Says,
}

/// What an uplink says of its space.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// Nobody stands there.
    Free,
    /// Somebody does.
    Occupied,
    /// Something that means neither: its print.
    Unknown(String),
    /// Nothing: a join, a heartbeat, MAC commands alone.
    Nothing,
    /// It was decoded, and nothing stands where `occupied` points.
    Elsewhere(Value),
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
    /// No text at all.
    #[error("{0}")]
    NoText(#[from] text::NoText),
    /// It names no sensor.
    #[error("no deviceInfo.devEui in it")]
    NoSensor,
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

/// Longer prints are cut.
const SHOWN: usize = 60;

/// An event, however its network server prints it.
fn event(payload: &[u8]) -> Result<Value, PayloadError> {
    Ok(json::of_device(&text::of_bytes(payload, None)?)?)
}

/// The EUI that an event is of: hexadecimal, lower-case, nothing between its digits.
fn dev_eui(event: &Value) -> Result<String, PayloadError> {
    let eui = event.pointer("/deviceInfo/devEui").and_then(Value::as_str);
    let eui: String = eui.unwrap_or_default().chars().filter(char::is_ascii_hexdigit).collect();
    if eui.is_empty() { Err(PayloadError::NoSensor) } else { Ok(eui.to_ascii_lowercase()) }
}

/// Whose an event is, as far as it says so.
pub fn sender(payload: &[u8]) -> Option<String> {
    dev_eui(&event(payload).ok()?).ok()
}

/// Reads an `up` event, by the clock of the lot's `zone`.
pub fn uplink(
    codec: &SensorCodec,
    payload: &[u8],
    zone: &TimeZone,
) -> Result<Uplink, PayloadError> {
    let event = event(payload)?;
    let dev_eui = dev_eui(&event)?;
    let time = event.get("time").and_then(moment::of_value);
    let time = time.and_then(|said| said.exact(zone));
    let data = event.get("data").and_then(Value::as_str).unwrap_or_default().trim();
    let port = event.get("fPort").and_then(number::whole);
    let port = port.and_then(|port| u8::try_from(port).ok()).unwrap_or_default();
    let says = match codec {
        SensorCodec::Object { occupied, words } => {
            object(event.get("object").unwrap_or(&Value::Null), occupied, words, data.is_empty())?
        }
        // It lives, and has nothing to say.
        _ if data.is_empty() => Says::Nothing,
        SensorCodec::BoschTps110 => bosch_tps110(port, &BASE64.decode(data)?)?,
        SensorCodec::NwaveNps405 => says(nwave_nps405(port, &BASE64.decode(data)?)?),
    };
    Ok(Uplink { dev_eui, time, says })
}

/// Reads a `status` event.
pub fn status(payload: &[u8]) -> Result<Status, PayloadError> {
    let event = event(payload)?;
    let is = |key: &str| event.get(key).and_then(number::yes) == Some(true);
    let percent = event.get("batteryLevel").and_then(number::text).and_then(number::decimal);
    let battery = percent.and_then(|percent| i64::try_from(percent.trunc()).ok());
    let known = !is("batteryLevelUnavailable") && !is("externalPowerSource");
    Ok(Status { dev_eui: dev_eui(&event)?, battery: battery.filter(|_| known) })
}

fn says(occupied: Option<bool>) -> Says {
    match occupied {
        Some(true) => Says::Occupied,
        Some(false) => Says::Free,
        None => Says::Nothing,
    }
}

/// Bosch TPS110: port 1 a change, 2 the daily heartbeat, 3 start-up, 4 debug codes.
fn bosch_tps110(port: u8, data: &[u8]) -> Result<Says, PayloadError> {
    let state = match (port, data) {
        (1 | 2, [state, ..]) => state,
        (3, [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, state, ..]) => state,
        (4, _) => return Ok(Says::Nothing),
        _ => return Err(PayloadError::Unknown { port, length: data.len() }),
    };
    Ok(match state {
        0 => Says::Free,
        1 => Says::Occupied,
        other => Says::Unknown(format!("0x{other:02x}")),
    })
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

fn object(
    object: &Value,
    pointer: &str,
    words: &StateWords,
    is_bare: bool,
) -> Result<Says, PayloadError> {
    match object.pointer(pointer) {
        Some(value) => Ok(words.read(value).map_or_else(
            || Says::Unknown(value.to_string().chars().take(SHOWN).collect()),
            |occupied| says(Some(occupied)),
        )),
        // Heartbeats may be decoded into something else altogether.
        None if object.is_object() => Ok(Says::Elsewhere(object.clone())),
        None if is_bare => Ok(Says::Nothing),
        None => Err(PayloadError::NoObject(pointer.to_owned())),
    }
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
            "data": BASE64.encode(data), "rxInfo": [], "txInfo": {},
        })
        .to_string()
        .into_bytes()
    }

    fn occupied(codec: &SensorCodec, port: u8, data: &[u8]) -> Option<bool> {
        of(&uplink(codec, &event(port, data)).unwrap().says)
    }

    fn of(says: &Says) -> Option<bool> {
        match says {
            Says::Occupied => Some(true),
            Says::Free => Some(false),
            Says::Nothing | Says::Unknown(_) | Says::Elsewhere(_) => None,
        }
    }

    fn uplink(codec: &SensorCodec, payload: &[u8]) -> Result<Uplink, PayloadError> {
        super::uplink(codec, payload, &TimeZone::fixed(jiff::tz::offset(8)))
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
        for (port, state, shown) in [(1, 0x02, "0x02"), (2, 0x80, "0x80"), (1, 0x03, "0x03")] {
            let says = uplink(&bosch, &event(port, &[state])).unwrap().says;
            assert_eq!(says, Says::Unknown(shown.to_owned()));
        }
        assert!(uplink(&bosch, &event(9, &[1])).is_err());
        assert_eq!(uplink(&bosch, &event(1, &[])).unwrap().says, Says::Nothing);
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

    fn pointed(occupied_when: &[&str]) -> SensorCodec {
        let when: Vec<_> = occupied_when.iter().map(|word| (*word).to_owned()).collect();
        let words =
            StateWords::new(Some(&when).filter(|when| !when.is_empty()).map(Vec::as_slice), None);
        SensorCodec::Object { occupied: "/parking/state".to_owned(), words }
    }

    fn decoded(codec: &SensorCodec, object: Value) -> Result<Says, PayloadError> {
        let mut event: Value = serde_json::from_slice(&event(5, &[1])).unwrap();
        event["object"] = object;
        uplink(codec, event.to_string().as_bytes()).map(|uplink| uplink.says)
    }

    #[test]
    fn what_the_network_server_decoded_is_read_where_it_is_pointed_at_and_by_value() {
        let codec = pointed(&["BUSY", "true"]);
        let state = |codec: &SensorCodec, state: Value| {
            decoded(codec, json!({ "parking": { "state": state } })).unwrap()
        };
        assert_eq!(state(&codec, json!("BUSY")), Says::Occupied);
        assert_eq!(state(&codec, json!(true)), Says::Occupied);
        assert_eq!(state(&codec, json!("FREE")), Says::Free);
        let codec = pointed(&[]);
        for taken in [json!(1.0), json!("OCCUPIED"), json!("1.00"), json!(" taken"), json!("占用")]
        {
            assert_eq!(state(&codec, taken.clone()), Says::Occupied, "{taken}");
        }
        for (unknown, shown) in
            [(json!(null), "null"), (json!("fault"), "\"fault\""), (json!(2), "2")]
        {
            assert_eq!(state(&codec, unknown), Says::Unknown(shown.to_owned()));
        }
    }

    #[test]
    fn an_uplink_that_says_nothing_of_the_space_is_a_sign_of_life_and_no_error() {
        let codec = pointed(&[]);
        assert_eq!(
            decoded(&codec, json!({ "t": 21 })).unwrap(),
            Says::Elsewhere(json!({ "t": 21 }))
        );
        assert!(matches!(decoded(&codec, json!(null)), Err(PayloadError::NoObject(_))));
        let bare =
            json!({ "deviceInfo": { "devEui": "01-01-01-01-01-01-01-AB" }, "fCnt": 4 }).to_string();
        for codec in [pointed(&[]), SensorCodec::BoschTps110, SensorCodec::NwaveNps405] {
            let uplink = uplink(&codec, bare.as_bytes()).unwrap();
            assert_eq!((uplink.dev_eui.as_str(), uplink.says), ("01010101010101ab", Says::Nothing));
        }
        assert!(matches!(uplink(&codec, b"{}"), Err(PayloadError::NoSensor)));
    }

    #[test]
    fn an_uplink_means_the_same_however_its_server_prints_it() {
        let plain = uplink(&SensorCodec::BoschTps110, &event(1, &[1])).unwrap();
        let mut other: Value = serde_json::from_slice(&event(1, &[1])).unwrap();
        other["fPort"] = json!("1.0");
        other["data"] = json!("AQ");
        for time in ["2026-07-18T17:34:15.775023242+08:00", "2026-07-18 17:34:15.775023242"] {
            other["time"] = json!(time);
            let of = uplink(&SensorCodec::BoschTps110, other.to_string().as_bytes()).unwrap();
            assert_eq!(
                of.time.map(jiff::Timestamp::as_second),
                plain.time.map(jiff::Timestamp::as_second)
            );
        }
        other["time"] = json!("2026-07-18T17:34:15.775023242+08:00");
        let padded = [b"\xef\xbb\xbf".as_slice(), other.to_string().as_bytes(), b"\0\r\n"].concat();
        assert_eq!(uplink(&SensorCodec::BoschTps110, &padded).unwrap(), plain);
    }

    #[test]
    fn a_status_tells_the_battery() {
        let status = |extra: Value| {
            let mut event = json!({ "deviceInfo": { "devEui": "0101010101010101" }, "margin": 8 });
            event.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            super::status(event.to_string().as_bytes()).unwrap().battery
        };
        assert_eq!(status(json!({ "batteryLevel": 85.43 })), Some(85));
        assert_eq!(status(json!({ "batteryLevel": "14.90" })), Some(14));
        assert_eq!(status(json!({ "batteryLevel": "0", "externalPowerSource": "1" })), None);
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
