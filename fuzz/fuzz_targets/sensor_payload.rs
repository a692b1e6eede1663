#![no_main]
//! ChirpStack's events, with every codec.
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use lotgate::config::SensorCodec;
use lotgate::devices::sensors::payload::{Says, status, uplink};
use lotgate::foreign::state::StateWords;

fuzz_target!(|payload: &[u8]| {
    let words = StateWords::new(None, None);
    let object = SensorCodec::Object { occupied: "/o".to_owned(), words };
    // White space, a mark and NULs around mean nothing.
    if let Ok(plain) = uplink(&object, payload, &TimeZone::UTC)
        && payload.first() == Some(&b'{')
        && !payload.contains(&0)
        && std::str::from_utf8(payload).is_ok()
    {
        let around = [b"\xef\xbb\xbf \r\n", payload, b"\0\0"].concat();
        let printed = uplink(&object, &around, &TimeZone::UTC).expect("the same text");
        assert!(printed == plain || matches!(plain.says, Says::Elsewhere(_)));
    }
    for codec in [SensorCodec::BoschTps110, SensorCodec::NwaveNps405, object] {
        let _ = uplink(&codec, payload, &TimeZone::UTC);
    }
    let _ = status(payload);
});
