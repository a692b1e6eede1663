//! Cars that were let pass and are not known to have gone, one a lane, or two where a second was read behind the first;
//! and the contacts that tell.

use super::kept::Kept;
use super::{SeenCar, StoreError, Transaction, column, millis};
use crate::standard::id::Id;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A car before an open barrier, or one that should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub struct Passing {
    /// The lane.
    pub lane_id: String,
    /// The car.
    pub car: SeenCar,
    /// Whether another has been read behind it before it reached the loop.
    pub ahead: bool,
    /// Whether it goes out.
    pub leaves: bool,
    /// When it was let pass.
    pub decided_at: Timestamp,
    /// When it was last read here.
    pub last_read: Timestamp,
    /// Whether it has reached the loop under the arm.
    pub on_loop: bool,
    /// Whether the loop was not heard for a time since it was let pass: it may have gone unseen.
    pub unwatched: bool,
    /// When something told that the arm went up for it; none while nobody knows.
    pub opened_at: Option<Timestamp>,
    /// The stay that its passage has begun or ended already, where no loop waits for it.
    pub record_id: Option<Id>,
}

const COLUMNS: &str =
    "car, lane_id, leaves, decided_at, last_read, on_loop, opened_at, record_id, unwatched,
    ahead";

impl Transaction<'_> {
    /// The car that may pass in a lane.
    pub fn passing_in(&self, lane_id: &str) -> Result<Option<Passing>, StoreError> {
        self.kept(&self.kept.passing, lane_id, || {
            let sql = format!("SELECT {COLUMNS} FROM passing WHERE lane_id = ?1 AND ahead = 0");
            self.scan_one(&sql, [lane_id], passing)
        })
    }

    /// The car that may pass in a lane and has another behind it.
    pub fn ahead_in(&self, lane_id: &str) -> Result<Option<Passing>, StoreError> {
        self.kept(&self.kept.ahead, lane_id, || {
            let sql = format!("SELECT {COLUMNS} FROM passing WHERE lane_id = ?1 AND ahead = 1");
            self.scan_one(&sql, [lane_id], passing)
        })
    }

    /// All of them.
    pub fn all_passing(&self) -> Result<Vec<Passing>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM passing ORDER BY decided_at");
        self.scan(&sql, [], passing)
    }

    /// All cars of that plate.
    pub fn passing_of(&self, plate_no: &str) -> Result<Vec<Passing>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM passing WHERE plate_no = ?1");
        let mut found = self.scan(&sql, [plate_no], passing)?;
        found.sort_by_key(|passing| passing.decided_at);
        Ok(found)
    }

    /// Who comes in and has no stay yet: lane, plate and when it was let pass. What else is known of them is not read, as it is
    /// asked with every car, and there are as many as lanes.
    pub fn coming_in(&self) -> Result<Vec<(Id, String, Timestamp)>, StoreError> {
        let sql = "SELECT lane_id, plate_no, decided_at FROM passing
                   WHERE leaves = 0 AND record_id IS NULL ORDER BY decided_at";
        self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?, millis(row.get(2)?))))
    }

    /// Notes the car that may pass in a lane in place of any other.
    pub fn set_passing(&self, passing: &Passing) -> Result<(), StoreError> {
        let sql =
            "INSERT OR REPLACE INTO passing (lane_id, plate_no, car, leaves, decided_at, last_read,
                   on_loop, opened_at, record_id, unwatched, ahead)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let Passing { lane_id, car, leaves, decided_at, last_read, on_loop, .. } = passing;
        let row = (
            lane_id,
            car.plate_no.as_str(),
            car.text(),
            leaves,
            decided_at.as_millisecond(),
            last_read.as_millisecond(),
            on_loop,
            passing.opened_at.map(Timestamp::as_millisecond),
            &passing.record_id,
            passing.unwatched,
            passing.ahead,
        );
        self.keep_passing(passing, Some(passing.clone()), || {
            self.execute_of(Some(lane_id), sql, row)
        })
    }

    /// That car is passing no more.
    pub fn clear_passing(&self, passing: &Passing) -> Result<(), StoreError> {
        let sql = "DELETE FROM passing WHERE lane_id = ?1 AND ahead = ?2";
        let row = (&passing.lane_id, passing.ahead);
        self.keep_passing(passing, None, || self.execute_of(Some(&passing.lane_id), sql, row))
    }

    /// Does what changes the row of a car, and knows from then on what stands there and in the lane's other.
    fn keep_passing(
        &self,
        Passing { lane_id, ahead, .. }: &Passing,
        now: Option<Passing>,
        write: impl FnOnce() -> Result<usize, StoreError>,
    ) -> Result<(), StoreError> {
        let Kept { passing: only, ahead: first, .. } = self.kept;
        let (own, other) = if *ahead { (first, only) } else { (only, first) };
        let known = other.get(lane_id);
        write()?;
        // To the millisecond, as it is read.
        let to_millis = |moment: Timestamp| millis(moment.as_millisecond());
        own.put(
            lane_id,
            now.map(|passing| Passing {
                decided_at: to_millis(passing.decided_at),
                last_read: to_millis(passing.last_read),
                opened_at: passing.opened_at.map(to_millis),
                ..passing
            }),
        );
        if let Some(known) = known {
            other.put(lane_id, known);
        }
        Ok(())
    }

    /// What was known of contacts before a start may be otherwise by now; but for one.
    pub fn forget_inputs(&self, but_for: Option<(&str, u16)>) -> Result<(), StoreError> {
        let (device_id, input) = but_for.unwrap_or_default();
        let sql = "DELETE FROM device_input WHERE NOT (device_id = ?1 AND input = ?2)";
        self.execute(sql, (device_id, input))?;
        Ok(())
    }

    /// Whether a contact is closed; none while it was never read.
    pub fn input_closed(&self, device_id: &str, input: u16) -> Result<Option<bool>, StoreError> {
        let sql = "SELECT closed FROM device_input WHERE device_id = ?1 AND input = ?2";
        self.row(sql, (device_id, input), |row| row.get(0))
    }

    /// All contacts that were read, and whether each is closed.
    pub fn inputs(&self) -> Result<BTreeMap<(Id, u16), bool>, StoreError> {
        let sql = "SELECT device_id, input, closed FROM device_input";
        let rows = self.scan(sql, [], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
        Ok(rows.into_iter().collect())
    }

    /// Notes whether a contact is closed.
    pub fn set_input_closed(
        &self,
        device_id: &str,
        input: u16,
        closed: bool,
    ) -> Result<(), StoreError> {
        let sql =
            "INSERT OR REPLACE INTO device_input (device_id, input, closed) VALUES (?1, ?2, ?3)";
        self.execute(sql, (device_id, input, closed))?;
        Ok(())
    }
}

fn passing(row: &rusqlite::Row<'_>) -> rusqlite::Result<Passing> {
    Ok(Passing {
        car: column::json(row, 0, "a car")?,
        lane_id: row.get(1)?,
        leaves: row.get(2)?,
        decided_at: millis(row.get(3)?),
        last_read: millis(row.get(4)?),
        on_loop: row.get(5)?,
        opened_at: row.get::<_, Option<i64>>(6)?.map(millis),
        record_id: row.get::<_, Option<String>>(7)?.map(Id::from),
        unwatched: row.get(8)?,
        ahead: row.get(9)?,
    })
}
