//! Classes of vehicles that cars were given: a plate until further notice, a car for one stay. What a class means is
//! the tariff's.

use super::sparse::SparseTable;
use super::{StoreError, Transaction, millis};
use crate::standard::id::Id;
use jiff::Timestamp;

/// A plate's class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassOfPlate {
    /// Normalised plate.
    pub plate_no: String,
    /// The class.
    pub class: String,
    /// Until when; for good when absent.
    pub until: Option<Timestamp>,
    /// Who gave it.
    pub given_by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Classes that ended before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM vehicle_class WHERE (plate_no, class) IN
    (SELECT plate_no, class FROM vehicle_class WHERE until IS NOT NULL AND until < ?1
     ORDER BY until LIMIT ?2)";

const COLUMNS: &str = "plate_no, class, until, given_by, reason, at";

impl Transaction<'_> {
    /// Puts the car of one stay into a class.
    pub fn give_class(
        &self,
        record_id: &Id,
        class: &str,
        given_by: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO record_class (record_id, class, given_by, at)
                   VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, (record_id, class, given_by, at.as_millisecond()))?;
        Ok(())
    }

    /// Takes it out of that class; whether it was in it.
    pub fn take_class(&self, record_id: &Id, class: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM record_class WHERE record_id = ?1 AND class = ?2";
        Ok(self.execute(sql, (record_id, class))? > 0)
    }

    /// The classes that the car of a stay was given for it, and those that its coupons give.
    pub fn classes_of_record(&self, record_id: &Id) -> Result<Vec<String>, StoreError> {
        if self.is_empty(SparseTable::RecordClass)? && self.is_empty(SparseTable::Coupon)? {
            return Ok(Vec::new());
        }
        let sql = "SELECT class FROM record_class WHERE record_id = ?1
                   UNION SELECT value FROM coupon WHERE record_id = ?1 AND record_id IS NOT NULL
                       AND kind = 'class' AND state IN ('open', 'used')
                   ORDER BY 1";
        self.rows(sql, [record_id], |row| row.get(0))
    }

    /// Puts a plate into a class, in place of what was said of that before.
    pub fn set_class_of_plate(&self, class: &ClassOfPlate) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT OR REPLACE INTO vehicle_class ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        );
        let (until, at) = (class.until.map(Timestamp::as_millisecond), class.at.as_millisecond());
        let (plate_no, name) = (&class.plate_no, &class.class);
        self.execute(&sql, (plate_no, name, until, &class.given_by, &class.reason, at))?;
        Ok(())
    }

    /// Takes a plate out of a class; whether it was in it.
    pub fn remove_class_of_plate(&self, plate_no: &str, class: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM vehicle_class WHERE plate_no = ?1 AND class = ?2";
        Ok(self.execute(sql, (plate_no, class))? > 0)
    }

    /// The classes a plate is of at a moment.
    pub fn classes_of_plate(
        &self,
        plate_no: &str,
        at: Timestamp,
    ) -> Result<Vec<ClassOfPlate>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM vehicle_class
             WHERE plate_no = ?1 AND (until IS NULL OR until > ?2) ORDER BY class"
        );
        let of_then = (plate_no, at.as_millisecond());
        self.rows_of(SparseTable::VehicleClass, &sql, of_then, class_of_plate)
    }

    /// All plates that are of classes, by plate, after `offset` of them.
    pub fn classes_of_plates(
        &self,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<ClassOfPlate>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM vehicle_class ORDER BY plate_no, class LIMIT ?1 OFFSET ?2"
        );
        self.scan(&sql, (limit, offset), class_of_plate)
    }
}

fn class_of_plate(row: &rusqlite::Row<'_>) -> rusqlite::Result<ClassOfPlate> {
    Ok(ClassOfPlate {
        plate_no: row.get(0)?,
        class: row.get(1)?,
        until: row.get::<_, Option<i64>>(2)?.map(millis),
        given_by: row.get(3)?,
        reason: row.get(4)?,
        at: millis(row.get(5)?),
    })
}
