//! What the gateway did, in types: the one stream behind the log, the demo's lines and their counts.
//!
//! Any room may tell; nobody decides anything by it.

use super::another_gateway::Stance;
use super::barrier::{Act, BarrierFault, Movement};
use super::camera_list::ListFault;
use super::event::SpaceSeen;
use super::moment::Voucher;
use super::without_store::{Mended, WhenItFails};
use crate::standard::codes::LaneState;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::sign::WrongSign;
use std::time::Duration;

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
    Entered { lane: String, plate: String, record: Id },
    /// The car leaves; its record is closed.
    Left { lane: String, plate: String, record: Id, received: Money },
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
    Corrected { plate: String, before: String, reason: String, record: Id, by: String },
    /// Staff opened a barrier.
    OpenedByHand { lane: String, by: String, reason: String },
    /// Somebody opened a barrier by the lane's button.
    OpenedByButton { lane: String },
    /// Staff let a car pass that was held; by the lane's button where nobody is named.
    LetPassByHand { lane: String, plate: String, by: Option<String>, held: HoldReason },
    /// A car has gone out of which no entry is known; its record is closed as it was made.
    LeftUnknown { lane: String, plate: String, record: Id },
    /// A camera sent late that a car of which no entry is known has gone out.
    LeftUnknownEarlier { lane: String, plate: String },
    /// A camera sent late that a car without a readable plate was there; its picture may tell whose it was.
    UnreadEarlier { lane: String, at: String, place: Option<String> },
    /// A camera sent late a read of a moment that cannot be right: it is kept, and does nothing.
    OutOfTime { lane: String, device: String, plate: Option<String>, at: String },
    /// What ended the process again and again was put aside: people have to see to it.
    PutAside { lane: Option<String>, what: String },
    /// Somebody wants that done again.
    AsideAgain { number: i64, what: String },
    /// Somebody threw it away.
    AsideDropped { number: i64, what: String, by: String, reason: String },
    /// Staff moved a barrier otherwise than to let a car pass.
    MovedByHand { lane: String, movement: Movement, by: String },
    /// A car that was let pass is read there again: it stands there still and is let pass again.
    LetPassAgain { lane: String, plate: String },
    /// A car that was let pass has gone, as far as anybody knows: nothing told that the barrier opened.
    AssumedGone { lane: String, plate: String },
    /// A car was let pass so soon after another that they may be one, read twice.
    MayBeOneCar { lane: String, first: String, second: String },
    /// A loop is taken for longer than any car takes, and is not believed until it is free again.
    LoopStuck { lane: String },
    /// A command that was sent for a car may still open the barrier, and that car stands there no more.
    MayStillOpen { lane: String, plate: String },
    /// A barrier opened by a command for a car that stands there no more.
    OpenedLate { lane: String },
    /// Reads that had lain in a broker while we were away: how many cars stand there still, how many passed then.
    ReadsLay { broker: String, stand_there: usize, late: usize },
    /// A car is taken for one that is inside, which it was read a little otherwise than.
    Matched { lane: String, reading: String, plate: String, record: Id },
    /// A car drove through behind another, as the lane's loop told.
    Tailed { lane: String, leaves: bool, plate: Option<String> },
    /// All barriers are held up.
    AllUp { by: String, reason: String },
    /// Staff have ended that.
    AllUpEnded { by: String, reason: String },
    /// Stays went by a count of the cars that stand there; some were misread by a character and left as they are.
    StockTaken { by: String, closed: i64, entered: i64, misread: i64, reason: String },
    /// That was taken back.
    StockTakenBack { by: String, restored: i64, removed: i64 },
    /// A car whose stay was closed by a count is read at an exit: it goes on.
    MissingTurnedUp { lane: String, plate: String, record: Id },
    /// Staff say which car waits in a lane.
    NamedByHand { lane: String, reading: String, plate: String, by: String, reason: String },
    /// Staff say that a car which was let pass has gone back.
    BackedOutByHand { lane: String, by: String, reason: String },
    /// Staff say what a car was that drove through behind another.
    TailSettled { lane: String, by: String, reason: String },
    /// A car wants out whose entry nobody saw; its record is made.
    EntryUnseen { lane: String, plate: String, record: Id },
    /// A car that shows no plate has been given a number.
    TicketGiven { lane: String, plate: String },
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
    LaneStands { lane: String, state: LaneState },
    /// Staff let a locked car out.
    LockReleased { plate: String, by: String },
    /// Staff put a car into a class of vehicles.
    ClassGiven { plate: String, class: String, by: String },
    /// Staff took a car out of one.
    ClassTaken { plate: String, class: String, by: String },
    /// Nobody vouches for the clock; all that is known is that it is later than that.
    ClockUnproven { since: String },
    /// Somebody vouches for the clock, which was so many seconds behind.
    ClockProven { voucher: Voucher, seconds: i64 },
    /// The clock has stepped by so many seconds, and who is inside with it.
    ClockStepped { seconds: i64 },
    /// The calendar of working days lacks a year that prices need.
    CalendarMissing { year: i16 },
    /// Staff gave visitors a pass.
    PassGiven { plates: String, by: String },
    /// Staff withdrew one.
    PassWithdrawn { plates: String, by: String },
    /// Staff or a shop gave a coupon.
    CouponGiven { coupon_no: String, by: String },
    /// It was given back.
    CouponReturned { coupon_no: String, by: String },
    /// A command of the platform was never seen before and is so many seconds behind our clock, before it when negative.
    CommandOffTime { code: u16, seconds: i64, refused: bool },
    /// `check` refuses so many things of the configuration, with which the gateway runs all the same.
    ConfigurationRefused { count: usize, first: String },
    /// The sign of a command of the platform is not that of its data.
    BadSign { code: u16, wrong: WrongSign },
    /// Somebody without permission called the HTTPS callback.
    CallerRefused { address: String },
    /// A page in somebody's browser called the HTTPS callback, which platforms never do.
    CallbackFromPage { address: String },
    /// So many connections to a server of ours got no place or gave theirs up since that was told last; the last that came is from
    /// this address.
    Crowded { door: String, address: String, times: u64 },
    /// The HTTPS callback cannot be opened.
    CallbackClosed { error: String, again_in: Duration },
    /// A stay ended unseen: the plate came in again.
    ClosedUnseen { plate: String, record: Id },
    /// A car that came in when all spaces of its lease were taken has one, since that moment.
    LeaseSpaceTaken { plate: String, since: String },
    /// A lease has fewer spaces than cars on them: this one has none any more.
    LeaseSpaceLost { plate: String },
    /// A camera has let a car through by its own list while nobody spoke with it.
    OpenedByCamera { lane: String, plate: String, at: String },
    /// A plate does not get onto a camera's own list, or does not come off it.
    CameraListStuck { device: String, plate: String, removing: bool, fault: ListFault },
    /// A camera's own list opens always, or never, where it should while nobody speaks with it.
    CameraListMode { device: String, always: bool },
    /// A camera's own list holds as many plates as it may.
    CameraListFull { device: String, plates: i64 },
    /// A camera that is no longer described may keep so many plates on its own list, and open for them.
    CameraListLeft { device: String, plates: i64 },
    /// A payment was noted; where nobody of the staff took it, the platform told it.
    Paid { plate: String, received: Money, pay_from: String, by: Option<String> },
    /// Staff gave money back.
    Refunded { plate: String, record: Id, money: Money, refund_from: String, by: String },
    /// A plate was forgotten; which, nobody knows any more.
    Forgotten { records: i64, by: String, reason: String },
    /// Somebody threw a refused report away.
    ReportDropped { row: i64, code: u16, key: String, by: String, reason: String },
    /// Whoever called the local HTTP server showed no token that is known.
    LoginFailed { address: String },
    /// A user of this machine had something done by the socket beside the database.
    SaidOnBox { by: String, path: String },
    /// That socket cannot be made.
    SocketShut { path: String, error: String },
    /// A shop's token was shown where only staff may go.
    OutOfRole { merchant: String, address: String },
    /// A payment came after its car had left, and is not the sum that was due.
    PaidOtherwise { plate: String, record: Id, due: Money, received: Money },
    /// The barrier command left for its device, so long after the camera's message came.
    BarrierCommanded { lane: String, act: Act, after: Option<Duration> },
    /// The device confirmed it.
    BarrierConfirmed { lane: String, after: Duration },
    /// The device refused it, did not answer or could not be reached.
    BarrierFault { lane: String, fault: BarrierFault },
    /// The device confirmed that it closes, stops or releases a barrier.
    BarrierMoved { lane: String, movement: Movement, after: Duration },
    /// The device did not close, stop or release a barrier.
    BarrierNotMoved { lane: String, movement: Movement, fault: BarrierFault },
    /// A device was heard.
    DeviceOnline { device: String },
    /// A device was not heard for too long.
    DeviceOffline { device: String },
    /// A device message could not be understood.
    BadMessage { device: String, error: String },
    /// What a camera, or somebody else, pushed was not taken.
    PushRefused { device: String, why: PushRefusal },
    /// Cameras cannot push: the listener cannot be opened.
    PushClosed { name: String, error: String, again_in: Duration },
    /// A camera refuses user and password; it is not asked again for so long, lest it lock the account.
    LoginStopped { device: String, minutes: u64 },
    /// A camera that is called cannot be: it will not open.
    CallsFail { device: String, fault: CallFault },
    /// A camera answers when it is called.
    CallsAnswered { device: String },
    /// A camera opens its barrier by a list of its own, too.
    OpensItself { device: String },
    /// The broker connection stands.
    BrokerUp { broker: String },
    /// The broker connection is gone.
    BrokerDown { broker: String, error: String },
    /// The broker speaks MQTT 3.1.1 and nothing newer.
    BrokerOlder { broker: String },
    /// A broker has more messages on their way to us at once than it was asked to.
    WindowOverrun { broker: String, window: usize },
    /// A name at brokers that nobody can guess could not be kept.
    ClientIdKnown { error: String },
    /// A broker keeps a read, an input or a reply of a device for whoever comes; it is not taken.
    RetainedIgnored { device: String },
    /// A message was so large that it was thrown away while it came.
    MessageTooLarge { broker: String, topic: String, megabytes: usize, most: u32 },
    /// A name has several addresses, and this one of them answered.
    ReachedAt { host: String, at: String, of: usize },
    /// Logged in over HTTPS (again).
    LoggedIn { renewed: bool },
    /// Logged out over HTTPS.
    LoggedOut,
    /// The platform acknowledged reports.
    Acknowledged { code: u16, count: usize, after: Duration },
    /// A unit behind Modbus TCP answers with other transaction numbers than it was asked with.
    UnitMisnumbered { device: String, asked: u16, answered: u16 },
    /// A sensor or a PLC says something that means neither of what it may say: it is not believed to be free, or well.
    StateUnknown { device: String, what: String, value: String },
    /// It says something again that means something.
    StateKnown { device: String, what: String },
    /// What a camera says of an input or of a read means nothing: an input is taken for unchanged, a read for one of now.
    InputUnknown { device: String, what: String, value: String },
    /// It means something again.
    InputKnown { device: String, what: String },
    /// A device says more that means nothing than so many, which were told one by one.
    MoreUnknown { device: String, than: usize },
    /// A device's messages come, and nothing stands where one of its keys points; the message has these places.
    PointerMisses { device: String, key: String, pointer: String, has: String },
    /// Something stands there now.
    PointerFinds { device: String, key: String },
    /// A device's messages come, and none can be read.
    NothingReadable { device: String, error: String },
    /// One can be read again.
    ReadableAgain { device: String },
    /// A camera publishes its reads at QoS 0: what it sends while we are away is lost.
    SentOnce { device: String },
    /// A camera publishes its reads so that the broker keeps them for us.
    SentSafely { device: String },
    /// A broker does not let us hear a topic of a device's, or the marker's.
    TopicRefused { broker: String, topic: String, reason: u8 },
    /// A broker does not take what we publish on a topic: commands, the marker, claims.
    PublishRefused { broker: String, topic: String, reason: u8 },
    /// It takes it now.
    PublishAllowed { broker: String, topic: String },
    /// A broker hands these topics over at QoS 0, all of them where none is named: what is sent while we are away is lost.
    DeliveredOnce { broker: String, topics: Vec<String> },
    /// It hands all over as we want it.
    DeliveredSafely { broker: String },
    /// A broker's own marker (see devices/mqtt) does not come back on that topic.
    MarkerMissing { broker: String, topic: String },
    /// The platform refused a report.
    Refused { code: u16, key: String, words: String },
    /// The platform does not take a report, without naming a fault of it, but takes others of its interface.
    PutOff { code: u16, key: String, words: String, give_up_after: Duration },
    /// The same, for so long that it is not tried again by itself.
    GivenUp { code: u16, key: String, words: String, after: Duration },
    /// The platform does not take a report or a picture that is sent alone, by its size, kind or content, but takes others of
    /// its interface.
    NotWanted { code: u16, key: String, words: String },
    /// Again and again, so that it waits for people.
    UnwantedAside { code: u16, key: String, words: String },
    /// It takes no picture at all: they wait.
    NoPictureTaken { words: String },
    /// A picture's file cannot be read now; it is tried again.
    PictureUnreadable { key: String, error: String },
    /// The booth's software and browsers may come.
    WebListens { address: String },
    /// The booth's address cannot be listened on; it is tried again.
    WebRefused { address: String, error: String, again_in: Duration },
    /// A report alone was answered unreadably again and again while others were taken; it may have been, too, and waits for
    /// people.
    MayBeDelivered { code: u16, key: String, words: String },
    /// The platform takes none of an interface, but others.
    NotTaken { code: u16, words: String },
    /// The platform's answer to an interface is a success with nothing in it: it counts as taken.
    TakenWithoutAWord { code: u16 },
    /// The platform takes that interface again.
    TakenAgain { code: u16 },
    /// The platform cannot be reached or does not answer properly.
    PlatformDown { error: String, again_in: Duration },
    /// The platform answers again.
    PlatformUp,
    /// A report could not be made of what happened.
    UnfitReport { error: String },
    /// Somebody with a token calls the API by a name of the box that is not written down.
    CalledByName { name: String },
    /// A camera names pictures by their address, and nothing says where it is: any private address will do.
    PicturesFromAnywhere { device: String },
    /// Certificates were renewed: the next connections go by them.
    CertificateRenewed { path: String },
    /// Certificates cannot be read; those read before are used on, where there are any.
    CertificateUnreadable { error: String, kept: bool },
    /// The long connection is logged in.
    LinkUp,
    /// The long connection is gone.
    LinkDown { error: String, again_in: Duration },
    /// The command link is left to another gateway that drives the lot.
    LinkLeft,
    /// The platform has ended the long connection so often soon after the login: somebody else logs in as we do.
    LinkTakenOver { times: u32 },
    /// It lasts again.
    LinkKept,
    /// Another gateway drives the lot, too; what this one does.
    AnotherGateway { stance: Stance, other: String, here: String },
    /// No other gateway is heard any more.
    NoOtherGateway,
    /// This gateway stood back, and drives again: what the platform sent meanwhile went to the other.
    DrivesAgain,
    /// A person says that this gateway drives the lot, and no other.
    ToldToDrive { by: String, reason: String },
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
    /// A row of the database that a scan came upon cannot be read.
    UnreadableRow { error: String },
    /// The database cannot be written: the lot goes on without it.
    StoreLost { error: String, when_it_fails: WhenItFails },
    /// It can be written again, and what was kept meanwhile is; why it was not in use.
    StoreBack { since: String, error: String, kept: usize, dropped: u64 },
    /// A car was read while nothing could be written down; its lane opens by itself, or staff are needed.
    ReadWithoutStore { lane: String, plate: String, opens: bool },
    /// The disk is full: the ballast file went to make room, or is there again.
    Ballast { there: bool },
    /// A damaged database was put together anew.
    DatabaseMended { mended: Mended },
    /// Somebody deleted the database's file or put another in its place; all it held is where it should be again.
    DatabaseDisplaced { path: String, aside: Option<String> },
    /// There was no database; one was begun.
    DatabaseBegun { path: String },
    /// The database was begun where its disk was not mounted yet; that of the disk is in use now, what was begun stands beside it.
    DatabaseUnderneath { path: String, beside: String },
    /// A verified copy of the database was made.
    CopyMade { path: String, bytes: u64 },
    /// One could not be made.
    CopyFailed { error: String },
    /// One was made, after that.
    CopiesAgain,
    /// The log beside the database has grown, because somebody reads in it and does not end.
    LogHeld { bytes: u64 },
    /// Nobody does any more, and it was cut back.
    LogCutBack { bytes: u64 },
}

