//! Cars that were let pass and are not known to have passed, one a lane; and the contacts that tell.

use super::seen_car::{CAR, SeenCar, seen_car};
use super::{StoreError, Transaction, millis};
use jiff::Timestamp;

/// A car before an open barrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// The lane.
    pub lane_id: String,
    /// The car.
    pub car: SeenCar,
    /// When it was let pass.
    pub decided_at: Timestamp,
    /// Whether it has reached the loop under the arm.
    pub on_loop: bool,
}

impl Transaction<'_> {
    /// The car that may pass in a lane.
    pub fn passing_in(&self, lane_id: &str) -> Result<Option<Passing>, StoreError> {
        let sql =
            format!("SELECT {CAR}, lane_id, decided_at, on_loop FROM passing WHERE lane_id = ?1");
        self.row(&sql, [lane_id], passing)
    }

    /// All of them.
    pub fn all_passing(&self) -> Result<Vec<Passing>, StoreError> {
        let sql = format!("SELECT {CAR}, lane_id, decided_at, on_loop FROM passing");
        self.scan(&sql, [], passing)
    }

    /// Notes the car that may pass in a lane in place of any other.
    pub fn set_passing(&self, car: &Passing) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT OR REPLACE INTO passing ({CAR}, lane_id, decided_at, on_loop)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        );
        let Passing { lane_id, car, decided_at, on_loop } = car;
        self.set_car(&sql, car, &[lane_id, &decided_at.as_millisecond(), on_loop])
    }

    /// Nobody is passing in that lane any more.
    pub fn clear_passing(&self, lane_id: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM passing WHERE lane_id = ?1", [lane_id])?;
        Ok(())
    }

    /// Whether a contact is closed; none while it was never read.
    pub fn input_closed(&self, device_id: &str, input: u16) -> Result<Option<bool>, StoreError> {
        let sql = "SELECT closed FROM device_input WHERE device_id = ?1 AND input = ?2";
        self.row(sql, (device_id, input), |row| row.get(0))
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
        car: seen_car(row)?,
        lane_id: row.get(8)?,
        decided_at: millis(row.get(9)?),
        on_loop: row.get(10)?,
    })
}
