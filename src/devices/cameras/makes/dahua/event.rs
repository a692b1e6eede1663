//! Dahua's event at the gate as what it says. Pure.

use crate::devices::cameras::makes::codec::{
    self, CameraMessage, Identity, MessageNames, Plate, moment,
};
use crate::devices::cameras::makes::text;
use crate::foreign::number;
use crate::model::event::{Heading, ImageShows};
use jiff::tz::TimeZone;
use serde_json::Value;

/// An event at the gate.
pub(super) fn event(message: &Value, body: &[u8], zone: &TimeZone) -> CameraMessage {
    let at = |pointer: &str| message.pointer(pointer).unwrap_or(&Value::Null);
    let category = codec::only_text(at("/Picture/SnapInfo/SnapCategory"));
    if category.eq_ignore_ascii_case("NonMotor") {
        return CameraMessage::Other;
    }
    let shown = codec::only_text(at("/Picture/Plate/PlateNumber"));
    let is_there = number::yes(at("/Picture/Plate/IsExist")) != Some(false);
    let none = !is_there || shown.eq_ignore_ascii_case("unlicensed") || shown == "--";
    let (plate, aliases) = if none { (None, Vec::new()) } else { text::plates(shown) };
    let color = plate_color(codec::only_text(at("/Picture/Plate/PlateColor")));
    let time = at("/Picture/SnapInfo/AccurateTime");
    let taken = moment(time, zone);
    let (device, ids) = ([at("/Picture/SnapInfo/DeviceID")], [at("/Picture/Plate/UploadNum")]);
    let names = MessageNames { device: &device, ids: &ids, moments: &[time] };
    CameraMessage::Plate(Box::new(Plate {
        identity: Identity::new(names, shown, body),
        plate,
        aliases,
        confidence: codec::confidence(at("/Picture/Plate/Confidence")),
        heading: match codec::only_text(at("/Picture/SnapInfo/Direction")) {
            "Obverse" => Some(Heading::Approaching),
            "Reverse" => Some(Heading::Receding),
            _ => None,
        },
        car_model: color.and_then(codec::car_model),
        plate_color: color.map(str::to_owned),
        car_color: car_color(codec::only_text(at("/Picture/Vehicle/VehicleColor"))),
        car_logo: codec::car_logo(codec::only_text(at("/Picture/Vehicle/VehicleSign"))),
        taken,
        sent: taken,
        pictures: pictures(message),
        ..Plate::default()
    }))
}

fn pictures(message: &Value) -> Vec<(ImageShows, codec::Picture)> {
    let content = |name: &str| {
        let picture = message.pointer("/Picture")?.get(name)?;
        ["Content", "Data", "PicData"]
            .iter()
            .find_map(|key| codec::inside(codec::only_text(picture.get(*key)?)))
    };
    let plate = content("CutoutPic").map(|one| (ImageShows::Plate, one));
    let vehicle = content("NormalPic").or_else(|| content("VehiclePic"));
    plate.into_iter().chain(vehicle.map(|one| (ImageShows::Vehicle, one))).collect()
}

fn plate_color(word: &str) -> Option<&'static str> {
    Some(match word {
        "Blue" | "BluebottomWhiteText" => "蓝色",
        "Yellow" | "YellowbottomBlackText" => "黄色",
        "White" => "白色",
        "Black" | "BlackBottomWhiteText" => "黑色",
        // Small and large new energy.
        "Green" | "ShadowGreen" => "绿色",
        "YellowGreen" => "黄绿色",
        _ => return None,
    })
}

