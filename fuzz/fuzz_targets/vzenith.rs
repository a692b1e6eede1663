#![no_main]
//! Messages of Vzenith cameras.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::vzenith::decode;

fuzz_target!(|payload: &[u8]| {
    for name in [
        "up/ivs_result",
        "up/keep_alive",
        "up/gpio_in",
        "up/snapshot",
        "down/gpio_out/reply",
        "down/get_wl_check_status/reply",
    ] {
        let _ = decode(name, payload, &jiff::tz::TimeZone::UTC);
    }
});
