//! What can be read of a damaged database is taken over into another: table by table, row by row, past whatever cannot be
//! read. It knows no table's meaning: one that comes to the schema later is taken over as well.
//!
//! Where the damaged one can be read the other becomes exactly as it is; where it cannot the other keeps what it has.

use super::StoreError;
use super::tables::{columns, names, quoted};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use std::collections::BTreeMap;

/// Rows read and written together.
const AT_ONCE: usize = 1000;
/// A gap tells how many rows were lost no better than this.
const GAP_AT_MOST: i64 = 4096;

/// How much came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Salvaged {
    /// Rows that the other had otherwise or not at all.
    pub(super) taken: u64,
    /// About how many rows cannot be read.
    pub(super) unread: u64,
}

impl Salvaged {
    fn lost(&mut self, rows: i64) {
        let rows = u64::try_from(rows.clamp(1, GAP_AT_MOST)).unwrap_or(1);
        self.unread = self.unread.saturating_add(rows);
    }
}

/// One table, as both databases have it.
struct Table {
    name: String,
    columns: Vec<String>,
    /// What orders it: the columns of its key where it has no row numbers.
    key: Option<Vec<String>>,
    /// Whether a column is its row number.
    numbered: bool,
}

/// Takes over what can be read of all tables of `new`.
pub(super) fn take_over(old: &Connection, new: &Connection) -> Result<Salvaged, StoreError> {
    let mut salvaged = Salvaged::default();
    let is_older = version(old).is_some_and(|older| version(new).is_some_and(|new| older < new));
    for name in names(new)? {
        if is_older && columns(old, &name).is_ok_and(|columns| columns.is_empty()) {
            // It has come with a later schema.
            continue;
        }
        // Where not even the table's description can be read nothing of it can.
        let Some(table) = Table::of_both(old, new, &name)? else {
            salvaged.lost(1);
            continue;
        };
        let work = Work { old, new, table: &table };
        let step = new.unchecked_transaction()?;
        match table.key {
            None => work.by_number(&mut salvaged)?,
            Some(_) => work.by_key(&mut salvaged)?,
        }
        step.commit()?;
    }
    sequences(old, new)?;
    Ok(salvaged)
}

/// The version of a schema, where it can be read.
fn version(of: &Connection) -> Option<i64> {
    of.pragma_query_value(None, "user_version", |row| row.get(0)).ok()
}

impl Table {
    fn of_both(old: &Connection, new: &Connection, name: &str) -> Result<Option<Self>, StoreError> {
        let ours = columns(new, name)?;
        let Ok(theirs) = columns(old, name) else { return Ok(None) };
        let shared =
            ours.iter().filter(|(name, ..)| theirs.iter().any(|(other, ..)| other == name));
        let shared: Vec<_> = shared.collect();
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
        Ok(Some(Self { name: quoted(name), columns, key, numbered }))
    }
}

fn values(row: &Row<'_>, from: usize, count: usize) -> rusqlite::Result<Vec<Value>> {
    (from..from + count).map(|column| row.get(column)).collect()
}

struct Work<'w> {
    old: &'w Connection,
    new: &'w Connection,
    table: &'w Table,
}

/// Rows by their numbers.
type Numbered = BTreeMap<i64, Vec<Value>>;

