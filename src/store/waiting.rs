//! The car that stands before a closed barrier, one a lane.

use super::{StoreError, Transaction, millis};
use jiff::Timestamp;

/// A held car.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The lane it stands in.
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
    /// Why it is held, in the lot's own words.
    pub reason: String,
    /// The images of its last read, as JSON.
    pub images: String,
    /// When it was first held here.
    pub since: Timestamp,
    /// When it was last read.
    pub last_read: Timestamp,
}

const COLUMNS: &str = "lane_id, plate_no, plate_color, license_plate_type, car_model, device_id,
                       reason, images, since, last_read";

impl Transaction<'_> {
    /// The car waiting in a lane.
    pub fn waiting_in(&self, lane_id: &str) -> Result<Option<Waiting>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM waiting WHERE lane_id = ?1");
        self.row(&sql, [lane_id], waiting)
    }

    /// Cars read since `after`, the longest waiting first.
    pub fn waiting_since(&self, after: Timestamp) -> Result<Vec<Waiting>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM waiting WHERE last_read >= ?1 ORDER BY since");
        self.rows(&sql, [after.as_millisecond()], waiting)
    }

    /// Notes the car that waits in a lane in place of any other.
    pub fn set_waiting(&self, car: &Waiting) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT OR REPLACE INTO waiting ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
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
                &car.reason,
                &car.images,
                car.since.as_millisecond(),
                car.last_read.as_millisecond(),
            ),
        )?;
        Ok(())
    }

    /// Nobody waits in that lane any more.
    pub fn clear_waiting(&self, lane_id: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM waiting WHERE lane_id = ?1", [lane_id])?;
        Ok(())
    }
}

fn waiting(row: &rusqlite::Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        lane_id: row.get(0)?,
        plate_no: row.get(1)?,
        plate_color: row.get(2)?,
        license_plate_type: row.get(3)?,
        car_model: row.get(4)?,
        device_id: row.get(5)?,
        reason: row.get(6)?,
        images: row.get(7)?,
        since: millis(row.get(8)?),
        last_read: millis(row.get(9)?),
    })
}
