//! What a car may do beyond any visitor, and what it may not: control list, booking, lease, share.

use super::{share, unproven, visitor};
use crate::lot::case::Case;
use crate::lot::interval::Interval;
use crate::lot::lease_spaces::validity;
use crate::lot::money::fee::FreeTime;
use crate::lot::tariff::Vehicle;
use crate::standard::codes::Strategy;
use crate::standard::plate_kind::{PlateKind, plate_kind};
use crate::standard::years::later;
use crate::store::{ControlListEntry, LeaseUse, ParkingRecord, StoreError};
use jiff::{SignedDuration, Timestamp};

/// What the control list (4001) says about a plate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Control {
    entries: Vec<ControlListEntry>,
}

impl Control {
    /// What is in force for a plate at `at`.
    pub fn of(case: &Case<'_>, plate_no: &str, at: Timestamp) -> Result<Self, StoreError> {
        Ok(Self { entries: case.tx.controls_of(plate_no, (at, case.ends_after(at)))? })
    }

    /// The entry that keeps it from entering.
    pub fn holds_entry(&self) -> Option<&ControlListEntry> {
        self.any(&[Strategy::HoldEntry, Strategy::HoldBoth])
    }

    /// The entry that keeps it from leaving.
    pub fn holds_exit(&self) -> Option<&ControlListEntry> {
        self.any(&[Strategy::HoldExit, Strategy::HoldBoth])
    }

    /// The entry that wants its passing reported.
    pub fn warns(&self) -> Option<&ControlListEntry> {
        self.any(&[Strategy::Warn])
    }

    /// Passes free both ways: only where no stricter entry is in force.
    pub fn is_free(&self) -> bool {
        !self.entries.is_empty()
            && self.entries.iter().all(|entry| entry.strategy_type == Strategy::Free)
    }

    /// Up to when the last of its entries is in force.
    pub fn until(&self) -> Option<Timestamp> {
        self.entries.iter().map(|entry| entry.end).max()
    }

    fn any(&self, strategies: &[Strategy]) -> Option<&ControlListEntry> {
        self.entries.iter().find(|entry| strategies.contains(&entry.strategy_type))
    }
}

/// Whether a plate is of an emergency vehicle (应急): free by law wherever it parks, and stopped by nothing of the lot's.
pub fn is_emergency(plate_no: &str) -> bool {
    plate_kind(plate_no).is_some_and(PlateKind::is_emergency)
}

/// The time a stay of that vehicle costs nothing for, up to `until`.
pub fn free_time(
    case: &Case<'_>,
    record: &ParkingRecord,
    vehicle: &Vehicle,
    until: Timestamp,
) -> Result<FreeTime, StoreError> {
    if vehicle.free || Control::of(case, record.plate_text(), until)?.is_free() {
        return Ok(FreeTime::All);
    }
    let zone = &case.rules.time_zone;
    let stay = Interval { from: record.enter_time, to: until };
    let mut parts = Vec::new();
    for used in case.tx.lease_uses_of(&record.id)? {
        parts.extend(free_by_lease(case, &used)?);
    }
    for share in case.tx.shares_of(record.plate_text())? {
        parts.extend(share::windows(&share, stay, zone));
    }
    parts.extend(visitor::free_parts(case, record, until)?);
    parts.extend(unproven::free_part(case, record)?);
    Ok(FreeTime::Parts(parts))
}

/// The time that a space of a lease makes free: while the car has it, its lease's days; what is over is written down.
fn free_by_lease(case: &Case<'_>, used: &LeaseUse) -> Result<Option<Interval>, StoreError> {
    if let Some(until) = used.until {
        return Ok(Some(Interval { from: used.since, to: until }));
    }
    let valid =
        case.tx.lease(&used.lease_key)?.map(|lease| validity(&lease, &case.rules.time_zone));
    Ok(valid.map(|valid| Interval { from: valid.from.max(used.since), to: case.end_of(valid.to) }))
}

/// The share whose window is open for a plate at `at`.
pub fn open_share(
    case: &Case<'_>,
    plate_no: &str,
    at: Timestamp,
) -> Result<Option<String>, StoreError> {
    let moment = Interval { from: at, to: later(at, SignedDuration::from_millis(1)) };
    let shares = case.tx.shares_of(plate_no)?;
    let zone = &case.rules.time_zone;
    let open = shares.into_iter().find(|one| !share::windows(one, moment, zone).is_empty());
    Ok(open.map(|share| share.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(strategies: &[i64]) -> Control {
        let entry = |strategy_type: &i64| ControlListEntry {
            id: strategy_type.to_string().into(),
            plate_no: "粤B88888".to_owned(),
            strategy_type: Strategy::from_number(*strategy_type).unwrap(),
            begin: Timestamp::UNIX_EPOCH,
            end: Timestamp::MAX,
            strategy_from: "平台".to_owned(),
        };
        Control { entries: strategies.iter().map(entry).collect() }
    }

    #[test]
    fn each_strategy_holds_warns_or_frees_as_table_18_says_and_the_strictest_wins() {
        for (strategies, entry, exit, warns, free) in [
            (&[][..], false, false, false, false),
            (&[1], true, false, false, false),
            (&[2], false, true, false, false),
            (&[3], true, true, false, false),
            (&[4], false, false, true, false),
            (&[5], false, false, false, true),
            (&[4, 5], false, false, true, false),
            (&[1, 5], true, false, false, false),
            (&[1, 2], true, true, false, false),
        ] {
            let control = control(strategies);
            let says = (
                control.holds_entry().is_some(),
                control.holds_exit().is_some(),
                control.warns().is_some(),
                control.is_free(),
            );
            assert_eq!(says, (entry, exit, warns, free), "{strategies:?}");
        }
    }
}
