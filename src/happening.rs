//! What the gateway did, in types: the one stream behind the log, the demo's lines and their counts.
//!
//! Any room may tell; nobody decides anything by it.

use crate::lot::HoldReason;
use crate::lot::spaces::SpaceSeen;
use crate::lot::staff::Movement;
use crate::standard::money::Money;
use std::time::Duration;
use tokio::sync::broadcast;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are named for what they hold")]
pub enum Happening {
    /// A camera read a plate (or a car without one).
    PlateRead { lane: String, plate: String, live: bool },
    /// The read repeats a passage already decided.
    Repeat { lane: String, plate: String },
    /// A device message came a second time.
    Redelivered { device: String },
    /// A read of a camera no lane names.
    NoLane { device: String },
    /// The car may pass; its record is durable.
    Entered { lane: String, plate: String, record: String },
    /// The car leaves; its record is closed.
    Left { lane: String, plate: String, record: String, received: Money },
    /// The barrier stays down.
    Held { lane: String, plate: String, reason: HoldReason },
    /// A car came for which a space was kept.
    BookingUsed { plate: String, book_code: String },
    /// A car did not come in time; its space is free again.
    BookingExpired { plate: String, book_code: String },
    /// A bound of the queue is reached, or no longer.
    QueueFull { full: bool, pending: i64, bytes: i64 },
    /// A numbered space is otherwise than before.
    SpaceSeen { space_no: String, seen: SpaceSeen },
    /// Images or states were thrown away to make room for records.
    Evicted { images: usize, states: usize },
    /// The platform took an image.
    ImageUploaded { place: String },
    /// An image was refused or is lost.
    ImageRefused { words: String, given_up: bool },
    /// Staff corrected a parking record.
    Corrected { plate: String, record: String, by: String },
    /// Staff opened a barrier.
    OpenedByHand { lane: String, by: String, reason: String },
    /// Staff moved a barrier otherwise than to let a car pass.
    MovedByHand { lane: String, movement: Movement, by: String },
    /// A car that was let pass has gone back.
    BackedOut { lane: String, plate: String },
    /// A picture was taken of a lane opened by hand.
    SnapshotKept { lane: String, place: String },
    /// A serial port or Modbus connection is there.
    BusUp { bus: String },
    /// A serial port or Modbus connection is gone.
    BusDown { bus: String, error: String },
    /// A Modbus unit refused what its configuration asks of it.
    UnitRefused { device: String, exception: u8 },
    /// A sensor's battery is nearly empty.
    BatteryLow { device: String, sensor: String, percent: i64 },
    /// Something is wrong in a mechanical garage.
    GarageAlarm { meaning: &'static str },
    /// A garage is to store or retrieve a car.
    MissionOrdered { mission: i64, store: bool },
    /// The garage has taken it.
    MissionTaken { mission: i64, seconds: i64 },
    /// It is done.
    MissionDone { mission: i64, store: bool },
    /// It failed.
    MissionFailed { mission: i64, words: String },
    /// A lane stands otherwise than before (table 69).
    LaneStands { lane: String, state: i64 },
    /// Staff let a locked car out.
    LockReleased { plate: String, by: String },
    /// Somebody without permission called the HTTPS callback.
    CallerRefused { address: String },
    /// A stay ended unseen: the plate came in again.
    ClosedUnseen { plate: String, record: String },
    /// A payment was noted.
    Paid { plate: String, received: Money, pay_from: String },
    /// The barrier command left for its device, so long after the camera's message came.
    BarrierCommanded { lane: String, after: Option<Duration> },
    /// The device confirmed it.
    BarrierConfirmed { lane: String, after: Duration },
    /// The device refused it, did not answer or could not be reached.
    BarrierFault { lane: String, fault: BarrierFault },
    /// A device was heard.
    DeviceOnline { device: String },
    /// A device was not heard for too long.
    DeviceOffline { device: String },
    /// A device message could not be understood.
    BadMessage { device: String, error: String },
    /// The broker connection stands.
    BrokerUp { broker: String },
    /// The broker connection is gone.
    BrokerDown { broker: String, error: String },
    /// Logged in over HTTPS (again).
    LoggedIn { renewed: bool },
    /// Logged out over HTTPS.
    LoggedOut,
    /// The platform acknowledged reports.
    Acknowledged { code: u16, count: usize, after: Duration },
    /// The platform refused a report.
    Refused { code: u16, key: String, words: String },
    /// The platform cannot be reached or does not answer properly.
    PlatformDown { error: String, again_in: Duration },
    /// The platform answers again.
    PlatformUp,
    /// A report could not be made of what happened.
    UnfitReport { error: String },
    /// The long connection is logged in.
    LinkUp,
    /// The long connection is gone.
    LinkDown { error: String, again_in: Duration },
    /// Bytes on the long connection that are no frame.
    BadFrame { error: String },
    /// A command of the platform was answered.
    Commanded { code: u16, result_code: i64, message: String },
    /// A commit failed; nothing of it took effect.
    CommitFailed { error: String },
    /// The configuration was read again; what is named there takes effect at the next start only.
    Reloaded { after_restart: Vec<&'static str> },
    /// The configuration was read again and is wrong; the old one stays.
    ReloadRefused { first: String },
    /// A damaged database was moved aside.
    DatabaseMovedAside { path: String },
}

/// What went wrong with a barrier command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BarrierFault {
    /// The device said no, with its code.
    Refused(i64),
    /// The device did not answer in time.
    Silent,
    /// The device cannot be reached.
    Unreachable,
    /// The lane has no barrier that we drive.
    NoBarrier,
    /// The arm was not up in time.
    NotUp,
}

/// Where happenings are told. Cheap to clone; telling never waits.
#[derive(Debug, Clone)]
pub struct Teller {
    sender: broadcast::Sender<Happening>,
}

impl Default for Teller {
    fn default() -> Self {
        Self { sender: broadcast::channel(16 * 1024).0 }
    }
}

impl Teller {
    /// Tells everybody who listens.
    pub fn tell(&self, happening: Happening) {
        // Nobody listening is nothing to complain of.
        let _ = self.sender.send(happening);
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Happening> {
        self.sender.subscribe()
    }
}
