//! Numbers for cars that show no plate, and the other plates of cars that show several.

use super::sparse::SparseTable;
use super::{ParkingRecord, StoreError, Transaction};
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use std::collections::HashMap;

/// The other plates of the car inside whose plate is ?1, as `record_alias`. What is asked of them stands behind it; it is asked
/// several times with every car, and mostly there are none.
pub(super) const OTHER_PLATES: &str =
    "parking_record CROSS JOIN record_alias ON record_id = parking_record.id
        AND parking_record.plate_no = ?1 AND leave_time IS NULL AND parking_record.plate_no <> ''";

impl Transaction<'_> {
    /// The next number in the row of tickets, from 1.
    pub fn next_ticket(&self) -> Result<u64, StoreError> {
        let sql = "INSERT INTO ticket (only_row, last) VALUES (1, 1)
                   ON CONFLICT (only_row) DO UPDATE SET last = last + 1 RETURNING last";
        let last: Option<i64> = self.row(sql, [], |row| row.get(0))?;
        Ok(last.and_then(|last| u64::try_from(last).ok()).unwrap_or(1))
    }

    /// Notes the other plates of a stay's car.
    pub fn set_aliases(&self, record_id: &Id, aliases: &[PlateNo]) -> Result<(), StoreError> {
        for plate_no in aliases {
            let sql = "INSERT OR IGNORE INTO record_alias (plate_no, record_id) VALUES (?1, ?2)";
            self.execute(sql, (plate_no.as_str(), record_id))?;
        }
        Ok(())
    }

    /// The other plates of all cars inside, by their stays.
    pub fn aliases_inside(&self) -> Result<HashMap<Id, Vec<String>>, StoreError> {
        let sql = "SELECT parking_record.id, record_alias.plate_no
                   FROM parking_record INDEXED BY parking_record_inside
                   CROSS JOIN record_alias ON record_alias.record_id = parking_record.id
                   WHERE leave_time IS NULL AND parking_record.plate_no <> ''";
        let mut aliases: HashMap<Id, Vec<String>> = HashMap::new();
        for (id, plate) in self.scan(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))? {
            aliases.entry(id).or_default().push(plate);
        }
        Ok(aliases)
    }

    /// Whether a stay's car has that plate beside its first.
    pub fn has_alias(&self, record_id: &Id, plate_no: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM record_alias WHERE plate_no = ?1 AND record_id = ?2";
        let of_both = (plate_no, record_id);
        Ok(self.row_of(SparseTable::RecordAlias, sql, of_both, |_| Ok(()))?.is_some())
    }

    /// The other plates of a stay's car.
    pub fn aliases_of(&self, record_id: &Id) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT plate_no FROM record_alias WHERE record_id = ?1 ORDER BY plate_no";
        self.rows_of(SparseTable::RecordAlias, sql, [record_id], |row| row.get(0))
    }

    /// The open record of a car by its plate or one of its others.
    pub fn open_record_by_any_plate(
        &self,
        plate_no: &str,
    ) -> Result<Option<ParkingRecord>, StoreError> {
        if let Some(record) = self.open_record_of(plate_no)? {
            return Ok(Some(record));
        }
        let sql = "SELECT record_id FROM record_alias JOIN parking_record ON id = record_id
                   WHERE record_alias.plate_no = ?1 AND leave_time IS NULL";
        let known: Option<Id> =
            self.row_of(SparseTable::RecordAlias, sql, [plate_no], |row| row.get(0))?;
        known.map_or(Ok(None), |record_id| self.record(&record_id))
    }
}
