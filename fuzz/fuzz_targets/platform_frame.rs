#![no_main]
//! What the platform sends: frames of the link, envelopes in them.
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use lotgate::standard::envelope::{RawBody, Reply, decode_request};
use lotgate::standard::frame::FrameDecoder;
use lotgate::standard::sign::SignRules;

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = FrameDecoder::default();
    for part in bytes.chunks(7) {
        decoder.push(part);
        while let Some(frame) = decoder.next_frame() {
            if let Ok(frame) = frame {
                let _ = decode_request(
                    RawBody::bare(&frame.data),
                    SignRules::default(),
                    &TimeZone::UTC,
                );
            }
        }
    }
    let _ = decode_request(RawBody::bare(bytes), SignRules::default(), &TimeZone::UTC);
    let _ = Reply::decode(bytes);
});
