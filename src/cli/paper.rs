//! Places in a paper of an office, and what its columns were taken for, as the command line tells them.

use super::terminal;
use crate::lang::{Lang, Words as _, say};
use crate::papers::Layout;
use serde_json::Value;
use std::path::Path;

/// `file:line:column`
pub(super) fn place(file: &Path, line: u64, column: u64) -> String {
    format!("{}:{line}:{column}", file.display())
}

/// A text of an answer; empty where there is none.
pub(super) fn text<'v>(answer: &'v Value, name: &str) -> &'v str {
    answer.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// How a paper was read, as the gateway tells it: its encoding, and each column with what it was taken for.
pub(super) fn tell_columns(file: &Path, read_as: &Value, lang: Lang) {
    let columns = read_as.get("columns").and_then(Value::as_array).cloned().unwrap_or_default();
    tell_form(file, text(read_as, "encoding"), text(read_as, "separator"), lang);
    for (number, column) in (1..).zip(&columns) {
        let taken_for = column.get("takenFor").and_then(Value::as_str).map(str::to_owned);
        tell_column(number, text(column, "heading"), taken_for, lang);
    }
}

/// The same of one that was read here.
pub(super) fn tell_layout(file: &Path, layout: &Layout, lang: Lang) {
    tell_form(file, layout.encoding, &layout.separator.to_string(), lang);
    for (number, column) in (1..).zip(&layout.columns) {
        tell_column(number, &column.heading, column.taken_for.map(|one| one.text(lang)), lang);
    }
}

fn tell_form(file: &Path, encoding: &str, separator: &str, lang: Lang) {
    let file = file.display();
    let separator = match separator {
        "\t" => say!(lang, "制表符", "tabs"),
        other => format!("“{other}”"),
    };
    terminal::print(&say!(
        lang,
        "{file}：{encoding} 编码，以 {separator} 分列",
        "{file}: {encoding}, columns separated by {separator}"
    ));
}

fn tell_column(number: usize, heading: &str, taken_for: Option<String>, lang: Lang) {
    let taken_for = match taken_for {
        Some(taken_for) => taken_for,
        None if heading.is_empty() => return,
        None => say!(lang, "未使用", "not used"),
    };
    terminal::print(&format!("  {number} {heading} → {taken_for}"));
}
