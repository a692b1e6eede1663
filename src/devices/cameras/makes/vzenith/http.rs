//! Vzenith (臻识) cameras that push over HTTP, and others of the same form. Pure.
//!
//! What they push is told apart by its outermost key. An answer may open at once; what it carries else they do as
//! well. With comet polling they ask for commands by their heartbeat and ask again at once.

use super::words::{
    IN_CIPHER, OFFLINE, PASSAGE, TURNED_BACK, car_color, color, contact, heading, is_in_cipher,
    license_plate_type, opened_by_its_list,
};
use crate::devices::cameras::makes::codec::{
    self, CameraMessage, CodecError, Identity, MessageNames, Now, Plate, moment, number, word,
};
use crate::devices::cameras::makes::http::{
    CameraTask, CommandWay, ListTask, PushAnswer, PushCodec,
};
use crate::devices::cameras::makes::push::{
    Answering, Claim, PartKind, Push, Pushed, percent_decoded, unreadable,
};
use crate::devices::cameras::makes::{Ability, Make, ReadKeys, text};
use crate::model::barrier::Act;
use crate::model::event::ImageShows;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The make.
pub(super) const MAKE: Make = Make {
    name: "vzenith-http",
    abilities: &[Ability::Outputs, Ability::Inputs, Ability::Serial, Ability::List],
    // Its heartbeat comes every 30 seconds.
    offline_after: SignedDuration::from_secs(90),
    read: ReadKeys::Http(|section| {
        let ways = [
            ("comet", CommandWay::Polled),
            ("answer", CommandWay::Answered),
            ("none", CommandWay::Never),
        ];
        let way = section.choice("open_by", &ways).unwrap_or(CommandWay::Polled);
        let pulse = section.bounded("pulse", 500, 500, 5000);
        Arc::new(VzenithPush::new(way, pulse))
    }),
};

/// One camera's language.
#[derive(Debug, Clone, PartialEq)]
pub struct VzenithPush {
    way: CommandWay,
    pulse: Duration,
}

impl VzenithPush {
    /// A camera that is told what to do that way, and whose relay closes so long where we may say so.
    pub fn new(way: CommandWay, pulse: Duration) -> Self {
        Self { way, pulse }
    }

    fn plate(&self, alarm: &Value, body: &[u8], zone: &TimeZone) -> Pushed {
        let at = |pointer: &str| alarm.pointer(pointer).unwrap_or(&Value::Null);
        let result = at("/result/PlateResult");
        let told = |name: &str| result.get(name).unwrap_or(&Value::Null);
        let (late, odd_late) = codec::late(OFFLINE, told(OFFLINE));
        let shown = codec::only_text(told("license"));
        let in_cipher = is_in_cipher(told("is_encrypted"), shown);
        let (plate, aliases) = if in_cipher { (None, Vec::new()) } else { text::plates(shown) };
        let message = match number(told("triggerType")) {
            // Told late, it is of a stay that may have ended since.
            Some(TURNED_BACK) if late => CameraMessage::Other,
            Some(TURNED_BACK) => CameraMessage::TurnedBack(plate),
            Some(trigger) if !PASSAGE.contains(&trigger) => CameraMessage::Other,
            _ => {
                let second = result.pointer("/timeStamp/Timeval/sec").unwrap_or(&Value::Null);
                let (device, ids, moments) = ([at("/serialno")], [told("plateid")], [second]);
                let names = MessageNames { device: &device, ids: &ids, moments: &moments };
                let sent = moment(second, zone);
                let (taken, untimed) = codec::taken_late(Some(second), sent, late);
                let color = number(told("colorType")).and_then(color);
                let fake = codec::is_yes(told("is_fake_plate"));
                let brand = told("car_brand");
                let picture = |name: &str| codec::inside(codec::only_text(told(name)));
                let pictures = [
                    (ImageShows::Plate, picture("imageFragmentFile")),
                    (ImageShows::Vehicle, picture("imageFile")),
                ];
                let pictures = pictures.into_iter().filter_map(|(shows, one)| Some((shows, one?)));
                CameraMessage::Plate(Box::new(Plate {
                    identity: Identity::new(names, shown, body),
                    plate,
                    aliases,
                    confidence: codec::confidence(told("confidence")),
                    heading: number(told("direction")).and_then(heading),
                    plate_color: color.map(str::to_owned),
                    car_model: color.and_then(codec::car_model),
                    license_plate_type: number(told("type"))
                        .filter(|_| !fake)
                        .and_then(license_plate_type),
                    car_color: car_color(told("carColor")),
                    car_logo: codec::car_logo(codec::only_text(
                        brand.get("brand").unwrap_or(brand),
                    )),
                    late,
                    odd_late,
                    taken,
                    sent,
                    by_camera: opened_by_its_list(told("gioouts")),
                    fake,
                    pictures: pictures.collect(),
                    unread: in_cipher.then_some(IN_CIPHER).or(untimed),
                    receipt: None,
                }))
            }
        };
        let is_read = matches!(message, CameraMessage::Plate(_));
        let answering = match self.way {
            CommandWay::Answered if is_read && !late => Answering::Carries,
            _ => Answering::Receipt,
        };
        Pushed { message, claims: claims(alarm), answering }
    }
}

