//! A plate taken out of whatever is kept: stays keep their sums and times without it, what it was allowed goes, and answers
//! that named it are looked through some at a time.

use super::{StoreError, Transaction};
use jiff::Timestamp;
use serde_json::json;

/// A plate that is being forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgetting {
    /// The plate.
    pub plate_no: String,
    /// Who wanted it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Stays that have lost it so far.
    pub records: i64,
    /// Which journal is looked through.
    pub step: i64,
    /// The last of its keys that was.
    pub after: String,
}

/// What entries of the trail of this are called.
const FORGET: &str = "forget";

/// What a stay says of its car beside its sums and times.
const OF_THE_STAY: [&str; 3] = [
    "UPDATE parking_record SET plate_no = '', plate_color = NULL, license_plate_type = NULL,
        car_color = NULL, car_logo = NULL, image_url = NULL, lease_key = NULL WHERE id = ?1",
    "DELETE FROM record_alias WHERE record_id = ?1",
    "UPDATE lease_use SET lease_key = '' WHERE record_id = ?1",
];

/// What else is known by a plate, of cars that are not here.
const OF_THE_PLATE: [&str; 14] = [
    "DELETE FROM vehicle_class WHERE plate_no = ?1",
    "DELETE FROM visitor_pass_plate WHERE plate_no = ?1",
    "DELETE FROM contract WHERE plate_no = ?1",
    "DELETE FROM unseen_passage WHERE plate_no = ?1",
    "UPDATE unseen_passage SET read_as = NULL WHERE read_as = ?1",
    "DELETE FROM early_exit WHERE plate_no = ?1",
    "DELETE FROM share WHERE plate_no = ?1",
    // It has ended, for the other plates of its key, too.
    "DELETE FROM lease WHERE lease_key IN (SELECT lease_key FROM lease_plate WHERE plate_no = ?1)",
    "UPDATE coupon SET plate_no = NULL, state = iif(state = 'open', 'void', state) WHERE plate_no = ?1",
    "UPDATE mission SET plate_no = NULL WHERE plate_no = ?1",
    "DELETE FROM put_aside WHERE plate_no = ?1 OR instr(said, ?1) OR instr(body, ?1)",
    "UPDATE tail SET plate_no = NULL WHERE plate_no = ?1",
    "DELETE FROM camera_list_look WHERE plate_no = ?1",
    "DELETE FROM camera_list WHERE plate_no = ?1 AND wanted_until IS NULL AND held_until IS NULL
        AND unsure = 0 AND work = 0",
];

