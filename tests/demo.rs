//! `lotgate demo` and `lotgate sim devices` as somebody sees them who tries them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::lotgate;
use lotgate::sim::free_address;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

#[test]
fn a_demo_settles_each_hard_case_and_its_books_balance() {
    let output = lotgate().args(["demo", "--for", "8s", "--lang", "en"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    for line in [
        "a car without a plate is 无A0001",
        "says 岗亭 (对照入场图片)",
        "another car drove out behind the one that was let pass",
        "the barrier at the entry does not hear the first command for",
        "hard cases settled: 1 misread, 1 without a plate, 1 behind another, \
         1 at a barrier that did not hear; not settled 0",
        "lost 0, against the standard 0",
    ] {
        assert!(shown.contains(line), "{line}:\n{shown}");
    }
}

#[test]
fn simulated_devices_misread_as_often_as_they_are_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let [listen, garage] = [(); 2].map(|()| free_address().unwrap().to_string());
    let mut devices = lotgate()
        .args(["sim", "devices", "--lang", "en", "--misreads", "100%", "--seed", "3"])
        .args(["--listen", &listen, "--garage", &garage, "--folder"])
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut typed = devices.stdin.take().unwrap();
    for line in ["in 粤B12345", "out 粤B12345 misread", "in", "deaf in", "deaf out", "tail", "quit"]
    {
        writeln!(typed, "{line}").unwrap();
    }
    let shown = BufReader::new(devices.stdout.take().unwrap()).lines();
    let shown: Vec<String> = shown.map(Result::unwrap).collect();
    assert!(devices.wait().unwrap().success(), "{shown:?}");
    let misread = shown.iter().filter(|line| line.starts_with("the camera reads 粤B12345 as "));
    assert_eq!(misread.count(), 2, "{shown:?}");
    assert!(!shown.iter().any(|line| line.starts_with("not understood")), "{shown:?}");
}