fn claims(alarm: &Value) -> Vec<Claim> {
    let text = |name: &str| Some(word(alarm.get(name)?)).filter(|text| !text.is_empty());
    let address = text("ipaddr").and_then(|text| text.parse().ok()).map(Claim::Address);
    text("serialno").map(Claim::Serial).into_iter().chain(address).collect()
}

fn input(alarm: &Value) -> CameraMessage {
    let at = |name: &str| {
        let results = ["/result/TriggerResult", "/TriggerResult"];
        results.iter().find_map(|place| alarm.pointer(place)?.get(name))
    };
    match (at("source"), at("value")) {
        (None, None) => CameraMessage::Other,
        (source, value) => contact(source.unwrap_or(&Value::Null), value.unwrap_or(&Value::Null)),
    }
}

/// The message of a push: the body, a part of it, or a field of a form.
fn message(push: &Push) -> Option<Value> {
    if push.is_form() {
        return push
            .fields()
            .into_iter()
            .find_map(|(name, value)| of_field(&name, &percent_decoded(value)));
    }
    let parts = push.parts();
    let part = parts.iter().find(|part| part.kind == PartKind::Json)?;
    of_field(&part.name, &text::of_message(part.bytes))
}

fn of_field(name: &str, text: &str) -> Option<Value> {
    let value: Value = codec::json(text.as_bytes()).ok().filter(Value::is_object)?;
    Some(if name == "AlarmInfoPlate" && value.get(name).is_none() {
        json!({ "AlarmInfoPlate": value })
    } else {
        value
    })
}

/// The heartbeat's serial number and address. Its password is the camera's and none of our business.
fn heartbeat(push: &Push) -> Option<Vec<Claim>> {
    let fields: Vec<(String, String)> = if push.is_form() {
        push.fields().into_iter().map(|(name, value)| (name, percent_decoded(value))).collect()
    } else {
        let parts = push.parts();
        let text = |bytes| text::of_message(bytes).trim().to_owned();
        parts.iter().map(|part| (part.name.clone(), text(part.bytes))).collect()
    };
    let of =
        |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let serial = of("serialno").filter(|text| !text.is_empty());
    // Its name shows what it is and not which: they leave the works with one and the same.
    if serial.is_none() && of("device_name").is_none() {
        return None;
    }
    let address = of("ipaddr").and_then(|text| text.parse().ok()).map(Claim::Address);
    Some(serial.map(Claim::Serial).into_iter().chain(address).collect())
}

/// A plate put on its own list, or taken off.
fn list_words(task: ListTask<'_>) -> Value {
    let plate = task.plate_no;
    let local = |time: jiff::civil::DateTime| time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    match task.put {
        Some((from, last)) => json!({ "operate_type": 0, "white_list_data": [{
            "plate": plate, "enable": 1, "need_alarm": 0,
            "enable_time": local(from), "overdue_time": local(last),
        }] }),
        None => json!({ "operate_type": 1, "white_list_data": [{ "plate": plate }] }),
    }
}

