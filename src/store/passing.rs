//! Cars that were let pass and are not known to have passed, one a lane; and the contacts that tell.

use super::{StoreError, Transaction, millis};
use jiff::Timestamp;

/// A car before an open barrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// The lane.
    pub lane_id: String,
    /// Its plate.
    pub plate_no: String,
    /// Its plate's colour as the standard writes it.
    pub plate_color: Option<String>,
    /// 1 permanent, 2 temporary plate.
    pub license_plate_type: Option<i64>,
    /// 1 large, 2 medium, 3 small.
    pub car_model: Option<i64>,
    /// The camera that read it.
    pub device_id: String,
    /// The images of its read, as JSON.
    pub images: String,
    /// When it was let pass.
    pub decided_at: Timestamp,
    /// Whether it has reached the loop under the arm.
    pub on_loop: bool,
}

const COLUMNS: &str = "lane_id, plate_no, plate_color, license_plate_type, car_model, device_id,
                       images, decided_at, on_loop";

impl Transaction<'_> {
    /// The car that may pass in a lane.
    pub fn passing_in(&self, lane_id: &str) -> Result<Option<Passing>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM passing WHERE lane_id = ?1");
        self.row(&sql, [lane_id], passing)
    }

    /// All of them.
    pub fn all_passing(&self) -> Result<Vec<Passing>, StoreError> {
        self.rows(&format!("SELECT {COLUMNS} FROM passing"), [], passing)
    }

    /// Notes the car that may pass in a lane in place of any other.
    pub fn set_passing(&self, car: &Passing) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT OR REPLACE INTO passing ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        );
        self.execute(
            &sql,
            (
                &car.lane_id,
                &car.plate_no,
                &car.plate_color,
                car.license_plate_type,
                car.car_model,
                &car.device_id,
                &car.images,
                car.decided_at.as_millisecond(),
                car.on_loop,
            ),
        )?;
        Ok(())
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
        lane_id: row.get(0)?,
        plate_no: row.get(1)?,
        plate_color: row.get(2)?,
        license_plate_type: row.get(3)?,
        car_model: row.get(4)?,
        device_id: row.get(5)?,
        images: row.get(6)?,
        decided_at: millis(row.get(7)?),
        on_loop: row.get(8)?,
    })
}
