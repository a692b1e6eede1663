#![no_main]
//! Pushes of Huaxia cameras.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::cameras::makes::http::CommandWay;
use lotgate::devices::cameras::makes::huaxia::Huaxia;
use lotgate_fuzz::push_and_answer;

fuzz_target!(|bytes: &[u8]| push_and_answer(&Huaxia::new(CommandWay::Beat), bytes));
