#![no_main]
//! Messages of cameras known by JSON pointers only, in every encoding.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::codec::{CameraCodec, CameraMessage};
use lotgate::devices::cameras::makes::mqtt_json::{MappedJson, MqttJson, PlateEncoding};
use std::collections::BTreeMap;

fuzz_target!(|payload: &[u8]| {
    let pointer = |text: &str| Some(text.to_owned());
    for plate_encoding in
        [PlateEncoding::Utf8, PlateEncoding::Gbk, PlateEncoding::Base64, PlateEncoding::Base64Gbk]
    {
        let keys = MqttJson {
            topic: String::new(),
            plate: "/p".to_owned(),
            plate_encoding,
            plate_color: pointer("/c"),
            plate_colors: BTreeMap::new(),
            car_color: pointer("/b"),
            car_colors: BTreeMap::new(),
            car_logo: pointer("/l"),
            license_plate_type: pointer("/k"),
            license_plate_types: BTreeMap::new(),
            time: pointer("/t"),
            message_id: pointer("/i"),
            image: pointer("/g"),
            plate_image: pointer("/h"),
            offline: pointer("/o"),
            confidence: pointer("/s"),
            direction: pointer("/d"),
            directions: BTreeMap::new(),
        };
        let camera = MappedJson::new(keys);
        let zone = jiff::tz::TimeZone::UTC;
        let plain = camera.decode("", payload, &zone);
        let is_text = payload.first() == Some(&b'{')
            && !payload.contains(&0)
            && std::str::from_utf8(payload).is_ok();
        // A mark, NULs and white space around mean nothing.
        if let (true, PlateEncoding::Utf8, Ok(CameraMessage::Plate(plain))) =
            (is_text, plate_encoding, plain)
        {
            let around = [b"\xef\xbb\xbf \r\n", payload, b"\0\0"].concat();
            let Ok(CameraMessage::Plate(marked)) = camera.decode("", &around, &zone) else {
                panic!("the same text is no read")
            };
            assert_eq!(
                (plain.plate, plain.taken, plain.late),
                (marked.plate, marked.taken, marked.late)
            );
        }
    }
});
