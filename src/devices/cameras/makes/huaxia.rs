//! Huaxia (华夏智信) cameras: they push forms that are none in places, and read commands in the answers. Pure.

use super::codec::{
    self, CameraMessage, CodecError, Identity, MessageNames, Now, Picture, Plate, moment,
};
use super::http::{CameraTask, CommandWay, PushAnswer, PushCodec};
use super::push::{Answering, Claim, Push, Pushed, percent_decoded, unreadable};
use super::{Ability, Make, ReadKeys, text};
use crate::config::reader::Section;
use crate::model::barrier::Act;
use crate::model::event::ImageShows;
use crate::standard::sign::hex;
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The make.
pub static MAKES: &[Make] = &[Make {
    name: "huaxia-http",
    abilities: &[Ability::Outputs, Ability::Serial],
    offline_after: SignedDuration::from_secs(120),
    read: ReadKeys::Http(|section| Arc::new(Huaxia::read(section))),
}];

/// One camera's language.
#[derive(Debug, Clone, PartialEq)]
pub struct Huaxia {
    way: CommandWay,
}

impl Huaxia {
    /// A camera that is told what to do that way.
    pub fn new(way: CommandWay) -> Self {
        Self { way }
    }

    fn read(section: &Section<'_>) -> Self {
        let ways = [
            ("heartbeat", CommandWay::Beat),
            ("answer", CommandWay::Answered),
            ("none", CommandWay::Never),
        ];
        Self::new(section.choice("open_by", &ways).unwrap_or(CommandWay::Beat))
    }
}

/// The fields of a push, under either set of names.
struct Fields<'p>(Vec<(String, &'p [u8])>);

impl Fields<'_> {
    fn raw(&self, names: &[&str]) -> Option<&[u8]> {
        let found = self.0.iter().find(|(name, _)| names.contains(&name.as_str()));
        found.map(|(_, value)| *value).filter(|value| !value.is_empty())
    }

    fn text(&self, names: &[&str]) -> String {
        self.raw(names).map(percent_decoded).unwrap_or_default().trim().to_owned()
    }

    /// Base64 whose signs that mean something in forms are others.
    fn picture(&self, names: &[&str]) -> Option<Picture> {
        let plain = self.raw(names)?.iter().map(|byte| match byte {
            b'-' => '+',
            b'_' => '/',
            b'.' => '=',
            other => char::from(*other),
        });
        codec::inside(&plain.collect::<String>())
    }
}

fn plate(fields: &Fields<'_>, body: &[u8], late: bool, zone: &TimeZone) -> CameraMessage {
    let shown = fields.text(&["plate_num", "car_plate"]);
    let (plate, aliases) = text::plates(&shown);
    let color = codec::color(&fields.text(&["plate_color", "color"]));
    let (id, time) = (fields.text(&["cam_id", "camera_id"]), fields.text(&["start_time"]));
    let (id, time) = (Value::from(id), Value::from(time));
    let sent = moment(&time, zone);
    let (taken, unread) = codec::taken_late(Some(&time), sent, late);
    let names = MessageNames { device: &[&id], moments: &[&time], ids: &[] };
    let pictures = [
        (ImageShows::Plate, fields.picture(&["closeup_pic"])),
        (ImageShows::Vehicle, fields.picture(&["picture"])),
    ];
    CameraMessage::Plate(Box::new(Plate {
        identity: Identity::new(names, &shown, body),
        plate,
        aliases,
        car_model: color.as_deref().and_then(codec::car_model),
        plate_color: color,
        car_color: codec::color(&fields.text(&["car_color"])),
        car_logo: codec::car_logo(&fields.text(&["car_logo"])),
        late,
        taken,
        sent,
        unread,
        pictures: pictures.into_iter().filter_map(|(shows, one)| Some((shows, one?))).collect(),
        ..Plate::default()
    }))
}

impl PushCodec for Huaxia {
    fn decode(&self, push: &Push, now: Now<'_>) -> Result<Pushed, CodecError> {
        let fields = Fields(push.fields());
        let serial = Some(fields.text(&["cam_id", "camera_id"])).filter(|id| !id.is_empty());
        let address = fields.text(&["cam_ip"]).parse().ok().map(Claim::Address);
        let claims = serial.map(Claim::Serial).into_iter().chain(address).collect();
        let (message, answering) = match (fields.text(&["type"]).to_lowercase().as_str(), self.way)
        {
            ("heartbeat", CommandWay::Beat) => (CameraMessage::KeepAlive(None), Answering::Carries),
            ("heartbeat", _) => (CameraMessage::KeepAlive(None), Answering::Receipt),
            ("offline", _) => (plate(&fields, &push.body, true, now.time_zone), Answering::Receipt),
            ("online", CommandWay::Answered) => {
                (plate(&fields, &push.body, false, now.time_zone), Answering::Carries)
            }
            ("online", _) => (plate(&fields, &push.body, false, now.time_zone), Answering::Receipt),
            _ => return Err(unreadable("neither online nor offline nor heartbeat")),
        };
        Ok(Pushed { message, claims, answering })
    }

    fn answer(&self, _push: &Push, carried: &[Value]) -> PushAnswer {
        let mut answer = Map::from_iter([
            ("error_num".to_owned(), json!(0)),
            ("error_str".to_owned(), json!("noerror")),
        ]);
        for (key, value) in carried.iter().filter_map(Value::as_object).flatten() {
            let list = answer.entry(key.clone()).or_insert_with(|| json!([]));
            if let (Value::Array(list), Value::Array(more)) = (list, value) {
                list.extend(more.iter().cloned());
            }
        }
        PushAnswer::json(&Value::Object(answer))
    }