impl Transaction<'_> {
    /// Begins to forget a plate; one that is being forgotten goes on.
    pub fn begin_forgetting(
        &self,
        plate_no: &str,
        by: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO forgetting (plate_no, by, reason, records, step, after)
                   VALUES (?1, ?2, ?3, 0, 0, '')";
        self.execute(sql, (plate_no, by, reason))?;
        Ok(())
    }

    /// The plates that are being forgotten.
    pub fn all_forgetting(&self) -> Result<Vec<Forgetting>, StoreError> {
        let sql = "SELECT plate_no, by, reason, records, step, after FROM forgetting";
        self.scan(sql, [], |row| {
            Ok(Forgetting {
                plate_no: row.get(0)?,
                by: row.get(1)?,
                reason: row.get(2)?,
                records: row.get(3)?,
                step: row.get(4)?,
                after: row.get(5)?,
            })
        })
    }

    /// Notes how far it has come.
    pub fn set_forgetting(&self, far: &Forgetting) -> Result<(), StoreError> {
        let sql = "UPDATE forgetting SET records = ?2, step = ?3, after = ?4 WHERE plate_no = ?1";
        self.execute(sql, (&far.plate_no, far.records, far.step, &far.after))?;
        Ok(())
    }

    /// It is done: that is kept, the plate is not.
    pub fn end_forgetting(&self, done: &Forgetting, now: Timestamp) -> Result<(), StoreError> {
        self.execute("DELETE FROM forgetting WHERE plate_no = ?1", [&done.plate_no])?;
        let sql = "INSERT INTO trail (at, act, by, reason, what) VALUES (?1, ?2, ?3, ?4, ?5)";
        let what = json!({ "records": done.records }).to_string();
        self.execute(sql, (now.as_millisecond(), FORGET, &done.by, &done.reason, what))?;
        Ok(())
    }

    /// The number of the last plate that was forgotten, where that is not long ago.
    pub fn last_forgotten(&self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT max(rowid) FROM trail
                   WHERE rowid > (SELECT max(rowid) FROM trail) - 200 AND act = ?1";
        Ok(self.row(sql, [FORGET], |row| row.get(0))?.flatten())
    }

    /// Takes a plate from stays that have ended, so many at most; returns how many.
    pub fn forget_stays(&self, plate_no: &str, limit: usize) -> Result<usize, StoreError> {
        let sql = "SELECT id FROM parking_record WHERE plate_no = ?1 AND leave_time IS NOT NULL
                   UNION SELECT record_id FROM record_alias
                   JOIN parking_record ON parking_record.id = record_alias.record_id
                   WHERE record_alias.plate_no = ?1 AND leave_time IS NOT NULL LIMIT ?2";
        let ids = self.rows(sql, (plate_no, i64::try_from(limit).unwrap_or(i64::MAX)), |row| {
            row.get::<_, String>(0)
        })?;
        for id in &ids {
            for sql in OF_THE_STAY {
                self.execute(sql, [id])?;
            }
        }
        Ok(ids.len())
    }

    /// Takes away what else is known by a plate; what the control list says from now on is not ours to forget.
    pub fn forget_plate(&self, plate_no: &str, now: Timestamp) -> Result<(), StoreError> {
        for sql in OF_THE_PLATE {
            self.execute(sql, [plate_no])?;
        }
        let sql = "DELETE FROM control_list WHERE plate_no = ?1 AND end_at < ?2";
        self.execute(sql, (plate_no, now.as_millisecond()))?;
        Ok(())
    }

    /// Takes a plate out of the answers to the platform's commands behind a key, so many at most; returns the last key.
    pub fn forget_in_commands(
        &self,
        plate_no: &str,
        after: &str,
        limit: u32,
    ) -> Result<Option<String>, StoreError> {
        let after: i64 = after.parse().unwrap_or_default();
        let sql = "SELECT max(rowid) FROM (SELECT rowid FROM command WHERE rowid > ?1 ORDER BY rowid LIMIT ?2)";
        let last: Option<i64> = self.row(sql, (after, limit), |row| row.get(0))?.flatten();
        let Some(last) = last else { return Ok(None) };
        let sql = "UPDATE command SET reply = replace(reply, ?3, ''), identity = replace(identity, ?3, '')
                   WHERE rowid > ?1 AND rowid <= ?2 AND (instr(reply, ?3) OR instr(identity, ?3))";
        self.execute(sql, (after, last, plate_no))?;
        Ok(Some(last.to_string()))
    }

    /// The same of the answers to staff.
    pub fn forget_in_staff_commands(
        &self,
        plate_no: &str,
        after: &str,
        limit: u32,
    ) -> Result<Option<String>, StoreError> {
        let sql =
            "SELECT max(id) FROM (SELECT id FROM staff_command WHERE id > ?1 ORDER BY id LIMIT ?2)";
        let last: Option<String> = self.row(sql, (after, limit), |row| row.get(0))?.flatten();
        let Some(last) = last else { return Ok(None) };
        let sql = "UPDATE staff_command SET reply = replace(reply, ?3, '')
                   WHERE id > ?1 AND id <= ?2 AND instr(reply, ?3)";
        self.execute(sql, (after, &last, plate_no))?;
        Ok(Some(last))
    }

    /// The same of bookings, which go whole.
    pub fn forget_bookings(
        &self,
        plate_no: &str,
        after: &str,
        limit: u32,
    ) -> Result<Option<String>, StoreError> {
        let after: i64 = after.parse().unwrap_or_default();
        let sql = "SELECT max(rowid) FROM (SELECT rowid FROM booking WHERE rowid > ?1 ORDER BY rowid LIMIT ?2)";
        let last: Option<i64> = self.row(sql, (after, limit), |row| row.get(0))?.flatten();
        let Some(last) = last else { return Ok(None) };
        let sql = "DELETE FROM booking WHERE rowid > ?1 AND rowid <= ?2 AND plate_no = ?3";
        self.execute(sql, (after, last, plate_no))?;
        Ok(Some(last.to_string()))
    }
}
