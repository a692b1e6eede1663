//! How a happening stands in the log beside its sentence: its weight, and fields to filter by.

use crate::model::barrier::{Act, BarrierFault, Movement};
use crate::model::event::SpaceSeen;
use crate::model::happening::{Happening, HoldReason, PushRefusal};
use crate::standard::codes::LaneState;
use std::time::Duration;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// For whoever looks closely.
    Detail,
    /// What a lot does all day.
    Normal,
    /// Somebody should look.
    Warning,
}

impl Weight {
    /// How much a happening matters.
    pub fn of(happening: &Happening) -> Self {
        match happening {
            Happening::Repeat { .. }
            | Happening::Redelivered { .. }
            | Happening::ImageUploaded { .. }
            | Happening::BarrierConfirmed { .. }
            | Happening::BarrierMoved { .. }
            | Happening::CopyMade { .. }
            | Happening::BadSign { .. }
            | Happening::Acknowledged { .. } => Self::Detail,
            Happening::NoLane { .. }
            | Happening::QueueFull { full: true, .. }
            | Happening::Evicted { .. }
            | Happening::ImageRefused { .. }
            | Happening::OpenedByHand { .. }
            | Happening::Refunded { .. }
            | Happening::Forgotten { .. }
            | Happening::ReportDropped { .. }
            | Happening::LoginFailed { .. }
            | Happening::OutOfRole { .. }
            | Happening::SocketShut { .. }
            | Happening::OpenedByButton { .. }
            | Happening::UnreadableRow { .. }
            | Happening::LetPassByHand { .. }
            | Happening::LeftUnknown { .. }
            | Happening::LeftUnknownEarlier { .. }
            | Happening::UnreadEarlier { .. }
            | Happening::OutOfTime { .. }
            | Happening::PutAside { .. }
            | Happening::AsideAgain { .. }
            | Happening::AsideDropped { .. }
            | Happening::MovedByHand { .. }
            | Happening::BackedOut { .. }
            | Happening::AssumedGone { .. }
            | Happening::LoopStuck { .. }
            | Happening::MayBeOneCar { .. }
            | Happening::Tailed { .. }
            | Happening::AllUp { .. }
            | Happening::AllUpEnded { .. }
            | Happening::StockTaken { .. }
            | Happening::StockTakenBack { .. }
            | Happening::MissingTurnedUp { .. }
            | Happening::NamedByHand { .. }
            | Happening::BackedOutByHand { .. }
            | Happening::TailSettled { .. }
            | Happening::Matched { .. }
            | Happening::EntryUnseen { .. }
            | Happening::MayStillOpen { .. }
            | Happening::OpenedLate { .. }
            | Happening::BusDown { .. }
            | Happening::UnitRefused { .. }
            | Happening::UnitMisnumbered { .. }
            | Happening::BatteryLow { .. }
            | Happening::GarageAlarm { .. }
            | Happening::MissionFailed { .. }
            | Happening::LockReleased { .. }
            | Happening::ClockUnproven { .. }
            | Happening::ClockStepped { .. }
            | Happening::CalendarMissing { .. }
            | Happening::CallerRefused { .. }
            | Happening::CallbackFromPage { .. }
            | Happening::CommandOffTime { .. }
            | Happening::ConfigurationRefused { .. }
            | Happening::Crowded { .. }
            | Happening::CallbackClosed { .. }
            | Happening::ClosedUnseen { .. }
            | Happening::LeaseSpaceLost { .. }
            | Happening::OpenedByCamera { .. }
            | Happening::CameraListStuck { .. }
            | Happening::CameraListMode { .. }
            | Happening::CameraListFull { .. }
            | Happening::BarrierFault { .. }
            | Happening::BarrierNotMoved { .. }
            | Happening::DeviceOffline { .. }
            | Happening::BadMessage { .. }
            | Happening::PushRefused { .. }
            | Happening::PushClosed { .. }
            | Happening::LoginStopped { .. }
            | Happening::CallsFail { .. }
            | Happening::CameraListLeft { .. }
            | Happening::OpensItself { .. }
            | Happening::BrokerDown { .. }
            | Happening::MessageTooLarge { .. }
            | Happening::ClientIdKnown { .. }
            | Happening::RetainedIgnored { .. }
            | Happening::MarkerMissing { .. }
            | Happening::TopicRefused { .. }
            | Happening::PublishRefused { .. }
            | Happening::DeliveredOnce { .. }
            | Happening::StateUnknown { .. }
            | Happening::InputUnknown { .. }
            | Happening::MoreUnknown { .. }
            | Happening::PointerMisses { .. }
            | Happening::NothingReadable { .. }
            | Happening::SentOnce { .. }
            | Happening::LinkTakenOver { .. }
            | Happening::AnotherGateway { .. }
            | Happening::ToldToDrive { .. }
            | Happening::CalledByName { .. }
            | Happening::Refused { .. }
            | Happening::PutOff { .. }
            | Happening::GivenUp { .. }
            | Happening::NotWanted { .. }
            | Happening::UnwantedAside { .. }
            | Happening::NoPictureTaken { .. }
            | Happening::PictureUnreadable { .. }
            | Happening::WebRefused { .. }
            | Happening::MayBeDelivered { .. }
            | Happening::CertificateUnreadable { .. }
            | Happening::PicturesFromAnywhere { .. }
            | Happening::NotTaken { .. }
            | Happening::TakenWithoutAWord { .. }
            | Happening::PlatformDown { .. }
            | Happening::DrivesAgain
            | Happening::UnfitReport { .. }
            | Happening::LinkDown { .. }
            | Happening::BadFrame { .. }
            | Happening::CommitFailed { .. }
            | Happening::PaidOtherwise { .. }
            | Happening::ReloadRefused { .. }
            | Happening::StoreLost { .. }
            | Happening::StoreBack { .. }
            | Happening::ReadWithoutStore { .. }
            | Happening::Ballast { .. }
            | Happening::DatabaseMended { .. }
            | Happening::DatabaseDisplaced { .. }
            | Happening::DatabaseUnderneath { .. }
            | Happening::LogHeld { .. }
            | Happening::CopiesAgain
            | Happening::CopyFailed { .. } => Self::Warning,
            Happening::PlateRead { .. }
            | Happening::StateKnown { .. }
            | Happening::InputKnown { .. }
            | Happening::PointerFinds { .. }
            | Happening::ReadableAgain { .. }
            | Happening::SentSafely { .. }
            | Happening::LetPassAgain { .. }
            | Happening::TicketGiven { .. }
            | Happening::ReadsLay { .. }
            | Happening::QueueFull { full: false, .. }
            | Happening::Entered { .. }
            | Happening::Left { .. }
            | Happening::Held { .. }
            | Happening::BookingUsed { .. }
            | Happening::BookingExpired { .. }
            | Happening::DatabaseBegun { .. }
            | Happening::SpaceSeen { .. }
            | Happening::Corrected { .. }
            | Happening::SnapshotKept { .. }
            | Happening::BusUp { .. }
            | Happening::MissionOrdered { .. }
            | Happening::MissionTaken { .. }
            | Happening::MissionDone { .. }
            | Happening::LaneStands { .. }
            | Happening::ClassGiven { .. }
            | Happening::ClassTaken { .. }
            | Happening::LeaseSpaceTaken { .. }
            | Happening::Paid { .. }
            | Happening::SaidOnBox { .. }
            | Happening::PassGiven { .. }
            | Happening::PassWithdrawn { .. }
            | Happening::CouponGiven { .. }
            | Happening::CouponReturned { .. }
            | Happening::BarrierCommanded { .. }
            | Happening::DeviceOnline { .. }
            | Happening::ClockProven { .. }
            | Happening::CallsAnswered { .. }
            | Happening::BrokerUp { .. }
            | Happening::BrokerOlder { .. }
            | Happening::WindowOverrun { .. }
            | Happening::PublishAllowed { .. }
            | Happening::DeliveredSafely { .. }
            | Happening::ReachedAt { .. }
            | Happening::LoggedIn { .. }
            | Happening::LoggedOut
            | Happening::PlatformUp
            | Happening::WebListens { .. }
            | Happening::TakenAgain { .. }
            | Happening::CertificateRenewed { .. }
            | Happening::LinkUp
            | Happening::LinkKept
            | Happening::LinkLeft
            | Happening::NoOtherGateway
            | Happening::Commanded { .. }
            | Happening::LogCutBack { .. }
            | Happening::Reloaded { .. } => Self::Normal,
        }
    }
}

