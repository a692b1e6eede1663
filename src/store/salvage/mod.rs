//! What can be read of a damaged database is taken over into another: table by table, first by SQLite (`walk.rs`), and what
//! that does not come to by the pages themselves (`leaves.rs`), and of rows that are gone what their indexes hold
//! (`entries.rs`). It knows no table's meaning: one that comes to the schema
//! later is taken over as well.
//!
//! Where the damaged one can be read the other becomes exactly as it is; where it cannot the other keeps what it has.

mod entries;
mod leaves;
mod walk;

use super::StoreError;
use super::opening::MIGRATIONS;
use super::raw::{Pages, RawTables, Schema};
use super::tables::{columns, names, quoted};
use leaves::Leaves;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Params, Row, params_from_iter};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

/// How much came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Salvaged {
    /// Rows that the other had otherwise or not at all.
    pub(super) taken: u64,
    /// About how many rows cannot be read.
    pub(super) unread: u64,
}

impl Salvaged {
    fn lost(&mut self, rows: u64) {
        self.unread = self.unread.saturating_add(rows);
    }
}

/// One table, as both databases have it.
struct Table {
    /// Its name, and as SQL has it.
    plain: String,
    name: String,
    columns: Vec<String>,
    /// What orders it: the columns of its key where it has no row numbers.
    key: Option<Vec<String>>,
    /// Whether a column is its row number.
    numbered: bool,
}

/// Numbers of rows.
type Stretches = Vec<RangeInclusive<i64>>;

/// What SQLite cannot read of a table.
enum Gap {
    /// Rows of these numbers.
    Numbers(Stretches),
    /// Rows whose keys are between these; from the first or to the last where there is none.
    Keys { behind: Option<Vec<Value>>, before: Option<Vec<Value>> },
}

impl Gap {
    /// All of a table.
    fn all_of(table: &Table) -> Self {
        match table.key {
            None => Self::Numbers(vec![i64::MIN..=i64::MAX]),
            Some(_) => Self::Keys { behind: None, before: None },
        }
    }
}

/// A database as its pages and as SQLite has it.
struct Copied {
    pages: Pages,
    connection: Connection,
}

impl Copied {
    fn open(path: &Path) -> Option<Self> {
        let connection = read_only(path).ok()?;
        Some(Self { pages: Pages::open(path, None)?, connection })
    }

    /// Whether another, of which the version may be unknown, has the same schema.
    fn has_schema_of(&self, pages: &Pages) -> bool {
        // Whatever it was when it was copied: it was opened by this program since.
        let newest = u32::try_from(MIGRATIONS.len()).ok();
        let version = pages.version().or(newest);
        version.is_some() && self.pages.version() == version
    }
}

/// Takes over what can be read of all tables of `new`; `copy` is what that was made of.
pub(super) fn take_over(
    damaged: &Path,
    new: &Connection,
    copy: Option<&Path>,
) -> Result<Salvaged, StoreError> {
    let mut salvaged = Salvaged::default();
    // Of an empty file SQLite says that it is a database without tables.
    let old = read_only(damaged).ok().filter(|old| version(old).is_some_and(|version| version > 0));
    let mut gaps = Vec::new();
    if let Some(old) = &old {
        gaps = by_sqlite(old, new, &mut salvaged)?;
        if gaps.is_empty() {
            sequences(read_sequences(old).ok().as_ref(), new)?;
            return Ok(salvaged);
        }
    }
    let copied = copy.and_then(Copied::open);
    let pages = Pages::open(damaged, copied.as_ref().map(|copied| &copied.pages));
    let Some(pages) = pages else {
        for table in names(new)? {
            let sql = format!("SELECT count(*) FROM {}", quoted(&table));
            salvaged.lost(number(new, &sql, [])?);
        }
        salvaged.unread = salvaged.unread.max(1);
        sequences(None, new)?;
        return Ok(salvaged);
    };
    let schema = match (&old, &copied) {
        (Some(old), _) => Schema::Of(old),
        (None, Some(copied)) if copied.has_schema_of(&pages) => Schema::Of(&copied.connection),
        _ => Schema::Like(new),
    };
    let hints = copied.as_ref().map(|copied| (&copied.pages, &copied.connection));
    let raw = RawTables::look(pages, &schema, hints)?;
    if old.is_none() {
        for name in names(new)? {
            // What is not there has come with a later schema.
            let Some(theirs) = raw.columns(&name) else { continue };
            if let Some(table) = Table::of_both(new, &name, &theirs)? {
                gaps.push((Gap::all_of(&table), table));
            }
        }
    }
    let given = match &old {
        Some(old) => read_sequences(old).ok(),
        None => leaves::sequences(&raw)?,
    };
    let leaves = Leaves { raw: &raw, old: old.as_ref(), new, given: given.as_ref() };
    for (gap, table) in &gaps {
        let step = new.unchecked_transaction()?;
        leaves.fill(table, gap, &mut salvaged)?;
        step.commit()?;
    }
    sequences(given.as_ref(), new)?;
    Ok(salvaged)
}

