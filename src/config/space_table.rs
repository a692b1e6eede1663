//! A table of spaces as a file: CSV of whatever a spreadsheet makes, as the TOML that the reader of spaces knows.

use super::finding::Finding;
use crate::foreign::number;
use crate::lang::Problem;
use crate::papers::{Misprint, Row, Sheet, is_remark, sheet_under, spoilt};
use std::fmt::Write as _;
use std::path::Path;

/// A table of spaces: its keys and, below them, its rows.
pub(super) struct SpaceTable {
    separator: char,
    heading: Row,
    rows: Vec<Row>,
}

impl SpaceTable {
    /// A line of it, by its number.
    pub(super) fn line_as_shown(&self, line: usize) -> String {
        let number = |row: &Row| usize::try_from(row.line).unwrap_or(usize::MAX);
        let row = match self.rows.binary_search_by_key(&line, number) {
            Ok(at) => self.rows.get(at),
            Err(_) => Some(&self.heading).filter(|heading| number(heading) == line),
        };
        row.map_or_else(String::new, |row| row.cells.join(&self.separator.to_string()))
    }

    /// The table as TOML, a space a line, so that one reader checks both.
    pub(super) fn as_toml(&self) -> String {
        let mut toml = "space = [".to_owned();
        let mut line = 1;
        for row in &self.rows {
            while line < row.line {
                toml.push('\n');
                line += 1;
            }
            let keys = self.heading.cells.iter().map(|heading| key_of(heading));
            let cells = keys.zip(&row.cells).filter(|(_, cell)| !cell.is_empty());
            let (sensor, plain): (Vec<_>, Vec<_>) =
                cells.partition(|(key, _)| key.starts_with("sensor."));
            let mut keys: Vec<String> = plain.iter().map(|(key, cell)| pair(key, cell)).collect();
            if !sensor.is_empty() {
                let keys_of_sensor: Vec<_> = sensor
                    .iter()
                    .map(|(key, cell)| pair(key.trim_start_matches("sensor."), cell))
                    .collect();
                keys.push(format!("sensor = {{ {} }}", keys_of_sensor.join(", ")));
            }
            // Writing to a text does not fail.
            let _ = write!(toml, "{{ {} }},", keys.join(", "));
        }
        toml.push(']');
        toml
    }
}

/// Reads the table; its heading is the row that names the spaces' numbers, else its first.
pub(super) fn table_of(path: &Path) -> Result<SpaceTable, Box<Finding>> {
    let bytes = std::fs::read(path).map_err(|error| {
        let (path_text, error) = (path.display().to_string(), error.to_string());
        Box::new(Finding::of_file(path, Problem::Unreadable { path: path_text, error }))
    })?;
    let at = |misprint: Misprint| {
        let finding = Finding::of_file(path, Problem::Paper(misprint.problem));
        let (line, column) = (usize::try_from(misprint.line).unwrap_or(1), misprint.column);
        Box::new(Finding { line, column, ..finding })
    };
    let names_spaces = |row: &Row| {
        let named = row.cells.iter().any(|cell| key_of(cell) == SPACE_NO);
        if named { row.cells.len() } else { 0 }
    };
    let Sheet { separator, mut rows, heading, .. } =
        sheet_under(&bytes, names_spaces).map_err(at)?;
    if rows.is_empty() {
        return Ok(SpaceTable { separator, heading: Row { line: 1, cells: Vec::new() }, rows });
    }
    let mut below = rows.split_off(heading.unwrap_or(0));
    let heading = below.remove(0);
    let number_at = heading.cells.iter().position(|cell| key_of(cell) == SPACE_NO);
    below.retain(|row| !is_remark(row));
    for row in &below {
        let number = number_at.map_or("", |at| row.cell(at));
        if let Some(problem) = spoilt(number) {
            return Err(at(Misprint {
                line: row.line,
                column: number_at.map_or(1, |at| at + 1),
                problem,
            }));
        }
    }
    Ok(SpaceTable { separator, heading, rows: below })
}

/// The key of a space's number.
const SPACE_NO: &str = "space_no";

/// The key that a heading is; offices call some of them by their names.
fn key_of(heading: &str) -> &str {
    match heading {
        "车位编号" | "车位号" | "车位号码" | "泊位编号" | "泊位号" => SPACE_NO,
        "车库编号" | "车库编码" => "garage_code",
        "楼层" => "floor",
        "区域" | "区域名称" => "area_name",
        "经度" => "longitude",
        "纬度" => "latitude",
        other => other,
    }
}

/// Columns whose cells are texts even when they look like numbers.
const TEXTS: [&str; 8] = [
    "space_no",
    "garage_code",
    "floor",
    "area_name",
    "device",
    "dev_eui",
    "type",
    "bluetooth_address",
];

fn pair(key: &str, cell: &str) -> String {
    let number = number::decimal(cell).filter(|_| !TEXTS.contains(&key));
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    // A column nobody knows must reach the reader, which names its nearest neighbour.
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let key = if bare { key.to_owned() } else { quoted(key) };
    match number {
        Some(number) => format!("{key} = {}", number.normalize()),
        None => format!("{key} = {}", quoted(cell)),
    }
}