/// What a happening is about, by names that stay: whoever filters the log relies on them.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs, reason = "named for what they hold")]
pub struct Fields<'h> {
    /// The variant in snake_case.
    pub kind: &'static str,
    pub lane: Option<&'h str>,
    /// A class of vehicles.
    pub class: Option<&'h str>,
    pub plate: Option<&'h str>,
    /// The id of the parking record.
    pub record: Option<&'h str>,
    pub device: Option<&'h str>,
    pub sensor: Option<&'h str>,
    pub bus: Option<&'h str>,
    pub broker: Option<&'h str>,
    pub space: Option<&'h str>,
    pub booking: Option<&'h str>,
    /// The number of a garage's mission.
    pub mission: Option<i64>,
    /// The interface's code, e.g. 5004.
    pub code: Option<u16>,
    /// The number of a row of the queue.
    pub row: Option<i64>,
    /// Which report of that interface; which coupon.
    pub key: Option<&'h str>,
    /// The code of a reply.
    pub result: Option<i64>,
    /// Who of the staff.
    pub by: Option<&'h str>,
    /// What is done, of several things.
    pub act: Option<&'static str>,
    /// How it is now, of several ways.
    pub state: Option<&'static str>,
    pub reason: Option<&'h str>,
    /// Why a barrier did not obey.
    pub fault: Option<&'static str>,
    /// Why a push was not taken.
    pub refusal: Option<&'static str>,
    pub error: Option<&'h str>,
    /// Yuan.
    pub due: Option<String>,
    /// Yuan.
    pub received: Option<String>,
    /// Yuan.
    pub refunded: Option<String>,
    pub count: Option<u64>,
    pub after_ms: Option<f64>,
    pub address: Option<&'h str>,
    pub path: Option<&'h str>,
}