impl Work<'_> {
    /// Rows from a number on, and whether something behind them could not be read.
    fn stretch(&self, of: &Connection, from: i64, limit: usize) -> (Numbered, bool) {
        let Table { name, columns, .. } = self.table;
        let sql = format!(
            "SELECT rowid, {} FROM {name} WHERE rowid >= ?1 ORDER BY rowid LIMIT ?2",
            columns.join(", ")
        );
        let mut rows = Numbered::new();
        let count = columns.len();
        let mut read = || -> rusqlite::Result<()> {
            let mut statement = of.prepare_cached(&sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut found = statement.query((from, limit))?;
            while let Some(row) = found.next()? {
                rows.insert(row.get(0)?, values(row, 1, count)?);
            }
            Ok(())
        };
        let failed = read().is_err();
        (rows, failed)
    }

    fn by_number(&self, salvaged: &mut Salvaged) -> Result<(), StoreError> {
        let mut from = i64::MIN;
        loop {
            let (rows, failed) = self.stretch(self.old, from, AT_ONCE);
            let last = rows.keys().next_back().copied();
            let whole = !failed && rows.len() < AT_ONCE;
            // How far the other has to become as this one is.
            let to = if whole { i64::MAX } else { last.unwrap_or(from) };
            if whole || last.is_some() {
                self.become_as(from, to, rows, salvaged)?;
            }
            if whole {
                return Ok(());
            }
            let Some(behind) = last.map_or(Some(from), |last| last.checked_add(1)) else {
                return Ok(());
            };
            if !failed {
                from = behind;
                continue;
            }
            match self.readable_behind(behind) {
                Some(next) => {
                    // Before the first row of all a gap has no width.
                    salvaged.lost(if behind == i64::MIN { 1 } else { next.saturating_sub(behind) });
                    from = next;
                }
                None => {
                    salvaged.lost(1);
                    return Ok(());
                }
            }
        }
    }

    /// The lowest number behind a bad spot from which rows can be read.
    fn readable_behind(&self, bad: i64) -> Option<i64> {
        let reads = |from: i64| !self.stretch(self.old, from, 1).1;
        // What was given numbers by SQLite has none below 1.
        let bad = bad.max(0);
        let (mut below, mut step) = (bad, 1_i64);
        let good = loop {
            let next = bad.checked_add(step)?;
            if reads(next) {
                break next;
            }
            below = next;
            step = step.checked_mul(2)?;
        };
        let (mut low, mut high) = (below, good);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if reads(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }

    /// Makes the rows of the other from one number to another those of this one.
    fn become_as(
        &self,
        from: i64,
        to: i64,
        rows: Numbered,
        salvaged: &mut Salvaged,
    ) -> Result<(), StoreError> {
        let Table { name, .. } = self.table;
        let mut theirs = Numbered::new();
        let mut after = from;
        loop {
            let (more, failed) = self.stretch(self.new, after, AT_ONCE);
            if failed {
                // The copy was sound; whatever it is, the row is written anew.
                break;
            }
            let full = more.len() >= AT_ONCE;
            let last = more.keys().next_back().copied();
            theirs.extend(more.into_iter().filter(|(number, _)| *number <= to));
            match last.and_then(|last| last.checked_add(1)) {
                Some(next) if full && next <= to => after = next,
                _ => break,
            }
        }
        let delete = format!("DELETE FROM {name} WHERE rowid = ?1");
        for number in theirs.keys().filter(|number| !rows.contains_key(number)) {
            self.new.prepare_cached(&delete)?.execute([number])?;
        }
        for (number, row) in rows {
            if theirs.get(&number) == Some(&row) {
                continue;
            }
            self.put((!self.table.numbered).then_some(number), row, salvaged)?;
        }
        Ok(())
    }

    /// Writes one row; one that is not what its table holds is as good as unread.
    fn put(
        &self,
        number: Option<i64>,
        row: Vec<Value>,
        salvaged: &mut Salvaged,
    ) -> Result<(), StoreError> {
        let Table { name, columns, .. } = self.table;
        let named = number.map(|_| "rowid".to_owned()).into_iter().chain(columns.iter().cloned());
        let named: Vec<_> = named.collect();
        let places = vec!["?"; named.len()].join(", ");
        let sql = format!("INSERT OR REPLACE INTO {name} ({}) VALUES ({places})", named.join(", "));
        let given = number.map(Value::Integer).into_iter().chain(row);
        match self.new.prepare_cached(&sql)?.execute(params_from_iter(given)) {
            Ok(_) => salvaged.taken = salvaged.taken.saturating_add(1),
            Err(error) => match StoreError::from(error) {
                error if error.fault().is_some() => return Err(error),
                _ => salvaged.lost(1),
            },
        }
        Ok(())
    }

    /// A table without row numbers: from its beginning and from its end, as far as either can be read.
    fn by_key(&self, salvaged: &mut Salvaged) -> Result<(), StoreError> {
        let (first, failed) = self.walk("");
        let (mut last, mut exact) = (Vec::new(), true);
        if failed {
            salvaged.lost(1);
            exact = false;
            last = self.walk("DESC").0;
        }
        let Table { name, .. } = self.table;
        if exact {
            self.new.execute(&format!("DELETE FROM {name}"), [])?;
        } else {
            // What is between the two is as the copy has it.
            for (row, compared) in [(first.last(), "<="), (last.last(), ">=")] {
                if let Some(row) = row {
                    self.delete_by_key(row, compared)?;
                }
            }
        }
        for row in first.into_iter().chain(last) {
            self.put(None, row, salvaged)?;
        }
        Ok(())
    }

    fn walk(&self, direction: &str) -> (Vec<Vec<Value>>, bool) {
        let Table { name, columns, key, .. } = self.table;
        let order = key.iter().flatten().map(|key| format!("{key} {direction}"));
        let order = order.collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {} FROM {name} NOT INDEXED ORDER BY {order}", columns.join(", "));
        let mut rows = Vec::new();
        let mut read = || -> rusqlite::Result<()> {
            let mut statement = self.old.prepare(&sql)?;
            let mut found = statement.query([])?;
            while let Some(row) = found.next()? {
                rows.push(values(row, 0, columns.len())?);
            }
            Ok(())
        };
        let failed = read().is_err();
        (rows, failed)
    }

    /// Deletes rows of the other up to this one's key, or from it on.
    fn delete_by_key(&self, row: &[Value], compared: &str) -> Result<(), StoreError> {
        let Table { name, columns, key, .. } = self.table;
        let key: Vec<_> = key.iter().flatten().collect();
        let place = |name: &&String| columns.iter().position(|column| column == *name);
        let given: Option<Vec<Value>> =
            key.iter().map(|name| row.get(place(name)?).cloned()).collect();
        let Some(given) = given else { return Ok(()) };
        let places = vec!["?"; key.len()].join(", ");
        let names = key.into_iter().cloned().collect::<Vec<_>>().join(", ");
        let sql = format!("DELETE FROM {name} WHERE ({names}) {compared} ({places})");
        self.new.execute(&sql, params_from_iter(given))?;
        Ok(())
    }
}

/// Numbers that were given once are never given again: where it cannot be read how far they had come, they go on far
/// behind.
fn sequences(old: &Connection, new: &Connection) -> Result<(), StoreError> {
    const FAR: i64 = 1_000_000;
    let read = |of: &Connection| -> rusqlite::Result<BTreeMap<String, i64>> {
        let mut statement = of.prepare("SELECT name, seq FROM sqlite_sequence")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    let (before, ours) = (read(old).ok(), read(new)?);
    let counted =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'";
    let mut statement = new.prepare(counted)?;
    let names: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for name in names {
        let ours_now = ours.get(&name).copied().unwrap_or(0);
        let next = match &before {
            Some(before) => before.get(&name).copied().unwrap_or(0).max(ours_now),
            None => ours_now.saturating_add(FAR),
        };
        new.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [&name])?;
        new.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (&name, next))?;
    }
    Ok(())
}
