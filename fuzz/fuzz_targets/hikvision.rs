#![no_main]
//! Pushes of Hikvision cameras, and what they answer to calls.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::hikvision::Hikvision;
use lotgate_fuzz::push_and_answer;

fuzz_target!(|bytes: &[u8]| push_and_answer(&Hikvision::new(1, None), bytes));
