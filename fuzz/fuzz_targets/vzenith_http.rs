#![no_main]
//! Pushes of Vzenith and Qianyi cameras over HTTP. The first byte says which type the header names.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::codec::Now;
use lotgate::devices::cameras::makes::vzenith_http::VzenithPush;
use lotgate::devices::cameras::makes::http::{CommandWay, PushCodec};
use lotgate::devices::cameras::makes::push::Push;

const TYPES: [&str; 4] = ["multipart/form-data; boundary=boundary", "application/x-www-form-urlencoded", "application/json", ""];

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, body)) = bytes.split_first() else { return };
    let camera = VzenithPush::new(CommandWay::Answered, std::time::Duration::from_millis(500));
    let now = Now { moment: jiff::Timestamp::UNIX_EPOCH, time_zone: &jiff::tz::TimeZone::UTC };
    let push = Push {
        path: String::new(),
        query: String::from_utf8_lossy(body).into_owned(),
        content_type: TYPES[usize::from(*kind) % TYPES.len()].to_owned(),
        body: body.to_vec(),
    };
    let _ = camera.decode(&push, now);
    let _ = camera.answer(&push, &[]);
});
