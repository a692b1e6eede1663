//! What devices tell the lot and what the lot tells devices.

use super::display::Scene;
use super::garages::Alarm;
use super::missions::{MissionOrder, MissionStep};
use super::spaces::SpaceSeen;
use crate::happening::BarrierFault;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::GarageCondition;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// A camera recognised a car.
#[derive(Debug, Clone)]
pub struct PlateRead {
    /// The camera.
    pub device_id: Id,
    /// What makes this message itself and no other; a redelivered one has the same.
    pub message: String,
    /// The plate; none when the car shows none.
    pub plate: Option<PlateNo>,
    /// The plate's colour as the standard writes it.
    pub plate_color: Option<String>,
    /// 1 permanent, 2 temporary plate.
    pub license_plate_type: Option<i64>,
    /// 1 large, 2 medium, 3 small.
    pub car_model: Option<i64>,
    /// Whether the car stands there now. Reads sent late are kept in their own time and open nothing.
    pub moment: ReadMoment,
    /// When the camera says it sent the message; worth something only while its clock is right.
    pub sent: Option<Timestamp>,
    /// The camera takes its plate for a forged one.
    pub fake: bool,
    /// The pictures taken of it.
    pub images: Vec<ReadImage>,
    /// When its message came, for measuring.
    pub received: Option<Instant>,
}

/// A picture a camera took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadImage {
    /// What it shows.
    pub shows: ImageShows,
    /// A file in the folder of images, or an address to fetch it from.
    pub place: String,
    /// Its size on this disk.
    pub bytes: i64,
}

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageShows {
    /// The plate alone.
    Plate,
    /// The whole vehicle.
    Vehicle,
}

/// When a plate was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMoment {
    /// Just now.
    Live,
    /// At this moment, and sent later.
    Late(Timestamp),
}

/// Something a device told.
#[derive(Debug, Clone)]
pub enum DeviceEvent {
    /// A camera recognised a car.
    PlateRead(PlateRead),
    /// A device was heard after silence.
    Online(Id),
    /// A device fell silent.
    Offline(Id),
    /// The way to a device is open: commands reach it now.
    Reachable(Id),
    /// A device's clock agrees with ours (or no longer does).
    Clock {
        /// The device.
        device_id: Id,
        /// Whether its clock is right.
        right: bool,
    },
    /// A sensor saw a numbered space.
    Space {
        /// `spaceNo`
        space_no: String,
        /// What it saw.
        seen: SpaceSeen,
    },
    /// A mechanical garage told how it stands.
    Garage(GarageCondition),
    /// What is wrong in a mechanical garage now; what is not named is over.
    GarageAlarms {
        /// `garageCode`
        garage_code: String,
        /// The device that noticed it.
        device_id: Id,
        /// All that is wrong.
        alarms: Vec<Alarm>,
    },
    /// How far a garage has come with storing or retrieving.
    Mission {
        /// The mission's number.
        id: i64,
        /// How far.
        step: MissionStep,
    },
    /// An input of a device changed, or was read for the first time.
    Input {
        /// The device.
        device_id: Id,
        /// Which of its inputs.
        input: u16,
        /// Whether its contact is closed.
        closed: bool,
    },
    /// A camera saw a car it has read turn back.
    TurnedBack {
        /// The camera.
        device_id: Id,
        /// The car's plate, where the camera names it.
        plate: Option<PlateNo>,
    },
    /// What became of a barrier command.
    BarrierAnswered {
        /// The command's id.
        actuation: String,
        /// Its lane.
        lane_id: Id,
        /// How long the answer took, or what went wrong.
        result: Result<Duration, BarrierFault>,
    },
}

/// What the lot tells a device.
#[derive(Debug, Clone)]
pub enum DeviceCommand {
    /// Move a barrier.
    Barrier(Actuation),
    /// Take a picture of a lane.
    Snapshot {
        /// The camera.
        device_id: Id,
        /// The lane's name.
        lane: String,
    },
    /// Show and say something.
    Show(Show),
    /// Store or retrieve a car.
    Mission(MissionOrder),
}

impl DeviceCommand {
    /// Whom it is for.
    pub fn device_id(&self) -> &Id {
        match self {
            Self::Barrier(actuation) => &actuation.device_id,
            Self::Snapshot { device_id, .. } => device_id,
            Self::Show(show) => &show.device_id,
            Self::Mission(order) => &order.device_id,
        }
    }
}

/// A barrier to be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actuation {
    /// The command's id, the same in every repetition.
    pub id: String,
    /// The lane.
    pub lane_id: Id,
    /// The lane's name.
    pub lane: String,
    /// The device that drives it.
    pub device_id: Id,
    /// What to do.
    pub act: Act,
    /// When the camera's message came that caused it, for measuring.
    pub cause: Option<Instant>,
}

/// What a barrier's output is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A short pulse: the button is pressed.
    Pulse {
        /// Which output.
        output: u8,
        /// Whether the barrier opens by it.
        opens: bool,
    },
    /// On until released.
    Hold {
        /// Which output.
        output: u8,
    },
    /// Off again.
    Release {
        /// Which output.
        output: u8,
    },
}

/// Something for a display.
#[derive(Debug, Clone, PartialEq)]
pub struct Show {
    /// The display.
    pub device_id: Id,
    /// What.
    pub scene: Scene,
}

/// Whether the platform deducts a car's payments automatically (5010), to be asked once in the
/// background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractQuestion {
    /// The car's plate.
    pub plate_no: String,
    /// Its parking record.
    pub record_id: String,
    /// An answer later than this is of no use.
    pub within: Duration,
}

/// Something to be published on every broker, kept there for whoever subscribes later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The topic.
    pub topic: String,
    /// The message.
    pub payload: String,
}
