//! What staff ask for and what they are answered, in types. Nothing here decides.

use super::barrier::Movement;
use super::merchant::{NewCoupon, NewPass};
use crate::standard::entities::{DiscountRecord, MonthlyRentalLease};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing staff do.
#[derive(Debug, Clone)]
pub struct StaffCommand {
    /// The sender's id for it.
    pub id: Id,
    /// A digest of how it was said, where it may come again: the same id with other words is another command.
    pub said: Option<String>,
    /// Who does it.
    pub operator: String,
    /// What.
    pub action: StaffAction,
}

impl StaffCommand {
    /// Whether it is another command than the one of its id that was said so before.
    pub fn is_another_than(&self, before: Option<&str>) -> bool {
        match (before, self.said.as_deref()) {
            // Earlier programs noted how it was printed, which says nothing of what it meant.
            (Some(before), Some(said)) => before.starts_with(SAID_AS) && before != said,
            _ => false,
        }
    }
}

/// What a digest of how something was said begins with.
const SAID_AS: &str = "means ";

/// A digest of what a command means, as it is noted.
pub fn said_as(digest: &str) -> String {
    format!("{SAID_AS}{digest}")
}

/// What staff do.
#[derive(Debug, Clone)]
pub enum StaffAction {
    /// Take a payment for a car that is inside, or that still owes.
    Pay(Box<StaffPayment>),
    /// Tell what a car owes.
    Quote {
        /// The car's plate.
        plate_no: PlateNo,
    },
    /// Ask the platform to collect what a car owes (5007).
    AskPayment {
        /// The car's plate.
        plate_no: PlateNo,
    },
    /// Give money back.
    Refund(Refund),
    /// Correct a parking record.
    Correct(Box<Correction>),
    /// Make a lease or change it.
    SetLease(Box<MonthlyRentalLease>),
    /// End a lease.
    EndLease {
        /// Its plates.
        plates: Vec<PlateNo>,
    },
    /// Open a lane's barrier, for the car that waits there if there is one.
    OpenLane {
        /// The lane.
        lane_id: Id,
        /// Why.
        reason: String,
        /// The parking record of the car that leaves, where its plate was misread when it came in.
        record_id: Option<Id>,
    },
    /// Say which car waits in a lane: it is decided anew.
    NameCar {
        /// The lane.
        lane_id: Id,
        /// What is known of it.
        car: NamedCar,
        /// Why.
        reason: String,
    },
    /// Say whose stay the car is that waits in a lane: it is decided anew under its entry's plate.
    ChooseStay {
        /// The lane.
        lane_id: Id,
        /// The stay.
        record_id: Id,
        /// The true plate, where the entry's is not.
        plate_no: Option<PlateNo>,
        /// Why.
        reason: String,
    },
    /// Let a car through that is named, or shows no plate: it comes in or goes out with a record.
    LetThrough {
        /// The lane.
        lane_id: Id,
        /// What is known of it; it gets a number where no plate is.
        car: NamedCar,
        /// Why.
        reason: String,
    },
    /// Say that the car that was let pass in a lane has gone back.
    BackedOut {
        /// The lane.
        lane_id: Id,
        /// Why.
        reason: String,
    },
    /// Say what drove through behind another.
    SettleTail {
        /// Its number.
        tail: i64,
        /// Whose stay ended by it; none when it was no car of its own.
        record_id: Option<Id>,
        /// Why.
        reason: String,
    },
    /// Raise all barriers, until staff end it.
    RaiseAll {
        /// Why.
        reason: String,
    },
    /// End that.
    EndRaiseAll {
        /// Why.
        reason: String,
    },
    /// Say that this gateway drives the lot, and no other.
    Drive {
        /// Why.
        reason: String,
    },
    /// Take a lane out of service.
    StopLane {
        /// The lane.
        lane_id: Id,
        /// Why.
        reason: String,
    },
    /// Put a lane back into service.
    NormalLane {
        /// The lane.
        lane_id: Id,
    },
    /// Move a lane's barrier otherwise than to let a car pass.
    MoveBarrier {
        /// The lane.
        lane_id: Id,
        /// How.
        movement: Movement,
    },
    /// Put a car into a class of vehicles.
    GiveClass {
        /// Which, and which car.
        class: ClassOf,
        /// Why.
        reason: String,
    },
    /// Take a car out of a class of vehicles.
    TakeClass {
        /// Which, and which car.
        class: ClassOf,
    },
    /// Forget a plate, since its owner wants it.
    Forget {
        /// The plate.
        plate_no: PlateNo,
        /// Why.
        reason: String,
    },
    /// Say what a count of the cars that truly stand there would change.
    CompareStock(Box<StockCount>),
    /// Go by such a count: close the stays of cars that are not there, enter those that are not known.
    TakeStock(Box<StockCount>),
    /// Have it as it was before.
    TakeStockBack {
        /// The taking's number; the last where none is said.
        number: Option<i64>,
    },
    /// Let a locked car out.
    ReleaseLock {
        /// The car's plate.
        plate_no: PlateNo,
    },
    /// Give visitors a pass.
    GivePass(Box<NewPass>),
    /// Withdraw one: what was free by then stays free.
    WithdrawPass {
        /// The pass.
        pass_id: Id,
    },
    /// Give a coupon, by staff or a shop.
    GiveCoupon(Box<NewCoupon>),
    /// Take a coupon back that has taken nothing off.
    ReturnCoupon {
        /// Its number.
        number: i64,
        /// The shop that wants it back; staff where none is named.
        merchant: Option<String>,
    },
}

