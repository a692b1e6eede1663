//! Cars that were let pass and are not known to have gone, one a lane, or two where a second was read behind the first;
//! and the contacts that tell.

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
        self.among_passing(|all| {
            all.iter().find(|one| one.lane_id == lane_id && !one.ahead).cloned()
        })
    }

    /// The car that may pass in a lane and has another behind it.
    pub fn ahead_in(&self, lane_id: &str) -> Result<Option<Passing>, StoreError> {
        self.among_passing(|all| {
            all.iter().find(|one| one.lane_id == lane_id && one.ahead).cloned()
        })
    }

    /// All of them.
    pub fn all_passing(&self) -> Result<Vec<Passing>, StoreError> {
        self.among_passing(<[Passing]>::to_vec)
    }

    /// All cars of that plate.
    pub fn passing_of(&self, plate_no: &str) -> Result<Vec<Passing>, StoreError> {
        self.among_passing(|all| {
            let of_plate = |one: &&Passing| one.car.plate_no.as_str() == plate_no;
            all.iter().filter(of_plate).cloned().collect()
        })
    }

    /// Who comes in and has no stay yet: lane, plate and when it was let pass.
    pub fn coming_in(&self) -> Result<Vec<(Id, String, Timestamp)>, StoreError> {
        self.among_passing(|all| {
            let come = all.iter().filter(|one| !one.leaves && one.record_id.is_none());
            come.map(|one| {
                (one.lane_id.as_str().into(), one.car.plate_no.to_string(), one.decided_at)
            })
            .collect()
        })
    }

    /// What is to be found among all who pass, the first to be let pass first. They are as many as lanes, every car asks after
    /// them some times over, and only what is found is copied.
    fn among_passing<T>(&self, find: impl FnOnce(&[Passing]) -> T) -> Result<T, StoreError> {
        self.kept.passing.among("", find, || {
            let sql = format!("SELECT {COLUMNS} FROM passing ORDER BY decided_at, lane_id, ahead");
            self.scan(&sql, [], passing)
        })
    }

    /// Notes the car that may pass in a lane in place of any other.
    pub fn set_passing(&self, passing: &Passing) -> Result<(), StoreError> {
        let sql = "INSERT INTO passing (lane_id, plate_no, car, leaves, decided_at, last_read,
                       on_loop, opened_at, record_id, unwatched, ahead)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                   ON CONFLICT (lane_id, ahead) DO UPDATE SET plate_no = ?2, car = ?3, leaves = ?4,
                       decided_at = ?5, last_read = ?6, on_loop = ?7, opened_at = ?8,
                       record_id = ?9, unwatched = ?10";
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
        self.write_passing(passing, Some(passing.clone()), || self.execute(sql, row))
    }

    /// That car is passing no more.
    pub fn clear_passing(&self, passing: &Passing) -> Result<(), StoreError> {
        let sql = "DELETE FROM passing WHERE lane_id = ?1 AND ahead = ?2";
        let row = (&passing.lane_id, passing.ahead);
        self.write_passing(passing, None, || self.execute(sql, row))
    }

    /// Writes the row of a car, and knows from then on what stands there.
    fn write_passing(
        &self,
        Passing { lane_id, ahead, .. }: &Passing,
        now: Option<Passing>,
        write: impl FnOnce() -> Result<usize, StoreError>,
    ) -> Result<(), StoreError> {
        let known = self.kept.passing.take("");
        write()?;
        let Some(mut all) = known else { return Ok(()) };
        all.retain(|one| one.lane_id != *lane_id || one.ahead != *ahead);
        // To the millisecond, as it is read.
        let to_millis = |moment: Timestamp| millis(moment.as_millisecond());
        all.extend(now.map(|passing| Passing {
            decided_at: to_millis(passing.decided_at),
            last_read: to_millis(passing.last_read),
            opened_at: passing.opened_at.map(to_millis),
            ..passing
        }));
        all.sort_by(|one, other| {
            (one.decided_at, &one.lane_id, one.ahead).cmp(&(
                other.decided_at,
                &other.lane_id,
                other.ahead,
            ))
        });
        self.kept.passing.put("", all);
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
