//! Any camera that publishes JSON: where its plate, colour, time and pictures stand is configured by
//! JSON pointers. It is only listened to. Pure.

use super::codec::{
    self, CameraCodec, CameraCommand, CameraMessage, CodecError, Identity, KeyPointer,
    MessageNames, Now, Outgoing, Picture, Plate, word,
};
use super::{Make, ReadKeys, text};
use crate::config::reader::Section;
use crate::foreign;
use crate::lang::{LotProblem, Problem};
use crate::model::event::{Heading, ImageShows};
use jiff::{SignedDuration, tz::TimeZone};
use rumqttc::QoS;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The make.
pub static MAKES: &[Make] = &[Make {
    name: "mqtt-json",
    abilities: &[],
    // Nobody knows how often such a camera sends; a day without a car is possible.
    offline_after: SignedDuration::from_hours(24),
    read: ReadKeys::Mqtt(|section| Arc::new(MappedJson::new(read(section)))),
}];

/// Its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct MqttJson {
    /// The topics it publishes on, with `+` and `#`.
    pub topic: String,
    /// JSON pointer to the plate.
    pub plate: String,
    /// How the plate is written.
    pub plate_encoding: PlateEncoding,
    /// JSON pointer to the plate's colour.
    pub plate_color: Option<String>,
    /// The camera's words for colours and the standard's.
    pub plate_colors: BTreeMap<String, String>,
    /// JSON pointer to the vehicle's colour.
    pub car_color: Option<String>,
    /// The camera's words for vehicles' colours and the standard's.
    pub car_colors: BTreeMap<String, String>,
    /// JSON pointer to the vehicle's brand.
    pub car_logo: Option<String>,
    /// JSON pointer to whether the plate is permanent (1) or temporary (2).
    pub license_plate_type: Option<String>,
    /// The camera's words for that and the standard's numbers.
    pub license_plate_types: BTreeMap<String, String>,
    /// JSON pointer to the moment of the read.
    pub time: Option<String>,
    /// JSON pointer to what makes a message itself.
    pub message_id: Option<String>,
    /// JSON pointer to the picture of the vehicle.
    pub image: Option<String>,
    /// JSON pointer to the picture of the plate.
    pub plate_image: Option<String>,
    /// JSON pointer to whether the read is sent late.
    pub offline: Option<String>,
    /// JSON pointer to how sure the camera is, of 100 or of 1.
    pub confidence: Option<String>,
    /// JSON pointer to which way the car drives.
    pub direction: Option<String>,
    /// The camera's words for that.
    pub directions: BTreeMap<String, Heading>,
}

/// `plate_encoding`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlateEncoding {
    /// As text; the message itself is UTF-8.
    Utf8,
    /// As text; the message itself is GBK.
    Gbk,
    /// Base64 of UTF-8.
    Base64,
    /// Base64 of GBK.
    Base64Gbk,
}

fn read(section: &Section<'_>) -> MqttJson {
    let encodings = [
        ("utf8", PlateEncoding::Utf8),
        ("gbk", PlateEncoding::Gbk),
        ("base64", PlateEncoding::Base64),
        ("base64-gbk", PlateEncoding::Base64Gbk),
    ];
    let plate = section.pointer("plate").unwrap_or_default();
    if plate.is_empty() {
        section.required_text("plate");
    }
    MqttJson {
        topic: section.required_text("topic"),
        plate,
        plate_encoding: section.choice("plate_encoding", &encodings).unwrap_or(PlateEncoding::Utf8),
        plate_color: section.pointer("plate_color"),
        plate_colors: colors(section, "plate_colors"),
        car_color: section.pointer("car_color"),
        car_colors: colors(section, "car_colors"),
        car_logo: section.pointer("car_logo"),
        license_plate_type: section.pointer("license_plate_type"),
        license_plate_types: section.text_map("license_plate_types"),
        time: section.pointer("time"),
        message_id: section.pointer("message_id"),
        image: section.pointer("image"),
        plate_image: section.pointer("plate_image"),
        offline: section.pointer("offline"),
        confidence: section.pointer("confidence"),
        direction: section.pointer("direction"),
        directions: headings(section, "directions"),
    }
}

