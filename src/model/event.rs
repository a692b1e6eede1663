//! What arrives from the lot's own hardware, in types. Nothing here decides.

use super::barrier::{Act, BarrierFault};
use super::camera_list::{ListFault, ListMode};
use super::queue::PutOff;
use crate::standard::codes::EventClass;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// A camera recognised a car.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlateRead {
    /// The camera.
    pub device_id: Id,
    /// What makes this message itself and no other: the camera's id for it, its plate and its moment. A
    /// redelivered one has the same.
    pub message: String,
    /// Whether the broker marks it as sent before. Where the camera sends neither id nor moment, two messages of
    /// one content are one only if it does.
    pub redelivered: bool,
    /// Whether the camera gives its messages an id or a moment, so that the same one never means another car.
    pub told_apart: bool,
    /// What is known of how long it lay in the broker.
    pub arrival: Arrival,
    /// The plate; none when the car shows none.
    pub plate: Option<PlateNo>,
    /// The plate's colour as the standard writes it.
    pub plate_color: Option<String>,
    /// 1 permanent, 2 temporary plate.
    pub license_plate_type: Option<i64>,
    /// 1 large, 2 medium, 3 small.
    pub car_model: Option<i64>,
    /// The vehicle's colour, 3 characters at most.
    pub car_color: Option<String>,
    /// Its brand, 10 characters at most.
    pub car_logo: Option<String>,
    /// Whether the car stands there now. Reads sent late are kept in their own time and open nothing.
    pub moment: ReadMoment,
    /// When the camera says it sent the message; worth something only while its clock is right.
    pub sent: Option<Timestamp>,
    /// The camera's latest silence of 30 s and more: from its last sign of life to the one that ended it.
    pub silence: Option<(Timestamp, Timestamp)>,
    /// How sure the camera is of the plate, 1 to 100; none where it does not tell.
    pub confidence: Option<u8>,
    /// Which way the car drives; none where the camera does not tell.
    pub heading: Option<Heading>,
    /// Other plates on the same car.
    pub aliases: Vec<PlateNo>,
    /// The camera takes its plate for a forged one.
    pub fake: bool,
    /// Who has opened for it, where that is told.
    #[serde(default)]
    pub opened_by: OpenedBy,
    /// The pictures taken of it.
    pub images: Vec<ReadImage>,
    /// How they come.
    #[serde(default)]
    pub pictures: Pictures,
    /// When its message came, for measuring.
    #[serde(skip)]
    pub received: Option<Instant>,
}

/// How the pictures of a read come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pictures {
    /// With it.
    #[default]
    Here,
    /// By themselves, once they are on the disk ([`DeviceEvent::Pictures`]).
    Follow,
}

impl Pictures {
    /// Whether they come by themselves.
    pub fn follow(self) -> bool {
        self == Self::Follow
    }
}

impl PlateRead {
    /// A read that tells its plate and nothing else.
    pub fn of(device_id: Id, message: String, plate: Option<PlateNo>) -> Self {
        Self {
            device_id,
            message,
            plate,
            redelivered: false,
            told_apart: true,
            arrival: Arrival::Fresh,
            plate_color: None,
            license_plate_type: None,
            car_model: None,
            car_color: None,
            car_logo: None,
            moment: ReadMoment::Live,
            sent: None,
            silence: None,
            confidence: None,
            heading: None,
            aliases: Vec::new(),
            fake: false,
            opened_by: OpenedBy::default(),
            images: Vec::new(),
            pictures: Pictures::Here,
            received: None,
        }
    }
}

/// Who has opened a barrier for a car that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum OpenedBy {
    /// Nobody yet, or this program.
    #[default]
    Gateway,
    /// The camera, by its own list, while nobody spoke with it.
    CameraList,
}

/// What is known of how long a read lay in the broker. At each connection a marker of our own is sent through the
/// broker: what comes before it may have lain there, what comes after it did not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Arrival {
    /// It came after the marker.
    #[default]
    Fresh,
    /// It came before the marker of the connection to that broker; decided once the marker is back or given up.
    BeforeMarker {
        /// The broker's name.
        broker: String,
    },
    /// That connection's marker never came back: only the camera's clock can tell.
    Unmarked,
}

/// Which way a car drives, as its camera sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Heading {
    /// Towards the camera.
    Approaching,
    /// Away from it.
    Receding,
}