impl<'h> Fields<'h> {
    fn new(kind: &'static str) -> Self {
        Self { kind, ..Self::default() }
    }

    fn on_lane(kind: &'static str, lane: &'h str) -> Self {
        Self { lane: Some(lane), ..Self::new(kind) }
    }

    /// Most lines are about a car in a lane.
    fn car(kind: &'static str, lane: &'h str, plate: &'h str) -> Self {
        Self { plate: Some(plate), ..Self::on_lane(kind, lane) }
    }

    fn plate(kind: &'static str, plate: &'h str) -> Self {
        Self { plate: Some(plate), ..Self::new(kind) }
    }

    fn device(kind: &'static str, device: &'h str) -> Self {
        Self { device: Some(device), ..Self::new(kind) }
    }

    fn mission(kind: &'static str, mission: i64) -> Self {
        Self { mission: Some(mission), ..Self::new(kind) }
    }

    fn error(kind: &'static str, error: &'h str) -> Self {
        Self { error: Some(error), ..Self::new(kind) }
    }

    /// The fields of a happening.
    pub fn of(happening: &'h Happening) -> Self {
        match happening {
            Happening::PlateRead { lane, plate, live } => {
                let state = Some(if *live { "live" } else { "late" });
                Self { state, ..Self::car("plate_read", lane, plate) }
            }
            Happening::Repeat { lane, plate } => Self::car("repeat", lane, plate),
            Happening::Redelivered { device } => Self::device("redelivered", device),
            Happening::NoLane { device } => Self::device("no_lane", device),
            Happening::Entered { lane, plate, record } => {
                Self { record: Some(record.as_str()), ..Self::car("entered", lane, plate) }
            }
            Happening::Left { lane, plate, record, received } => Self {
                record: Some(record.as_str()),
                received: Some(received.to_string()),
                ..Self::car("left", lane, plate)
            },
            Happening::Held { lane, plate, reason } => {
                Self { reason: Some(held(reason)), ..Self::car("held", lane, plate) }
            }
            Happening::BookingUsed { plate, book_code } => {
                Self { booking: Some(book_code), ..Self::plate("booking_used", plate) }
            }
            Happening::BookingExpired { plate, book_code } => {
                Self { booking: Some(book_code), ..Self::plate("booking_expired", plate) }
            }
            Happening::QueueFull { full, pending, bytes: _ } => Self {
                state: Some(if *full { "full" } else { "within_bounds" }),
                count: u64::try_from(*pending).ok(),
                ..Self::new("queue_full")
            },
            Happening::SpaceSeen { space_no, seen } => Self {
                space: Some(space_no),
                state: Some(match seen {
                    SpaceSeen::Free => "free",
                    SpaceSeen::Occupied => "occupied",
                    SpaceSeen::Unknown => "unknown",
                }),
                ..Self::new("space_seen")
            },
            Happening::Evicted { images, states } => {
                Self { count: number(images.saturating_add(*states)), ..Self::new("evicted") }
            }
            Happening::ImageUploaded { place } => {
                Self { path: Some(place), ..Self::new("image_uploaded") }
            }
            Happening::ImageRefused { words, given_up } => Self {
                state: Some(if *given_up { "given_up" } else { "trying_again" }),
                ..Self::error("image_refused", words)
            },
            Happening::Corrected { plate, record, by, reason, .. } => Self {
                record: Some(record.as_str()),
                reason: Some(reason.as_str()).filter(|reason| !reason.is_empty()),
                by: Some(by),
                ..Self::plate("corrected", plate)
            },
            Happening::OpenedByHand { lane, by, reason } => {
                Self { by: Some(by), reason: Some(reason), ..Self::on_lane("opened_by_hand", lane) }
            }
            Happening::OpenedByButton { lane } => Self::on_lane("opened_by_button", lane),
            Happening::UnreadableRow { error } => Self::error("unreadable_row", error),
            Happening::LetPassByHand { lane, plate, by, held: reason } => Self {
                by: by.as_deref(),
                reason: Some(held(reason)),
                ..Self::car("let_pass_by_hand", lane, plate)
            },
            Happening::LeftUnknown { lane, plate, record } => {
                Self { record: Some(record.as_str()), ..Self::car("left_unknown", lane, plate) }
            }
            Happening::UnreadEarlier { lane, place, .. } => {
                Self { path: place.as_deref(), ..Self::on_lane("unread_earlier", lane) }
            }
            Happening::PutAside { lane, what } => {
                Self { lane: lane.as_deref(), key: Some(what), ..Self::new("put_aside") }
            }
            Happening::AsideAgain { number, what } => {
                Self { row: Some(*number), key: Some(what), ..Self::new("aside_again") }
            }
            Happening::AsideDropped { number, what, by, reason } => Self {
                row: Some(*number),
                key: Some(what),
                by: Some(by),
                reason: Some(reason),
                ..Self::new("aside_dropped")
            },
            Happening::OutOfTime { lane, device, plate, .. } => Self {
                device: Some(device),
                plate: plate.as_deref(),
                ..Self::on_lane("out_of_time", lane)
            },
            Happening::LeftUnknownEarlier { lane, plate } => {
                Self::car("left_unknown_earlier", lane, plate)
            }
            Happening::MovedByHand { lane, movement, by } => Self {
                by: Some(by),
                act: Some(moved(*movement)),
                ..Self::on_lane("moved_by_hand", lane)
            },
            Happening::BackedOut { lane, plate } => Self::car("backed_out", lane, plate),
            Happening::Matched { lane, plate, record, .. } => {
                Self { record: Some(record.as_str()), ..Self::car("matched", lane, plate) }
            }
            Happening::Tailed { lane, plate, .. } => {
                Self { plate: plate.as_deref(), ..Self::on_lane("tailed", lane) }
            }
            Happening::AllUp { by, reason } => {
                Self { by: Some(by), reason: Some(reason), ..Self::new("all_up") }
            }
            Happening::AllUpEnded { by, reason } => {
                Self { by: Some(by), reason: Some(reason), ..Self::new("all_up_ended") }
            }
            Happening::StockTaken { by, reason, .. } => {
                Self { by: Some(by), reason: Some(reason), ..Self::new("stock_taken") }
            }
            Happening::StockTakenBack { by, .. } => {
                Self { by: Some(by), ..Self::new("stock_taken_back") }
            }
            Happening::MissingTurnedUp { lane, plate, record } => Self {
                record: Some(record.as_str()),
                ..Self::car("missing_turned_up", lane, plate)
            },
            Happening::NamedByHand { lane, plate, by, reason, .. } => Self {
                by: Some(by),
                reason: Some(reason),
                ..Self::car("named_by_hand", lane, plate)
            },
            Happening::BackedOutByHand { lane, by, reason } => Self {
                by: Some(by),
                reason: Some(reason),
                ..Self::on_lane("backed_out_by_hand", lane)
            },
            Happening::TailSettled { lane, by, reason } => {
                Self { by: Some(by), reason: Some(reason), ..Self::on_lane("tail_settled", lane) }
            }
            Happening::EntryUnseen { lane, plate, record } => {
                Self { record: Some(record.as_str()), ..Self::car("entry_unseen", lane, plate) }
            }
            Happening::TicketGiven { lane, plate } => Self::car("ticket_given", lane, plate),
            Happening::LetPassAgain { lane, plate } => Self::car("let_pass_again", lane, plate),
            Happening::AssumedGone { lane, plate } => Self::car("assumed_gone", lane, plate),
            Happening::MayStillOpen { lane, plate } => Self::car("may_still_open", lane, plate),
            Happening::MayBeOneCar { lane, second, .. } => {
                Self::car("may_be_one_car", lane, second)
            }
            Happening::LoopStuck { lane } => Self::on_lane("loop_stuck", lane),
            Happening::OpenedLate { lane } => Self::on_lane("opened_late", lane),
            Happening::ReadsLay { broker, .. } => {
                Self { broker: Some(broker), ..Self::new("reads_lay") }
            }
            Happening::SnapshotKept { lane, place } => {
                Self { path: Some(place), ..Self::on_lane("snapshot_kept", lane) }
            }
            Happening::BusUp { bus } => Self { bus: Some(bus), ..Self::new("bus_up") },
            Happening::BusDown { bus, error } => {
                Self { bus: Some(bus), ..Self::error("bus_down", error) }
            }
            Happening::UnitMisnumbered { device, .. } => Self::device("unit_misnumbered", device),
            Happening::UnitRefused { device, exception: _ } => Self::device("unit_refused", device),
            Happening::BatteryLow { device, sensor, percent: _ } => {
                Self { sensor: Some(sensor), ..Self::device("battery_low", device) }
            }
            Happening::GarageAlarm { meaning } => {
                Self { reason: Some(meaning), ..Self::new("garage_alarm") }
            }
            Happening::MissionOrdered { mission, store } => {
                Self { act: Some(ordered(*store)), ..Self::mission("mission_ordered", *mission) }
            }
            Happening::MissionTaken { mission, seconds: _ } => {
                Self::mission("mission_taken", *mission)
            }
            Happening::MissionDone { mission, store } => {
                Self { act: Some(ordered(*store)), ..Self::mission("mission_done", *mission) }
            }
            Happening::MissionFailed { mission, words } => {
                Self { error: Some(words), ..Self::mission("mission_failed", *mission) }
            }
            Happening::LaneStands { lane, state } => Self {
                state: Some(match state {
                    LaneState::Normal => "normal",
                    LaneState::Congested => "congested",
                    LaneState::BadlyCongested => "badly_congested",
                    LaneState::Stopped => "stopped",
                }),
                ..Self::on_lane("lane_stands", lane)
            },
            Happening::LockReleased { plate, by } => {
                Self { by: Some(by), ..Self::plate("lock_released", plate) }
            }
            Happening::ClassGiven { plate, class, by } => {
                Self { by: Some(by), class: Some(class), ..Self::plate("class_given", plate) }
            }
            Happening::ClockUnproven { since: _ } => Self::new("clock_unproven"),
            Happening::ClockProven { voucher: _, seconds: _ } => Self::new("clock_proven"),
            Happening::ClockStepped { seconds: _ } => Self::new("clock_stepped"),
            Happening::CalendarMissing { year: _ } => Self::new("calendar_missing"),
            Happening::ClassTaken { plate, class, by } => {
                Self { by: Some(by), class: Some(class), ..Self::plate("class_taken", plate) }
            }
            Happening::PassGiven { plates, by } => {
                Self { by: Some(by), ..Self::plate("pass_given", plates) }
            }
            Happening::PassWithdrawn { plates, by } => {
                Self { by: Some(by), ..Self::plate("pass_withdrawn", plates) }
            }
            Happening::CouponGiven { coupon_no, by } => {
                Self { key: Some(coupon_no), by: Some(by), ..Self::new("coupon_given") }
            }
            Happening::CouponReturned { coupon_no, by } => {
                Self { key: Some(coupon_no), by: Some(by), ..Self::new("coupon_returned") }
            }
            Happening::CommandOffTime { code, seconds: _, refused } => Self {
                code: Some(*code),
                state: Some(if *refused { "refused" } else { "carried_out" }),
                ..Self::new("command_off_time")
            },
            Happening::BadSign { code, wrong: _ } => {
                Self { code: Some(*code), ..Self::new("bad_sign") }
            }
            Happening::ConfigurationRefused { count, first } => Self {
                count: u64::try_from(*count).ok(),
                error: Some(first),
                ..Self::new("configuration_refused")
            },
            Happening::CallerRefused { address } => {
                Self { address: Some(address), ..Self::new("caller_refused") }
            }
            Happening::CallbackFromPage { address } => {
                Self { address: Some(address), ..Self::new("callback_from_page") }
            }
            Happening::Crowded { door: _, address, times } => {
                Self { address: Some(address), count: Some(*times), ..Self::new("crowded") }
            }
            Happening::CallbackClosed { error, again_in: _ } => {
                Self { error: Some(error), ..Self::new("callback_closed") }
            }
            Happening::ClosedUnseen { plate, record } => {
                Self { record: Some(record.as_str()), ..Self::plate("closed_unseen", plate) }
            }
            Happening::LeaseSpaceTaken { plate, since: _ } => {
                Self::plate("lease_space_taken", plate)
            }
            Happening::OpenedByCamera { lane, plate, at: _ } => {
                Self::car("opened_by_camera", lane, plate)
            }
            Happening::CameraListStuck { device, plate, removing, fault } => Self {
                plate: Some(plate),
                act: Some(if *removing { "remove" } else { "put" }),
                fault: Some(fault.name()),
                ..Self::device("camera_list_stuck", device)
            },
            Happening::CameraListMode { device, always } => Self {
                state: Some(if *always { "always" } else { "never" }),
                ..Self::device("camera_list_mode", device)
            },
            Happening::CameraListFull { device, plates: _ } => {
                Self::device("camera_list_full", device)
            }
            Happening::LeaseSpaceLost { plate } => Self::plate("lease_space_lost", plate),
            Happening::Paid { plate, received, pay_from: _, by } => Self {
                received: Some(received.to_string()),
                by: by.as_deref(),
                ..Self::plate("paid", plate)
            },
            Happening::Refunded { plate, record, money, refund_from: _, by } => Self {
                record: Some(record.as_str()),
                refunded: Some(money.to_string()),
                by: Some(by),
                ..Self::plate("refunded", plate)
            },
            Happening::Forgotten { records, by, reason } => Self {
                count: u64::try_from(*records).ok(),
                by: Some(by),
                reason: Some(reason),
                ..Self::new("forgotten")
            },
            Happening::ReportDropped { row, code, key, by, reason } => Self {
                row: Some(*row),
                code: Some(*code),
                key: Some(key),
                by: Some(by),
                reason: Some(reason),
                ..Self::new("report_dropped")
            },
            Happening::LoginFailed { address } => {
                Self { address: Some(address), ..Self::new("login_failed") }
            }
            Happening::SaidOnBox { by, path } => {
                Self { by: Some(by), path: Some(path), ..Self::new("said_on_box") }
            }
            Happening::SocketShut { path, error } => {
                Self { path: Some(path), ..Self::error("socket_shut", error) }
            }
            Happening::OutOfRole { merchant, address } => {
                Self { by: Some(merchant), address: Some(address), ..Self::new("out_of_role") }
            }
            Happening::PaidOtherwise { plate, record, due, received } => Self {
                record: Some(record.as_str()),
                due: Some(due.to_string()),
                received: Some(received.to_string()),
                ..Self::plate("paid_otherwise", plate)
            },
            Happening::BarrierCommanded { lane, act, after } => Self {
                act: Some(match act {
                    Act::Open { .. } => "open",
                    Act::Close { .. } => "close",
                    Act::Stop { .. } => "stop",
                    Act::Hold { .. } => "hold_open",
                    Act::Release { .. } => "release",
                }),
                after_ms: after.map(ms),
                ..Self::on_lane("barrier_commanded", lane)
            },
            Happening::BarrierConfirmed { lane, after } => {
                Self { after_ms: Some(ms(*after)), ..Self::on_lane("barrier_confirmed", lane) }
            }
            Happening::BarrierFault { lane, fault } => {
                Self { fault: Some(disobeyed(fault)), ..Self::on_lane("barrier_fault", lane) }
            }
            Happening::BarrierMoved { lane, movement, after } => Self {
                act: Some(moved(*movement)),
                after_ms: Some(ms(*after)),
                ..Self::on_lane("barrier_moved", lane)
            },
            Happening::BarrierNotMoved { lane, movement, fault } => Self {
                act: Some(moved(*movement)),
                fault: Some(disobeyed(fault)),
                ..Self::on_lane("barrier_not_moved", lane)
            },
            Happening::DeviceOnline { device } => Self::device("device_online", device),
            Happening::DeviceOffline { device } => Self::device("device_offline", device),
            Happening::BadMessage { device, error } => {
                Self { error: Some(error), ..Self::device("bad_message", device) }
            }
            Happening::PushRefused { device, why } => {
                Self { refusal: Some(not_taken(why)), ..Self::device("push_refused", device) }
            }
            Happening::PushClosed { error, .. } => Self::error("push_closed", error),
            Happening::LoginStopped { device, .. } => Self::device("login_stopped", device),
            Happening::CallsFail { device, fault: _ } => Self::device("calls_fail", device),
            Happening::CallsAnswered { device } => Self::device("calls_answered", device),
            Happening::CameraListLeft { device, plates: _ } => Self::device("list_left", device),
            Happening::OpensItself { device } => Self::device("opens_itself", device),
            Happening::BrokerUp { broker } => {
                Self { broker: Some(broker), ..Self::new("broker_up") }
            }
            Happening::BrokerDown { broker, error } => {
                Self { broker: Some(broker), ..Self::error("broker_down", error) }
            }
            Happening::ClientIdKnown { error } => Self::error("client_id_known", error),
            Happening::RetainedIgnored { device } => Self::device("retained_ignored", device),
            Happening::BrokerOlder { broker } => {
                Self { broker: Some(broker), ..Self::new("broker_older") }
            }
            Happening::WindowOverrun { broker, window } => Self {
                broker: Some(broker),
                count: u64::try_from(*window).ok(),
                ..Self::new("window_overrun")
            },
            Happening::MessageTooLarge { broker, topic, .. } => {
                Self { broker: Some(broker), path: Some(topic), ..Self::new("message_too_large") }
            }
            Happening::MarkerMissing { broker, topic } => {
                Self { broker: Some(broker), path: Some(topic), ..Self::new("marker_missing") }
            }
            Happening::TopicRefused { broker, topic, .. } => {
                Self { broker: Some(broker), path: Some(topic), ..Self::new("topic_refused") }
            }
            Happening::PublishRefused { broker, topic, .. } => {
                Self { broker: Some(broker), path: Some(topic), ..Self::new("publish_refused") }
            }
            Happening::PublishAllowed { broker, topic } => {
                Self { broker: Some(broker), path: Some(topic), ..Self::new("publish_allowed") }
            }
            Happening::DeliveredOnce { broker, topics: _ } => {
                Self { broker: Some(broker), ..Self::new("delivered_once") }
            }
            Happening::DeliveredSafely { broker } => {
                Self { broker: Some(broker), ..Self::new("delivered_safely") }
            }
            Happening::StateUnknown { device, what, value } => Self {
                key: Some(what),
                error: Some(value),
                ..Self::device("state_unknown", device)
            },
            Happening::InputUnknown { device, what, value } => Self {
                key: Some(what),
                error: Some(value),
                ..Self::device("input_unknown", device)
            },
            Happening::InputKnown { device, what } => {
                Self { key: Some(what), ..Self::device("input_known", device) }
            }
            Happening::MoreUnknown { device, than: _ } => Self::device("more_unknown", device),
            Happening::StateKnown { device, what } => {
                Self { key: Some(what), ..Self::device("state_known", device) }
            }
            Happening::PointerMisses { device, key, pointer, has: _ } => Self {
                key: Some(key),
                path: Some(pointer),
                ..Self::device("pointer_misses", device)
            },
            Happening::PointerFinds { device, key } => {
                Self { key: Some(key), ..Self::device("pointer_finds", device) }
            }
            Happening::NothingReadable { device, error } => {
                Self { error: Some(error), ..Self::device("nothing_readable", device) }
            }
            Happening::ReadableAgain { device } => Self::device("readable_again", device),
            Happening::SentOnce { device } => Self::device("sent_once", device),
            Happening::SentSafely { device } => Self::device("sent_safely", device),
            Happening::CalledByName { name } => {
                Self { address: Some(name), ..Self::new("called_by_name") }
            }
            Happening::ReachedAt { host: _, at, of: _ } => {
                Self { address: Some(at), ..Self::new("reached_at") }
            }
            Happening::LoggedIn { renewed } => {
                let state = Some(if *renewed { "renewed" } else { "new" });
                Self { state, ..Self::new("logged_in") }
            }
            Happening::LoggedOut => Self::new("logged_out"),
            Happening::Acknowledged { code, count, after } => Self {
                code: Some(*code),
                count: number(*count),
                after_ms: Some(ms(*after)),
                ..Self::new("acknowledged")
            },
            Happening::Refused { code, key, words } => {
                Self { code: Some(*code), key: Some(key), ..Self::error("refused", words) }
            }
            Happening::PicturesFromAnywhere { device } => {
                Self::device("pictures_from_anywhere", device)
            }
            Happening::CertificateRenewed { path } => {
                Self { path: Some(path), ..Self::new("certificate_renewed") }
            }
            Happening::CertificateUnreadable { error, kept: _ } => {
                Self::error("certificate_unreadable", error)
            }
            Happening::PutOff { code, key, words, give_up_after: _ } => {
                Self { code: Some(*code), key: Some(key), ..Self::error("put_off", words) }
            }
            Happening::GivenUp { code, key, words, after: _ } => {
                Self { code: Some(*code), key: Some(key), ..Self::error("given_up", words) }
            }
            Happening::NotWanted { code, key, words } => {
                Self { code: Some(*code), key: Some(key), ..Self::error("not_wanted", words) }
            }
            Happening::UnwantedAside { code, key, words } => {
                Self { code: Some(*code), key: Some(key), ..Self::error("unwanted_aside", words) }
            }
            Happening::PictureUnreadable { key, error } => {
                Self { key: Some(key), ..Self::error("picture_unreadable", error) }
            }
            Happening::WebListens { address } => {
                Self { address: Some(address), ..Self::new("web_listens") }
            }
            Happening::WebRefused { address: _, error, again_in: _ } => {
                Self::error("web_refused", error)
            }
            Happening::NoPictureTaken { words } => Self::error("no_picture_taken", words),
            Happening::MayBeDelivered { code, key, words } => {
                Self { code: Some(*code), key: Some(key), ..Self::error("may_be_delivered", words) }
            }
            Happening::NotTaken { code, words } => {
                Self { code: Some(*code), ..Self::error("not_taken", words) }
            }
            Happening::TakenWithoutAWord { code } => {
                Self { code: Some(*code), ..Self::new("taken_without_a_word") }
            }
            Happening::TakenAgain { code } => {
                Self { code: Some(*code), ..Self::new("taken_again") }
            }
            Happening::PlatformDown { error, again_in: _ } => Self::error("platform_down", error),
            Happening::PlatformUp => Self::new("platform_up"),
            Happening::UnfitReport { error } => Self::error("unfit_report", error),
            Happening::LinkUp => Self::new("link_up"),
            Happening::LinkTakenOver { times } => {
                Self { count: u64::from(*times).into(), ..Self::new("link_taken_over") }
            }
            Happening::LinkKept => Self::new("link_kept"),
            Happening::LinkLeft => Self::new("link_left"),
            Happening::AnotherGateway { stance, other, .. } => Self {
                reason: Some(stance.word()),
                key: Some(other),
                ..Self::new("another_gateway")
            },
            Happening::NoOtherGateway => Self::new("no_other_gateway"),
            Happening::DrivesAgain => Self::new("drives_again"),
            Happening::ToldToDrive { by, reason } => {
                Self { by: Some(by), reason: Some(reason), ..Self::new("told_to_drive") }
            }
            Happening::LinkDown { error, again_in: _ } => Self::error("link_down", error),
            Happening::BadFrame { error } => Self::error("bad_frame", error),
            Happening::Commanded { code, result_code, message: _ } => {
                Self { code: Some(*code), result: Some(*result_code), ..Self::new("commanded") }
            }
            Happening::CommitFailed { error } => Self::error("commit_failed", error),
            Happening::Reloaded { after_restart } => Self {
                state: (!after_restart.is_empty()).then_some("restart_needed"),
                ..Self::new("reloaded")
            },
            Happening::ReloadRefused { first } => Self::error("reload_refused", first),
            Happening::StoreLost { error, .. } => Self::error("store_lost", error),
            Happening::StoreBack { error, kept, .. } => {
                Self { count: u64::try_from(*kept).ok(), ..Self::error("store_back", error) }
            }
            Happening::ReadWithoutStore { lane, plate, opens } => Self {
                plate: Some(plate),
                state: Some(if *opens { "open" } else { "hold" }),
                ..Self::on_lane("read_without_store", lane)
            },
            Happening::Ballast { there } => {
                Self { state: Some(if *there { "there" } else { "gone" }), ..Self::new("ballast") }
            }
            Happening::DatabaseMended { mended } => Self {
                path: mended.aside.as_deref(),
                count: Some(mended.unread),
                ..Self::new("database_mended")
            },
            Happening::DatabaseDisplaced { path, .. } => {
                Self { path: Some(path), ..Self::new("database_displaced") }
            }
            Happening::DatabaseBegun { path } => {
                Self { path: Some(path), ..Self::new("database_begun") }
            }
            Happening::DatabaseUnderneath { path, .. } => {
                Self { path: Some(path), ..Self::new("database_underneath") }
            }
            Happening::CopyMade { path, bytes } => {
                Self { path: Some(path), count: Some(*bytes), ..Self::new("copy_made") }
            }
            Happening::CopyFailed { error } => Self::error("copy_failed", error),
            Happening::CopiesAgain => Self::new("copies_again"),
            Happening::LogHeld { bytes } => Self { count: Some(*bytes), ..Self::new("log_held") },
            Happening::LogCutBack { bytes } => {
                Self { count: Some(*bytes), ..Self::new("log_cut_back") }
            }
        }
    }
}