/// A table of headings under the camera's own words.
fn headings(section: &Section<'_>, key: &str) -> BTreeMap<String, Heading> {
    let mut headings = BTreeMap::new();
    for (word, heading) in section.text_map(key) {
        match heading.as_str() {
            "approaching" => drop(headings.insert(word, Heading::Approaching)),
            "receding" => drop(headings.insert(word, Heading::Receding)),
            _ => section.problem(
                key,
                Problem::NotOneOf {
                    key: format!("{key}.{word}"),
                    allowed: "approaching, receding".to_owned(),
                    nearest: None,
                },
            ),
        }
    }
    headings
}

/// A table of colours, for each of which table 11 has three characters.
fn colors(section: &Section<'_>, key: &str) -> BTreeMap<String, String> {
    const MAX: u16 = 3;
    let mut colors = section.text_map(key);
    colors.retain(|_, color| {
        let have = color.chars().count();
        let fits = have <= usize::from(MAX);
        if !fits {
            // Sent, it would cost the record.
            let key = key.to_owned();
            section.problem(&key.clone(), LotProblem::LongColor { key, max: MAX, have }.into());
        }
        fits
    });
    colors
}

/// One camera's language.
#[derive(Debug, PartialEq)]
pub struct MappedJson(MqttJson);

impl MappedJson {
    /// The camera that `keys` describe.
    pub fn new(keys: MqttJson) -> Self {
        Self(keys)
    }

    /// The text of the plate; a list of plates is one text.
    fn plate_text(&self, value: &Value) -> String {
        let one = |value: &Value| {
            let text = codec::only_text(value).to_owned();
            match self.0.plate_encoding {
                PlateEncoding::Utf8 | PlateEncoding::Gbk => text,
                // What is no base64 may be the plate itself.
                PlateEncoding::Base64 | PlateEncoding::Base64Gbk => {
                    text::of_base64(&text).unwrap_or(text)
                }
            }
        };
        match value {
            Value::Array(plates) => plates.iter().map(one).collect::<Vec<_>>().join("|"),
            value => one(value),
        }
    }

    fn heading(&self, value: &Value) -> Option<Heading> {
        named(&self.0.directions, value).copied()
    }

    fn color(&self, value: &Value) -> Option<String> {
        color(&self.0.plate_colors, value)
    }

    fn car_color(&self, value: &Value) -> Option<String> {
        color(&self.0.car_colors, value)
    }

    /// Table 11's number, or the camera's word for it.
    fn license_plate_type(&self, value: &Value) -> Option<i64> {
        let named = named(&self.0.license_plate_types, value);
        let kind = named.map_or_else(|| codec::number(value), |kind| kind.trim().parse().ok());
        kind.filter(|kind| matches!(kind, 1 | 2))
    }
}

/// What stands in a table under a value: numbers by value, words without case and what stands around them.
fn named<'t, T>(table: &'t BTreeMap<String, T>, value: &Value) -> Option<&'t T> {
    let word = word(value);
    let wanted = codec::decimal(value);
    let is = |key: &str| {
        let alike = key.trim().to_lowercase() == word.trim_matches(['\0', ' ']).to_lowercase();
        alike || wanted.is_some() && foreign::number::decimal(key) == wanted
    };
    table.get(&word).or_else(|| table.iter().find(|(key, _)| is(key)).map(|(_, named)| named))
}

/// The standard's word for a colour, by the camera's own or as it stands.
fn color(table: &BTreeMap<String, String>, value: &Value) -> Option<String> {
    let known = || codec::color(&word(value)).filter(|text| text.ends_with('色'));
    named(table, value).cloned().or_else(known)
}

fn at<'v>(message: &'v Value, pointer: Option<&String>) -> Option<&'v Value> {
    message.pointer(pointer?).filter(|value| !value.is_null())
}

/// Of 100, or a part of 1.
fn confidence(value: &Value) -> Option<u8> {
    let told = codec::decimal(value)?;
    let percent = if told <= Decimal::ONE { told * Decimal::ONE_HUNDRED } else { told };
    u8::try_from(percent.round()).ok().filter(|percent| (1..=100).contains(percent))
}

impl CameraCodec for MappedJson {
    fn topics(&self) -> Vec<(String, QoS)> {
        vec![(self.0.topic.clone(), QoS::AtLeastOnce)]
    }