/// Why a camera that is called does nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallFault {
    /// Nobody answers at that address.
    Silent(String),
    /// It refuses user and password.
    LoginRefused,
    /// It wants a login of a kind that we do not know, or one at all.
    LoginUnknown,
}

impl CallFault {
    /// In one word, with the address behind.
    pub fn word(&self) -> String {
        match self {
            Self::Silent(address) => format!("silent {address}"),
            Self::LoginRefused => "login-refused".to_owned(),
            Self::LoginUnknown => "login-unknown".to_owned(),
        }
    }

    /// Of that word.
    pub fn from_word(word: &str) -> Self {
        match word {
            "login-refused" => Self::LoginRefused,
            "login-unknown" => Self::LoginUnknown,
            other => Self::Silent(other.trim_start_matches("silent ").to_owned()),
        }
    }
}

/// Why a push was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushRefusal {
    /// From an address that no camera has, or another's.
    OtherAddress,
    /// To a path without any camera's secret.
    UnknownPath,
    /// Its login is wrong.
    WrongLogin,
    /// Its body is larger than this.
    TooLarge {
        /// In MB.
        most_mb: usize,
    },
    /// Its body broke off.
    BrokenOff,
    /// Its body says that it is of another camera.
    OtherCamera {
        /// Which.
        claims: String,
    },
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
    /// Staff have stopped the lane.
    Stopped,
    /// Nothing can be written down: staff are needed.
    WithoutStore,
}

