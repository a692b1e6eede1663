//! A lot of somebody's own, and what `check` says of it.

use crate::{check, read};
use serde_json::Value;

/// What `check --json` says: how it ends, and each finding.
pub struct Checked {
    pub ends_with: i32,
    pub ok: bool,
    pub findings: Vec<Finding>,
}

#[derive(Debug, PartialEq)]
pub struct Finding {
    pub severity: String,
    pub line: String,
    pub message: String,
}

/// The smallest lot with nothing of the example left.
pub fn lot() -> String {
    let mut text = read("packaging/config.toml");
    for (example, own) in [
        ("44030400100101000010", "44030500200203000077"),
        ("440304001", "440305002"),
        ("示例停车场", "海岸停车场"),
        ("B76238DF08", "C86238DF19"),
        ("示例物业", "海岸物业"),
        ("https://localhost:9443/api/1.0", "https://platform.example.cn/api/1.0"),
        ("b38080814d9be81f014d9beb8109033a", "c49090925e0cf92f125e0cfc9210144b"),
        ("lot-password", "another-password"),
        ("\"12345678\"", "\"87654321\""),
        ("localhost:9444", "platform.example.cn:9444"),
        ("a1dc1d9fccdc441fb6238fb43fab", "b2ed2e0fdded552fc7349fc54fbc"),
        ("77775555001", "12345678901"),
        ("265e1040-85e01fb7", "375f2151-96f12fc8"),
        ("8fcd1c4e-20ca9ecb", "9fde2d5f-31db0fdc"),
        ("90731c48a7ea4c27bd4d57ff0e13d0", "01842d59b8fb5d38ce5e68ff1f24e1"),
        ("663434", "774545"),
    ] {
        assert!(text.contains(example), "{example}");
        text = text.replace(example, own);
    }
    text.lines().filter(|line| !line.starts_with("ca_file")).collect::<Vec<_>>().join("\n") + "\n"
}

/// The same with one line changed, by its beginning.
pub fn with(changes: &[(&str, &str)]) -> String {
    let mut text = lot();
    for (line, other) in changes {
        let old =
            text.lines().find(|one| one.starts_with(line)).unwrap_or_else(|| panic!("{line}"));
        text = text.replacen(old, other, 1);
    }
    text
}

/// A numbered space of that lot, with more lines.
pub fn space(number: u32, more: &str) -> String {
    format!(
        "[[space]]\nspace_no = \"4403050020020300007700B1A{number:03}\"\nposition_type = 2\n\
         material_type = 0\nwith_locker = 0\nwith_charging_pile = 0\n{more}\n"
    )
}

/// A garage of that lot.
pub fn garage(spaces: u32) -> String {
    format!(
        "[[garage]]\nid = \"b2ed2e0fdded552fc7349fc54fbc0001\"\n\
         garage_code = \"4403050020020300007701\"\noperator = \"海岸物业\"\n\
         garages_owner = \"海岸物业\"\ntotal_spaces = {spaces}\ngarage_type = 3\n"
    )
}

/// Equipment without a driver, with more lines.
pub fn device(kind: &str, more: &str) -> String {
    format!(
        "[[device]]\nid = \"b2ed2e0fdded552fc7349fc54fbcba77\"\nequipment_code = \"99\"\n\
         name = \"设备\"\nequipment_type = \"{kind}\"\ndriver = \"none\"\n{more}\n"
    )
}

pub fn checked(text: &str) -> Checked {
    let (output, json) = check(text, &["--lang", "en", "--json"]);
    let answer: Value = serde_json::from_str(&json).unwrap();
    let findings = answer["problems"].as_array().unwrap().iter().map(|found| {
        let line = usize::try_from(found["line"].as_u64().unwrap()).unwrap();
        Finding {
            severity: found["severity"].as_str().unwrap().to_owned(),
            line: text.lines().nth(line - 1).unwrap_or_default().to_owned(),
            message: found["message"].as_str().unwrap().to_owned(),
        }
    });
    Checked {
        ends_with: output.status.code().unwrap(),
        ok: answer["ok"].as_bool().unwrap(),
        findings: findings.collect(),
    }
}

/// `check` says exactly one thing, at the line that begins so; it ends as its severity says.
#[track_caller]
pub fn says(text: &str, severity: &str, line: &str, words: &str) {
    let Checked { ends_with, ok, findings } = checked(text);
    let [found] = &findings[..] else { panic!("{line}: {findings:#?}") };
    assert!(found.line.starts_with(line) && found.message.contains(words), "{found:#?}");
    assert_eq!(found.severity, severity, "{found:#?}");
    assert_eq!((ends_with, ok), if severity == "error" { (1, false) } else { (0, true) });
}