    fn pointers(&self) -> Vec<KeyPointer> {
        let keys = &self.0;
        let plate = KeyPointer { key: "plate", pointer: keys.plate.clone() };
        let others = [
            ("plate_color", &keys.plate_color),
            ("car_color", &keys.car_color),
            ("car_logo", &keys.car_logo),
            ("license_plate_type", &keys.license_plate_type),
            ("time", &keys.time),
            ("message_id", &keys.message_id),
            ("image", &keys.image),
            ("plate_image", &keys.plate_image),
            ("offline", &keys.offline),
            ("confidence", &keys.confidence),
            ("direction", &keys.direction),
        ];
        let others = others
            .into_iter()
            .filter_map(|(key, pointer)| Some(KeyPointer { key, pointer: pointer.clone()? }));
        std::iter::once(plate).chain(others).collect()
    }

    fn decode(
        &self,
        _topic: &str,
        payload: &[u8],
        time_zone: &TimeZone,
    ) -> Result<CameraMessage, CodecError> {
        let keys = &self.0;
        let message: Value = if keys.plate_encoding == PlateEncoding::Gbk {
            foreign::json::of_device(&text::of_gbk(payload))?
        } else {
            codec::json(payload)?
        };
        let Some(value) = message.pointer(&keys.plate) else {
            // Heartbeats and the like come on the same topic.
            return Ok(CameraMessage::KeepAlive(None));
        };
        let color = at(&message, keys.plate_color.as_ref()).and_then(|value| self.color(value));
        let moment = at(&message, keys.time.as_ref());
        let time = moment.and_then(|value| codec::moment(value, time_zone));
        let late = at(&message, keys.offline.as_ref());
        let (late, odd_late) = late.map_or((false, None), |value| codec::late("offline", value));
        let (taken, unread) = codec::taken_late(moment, time, late);
        let picture = |pointer: &Option<String>| -> Option<Picture> {
            let text = word(at(&message, pointer.as_ref())?);
            codec::address(&text).or_else(|| codec::inside(&text))
        };
        let pictures = [
            (ImageShows::Plate, picture(&keys.plate_image)),
            (ImageShows::Vehicle, picture(&keys.image)),
        ];
        let id = at(&message, keys.message_id.as_ref()).unwrap_or(&Value::Null);
        let shown = self.plate_text(value);
        let (plate, aliases) = text::plates(&shown);
        let (ids, moments) = ([id], [moment.unwrap_or(&Value::Null)]);
        let names = MessageNames { ids: &ids, moments: &moments, device: &[] };
        Ok(CameraMessage::Plate(Box::new(Plate {
            identity: Identity::new(names, &shown, payload),
            plate,
            aliases,
            confidence: at(&message, keys.confidence.as_ref()).and_then(confidence),
            heading: at(&message, keys.direction.as_ref()).and_then(|value| self.heading(value)),
            car_model: color.as_deref().and_then(codec::car_model),
            plate_color: color,
            license_plate_type: at(&message, keys.license_plate_type.as_ref())
                .and_then(|value| self.license_plate_type(value)),
            car_color: at(&message, keys.car_color.as_ref())
                .and_then(|value| self.car_color(value)),
            car_logo: at(&message, keys.car_logo.as_ref())
                .and_then(|value| codec::car_logo(codec::only_text(value))),
            late,
            odd_late,
            taken,
            sent: time,
            by_camera: false,
            unread,
            fake: false,
            pictures: pictures
                .into_iter()
                .filter_map(|(shows, picture)| Some((shows, picture?)))
                .collect(),
            receipt: None,
        })))
    }

