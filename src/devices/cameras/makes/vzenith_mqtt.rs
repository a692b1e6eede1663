//! Vzenith R/C/T plate cameras, bytes ⇄ meaning. Pure.
//!
//! Up: `ivs_result` and `quick_ivs_result` (a plate), `keep_alive`, `gpio_in`, `barr_gate_status`;
//! down: `gpio_out`, `set_io_lock_status`, `serial_data`, `set_time`, `snapshot` and their replies.

use super::codec::{
    self, CameraCodec, CameraCommand, CameraMessage, CodecError, Identity, Level, MessageNames,
    Now, Outgoing, Picture, Plate, moment, number, word,
};
use super::{Ability, Make, ReadKeys, text};
use crate::config::reader::Section;
use crate::model::camera_list::{ListChange, ListMode, ListedPlate};
use crate::model::event::{Heading, ImageShows};
use crate::standard::plate::PlateNo;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rumqttc::QoS;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The make.
pub static MAKE: Make = Make {
    name: "vzenith-mqtt",
    abilities: &[
        Ability::Outputs,
        Ability::Inputs,
        Ability::Serial,
        Ability::Clock,
        Ability::List,
        Ability::Beats,
    ],
    offline_after: SignedDuration::from_secs(30),
    read: ReadKeys::Mqtt(|section| Arc::new(Vzenith::read(section))),
};

/// One camera's language.
#[derive(Debug, PartialEq)]
pub struct Vzenith {
    sn: String,
    prefix: String,
    pulse: Duration,
    /// Some firmware takes what is put on its list as an array of one.
    list_in_array: bool,
}

impl Vzenith {
    /// The camera of that serial number, for which `{sn}` stands in what its topics begin with. Its relay
    /// closes for `pulse` to open the barrier, 500 to 5000 ms.
    pub fn new(sn: String, topic_prefix: &str, pulse: Duration) -> Self {
        let prefix = topic_prefix.replace("{sn}", &sn);
        Self { sn, prefix, pulse, list_in_array: false }
    }

    fn read(section: &Section<'_>) -> Self {
        let prefix = section.text("topic_prefix");
        let prefix = prefix.as_deref().unwrap_or("device/{sn}/message");
        let pulse = section.bounded("pulse", 500, 500, 5000);
        let forms = [("object", false), ("array", true)];
        let list_in_array = section.choice("white_list_form", &forms).unwrap_or(false);
        Self { list_in_array, ..Self::new(section.required_text("sn"), prefix, pulse) }
    }
}

impl CameraCodec for Vzenith {
    fn topics(&self) -> Vec<(String, QoS)> {
        // Reads must not be lost; everything else is stale by the time a broker could deliver it late,
        // and would only push reads out of the broker's queue.
        let topics = [
            ("up/ivs_result", QoS::AtLeastOnce),
            ("up/quick_ivs_result", QoS::AtLeastOnce),
            ("up/keep_alive", QoS::AtMostOnce),
            ("up/gpio_in", QoS::AtMostOnce),
            ("up/snapshot", QoS::AtMostOnce),
            ("down/+/reply", QoS::AtMostOnce),
        ];
        topics.map(|(name, qos)| (format!("{}/{name}", self.prefix), qos)).to_vec()
    }

    fn decode(
        &self,
        topic: &str,
        payload: &[u8],
        _time_zone: &TimeZone,
    ) -> Result<CameraMessage, CodecError> {
        decode(topic.strip_prefix(&self.prefix).unwrap_or(topic).trim_start_matches('/'), payload)
    }