/// What SQLite can read, and the tables of which it cannot read all.
fn by_sqlite(
    old: &Connection,
    new: &Connection,
    salvaged: &mut Salvaged,
) -> Result<Vec<(Gap, Table)>, StoreError> {
    let is_older = version(old).is_some_and(|older| version(new).is_some_and(|new| older < new));
    let mut gaps = Vec::new();
    for name in names(new)? {
        let theirs: Vec<String> =
            columns(old, &name).unwrap_or_default().into_iter().map(|(name, ..)| name).collect();
        if is_older && theirs.is_empty() {
            // It has come with a later schema.
            continue;
        }
        let Some(table) = Table::of_both(new, &name, &theirs)? else {
            let sql = format!("SELECT max(1, count(*)) FROM {}", quoted(&name));
            salvaged.lost(number(new, &sql, [])?);
            continue;
        };
        let step = new.unchecked_transaction()?;
        if let Some(gap) = walk::walk(old, new, &table, salvaged)? {
            gaps.push((gap, table));
        }
        step.commit()?;
    }
    Ok(gaps)
}

fn read_only(database: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // Fails where not even the schema can be read.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// The version of a schema, where it can be read.
fn version(of: &Connection) -> Option<i64> {
    of.pragma_query_value(None, "user_version", |row| row.get(0)).ok()
}

impl Table {
    fn of_both(
        new: &Connection,
        name: &str,
        theirs: &[String],
    ) -> Result<Option<Self>, StoreError> {
        let ours = columns(new, name)?;
        let shared: Vec<_> = ours.iter().filter(|(name, ..)| theirs.contains(name)).collect();
        if shared.is_empty() {
            return Ok(None);
        }
        let sql = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1";
        let without_numbers: bool = new.query_row(sql, [name], |row| row.get(0))?;
        let mut key: Vec<_> = ours.iter().filter(|(.., place)| *place > 0).collect();
        key.sort_by_key(|(.., place)| *place);
        let numbered =
            !without_numbers && matches!(key.as_slice(), [(_, kind, _)] if kind == "INTEGER");
        let key = without_numbers.then(|| key.iter().map(|(name, ..)| quoted(name)).collect());
        let columns = shared.iter().map(|(name, ..)| quoted(name)).collect();
        Ok(Some(Self { plain: name.to_owned(), name: quoted(name), columns, key, numbered }))
    }

    /// The columns of its key, as SQL lists them.
    fn key_list(&self) -> String {
        self.key.iter().flatten().cloned().collect::<Vec<_>>().join(", ")
    }

    /// A row's key.
    fn key_of(&self, row: &[Value]) -> Option<Vec<Value>> {
        let value = |name: &String| {
            row.get(self.columns.iter().position(|column| column == name)?).cloned()
        };
        self.key.iter().flatten().map(value).collect()
    }

    /// A row as the other has it now.
    fn row(&self, new: &Connection, number: i64) -> Result<Option<Vec<Value>>, StoreError> {
        let Self { name, columns, .. } = self;
        let sql = format!("SELECT {} FROM {name} WHERE rowid = ?1", columns.join(", "));
        let mut statement = new.prepare_cached(&sql)?;
        Ok(statement.query_row([number], |row| values(row, 0, columns.len())).optional()?)
    }

    /// Writes one row, by its number where it has one; one that is not what its table holds is as good as unread.
    fn put(
        &self,
        new: &Connection,
        number: i64,
        row: Vec<Value>,
        salvaged: &mut Salvaged,
    ) -> Result<(), StoreError> {
        let Self { name, columns, .. } = self;
        let number = (self.key.is_none() && !self.numbered).then_some(number);
        let named = number.map(|_| "rowid".to_owned()).into_iter().chain(columns.iter().cloned());
        let named: Vec<_> = named.collect();
        let places = vec!["?"; named.len()].join(", ");
        let sql = format!("INSERT OR REPLACE INTO {name} ({}) VALUES ({places})", named.join(", "));
        let given = number.map(Value::Integer).into_iter().chain(row);
        match new.prepare_cached(&sql)?.execute(params_from_iter(given)) {
            Ok(_) => salvaged.taken = salvaged.taken.saturating_add(1),
            Err(error) => match StoreError::from(error) {
                error if error.fault().is_some() => return Err(error),
                _ => salvaged.lost(1),
            },
        }
        Ok(())
    }
}

/// What a question for a count answers.
fn number(of: &Connection, sql: &str, given: impl Params) -> rusqlite::Result<u64> {
    let answer: i64 = of.prepare_cached(sql)?.query_row(given, |row| row.get(0))?;
    Ok(u64::try_from(answer).unwrap_or(0))
}

fn values(row: &Row<'_>, from: usize, count: usize) -> rusqlite::Result<Vec<Value>> {
    (from..from + count).map(|column| row.get(column)).collect()
}

/// How far each table's numbers have come.
type Given = BTreeMap<String, i64>;

fn read_sequences(of: &Connection) -> rusqlite::Result<Given> {
    let mut statement = of.prepare("SELECT name, seq FROM sqlite_sequence")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Numbers that were given once are never given again: where it cannot be read how far they had come, they go on far
/// behind.
fn sequences(before: Option<&Given>, new: &Connection) -> Result<(), StoreError> {
    const FAR: i64 = 1_000_000;
    let ours = read_sequences(new)?;
    let counted =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'";
    let mut statement = new.prepare(counted)?;
    let names: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for name in names {
        let ours_now = ours.get(&name).copied().unwrap_or(0);
        let next = match before {
            Some(before) => before.get(&name).copied().unwrap_or(0).max(ours_now),
            None => ours_now.saturating_add(FAR),
        };
        new.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [&name])?;
        new.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (&name, next))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