/// A class of vehicles and the car that is of it.
#[derive(Debug, Clone)]
pub struct ClassOf {
    /// The car's plate.
    pub plate_no: PlateNo,
    /// The class.
    pub name: String,
    /// Until when; for good when absent.
    pub until: Option<Timestamp>,
    /// Only for the stay of the car that is inside.
    pub this_stay: bool,
}

/// Stock taken can be taken back within this.
pub const STOCK_TAKEN_BACK_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// A count of the cars that truly stand there.
#[derive(Debug, Clone)]
pub struct StockCount {
    /// When they were counted; now where that is not said.
    pub at: Option<Timestamp>,
    /// Their plates.
    pub plates: Vec<PlateNo>,
    /// Why.
    pub reason: String,
}

/// What staff know of a car in a lane.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NamedCar {
    /// Its plate; none where it shows none.
    pub plate_no: Option<PlateNo>,
    /// Its plate's colour, 3 characters at most.
    pub plate_color: Option<String>,
    /// Its size, table 11's `carModel`.
    pub car_model: Option<i64>,
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq)]
pub enum StaffAnswer {
    /// Done, now or before.
    Done(Value),
    /// Not done; nothing changed.
    Refused(Refusal),
}

/// Why a command was not carried out. The sentences are in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No car of that plate is inside.
    NotInside,
    /// There is no such parking record.
    NoRecord,
    /// There is no such lane.
    NoLane,
    /// There is no such lease.
    NoLease,
    /// That car is not locked.
    NotLocked,
    /// Nothing is owed.
    NothingDue,
    /// More than is due.
    MoreThanDue {
        /// What is due.
        due: Money,
    },
    /// More than was received.
    MoreThanReceived,
    /// Another car of that plate is inside.
    PlateInside,
    /// A stay that would end before it began.
    EndsBeforeItBegan,
    /// A lease without plates or spaces, or one that ends before it begins.
    BadLease,
    /// The charge's id is another charge's.
    ChargeKnown,
    /// No output moves the barrier that way.
    NoSuchOutput,
    /// A record's car is to leave where cars only come in.
    LeadsIn,
    /// No car waits there.
    NobodyWaits,
    /// No car that was let pass stands there, and none passed just before.
    NobodyPassed,
    /// There is no such question of what drove through behind another.
    NoTail,
    /// All barriers are up.
    AllUp,
    /// They are not.
    NotAllUp,
    /// The car is not of that class.
    NotOfClass,
    /// A pass or a coupon that would be over already.
    AlreadyOver,
    /// A pass or a coupon that would end before it begins.
    EndsBeforeItBegins,
    /// A pass or a coupon too far ahead.
    TooFar {
        /// In how many days it may end at the latest.
        days: i64,
    },
    /// There is no such pass.
    NoPass,
    /// The pass is over, or withdrawn.
    PassOver,
    /// More passes or coupons than a car may have.
    TooMany {
        /// How many it may have.
        max: usize,
    },
    /// The id is another pass's or coupon's.
    IdUsed,
    /// The shop has no such coupon to give.
    NoOffer,
    /// The stay has ended.
    StayEnded,
    /// A coupon for a stay would begin later than now.
    BeginsLater,
    /// Another coupon is there, and the two may not be used together.
    NotStackable,
    /// The shop has given all the coupons it may.
    QuotaReached {
        /// Which bound.
        quota: QuotaKind,
    },
    /// There is no such coupon.
    NoCoupon,
    /// It has been used, has ended or was given back.
    CouponGone,
    /// A price was told with it, or something was paid.
    CouponInUse,
    /// There is no such class of vehicles.
    NoClass,
    /// It ended the process each time it was tried, and is put aside.
    PutAside,
    /// The car is inside, or stands in a lane.
    StillHere,
    /// A lease, share or booking of it is in force.
    InForce,
    /// Cars were counted later than now.
    CountedLater,
    /// No stock was taken, or not under that number.
    NoStockTaking,
    /// It was taken back already.
    StockTakenBack,
    /// It was too long ago.
    StockTooOld {
        /// Within how many hours it can be taken back.
        hours: i64,
    },
}

