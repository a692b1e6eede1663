#![no_main]
//! Messages of Qianyi cameras.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::codec::CameraCodec;
use lotgate::devices::cameras::makes::qianyi_mqtt::Qianyi;

fuzz_target!(|payload: &[u8]| {
    let camera = Qianyi::new("A1", "up/{sn}", "down/{sn}");
    let _ = camera.decode("up/A1", payload, &jiff::tz::TimeZone::UTC);
});
