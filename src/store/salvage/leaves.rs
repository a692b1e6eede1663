//! What SQLite cannot come to in a damaged table is filled in from its pages. Rows that can be read there replace the copy's;
//! rows that cannot stay as the copy has them, and are counted.

use super::StoreError;
use super::{Gap, Given, Salvaged, Stretches, Table, entries, number};
use crate::store::raw::{Loss, RawRow, RawTables};
use crate::store::tables::quoted;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::cmp::Ordering;

/// What is worked with.
pub(super) struct Leaves<'l> {
    pub(super) raw: &'l RawTables,
    /// The damaged database, where SQLite reads in it.
    pub(super) old: Option<&'l Connection>,
    pub(super) new: &'l Connection,
    /// How far its numbers had come, where that can be read.
    pub(super) given: Option<&'l Given>,
}

/// How far each table's numbers have come, by the pages; none where that cannot all be read.
pub(super) fn sequences(raw: &RawTables) -> Result<Option<Given>, StoreError> {
    let mut given = Given::new();
    raw.each_row("sqlite_sequence", |row| {
        if let [Value::Text(name), Value::Integer(last)] = row.values.as_slice() {
            given.insert(name.clone(), *last);
        }
        Ok(())
    })?;
    let all = raw.loss("sqlite_sequence").rows == 0 && !given.is_empty();
    Ok(all.then_some(given))
}

impl Leaves<'_> {
    /// Fills a gap.
    pub(super) fn fill(
        &self,
        table: &Table,
        gap: &Gap,
        salvaged: &mut Salvaged,
    ) -> Result<(), StoreError> {
        let columns = self.raw.columns(&table.plain).unwrap_or_default();
        let places = table
            .columns
            .iter()
            .filter_map(|wanted| columns.iter().position(|column| quoted(column) == *wanted));
        let places: Vec<usize> = places.collect();
        let picked = |row: &RawRow| -> Vec<Value> {
            places.iter().filter_map(|place| row.values.get(*place).cloned()).collect()
        };
        match gap {
            Gap::Numbers(stretches) => self.by_number(table, stretches, picked, salvaged),
            Gap::Keys { behind, before } => {
                let within = (behind.as_deref(), before.as_deref());
                self.by_key(table, within, picked, salvaged)
            }
        }
    }

    fn by_number(
        &self,
        table: &Table,
        stretches: &Stretches,
        picked: impl Fn(&RawRow) -> Vec<Value>,
        salvaged: &mut Salvaged,
    ) -> Result<(), StoreError> {
        let alive = self.old.and_then(|old| alive(old, table, stretches));
        let mut found = Vec::new();
        self.raw.each_row(&table.plain, |row| {
            let number = row.number;
            let known = alive.as_ref().is_none_or(|alive| alive.binary_search(&number).is_ok());
            if known && stretches.iter().any(|some| some.contains(&number)) {
                let values = picked(&row);
                if table.row(self.new, number)?.as_ref() != Some(&values) {
                    table.put(self.new, number, values, salvaged)?;
                }
                found.push(number);
            }
            Ok(())
        })?;
        found.sort_unstable();
        found.dedup();
        let loss = self.raw.loss(&table.plain);
        match alive {
            // An index tells which rows there are.
            Some(alive) => {
                self.delete_others(table, stretches, &alive)?;
                let lost = alive.into_iter().filter(|one| found.binary_search(one).is_err());
                let lost: Vec<i64> = lost.collect();
                entries::piece_together(self.raw, self.new, table, &lost, salvaged)?;
                salvaged.lost(count(lost.len()));
            }
            None if loss.rows == 0 => {
                self.delete_others(table, stretches, &found)?;
            }
            None => {
                let others = self.others(table, stretches, &found)?;
                let numbers = self.numbers(table, stretches)?;
                let at_least = count(others.len()).saturating_add(numbers.since.min(loss.at_most));
                let about = loss.rows.max(at_least);
                salvaged.lost(about.min(numbers.all.saturating_sub(count(found.len()))).max(1));
            }
        }
        Ok(())
    }

    /// The numbers in a gap that the other has besides these.
    fn others(
        &self,
        table: &Table,
        stretches: &Stretches,
        these: &[i64],
    ) -> Result<Vec<i64>, StoreError> {
        let sql = format!("SELECT rowid FROM {} WHERE rowid BETWEEN ?1 AND ?2", table.name);
        let mut others = Vec::new();
        for stretch in stretches {
            let mut statement = self.new.prepare_cached(&sql)?;
            let mut rows = statement.query((stretch.start(), stretch.end()))?;
            while let Some(row) = rows.next()? {
                let number = row.get(0)?;
                if these.binary_search(&number).is_err() {
                    others.push(number);
                }
            }
        }
        Ok(others)
    }

    fn delete_others(
        &self,
        table: &Table,
        stretches: &Stretches,
        these: &[i64],
    ) -> Result<(), StoreError> {
        let sql = format!("DELETE FROM {} WHERE rowid = ?1", table.name);
        for number in self.others(table, stretches, these)? {
            self.new.prepare_cached(&sql)?.execute([number])?;
        }
        Ok(())
    }

    /// What is known of the numbers in a gap.
    fn numbers(&self, table: &Table, stretches: &Stretches) -> Result<Numbers, StoreError> {
        let sql =
            "SELECT count(*) FROM sqlite_schema WHERE name = ?1 AND sql LIKE '%AUTOINCREMENT%'";
        let counted: bool = self.new.query_row(sql, [&table.plain], |row| row.get(0))?;
        let last = self.given.filter(|_| counted);
        let last = last.map(|given| given.get(&table.plain).copied().unwrap_or(0));
        let sql = format!("SELECT coalesce(max(rowid), 0) FROM {}", table.name);
        let newest: i64 = self.new.query_row(&sql, [], |row| row.get(0))?;
        let since = last.map_or(0, |last| last.saturating_sub(newest));
        let width = |stretch: &std::ops::RangeInclusive<i64>| {
            let (from, to) =
                ((*stretch.start()).max(1), (*stretch.end()).min(last.unwrap_or(i64::MAX)));
            u64::try_from(to.saturating_sub(from).saturating_add(1)).unwrap_or(0)
        };
        let all = stretches.iter().map(width).fold(0, u64::saturating_add);
        Ok(Numbers { all, since: u64::try_from(since).unwrap_or(0) })
    }

    fn by_key(
        &self,
        table: &Table,
        (behind, before): (Option<&[Value]>, Option<&[Value]>),
        picked: impl Fn(&RawRow) -> Vec<Value>,
        salvaged: &mut Salvaged,
    ) -> Result<(), StoreError> {
        let Loss { rows: lost, .. } = self.raw.loss(&table.plain);
        let (name, key) = (&table.name, table.key_list());
        let bounds = [(behind, ">"), (before, "<")];
        let bounds = bounds.map(|(bound, compared)| match bound {
            Some(bound) => format!("({key}) {compared} ({})", vec!["?"; bound.len()].join(", ")),
            None => "1".to_owned(),
        });
        let bounds = bounds.join(" AND ");
        let given: Vec<&Value> = behind.into_iter().chain(before).flatten().collect();
        if lost == 0 {
            let sql = format!("DELETE FROM {name} WHERE {bounds}");
            self.new.execute(&sql, params_from_iter(&given))?;
        }
        let sql = format!("SELECT count(*) FROM {name} WHERE {bounds}");
        let copied = number(self.new, &sql, params_from_iter(&given))?;
        let places = vec!["?"; table.key.as_ref().map_or(0, Vec::len)].join(", ");
        let there = format!("SELECT count(*) FROM {name} WHERE ({key}) = ({places})");
        let mut replaced = 0_u64;
        self.raw.each_row(&table.plain, |row| {
            let values = picked(&row);
            let Some(own) = table.key_of(&values) else { return Ok(()) };
            let is_behind = behind.is_none_or(|bound| order(&own, bound) == Ordering::Greater);
            let is_before = before.is_none_or(|bound| order(&own, bound) == Ordering::Less);
            if is_behind && is_before {
                replaced =
                    replaced.saturating_add(number(self.new, &there, params_from_iter(&own))?);
                table.put(self.new, 0, values, salvaged)?;
            }
            Ok(())
        })?;
        if lost > 0 {
            salvaged.lost(lost.max(copied.saturating_sub(replaced)));
        }
        Ok(())
    }
}