impl Heading {
    /// The word it is kept under.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approaching => "approaching",
            Self::Receding => "receding",
        }
    }

    /// The heading of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Approaching, Self::Receding].into_iter().find(|heading| heading.word() == word)
    }
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    PlateRead(Box<PlateRead>),
    /// The pictures of a read are on the disk.
    Pictures {
        /// The camera.
        device_id: Id,
        /// The read's message.
        message: String,
        /// The pictures.
        images: Vec<ReadImage>,
    },
    /// A camera took a picture that it was asked for.
    Picture {
        /// The camera.
        device_id: Id,
        /// The picture.
        image: ReadImage,
    },
    /// A device was heard after silence.
    Online(Id),
    /// A device fell silent.
    Offline(Id),
    /// A device listens: commands reach it now.
    Reachable(Id),
    /// What had lain in a broker has all come: its marker is back.
    MarkerBack {
        /// The broker's name.
        broker: String,
        /// How long we were away from it; none when nobody knows.
        away: Option<SignedDuration>,
        /// How many of the reads that lay there were decided by this before.
        decided: usize,
    },
    /// A broker's marker did not come back though nothing else came either.
    MarkerMissing {
        /// The broker's name.
        broker: String,
    },
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
    Contact {
        /// The device.
        device_id: Id,
        /// Which of its inputs.
        input: u16,
        /// Whether its contact is closed.
        closed: bool,
        /// Whether the device says that this is so since just now, not only that it is so.
        just_now: bool,
    },
    /// A camera saw a car it has read turn back.
    TurnedBack {
        /// The camera.
        device_id: Id,
        /// The car's plate, where the camera names it.
        plate: Option<PlateNo>,
    },
    /// A camera has answered an order about its own list, or has not.
    ListAnswered {
        /// The camera.
        device_id: Id,
        /// The order's id.
        order: String,
        /// What came of it.
        result: Result<(), ListFault>,
    },
    /// A camera tells by which mode its own list opens.
    ListMode {
        /// The camera.
        device_id: Id,
        /// The mode.
        mode: ListMode,
    },
    /// What became of a barrier command.
    BarrierAnswered {
        /// The command's id.
        actuation: String,
        /// Its lane.
        lane_id: Id,
        /// What was asked of it.
        act: Act,
        /// How long the answer took, or what went wrong.
        result: Result<Duration, BarrierFault>,
    },
}

/// What a sensor says of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpaceSeen {
    /// Nobody stands there.
    Free,
    /// Somebody does.
    Occupied,
    /// The sensor has not been heard for too long.
    Unknown,
}

/// Something wrong in a garage, by table A.3; 8001 to 8003 are told apart by their class only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// Table A.3's code.
    pub code: i64,
    /// Table A.3's class.
    pub class: EventClass,
}

/// How a garage stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GarageCondition {
    /// `garageCode`
    pub garage_code: String,
    /// Table 92's `garagestate`: 0 out of use, 1 normal, 2 abnormal, 3 faulty, 4 under repair.
    pub state: i64,
    /// In words, where the garage says more.
    pub comment: Option<String>,
    /// Its spaces.
    pub spaces: GarageSpaces,
}

/// Spaces of a garage (table 95).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GarageSpaces {
    /// For large cars.
    pub total_large: i64,
    /// For small cars.
    pub total_small: i64,
    /// Free for large cars.
    pub available_large: i64,
    /// Free for small cars.
    pub available_small: i64,
}

/// How far a garage has come with a mission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissionStep {
    /// The parameters are written; the command follows once this is committed.
    Commanding,
    /// The PLC has taken it and needs so many seconds, where it says.
    Taken(Option<i64>),
    /// So many seconds are left.
    Remaining(i64),
    /// It is done.
    Done,
    /// The PLC will not, by a code of table A.2.
    Refused(i64),
    /// Nobody knows what became of it; it is not done again.
    Lost(LostWhy),
}

/// Why nobody knows what became of a mission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostWhy {
    /// The PLC did not take it in time.
    NotTaken,
    /// The PLC has forgotten it: it restarted.
    Restarted,
    /// It could not begin for too long.
    NeverBegan,
}

/// What became of an image that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageFate {
    /// The platform has it.
    Uploaded,
    /// The platform will not have it, in its own words.
    Refused(String),
    /// The platform says nothing about it; it stays and is tried again.
    PutOff(PutOff),
    /// The platform would not have it while it took others, in its own words: kept for people, not tried again by itself.
    PutAside(String),
    /// It cannot be read any more.
    Lost(String),
}
