//! Qianyi (芊熠) plate cameras, bytes ⇄ meaning. Pure.
//!
//! Flat JSON: `cmd`, `msg_id` and the command's own fields on one topic up and one down; an answer has
//! `cmd` + `_rsp`, the same `msg_id`, and `status` "ok". A read (`result`) is kept by the camera until
//! it is answered. The heartbeat really is called `mqtt_herat`.

use crate::config::reader::Section;
use crate::devices::cameras::makes::codec::{
    self, CameraCodec, CameraCommand, CameraMessage, CodecError, Identity, MessageNames, Now,
    Outgoing, Plate, moment, number, word,
};
use crate::devices::cameras::makes::{Ability, Make, ReadKeys, text};
use crate::model::event::ImageShows;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, tz::TimeZone};
use rumqttc::QoS;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The make.
pub(super) const MAKE: Make = Make {
    name: "qianyi-mqtt",
    abilities: &[Ability::Outputs, Ability::Serial, Ability::Clock, Ability::Beats],
    // Its heartbeat comes every 30 seconds.
    offline_after: SignedDuration::from_secs(90),
    read: ReadKeys::Mqtt(|section| Arc::new(Qianyi::read(section))),
};

/// One camera's language.
#[derive(Debug, PartialEq)]
pub struct Qianyi {
    sn: String,
    up_topic: String,
    down_topic: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Message {
    #[serde(deserialize_with = "codec::lenient")]
    cmd: String,
    msg_id: Value,
    #[serde(deserialize_with = "codec::lenient")]
    sn: String,
    #[serde(deserialize_with = "codec::lenient")]
    subtopic: String,
    #[serde(deserialize_with = "codec::lenient")]
    status: String,
    #[serde(rename = "type", deserialize_with = "codec::lenient")]
    kind: String,
    #[serde(deserialize_with = "codec::lenient")]
    plate_num: String,
    #[serde(deserialize_with = "codec::lenient")]
    plate_color: String,
    utc_ts: Value,
    confidence: Value,
    #[serde(deserialize_with = "codec::lenient")]
    full_pic: String,
    #[serde(deserialize_with = "codec::lenient")]
    plate_pic: String,
    #[serde(deserialize_with = "codec::lenient")]
    full_pic_path: String,
    #[serde(deserialize_with = "codec::lenient")]
    plate_pic_path: String,
    #[serde(deserialize_with = "codec::lenient")]
    picture: String,
    car_color: Value,
    car_logo: Value,
}

/// Where every camera of the make registers, whoever it is.
const REGISTRY: &str = "/serverAll";
/// Characters of the shortest serial number.
const SN: usize = 6;
/// Characters of a `msg_id`.
const MSG_ID: usize = 20;
/// `time_zone` counts from GMT+12 downwards.
const ZONE_OF_12_EAST: i32 = 12;

impl Qianyi {
    /// The camera of that serial number and those topics, in which `{sn}` stands for it.
    pub fn new(sn: &str, up_topic: &str, down_topic: &str) -> Self {
        let topic = |pattern: &str| pattern.replace("{sn}", sn);
        Self { sn: sn.to_owned(), up_topic: topic(up_topic), down_topic: topic(down_topic) }
    }

    fn read(section: &Section<'_>) -> Self {
        let topic = |key: &str, default: &str| section.text(key).unwrap_or(default.to_owned());
        let up_topic = topic("up_topic", "aiot/plate/{sn}");
        let down_topic = topic("down_topic", "device/plate/{sn}");
        Self::new(&section.required_text("sn"), &up_topic, &down_topic)
    }

    fn outgoing(&self, payload: &Value) -> Outgoing {
        Outgoing { topic: self.down_topic.clone(), payload: payload.to_string() }
    }

    fn receipt(&self, cmd: &str, msg_id: &Value) -> Outgoing {
        self.outgoing(&json!({ "cmd": format!("{cmd}_rsp"), "status": "ok", "msg_id": msg_id }))
    }

    /// A camera takes its account into use when its registration is answered on the topic it names there. All register
    /// on one, so whichever hears it answers: one that nobody knows on a topic of its own number, and on no other.
    fn registered(&self, topic: &str, message: &Message) -> CameraMessage {
        let is_topic = |topic: &&str| !topic.is_empty() && !topic.contains(['+', '#', '\0']);
        let answer = self.receipt("camera_register", &message.msg_id);
        let named = Some(message.subtopic.trim()).filter(is_topic).map(str::to_owned);
        if topic != REGISTRY || message.sn.eq_ignore_ascii_case(&self.sn) {
            let topic = named.unwrap_or(answer.topic);
            return CameraMessage::Question(Outgoing { topic, payload: answer.payload });
        }
        let payload = answer.payload;
        let sn = message.sn.trim();
        let its_own = |topic: &String| {
            sn.len() >= SN && topic.split('/').any(|level| level.eq_ignore_ascii_case(sn))
        };
        let named = named.filter(its_own);
        CameraMessage::OfAnother(named.map(|topic| Outgoing { topic, payload }))
    }

