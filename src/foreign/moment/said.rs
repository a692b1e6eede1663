//! What a form of a moment says, and what that is by a clock on a wall. For whoever reads one; it knows no form.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What a form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A time by the clock on the wall, wherever that is.
    Local(DateTime),
    /// A moment, by an offset or counted since 1970.
    Exact(Timestamp),
}

impl Said {
    /// As the clock on the wall of that zone shows it, to the second.
    pub fn local(self, zone: &TimeZone) -> DateTime {
        let full = match self {
            Self::Local(local) => local,
            Self::Exact(moment) => zone.to_datetime(moment),
        };
        // Whatever it is a part of has begun.
        full.with().subsec_nanosecond(0).build().unwrap_or(full)
    }

    /// The moment, of a local time in that zone; the earlier one where its clocks went back. None beyond the years there are.
    pub fn exact(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Local(local) => zone.to_ambiguous_timestamp(local).earlier().ok(),
            Self::Exact(moment) => Some(moment),
        }
    }
}
