#![no_main]
//! Pushes of Dahua cameras, and what they answer to calls.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::dahua::Dahua;
use lotgate_fuzz::push_and_answer;

fuzz_target!(|bytes: &[u8]| push_and_answer(&Dahua::new(1), bytes));
