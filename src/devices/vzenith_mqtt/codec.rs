//! The messages of Vzenith R/C/T cameras, bytes ⇄ meaning. Pure.
//!
//! Up: `ivs_result` and `quick_ivs_result` (a plate), `keep_alive`; down: `gpio_out` and its reply.

use crate::devices::pictures::Picture;
use crate::lot::event::ImageShows;
use crate::standard::plate::PlateNo;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// A message of a camera, as far as it concerns us.
#[derive(Debug, Clone, PartialEq)]
pub enum CameraMessage {
    /// A plate was recognised.
    Plate(Box<Plate>),
    /// The camera lives; its clock says this.
    KeepAlive(Option<Timestamp>),
    /// A command of ours was answered.
    Reply {
        /// The command's id.
        id: String,
        /// 200 is success.
        code: i64,
    },
    /// Something that is no passage and needs nothing.
    Other,
}

/// A recognised plate.
#[derive(Debug, Clone, PartialEq)]
pub struct Plate {
    /// What makes this message itself and no other.
    pub identity: String,
    /// The plate, if the car shows one.
    pub plate: Option<PlateNo>,
    /// Its colour as the standard writes it.
    pub plate_color: Option<String>,
    /// The vehicle's size as far as its plate tells, table 11's `carModel`.
    pub car_model: Option<i64>,
    /// Set when it was recognised while the broker was away: when.
    pub offline: Option<Timestamp>,
    /// When the camera sent it, by its own clock.
    pub sent: Option<Timestamp>,
    /// The camera takes the plate for a forged one.
    pub fake: bool,
    /// The pictures it took.
    pub pictures: Vec<(ImageShows, Picture)>,
}

/// Why a message could not be understood.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Not JSON, or not of the documented shape.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A plate text that is no plate.
    #[error("{0}")]
    Plate(#[from] crate::standard::plate::BadPlate),
}

#[derive(Deserialize)]
struct Envelope<P> {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    timestamp: Value,
    payload: Option<P>,
    code: Option<Value>,
}

#[derive(Deserialize)]
struct PlatePayload {
    #[serde(rename = "AlarmInfoPlate")]
    alarm: AlarmInfoPlate,
}

#[derive(Deserialize)]
struct AlarmInfoPlate {
    result: AlarmResult,
}

