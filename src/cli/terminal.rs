//! The command line's one way to the terminal: what is written there may hold foreign text, and moves no cursor, begins no
//! line and turns none. For every subcommand; it has no words of its own.

use crate::lang::{shown, shown_json};
use serde_json::Value;
use std::io::Write as _;

/// A line for people.
pub(super) fn print(line: &str) {
    write(&format!("{}\n", shown(line)));
}

/// Several lines, each by itself.
pub(super) fn print_all(lines: &str) {
    lines.lines().for_each(print);
}

/// A line without its end: the cursor waits behind it for an answer.
pub(super) fn ask(question: &str) -> std::io::Result<()> {
    write(&shown(question));
    std::io::stdout().flush()
}

/// A line about what went wrong.
pub(super) fn complain(line: &str) {
    // There is nobody else to tell.
    let _ = writeln!(std::io::stderr(), "{}", shown(line));
}

/// Several lines about it, each by itself.
pub(super) fn complain_all(lines: &str) {
    lines.lines().for_each(complain);
}

/// A value for programs, on one line.
pub(super) fn print_json(value: &Value) {
    print_json_text(&value.to_string());
}

/// What is JSON already.
pub(super) fn print_json_text(json: &str) {
    write(&format!("{}\n", shown_json(json)));
}

/// Whoever reads may have enough, as `head` has, and go; that is no fault.
fn write(text: &str) {
    if let Err(error) = std::io::stdout().write_all(text.as_bytes()) {
        let enough = error.kind() == std::io::ErrorKind::BrokenPipe;
        std::process::exit(i32::from(!enough));
    }
}
