//! Notes when the program was built: by `SOURCE_DATE_EPOCH` where a build is to be the same again, else by the commit
//! it is built of, else now. No clock can truly show an earlier moment than that.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.trim().parse().ok());
    let built: u64 = given.or_else(commit).or_else(now).unwrap_or_default();
    println!("cargo::rustc-env=LOTGATE_BUILT={built}");
}

fn commit() -> Option<u64> {
    let log = Command::new("git").args(["log", "-1", "--format=%ct"]).output().ok()?;
    String::from_utf8(log.stdout).ok()?.trim().parse().ok()
}

fn now() -> Option<u64> {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}
