//! What tables and indexes a schema has, where each begins, and what its rows look like: enough to tell whose a page is.

use super::RawRow;
use super::page::{Cell, TreePage};
use super::pages::Pages;
use super::record::{Class, SerialType, header, values};
use crate::store::tables::quoted;
use rusqlite::Connection;
use rusqlite::types::Value;

/// A table or an index.
#[derive(Debug)]
pub(super) struct Tree {
    /// The table's or the index's.
    pub(super) name: String,
    /// The table that it is, or is of.
    pub(super) table: String,
    pub(super) is_table: bool,
    /// The page it begins at, where that is known.
    pub(super) root: Option<u32>,
    /// Whether it is kept in the order of a key.
    pub(super) by_key: bool,
    /// In the order in which rows hold them.
    pub(super) columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    /// What it holds; none where that may be anything.
    class: Option<Class>,
    may_be_null: bool,
    /// Whether it is the row's number, which the row itself does not hold.
    is_number: bool,
    /// What a row has in it that was written before there was such a column.
    pub(super) before: Option<Value>,
}

impl Column {
    fn holds(&self, class: Class) -> bool {
        match class {
            Class::Null => self.may_be_null || self.is_number,
            _ if self.is_number => false,
            // A whole number takes less room.
            Class::Integer if self.class == Some(Class::Real) => true,
            class => self.class.is_none_or(|own| own == class),
        }
    }
}

/// All tables and indexes of a schema.
pub(super) fn trees(of: &Connection) -> rusqlite::Result<Vec<Tree>> {
    let sql = "SELECT type, name, tbl_name, rootpage FROM sqlite_schema WHERE rootpage > 0";
    let mut statement = of.prepare(sql)?;
    let found = statement.query_map([], |row| {
        let (kind, name, table): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((kind == "table", name, table, row.get::<_, Option<u32>>(3)?))
    })?;
    let mut trees = vec![schema_itself()];
    for one in found {
        let (is_table, name, table, root) = one?;
        let columns = columns(of, &table)?;
        let key = if is_table { primary_key(of, &table)? } else { Some(name.clone()) };
        let by_key = key.is_some();
        let columns = match key {
            Some(index) => key_order(of, &index, &columns)?,
            None => columns,
        };
        trees.push(Tree { name, table, is_table, root, by_key, columns });
    }
    Ok(trees)
}

fn schema_itself() -> Tree {
    let column = |(name, class, may_be_null): (&str, _, _)| Column {
        name: name.to_owned(),
        class: Some(class),
        may_be_null,
        is_number: false,
        before: None,
    };
    let columns = [
        ("type", Class::Text, false),
        ("name", Class::Text, false),
        ("tbl_name", Class::Text, false),
        ("rootpage", Class::Integer, true),
        ("sql", Class::Text, true),
    ];
    Tree {
        name: "sqlite_schema".to_owned(),
        table: "sqlite_schema".to_owned(),
        is_table: true,
        root: Some(1),
        by_key: false,
        columns: columns.map(column).to_vec(),
    }
}

/// A table's columns as they were declared.
fn columns(of: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let sql = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1";
    let by_key: bool = of.query_row(sql, [table], |row| row.get(0))?;
    let sql = "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?1)";
    let mut statement = of.prepare_cached(sql)?;
    let found = statement.query_map([table], |row| {
        let (name, kind, not_null): (String, String, bool) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((name, kind, not_null, row.get::<_, Option<String>>(3)?, row.get::<_, i64>(4)?))
    })?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    let keys = found.iter().filter(|(.., place)| *place > 0).count();
    let mut columns = Vec::new();
    for (name, kind, not_null, default, place) in found {
        let is_number = !by_key && keys == 1 && place > 0 && kind == "INTEGER";
        let may_be_null = !(not_null || by_key && place > 0);
        let before = match default {
            Some(default) => of.query_row(&format!("SELECT {default}"), [], |row| row.get(0)).ok(),
            None => (may_be_null && place == 0).then_some(Value::Null),
        };
        let class = match (kind.as_str(), name.as_str()) {
            ("INTEGER" | "INT", _) | ("", "seq") => Some(Class::Integer),
            ("TEXT", _) | ("", "name") => Some(Class::Text),
            ("REAL", _) => Some(Class::Real),
            ("BLOB", _) => Some(Class::Blob),
            _ => None,
        };
        columns.push(Column { name, class, may_be_null, is_number, before });
    }
    Ok(columns)
}

