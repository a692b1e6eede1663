//! Visitors' passes: plates that park free, or for some hours, between two moments.

use super::sparse::SparseTable;
use super::{StoreError, Transaction, millis, ticket::OTHER_PLATES};
use crate::standard::id::Id;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// When a visitor's pass is in force and how much it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassTime {
    /// From when.
    pub begins: Timestamp,
    /// Until when.
    pub ends: Timestamp,
    /// So much of each stay is free; all of it when absent.
    pub free: Option<SignedDuration>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// A visitor's pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorPass {
    /// Its number, from 1.
    pub number: i64,
    /// Its id.
    pub id: Id,
    /// Its plates, normalised.
    pub plates: Vec<String>,
    /// When it is in force and how much it gives.
    pub time: PassTime,
    /// Whom they visit, why.
    pub reason: String,
    /// Who gave it.
    pub given_by: String,
    /// When.
    pub given_at: Timestamp,
}

/// Passes that ended before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM visitor_pass WHERE number IN (SELECT number
    FROM visitor_pass WHERE ends < ?1 ORDER BY ends LIMIT ?2)";

const COLUMNS: &str = "begins, ends, free_seconds, withdrawn_at, visitor_pass.number, visitor_pass.id, reason, given_by, given_at";

/// What is asked of the passes of a plate, and of the other plates of its car where that is inside. What comes of it is sorted
/// here: to sort, and to look within what it has found, the database makes tables of its own each time, and mostly there is none.
fn of_car(columns: &str, wanted: &str) -> String {
    let passes = "visitor_pass ON visitor_pass.number = visitor_pass_plate.number";
    format!(
        "SELECT {columns} FROM visitor_pass_plate CROSS JOIN {passes}
             AND visitor_pass_plate.plate_no = ?1 AND {wanted}
         UNION ALL SELECT {columns} FROM {OTHER_PLATES}
             CROSS JOIN visitor_pass_plate ON visitor_pass_plate.plate_no = record_alias.plate_no
             CROSS JOIN {passes} AND {wanted}"
    )
}

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
                pass.time.begins.as_millisecond(),
                pass.time.ends.as_millisecond(),
                pass.time.free.map(|free| free.as_secs()),
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

    /// When the passes are in force that a plate, or another plate of its car where that is inside, has at any time between
    /// two moments; the first to begin first.
    pub fn pass_times(
        &self,
        plate_no: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<PassTime>, StoreError> {
        let columns = "begins, ends, free_seconds, withdrawn_at, visitor_pass.number";
        let sql = of_car(columns, "ends > ?2 AND begins <= ?3");
        let of_then = (plate_no, from.as_millisecond(), until.as_millisecond());
        let times = self.rows_of(SparseTable::VisitorPassPlate, &sql, of_then, |row| {
            Ok((pass_time(row)?, row.get::<_, i64>(4)?))
        })?;
        let in_order = times.into_iter().map(|(time, number)| ((time.begins, number), time));
        Ok(in_order.collect::<BTreeMap<_, _>>().into_values().collect())
    }

    /// The passes of a plate, and of the other plates of its car where that is inside, that are not over at a moment; the
    /// first to begin first.
    pub fn passes_of(&self, plate_no: &str, at: Timestamp) -> Result<Vec<VisitorPass>, StoreError> {
        let sql = of_car(COLUMNS, "ends > ?2 AND withdrawn_at IS NULL");
        let of_then = (plate_no, at.as_millisecond());
        let found = self.rows_of(SparseTable::VisitorPassPlate, &sql, of_then, pass)?.into_iter();
        let in_order: BTreeMap<_, _> =
            found.map(|pass| ((pass.time.begins, pass.number), pass)).collect();
        in_order.into_values().map(|pass| self.with_pass_plates(pass)).collect()
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
        time: pass_time(row)?,
        number: row.get(4)?,
        id: row.get(5)?,
        plates: Vec::new(),
        reason: row.get(6)?,
        given_by: row.get(7)?,
        given_at: millis(row.get(8)?),
    })
}

fn pass_time(row: &rusqlite::Row<'_>) -> rusqlite::Result<PassTime> {
    Ok(PassTime {
        begins: millis(row.get(0)?),
        ends: millis(row.get(1)?),
        free: row.get::<_, Option<i64>>(2)?.map(SignedDuration::from_secs),
        withdrawn_at: row.get::<_, Option<i64>>(3)?.map(millis),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    #[test]
    fn of_a_stay_only_the_passes_of_its_time_are_read_and_a_withdrawn_one_is_shown_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, _) = Store::open(&folder.path().join("lotgate.db"), at(0)).unwrap();
        let tx = store.begin().unwrap();
        for (id, begins, ends) in [("a", 1, 3), ("b", 2, 9), ("c", 6, 8), ("d", 7, 9)] {
            let time =
                PassTime { begins: at(begins), ends: at(ends), free: None, withdrawn_at: None };
            tx.add_pass(&VisitorPass {
                number: 0,
                id: id.into(),
                plates: vec!["粤B88888".to_owned(), "粤B99999".to_owned()],
                time,
                reason: "访客".to_owned(),
                given_by: "张三".to_owned(),
                given_at: at(0),
            })
            .unwrap();
        }
        tx.withdraw_pass(&"b".into(), at(5)).unwrap();
        let times = tx.pass_times("粤B88888", at(3), at(6)).unwrap();
        let read: Vec<_> = times.iter().map(|time| (time.begins, time.withdrawn_at)).collect();
        assert_eq!(read, [(at(2), Some(at(5))), (at(6), None)]);
        let shown = tx.passes_of("粤B99999", at(3)).unwrap();
        let ids: Vec<_> = shown.iter().map(|pass| pass.id.as_str()).collect();
        assert_eq!(ids, ["c", "d"]);
        assert_eq!(shown[0].plates, ["粤B88888", "粤B99999"]);
        assert_eq!(tx.passes(i64::MAX, 10).unwrap().len(), 4, "with those that are over");
    }
}