/// A reason to hold without its figures, as it is kept of a car that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in HoldReason")]
pub enum Hold {
    NoPlate,
    Full,
    NotInside,
    Locked,
    Listed,
    PaymentDue,
    Stopped,
    WithoutStore,
}

impl HoldReason {
    /// Without its figures.
    pub fn kind(&self) -> Hold {
        match self {
            Self::NoPlate => Hold::NoPlate,
            Self::Full => Hold::Full,
            Self::NotInside => Hold::NotInside,
            Self::Locked => Hold::Locked,
            Self::Listed => Hold::Listed,
            Self::PaymentDue(_) => Hold::PaymentDue,
            Self::Stopped => Hold::Stopped,
            Self::WithoutStore => Hold::WithoutStore,
        }
    }
}

impl Hold {
    const ALL: [Self; 8] = [
        Self::NoPlate,
        Self::Full,
        Self::NotInside,
        Self::Locked,
        Self::Listed,
        Self::PaymentDue,
        Self::Stopped,
        Self::WithoutStore,
    ];

    /// The word kept in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoPlate => "no-plate",
            Self::Full => "full",
            Self::NotInside => "not-inside",
            Self::Locked => "locked",
            Self::Listed => "listed",
            Self::PaymentDue => "payment-due",
            Self::Stopped => "stopped",
            Self::WithoutStore => "without-store",
        }
    }

    /// The reason of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hold| hold.word() == word)
    }
}
