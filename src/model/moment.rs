//! A moment as the lot's clock tells it: what time it is, who vouches for that, and which start of the box it is
//! counted from. For whoever reads the clock and whoever decides by it; nothing here reads one.

use jiff::Timestamp;

/// Who vouches for a clock, the least credible first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Voucher {
    /// The clock that runs while the power is off, where it shows a moment within reason.
    HardwareClock,
    /// Two cameras, or one and the box's own clock, that agree.
    Cameras,
    /// The platform's answers (HTTP's `Date`).
    Platform,
    /// A time server.
    TimeServer,
}

impl Voucher {
    /// All of them, the least credible first.
    pub const ALL: [Self; 4] =
        [Self::HardwareClock, Self::Cameras, Self::Platform, Self::TimeServer];

    /// Its number in the store, from 1.
    pub fn number(self) -> i64 {
        match self {
            Self::HardwareClock => 1,
            Self::Cameras => 2,
            Self::Platform => 3,
            Self::TimeServer => 4,
        }
    }

    /// The voucher of that number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.number() == number)
    }
}

/// One start of the box: its clocks go on through it and through nothing longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boot {
    /// What tells it from others.
    pub id: String,
    /// When it was, by what is believed now: a moment is this and the time since, which only ever grows.
    pub starts: Timestamp,
}

/// A moment as the lot's clock tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotMoment {
    /// What time it is. While nobody vouches for it never later than it truly is.
    pub now: Timestamp,
    /// What it is counted from; none for a clock that needs no proof.
    pub boot: Option<Boot>,
    /// Who vouches for it.
    pub voucher: Option<Voucher>,
    /// The newest moment that was written while somebody vouched: it is later than that.
    pub lower_bound: Timestamp,
}

impl LotMoment {
    /// Whether it is truly that time, as far as anybody can say.
    pub fn is_trusted(&self) -> bool {
        self.boot.is_none() || self.voucher.is_some()
    }
}

/// A moment of a clock that needs no proof: one of a test, or of the self-test.
impl From<Timestamp> for LotMoment {
    fn from(now: Timestamp) -> Self {
        Self { now, boot: None, voucher: None, lower_bound: now }
    }
}

/// What the store knows of the time from before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownTime {
    /// The start of the box in which it was written, as it was believed then.
    pub boot: Option<Boot>,
    /// Who vouched then.
    pub voucher: Option<Voucher>,
    /// The lower bound then.
    pub lower_bound: Option<Timestamp>,
    /// The newest moment that was written.
    pub last: Option<Timestamp>,
}

/// What tells the lot's time.
pub trait LotClock: Send + Sync {
    /// What time it is.
    fn read(&self) -> LotMoment;

    /// Takes up what the store knows from before.
    fn take_up(&self, _known: &KnownTime) {}
}

/// One that needs no proof.
impl<F: Fn() -> Timestamp + Send + Sync> LotClock for F {
    fn read(&self) -> LotMoment {
        self().into()
    }
}
