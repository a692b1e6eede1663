//! Any camera that publishes JSON: where its plate, colour, time and pictures stand is configured by
//! JSON pointers. It is only listened to. Pure.

use super::codec::{
    self, CameraCodec, CameraCommand, CameraMessage, CodecError, Now, Outgoing, Plate, moment, word,
};
use super::pictures::Picture;
use crate::config::{MqttJson, PlateEncoding};
use crate::model::event::ImageShows;
use crate::standard::datetime::DateTime;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use encoding_rs::GBK;
use jiff::{Timestamp, tz::TimeZone};
use rumqttc::QoS;
use serde_json::Value;
use sha1::{Digest, Sha1};

/// One camera's language.
pub struct MappedJson {
    keys: MqttJson,
    time_zone: TimeZone,
}

impl MappedJson {
    /// The camera that `keys` describe; its times are those of the lot.
    pub fn new(keys: &MqttJson, time_zone: &TimeZone) -> Self {
        Self { keys: keys.clone(), time_zone: time_zone.clone() }
    }

    fn plate_text(&self, value: &Value) -> Result<String, CodecError> {
        let text = word(value);
        let bytes =
            || STANDARD.decode(text.trim()).map_err(|_| CodecError::Lacks("base64".to_owned()));
        Ok(match self.keys.plate_encoding {
            PlateEncoding::Utf8 | PlateEncoding::Gbk => text,
            PlateEncoding::Base64 => String::from_utf8_lossy(&bytes()?).into_owned(),
            PlateEncoding::Base64Gbk => GBK.decode(&bytes()?).0.into_owned(),
        })
    }

    /// Seconds or milliseconds since 1970, a moment with its offset, or the lot's own time.
    fn time(&self, value: &Value) -> Option<Timestamp> {
        let text = word(value);
        let local = || text.replace('T', " ").parse::<DateTime>().ok()?.moment(&self.time_zone);
        moment(value).or_else(|| text.parse().ok()).or_else(local)
    }

    fn color(&self, value: &Value) -> Option<String> {
        let text = word(value);
        let named = self.keys.plate_colors.get(&text).cloned();
        named.or_else(|| codec::color(&text).filter(|text| text.ends_with('色')))
    }

    fn car_color(&self, value: &Value) -> Option<String> {
        let text = word(value);
        let named = self.keys.car_colors.get(&text).cloned();
        named.or_else(|| codec::color(&text).filter(|text| text.ends_with('色')))
    }

    /// Table 11's number, or the camera's word for it.
    fn license_plate_type(&self, value: &Value) -> Option<i64> {
        let text = word(value);
        let named = self.keys.license_plate_types.get(&text).unwrap_or(&text);
        named.parse().ok().filter(|kind| matches!(kind, 1 | 2))
    }
}

fn at<'v>(message: &'v Value, pointer: Option<&String>) -> Option<&'v Value> {
    message.pointer(pointer?).filter(|value| !value.is_null())
}

fn is_yes(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| !matches!(word(value).as_str(), "" | "0" | "false"))
}

impl CameraCodec for MappedJson {
    fn topics(&self) -> Vec<(String, QoS)> {
        vec![(self.keys.topic.clone(), QoS::AtLeastOnce)]
    }

    fn decode(&self, _topic: &str, payload: &[u8]) -> Result<CameraMessage, CodecError> {
        let keys = &self.keys;
        let message: Value = if keys.plate_encoding == PlateEncoding::Gbk {
            serde_json::from_str(&GBK.decode(payload).0)?
        } else {
            serde_json::from_slice(payload)?
        };
        let Some(plate) = message.pointer(&keys.plate) else {
            // Heartbeats and the like come on the same topic.
            return Ok(CameraMessage::KeepAlive(None));
        };
        let color = at(&message, keys.plate_color.as_ref()).and_then(|value| self.color(value));
        let time = at(&message, keys.time.as_ref()).and_then(|value| self.time(value));
        let late = at(&message, keys.offline.as_ref()).is_some_and(is_yes);
        let picture = |pointer: &Option<String>| -> Option<Picture> {
            let text = word(at(&message, pointer.as_ref())?);
            codec::address(&text).or_else(|| codec::inside(&text))
        };
        let pictures = [
            (ImageShows::Plate, picture(&keys.plate_image)),
            (ImageShows::Vehicle, picture(&keys.image)),
        ];
        let identity = match at(&message, keys.message_id.as_ref()) {
            Some(id) => word(id),
            // The message itself, when nothing else tells it from another.
            None => crate::standard::sign::hex(&Sha1::digest(payload)),
        };
        Ok(CameraMessage::Plate(Box::new(Plate {
            identity,
            plate: codec::plate(&self.plate_text(plate)?)?,
            car_model: color.as_deref().and_then(codec::car_model),
            plate_color: color,
            license_plate_type: at(&message, keys.license_plate_type.as_ref())
                .and_then(|value| self.license_plate_type(value)),
            car_color: at(&message, keys.car_color.as_ref())
                .and_then(|value| self.car_color(value)),
            car_logo: at(&message, keys.car_logo.as_ref())
                .and_then(|value| codec::car_logo(codec::only_text(value))),
            late,
            taken: time,
            sent: time,
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
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn camera(plate_encoding: PlateEncoding) -> MappedJson {
        let pointer = |text: &str| Some(text.to_owned());
        let keys = MqttJson {
            mqtt: "lot".to_owned(),
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
        };
        MappedJson::new(&keys, &TimeZone::get("Asia/Shanghai").unwrap())
    }

    fn read(camera: &MappedJson, payload: &[u8]) -> Plate {
        match camera.decode("cam/1", payload).unwrap() {
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
    fn colour_time_and_pictures_are_found_where_they_are_pointed_at() {
        let message = json!({ "id": 7, "data": { "plate": "粤B12345", "color": 2, "late": true,
            "time": "2026-07-15 14:47:00", "image": "http://10.0.0.9/a.jpg" } });
        let plate = read(&camera(PlateEncoding::Utf8), message.to_string().as_bytes());
        assert_eq!((plate.plate_color.as_deref(), plate.car_model), (Some("黄色"), Some(1)));
        assert!(plate.late);
        assert_eq!(plate.taken.map(Timestamp::as_second), Some(1_784_098_020));
        assert_eq!(plate.identity, "7");
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
        let decoded = camera(PlateEncoding::Utf8).decode("cam/1", b"{\"beat\":1}").unwrap();
        assert_eq!(decoded, CameraMessage::KeepAlive(None));
    }

    proptest! {
        #[test]
        fn hostile_payloads_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for encoding in [PlateEncoding::Utf8, PlateEncoding::Gbk, PlateEncoding::Base64Gbk] {
                let _ = camera(encoding).decode("cam/1", &bytes);
            }
        }
    }
}