    fn command(&self, _id: &str, _now: Now<'_>, _command: &CameraCommand) -> Option<Outgoing> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use encoding_rs::GBK;
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::json;

    fn camera(plate_encoding: PlateEncoding) -> MappedJson {
        let pointer = |text: &str| Some(text.to_owned());
        let keys = MqttJson {
            topic: "cam/+".to_owned(),
            plate: "/data/plate".to_owned(),
            plate_encoding,
            plate_color: pointer("/data/color"),
            plate_colors: BTreeMap::from([("2".to_owned(), "黄色".to_owned())]),
            car_color: pointer("/data/body"),
            car_colors: BTreeMap::from([("9".to_owned(), "白色".to_owned())]),
            car_logo: pointer("/data/brand"),
            license_plate_type: pointer("/data/kind"),
            license_plate_types: BTreeMap::from([("temp".to_owned(), "2".to_owned())]),
            time: pointer("/data/time"),
            message_id: pointer("/id"),
            image: pointer("/data/image"),
            plate_image: None,
            offline: pointer("/data/late"),
            confidence: pointer("/data/sure"),
            direction: pointer("/data/way"),
            directions: BTreeMap::from([
                ("in".to_owned(), Heading::Approaching),
                ("2".to_owned(), Heading::Receding),
            ]),
        };
        MappedJson::new(keys)
    }

    fn read(camera: &MappedJson, payload: &[u8]) -> Plate {
        match camera.decode("cam/1", payload, &TimeZone::get("Asia/Shanghai").unwrap()).unwrap() {
            CameraMessage::Plate(plate) => *plate,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_plate_is_read_in_each_encoding() {
        let plate = |text: &str| json!({ "data": { "plate": text } }).to_string();
        let gbk = GBK.encode("粤B12345").0;
        for (encoding, payload) in [
            (PlateEncoding::Utf8, plate("粤B12345").into_bytes()),
            (PlateEncoding::Gbk, GBK.encode(&plate("粤B12345")).0.into_owned()),
            (PlateEncoding::Base64, plate(&STANDARD.encode("粤B12345")).into_bytes()),
            (PlateEncoding::Base64Gbk, plate(&STANDARD.encode(&gbk)).into_bytes()),
        ] {
            let read = read(&camera(encoding), &payload);
            assert_eq!(read.plate, Some("粤B12345".parse().unwrap()), "{encoding:?}");
        }
    }

    #[test]
    fn it_tells_how_sure_it_is_and_which_way_the_car_drives() {
        let told = |sure: Value, way: Value| {
            let message = json!({ "data": { "plate": "粤B12345", "sure": sure, "way": way } });
            let read = read(&camera(PlateEncoding::Utf8), message.to_string().as_bytes());
            (read.confidence, read.heading)
        };
        assert_eq!(told(json!(0.87), json!("in")), (Some(87), Some(Heading::Approaching)));
        assert_eq!(told(json!("93.4"), json!(2)), (Some(93), Some(Heading::Receding)));
        assert_eq!(told(json!("1.0"), json!("out")), (Some(100), None));
        assert_eq!(told(json!("55%"), json!(null)), (Some(55), None));
        for nonsense in [json!(0), json!(-3), json!(250), json!("high"), json!("NaN"), json!("inf")]
        {
            assert_eq!(told(nonsense, json!([])), (None, None));
        }
    }

    #[test]
    fn a_late_read_whose_moment_cannot_be_read_is_of_no_time_and_says_why() {
        let of = |time: Value, late: bool| {
            let data = json!({ "plate": "粤B12345", "time": time, "late": late });
            let message = json!({ "data": data }).to_string();
            let read = read(&camera(PlateEncoding::Utf8), message.as_bytes());
            (read.taken.map(Timestamp::as_second), read.unread.is_some())
        };
        for time in ["soon", "06:12:05", "2026-11-30", "20261130", "0x6565"] {
            assert_eq!(of(json!(time), true), (Some(0), true), "{time}");
            assert_eq!(of(json!(time), false), (None, false), "{time}");
        }
        for nothing in [json!(null), json!(""), json!(0)] {
            assert_eq!(of(nothing, true), (None, false));
        }
        assert_eq!(of(json!("11/30/2026 06:08:05"), true), (Some(1_795_990_085), false));
    }

    #[test]
    fn a_read_is_late_by_a_word_for_it_and_by_no_other() {
        let late = |word: Value| {
            let message = json!({ "data": { "plate": "粤B12345", "late": word } }).to_string();
            read(&camera(PlateEncoding::Utf8), message.as_bytes()).late
        };
        for yes in
            [json!(1), json!("1.0"), json!(true), json!("YES"), json!("Offline"), json!("离线")]
        {
            assert!(late(yes.clone()), "{yes}");
        }
        for no in [json!(0), json!(null), json!("online"), json!("realtime"), json!(2), json!({})] {
            assert!(!late(no.clone()), "{no}");
        }
    }

    #[test]
    fn whatever_stands_in_a_read_a_car_stands_there() {
        for encoding in [PlateEncoding::Utf8, PlateEncoding::Base64, PlateEncoding::Base64Gbk] {
            for plate in
                [json!("临时入境粤Z1234港"), json!(12345), json!("%%%"), json!({}), json!(null)]
            {
                let message = json!({ "data": { "plate": plate } }).to_string();
                assert_eq!(read(&camera(encoding), message.as_bytes()).plate, None);
            }
        }
        let list = json!({ "data": { "plate": ["AB1234", "粤Z1234港"] } }).to_string();
        let both = read(&camera(PlateEncoding::Utf8), list.as_bytes());
        assert_eq!((both.plate, both.aliases.len()), (Some("粤Z1234港".parse().unwrap()), 1));
    }

    #[test]
    fn a_message_is_known_by_its_id_its_plate_and_its_moment() {
        let of = |id: Value, plate: &str, time: Value| {
            let message = json!({ "id": id, "data": { "plate": plate, "time": time } });
            read(&camera(PlateEncoding::Utf8), message.to_string().as_bytes()).identity
        };
        let first = of(json!(7), "粤B12345", json!("2026-07-15 14:47:00"));
        assert!(first.told_apart);
        assert_ne!(first, of(json!(7), "粤B12346", json!("2026-07-15 14:47:00")));
        assert_ne!(first, of(json!(7), "粤B12345", json!("2026-07-15 14:48:00")));
        assert!(!of(json!(7), "粤B12345", json!(null)).told_apart, "a counter begins anew");
        assert!(!of(json!(null), "粤B12345", json!(0)).told_apart);
        assert!(of(json!("5f0c21d4-8a6e"), "粤B12345", json!(null)).told_apart);
    }

    #[test]
    fn colour_time_and_pictures_are_found_where_they_are_pointed_at() {
        let message = json!({ "id": 7, "data": { "plate": "粤B12345", "color": 2, "late": true,
            "time": "2026-07-15 14:47:00", "image": "http://10.0.0.9/a.jpg" } });
        let plate = read(&camera(PlateEncoding::Utf8), message.to_string().as_bytes());
        assert_eq!((plate.plate_color.as_deref(), plate.car_model), (Some("黄色"), Some(1)));
        assert!(plate.late);
        assert_eq!(plate.taken.map(Timestamp::as_second), Some(1_784_098_020));
        assert_eq!(plate.identity.text, "7:2026-07-15 14:47:00:粤B12345");
        assert_eq!(plate.pictures.len(), 1);
        for time in
            [json!(1_784_098_020), json!(1_784_098_020_000_i64), json!("2026-07-15T14:47:00+08:00")]
        {
            let message = json!({ "data": { "plate": "粤B12345", "time": time } });
            let plate = read(&camera(PlateEncoding::Utf8), message.to_string().as_bytes());
            assert_eq!(plate.sent.map(Timestamp::as_second), Some(1_784_098_020), "{time}");
        }
    }

    #[test]
    fn the_cars_colour_brand_and_kind_of_plate_are_found_and_fit_their_table() {
        let told = |data: Value| {
            let message = json!({ "data": data }).to_string();
            let plate = read(&camera(PlateEncoding::Utf8), message.as_bytes());
            (plate.car_color, plate.car_logo, plate.license_plate_type, plate.plate_color)
        };
        let text = |text: &str| Some(text.to_owned());
        let listed = json!({ "plate": "粤B12345", "body": 9, "brand": "大众", "kind": "temp" });
        assert_eq!(told(listed), (text("白色"), text("大众"), Some(2), None));
        let own = json!({ "plate": "粤B12345", "body": "红色", "brand": 4, "kind": 1 });
        assert_eq!(told(own), (text("红色"), None, Some(1), None));
        let long =
            json!({ "plate": "粤B12345", "body": "珍珠白色", "color": "蓝底白字色", "kind": 7 });
        assert_eq!(told(long), (None, None, None, None), "nothing that a report could not hold");
    }

    #[test]
    fn a_message_without_a_plate_shows_that_the_camera_lives() {
        let decoded =
            camera(PlateEncoding::Utf8).decode("cam/1", b"{\"beat\":1}", &TimeZone::UTC).unwrap();
        assert_eq!(decoded, CameraMessage::KeepAlive(None));
    }

    proptest! {
        #[test]
        fn hostile_payloads_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for encoding in [PlateEncoding::Utf8, PlateEncoding::Gbk, PlateEncoding::Base64Gbk] {
                let _ = camera(encoding).decode("cam/1", &bytes, &TimeZone::UTC);
            }
        }
    }
}