#[derive(Deserialize)]
struct AlarmResult {
    #[serde(rename = "PlateResult")]
    plate: PlateResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct PlateResult {
    license: String,
    color_type: Value,
    trigger_type: Value,
    isoffline: Value,
    plateid: Value,
    #[serde(rename = "unique_id")]
    unique_id: Value,
    #[serde(rename = "record_uuid")]
    record_uuid: Value,
    #[serde(rename = "start_time")]
    start_time: Value,
    time_stamp: TimeStamp,
    #[serde(rename = "full_image_content")]
    full_image: String,
    #[serde(rename = "small_image_content")]
    small_image: String,
    #[serde(rename = "is_fake_plate")]
    is_fake_plate: Value,
    image_path: String,
    image_fragment_path: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct TimeStamp {
    #[serde(rename = "Timeval")]
    timeval: Timeval,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Timeval {
    sec: Value,
    usec: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct KeepAlivePayload {
    body: KeepAliveBody,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct KeepAliveBody {
    timestamp: Value,
}

/// Triggers that are no passages: stays, left after staying, turned back.
const NO_PASSAGE: [i64; 3] = [64, 65, 66];

/// Reads a message whose topic ended in `name` (e.g. `up/ivs_result`, `down/gpio_out/reply`).
pub fn decode(name: &str, payload: &[u8]) -> Result<CameraMessage, CodecError> {
    match name {
        "up/ivs_result" | "up/quick_ivs_result" => plate(name, payload),
        "up/keep_alive" => {
            let envelope: Envelope<KeepAlivePayload> = serde_json::from_slice(payload)?;
            let body = envelope.payload.map(|payload| payload.body.timestamp);
            let sent = moment(&envelope.timestamp).or_else(|| moment(&body?));
            Ok(CameraMessage::KeepAlive(sent))
        }
        _ if name.starts_with("down/") && name.ends_with("/reply") => {
            let envelope: Envelope<Value> = serde_json::from_slice(payload)?;
            let code = envelope.code.as_ref().and_then(number).unwrap_or_default();
            Ok(CameraMessage::Reply { id: word(&envelope.id), code })
        }
        _ => Ok(CameraMessage::Other),
    }
}

fn plate(name: &str, payload: &[u8]) -> Result<CameraMessage, CodecError> {
    let envelope: Envelope<PlatePayload> = serde_json::from_slice(payload)?;
    let Some(payload) = envelope.payload else {
        return Ok(CameraMessage::Other);
    };
    let result = payload.alarm.result.plate;
    if number(&result.trigger_type).is_some_and(|trigger| NO_PASSAGE.contains(&trigger)) {
        return Ok(CameraMessage::Other);
    }
    let sent = moment(&envelope.timestamp);
    let taken = moment(&result.time_stamp.timeval.sec);
    let offline = number(&result.isoffline) == Some(1);
    let color = number(&result.color_type).and_then(color);
    Ok(CameraMessage::Plate(Box::new(Plate {
        identity: identity(name, &envelope.id, &envelope.timestamp, &result),
        plate: license(&result.license)?,
        plate_color: color.map(|(name, _)| name.to_owned()),
        car_model: color.and_then(|(_, model)| model),
        offline: if offline { taken.or(sent) } else { None },
        sent,
        fake: number(&result.is_fake_plate) == Some(1),
        pictures: pictures(&result),
    })))
}

/// Pictures inside the message, else where to fetch them.
fn pictures(result: &PlateResult) -> Vec<(ImageShows, Picture)> {
    let picture = |content: &str, path: &str| {
        let bytes = STANDARD.decode(content.trim()).ok().filter(|bytes| !bytes.is_empty());
        bytes.map(Picture::Bytes).or_else(|| address(path).map(Picture::Address))
    };
    let plate = picture(&result.small_image, &result.image_fragment_path);
    let vehicle = picture(&result.full_image, &result.image_path);
    let shown = [(ImageShows::Plate, plate), (ImageShows::Vehicle, vehicle)];
    shown.into_iter().filter_map(|(shows, picture)| Some((shows, picture?))).collect()
}

/// Base64 of an address, or the address itself; paths on the camera's own card are of no use here.
fn address(path: &str) -> Option<String> {
    let decoded = STANDARD.decode(path.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = decoded.as_deref().unwrap_or(path).trim_matches(['\0', ' ']);
    text.starts_with("http://").then(|| text.to_owned())
}

/// Newer firmware names each recognition; with older firmware everything that counts up together does.
fn identity(name: &str, id: &Value, timestamp: &Value, result: &PlateResult) -> String {
    let unique = [&result.record_uuid, &result.unique_id].map(word);
    if let Some(unique) = unique.iter().find(|unique| !unique.is_empty()) {
        return format!("{name}:{unique}");
    }
    let timeval = &result.time_stamp.timeval;
    let parts = [id, timestamp, &result.plateid, &result.start_time, &timeval.sec, &timeval.usec];
    let parts: Vec<_> = parts.into_iter().map(word).collect();
    format!("{name}:{}:{}", parts.join(":"), result.license)
}

/// Base64 of UTF-8 with NUL padding, or plain text; `_无_` and nothing mean no plate.
fn license(text: &str) -> Result<Option<PlateNo>, CodecError> {
    let decoded = STANDARD.decode(text.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.filter(|plain| {
        let plain = plain.trim_end_matches('\0');
        !plain.is_empty() && !plain.chars().any(char::is_control)
    });
    let plain = decoded.as_deref().unwrap_or(text).trim_matches(['\0', ' ']);
    if plain.is_empty() || plain.trim_matches('_') == "无" {
        return Ok(None);
    }
    Ok(Some(plain.parse()?))
}

/// `colorType`: the standard's word, and the vehicle's size where the colour tells it.
fn color(color_type: i64) -> Option<(&'static str, Option<i64>)> {
    const LARGE: Option<i64> = Some(1);
    const SMALL: Option<i64> = Some(3);
    match color_type {
        1 => Some(("蓝色", SMALL)),
        2 => Some(("黄色", LARGE)),
        3 => Some(("白色", None)),
        4 => Some(("黑色", None)),
        5 => Some(("绿色", SMALL)),
        6 => Some(("黄绿色", LARGE)),
        _ => None,
    }
}

fn number(value: &Value) -> Option<i64> {
    crate::standard::lenient::int(value)
}

fn word(value: &Value) -> String {
    crate::standard::lenient::text(value).unwrap_or_default().to_owned()
}

fn moment(value: &Value) -> Option<Timestamp> {
    let seconds = crate::standard::datetime::timestamp_seconds(number(value)?);
    Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)
}

/// The command that pulses relay `output` for `pulse`.
pub fn open_barrier(id: &str, sn: &str, now: Timestamp, output: u8, pulse: Duration) -> String {
    let delay = u64::try_from(pulse.as_millis()).unwrap_or(500);
    json!({
        "id": id,
        "sn": sn,
        "name": "gpio_out",
        "version": "1.0",
        "timestamp": now.as_second(),
        "payload": { "type": "gpio_out", "body": { "io": output, "value": 2, "delay": delay } },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(license: &str, extra: &Value) -> Plate {
        let mut result = json!({
            "license": license, "colorType": 1, "plateid": 7, "triggerType": 8,
            "timeStamp": { "Timeval": { "sec": 1_784_098_000, "usec": 5 } },
        });
        for (key, value) in extra.as_object().unwrap() {
            result[key] = value.clone();
        }
        let message = json!({
            "id": "q1", "sn": "s", "name": "ivs_result", "version": "1.0", "timestamp": 1_784_098_020,
            "payload": { "AlarmInfoPlate": { "channel": 0, "result": { "PlateResult": result } } },
        });
        match decode("up/ivs_result", message.to_string().as_bytes()).unwrap() {
            CameraMessage::Plate(plate) => *plate,
            other => panic!("{other:?}"),
        }
    }

    fn shown(license: &str) -> Option<String> {
        read(license, &json!({})).plate.map(|plate| plate.to_string())
    }

    #[test]
    fn a_plate_is_read_from_base64_with_padding_and_from_plain_text() {
        assert_eq!(shown(&STANDARD.encode("粤B12345")).as_deref(), Some("粤B12345"));
        assert_eq!(shown(&STANDARD.encode("粤B12345\0\0\0\0")).as_deref(), Some("粤B12345"));
        assert_eq!(shown("粤B12345").as_deref(), Some("粤B12345"));
        assert_eq!(shown("AB123456").as_deref(), Some("AB123456"));
    }

    #[test]
    fn a_car_without_a_plate_is_a_read_without_a_plate() {
        assert_eq!(shown(&STANDARD.encode("_无_")), None);
        assert_eq!(shown("_无_"), None);
        assert_eq!(shown(""), None);
    }

    #[test]
    fn a_read_sent_late_carries_its_own_time() {
        assert_eq!(read("粤B12345", &json!({})).offline, None);
        let late = read("粤B12345", &json!({ "isoffline": 1 })).offline;
        assert_eq!(late, Some(Timestamp::from_second(1_784_098_000).unwrap()));
    }

    #[test]
    fn staying_and_turning_back_are_no_passages() {
        for trigger in NO_PASSAGE {
            let message = json!({ "payload": { "AlarmInfoPlate": { "result": { "PlateResult":
                { "license": "粤B12345", "triggerType": trigger } } } } });
            let decoded = decode("up/ivs_result", message.to_string().as_bytes()).unwrap();
            assert_eq!(decoded, CameraMessage::Other);
        }
    }

    #[test]
    fn messages_differ_by_the_cameras_own_names_for_them() {
        let first = read("粤B12345", &json!({}));
        assert_eq!(first.identity, read("粤B12345", &json!({})).identity);
        assert_ne!(first.identity, read("粤B12345", &json!({ "plateid": 8 })).identity);
        let named = read("粤B12345", &json!({ "unique_id": "u-1" }));
        assert_eq!(
            named.identity,
            read("粤B12345", &json!({ "unique_id": "u-1", "plateid": 9 })).identity
        );
    }

    #[test]
    fn the_open_command_is_the_one_proven_on_hardware() {
        let now = Timestamp::from_second(1_784_098_020).unwrap();
        let sent: Value = serde_json::from_str(&open_barrier(
            "k2",
            "917e2298-8ddf3e46",
            now,
            0,
            Duration::from_millis(500),
        ))
        .unwrap();
        let documented = json!({"id":"k2","sn":"917e2298-8ddf3e46","name":"gpio_out","version":"1.0",
            "timestamp":1_784_098_020,"payload":{"type":"gpio_out","body":{"io":0,"value":2,"delay":500}}});
        assert_eq!(sent, documented);
    }

    #[test]
    fn pictures_come_inside_the_message_or_as_an_address() {
        let jpeg = STANDARD.encode(b"\xff\xd8jpeg");
        let inside = read("粤B12345", &json!({ "small_image_content": jpeg }));
        assert_eq!(
            inside.pictures,
            [(ImageShows::Plate, Picture::Bytes(b"\xff\xd8jpeg".to_vec()))]
        );
        let path = STANDARD.encode("http://192.168.1.9/a.jpg");
        let fetched =
            read("粤B12345", &json!({ "imagePath": path, "imageFragmentPath": "/mnt/b" }));
        let address = Picture::Address("http://192.168.1.9/a.jpg".to_owned());
        assert_eq!(fetched.pictures, [(ImageShows::Vehicle, address)]);
    }

    #[test]
    fn a_reply_names_its_command() {
        let reply =
            decode("down/gpio_out/reply", br#"{"code":200,"id":"k2","name":"gpio_out"}"#).unwrap();
        assert_eq!(reply, CameraMessage::Reply { id: "k2".to_owned(), code: 200 });
    }

    proptest! {
        #[test]
        fn hostile_payloads_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,40}") {
            for name in ["up/ivs_result", "up/keep_alive", "down/gpio_out/reply", "up/new"] {
                let _ = decode(name, &bytes);
            }
            let _ = license(&text);
        }
    }
}