fn held(reason: &HoldReason) -> &'static str {
    reason.kind().word()
}

fn moved(movement: Movement) -> &'static str {
    match movement {
        Movement::Close => "close",
        Movement::Stop => "stop",
        Movement::HoldOpen => "hold_open",
        Movement::Release => "release",
    }
}

fn ordered(store: bool) -> &'static str {
    if store { "store" } else { "retrieve" }
}

fn disobeyed(fault: &BarrierFault) -> &'static str {
    match fault {
        BarrierFault::Refused(_) => "refused",
        BarrierFault::Busy => "busy",
        BarrierFault::Silent => "silent",
        BarrierFault::Unproven => "unproven",
        BarrierFault::TooLate => "too late",
        BarrierFault::Unreachable => "unreachable",
        BarrierFault::Forbidden(_) => "forbidden",
        BarrierFault::NoBarrier => "no_barrier",
        BarrierFault::NotUp => "not_up",
    }
}

fn not_taken(why: &PushRefusal) -> &'static str {
    match why {
        PushRefusal::OtherAddress => "other_address",
        PushRefusal::UnknownPath => "unknown_path",
        PushRefusal::WrongLogin => "wrong_login",
        PushRefusal::TooLarge { .. } => "too_large",
        PushRefusal::BrokenOff => "broken_off",
        PushRefusal::OtherCamera { .. } => "other_camera",
    }
}

fn number(count: usize) -> Option<u64> {
    u64::try_from(count).ok()
}

/// To a tenth, as in the sentence.
fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}
