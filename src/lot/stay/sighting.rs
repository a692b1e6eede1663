//! One car before one lane at one moment, as its camera saw it.

use crate::lot::rules::Lane;
use crate::standard::plate::PlateNo;
use crate::store::{EarlyExit, SeenCar};
use jiff::Timestamp;
use std::time::Instant;

/// One car before one lane at one moment.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is asked by itself")]
pub struct Sighting<'a> {
    /// The lane.
    pub lane: &'a Lane,
    /// The car.
    pub car: SeenCar,
    /// When it was there.
    pub at: Timestamp,
    /// Whether it stands there now; else it was sent late and tells what has happened already.
    pub live: bool,
    /// Whether that moment is by our own clock, and not its camera's.
    pub ours: bool,
    /// Whether a plate was read, and not only something that has none.
    pub read_plate: bool,
    /// Whether its camera has let it through by its own list while nobody spoke with it.
    pub by_camera: bool,
    /// When the camera's message came that tells it, for measuring.
    pub cause: Option<Instant>,
}

impl<'a> Sighting<'a> {
    /// A car kept in the store that was there at `at`.
    pub fn kept(lane: &'a Lane, car: SeenCar, at: Timestamp) -> Self {
        Self {
            lane,
            car,
            at,
            live: true,
            ours: true,
            read_plate: true,
            by_camera: false,
            cause: None,
        }
    }

    /// The same, kept until its entry is told.
    pub fn early_exit(&self) -> EarlyExit {
        EarlyExit {
            lane_id: self.lane.id.clone(),
            car: self.car.clone(),
            by_camera: self.by_camera,
            at: self.at,
        }
    }

    /// Its plate.
    pub fn plate(&self) -> &PlateNo {
        &self.car.plate_no
    }

    /// Its plate and the colour of that.
    pub fn shown(&self) -> (&str, Option<&str>) {
        (self.car.plate_no.as_str(), self.car.plate_color.as_deref())
    }
}
