//! Places in a paper of an office, and what its columns were taken for, as the command line tells them.

use super::terminal;
use crate::lang::{Lang, say};
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

/// How a paper was read: its encoding, and each column with what it was taken for.
pub(super) fn tell_columns(file: &Path, read_as: &Value, lang: Lang) {
    let (file, encoding) = (file.display(), text(read_as, "encoding"));
    let separator = match text(read_as, "separator") {
        "\t" => say!(lang, "制表符", "tabs"),
        other => format!("“{other}”"),
    };
    terminal::print(&say!(
        lang,
        "{file}：{encoding} 编码，以 {separator} 分列",
        "{file}: {encoding}, columns separated by {separator}"
    ));
    let columns = read_as.get("columns").and_then(Value::as_array).cloned().unwrap_or_default();
    for column in &columns {
        let number = column.get("column").and_then(Value::as_u64).unwrap_or_default();
        let heading = text(column, "heading");
        let taken_for = match column.get("takenFor").and_then(Value::as_str) {
            Some(taken_for) => taken_for.to_owned(),
            None if heading.is_empty() => continue,
            None => say!(lang, "未使用", "not used"),
        };
        terminal::print(&format!("  {number} {heading} → {taken_for}"));
    }
}
