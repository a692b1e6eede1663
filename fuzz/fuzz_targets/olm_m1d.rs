#![no_main]
//! Texts of any kind become whole frames.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::displays::olm_m1d::{Line, show};

fuzz_target!(|texts: (Vec<String>, String)| {
    let (texts, voice) = texts;
    let lines: Vec<_> = texts.into_iter().map(|text| Line { text, color: [1, 2, 3] }).collect();
    let frame = show(0, 3, &lines, &voice);
    assert_eq!(frame.len(), 8 + usize::from(frame[5]));
});
