//! The rules of a car park: who may pass, what it costs, what is reported.
//!
//! Pure: every function takes the transaction it writes to, the rules and the present moment, and
//! returns what shall happen after the commit. No clock, no network, no tasks.

pub mod access;
pub mod barrier;
pub mod base_data;
pub mod booking;
pub mod bounds;
pub mod command;
pub mod contract;
pub mod counts;
pub mod devices;
pub mod display;
pub mod entitlement;
pub mod event;
pub mod fee;
pub mod garages;
pub mod image;
pub mod inputs;
pub mod interval;
pub mod lanes;
pub mod lease;
pub mod missions;
pub mod order;
pub mod passage;
pub mod passing;
pub mod payment;
pub mod reports;
pub mod share;
pub mod spaces;
pub mod staff;
pub mod stay;
pub mod tariff;
pub mod ticking;

use crate::happening::Happening;
use crate::standard::id::Id;
use crate::standard::money::{Money, MoneyStyle};
use crate::standard::report::{Report, ReportError};
use crate::store::StoreError;
use event::{Actuation, ContractQuestion, Publication, Show};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use missions::MissionOrder;
use std::fmt;

/// What the configuration says about the lot, as far as the rules need it.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The lot's code, 20 characters.
    pub park_code: String,
    /// All its spaces.
    pub total_spaces: i64,
    /// How many of them may be booked; all numbered ones when absent.
    pub reservable_spaces: Option<i64>,
    /// Its numbered spaces.
    pub spaces: Vec<Space>,
    /// Whether stays begin and end with a space on the street (table 3's `parkType` 0).
    pub on_street: bool,
    /// Its mechanical garages.
    pub garages: Vec<Garage>,
    /// Where guidance (9001) is published, `{parkCode}` standing for the lot's code.
    pub guidance_topic: String,
    /// Its devices' names, for people.
    pub device_names: Vec<(Id, String)>,
    /// Its lanes.
    pub lanes: Vec<Lane>,
    /// What parking costs.
    pub tariff: tariff::Tariff,
    /// A plate read again in the same lane within this time is the same passage.
    pub repeat_window: SignedDuration,
    /// A held car counts as still standing there this long after its last read.
    pub waiting_for: SignedDuration,
    /// A car held longer than this makes its lane congested.
    pub congested_after: SignedDuration,
    /// Counts (5003) are reported at most this often.
    pub counts_every: SignedDuration,
    /// The equipment that events of the gateway itself name (table 27).
    pub equipment_id: Id,
    /// The lot's time zone.
    pub time_zone: TimeZone,
    /// What stands for the garage in paths of images (2001) where there is none; nothing when absent.
    pub no_garage_segment: Option<String>,
    /// What may wait in the queue.
    pub bounds: bounds::Bounds,
    /// The base data as the configuration has them, the lot first.
    pub base_data: Vec<Report>,
    /// How the platform wants money written.
    pub money_style: MoneyStyle,
    /// Whether payments the platform told us (6007) are reported back (5008).
    pub report_platform_payments: bool,
}

/// One lane.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Its id (table 8).
    pub id: Id,
    /// Its name for people.
    pub name: String,
    /// Which way cars go.
    pub direction: LaneDirection,
    /// The id of the camera that reads its plates.
    pub camera: Id,
    /// The output that opens its barrier.
    pub barrier: Option<Barrier>,
    /// Its display.
    pub display: Option<Id>,
    /// The loop under the barrier's arm: a car has passed when it has driven over it.
    pub passing_loop: Option<Input>,
    /// The limit switch that says the arm is up.
    pub barrier_up: Option<Input>,
    /// The button that opens the barrier by hand.
    pub button: Option<Input>,
    /// The arm must be up so long after the command.
    pub open_within: SignedDuration,
    /// A car that has not driven on so long after it was let pass has backed out.
    pub pass_within: SignedDuration,
    /// What a car with a contract (6008) does first at the exit.
    pub contract_rule: ContractRule,
}

/// What a car whose payments are deducted automatically does first at the exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContractRule {
    /// It leaves, its fee is deducted afterwards.
    LeaveThenCharge,
    /// It waits until the platform tells that the fee was paid.
    #[default]
    ChargeThenLeave,
}

/// One numbered space.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Space {
    /// `spaceNo`
    pub space_no: String,
    /// The mechanical garage it is in.
    pub garage_code: Option<String>,
    /// Table 10's `manageType`.
    pub manage_type: Option<i64>,
    /// Table 10's `ownerType`.
    pub owner_type: Option<i64>,
    /// Table 10's `positionType`.
    pub position_type: Option<i64>,
    /// Table 10's `sizeType`.
    pub size_type: Option<i64>,
    /// Table 10's `materialType`.
    pub material_type: Option<i64>,
    /// Table 10's `usageType`.
    pub usage_type: Option<i64>,
    /// Table 9's `chargeType` of the charging pile that serves it.
    pub charge_type: Option<i64>,
    /// Whether a sensor watches it.
    pub has_sensor: bool,
    /// The number its garage's PLC knows it by.
    pub plc_number: Option<i64>,
}