    fn plate(&self, message: &Message, payload: &[u8], zone: &TimeZone) -> CameraMessage {
        let sent = moment(&message.utc_ts, zone);
        let (late, odd_late) = codec::late("type", &Value::from(message.kind.trim()));
        let (taken, unread) = codec::taken_late(Some(&message.utc_ts), sent, late);
        let picture =
            |content: &str, path: &str| codec::inside(content).or_else(|| codec::address(path));
        let pictures = [
            (ImageShows::Plate, picture(&message.plate_pic, &message.plate_pic_path)),
            (ImageShows::Vehicle, picture(&message.full_pic, &message.full_pic_path)),
        ];
        let pictures = pictures.into_iter().filter_map(|(shows, one)| Some((shows, one?)));
        let color = Some(message.plate_color.trim()).filter(|color| is_color(color));
        let (plate, aliases) = text::plates(&message.plate_num);
        let (ids, moments) = ([&message.msg_id], [&message.utc_ts]);
        let names = MessageNames { ids: &ids, moments: &moments, device: &[] };
        CameraMessage::Plate(Box::new(Plate {
            identity: Identity::new(names, &message.plate_num, payload),
            plate,
            aliases,
            confidence: codec::confidence(&message.confidence),
            // `inout` is which way its lane leads, not which way the car drives.
            heading: None,
            plate_color: color.map(str::to_owned),
            car_model: color.and_then(codec::car_model),
            license_plate_type: None,
            car_color: codec::color(codec::only_text(&message.car_color)),
            car_logo: codec::car_logo(codec::only_text(&message.car_logo)),
            late,
            odd_late,
            taken,
            sent,
            by_camera: false,
            unread,
            fake: false,
            pictures: pictures.collect(),
            receipt: Some(self.receipt("result", &message.msg_id)),
        }))
    }
}

fn is_color(color: &str) -> bool {
    matches!(color, "蓝色" | "黄色" | "白色" | "黑色" | "绿色" | "黄绿色")
}

impl CameraCodec for Qianyi {
    fn topics(&self) -> Vec<(String, QoS)> {
        vec![(self.up_topic.clone(), QoS::AtLeastOnce)]
    }

    fn hears(&self) -> Vec<String> {
        vec![self.down_topic.clone()]
    }

    fn common_topics(&self) -> Vec<(String, QoS)> {
        vec![(REGISTRY.to_owned(), QoS::AtLeastOnce)]
    }

    fn decode(
        &self,
        topic: &str,
        payload: &[u8],
        time_zone: &TimeZone,
    ) -> Result<CameraMessage, CodecError> {
        let message: Message = codec::json(payload)?;
        Ok(match message.cmd.trim() {
            "camera_register" => self.registered(topic, &message),
            _ if topic == REGISTRY => CameraMessage::OfAnother(None),
            "result" => self.plate(&message, payload, time_zone),
            "mqtt_herat" | "heart_beat" => CameraMessage::KeepAlive(None),
            "offline" => CameraMessage::Gone,
            reply if reply.ends_with("_rsp") => {
                let done = message.status.trim().eq_ignore_ascii_case("ok");
                let refused =
                    if done { None } else { Some(number(&json!(message.status)).unwrap_or(-1)) };
                let picture =
                    codec::inside(&message.picture).or_else(|| codec::inside(&message.plate_pic));
                CameraMessage::Reply { id: word(&message.msg_id), refused, picture }
            }
            _ => CameraMessage::Other,
        })
    }

    fn answers_to(&self, id: &str) -> String {
        id.chars().take(MSG_ID).collect()
    }

