//! Of a row whose page is gone its indexes still hold some columns: they are put right in the copy's row, and where they are
//! all that has to be known the row is made of them. It counts as one that cannot be read all the same.

use super::StoreError;
use super::{Salvaged, Table};
use crate::store::raw::{RawIndex, RawTables};
use crate::store::tables::quoted;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::BTreeMap;

/// What indexes say of a row.
#[derive(Default)]
struct Known {
    /// By the place of its column.
    columns: BTreeMap<usize, Value>,
    /// Columns that no other row has the same in.
    apart: BTreeMap<usize, Value>,
}

/// Puts rows together that are there by their numbers and cannot be read.
pub(super) fn piece_together(
    raw: &RawTables,
    new: &Connection,
    table: &Table,
    lost: &[i64],
    salvaged: &mut Salvaged,
) -> Result<(), StoreError> {
    if lost.is_empty() {
        return Ok(());
    }
    let named = raw.columns(&table.plain).unwrap_or_default().into_iter();
    let without: BTreeMap<String, Option<Value>> =
        named.map(|name| quoted(&name)).zip(raw.without(&table.plain)).collect();
    let delete = format!("DELETE FROM {} WHERE rowid = ?1", table.name);
    for (number, known) in known(raw, table, lost)? {
        let copied = table.row(new, number)?;
        let same = |row: &Vec<Value>| {
            known.apart.iter().all(|(place, value)| row.get(*place) == Some(value))
        };
        let row = match copied.clone().filter(same) {
            Some(row) => Some(row),
            None => {
                // The number was another's when the copy was made.
                new.prepare_cached(&delete)?.execute([number])?;
                let names = table.columns.iter().enumerate();
                let column = |(place, name): (usize, &String)| match known.columns.get(&place) {
                    Some(value) => Some(value.clone()),
                    None => without.get(name).cloned().flatten(),
                };
                names.map(column).collect::<Option<Vec<_>>>()
            }
        };
        let Some(mut row) = row else { continue };
        for (place, value) in known.columns {
            if let Some(there) = row.get_mut(place) {
                *there = value;
            }
        }
        if copied.as_ref() != Some(&row) {
            table.put(new, number, row, salvaged)?;
        }
    }
    Ok(())
}

/// What indexes say of these rows.
fn known(raw: &RawTables, table: &Table, lost: &[i64]) -> Result<BTreeMap<i64, Known>, StoreError> {
    let mut known: BTreeMap<i64, Known> = BTreeMap::new();
    for index in raw.indexes(&table.plain) {
        let places = places(&index, table);
        raw.each_entry(&index, |entry| {
            let Some((Value::Integer(number), values)) = entry.values.split_last() else {
                return Ok(());
            };
            if lost.binary_search(number).is_err() {
                return Ok(());
            }
            let row = known.entry(*number).or_default();
            for (place, value) in places.iter().zip(values) {
                if let Some(place) = place {
                    row.columns.insert(*place, value.clone());
                    if index.tells_rows_apart() {
                        row.apart.insert(*place, value.clone());
                    }
                }
            }
            Ok(())
        })?;
    }
    Ok(known)
}

/// Where in its table's rows each column of an index is.
fn places(index: &RawIndex<'_>, table: &Table) -> Vec<Option<usize>> {
    let place = |name: &str| table.columns.iter().position(|column| *column == quoted(name));
    index.columns().map(place).collect()
}
