#![no_main]
//! Bodies of pushes taken apart, whatever their header says: the first line is the header.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::push::{Push, pictures};

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (head, body) = bytes.split_at(at);
    let push = Push {
        path: String::new(),
        query: String::from_utf8_lossy(head).into_owned(),
        content_type: String::from_utf8_lossy(head).into_owned(),
        body: body.get(1..).unwrap_or_default().to_vec(),
    };
    let parts = push.parts();
    assert!(parts.iter().map(|part| part.bytes.len()).sum::<usize>() <= push.body.len());
    let _ = (pictures(&parts), push.fields(), push.queried("licensePlate"));
});
