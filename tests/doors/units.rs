//! What the units give the process; tests start it with the same.

use std::path::Path;

/// A unit's text.
pub fn unit(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd").join(name))
        .unwrap()
}

/// The environment the unit sets.
pub fn environment() -> Vec<(String, String)> {
    let text = unit("lotgate.service");
    let lines = text.lines().filter_map(|line| line.strip_prefix("Environment="));
    let pairs = lines.flat_map(str::split_whitespace).filter_map(|pair| pair.split_once('='));
    // What systemd fills in is nothing here.
    let plain = pairs.filter(|(_, value)| !value.contains('%'));
    plain.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn both_units_bound_what_the_process_may_take_and_write_no_core() {
    for name in ["lotgate.service", "lotgate@.service"] {
        let text = unit(name);
        for line in ["LimitNOFILE=4096", "LimitCORE=0", "TasksMax=128", "MemoryMax=384M"] {
            assert!(text.lines().any(|one| one == line), "{name}: {line}");
        }
    }
    assert_eq!(environment().len(), 3);
}