/// A mechanical garage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Garage {
    /// `garageCode`
    pub garage_code: String,
    /// Its passages (`garagePassCode`); any are taken when empty.
    pub passages: Vec<i64>,
    /// What stores and retrieves in it.
    pub plc: Option<GaragePlc>,
}

/// A PLC that stores and retrieves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaragePlc {
    /// The PLC.
    pub device_id: Id,
    /// Whether it wants to be told the space.
    pub takes_space: bool,
    /// How long storing takes, where it does not say.
    pub store_takes: SignedDuration,
    /// How long retrieving takes.
    pub retrieve_takes: SignedDuration,
}

/// A contact of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The device.
    pub device_id: Id,
    /// Which of its inputs.
    pub input: u16,
    /// Wired so that open means yes.
    pub inverted: bool,
}

impl Space {
    /// Whether it may be booked: leased by the month, sold and dedicated spaces are somebody's.
    pub fn is_bookable(&self) -> bool {
        !matches!(self.manage_type, Some(1 | 3 | 4))
    }
}

/// Which way cars go through a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneDirection {
    /// In.
    Entry,
    /// Out.
    Exit,
    /// Either; whether the car is inside decides.
    Both,
}

/// The output that opens a barrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barrier {
    /// The device that drives it.
    pub device_id: Id,
    /// Which of the device's outputs opens it.
    pub output: u8,
    /// Which closes it.
    pub close: Option<u8>,
    /// Which stops it.
    pub stop: Option<u8>,
}

/// The moment and the rules a decision is made by.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// Now.
    pub now: Timestamp,
}

/// Why a barrier stays down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldReason {
    /// No plate could be read.
    NoPlate,
    /// No space is left.
    Full,
    /// The car is not inside, as far as we know.
    NotInside,
    /// Its owner locked it.
    Locked,
    /// The control list (4001) says so.
    Listed,
    /// So much is due.
    PaymentDue(Money),
}

impl HoldReason {
    /// The word kept in the store.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NoPlate => "no-plate",
            Self::Full => "full",
            Self::NotInside => "not-inside",
            Self::Locked => "locked",
            Self::Listed => "listed",
            Self::PaymentDue(_) => "payment-due",
        }
    }
}

impl fmt::Display for HoldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What shall happen once the transaction has committed.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Barriers to move.
    pub actuations: Vec<Actuation>,
    /// What to show at lanes.
    pub shows: Vec<Show>,
    /// Pictures to take: the camera and its lane's name.
    pub snapshots: Vec<(Id, String)>,
    /// What garages are to do.
    pub missions: Vec<MissionOrder>,
    /// What to publish on MQTT.
    pub publications: Vec<Publication>,
    /// What to ask the platform in the background.
    pub questions: Vec<ContractQuestion>,
    /// What to tell.
    pub happenings: Vec<Happening>,
    /// Whether reports were queued.
    pub reported: bool,
    /// Whether the answer is not final: something it depends on is still to come.
    pub unsettled: bool,
    /// Whether something came that an answer may have waited for.
    pub settles: bool,
}

/// Why an input could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum LotError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Rules {
    /// The lane a camera reads for.
    pub fn lane_of_camera(&self, device_id: &Id) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.camera == *device_id)
    }

    /// What people call a device.
    pub fn device_name(&self, id: &Id) -> String {
        let known = self.device_names.iter().find(|(known, _)| known == id);
        known.map_or_else(|| id.to_string(), |(_, name)| name.clone())
    }

    /// The numbered space of that number.
    pub fn space(&self, space_no: &str) -> Option<&Space> {
        self.spaces.iter().find(|space| space.space_no == space_no)
    }

    /// The lane of that id.
    pub fn lane(&self, id: &str) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.id.as_str().eq_ignore_ascii_case(id))
    }
}

impl Outcome {
    /// Tells something.
    pub fn tell(&mut self, happening: Happening) {
        self.happenings.push(happening);
    }

    /// Adds what another step wants to happen.
    pub fn append(&mut self, other: Self) {
        self.actuations.extend(other.actuations);
        self.shows.extend(other.shows);
        self.snapshots.extend(other.snapshots);
        self.missions.extend(other.missions);
        self.unsettled |= other.unsettled;
        self.settles |= other.settles;
        self.publications.extend(other.publications);
        self.questions.extend(other.questions);
        self.happenings.extend(other.happenings);
        self.reported |= other.reported;
    }

    /// Notes that a report could not be made; the lane goes on.
    pub(crate) fn unfit(&mut self, error: &ReportError) {
        self.tell(Happening::UnfitReport { error: error.to_string() });
    }
}
