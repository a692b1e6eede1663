#![no_main]
//! What a broker says, by MQTT 5 or 3.1.1 as the first byte is, cut where the second says; with a small bound, so that
//! what is too large comes, too.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::mqtt::{Frames, Incoming, Version};

fuzz_target!(|bytes: &[u8]| {
    let [version, cut, said @ ..] = bytes else { return };
    let version = if version % 2 == 0 { Version::V5 } else { Version::V311 };
    let all = |parts: &[&[u8]]| {
        let mut frames = Frames::with_bound(version, 64);
        let (mut came, mut taken) = (Vec::new(), 0);
        for part in parts {
            frames.buffer().extend_from_slice(part);
            loop {
                match frames.take() {
                    Ok(Some(one)) => {
                        if let Incoming::Message(one) = &one {
                            taken += one.payload.len();
                        }
                        came.push(Ok(one));
                    }
                    Ok(None) => break,
                    Err(error) => {
                        came.push(Err(error));
                        return came;
                    }
                }
            }
        }
        assert!(taken <= said.len());
        came
    };
    let (first, second) = said.split_at(usize::from(*cut).min(said.len()));
    assert_eq!(all(&[said]), all(&[first, second]));
});
