//! The real binary in a lot, for benches.

use lotgate::sim::lot::SimulatedLot;
use std::process::{Child, Command, Stdio};

/// Starts it; another one, perhaps in an emulator, where `LOTGATE_UNDER_TEST` names it.
pub fn process(lot: &SimulatedLot) -> Child {
    let given = std::env::var("LOTGATE_UNDER_TEST").ok();
    let mut words = given.as_deref().unwrap_or(env!("CARGO_BIN_EXE_lotgate")).split_whitespace();
    Command::new(words.next().unwrap())
        .args(words)
        .arg("run")
        .arg("--config")
        .arg(lot.config_path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}
