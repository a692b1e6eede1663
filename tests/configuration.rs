//! What a technician writes and what `check` answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use lotgate::config::{Loaded, parse};
use std::path::Path;
use std::process::{Command, Output};

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn check(text: &str, more: &[&str]) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lotgate"));
    let output = command.arg("check").arg("--config").arg(&path).args(more).output().unwrap();
    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    (output, shown.replace(folder.path().to_str().unwrap(), "FOLDER"))
}

#[test]
fn the_example_is_a_configuration_that_works() {
    let Loaded { config, findings, .. } = parse(&read("config.example.toml"), Path::new("x.toml"));
    let words: Vec<_> =
        findings.iter().map(|found| found.render(lotgate::lang::Lang::En)).collect();
    assert!(config.is_some(), "{words:#?}");
    assert!(words.iter().all(|word| word.contains("does not exist")), "{words:#?}");
}

#[test]
fn every_key_there_is_stands_in_the_example_and_works_when_its_comment_mark_is_removed() {
    let text: String = read("config.example.toml").lines().map(uncommented).collect();
    let Loaded { findings, known_keys, .. } = parse(&text, Path::new("x.toml"));
    let words: Vec<_> =
        findings.iter().map(|found| found.render(lotgate::lang::Lang::En)).collect();
    let only_files =
        words.iter().all(|w| w.contains("does not exist") || w.contains("secret cannot be read"));
    assert!(only_files, "{words:#?}");
    let missing: Vec<_> = known_keys
        .iter()
        .filter(|key| {
            let name = key.rsplit('.').next().unwrap();
            // Interface codes are the file's own choice, not keys of ours.
            name.parse::<u16>().is_err() && !text.lines().any(|line| names_key(line, name))
        })
        .collect();
    assert!(missing.is_empty(), "not explained in config.example.toml: {missing:?}");
}

/// `# key = value` → `key = value`; everything else as it is.
fn uncommented(line: &str) -> String {
    let bare = line.strip_prefix("# ").filter(|rest| {
        let key = rest.split('=').next().unwrap_or_default().trim();
        rest.contains('=')
            && !key.is_empty()
            && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    });
    format!("{}\n", bare.unwrap_or(line))
}

fn names_key(line: &str, name: &str) -> bool {
    let line = line.trim_start_matches(['[', ' ', '#']);
    let inline = [format!("{{ {name} ="), format!(", {name} ="), format!(".{name}]")];
    let begins = line
        .strip_prefix(name)
        .is_some_and(|rest| rest.trim_start().starts_with(['=', ']']) || rest.starts_with('.'));
    begins || inline.iter().any(|form| line.contains(form.as_str()))
}

#[test]
fn every_mistake_is_named_with_its_place_and_what_to_write_instead() {
    let text = read("config.example.toml")
        .replace("park_name ", "park_nmae ")
        .replace("total_spaces      = 200", "total_spaces      = \"many\"")
        .replace("camera    = \"入口相机\"", "camera    = \"入口像机\"");
    let (output, shown) = check(&text, &["--lang", "en"]);
    assert_eq!(output.status.code(), Some(1));
    let line_of = |part: &str| text.lines().position(|line| line.contains(part)).unwrap() + 1;
    for (place, sentence) in [
        (
            format!("FOLDER/config.toml:{}:1: error", line_of("park_nmae")),
            "did you mean `park_name`?",
        ),
        (
            format!("FOLDER/config.toml:{}:21: error", line_of("\"many\"")),
            "`total_spaces` must be a whole number",
        ),
        (
            format!("FOLDER/config.toml:{}:13: error", line_of("入口像机")),
            "did you mean `入口相机`?",
        ),
    ] {
        let found = shown.lines().find(|line| line.starts_with(&place));
        assert!(found.is_some_and(|line| line.contains(sentence)), "{place} {sentence}:\n{shown}");
    }
}

#[test]
fn check_speaks_chinese_and_json() {
    let text = read("config.example.toml").replace("direction = \"entry\"", "direction = \"in\"");
    let (_, chinese) = check(&text, &["--lang", "zh"]);
    assert!(chinese.contains("`direction` 只能是 \"entry\" | \"exit\" | \"both\""), "{chinese}");
    let (output, json) = check(&text, &["--lang", "en", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((output.status.code(), &answer["ok"]), (Some(1), &serde_json::json!(false)));
    let errors: Vec<_> = answer["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["severity"] == "error")
        .collect();
    assert_eq!(errors.len(), 1, "{json}");
    assert_eq!(errors[0]["column"], 13);
}

#[test]
fn a_file_that_is_not_there_is_said_and_wrong_use_ends_with_2() {
    let lotgate = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_lotgate")).args(arguments).output().unwrap()
    };
    let absent = lotgate(&["check", "--lang", "en", "--config", "/nowhere/config.toml"]);
    assert_eq!(absent.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&absent.stdout).contains("cannot read /nowhere/config.toml"));
    assert_eq!(lotgate(&["fly"]).status.code(), Some(2));
    assert_eq!(lotgate(&["--version"]).status.code(), Some(0));
}