impl PushCodec for VzenithPush {
    fn decode(&self, push: &Push, now: Now<'_>) -> Result<Pushed, CodecError> {
        if let Some(message) = message(push) {
            let of = |name: &str| message.get(name);
            return Ok(if let Some(alarm) = of("AlarmInfoPlate") {
                self.plate(alarm, &push.body, now.time_zone)
            } else if let Some(alarm) = of("AlarmGioIn") {
                Pushed { claims: claims(alarm), ..Pushed::of(input(alarm)) }
            } else {
                Pushed::of(CameraMessage::Other)
            });
        }
        let claims =
            heartbeat(push).ok_or_else(|| unreadable("neither a message nor a heartbeat"))?;
        let answering = match self.way {
            CommandWay::Polled => Answering::Waits,
            _ => Answering::Receipt,
        };
        Ok(Pushed { message: CameraMessage::KeepAlive(None), claims, answering })
    }

    fn answer(&self, push: &Push, carried: &[Value]) -> PushAnswer {
        // Anything but "ok" leaves the barrier alone.
        let mut answer = Map::from_iter([("info".to_owned(), json!("no"))]);
        if let Some(alarm) = message(push).as_ref().and_then(|all| all.get("AlarmInfoPlate")) {
            // Some firmware sends again for ever without it.
            answer.insert("content".to_owned(), json!("retransfer_stop"));
            let result = alarm.pointer("/result/PlateResult").unwrap_or(&Value::Null);
            let late = result.get(OFFLINE).is_some_and(|value| codec::late(OFFLINE, value).0);
            if let Some(plate_id) = result.get("plateid").filter(|_| late) {
                // Then the next of those that it kept comes.
                let more = json!({ "plateid": plate_id, "continue": 1 });
                answer.insert("ContinuePushOffline".to_owned(), more);
            }
        }
        for (key, value) in carried.iter().filter_map(Value::as_object).flatten() {
            match (answer.get_mut(key).and_then(Value::as_array_mut), value) {
                (Some(list), Value::Array(more)) => list.extend(more.iter().cloned()),
                _ => drop(answer.insert(key.clone(), value.clone())),
            }
        }
        PushAnswer::json(&json!({ "Response_AlarmInfoPlate": answer }))
    }

    fn way(&self) -> CommandWay {
        self.way
    }