/// Which bound of a shop's quota was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaKind {
    /// Coupons a day.
    CouponsADay,
    /// Coupons a month.
    CouponsAMonth,
    /// Yuan a day.
    YuanADay,
    /// Yuan a month.
    YuanAMonth,
}

impl Refusal {
    /// The field of the request it is about.
    pub fn field(self) -> &'static str {
        match self {
            Self::NotInside
            | Self::NotLocked
            | Self::NothingDue
            | Self::PlateInside
            | Self::NotStackable
            | Self::StillHere
            | Self::InForce
            | Self::TooMany { .. } => "plateNo",
            Self::NoRecord | Self::StayEnded => "recordId",
            Self::BeginsLater => "from",
            Self::AlreadyOver | Self::EndsBeforeItBegins | Self::TooFar { .. } => "until",
            Self::NoPass | Self::PassOver => "passId",
            Self::NoOffer | Self::QuotaReached { .. } => "coupon",
            Self::NoCoupon | Self::CouponGone | Self::CouponInUse => "couponNo",
            Self::NoLane
            | Self::NoSuchOutput
            | Self::LeadsIn
            | Self::NobodyWaits
            | Self::NobodyPassed => "laneId",
            Self::NoTail => "tail",
            Self::NoClass | Self::NotOfClass => "class",
            Self::AllUp | Self::NotAllUp | Self::PutAside => "",
            Self::NoLease => "plateNoList",
            Self::MoreThanDue { .. } => "received",
            Self::MoreThanReceived => "refundMoney",
            Self::EndsBeforeItBegan => "leaveTime",
            Self::CountedLater => "at",
            Self::NoStockTaking | Self::StockTakenBack | Self::StockTooOld { .. } => "number",
            Self::BadLease => "lease",
            Self::ChargeKnown | Self::IdUsed => "id",
        }
    }

    /// Whether what the request names does not exist.
    pub fn is_absence(self) -> bool {
        matches!(
            self,
            Self::NotInside
                | Self::NoRecord
                | Self::NoLane
                | Self::NoLease
                | Self::NotLocked
                | Self::NoTail
                | Self::NoClass
                | Self::NotOfClass
                | Self::NoPass
                | Self::NoCoupon
                | Self::NoStockTaking
        )
    }
}

/// What was paid for a car that is inside.
#[derive(Debug, Clone)]
pub struct StaffPayment {
    /// The car's plate.
    pub plate_no: PlateNo,
    /// Received.
    pub received: Money,
    /// Let off.
    pub discount: Money,
    /// Table 15's `payType`.
    pub pay_type: i64,
    /// Table 15's `payFrom`, 10 characters at most.
    pub pay_from: String,
    /// Table 16's discounts.
    pub discounts: Vec<DiscountRecord>,
}

/// A refund.
#[derive(Debug, Clone)]
pub struct Refund {
    /// The record it was paid for.
    pub record_id: Id,
    /// How much, more than nothing.
    pub refund_money: Money,
    /// Table 17's `refundType`.
    pub refund_type: i64,
    /// Table 17's `refundFrom`, 10 characters at most.
    pub refund_from: String,
}

/// What is to be otherwise; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// The record.
    pub record_id: Option<Id>,
    /// The true plate.
    pub plate_no: Option<PlateNo>,
    /// The true colour of the plate, 3 characters at most.
    pub plate_color: Option<String>,
    /// The true size, table 11's `carModel`.
    pub car_model: Option<i64>,
    /// When it came in truly.
    pub enter_time: Option<Timestamp>,
    /// When it left truly; ends a stay that is still open.
    pub leave_time: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}