fn car_color(word: &str) -> Option<String> {
    let color = match word {
        "White" => "白色",
        "Black" => "黑色",
        "Red" => "红色",
        "Yellow" => "黄色",
        "Gray" | "Grey" => "灰色",
        "Silver" => "银色",
        "Blue" => "蓝色",
        "Green" => "绿色",
        "Brown" => "棕色",
        "Pink" => "粉色",
        "Purple" => "紫色",
        _ => return None,
    };
    Some(color.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::Dahua;
    use super::*;
    use crate::devices::cameras::makes::codec::{CodecError, Now};
    use crate::devices::cameras::makes::http::PushCodec;
    use crate::devices::cameras::makes::push::{Push, Pushed};
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::json;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    fn decode(body: &[u8]) -> Result<Pushed, CodecError> {
        let moment = Timestamp::from_second(1_784_080_800).unwrap();
        let push = Push { body: body.to_vec(), ..Push::default() };
        Dahua::new(1).decode(&push, Now { moment, time_zone: &zone() })
    }

    fn event(change: impl Fn(&mut Value)) -> Value {
        let mut event = json!({ "Picture": {
            "Plate": { "IsExist": true, "PlateNumber": "粤B12345", "PlateColor": "Blue", "Confidence": 96, "UploadNum": 1 },
            "Vehicle": { "VehicleColor": "White", "VehicleSign": "Toyota" },
            "SnapInfo": { "AccurateTime": "2026-07-15 10:00:00.120", "DeviceID": "D1", "Direction": "Obverse" },
            "NormalPic": { "Content": STANDARD.encode(b"\xff\xd8\xffn") },
            "CutoutPic": { "PicData": STANDARD.encode(b"\xff\xd8\xffc") },
        } });
        change(&mut event);
        event
    }

    fn read(change: impl Fn(&mut Value)) -> Plate {
        match decode(event(change).to_string().as_bytes()).unwrap().message {
            CameraMessage::Plate(plate) => *plate,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_event_carries_its_plate_its_lots_time_and_its_pictures() {
        let read = read(|_| {});
        assert_eq!(read.plate, Some("粤B12345".parse().unwrap()));
        assert_eq!((read.plate_color.as_deref(), read.car_model), (Some("蓝色"), Some(3)));
        assert_eq!(
            (read.car_color.as_deref(), read.car_logo.as_deref()),
            (Some("白色"), Some("Toyota"))
        );
        assert_eq!((read.confidence, read.heading), (Some(96), Some(Heading::Approaching)));
        assert_eq!(read.taken.map(Timestamp::as_second), Some(1_784_080_800));
        let shows: Vec<_> = read.pictures.iter().map(|(shows, _)| *shows).collect();
        assert_eq!(shows, [ImageShows::Plate, ImageShows::Vehicle]);
        assert!(!read.late, "nothing marks one that is late");
        let west = self::read(|event| event["Picture"]["SnapInfo"]["TimeZone"] = json!(-7));
        assert_eq!(
            west.taken, read.taken,
            "its clock shows the lot's time, whatever its zone is set to"
        );
    }

    #[test]
    fn an_event_is_known_by_its_camera_its_time_and_its_plate() {
        let first = read(|_| {}).identity;
        assert!(first.told_apart && first == read(|_| {}).identity);
        for pointer in [
            "/Picture/Plate/PlateNumber",
            "/Picture/SnapInfo/AccurateTime",
            "/Picture/Plate/UploadNum",
        ] {
            let other = read(|event| *event.pointer_mut(pointer).unwrap() = json!("粤B54321"));
            assert_ne!(other.identity, first, "{pointer}");
        }
        let serial =
            |event: &mut Value| event["Picture"]["SnapInfo"]["DeviceID"] = json!("2A01B7C4PAG0001");
        let nameless = |event: &mut Value| {
            serial(event);
            event["Picture"]["SnapInfo"]["AccurateTime"] = json!("");
        };
        assert!(read(serial).identity.told_apart);
        assert!(!read(nameless).identity.told_apart, "its camera's name is no event's");
    }

    #[test]
    fn a_car_without_a_plate_and_a_cyclist_are_told_apart() {
        for none in ["", "--", "unlicensed", "Unlicensed"] {
            assert_eq!(
                read(|event| event["Picture"]["Plate"]["PlateNumber"] = json!(none)).plate,
                None
            );
        }
        assert_eq!(read(|event| event["Picture"]["Plate"]["IsExist"] = json!(false)).plate, None);
        let cyclist =
            event(|event| event["Picture"]["SnapInfo"]["SnapCategory"] = json!("NonMotor"));
        assert_eq!(decode(cyclist.to_string().as_bytes()).unwrap().message, CameraMessage::Other);
    }

    proptest! {
        #[test]
        fn hostile_pushes_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), time in "\\PC{0,30}") {
            let _ = decode(&bytes);
            let _ = read(|event| {
                event["Picture"]["SnapInfo"]["AccurateTime"] = json!(time);
            });
        }
    }
}
