//! What the configuration says about the lot, as far as its rules need it. For every room of the lot; it
//! knows the standard's values and prices, and decides nothing.

use super::tariff::Tariff;
use crate::model::event_kind::EventCodes;
use crate::model::exit::{NoEntry, PlateMatch};
use crate::model::lease::{OnFree, UnknownLease};
use crate::model::merchant::Merchant;
use crate::model::without_store::WhenItFails;
use crate::standard::id::Id;
use crate::standard::lengths::Lengths;
use crate::standard::money::MoneyStyle;
use crate::standard::report::Report;
use crate::standard::share_order_id::ShareOrderIdStyle;
use jiff::{SignedDuration, tz::TimeZone};

/// What the configuration says about the lot, as far as the rules need it.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The lot's code, 20 characters.
    pub park_code: String,
    /// All its spaces.
    pub total_spaces: i64,
    /// How many of them may be booked; all numbered ones when absent.
    pub reservable_spaces: Option<i64>,
    /// How many of them visitors may take; all but those that are somebody's when absent.
    pub visitor_spaces: Option<i64>,
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
    /// The contact of its fire alarm: all barriers go up.
    pub fire_alarm: Option<Contact>,
    /// What parking costs.
    pub tariff: Tariff,
    /// The shops that give coupons.
    pub merchants: Vec<Merchant>,
    /// A plate read again in the same lane within this time is the same passage.
    pub repeat_window: SignedDuration,
    /// A camera that is less sure of a plate has read none, 0 to 100.
    pub min_confidence: u8,
    /// What is done with a plate at the exit that is not inside and is like one that is.
    pub plate_match: PlateMatch,
    /// What a car pays that leaves and whose entry nobody saw.
    pub no_entry: NoEntry,
    /// A held car counts as still standing there this long after its last read.
    pub waiting_for: SignedDuration,
    /// A car that was let pass has gone this long after its last read, where nothing tells.
    pub gone_after: SignedDuration,
    /// A car held longer than this makes its lane congested.
    pub congested_after: SignedDuration,
    /// A car held longer than this makes its lane badly congested.
    pub badly_congested_after: SignedDuration,
    /// What is said of electronic tags (table 11's `eidEquiped`), which nothing here reads.
    pub eid_equipped: bool,
    /// How the platform wants the ids of shares written (table 13's `shareOrderId`).
    pub share_order_id: ShareOrderIdStyle,
    /// Counts (5003) are reported at most this often.
    pub counts_every: SignedDuration,
    /// The equipment that events of the gateway itself name (table 27).
    pub equipment_id: Id,
    /// The lot's time zone.
    pub time_zone: TimeZone,
    /// What stands for the garage in paths of images (2001) where there is none; nothing when absent.
    pub no_garage_segment: Option<String>,
    /// What lanes do by themselves while nothing can be written down.
    pub when_it_fails: WhenItFails,
    /// What may wait in the queue.
    pub bounds: Bounds,
    /// The base data as the configuration has them, the lot first.
    pub base_data: Vec<Report>,
    /// By which codes the platform wants events that table A.3 has none for.
    pub events: EventCodes,
    /// Lengths of texts that the platform allows otherwise than the tables.
    pub lengths: Lengths,
    /// How the platform wants money written.
    pub money_style: MoneyStyle,
    /// Whether payments the platform told us (6007) are reported back (5008).
    pub report_platform_payments: bool,
    /// What 6010 for a lease that is not known does.
    pub unknown_lease: UnknownLease,
    /// Cameras that keep a list of their own, by which they open while nobody speaks with them.
    pub list_cameras: Vec<Id>,
    /// What tells each of these from another camera that may come in its place.
    pub camera_identities: Vec<(Id, String)>,
    /// What a lease's space that becomes free means for its car that came in when all were taken.
    pub on_free: OnFree,
}