    fn command(&self, id: &str, now: Now<'_>, command: &CameraCommand) -> Option<Outgoing> {
        let (name, body) = match command {
            CameraCommand::Pulse { output } => {
                let delay = u64::try_from(self.pulse.as_millis()).unwrap_or(500);
                ("gpio_out", json!({ "io": output, "value": 2, "delay": delay }))
            }
            CameraCommand::Hold { output, held } => {
                ("set_io_lock_status", json!({ "ioout": output, "status": u8::from(*held) }))
            }
            CameraCommand::Serial { channel, bytes } => {
                let one = json!({
                    "serialChannel": channel, "dataLen": bytes.len(), "data": STANDARD.encode(bytes),
                });
                ("serial_data", json!({ "interval": 50, "serialData": [one] }))
            }
            CameraCommand::SetTime => ("set_time", time(now)),
            CameraCommand::Snapshot => ("snapshot", json!({})),
            CameraCommand::Trigger => ("ivs_trigger", json!({})),
            CameraCommand::List(ListChange::Put(plate)) => {
                ("white_list_operator", self.put_on_list(now, plate))
            }
            CameraCommand::List(ListChange::Remove { plate_no }) => {
                ("white_list_operator", json!({ "operator_type": "delete", "plate": plate_no }))
            }
            CameraCommand::List(ListChange::AskMode) => ("get_wl_check_status", json!({})),
        };
        let payload = json!({
            "id": id,
            "sn": self.sn,
            "name": name,
            "version": "1.0",
            "timestamp": now.moment.as_second(),
            "payload": { "type": name, "body": body },
        });
        Some(Outgoing {
            topic: format!("{}/down/{name}", self.prefix),
            payload: payload.to_string(),
        })
    }
}

impl Vzenith {
    /// A plate for its list, for whole days and every hour of them, without an alarm.
    fn put_on_list(&self, now: Now<'_>, plate: &ListedPlate) -> Value {
        let local = |moment: Timestamp| {
            now.time_zone.to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S").to_string()
        };
        // The end it is given is the last second it opens in.
        let last = plate.until.checked_sub(SignedDuration::from_secs(1)).unwrap_or(plate.until);
        let record = json!({
            "plate": plate.plate_no,
            "enable": 1,
            "create_time": local(now.moment),
            "enable_time": local(plate.from),
            "overdue_time": local(last),
            "need_alarm": 0,
            "time_seg_enable": 0,
            "seg_time_start": "00:00:00",
            "seg_time_end": "00:00:00",
        });
        let record = if self.list_in_array { json!([record]) } else { record };
        json!({ "operator_type": "update_or_add", "dldb_rec": record })
    }
}

/// Its clock's own form: each part as text.
fn time(now: Now<'_>) -> Value {
    let local = now.time_zone.to_datetime(now.moment);
    let two = |part: i8| format!("{part:02}");
    json!({
        "year": local.year().to_string(), "month": two(local.month()), "day": two(local.day()),
        "hour": two(local.hour()), "min": two(local.minute()), "sec": two(local.second()),
    })
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
    #[serde(deserialize_with = "codec::lenient")]
    license: String,
    #[serde(deserialize_with = "codec::lenient")]
    plates: Vec<OtherPlate>,
    confidence: Value,
    direction: Value,
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
    #[serde(deserialize_with = "codec::lenient")]
    time_stamp: TimeStamp,
    #[serde(rename = "full_image_content", deserialize_with = "codec::lenient")]
    full_image: String,
    #[serde(rename = "small_image_content", deserialize_with = "codec::lenient")]
    small_image: String,
    #[serde(rename = "is_fake_plate")]
    is_fake_plate: Value,
    #[serde(rename = "is_encrypted")]
    is_encrypted: Value,
    #[serde(deserialize_with = "codec::lenient")]
    image_path: String,
    #[serde(deserialize_with = "codec::lenient")]
    image_fragment_path: String,
    #[serde(rename = "type")]
    kind: Value,
    car_color: Value,
    #[serde(rename = "car_brand")]
    car_brand: Value,
    gioouts: Value,
}