/// What a table's key is called that is kept in its order; none of one with numbers.
fn primary_key(of: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT list.name FROM pragma_index_list(?1) AS list, pragma_table_list AS tables
               WHERE list.origin = 'pk' AND tables.schema = 'main' AND tables.name = ?1 AND tables.wr";
    let mut statement = of.prepare_cached(sql)?;
    let mut found = statement.query_map([table], |row| row.get(0))?;
    found.next().transpose()
}

/// Columns in the order in which an index holds them.
fn key_order(of: &Connection, index: &str, table: &[Column]) -> rusqlite::Result<Vec<Column>> {
    let number = Column {
        name: "rowid".to_owned(),
        class: Some(Class::Integer),
        may_be_null: false,
        is_number: false,
        before: None,
    };
    let sql = format!("PRAGMA index_xinfo({})", quoted(index));
    let mut statement = of.prepare(&sql)?;
    let found = statement.query_map([], |row| row.get::<_, i64>("cid"))?;
    let mut columns = Vec::new();
    for place in found {
        let place = place?;
        let column = usize::try_from(place).ok().and_then(|place| table.get(place));
        columns.push(match column {
            Some(column) if column.is_number => number.clone(),
            Some(column) => column.clone(),
            None if place == -1 => number.clone(),
            // It is reckoned.
            None => Column { class: None, may_be_null: true, ..number.clone() },
        });
    }
    Ok(columns)
}

/// What a look at one page found.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) is_leaf: bool,
    pub(super) children: Vec<u32>,
    pub(super) rows: u64,
    /// Rows that are not of such a table, or cannot be read.
    pub(super) bad: u64,
    /// The fewest columns that a row of it has.
    pub(super) shortest: Option<usize>,
    /// Pages that rows go on in.
    pub(super) overflow: Vec<u32>,
}

impl Tree {
    /// Whether a row that holds such columns may be one of it.
    fn fits(&self, row: &[SerialType], shortest: usize) -> bool {
        let Some((there, missing)) = self.columns.split_at_checked(row.len()) else { return false };
        row.len() >= shortest
            && missing.iter().all(|column| column.before.is_some())
            && there.iter().zip(row).all(|(column, held)| column.holds(held.class()))
    }

    /// Looks whether a page is one of this tree; none where it is not. `shortest`: no row has fewer columns.
    pub(super) fn look(
        &self,
        pages: &Pages,
        number: u32,
        bytes: &[u8],
        shortest: usize,
    ) -> Option<Looked> {
        let page = TreePage::of(number, bytes)?;
        if page.by_key != self.by_key {
            return None;
        }
        let mut looked =
            Looked { is_leaf: page.is_leaf(), children: page.children()?, ..Looked::default() };
        let mut last = None;
        for cell in page.cells() {
            let Some(Cell { number, payload, .. }) = cell else {
                looked.bad = looked.bad.saturating_add(1);
                continue;
            };
            // Inner pages name the last number below them.
            let in_order = self.by_key || last.is_none_or(|last| last < number);
            last = Some(number);
            let Some(payload) = payload else {
                if !in_order {
                    return None;
                }
                continue;
            };
            let row = header(page.local(&payload), payload.length);
            let fits = row.filter(|(row, _)| in_order && self.fits(row, shortest));
            let Some((row, overflow)) =
                fits.and_then(|(row, _)| Some((row, pages.overflow(&payload)?)))
            else {
                looked.bad = looked.bad.saturating_add(1);
                continue;
            };
            looked.rows = looked.rows.saturating_add(1);
            looked.shortest = Some(looked.shortest.map_or(row.len(), |least| least.min(row.len())));
            looked.overflow.extend(overflow);
        }
        Some(looked)
    }

    /// The rows in a page of this tree that can be read.
    pub(super) fn rows(&self, pages: &Pages, number: u32, bytes: &mut Vec<u8>) -> Vec<RawRow> {
        if !pages.read(number, bytes) {
            return Vec::new();
        }
        let Some(page) = TreePage::of(number, bytes) else { return Vec::new() };
        let row = |cell: Cell| {
            let payload = cell.payload?;
            let (held, _) = header(page.local(&payload), payload.length)?;
            let fits = self.fits(&held, 0);
            let mut values = values(&pages.whole(&page, &payload).filter(|_| fits)?)?;
            let missing = self.columns.get(values.len()..)?;
            values.extend(missing.iter().filter_map(|column| column.before.clone()));
            for (value, column) in values.iter_mut().zip(&self.columns) {
                if column.is_number {
                    *value = Value::Integer(cell.number);
                }
            }
            (values.len() == self.columns.len()).then_some(RawRow { number: cell.number, values })
        };
        page.cells().flatten().filter_map(row).collect()
    }
}
