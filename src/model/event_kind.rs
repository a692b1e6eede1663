//! Kinds of events (2002) that this program itself causes, and the code each is sent by. For the rules,
//! which name the kind, and the configuration, which names the code; it knows neither, nor who is told.

use std::collections::BTreeMap;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A camera takes a plate for a forged one: the one kind of ours that table A.3 has a code for.
    ClonedPlate,
    /// A car of the control list (4001) is held, or passes and is to be watched.
    ListHit,
    /// A locked car (6003) wants out.
    Lock,
    /// Staff let a car pass that was held.
    OpenedByHand,
    /// An emergency vehicle passes.
    Emergency,
    /// A car is taken for one that is inside, which it was read a little otherwise than.
    Matched,
    /// A car wants out, or goes, whose entry nobody saw.
    NoEntry,
    /// A car drove through behind another.
    Tailing,
    /// All barriers are held up, or no longer.
    AllUp,
    /// A barrier was told to open and did not.
    Barrier,
    /// A loop is taken for longer than any car takes.
    Loop,
    /// A plate does not come off a camera's own list.
    CameraList,
    /// A read that was sent late is of a moment that cannot be right.
    OutOfTime,
    /// What ended the process again and again was put aside.
    PutAside,
    /// A device is not heard any more.
    Offline,
    /// A device's clock does not agree with ours.
    Clock,
    /// The calendar of working days lacks a year.
    Calendar,
    /// The queue of reports has reached its bound.
    Queue,
    /// The database could not be written for a time, or was damaged.
    Database,
    /// Another gateway drives the lot, too.
    AnotherGateway,
}

/// Table A.3's 套牌车进出.
const CLONED_PLATE: i64 = 1001;

/// A type of our own. Table A.3 prints no code for most of what 6.3.2 a and table 18's strategy 4 demand
/// an event for, and its other codes would send the police for a locked car.
const OWN: i64 = 5000;

impl EventKind {
    /// The kinds that table A.3 has no code for, by the words of the configuration.
    pub const WITHOUT_CODE: [(&'static str, Self); 19] = [
        ("list-hit", Self::ListHit),
        ("lock", Self::Lock),
        ("opened-by-hand", Self::OpenedByHand),
        ("emergency", Self::Emergency),
        ("matched", Self::Matched),
        ("no-entry", Self::NoEntry),
        ("tailing", Self::Tailing),
        ("all-up", Self::AllUp),
        ("barrier", Self::Barrier),
        ("loop", Self::Loop),
        ("camera-list", Self::CameraList),
        ("out-of-time", Self::OutOfTime),
        ("put-aside", Self::PutAside),
        ("offline", Self::Offline),
        ("clock", Self::Clock),
        ("calendar", Self::Calendar),
        ("queue", Self::Queue),
        ("database", Self::Database),
        ("another-gateway", Self::AnotherGateway),
    ];
}

/// By which `eventType` (table 27) kinds are sent; none is not sent at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventCodes {
    all: Option<i64>,
    by_kind: BTreeMap<EventKind, Option<i64>>,
}

impl Default for EventCodes {
    fn default() -> Self {
        Self::all(Some(OWN))
    }
}

impl EventCodes {
    /// One code for every kind that table A.3 has none for.
    pub fn all(code: Option<i64>) -> Self {
        Self { all: code, by_kind: BTreeMap::new() }
    }

    /// Another code for one kind.
    pub fn set(&mut self, kind: EventKind, code: Option<i64>) {
        self.by_kind.insert(kind, code);
    }

    /// The code of a kind.
    pub fn of(&self, kind: EventKind) -> Option<i64> {
        match kind {
            EventKind::ClonedPlate => Some(CLONED_PLATE),
            kind => self.by_kind.get(&kind).copied().unwrap_or(self.all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_its_own_code_or_that_of_all_and_a_cloned_plate_has_table_a_3s() {
        let mut codes = EventCodes::all(None);
        codes.set(EventKind::Lock, Some(5002));
        assert_eq!(codes.of(EventKind::Lock), Some(5002));
        assert_eq!(codes.of(EventKind::Queue), None);
        assert_eq!(codes.of(EventKind::ClonedPlate), Some(1001));
        assert!(EventKind::WITHOUT_CODE.iter().all(|(_, kind)| codes.of(*kind) != Some(1001)));
    }
}
