#![no_main]
//! ChirpStack's events, with every codec.
use libfuzzer_sys::fuzz_target;
use lotgate::config::SensorCodec;
use lotgate::devices::sensors::payload::{status, uplink};

fuzz_target!(|payload: &[u8]| {
    let object = SensorCodec::Object { occupied: "/o".to_owned(), when: vec!["1".to_owned()] };
    for codec in [SensorCodec::BoschTps110, SensorCodec::NwaveNps405, object] {
        let _ = uplink(&codec, payload);
    }
    let _ = status(payload);
});
