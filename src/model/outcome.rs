//! What shall happen once an input's transaction has committed, in types. Nothing here decides.

use super::barrier::Act;
use super::camera_list::ListOrder;
use super::happening::{Happening, HoldReason};
use crate::standard::id::Id;
use crate::standard::money::Money;
use std::time::{Duration, Instant};

/// What shall happen once the transaction has committed.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Barriers to move.
    pub actuations: Vec<Actuation>,
    /// Openings that nobody wants any more: where one has not left yet it does not leave.
    pub withdrawn: Vec<Withdrawn>,
    /// What to show at lanes.
    pub shows: Vec<Show>,
    /// Pictures to take: the camera and its lane's name.
    pub snapshots: Vec<(Id, String)>,
    /// Cameras that are asked to read once more.
    pub triggers: Vec<Id>,
    /// What cameras are to do with their own lists.
    pub list_orders: Vec<ListOrder>,
    /// What garages are to do.
    pub jobs: Vec<Job>,
    /// What to publish on MQTT.
    pub publications: Vec<Publication>,
    /// What to ask the platform in the background.
    pub questions: Vec<ContractQuestion>,
    /// What to tell.
    pub happenings: Vec<Happening>,
    /// Files in the folder of images that nobody wants any more.
    pub unwanted: Vec<String>,
    /// Whether reports were queued.
    pub reported: bool,
    /// Whether something came that an answer may have waited for.
    pub settles: bool,
    /// How soon it is committed where nothing of it leaves.
    pub haste: Haste,
}

/// How soon what moves nothing is committed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Haste {
    /// It says nothing but that the platform has reports, and would come again by itself.
    OnlyNoted,
    /// With what comes next.
    #[default]
    Usual,
    /// At once: something has failed, or a car waits for it.
    Pressing,
}

impl Outcome {
    /// It is committed at once.
    pub fn press(&mut self) {
        self.haste = Haste::Pressing;
    }
}

/// What the lot tells a device.
#[derive(Debug, Clone)]
pub enum DeviceCommand {
    /// Move a barrier.
    Barrier(Actuation),
    /// Do not move it, unless that has been done.
    Withdraw(Withdrawn),
    /// Take a picture of a lane.
    Snapshot {
        /// The camera.
        device_id: Id,
        /// The lane's name.
        lane: String,
    },
    /// Read the plate once more.
    Trigger {
        /// The camera.
        device_id: Id,
    },
    /// Do something with a camera's own list.
    CameraList(ListOrder),
    /// Show and say something.
    Show(Show),
    /// Store or retrieve a car.
    Garage(Job),
}

impl DeviceCommand {
    /// Whom it is for.
    pub fn device_id(&self) -> &Id {
        match self {
            Self::Barrier(actuation) => &actuation.device_id,
            Self::Withdraw(withdrawn) => &withdrawn.device_id,
            Self::Snapshot { device_id, .. } | Self::Trigger { device_id } => device_id,
            Self::CameraList(order) => &order.device_id,
            Self::Show(show) => &show.device_id,
            Self::Garage(job) => &job.device_id,
        }
    }
}

/// An opening that nobody wants any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// The device that drives the barrier.
    pub device_id: Id,
    /// The command's id.
    pub actuation: String,
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
    /// It must not leave later than this: by then nobody knows who stands there.
    pub until: Option<Instant>,
    /// How long its lane gives the arm to come up.
    pub up_within: Duration,
}

/// Something for a display.
#[derive(Debug, Clone, PartialEq)]
pub struct Show {
    /// The display.
    pub device_id: Id,
    /// What.
    pub scene: Scene,
}

/// One thing a display can show.
#[derive(Debug, Clone, PartialEq)]
pub enum Scene {
    /// Nobody is there.
    Idle {
        /// Free spaces.
        unused: i64,
    },
    /// A car comes in.
    Welcome {
        /// Its plate.
        plate: String,
    },
    /// A car comes in whose payments are deducted automatically (C.1.2.6).
    ContractWelcome {
        /// Its plate.
        plate: String,
    },
    /// A car leaves.
    Goodbye {
        /// Its plate.
        plate: String,
    },
    /// A car has to pay first.
    Fee {
        /// Its plate.
        plate: String,
        /// What it owes.
        fee: Money,
    },
    /// A car may not pass.
    Held {
        /// Its plate.
        plate: String,
        /// Why.
        reason: HoldReason,
    },
    /// What was read of a car could not be taken: only people can help it.
    CallStaff {
        /// Its plate, where one was read.
        plate: String,
    },
}

/// The occasions a display has words for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Scene")]
pub enum Occasion {
    Idle,
    Welcome,
    Contract,
    Goodbye,
    Fee,
    Held,
    Full,
}

impl Occasion {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Idle,
        Self::Welcome,
        Self::Contract,
        Self::Goodbye,
        Self::Fee,
        Self::Full,
        Self::Held,
    ];

    /// What the configuration calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Welcome => "welcome",
            Self::Contract => "contract",
            Self::Goodbye => "goodbye",
            Self::Fee => "fee",
            Self::Held => "held",
            Self::Full => "full",
        }
    }
}

impl Scene {
    /// Which occasion it is.
    pub fn occasion(&self) -> Occasion {
        match self {
            Self::Idle { .. } => Occasion::Idle,
            Self::Welcome { .. } => Occasion::Welcome,
            Self::ContractWelcome { .. } => Occasion::Contract,
            Self::Goodbye { .. } => Occasion::Goodbye,
            Self::Fee { .. } => Occasion::Fee,
            Self::Held { reason: HoldReason::Full, .. } => Occasion::Full,
            Self::Held { .. } | Self::CallStaff { .. } => Occasion::Held,
        }
    }
}

/// What a PLC's driver is given to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The mission's number.
    pub id: i64,
    /// The PLC.
    pub device_id: Id,
    /// The garage.
    pub garage_code: String,
    /// Store, else retrieve.
    pub store: bool,
    /// The number the PLC knows the space by; 0 leaves it to the PLC.
    pub space_number: i64,
    /// The passage; 0 where none was named.
    pub passage: i64,
    /// What the PLC already knows of it.
    pub progress: Progress,
}

/// What the PLC may already know of a mission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing.
    Nothing,
    /// It may have been commanded.
    PerhapsCommanded,
    /// It has taken it.
    Taken,
}

/// Whether the platform deducts a car's payments automatically (5010), to be asked once in the
/// background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractQuestion {
    /// The car's plate.
    pub plate_no: String,
    /// Its parking record.
    pub record_id: Id,
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