    fn command(&self, id: &str, now: Now<'_>, command: &CameraCommand) -> Option<Outgoing> {
        let id = self.answers_to(id);
        let second = now.moment.as_second();
        let payload = match command {
            CameraCommand::Pulse { output } => json!({
                "cmd": "iooutput", "msg_id": id, "ionum": output, "action": "on", "utc_ts": second,
            }),
            CameraCommand::Hold { held, .. } => {
                json!({ "cmd": "barrierKeepOpen", "msg_id": id, "isKeepOpen": u8::from(*held) })
            }
            CameraCommand::Serial { channel, bytes } => {
                let ports = format!("rs485ch{}_data", channel + 1);
                json!({
                    "cmd": "rs485", "msg_id": id, "encode_type": "base64",
                    ports: [{ "data": STANDARD.encode(bytes) }],
                })
            }
            CameraCommand::SetTime => {
                let hours = now.time_zone.to_offset(now.moment).seconds() / 3600;
                json!({
                    "cmd": "syncSysTime", "msg_id": id, "time_zone": ZONE_OF_12_EAST - hours,
                    "time_stamp": second.to_string(),
                })
            }
            CameraCommand::Snapshot => json!({ "cmd": "snapshot", "msg_id": id }),
            // Its documentation has no command for it.
            CameraCommand::Trigger | CameraCommand::List(_) => return None,
        };
        Some(self.outgoing(&payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::cameras::makes::codec::Picture;
    use proptest::prelude::*;

    fn camera() -> Qianyi {
        Qianyi::new("A1", "aiot/plate/{sn}", "device/plate/{sn}")
    }

    fn decoded(message: &Value) -> CameraMessage {
        camera().decode("aiot/plate/A1", message.to_string().as_bytes(), &TimeZone::UTC).unwrap()
    }

    fn read(extra: &Value) -> Plate {
        let mut message = json!({
            "cmd": "result", "msg_id": "1562566753001402b681", "type": "online", "plate_num": "京A12345",
            "plate_color": "蓝色", "confidence": 28, "utc_ts": 1_562_566_751, "inout": "in",
            "trigger_type": "video", "full_pic_path": "/picture/A000001/test.jpg", "sn": "A1",
        });
        for (key, value) in extra.as_object().unwrap() {
            message[key] = value.clone();
        }
        match decoded(&message) {
            CameraMessage::Plate(plate) => *plate,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_read_carries_its_plate_and_wants_a_receipt() {
        let plate = read(&json!({}));
        assert_eq!(plate.plate, Some("京A12345".parse().unwrap()));
        assert_eq!((plate.plate_color.as_deref(), plate.car_model), (Some("蓝色"), Some(3)));
        assert_eq!((plate.late, plate.pictures.len()), (false, 0));
        assert_eq!((plate.confidence, plate.heading), (Some(28), None));
        let receipt = plate.receipt.unwrap();
        assert_eq!(receipt.topic, "device/plate/A1");
        let payload: Value = serde_json::from_str(&receipt.payload).unwrap();
        let wanted =
            json!({ "cmd": "result_rsp", "status": "ok", "msg_id": "1562566753001402b681" });
        assert_eq!(payload, wanted);
    }

    #[test]
    fn a_read_sent_late_keeps_its_time_and_a_car_without_plate_has_none() {
        let late = read(&json!({ "type": "offline" }));
        assert!(late.late);
        assert_eq!(late.taken.map(jiff::Timestamp::as_second), Some(1_562_566_751));
        assert_eq!(read(&json!({ "plate_num": "null" })).plate, None);
        let picture = read(&json!({ "full_pic": STANDARD.encode(b"jpeg") })).pictures;
        assert_eq!(picture, [(ImageShows::Vehicle, Picture::Bytes(b"jpeg".to_vec()))]);
    }

    #[test]
    fn a_message_is_known_by_its_id_its_plate_and_its_moment() {
        let first = read(&json!({ "msg_id": 7 })).identity;
        assert!(first.told_apart);
        assert_eq!(first, read(&json!({ "msg_id": 7 })).identity);
        for other in
            [json!({ "msg_id": 7, "utc_ts": 1 }), json!({ "msg_id": 7, "plate_num": "京A1" })]
        {
            assert_ne!(first, read(&other).identity);
        }
        assert!(!read(&json!({ "msg_id": 7, "utc_ts": 0 })).identity.told_apart);
    }

    #[test]
    fn whatever_stands_in_a_read_a_car_stands_there() {
        for plate in [json!("临时入境粤Z1234港"), json!(12345), json!(null), json!("\u{fffd}")]
        {
            assert_eq!(
                read(&json!({ "plate_num": plate, "full_pic": null, "type": 3 })).plate,
                None
            );
        }
        let both = read(&json!({ "plate_num": "粤Z1234港|AB1234" }));
        assert_eq!((both.plate, both.aliases.len()), (Some("粤Z1234港".parse().unwrap()), 1));
    }

    #[test]
    fn a_read_tells_the_cars_colour_and_brand_where_the_camera_names_them() {
        let plate = read(&json!({ "car_color": "白色", "car_logo": "大众" }));
        let told = (plate.car_color.as_deref(), plate.car_logo.as_deref());
        assert_eq!(told, (Some("白色"), Some("大众")));
        let plate = read(&json!({ "car_color": 3, "car_logo": "未知" }));
        assert_eq!((plate.car_color, plate.car_logo), (None, None));
    }

    #[test]
    fn heartbeats_replies_and_registrations_are_told_apart() {
        assert_eq!(decoded(&json!({ "cmd": "mqtt_herat" })), CameraMessage::KeepAlive(None));
        assert_eq!(decoded(&json!({ "cmd": "offline" })), CameraMessage::Gone);
        let reply = decoded(&json!({ "cmd": "iooutput_rsp", "msg_id": "k", "status": "OK" }));
        assert!(matches!(reply, CameraMessage::Reply { refused: None, .. }));
        let refused =
            decoded(&json!({ "cmd": "iooutput_rsp", "msg_id": "k", "status": "unfound" }));
        assert!(matches!(refused, CameraMessage::Reply { refused: Some(-1), .. }));
        let question = decoded(&json!({ "cmd": "camera_register", "msg_id": "r" }));
        let CameraMessage::Question(answer) = question else { panic!("{question:?}") };
        assert!(answer.payload.contains("camera_register_rsp"));
    }

    #[test]
    fn a_registration_is_answered_where_its_camera_listens_whoever_it_is() {
        let registered = |sn: &str, subtopic: &str| {
            let message =
                json!({ "cmd": "camera_register", "msg_id": "r", "sn": sn, "subtopic": subtopic });
            let bytes = message.to_string().into_bytes();
            camera().decode("/serverAll", &bytes, &TimeZone::UTC).unwrap()
        };
        assert_eq!(camera().common_topics(), [("/serverAll".to_owned(), QoS::AtLeastOnce)]);
        let CameraMessage::Question(answer) = registered("a1", "device/plate/a1") else { panic!() };
        assert_eq!(answer.topic, "device/plate/a1");
        let wanted = json!({ "cmd": "camera_register_rsp", "status": "ok", "msg_id": "r" });
        assert_eq!(serde_json::from_str::<Value>(&answer.payload).unwrap(), wanted);
        let CameraMessage::Question(answer) = registered("A1", "") else { panic!() };
        assert_eq!(answer.topic, "device/plate/A1");
        // Of another it is no sign of this one's life.
        let own = "device/plate/15ZK2310";
        let other = registered("15ZK2310", own);
        assert!(
            matches!(other, CameraMessage::OfAnother(Some(Outgoing { topic, .. })) if topic == own)
        );
        for no_topic in ["", "device/+/15ZK2310", "#", "device/plate/A1", "15ZK2310x"] {
            assert_eq!(registered("15ZK2310", no_topic), CameraMessage::OfAnother(None));
        }
        assert_eq!(registered("down", "device/1/down"), CameraMessage::OfAnother(None));
        let beat = json!({ "cmd": "mqtt_herat" }).to_string();
        let beat = camera().decode("/serverAll", beat.as_bytes(), &TimeZone::UTC).unwrap();
        assert_eq!(beat, CameraMessage::OfAnother(None));
    }

    #[test]
    fn a_command_is_named_by_20_characters_and_its_answer_by_the_same() {
        let id = crate::standard::id::Id::random();
        let now = Now { moment: jiff::Timestamp::UNIX_EPOCH, time_zone: &TimeZone::UTC };
        let sent = camera().command(id.as_str(), now, &CameraCommand::Pulse { output: 0 }).unwrap();
        let sent: Value = serde_json::from_str(&sent.payload).unwrap();
        let named = sent["msg_id"].as_str().unwrap();
        assert_eq!((named.len(), named), (20, camera().answers_to(id.as_str()).as_str()));
        assert_eq!(camera().answers_to(named), named);
    }

    #[test]
    fn commands_are_those_proven_on_hardware() {
        let time_zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let now = Now {
            moment: jiff::Timestamp::from_second(1_784_098_020).unwrap(),
            time_zone: &time_zone,
        };
        let sent = |command| {
            let sent = camera().command("k", now, &command).unwrap();
            serde_json::from_str::<Value>(&sent.payload).unwrap()
        };
        let open = sent(CameraCommand::Pulse { output: 0 });
        let wanted = json!({ "cmd": "iooutput", "msg_id": "k", "ionum": 0, "action": "on", "utc_ts": 1_784_098_020 });
        assert_eq!(open, wanted);
        let time = sent(CameraCommand::SetTime);
        assert_eq!((&time["time_zone"], &time["time_stamp"]), (&json!(4), &json!("1784098020")));
        let serial = sent(CameraCommand::Serial { channel: 0, bytes: vec![1, 2, 3] });
        assert_eq!(serial["rs485ch1_data"], json!([{ "data": "AQID" }]));
        assert_eq!(sent(CameraCommand::Hold { output: 0, held: true })["isKeepOpen"], 1);
    }

    proptest! {
        #[test]
        fn hostile_payloads_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = camera().decode("aiot/plate/A1", &bytes, &TimeZone::UTC);
        }
    }
}
