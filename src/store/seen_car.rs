//! A car in a lane as its camera saw it: what is kept of it while it waits or passes.

use crate::model::event::{Heading, ReadImage};
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use serde::{Deserialize, Serialize};

/// A car as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The message whose images are yet to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images_of: Option<String>,
    /// Which way it drove as its camera saw it.
    #[serde(default)]
    pub heading: Option<Heading>,
    /// How sure the camera was of the plate, 1 to 100.
    #[serde(default)]
    pub confidence: Option<u8>,
    /// What was read in place of its plate, where it is known by something else.
    #[serde(default)]
    pub read_as: Option<PlateNo>,
    /// Whether somebody took the responsibility for its passing.
    #[serde(default)]
    pub by_hand: bool,
    /// Whether that was staff at this gateway.
    #[serde(default)]
    pub by_staff: bool,
    /// Its other plates.
    #[serde(default)]
    pub aliases: Vec<PlateNo>,
}

impl SeenCar {
    /// A car that no camera has read, at that camera's lane.
    pub fn unread(device_id: Id) -> Self {
        Self {
            plate_no: PlateNo::none(),
            plate_color: None,
            license_plate_type: None,
            car_model: None,
            car_color: None,
            car_logo: None,
            device_id,
            images: Vec::new(),
            images_of: None,
            heading: None,
            confidence: None,
            read_as: None,
            by_hand: false,
            by_staff: false,
            aliases: Vec::new(),
        }
    }

    /// The same car by another plate than was read; what a camera read of it stays known.
    #[must_use]
    pub fn known_as(self, plate_no: PlateNo) -> Self {
        if self.plate_no == plate_no {
            return self;
        }
        let mut aliases = self.aliases;
        aliases.retain(|alias| *alias != plate_no);
        let read_as =
            self.read_as.or_else(|| Some(self.plate_no).filter(|read| *read != PlateNo::none()));
        Self { plate_no, read_as, aliases, ..self }
    }

    /// Whether it shows a plate, as far as anybody knows.
    pub fn has_plate(&self) -> bool {
        self.plate_no != PlateNo::none()
    }

    /// Its plate and its others.
    pub fn plates(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.plate_no).chain(&self.aliases).map(PlateNo::as_str)
    }

    /// Whether `text` is its plate, one of its others, or what was read for it.
    pub fn is_of(&self, text: &PlateNo) -> bool {
        self.plate_no == *text || self.read_as.as_ref() == Some(text) || self.aliases.contains(text)
    }

    /// What a table keeps of it.
    pub(super) fn text(&self) -> String {
        // Texts, numbers and lists: they can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}
