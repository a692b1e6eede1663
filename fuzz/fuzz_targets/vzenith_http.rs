#![no_main]
//! Pushes of Vzenith and Qianyi cameras over HTTP.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::http::CommandWay;
use lotgate::devices::cameras::makes::vzenith::VzenithPush;
use lotgate_fuzz::push_and_answer;

fuzz_target!(|bytes: &[u8]| push_and_answer(
    &VzenithPush::new(CommandWay::Answered, std::time::Duration::from_millis(500)),
    bytes
));