    fn way(&self) -> CommandWay {
        self.way
    }

    fn carried(&self, task: CameraTask<'_>) -> Option<Value> {
        Some(match task {
            CameraTask::Barrier(
                Act::Open { output } | Act::Close { output } | Act::Stop { output },
            ) => {
                let number = u16::from(output) + 1;
                json!({ "gpio_data": [{ "ionum": format!("io{number}"), "action": "on" }] })
            }
            CameraTask::Serial { bytes, .. } => json!({ "rs485_data": [{
                "encodetype": "hex2string", "data": hex(bytes).to_uppercase(),
            }] }),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use jiff::{Timestamp, tz::TimeZone};
    use proptest::prelude::*;

    fn decode(way: CommandWay, body: &[u8]) -> Result<Pushed, CodecError> {
        let push = Push { body: body.to_vec(), ..Push::default() };
        Huaxia::new(way)
            .decode(&push, Now { moment: Timestamp::UNIX_EPOCH, time_zone: &TimeZone::UTC })
    }

    fn read(body: &[u8]) -> Plate {
        match decode(CommandWay::Beat, body).unwrap().message {
            CameraMessage::Plate(plate) => *plate,
            other => panic!("{other:?}"),
        }
    }

    fn form(kind: &str, names: [&str; 3]) -> Vec<u8> {
        let jpeg = STANDARD
            .encode(b"\xff\xd8\xff\xfb\xef\xbe1")
            .replace('+', "-")
            .replace('/', "_")
            .replace('=', ".");
        let [plate, color, id] = names;
        format!("type={kind}&{plate}=%E7%B2%A4B12345&{color}=蓝色&car_color=白色&start_time=1784080800&{id}=C1&cam_ip=192.0.2.8&picture={jpeg}")
            .into_bytes()
    }

    #[test]
    fn a_read_is_found_under_either_set_of_names() {
        for names in [["plate_num", "plate_color", "cam_id"], ["car_plate", "color", "camera_id"]] {
            let plate = read(&form("online", names));
            assert_eq!(plate.plate, Some("粤B12345".parse().unwrap()));
            assert_eq!(
                (plate.plate_color.as_deref(), plate.car_color.as_deref()),
                (Some("蓝色"), Some("白色"))
            );
            assert_eq!(plate.taken.map(Timestamp::as_second), Some(1_784_080_800));
            let jpeg = Picture::Bytes(b"\xff\xd8\xff\xfb\xef\xbe1".to_vec());
            assert_eq!(plate.pictures, [(ImageShows::Vehicle, jpeg)]);
            assert!(!plate.late && read(&form("offline", names)).late);
            assert_eq!(plate.identity, read(&form("offline", names)).identity);
        }
        for no_moment in ["start_time=0&", "start_time=&", ""] {
            let body = format!("type=online&plate_num=粤B12345&{no_moment}cam_id=HX-0123456789");
            assert!(!read(body.as_bytes()).identity.told_apart, "{body}");
        }
        assert_eq!(read("type=online&plate_num=无牌&start_time=1784080800".as_bytes()).plate, None);
        let marked = "\u{feff}type=ONLINE&plate_num=粤B12345&cam_id=C1";
        assert_eq!(read(marked.as_bytes()).plate, Some("粤B12345".parse().unwrap()));
    }

    #[test]
    fn what_an_answer_carries_depends_on_the_configuration_and_never_goes_to_a_late_read() {
        let names = ["plate_num", "plate_color", "cam_id"];
        let answering = |way, body: &[u8]| decode(way, body).unwrap().answering;
        assert_eq!(answering(CommandWay::Beat, b"type=heartbeat&cam_id=C1"), Answering::Carries);
        assert_eq!(answering(CommandWay::Beat, &form("online", names)), Answering::Receipt);
        assert_eq!(answering(CommandWay::Answered, &form("online", names)), Answering::Carries);
        assert_eq!(answering(CommandWay::Answered, &form("offline", names)), Answering::Receipt);
        assert_eq!(answering(CommandWay::Answered, b"type=heartbeat"), Answering::Receipt);
        let camera = Huaxia::new(CommandWay::Beat);
        let plain = camera.answer(&Push::default(), &[]).body;
        assert_eq!(
            serde_json::from_str::<Value>(&plain).unwrap(),
            json!({ "error_num": 0, "error_str": "noerror" })
        );
        let open = camera.carried(CameraTask::Barrier(Act::Open { output: 0 })).unwrap();
        let bytes =
            camera.carried(CameraTask::Serial { channel: 0, bytes: &[0xaa, 0x55] }).unwrap();
        let both: Value =
            serde_json::from_str(&camera.answer(&Push::default(), &[open, bytes]).body).unwrap();
        assert_eq!(both["gpio_data"], json!([{ "ionum": "io1", "action": "on" }]));
        assert_eq!(both["rs485_data"][0]["data"], "AA55");
    }

    proptest! {
        #[test]
        fn hostile_pushes_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(CommandWay::Beat, &bytes);
            let _ = decode(CommandWay::Beat, &[b"type=online&picture=", bytes.as_slice()].concat());
        }
    }
}
