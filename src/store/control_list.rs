//! Vehicles the platform wants held, watched or let pass free (4001).

use super::{StoreError, Transaction, millis};
use jiff::Timestamp;

/// One entry of the control list (table 18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlListEntry {
    /// Its id.
    pub id: String,
    /// Normalised plate.
    pub plate_no: String,
    /// 1 may not enter, 2 may not leave, 3 neither, 4 is to be reported, 5 passes free.
    pub strategy_type: i64,
    /// In force from here.
    pub begin: Timestamp,
    /// In force up to and including this moment.
    pub end: Timestamp,
    /// Who wants it.
    pub strategy_from: String,
}

impl Transaction<'_> {
    /// Puts an entry on the list in place of the one with its id.
    pub fn set_control(&self, entry: &ControlListEntry) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO control_list
                   (id, plate_no, strategy_type, begin_at, end_at, strategy_from)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.execute(
            sql,
            (
                entry.id.to_ascii_lowercase(),
                &entry.plate_no,
                entry.strategy_type,
                entry.begin.as_millisecond(),
                entry.end.as_millisecond(),
                &entry.strategy_from,
            ),
        )?;
        Ok(())
    }

    /// Takes an entry off the list and returns its plate; none when there is no such entry.
    pub fn remove_control(&self, id: &str) -> Result<Option<String>, StoreError> {
        let sql = "DELETE FROM control_list WHERE id = ?1 RETURNING plate_no";
        self.row(sql, [id.to_ascii_lowercase()], |row| row.get(0))
    }

    /// The entries of a plate that are in force at `now`.
    pub fn controls_of(
        &self,
        plate_no: &str,
        now: Timestamp,
    ) -> Result<Vec<ControlListEntry>, StoreError> {
        let sql = "SELECT id, plate_no, strategy_type, begin_at, end_at, strategy_from
                   FROM control_list WHERE plate_no = ?1 AND begin_at <= ?2 AND end_at >= ?2
                   ORDER BY strategy_type, id";
        self.rows(sql, (plate_no, now.as_millisecond()), |row| {
            Ok(ControlListEntry {
                id: row.get(0)?,
                plate_no: row.get(1)?,
                strategy_type: row.get(2)?,
                begin: millis(row.get(3)?),
                end: millis(row.get(4)?),
                strategy_from: row.get(5)?,
            })
        })
    }
}
