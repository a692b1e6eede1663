//! Leases: which cars stand for them, from when to when (tables 28, 86–89).

use crate::foreign::json::canonical;
use crate::lot::case::Case;
use crate::lot::interval::Interval;
use crate::lot::lease_spaces::{self, validity};
use crate::model::lease::OnFree;
use crate::standard::entities::MonthlyRentalLease;
use crate::standard::plate::PlateNo;
use crate::store::{Lease, ParkingRecord, StoreError};
use jiff::civil::Date;
use jiff::{Timestamp, Unit};
use std::collections::BTreeSet;

/// Table 28's `isFixed` of a lease for certain spaces.
const FIXED: i64 = 0;

/// A lease in the store's form. Leases are known by their plates, whatever their order.
pub fn stored(sent: &MonthlyRentalLease) -> Lease {
    let mut plates: Vec<String> = sent.plate_no_list.iter().map(ToString::to_string).collect();
    plates.sort();
    plates.dedup();
    Lease {
        key: key_of(&sent.plate_no_list),
        plates,
        body: serde_json::to_value(sent).map(|value| canonical(&value)).unwrap_or_default(),
        spaces: i64::try_from(sent.space_no_list.len()).unwrap_or(i64::MAX),
        begin_date: sent.begin_date,
        end_date: sent.end_date,
        moment: sent.moment,
    }
}

/// What a lease of these plates is known by.
pub fn key_of(plates: &[PlateNo]) -> String {
    let mut plates: Vec<&str> = plates.iter().map(PlateNo::as_str).collect();
    plates.sort_unstable();
    plates.dedup();
    plates.join(" ")
}

/// The lease on a space of which a car of this plate stands when it comes in at `at`; `unseen` is its stay before, whose
/// place it takes. Who waits inside for a space of it comes first.
pub fn for_entry(
    case: &Case<'_>,
    plate_no: &str,
    at: Timestamp,
    unseen: Option<&ParkingRecord>,
) -> Result<Option<Lease>, StoreError> {
    let mut leases = case.tx.leases_of(plate_no)?;
    // What is its own before what it shares with others.
    leases.sort_by_key(|lease| lease.plates.len());
    for lease in leases {
        let has_place = unseen.is_some_and(|before| before.lease_key.as_ref() == Some(&lease.key));
        if in_force(case, &lease, at) && (has_place || has_space(case, &lease, at, unseen)?) {
            return Ok(Some(lease));
        }
    }
    Ok(None)
}

/// Whether a lease is in force at a moment.
fn in_force(case: &Case<'_>, lease: &Lease, at: Timestamp) -> bool {
    let valid = validity(lease, &case.rules.time_zone);
    Interval { to: case.end_of(valid.to), ..valid }.contains(at)
}

/// Whether one more car that comes in at `at` may stand on one of its spaces: it was free then, and is now.
fn has_space(
    case: &Case<'_>,
    lease: &Lease,
    at: Timestamp,
    unseen: Option<&ParkingRecord>,
) -> Result<bool, StoreError> {
    let taken = case.tx.covered_by_lease(&lease.key)?;
    if taken >= lease.spaces {
        return Ok(false);
    }
    match case.rules.on_free {
        // Whoever waited has one already.
        OnFree::Convert if !case.is_lease_changed(&lease.key) => Ok(true),
        OnFree::Convert => {
            let zone = &case.rules.time_zone;
            let mut waiting = lease_spaces::waiting(case.tx, lease, zone, case.now)?;
            waiting.retain(|car| unseen.is_none_or(|before| before.id != car.record.id));
            Ok(taken.saturating_add(i64::try_from(waiting.len()).unwrap_or(i64::MAX))
                < lease.spaces)
        }
        OnFree::StayTemporary => {
            Ok(lease_spaces::free_since(case.tx, lease, None, at, case.now)? == Some(at))
        }
    }
}

/// The numbered spaces that leases give to their cars for good (table 28's `isFixed` 0) at some time of `during`.
pub fn fixed_spaces(case: &Case<'_>, during: Interval) -> Result<BTreeSet<String>, StoreError> {
    let leases = case.tx.leases()?;
    let zone = &case.rules.time_zone;
    let in_force = leases.iter().filter(|lease| {
        let valid = validity(lease, zone);
        valid.from < during.to && during.from < valid.to
    });
    let bodies =
        in_force.filter_map(|lease| serde_json::from_str::<MonthlyRentalLease>(&lease.body).ok());
    let fixed = bodies.filter(|lease| lease.is_fixed == FIXED);
    Ok(fixed.flat_map(|lease| lease.space_no_list).collect())
}

/// A plate's lease as it stands: the one in force, else the one that ended last.
pub fn of_plate(case: &Case<'_>, plate_no: &str) -> Result<Option<Lease>, StoreError> {
    let leases = case.tx.leases_of(plate_no)?;
    Ok(leases.iter().find(|lease| in_force(case, lease, case.now)).or(leases.first()).cloned())
}

/// The lease in table 28's form, its unpaid months counted where a car has stayed past its end.
pub fn as_reported(case: &Case<'_>, lease: &Lease) -> Result<MonthlyRentalLease, StoreError> {
    let unreadable =
        |_| StoreError::Value { value: lease.body.clone(), wanted: "a lease in table 28's form" };
    let mut shown: MonthlyRentalLease = serde_json::from_str(&lease.body).map_err(unreadable)?;
    let stayed = case.tx.covered_by_lease(&lease.key)? > 0;
    let today = case.rules.time_zone.to_datetime(case.now).date();
    if stayed && today > lease.end_date {
        shown.unpaid_months = Some(months_begun(lease.end_date, today));
    }
    Ok(shown)
}

/// Months begun after `end` up to and including `today`.
fn months_begun(end: Date, today: Date) -> i64 {
    let since = end.until((Unit::Month, today)).unwrap_or_default();
    let years = i64::from(since.get_years()).saturating_mul(12);
    let whole = years.saturating_add(i64::from(since.get_months()));
    whole.saturating_add(i64::from(since.get_days() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begun_after_the_end_is_unpaid() {
        let date = |text: &str| text.parse().unwrap();
        for (end, today, months) in [
            ("2026-01-31", "2026-02-01", 1),
            ("2026-01-31", "2026-02-28", 1),
            ("2026-01-31", "2026-03-01", 2),
            ("2025-12-31", "2026-12-31", 12),
        ] {
            assert_eq!(months_begun(date(end), date(today)), months, "{end} to {today}");
        }
    }
}