/// What is known of a gap's numbers.
struct Numbers {
    /// How many there are.
    all: u64,
    /// Those that were given since the newest row that is known.
    since: u64,
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// The numbers in a gap that a table has, by an index of it that has all and can be read.
fn alive(old: &Connection, table: &Table, stretches: &Stretches) -> Option<Vec<i64>> {
    let sql = "SELECT name FROM pragma_index_list(?1) WHERE partial = 0";
    let mut statement = old.prepare(sql).ok()?;
    let indexes = statement.query_map([&table.plain], |row| row.get::<_, String>(0)).ok()?;
    let numbers = |index: &str| -> rusqlite::Result<Vec<i64>> {
        // The index is read and nothing else.
        let sql = format!(
            "SELECT rowid FROM {} INDEXED BY {} WHERE +rowid BETWEEN ?1 AND ?2",
            table.name,
            quoted(index)
        );
        let mut numbers = Vec::new();
        for stretch in stretches {
            let mut statement = old.prepare(&sql)?;
            let mut rows = statement.query((stretch.start(), stretch.end()))?;
            while let Some(row) = rows.next()? {
                numbers.push(row.get(0)?);
            }
        }
        numbers.sort_unstable();
        Ok(numbers)
    };
    indexes.flatten().find_map(|index| numbers(&index).ok())
}

/// How SQLite orders keys: numbers before texts before bytes.
fn order(one: &[Value], other: &[Value]) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) => 2,
        Value::Blob(_) => 3,
    };
    let pairs = one.iter().zip(other).map(|pair| match pair {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Real(one), Value::Real(other)) => one.total_cmp(other),
        (Value::Text(one), Value::Text(other)) => one.as_bytes().cmp(other.as_bytes()),
        (Value::Blob(one), Value::Blob(other)) => one.cmp(other),
        (one, other) => rank(one).cmp(&rank(other)),
    });
    pairs.fold(Ordering::Equal, Ordering::then)
}
