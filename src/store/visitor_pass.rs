//! Visitors' passes: plates that park free, or for some hours, between two moments.

use super::{StoreError, Transaction, millis};
use crate::standard::id::Id;
use jiff::{SignedDuration, Timestamp};

/// A visitor's pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorPass {
    /// Its number, from 1.
    pub number: i64,
    /// Its id.
    pub id: Id,
    /// Its plates, normalised.
    pub plates: Vec<String>,
    /// From when.
    pub begins: Timestamp,
    /// Until when.
    pub ends: Timestamp,
    /// So much of each stay is free; all of it when absent.
    pub free: Option<SignedDuration>,
    /// Whom they visit, why.
    pub reason: String,
    /// Who gave it.
    pub given_by: String,
    /// When.
    pub given_at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// Passes that ended before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM visitor_pass WHERE number IN (SELECT number
    FROM visitor_pass WHERE ends < ?1 ORDER BY ends LIMIT ?2)";

const COLUMNS: &str =
    "number, id, begins, ends, free_seconds, reason, given_by, given_at, withdrawn_at";

impl Transaction<'_> {
    /// Writes a new pass down; its number is not looked at.
    pub fn add_pass(&self, pass: &VisitorPass) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO visitor_pass (id, begins, ends, free_seconds, reason, given_by, given_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING number";
        let number: Option<i64> = self.row(
            sql,
            (
                &pass.id,
                pass.begins.as_millisecond(),
                pass.ends.as_millisecond(),
                pass.free.map(|free| free.as_secs()),
                &pass.reason,
                &pass.given_by,
                pass.given_at.as_millisecond(),
            ),
            |row| row.get(0),
        )?;
        for plate_no in &pass.plates {
            let sql = "INSERT OR IGNORE INTO visitor_pass_plate (plate_no, number) VALUES (?1, ?2)";
            self.execute(sql, (plate_no, number))?;
        }
        Ok(())
    }

    /// The pass of that id.
    pub fn pass(&self, id: &Id) -> Result<Option<VisitorPass>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM visitor_pass WHERE id = ?1");
        let found = self.row(&sql, [id], pass)?;
        found.map(|pass| self.with_pass_plates(pass)).transpose()
    }

    /// Withdraws a pass.
    pub fn withdraw_pass(&self, id: &Id, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE visitor_pass SET withdrawn_at = ?2 WHERE id = ?1";
        self.execute(sql, (id, now.as_millisecond()))?;
        Ok(())
    }

    /// The passes of a plate, and of the other plates of its car where that is inside, that end after a moment; the
    /// first to begin first.
    pub fn passes_of(
        &self,
        plate_no: &str,
        after: Timestamp,
    ) -> Result<Vec<VisitorPass>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM visitor_pass WHERE ends > ?2 AND number IN (
                 SELECT number FROM visitor_pass_plate WHERE plate_no = ?1
                     OR plate_no IN (SELECT record_alias.plate_no
                         FROM parking_record JOIN record_alias ON record_id = parking_record.id
                         WHERE parking_record.plate_no = ?1 AND leave_time IS NULL
                             AND parking_record.plate_no <> ''))
             ORDER BY begins, number"
        );
        let found = self.rows(&sql, (plate_no, after.as_millisecond()), pass)?;
        found.into_iter().map(|pass| self.with_pass_plates(pass)).collect()
    }

    /// Passes before a number, the newest first.
    pub fn passes(&self, before: i64, limit: u32) -> Result<Vec<VisitorPass>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM visitor_pass WHERE number < ?1 ORDER BY number DESC LIMIT ?2"
        );
        let found = self.scan(&sql, (before, limit), pass)?;
        found.into_iter().map(|pass| self.with_pass_plates(pass)).collect()
    }

    fn with_pass_plates(&self, pass: VisitorPass) -> Result<VisitorPass, StoreError> {
        let sql = "SELECT plate_no FROM visitor_pass_plate WHERE number = ?1 ORDER BY plate_no";
        let plates = self.rows(sql, [pass.number], |row| row.get(0))?;
        Ok(VisitorPass { plates, ..pass })
    }
}

fn pass(row: &rusqlite::Row<'_>) -> rusqlite::Result<VisitorPass> {
    Ok(VisitorPass {
        number: row.get(0)?,
        id: row.get(1)?,
        plates: Vec::new(),
        begins: millis(row.get(2)?),
        ends: millis(row.get(3)?),
        free: row.get::<_, Option<i64>>(4)?.map(SignedDuration::from_secs),
        reason: row.get(5)?,
        given_by: row.get(6)?,
        given_at: millis(row.get(7)?),
        withdrawn_at: row.get::<_, Option<i64>>(8)?.map(millis),
    })
}
