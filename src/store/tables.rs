//! What tables and columns a database has, whatever they mean. For whoever goes through all of them.

use rusqlite::Connection;

/// All tables but SQLite's own.
pub(super) fn names(of: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
               ORDER BY name";
    let mut statement = of.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

/// A column's name, its declared type and its place in the key, from 1; none where there is no such table.
pub(super) fn columns(
    of: &Connection,
    table: &str,
) -> rusqlite::Result<Vec<(String, String, i64)>> {
    let mut statement = of.prepare("SELECT name, type, pk FROM pragma_table_info(?1)")?;
    let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}

/// A name as SQL has it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
