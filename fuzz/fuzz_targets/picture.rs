#![no_main]
//! Pictures that are made smaller.
use libfuzzer_sys::fuzz_target;
use lotgate::uplink::smaller_picture;

fuzz_target!(|bytes: &[u8]| {
    let _ = smaller_picture(bytes);
});
