//! What SQLite itself can still read of a damaged table: row by row, past whatever cannot be read. Where it can the other
//! becomes exactly as the damaged one is; where it cannot is told.

use super::StoreError;
use super::{Gap, Salvaged, Stretches, Table, values};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeMap;

/// Rows read and written together.
const AT_ONCE: usize = 1000;

/// Rows by their numbers.
type Numbered = BTreeMap<i64, Vec<Value>>;

/// Takes over what SQLite can read of a table; what it cannot, where there is anything.
pub(super) fn walk(
    old: &Connection,
    new: &Connection,
    table: &Table,
    salvaged: &mut Salvaged,
) -> Result<Option<Gap>, StoreError> {
    let work = Walk { old, new, table };
    match table.key {
        None => {
            let bad = work.by_number(salvaged)?;
            Ok((!bad.is_empty()).then_some(Gap::Numbers(bad)))
        }
        Some(_) => work.by_key(salvaged),
    }
}

struct Walk<'w> {
    old: &'w Connection,
    new: &'w Connection,
    table: &'w Table,
}

impl Walk<'_> {
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

    /// The numbers of which nothing can be read.
    fn by_number(&self, salvaged: &mut Salvaged) -> Result<Stretches, StoreError> {
        let (mut from, mut bad) = (i64::MIN, Stretches::new());
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
                return Ok(bad);
            }
            let Some(behind) = last.map_or(Some(from), |last| last.checked_add(1)) else {
                return Ok(bad);
            };
            if !failed {
                from = behind;
                continue;
            }
            match self.readable_behind(behind) {
                Some(next) => {
                    bad.push(behind..=next.saturating_sub(1));
                    from = next;
                }
                None => {
                    bad.push(behind..=i64::MAX);
                    return Ok(bad);
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
            self.table.put(self.new, number, row, salvaged)?;
        }
        Ok(())
    }

    /// A table without row numbers: from its beginning and from its end, as far as either can be read.
    fn by_key(&self, salvaged: &mut Salvaged) -> Result<Option<Gap>, StoreError> {
        let (first, failed) = self.walk("");
        let last = if failed { self.walk("DESC").0 } else { Vec::new() };
        let Table { name, .. } = self.table;
        let gap = if failed {
            let key = |row: Option<&Vec<Value>>| row.and_then(|row| self.table.key_of(row));
            let gap = Gap::Keys { behind: key(first.last()), before: key(last.last()) };
            // What is between the two is as the copy has it.
            self.delete_outside(&gap)?;
            Some(gap)
        } else {
            self.new.execute(&format!("DELETE FROM {name}"), [])?;
            None
        };
        for row in first.into_iter().chain(last) {
            self.table.put(self.new, 0, row, salvaged)?;
        }
        Ok(gap)
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

    fn delete_outside(&self, gap: &Gap) -> Result<(), StoreError> {
        let Gap::Keys { behind, before } = gap else { return Ok(()) };
        let (name, key) = (&self.table.name, self.table.key_list());
        for (bound, compared) in [(behind, "<="), (before, ">=")] {
            if let Some(bound) = bound {
                let places = vec!["?"; bound.len()].join(", ");
                let sql = format!("DELETE FROM {name} WHERE ({key}) {compared} ({places})");
                self.new.execute(&sql, params_from_iter(bound))?;
            }
        }
        Ok(())
    }
}