/// A plate on the same car.
#[derive(Deserialize, Default)]
#[serde(default)]
struct OtherPlate {
    #[serde(deserialize_with = "codec::lenient")]
    license: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct TimeStamp {
    #[serde(rename = "Timeval", deserialize_with = "codec::lenient")]
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

#[derive(Deserialize)]
struct InputPayload {
    body: InputBody,
}

#[derive(Deserialize)]
struct InputBody {
    #[serde(rename = "AlarmGioIn")]
    alarm: InputAlarm,
}

#[derive(Deserialize)]
struct InputAlarm {
    result: InputResult,
}

#[derive(Deserialize)]
struct InputResult {
    #[serde(rename = "TriggerResult")]
    trigger: Trigger,
}

#[derive(Deserialize)]
struct Trigger {
    source: Value,
    value: Value,
}

/// Triggers of a passage are the bits 1 (automatic), 2 (input), 4 (software), 8 (virtual loop). 64 and 65 are stays, and
/// what newer firmware adds (85, 86) nobody has said to be a passage.
pub(super) const PASSAGE: std::ops::RangeInclusive<i64> = 0..=15;
/// The one that says the car has gone back where it came from.
pub(super) const TURNED_BACK: i64 = 66;
/// What `ctrltype` says of an output that its own list has opened while nobody spoke with it.
const BY_ITS_LIST: i64 = 2;

/// No plate is longer than this; a text that is was not meant to be read.
const LONGEST_PLATE: usize = 15;
/// Why a plate is not read, for who has to switch that off.
pub(super) const IN_CIPHER: &str =
    "the plate is encrypted: switch plate encryption off in the camera";

/// Whether a plate is in cipher, by what the camera says (`is_encrypted`) or by its length.
pub(super) fn is_in_cipher(said: &Value, license: &str) -> bool {
    let says_so = said.as_bool() == Some(true) || number(said) == Some(1);
    says_so || text::longest(license) > LONGEST_PLATE
}

/// Reads a message whose topic ended in `name` (e.g. `up/ivs_result`, `down/gpio_out/reply`).
pub fn decode(name: &str, payload: &[u8]) -> Result<CameraMessage, CodecError> {
    match name {
        "up/ivs_result" | "up/quick_ivs_result" => plate(name, payload),
        "up/keep_alive" => {
            let envelope: Envelope<KeepAlivePayload> = codec::json(payload)?;
            let body = envelope.payload.map(|payload| payload.body.timestamp);
            let sent = moment(&envelope.timestamp)
                .or_else(|| moment(body.as_ref().unwrap_or(&Value::Null)));
            Ok(CameraMessage::KeepAlive(sent))
        }
        "up/gpio_in" => {
            let envelope: Envelope<InputPayload> = codec::json(payload)?;
            let Some(payload) = envelope.payload else { return Ok(CameraMessage::Other) };
            Ok(input(&payload.body.alarm.result.trigger))
        }
        "up/snapshot" => reply(payload),
        "down/get_wl_check_status/reply" => list_mode(payload),
        _ if name.starts_with("down/") && name.ends_with("/reply") => reply(payload),
        _ => Ok(CameraMessage::Other),
    }
}

fn input(trigger: &Trigger) -> CameraMessage {
    let input = number(&trigger.source).and_then(|source| u16::try_from(source).ok());
    let level = match number(&trigger.value) {
        Some(0) => Some(Level::Open),
        Some(1) => Some(Level::Closed),
        Some(2) => Some(Level::Pulse),
        _ => None,
    };
    match (input, level) {
        (Some(input), Some(level)) => CameraMessage::Input { input, level },
        _ => CameraMessage::Other,
    }
}

/// By which mode its own list opens: `white_list_flag` 0 when offline, 1 always, 2 never.
fn list_mode(payload: &[u8]) -> Result<CameraMessage, CodecError> {
    let envelope: Envelope<Value> = codec::json(payload)?;
    let flag = envelope.payload.as_ref().and_then(|payload| {
        let at = |pointer: &str| payload.pointer(pointer).and_then(number);
        at("/body/white_list_flag").or_else(|| at("/white_list_flag"))
    });
    Ok(match flag {
        Some(0) => CameraMessage::ListMode(ListMode::WhenOffline),
        Some(1) => CameraMessage::ListMode(ListMode::Always),
        Some(2) => CameraMessage::ListMode(ListMode::Never),
        _ => CameraMessage::Other,
    })
}

/// The answer to a command, with the picture where one was asked for.
fn reply(payload: &[u8]) -> Result<CameraMessage, CodecError> {
    let envelope: Envelope<Value> = codec::json(payload)?;
    let code = envelope.code.as_ref().filter(|code| !code.is_null());
    let picture = envelope.payload.and_then(|payload| {
        let at =
            |pointer: &str| payload.pointer(pointer).map(codec::only_text).and_then(codec::inside);
        at("/image_content").or_else(|| at("/body/image_content"))
    });
    let refused = match code.map(number) {
        Some(Some(200)) => None,
        Some(code) => Some(code.unwrap_or_default()),
        // A snapshot's own message carries no code; its picture says enough.
        None if picture.is_some() => None,
        // Without a code nothing was answered: an echo of our own command.
        None => return Ok(CameraMessage::Other),
    };
    Ok(CameraMessage::Reply { id: word(&envelope.id), refused, picture })
}

fn plate(name: &str, payload: &[u8]) -> Result<CameraMessage, CodecError> {
    let envelope: Envelope<PlatePayload> = codec::json(payload)?;
    let Some(inside) = envelope.payload else {
        return Ok(CameraMessage::Other);
    };
    let result = inside.alarm.result.plate;
    let in_cipher = is_in_cipher(&result.is_encrypted, &license_text(&result.license));
    let (plate, aliases) = if in_cipher { (None, Vec::new()) } else { plates(&result) };
    match number(&result.trigger_type) {
        // Told late, it is of a stay that may have ended since.
        Some(TURNED_BACK) if number(&result.isoffline) == Some(1) => {
            return Ok(CameraMessage::Other);
        }
        Some(TURNED_BACK) => return Ok(CameraMessage::TurnedBack(plate)),
        Some(trigger) if !PASSAGE.contains(&trigger) => return Ok(CameraMessage::Other),
        _ => {}
    }
    let sent = moment(&envelope.timestamp);
    let taken = moment(&result.time_stamp.timeval.sec);
    let color = number(&result.color_type).and_then(color);
    let fake = number(&result.is_fake_plate) == Some(1);
    let by_camera = opened_by_its_list(&result.gioouts);
    let brand = result.car_brand.get("brand").unwrap_or(&result.car_brand);
    let identity = identity(&envelope.id, &envelope.timestamp, &result, payload);
    Ok(CameraMessage::Plate(Box::new(Plate {
        // Two messages of one recognition are two: what comes of the second the lot knows.
        identity: Identity { text: format!("{name}:{}", identity.text), ..identity },
        plate,
        aliases,
        confidence: codec::confidence(&result.confidence),
        heading: number(&result.direction).and_then(heading),
        plate_color: color.map(str::to_owned),
        car_model: color.and_then(codec::car_model),
        late: number(&result.isoffline) == Some(1),
        taken: taken.or(sent),
        sent,
        by_camera,
        fake,
        license_plate_type: number(&result.kind).filter(|_| !fake).and_then(license_plate_type),
        car_color: car_color(&result.car_color),
        car_logo: codec::car_logo(codec::only_text(brand)),
        pictures: pictures(&result),
        unread: in_cipher.then_some(IN_CIPHER),
        receipt: None,
    })))
}

/// Whether its own list has opened, by what became of its outputs with a read (`gioouts`).
pub(super) fn opened_by_its_list(outputs: &Value) -> bool {
    let by_list = |one: &Value| one.get("ctrltype").and_then(number) == Some(BY_ITS_LIST);
    outputs.as_array().is_some_and(|all| all.iter().any(by_list))
}

/// Pictures inside the message, else where to fetch them.
fn pictures(result: &PlateResult) -> Vec<(ImageShows, Picture)> {
    let picture = |content: &str, path: &str| codec::inside(content).or_else(|| address(path));
    let plate = picture(&result.small_image, &result.image_fragment_path);
    let vehicle = picture(&result.full_image, &result.image_path);
    let shown = [(ImageShows::Plate, plate), (ImageShows::Vehicle, vehicle)];
    shown.into_iter().filter_map(|(shows, picture)| Some((shows, picture?))).collect()
}

/// Base64 of an address, or the address itself.
fn address(path: &str) -> Option<Picture> {
    let decoded = STANDARD.decode(path.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    codec::address(decoded.as_deref().unwrap_or(path))
}

/// Newer firmware names each recognition; with older firmware everything that counts up together does.
fn identity(id: &Value, timestamp: &Value, result: &PlateResult, payload: &[u8]) -> Identity {
    let timeval = &result.time_stamp.timeval;
    let unique =
        [&result.record_uuid, &result.unique_id].into_iter().find(|id| !word(id).is_empty());
    let license = &result.license;
    match unique {
        // Sent again by the camera it has another time of sending.
        Some(unique) => {
            let (ids, moments) = ([unique], [&timeval.sec, &timeval.usec]);
            Identity::new(
                MessageNames { ids: &ids, moments: &moments, device: &[] },
                license,
                payload,
            )
        }
        None => {
            let moments = [timestamp, &result.start_time, &timeval.sec, &timeval.usec];
            let ids = [id, &result.plateid];
            Identity::new(
                MessageNames { ids: &ids, moments: &moments, device: &[] },
                license,
                payload,
            )
        }
    }
}

/// All plates of one read.
fn plates(result: &PlateResult) -> (Option<PlateNo>, Vec<PlateNo>) {
    let others = result.plates.iter().map(|other| &other.license);
    let all = std::iter::once(&result.license).chain(others);
    text::plates(&all.map(|license| license_text(license)).collect::<Vec<_>>().join("|"))
}

/// Base64 of UTF-8 or GBK with NUL padding, or plain text.
fn license_text(text: &str) -> String {
    text::of_base64(text).unwrap_or_else(|| text.to_owned())
}

/// `direction`: 1 and 2 are left and right, 3 upwards and 4 downwards in the picture.
pub(super) fn heading(direction: i64) -> Option<Heading> {
    match direction {
        3 => Some(Heading::Receding),
        4 => Some(Heading::Approaching),
        _ => None,
    }
}

/// `colorType` in the standard's words.
pub(super) fn color(color_type: i64) -> Option<&'static str> {
    match color_type {
        1 => Some("蓝色"),
        2 => Some("黄色"),
        3 => Some("白色"),
        4 => Some("黑色"),
        5 => Some("绿色"),
        6 => Some("黄绿色"),
        _ => None,
    }
}

/// Table 11's `licensePlateType` of a plate's `type`: all that the camera knows by name are permanent plates;
/// 0 is unknown, and from 29 on it is none, or none of the kind.
pub(super) fn license_plate_type(kind: i64) -> Option<i64> {
    const PERMANENT: i64 = 1;
    (1..=28).contains(&kind).then_some(PERMANENT)
}

/// `carColor` in the standard's words: a number of its list, or the word itself.
pub(super) fn car_color(value: &Value) -> Option<String> {
    const COLORS: [&str; 9] =
        ["白色", "银色", "黄色", "粉色", "红色", "绿色", "蓝色", "棕色", "黑色"];
    let listed = number(value).and_then(|number| COLORS.get(usize::try_from(number).ok()?));
    listed
        .map(|color| (*color).to_owned())
        .or_else(|| codec::color(codec::only_text(value)).filter(|_| number(value).is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
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
    fn a_plate_in_cipher_is_none_and_says_why() {
        let cipher =
            STANDARD.encode([0x9b, 0x1f, 0xe2, 0x80, 0x11, 0x42, 0x99, 0xc0, 7, 9, 0xfe, 0xdd, 3]);
        for read in [read(&cipher, &json!({})), read("粤B12345", &json!({ "is_encrypted": true }))]
        {
            assert_eq!((read.plate, read.unread), (None, Some(IN_CIPHER)));
        }
        for plain in
            ["粤ZJ068澳|MX7742|ZM127".to_owned(), STANDARD.encode("粤B12345\0\0\0\0\0\0\0\0\0")]
        {
            let read = read(&plain, &json!({ "is_encrypted": 0 }));
            assert!(read.plate.is_some() && read.unread.is_none(), "{plain}");
        }
    }

    #[test]
    fn a_read_sent_late_carries_its_own_time() {
        assert!(!read("粤B12345", &json!({})).late);
        let late = read("粤B12345", &json!({ "isoffline": 1 }));
        assert!(late.late);
        assert_eq!(late.taken, Some(Timestamp::from_second(1_784_098_000).unwrap()));
    }

    #[test]
    fn a_read_tells_what_the_camera_made_out_of_the_car() {
        let told = |extra: &Value| {
            let plate = read("粤B12345", extra);
            (plate.car_color, plate.car_logo, plate.license_plate_type)
        };
        let text = |text: &str| Some(text.to_owned());
        let all = json!({ "carColor": 8, "type": 19, "car_brand": { "brand": "大众", "type": 3 } });
        assert_eq!(told(&all), (text("黑色"), text("大众"), Some(1)));
        let in_words = json!({ "carColor": "白色", "car_brand": "一个很长很长很长的品牌" });
        assert_eq!(told(&in_words), (text("白色"), text("一个很长很长很长的品"), None));
        let unknown = json!({ "carColor": 255, "type": 0, "car_brand": { "brand": 65535 } });
        assert_eq!(told(&unknown), (None, None, None));
        assert_eq!(told(&json!({ "type": 1, "is_fake_plate": 1 })).2, None);
        assert_eq!(told(&json!({ "type": 29 })).2, None);
    }

    #[test]
    fn a_read_tells_how_sure_it_is_and_which_way_the_car_drives() {
        let told = |confidence: Value, direction: i64| {
            let read =
                read("粤B12345", &json!({ "confidence": confidence, "direction": direction }));
            (read.confidence, read.heading)
        };
        assert_eq!(told(json!(97), 4), (Some(97), Some(Heading::Approaching)));
        assert_eq!(told(json!("12"), 3), (Some(12), Some(Heading::Receding)));
        assert_eq!(told(json!(0), 1), (None, None));
        assert_eq!(told(json!(101), 0), (None, None));
        assert_eq!(told(json!(null), 2), (None, None));
    }

    #[test]
    fn several_plates_on_one_car_are_one_read() {
        let both = read(
            "",
            &json!({ "license": STANDARD.encode("粤Z1234港|AB1234"),
            "plates": [{ "license": STANDARD.encode("粤Z1234港") }, { "license": "" }, { "license": 3 }] }),
        );
        assert_eq!(both.plate, Some("粤Z1234港".parse().unwrap()));
        assert_eq!(both.aliases, ["AB1234".parse().unwrap()]);
        let listed = json!([{ "license": "AB1234" }, { "license": "粤Z1234港" }]);
        assert_eq!(read("AB1234", &json!({ "plates": listed })).plate, both.plate);
    }

    #[test]
    fn whatever_stands_in_a_read_a_car_stands_there() {
        for license in
            [json!(12345), json!(null), json!("临时入境粤Z1234港"), json!("%%%"), json!({})]
        {
            let read = read(
                "",
                &json!({ "license": license, "full_image_content": null, "timeStamp": 5 }),
            );
            assert_eq!(read.plate, None, "{license}");
        }
        let gbk = encoding_rs::GBK.encode(r#"{"id":"q","payload":{"AlarmInfoPlate":{"result":{"PlateResult":{"license":"粤B12345"}}}}}"#).0;
        let decoded = decode("up/ivs_result", &gbk).unwrap();
        assert!(
            matches!(decoded, CameraMessage::Plate(plate) if plate.plate == Some("粤B12345".parse().unwrap()))
        );
    }

    #[test]
    fn staying_and_turning_back_are_no_passages() {
        let back = CameraMessage::TurnedBack(Some("粤B12345".parse().unwrap()));
        for (trigger, meaning) in [
            (64, CameraMessage::Other),
            (65, CameraMessage::Other),
            (66, back),
            (85, CameraMessage::Other),
            (86, CameraMessage::Other),
            (16, CameraMessage::Other),
        ] {
            let message = json!({ "payload": { "AlarmInfoPlate": { "result": { "PlateResult":
                { "license": "粤B12345", "triggerType": trigger } } } } });
            let decoded = decode("up/ivs_result", message.to_string().as_bytes()).unwrap();
            assert_eq!(decoded, meaning);
        }
    }

    #[test]
    fn messages_differ_by_the_cameras_own_names_for_them() {
        let first = read("粤B12345", &json!({}));
        assert_eq!(first.identity, read("粤B12345", &json!({})).identity);
        assert_ne!(first.identity, read("粤B12345", &json!({ "plateid": 8 })).identity);
        let named = read("粤B12345", &json!({ "unique_id": "u-1" }));
        let again = read("粤B12345", &json!({ "unique_id": "u-1", "plateid": 9 }));
        assert_eq!(named.identity, again.identity);
        // A name that was given before, of another moment, is another car's.
        let later =
            json!({ "unique_id": "u-1", "timeStamp": { "Timeval": { "sec": 1_784_099_000 } } });
        assert_ne!(named.identity, read("粤B12345", &later).identity);
        assert_ne!(named.identity, read("粤B12346", &json!({ "unique_id": "u-1" })).identity);
    }

    #[test]
    fn a_camera_that_names_nothing_is_known_by_its_bytes_and_says_so() {
        let bare = |plateid: i64| {
            let message = json!({ "payload": { "AlarmInfoPlate": { "result": { "PlateResult":
                { "license": "粤B12345", "plateid": plateid } } } } });
            match decode("up/ivs_result", message.to_string().as_bytes()).unwrap() {
                CameraMessage::Plate(plate) => plate.identity,
                other => panic!("{other:?}"),
            }
        };
        assert!(!bare(7).told_apart, "a counter begins anew");
        assert_eq!(bare(7), bare(7));
        assert_ne!(bare(7), bare(8));
        assert!(read("粤B12345", &json!({})).identity.told_apart);
    }

    fn camera() -> Vzenith {
        Vzenith::new(
            "917e2298-8ddf3e46".to_owned(),
            "device/{sn}/message",
            Duration::from_millis(500),
        )
    }

    fn now_of(time_zone: &jiff::tz::TimeZone) -> Now<'_> {
        Now { moment: Timestamp::from_second(1_784_098_020).unwrap(), time_zone }
    }

    fn sent(command: &CameraCommand) -> (String, Value) {
        let time_zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let sent = camera().command("k2", now_of(&time_zone), command).unwrap();
        (sent.topic, serde_json::from_str(&sent.payload).unwrap())
    }

    #[test]
    fn the_open_command_is_the_one_proven_on_hardware() {
        let (topic, payload) = sent(&CameraCommand::Pulse { output: 0 });
        assert_eq!(topic, "device/917e2298-8ddf3e46/message/down/gpio_out");
        let documented = json!({"id":"k2","sn":"917e2298-8ddf3e46","name":"gpio_out","version":"1.0",
            "timestamp":1_784_098_020,"payload":{"type":"gpio_out","body":{"io":0,"value":2,"delay":500}}});
        assert_eq!(payload, documented);
    }

    #[test]
    fn other_commands_are_as_documented() {
        let body = |command| sent(&command).1["payload"]["body"].clone();
        let held = body(CameraCommand::Hold { output: 1, held: true });
        assert_eq!(held, json!({ "ioout": 1, "status": 1 }));
        let time = body(CameraCommand::SetTime);
        let shown = json!({ "year": "2026", "month": "07", "day": "15", "hour": "14", "min": "47", "sec": "00" });
        assert_eq!(time, shown);
        let serial = body(CameraCommand::Serial { channel: 0, bytes: vec![1, 2, 3] });
        let one = json!({ "serialChannel": 0, "data": "AQID", "dataLen": 3 });
        assert_eq!(serial, json!({ "interval": 50, "serialData": [one] }));
    }

    #[test]
    fn a_plate_is_put_on_its_list_and_taken_off_as_documented() {
        let body = |change| sent(&CameraCommand::List(change)).1["payload"]["body"].clone();
        let at = |second| Timestamp::from_second(second).unwrap();
        let (from, until) = (at(1_784_044_800), at(1_798_732_800));
        let put =
            body(ListChange::Put(ListedPlate { plate_no: "粤B12345".to_owned(), from, until }));
        let documented = json!({ "operator_type": "update_or_add", "dldb_rec": {
            "plate": "粤B12345", "enable": 1, "create_time": "2026-07-15 14:47:00",
            "enable_time": "2026-07-15 00:00:00", "overdue_time": "2026-12-31 23:59:59",
            "need_alarm": 0, "time_seg_enable": 0, "seg_time_start": "00:00:00",
            "seg_time_end": "00:00:00" } });
        assert_eq!(put, documented);
        let removed = body(ListChange::Remove { plate_no: "粤B12345".to_owned() });
        assert_eq!(removed, json!({ "operator_type": "delete", "plate": "粤B12345" }));
        let (topic, _) = sent(&CameraCommand::List(ListChange::AskMode));
        assert!(topic.ends_with("/down/get_wl_check_status"), "{topic}");
    }

    #[test]
    fn its_lists_mode_is_told_by_its_number_and_anything_else_tells_nothing() {
        for (flag, mode) in [
            (json!(0), CameraMessage::ListMode(ListMode::WhenOffline)),
            (json!("1"), CameraMessage::ListMode(ListMode::Always)),
            (json!(2), CameraMessage::ListMode(ListMode::Never)),
            (json!(null), CameraMessage::Other),
            (json!(7), CameraMessage::Other),
        ] {
            let told = json!({ "code": 200, "id": "m", "payload": { "type": "get_wl_check_status",
                "body": { "offline_status": 0, "white_list_flag": flag } } });
            let decoded = decode("down/get_wl_check_status/reply", told.to_string().as_bytes());
            assert_eq!(decoded.unwrap(), mode, "{flag}");
        }
    }

    #[test]
    fn what_its_own_list_opened_for_says_so() {
        let opened = |kind: i64| {
            let outputs = json!([{ "ionum": 0, "ctrltype": kind }]);
            read("粤B12345", &json!({ "isoffline": 1, "gioouts": outputs })).by_camera
        };
        assert_eq!((opened(0), opened(1), opened(2)), (false, false, true));
        assert!(!read("粤B12345", &json!({ "gioouts": 3 })).by_camera);
    }

    #[test]
    fn an_input_is_open_closed_or_pulsed() {
        for (value, level) in [(0, Level::Open), (1, Level::Closed), (2, Level::Pulse)] {
            let message = json!({ "payload": { "body": { "AlarmGioIn": { "result": {
                "TriggerResult": { "source": 1, "value": value } } } } } });
            let decoded = decode("up/gpio_in", message.to_string().as_bytes()).unwrap();
            assert_eq!(decoded, CameraMessage::Input { input: 1, level });
        }
    }

    #[test]
    fn a_snapshots_answer_carries_its_picture() {
        let message = json!({ "id": "s1", "payload": { "state_code": 200, "image_content": STANDARD.encode(b"jpeg") } });
        let decoded = decode("up/snapshot", message.to_string().as_bytes()).unwrap();
        let picture = Some(Picture::Bytes(b"jpeg".to_vec()));
        assert_eq!(decoded, CameraMessage::Reply { id: "s1".to_owned(), refused: None, picture });
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
    fn an_echo_of_our_command_is_no_answer() {
        let echo = camera().command(
            "k2",
            now_of(&jiff::tz::TimeZone::UTC),
            &CameraCommand::Pulse { output: 0 },
        );
        let decoded = decode("down/gpio_out/reply", echo.unwrap().payload.as_bytes()).unwrap();
        assert_eq!(decoded, CameraMessage::Other);
    }

    #[test]
    fn a_reply_names_its_command() {
        let reply =
            decode("down/gpio_out/reply", br#"{"code":200,"id":"k2","name":"gpio_out"}"#).unwrap();
        let id = "k2".to_owned();
        assert_eq!(reply, CameraMessage::Reply { id, refused: None, picture: None });
        let no = decode("down/gpio_out/reply", br#"{"code":"406","id":"k2"}"#).unwrap();
        assert!(matches!(no, CameraMessage::Reply { refused: Some(406), .. }));
    }

    proptest! {
        #[test]
        fn hostile_payloads_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,40}") {
            for name in ["up/ivs_result", "up/keep_alive", "up/gpio_in", "up/snapshot", "down/gpio_out/reply", "down/get_wl_check_status/reply", "up/new"] {
                let _ = decode(name, &bytes);
            }
            let _ = text::plates(&license_text(&text));
        }
    }
}
