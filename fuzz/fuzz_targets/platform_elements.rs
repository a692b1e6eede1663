#![no_main]
//! Behind the sign, which a fuzzer never guesses: the elements of any envelope, signed anew, framed, and read by
//! every interface's table.
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use lotgate::foreign::json::canonical;
use lotgate::standard::envelope::{RawBody, decode_request, encode_request};
use lotgate::standard::frame::{Frame, FrameDecoder, FrameDirection};
use lotgate::standard::interface::INTERFACES;
use lotgate::standard::lengths::Lengths;
use lotgate::standard::lenient::{Usage, find, normalise};
use lotgate::standard::sign::SignRules;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(Value::Object(envelope)) = serde_json::from_slice(bytes) else { return };
    let Some(Value::Array(elements)) = find(&envelope, "data") else { return };
    let texts: Vec<_> = elements.iter().map(canonical).collect();
    let data = encode_request(&texts, 1_700_000_000, SignRules::default()).into_bytes();
    let sent = Frame {
        version: (1, 0),
        packet_no: 1,
        direction: FrameDirection::Request,
        command: 6001,
        data,
    };
    let mut decoder = FrameDecoder::default();
    decoder.push(&sent.encode().unwrap());
    let received = decoder.next_frame().unwrap().unwrap();
    assert_eq!(received, sent);
    let request =
        decode_request(RawBody::bare(&received.data), SignRules::default(), &TimeZone::UTC)
            .unwrap();
    assert_eq!(request.data.len(), elements.len());
    let usage = Usage { lengths: &Lengths::PRINTED, zone: &TimeZone::UTC };
    for element in &request.data {
        for interface in INTERFACES {
            let _ = interface.request.map(|table| normalise(table, element, usage));
        }
    }
});
