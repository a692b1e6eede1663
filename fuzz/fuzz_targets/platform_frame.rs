#![no_main]
//! What the platform sends: frames of the link, envelopes in them.
use libfuzzer_sys::fuzz_target;
use lotgate::standard::envelope::{Reply, decode_request};
use lotgate::standard::frame::FrameDecoder;
use lotgate::standard::sign::SignRules;

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = FrameDecoder::default();
    for part in bytes.chunks(7) {
        decoder.push(part);
        while let Some(frame) = decoder.next_frame() {
            if let Ok(frame) = frame {
                let _ = decode_request(&frame.data, SignRules::default());
            }
        }
    }
    let _ = decode_request(bytes, SignRules::default());
    let _ = Reply::decode(bytes);
});
