#![no_main]
//! Pictures that are made smaller: what comes of one is small enough, begins as a JPEG and is a picture again.
use libfuzzer_sys::fuzz_target;
use lotgate::model::picture::begins_as_jpeg;
use lotgate::uplink::smaller_picture;

fuzz_target!(|bytes: &[u8]| {
    let Some(smaller) = smaller_picture(bytes) else { return };
    assert!(smaller.len() <= 200_000 && smaller.len() <= bytes.len() / 4);
    assert!(begins_as_jpeg(&smaller));
    // Whatever is too large once more can be decoded once more.
    let again = [smaller.as_slice(), &vec![0; smaller.len() * 16]].concat();
    assert!(smaller_picture(&again).is_some());
});