    fn carried(&self, task: CameraTask<'_>) -> Option<Value> {
        let milliseconds = u64::try_from(self.pulse.as_millis()).unwrap_or(500);
        let relay = |io: u8, value: u8| json!({ "ivs_ioctrl": { "io": io, "value": value, "delay": milliseconds } });
        Some(match task {
            CameraTask::Barrier(Act::Open { output })
                if self.pulse == Duration::from_millis(500) =>
            {
                json!({ "info": "ok", "channelNum": output })
            }
            CameraTask::Barrier(
                Act::Open { output } | Act::Close { output } | Act::Stop { output },
            ) => relay(output, 2),
            CameraTask::Barrier(Act::Hold { output }) => relay(output, 1),
            CameraTask::Barrier(Act::Release { output }) => relay(output, 0),
            CameraTask::List(task) => json!({ "white_list_operate": list_words(task) }),
            CameraTask::Serial { channel, bytes } => json!({ "serialData": [{
                "serialChannel": channel, "dataLen": bytes.len(), "data": STANDARD.encode(bytes),
            }] }),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::cameras::makes::codec::Level;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn camera(way: CommandWay) -> VzenithPush {
        VzenithPush::new(way, Duration::from_millis(500))
    }

    fn decode(way: CommandWay, content_type: &str, body: &[u8]) -> Result<Pushed, CodecError> {
        let (moment, content_type) = (Timestamp::UNIX_EPOCH, content_type.to_owned());
        let push = Push { content_type, body: body.to_vec(), ..Push::default() };
        camera(way).decode(&push, Now { moment, time_zone: &TimeZone::UTC })
    }

    fn alarm(extra: &Value) -> Value {
        let mut result = json!({
            "license": "粤B12345", "colorType": 1, "type": 1, "confidence": 97, "direction": 4, "triggerType": 1,
            "plateid": 812, "isoffline": 0, "timeStamp": { "Timeval": { "sec": 1_784_080_800, "usec": 0 } },
            "imageFile": STANDARD.encode(b"\xff\xd8\xff1"), "imageFragmentFile": STANDARD.encode(b"\xff\xd8\xff2"),
            "imagePath": "/snapshot/1.jpg",
        });
        for (key, value) in extra.as_object().unwrap() {
            result[key] = value.clone();
        }
        json!({ "AlarmInfoPlate": { "channel": 0, "ipaddr": "192.0.2.7", "serialno": "917e2298-8ddf3e46",
                "result": { "PlateResult": result } } })
    }

    fn pushed(way: CommandWay, extra: &Value) -> Pushed {
        decode(way, "application/json", alarm(extra).to_string().as_bytes()).unwrap()
    }

    fn read(extra: &Value) -> Plate {
        match pushed(CommandWay::Polled, extra).message {
            CameraMessage::Plate(plate) => *plate,
            other => panic!("{other:?}"),
        }
    }

    fn answer(way: CommandWay, extra: &Value, carried: &[Value]) -> Value {
        let push = Push { body: alarm(extra).to_string().into_bytes(), ..Push::default() };
        let answer: Value = serde_json::from_str(&camera(way).answer(&push, carried).body).unwrap();
        answer["Response_AlarmInfoPlate"].clone()
    }

    #[test]
    fn a_read_is_plain_text_with_its_pictures_inside() {
        let plate = read(&json!({}));
        assert_eq!(plate.plate, Some("粤B12345".parse().unwrap()));
        assert_eq!(
            (plate.plate_color.as_deref(), plate.heading),
            (Some("蓝色"), Some(crate::model::event::Heading::Approaching))
        );
        assert_eq!((plate.confidence, plate.pictures.len(), plate.late), (Some(97), 2, false));
        assert_eq!(read(&json!({ "license": "_无_" })).plate, None);
        assert!(read(&json!({ "isoffline": 1 })).late);
        let same = read(&json!({})).identity;
        assert!(same.told_apart && same == plate.identity);
        let later = json!({ "timeStamp": { "Timeval": { "sec": 1_784_080_900 } } });
        assert_ne!(read(&later).identity, same, "its counter begins anew");
        for no_moment in [json!(0), json!(null), json!("")] {
            let nameless = json!({ "timeStamp": { "Timeval": { "sec": no_moment } } });
            assert!(
                !read(&nameless).identity.told_apart,
                "its camera's serial number is no read's"
            );
        }
    }

    #[test]
    fn a_plate_in_cipher_is_none_and_says_why() {
        for encrypted in
            [json!({ "is_encrypted": 1 }), json!({ "license": "p3J5cHRlZCBwbGF0ZQ==" })]
        {
            let plate = read(&encrypted);
            assert_eq!((plate.plate, plate.unread), (None, Some(IN_CIPHER)), "{encrypted}");
        }
        assert_eq!(read(&json!({ "is_encrypted": 0 })).unread, None);
    }

    #[test]
    fn triggers_that_nobody_knows_are_no_passages() {
        for trigger in 0..=15 {
            // The same as over MQTT: bits, also several at once.
            let message = pushed(CommandWay::Polled, &json!({ "triggerType": trigger })).message;
            assert!(matches!(message, CameraMessage::Plate(_)), "{trigger}");
        }
        for trigger in [16, 64, 65, 85, 86, 99] {
            let message = pushed(CommandWay::Polled, &json!({ "triggerType": trigger })).message;
            assert_eq!(message, CameraMessage::Other, "{trigger}");
        }
        let back = pushed(CommandWay::Polled, &json!({ "triggerType": 66 })).message;
        assert!(matches!(back, CameraMessage::TurnedBack(Some(_))));
    }

    #[test]
    fn an_answer_stops_the_camera_and_opens_nothing_unless_it_carries_a_command() {
        for way in [CommandWay::Polled, CommandWay::Answered, CommandWay::Never] {
            let plain = answer(way, &json!({}), &[]);
            assert_eq!(
                (&plain["info"], &plain["content"]),
                (&json!("no"), &json!("retransfer_stop"))
            );
        }
        let late = answer(CommandWay::Polled, &json!({ "isoffline": 1 }), &[]);
        assert_eq!(late["ContinuePushOffline"], json!({ "plateid": 812, "continue": 1 }));
        let camera = camera(CommandWay::Answered);
        let open = camera.carried(CameraTask::Barrier(Act::Open { output: 1 })).unwrap();
        let bytes = |bytes| camera.carried(CameraTask::Serial { channel: 0, bytes }).unwrap();
        let both = answer(CommandWay::Answered, &json!({}), &[bytes(b"a"), open, bytes(b"bc")]);
        assert_eq!((&both["info"], &both["channelNum"]), (&json!("ok"), &json!(1)));
        assert_eq!(both["serialData"][1]["dataLen"], 2);
        let hold = camera.carried(CameraTask::Barrier(Act::Hold { output: 0 })).unwrap();
        assert_eq!(hold["ivs_ioctrl"]["value"], 1);
    }

    #[test]
    fn only_the_answer_to_a_live_read_may_carry_and_only_where_that_is_configured() {
        let answering = |way, extra| pushed(way, &extra).answering;
        assert_eq!(answering(CommandWay::Answered, json!({})), Answering::Carries);
        assert_eq!(answering(CommandWay::Answered, json!({ "isoffline": 1 })), Answering::Receipt);
        assert_eq!(answering(CommandWay::Polled, json!({})), Answering::Receipt);
        assert_eq!(answering(CommandWay::Never, json!({})), Answering::Receipt);
    }

    #[test]
    fn forms_parts_inputs_and_heartbeats_are_told_apart() {
        let json = alarm(&json!({})).to_string();
        let percent = json.replace('%', "%25").replace('&', "%26").replace('"', "%22");
        let form = "application/x-www-form-urlencoded";
        for body in [format!("data={percent}"), format!("x=1&AlarmInfoPlate={percent}")] {
            let pushed = decode(CommandWay::Never, form, body.as_bytes()).unwrap();
            assert!(matches!(pushed.message, CameraMessage::Plate(_)), "{pushed:?}");
            assert_eq!(pushed.claims.len(), 2);
        }
        let input = br#"{"AlarmGioIn":{"serialno":"917e","result":{"TriggerResult":{"source":1,"value":1}}}}"#;
        let input = decode(CommandWay::Polled, "", input).unwrap().message;
        assert_eq!(input, CameraMessage::Input { input: 1, level: Level::Closed });
        let beat = b"device_name=ivs&ipaddr=192.0.2.7&port=80&user_name=admin&pass_wd=secret&serialno=917e";
        let beat = decode(CommandWay::Polled, form, beat).unwrap();
        assert_eq!(
            (&beat.message, beat.answering),
            (&CameraMessage::KeepAlive(None), Answering::Waits)
        );
        assert!(!format!("{beat:?}").contains("secret"));
        let parts =
            "--b\r\nContent-Disposition: form-data; name=\"serialno\"\r\n\r\n917e\r\n--b--\r\n";
        let beat =
            decode(CommandWay::Never, "multipart/form-data; boundary=b", parts.as_bytes()).unwrap();
        assert_eq!(
            (beat.claims, beat.answering),
            (vec![Claim::Serial("917e".to_owned())], Answering::Receipt)
        );
        let named = decode(CommandWay::Polled, form, b"device_name=ivs&port=80").unwrap();
        assert_eq!((named.message, named.claims), (CameraMessage::KeepAlive(None), Vec::new()));
        assert!(decode(CommandWay::Polled, "", b"nothing").is_err());
    }

    proptest! {
        #[test]
        fn hostile_pushes_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), form in any::<bool>()) {
            let kind = if form { "application/x-www-form-urlencoded" } else { "multipart/form-data; boundary=b" };
            let _ = decode(CommandWay::Polled, kind, &bytes);
            let push = Push { body: bytes, ..Push::default() };
            let _ = camera(CommandWay::Answered).answer(&push, &[]);
        }
    }
}
