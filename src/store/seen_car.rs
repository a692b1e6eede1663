//! A car in a lane as its camera saw it: what is kept of it while it waits or passes.

use super::{StoreError, column};
use crate::model::event::ReadImage;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use rusqlite::Row;

/// A car as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCar {
    /// Its plate.
    pub plate_no: PlateNo,
    /// Its plate's colour as the standard writes it.
    pub plate_color: Option<String>,
    /// 1 permanent, 2 temporary plate.
    pub license_plate_type: Option<i64>,
    /// 1 large, 2 medium, 3 small.
    pub car_model: Option<i64>,
    /// The vehicle's colour.
    pub car_color: Option<String>,
    /// Its brand.
    pub car_logo: Option<String>,
    /// The camera that read it.
    pub device_id: Id,
    /// The images of its last read.
    pub images: Vec<ReadImage>,
}

/// Its columns, which stand first in the tables that have a car.
pub(super) const CAR: &str =
    "plate_no, plate_color, license_plate_type, car_model, device_id, images, car_color, car_logo";

/// Reads the first eight columns.
pub(super) fn seen_car(row: &Row<'_>) -> rusqlite::Result<SeenCar> {
    Ok(SeenCar {
        plate_no: column::text(row, 0, "a plate", |text| text.parse().ok())?,
        plate_color: row.get(1)?,
        license_plate_type: row.get(2)?,
        car_model: row.get(3)?,
        device_id: row.get(4)?,
        images: column::json(row, 5, "the images of a read")?,
        car_color: row.get(6)?,
        car_logo: row.get(7)?,
    })
}

impl super::Transaction<'_> {
    /// Writes a car and what else its row has, as `?9` and on.
    pub(super) fn set_car(
        &self,
        sql: &str,
        car: &SeenCar,
        more: &[&dyn rusqlite::ToSql],
    ) -> Result<(), StoreError> {
        let SeenCar { plate_no, plate_color, license_plate_type, car_model, device_id, .. } = car;
        let SeenCar { car_color, car_logo, images, .. } = car;
        let (plate_no, device_id) = (plate_no.as_str(), device_id.as_str());
        let images = serde_json::to_string(images).unwrap_or_else(|_| "[]".to_owned());
        let columns: [&dyn rusqlite::ToSql; 8] = [
            &plate_no,
            plate_color,
            license_plate_type,
            car_model,
            &device_id,
            &images,
            car_color,
            car_logo,
        ];
        let all: Vec<&dyn rusqlite::ToSql> =
            columns.into_iter().chain(more.iter().copied()).collect();
        self.execute(sql, all.as_slice())?;
        Ok(())
    }
}
