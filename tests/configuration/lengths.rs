//! Lengths that a platform allows otherwise than the tables.

use crate::written::{checked, says, with};

/// As D.10 prints them.
const LONG: [(&str, &str); 3] = [
    ("permit_no", "permit_no = \"7745453311\""),
    ("district_code", "district_code = \"440305002001\""),
    ("operator_id", "operator_id = \"C76238DF0890486DA2C1C8B32D75F15A\""),
];

fn with_lengths(lengths: &str) -> String {
    with(&LONG) + &format!("[platform.dialect]\nlengths = {{ {lengths} }}\n")
}

#[test]
fn the_tables_lengths_hold_where_nothing_else_is_said() {
    let found = checked(&with(&LONG));
    let lines: Vec<_> =
        found.findings.iter().map(|one| one.line.split(' ').next().unwrap()).collect();
    assert_eq!(lines, ["district_code", "operator_id", "permit_no"]);
    assert!(found.findings.iter().all(|one| one.severity == "error"));
}

#[test]
fn lengths_a_platform_allows_are_taken_and_reach_it() {
    let text = with_lengths("permitNo = 10, districtCode = 12, operatorId = 32");
    assert_eq!(checked(&text).findings, Vec::new());
    // The whole gateway with these values, against a platform that is strict with everything else.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let mut test = crate::common::lotgate();
    test.args(["doctor", "--self-test", "--lang", "en", "--config"]).arg(&path);
    let output = test.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_code_has_the_platforms_length_and_no_other() {
    let text = with(&[("park_code", "park_code = \"4403050020020300007\"")]);
    let other = format!("{text}[platform.dialect]\nlengths = {{ parkCode = 19 }}\n");
    assert_eq!(checked(&other).findings, Vec::new());
}

#[test]
fn a_length_of_what_no_table_has_is_told_the_nearest_name() {
    let all = "districtCode = 12, operatorId = 32";
    let text = with_lengths(&format!("permit_no = 10, {all}")).replace("7745453311", "774545");
    says(
        &text,
        "error",
        "lengths",
        "no attribute `permit_no` with a length; did you mean `permitNo`?",
    );
    let text = with_lengths(&format!("permitNo = 0, {all}")).replace("7745453311", "774545");
    says(&text, "error", "lengths", "`permitNo` must be between 1 and 10000");
}
