#![no_main]
//! Messages of cameras known by JSON pointers only, in every encoding.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::mqtt_json::{MappedJson, MqttJson, PlateEncoding};
use lotgate::devices::cameras::makes::codec::CameraCodec;
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
        let _ = MappedJson::new(keys).decode("", payload, &jiff::tz::TimeZone::UTC);
    }
});
