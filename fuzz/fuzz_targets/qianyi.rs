#![no_main]
//! Messages of Qianyi cameras.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::codec::CameraCodec;
use lotgate::devices::cameras::makes::qianyi::Qianyi;

fuzz_target!(|payload: &[u8]| {
    let camera = Qianyi::new("A1", "up/{sn}", "down/{sn}");
    for topic in ["up/A1", "/serverAll"] {
        let _ = camera.decode(topic, payload, &jiff::tz::TimeZone::UTC);
    }
});
