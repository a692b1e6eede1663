//! Which car stands on a space of a lease, from when to when. A record's `lease_key` follows from it by the database's
//! own triggers.

use super::sparse::SparseTable;
use super::{StoreError, Transaction, column, millis};
use crate::standard::id::Id;
use jiff::Timestamp;
use jiff::civil::Date;

/// A car's time on a space of a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseUse {
    /// Its number.
    pub id: i64,
    /// The stay.
    pub record_id: Id,
    /// The lease; empty where the form of it that made this time free no longer stands.
    pub lease_key: String,
    /// From here.
    pub since: Timestamp,
    /// Up to here; the space is its yet where there is no end.
    pub until: Option<Timestamp>,
}

/// The day whose leases begin and end, and how far they have been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseDay {
    /// The day.
    pub day: Date,
    /// The last one before it that was looked at.
    pub after: Date,
    /// All leases up to the one of this key have been; all there are where there is none.
    pub behind: Option<String>,
}

impl LeaseDay {
    /// A day of which nothing has been looked at.
    pub fn of(after: Date, day: Date) -> Self {
        Self { day, after, behind: Some(String::new()) }
    }

    /// The last day of which everything has been.
    pub fn from_where_it_is(&self) -> Date {
        if self.behind.is_some() { self.after } else { self.day }
    }
}

const COLUMNS: &str = "id, record_id, lease_key, since, until";

impl Transaction<'_> {
    /// A car takes a space of a lease.
    pub fn begin_lease_use(
        &self,
        record_id: &Id,
        lease_key: &str,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO lease_use (record_id, lease_key, since) VALUES (?1, ?2, ?3)";
        self.execute(sql, (record_id, lease_key, since.as_millisecond()))?;
        Ok(())
    }

    /// Time that stays free though the form of the lease that made it so no longer stands.
    pub fn keep_lease_time(
        &self,
        record_id: &Id,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO lease_use (record_id, lease_key, since, until) VALUES (?1, '', ?2, ?3)";
        self.execute(sql, (record_id, since.as_millisecond(), until.as_millisecond()))?;
        Ok(())
    }

    /// A car's time on its space was from `since` to `until`; none where that is no time.
    pub fn end_lease_use(
        &self,
        id: i64,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        if until <= since {
            self.execute("DELETE FROM lease_use WHERE id = ?1", [id])?;
            return Ok(());
        }
        let sql = "UPDATE lease_use SET since = ?2, until = ?3 WHERE id = ?1";
        self.execute(sql, (id, since.as_millisecond(), until.as_millisecond()))?;
        Ok(())
    }

    /// A car has had its space since another moment than was thought.
    pub fn move_lease_use(&self, id: i64, since: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE lease_use SET since = ?2 WHERE id = ?1";
        self.execute(sql, (id, since.as_millisecond()))?;
        Ok(())
    }

    /// A car has never stood on a space of any lease.
    pub fn forget_lease_uses(&self, record_id: &Id) -> Result<(), StoreError> {
        self.execute("DELETE FROM lease_use WHERE record_id = ?1", [record_id])?;
        Ok(())
    }

    /// All of a stay's times on spaces of leases, the first to be noted first.
    pub fn lease_uses_of(&self, record_id: &Id) -> Result<Vec<LeaseUse>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM lease_use WHERE record_id = ?1 ORDER BY id");
        self.rows_of(SparseTable::LeaseUse, &sql, [record_id], lease_use)
    }

    /// Who stands on spaces of a lease now, the first to take one first.
    pub fn lease_holders(&self, lease_key: &str) -> Result<Vec<LeaseUse>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM lease_use WHERE lease_key = ?1 AND until IS NULL
             ORDER BY since, id"
        );
        self.scan(&sql, [lease_key], lease_use)
    }

    /// Who stood on spaces of a lease at any time since a moment.
    pub fn lease_uses_since(
        &self,
        lease_key: &str,
        from: Timestamp,
    ) -> Result<Vec<LeaseUse>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM lease_use WHERE lease_key = ?1 AND until IS NULL
             UNION ALL SELECT {COLUMNS} FROM lease_use WHERE lease_key = ?1 AND until > ?2"
        );
        self.rows(&sql, (lease_key, from.as_millisecond()), lease_use)
    }

    /// The stays of a lease's cars, by whichever of their plates, that stand on none of its spaces.
    pub fn cars_without_space(&self, lease_key: &str) -> Result<Vec<Id>, StoreError> {
        let sql = "SELECT parking_record.id FROM lease_plate
                   CROSS JOIN parking_record INDEXED BY parking_record_inside
                       ON parking_record.plate_no = lease_plate.plate_no
                   WHERE lease_plate.lease_key = ?1 AND leave_time IS NULL
                       AND parking_record.plate_no <> '' AND parking_record.lease_key IS NOT ?1
                   UNION SELECT parking_record.id FROM lease_plate
                   CROSS JOIN record_alias ON record_alias.plate_no = lease_plate.plate_no
                   CROSS JOIN parking_record ON parking_record.id = record_alias.record_id
                   WHERE lease_plate.lease_key = ?1 AND leave_time IS NULL
                       AND parking_record.lease_key IS NOT ?1";
        self.scan(sql, [lease_key], |row| row.get(0))
    }

    /// The day whose leases were looked at last.
    pub fn lease_day(&self) -> Result<Option<LeaseDay>, StoreError> {
        self.row("SELECT day, after, behind FROM lease_day", [], |row| {
            let day = |index| column::text(row, index, "a day", |text| text.parse().ok());
            Ok(LeaseDay { day: day(0)?, after: day(1)?, behind: row.get(2)? })
        })
    }

    /// Notes how far a day's leases were looked at.
    pub fn set_lease_day(&self, look: &LeaseDay) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO lease_day (only_row, day, after, behind)
                   VALUES (1, ?1, ?2, ?3)";
        self.execute(sql, (look.day.to_string(), look.after.to_string(), &look.behind))?;
        Ok(())
    }
}

fn lease_use(row: &rusqlite::Row<'_>) -> rusqlite::Result<LeaseUse> {
    Ok(LeaseUse {
        id: row.get(0)?,
        record_id: row.get(1)?,
        lease_key: row.get(2)?,
        since: millis(row.get(3)?),
        until: row.get::<_, Option<i64>>(4)?.map(millis),
    })
}
