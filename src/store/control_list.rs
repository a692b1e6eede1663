//! Vehicles the platform wants held, watched or let pass free (4001).

use super::sparse::SparseTable;
use super::{StoreError, Transaction, column, millis, ticket::OTHER_PLATES};
use crate::standard::codes::Strategy;
use crate::standard::id::Id;
use jiff::Timestamp;

/// One entry of the control list (table 18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlListEntry {
    /// Its id.
    pub id: Id,
    /// Normalised plate.
    pub plate_no: String,
    /// What is to be done with it.
    pub strategy_type: Strategy,
    /// In force from here.
    pub begin: Timestamp,
    /// In force up to and including this moment.
    pub end: Timestamp,
    /// Who wants it.
    pub strategy_from: String,
}

/// Entries that ended before a moment, the oldest first.
pub(super) const PRUNE: &str =
    "DELETE FROM control_list WHERE rowid IN (SELECT rowid FROM control_list
    WHERE end_at < ?1 ORDER BY end_at LIMIT ?2)";

const COLUMNS: &str =
    "control_list.id, control_list.plate_no, strategy_type, begin_at, end_at, strategy_from";

impl Transaction<'_> {
    /// Puts an entry on the list in place of the one with its id.
    pub fn set_control(&self, entry: &ControlListEntry) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO control_list
                   (id, plate_no, strategy_type, begin_at, end_at, strategy_from)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.execute(
            sql,
            (
                &entry.id,
                &entry.plate_no,
                entry.strategy_type.number(),
                entry.begin.as_millisecond(),
                entry.end.as_millisecond(),
                &entry.strategy_from,
            ),
        )?;
        Ok(())
    }

    /// Takes an entry off the list and returns its plate; none when there is no such entry.
    pub fn remove_control(&self, id: &Id) -> Result<Option<String>, StoreError> {
        let sql = "DELETE FROM control_list WHERE id = ?1 RETURNING plate_no";
        self.row(sql, [id], |row| row.get(0))
    }

    /// The entries of a plate that have begun by one moment and end after another, and of the other plates of its car where that is inside.
    pub fn controls_of(
        &self,
        plate_no: &str,
        (now, ends_after): (Timestamp, Timestamp),
    ) -> Result<Vec<ControlListEntry>, StoreError> {
        let wanted = "begin_at <= ?2 AND end_at >= ?3";
        let sql = format!(
            "SELECT {COLUMNS} FROM control_list WHERE plate_no = ?1 AND {wanted}
             UNION ALL SELECT {COLUMNS} FROM {OTHER_PLATES} CROSS JOIN control_list
                 ON control_list.plate_no = record_alias.plate_no AND {wanted}"
        );
        let (now, ends_after) = (now.as_millisecond(), ends_after.as_millisecond());
        let of_then = (plate_no, now, ends_after);
        let mut found = self.rows_of(SparseTable::ControlList, &sql, of_then, entry)?;
        found.sort_by_cached_key(|entry| (entry.strategy_type.number(), entry.id.to_string()));
        found.dedup();
        Ok(found)
    }

    /// From when on, later than `now`, an entry holds a plate at any lane.
    pub fn held_from(
        &self,
        plate_no: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT min(begin_at) FROM control_list
                   WHERE plate_no = ?1 AND begin_at > ?2 AND strategy_type IN (1, 2, 3)";
        let of_then = (plate_no, now.as_millisecond());
        let held = self.row_of(SparseTable::ControlList, sql, of_then, |row| row.get(0))?;
        Ok(held.flatten().map(millis))
    }

    /// Entries that have not ended at `now`, the one that ends first first, after `offset` of them.
    pub fn controls_from(
        &self,
        now: Timestamp,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<ControlListEntry>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM control_list WHERE end_at >= ?1
             ORDER BY end_at, id LIMIT ?2 OFFSET ?3"
        );
        self.scan(&sql, (now.as_millisecond(), limit, offset), entry)
    }
}

fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<ControlListEntry> {
    Ok(ControlListEntry {
        id: row.get(0)?,
        plate_no: row.get(1)?,
        strategy_type: column::number(row, 2, "a strategy", Strategy::from_number)?,
        begin: millis(row.get(3)?),
        end: millis(row.get(4)?),
        strategy_from: row.get(5)?,
    })
}
