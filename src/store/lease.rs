//! Leases (月租): known by the plates they cover; the newest form replaces the older one.

use super::sparse::SparseTable;
use super::{StoreError, Transaction, share::civil};
use jiff::civil::Date;

/// A lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What makes it this lease and no other: its plates.
    pub key: String,
    /// Its plates, normalised.
    pub plates: Vec<String>,
    /// Table 28 as the platform or the staff wrote it, canonical JSON.
    pub body: String,
    /// How many cars may stand for it at once.
    pub spaces: i64,
    /// The first day.
    pub begin_date: Date,
    /// The last day.
    pub end_date: Date,
    /// When this form was written, seconds since 1970.
    pub moment: i64,
}

impl Transaction<'_> {
    /// Writes a lease in place of the one for the same plates.
    pub fn set_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let sql = "INSERT INTO lease (lease_key, body, spaces, begin_date, end_date, moment)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (lease_key) DO UPDATE
                   SET body = ?2, spaces = ?3, begin_date = ?4, end_date = ?5, moment = ?6";
        let (begin, end) = (lease.begin_date.to_string(), lease.end_date.to_string());
        self.execute(sql, (&lease.key, &lease.body, lease.spaces, begin, end, lease.moment))?;
        for plate in &lease.plates {
            let sql = "INSERT OR IGNORE INTO lease_plate (plate_no, lease_key) VALUES (?1, ?2)";
            self.execute(sql, (plate, &lease.key))?;
        }
        Ok(())
    }

    /// The lease of that key.
    pub fn lease(&self, key: &str) -> Result<Option<Lease>, StoreError> {
        let sql = "SELECT lease_key, body, spaces, begin_date, end_date, moment FROM lease
                   WHERE lease_key = ?1";
        let lease = self.row(sql, [key], lease)?;
        lease.map(|lease| self.with_plates(lease)).transpose()
    }

    /// The leases that name a plate, the one that ends last first.
    pub fn leases_of(&self, plate_no: &str) -> Result<Vec<Lease>, StoreError> {
        let sql = "SELECT lease.lease_key, body, spaces, begin_date, end_date, moment
                   FROM lease_plate CROSS JOIN lease USING (lease_key) WHERE plate_no = ?1";
        let mut leases = self.rows_of(SparseTable::LeasePlate, sql, [plate_no], lease)?;
        leases.sort_by(|one, other| {
            other.end_date.cmp(&one.end_date).then_with(|| one.key.cmp(&other.key))
        });
        leases.into_iter().map(|lease| self.with_plates(lease)).collect()
    }

    /// Leases whose first day is one after `after` up to `day`, or whose last one from `after` to before `day`: the first
    /// of them behind a key.
    pub fn leases_changing(
        &self,
        after: Date,
        day: Date,
        behind: &str,
        limit: u32,
    ) -> Result<Vec<Lease>, StoreError> {
        let sql = "SELECT lease_key, body, spaces, begin_date, end_date, moment FROM lease
                   WHERE begin_date > ?1 AND begin_date <= ?2 AND lease_key > ?3
                   UNION SELECT lease_key, body, spaces, begin_date, end_date, moment FROM lease
                   WHERE end_date >= ?1 AND end_date < ?2 AND lease_key > ?3 ORDER BY 1 LIMIT ?4";
        let leases = self.scan(sql, (after.to_string(), day.to_string(), behind, limit), lease)?;
        leases.into_iter().map(|lease| self.with_plates(lease)).collect()
    }

    /// Leases, the one that ends last first, after `offset` of them.
    pub fn leases_page(&self, offset: u32, limit: u32) -> Result<Vec<Lease>, StoreError> {
        let sql = "SELECT lease_key, body, spaces, begin_date, end_date, moment FROM lease
                   ORDER BY end_date DESC, lease_key LIMIT ?2 OFFSET ?1";
        let leases = self.scan(sql, (offset, limit), lease)?;
        leases.into_iter().map(|lease| self.with_plates(lease)).collect()
    }

    /// All leases, the one that ends last first.
    pub fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        let sql = "SELECT lease_key, body, spaces, begin_date, end_date, moment FROM lease
                   ORDER BY end_date DESC, lease_key";
        let leases = self.scan(sql, [], lease)?;
        leases.into_iter().map(|lease| self.with_plates(lease)).collect()
    }

    /// Ends a lease; false when there is none of that key.
    pub fn remove_lease(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM lease WHERE lease_key = ?1", [key])? == 1)
    }

    fn with_plates(&self, lease: Lease) -> Result<Lease, StoreError> {
        let sql = "SELECT plate_no FROM lease_plate WHERE lease_key = ?1 ORDER BY plate_no";
        let plates = self.rows(sql, [&lease.key], |row| row.get(0))?;
        Ok(Lease { plates, ..lease })
    }
}

fn lease(row: &rusqlite::Row<'_>) -> rusqlite::Result<Lease> {
    Ok(Lease {
        key: row.get(0)?,
        plates: Vec::new(),
        body: row.get(1)?,
        spaces: row.get(2)?,
        begin_date: civil(row, 3)?,
        end_date: civil(row, 4)?,
        moment: row.get(5)?,
    })
}
