//! A Vzenith camera's read behind a broker: `ivs_result`, and `quick_ivs_result` some 100 ms before it. Pure.

use super::Envelope;
use super::words::{
    IN_CIPHER, OFFLINE, PASSAGE, TURNED_BACK, car_color, color, heading, is_in_cipher,
    license_plate_type, opened_by_its_list,
};
use crate::devices::cameras::makes::codec::{
    self, CameraMessage, CodecError, Identity, MessageNames, Picture, Plate, is_yes, moment,
    number, word,
};
use crate::devices::cameras::makes::text;
use crate::model::event::ImageShows;
use crate::standard::plate::PlateNo;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

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

/// Reads a read; the end of its topic is part of its name.
pub(super) fn read(
    name: &str,
    payload: &[u8],
    zone: &TimeZone,
) -> Result<CameraMessage, CodecError> {
    let envelope: Envelope<PlatePayload> = codec::json(payload)?;
    let Some(inside) = envelope.payload else {
        return Ok(CameraMessage::Other);
    };
    let result = inside.alarm.result.plate;
    let in_cipher = is_in_cipher(&result.is_encrypted, &license_text(&result.license));
    let (plate, aliases) = if in_cipher { (None, Vec::new()) } else { plates(&result) };
    let (late, odd_late) = codec::late(OFFLINE, &result.isoffline);
    match number(&result.trigger_type) {
        // Told late, it is of a stay that may have ended since.
        Some(TURNED_BACK) if late => return Ok(CameraMessage::Other),
        Some(TURNED_BACK) => return Ok(CameraMessage::TurnedBack(plate)),
        Some(trigger) if !PASSAGE.contains(&trigger) => return Ok(CameraMessage::Other),
        _ => {}
    }
    let sent = moment(&envelope.timestamp, zone);
    let second = &result.time_stamp.timeval.sec;
    let (taken, untimed) = codec::taken_late(Some(second), moment(second, zone), late);
    let color = number(&result.color_type).and_then(color);
    let fake = is_yes(&result.is_fake_plate);
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
        late,
        odd_late,
        taken: taken.or(sent),
        sent,
        by_camera,
        fake,
        license_plate_type: number(&result.kind).filter(|_| !fake).and_then(license_plate_type),
        car_color: car_color(&result.car_color),
        car_logo: codec::car_logo(codec::only_text(brand)),
        pictures: pictures(&result),
        unread: in_cipher.then_some(IN_CIPHER).or(untimed),
        receipt: None,
    })))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Heading;
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::json;

    fn decode(name: &str, payload: &[u8]) -> Result<CameraMessage, CodecError> {
        super::super::messages::decode(name, payload, &TimeZone::UTC)
    }

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

    proptest! {
        #[test]
        fn any_text_is_a_plate_or_none(text in "\\PC{0,40}") {
            let _ = text::plates(&license_text(&text));
        }
    }
}