/// One lane.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Its id (table 8).
    pub id: Id,
    /// Its name for people.
    pub name: String,
    /// The gate it is one side of, where its entry and its exit are one.
    pub gate: Option<String>,
    /// Which way cars go.
    pub direction: LaneDirection,
    /// The id of the camera that reads its plates.
    pub camera: Id,
    /// The output that opens its barrier.
    pub barrier: Option<Barrier>,
    /// Its display.
    pub display: Option<Id>,
    /// The loop under the barrier's arm: a car has passed when it has driven over it.
    pub passing_loop: Option<Contact>,
    /// The limit switch that says the arm is up.
    pub barrier_up: Option<Contact>,
    /// The button that opens the barrier by hand.
    pub button: Option<Contact>,
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
    /// Whether nobody can park in it: table 10's `state` is 2, 3 or 4.
    pub out_of_use: bool,
    /// The sensor that watches it, by what tells it from any other.
    pub sensor: Option<String>,
    /// The number its garage's PLC knows it by.
    pub plc_number: Option<i64>,
    /// Table 74's `bluetoothAddress` of its sensor.
    pub bluetooth_address: Option<String>,
}

/// A mechanical garage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Garage {
    /// `garageCode`
    pub garage_code: String,
    /// Its passages (`garagePassCode`); any are taken when empty.
    pub passages: Vec<i64>,
    /// Table 7's `totalSpaces`.
    pub total_spaces: i64,
    /// Whether a PLC tells how it runs.
    pub watched: bool,
    /// Whether its totals by size (table 95) are given, by its PLC or as configured; else they are counted.
    pub totals_given: bool,
    /// Whether its PLC tells what is free in it; else that is counted.
    pub available_given: bool,
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
pub struct Contact {
    /// The device.
    pub device_id: Id,
    /// Which of its inputs.
    pub input: u16,
    /// Wired so that open means yes.
    pub inverted: bool,
}

impl Space {
    /// Whether visitors may have it: leased by the month, sold and dedicated spaces are somebody's, and nobody
    /// parks in one that is out of use, in repair or faulty.
    pub fn is_for_visitors(&self) -> bool {
        !self.out_of_use && !matches!(self.manage_type, Some(1 | 3 | 4))
    }

    /// Who tells whether somebody stands there: its sensor, or nobody but records and a garage.
    pub fn told_by(&self) -> &str {
        self.sensor.as_deref().unwrap_or_default()
    }

    /// Whether it is for large cars (tables 10 and 95).
    pub fn is_large(&self) -> bool {
        matches!(self.size_type, Some(4 | 7))
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
    /// Whether an opening may be given again; not where a second pulse closes.
    pub repeat: bool,
}

impl Rules {
    /// How many spaces visitors may take: those that are nobody's and in use.
    pub fn spaces_for_visitors(&self) -> i64 {
        self.visitor_spaces.unwrap_or_else(|| {
            let others = self.spaces.iter().filter(|space| !space.is_for_visitors()).count();
            self.total_spaces.saturating_sub(i64::try_from(others).unwrap_or(i64::MAX))
        })
    }

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
        // Of many thousands, which are mostly written in their order.
        let place = self.spaces.binary_search_by(|space| space.space_no.as_str().cmp(space_no));
        let found = place.ok().and_then(|place| self.spaces.get(place));
        found.or_else(|| self.spaces.iter().find(|space| space.space_no == space_no))
    }

    /// The lane of that id.
    pub fn lane(&self, id: &Id) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.id == *id)
    }

    /// The shop of that name.
    pub fn merchant(&self, name: &str) -> Option<&Merchant> {
        self.merchants.iter().find(|merchant| merchant.name == name)
    }

    /// The garage of that code.
    pub fn garage(&self, garage_code: &str) -> Option<&Garage> {
        self.garages.iter().find(|garage| garage.garage_code == garage_code)
    }
}

/// What may wait and what must stay free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Rows that may wait.
    pub max_rows: i64,
    /// Bytes they may take.
    pub max_bytes: i64,
    /// Bytes that must stay free on the disk.
    pub min_free_disk: u64,
}
