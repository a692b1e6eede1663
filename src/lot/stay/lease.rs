//! Who stands on the spaces of leases: a car takes one when it comes in, gives it up when it leaves, and where the lot says
//! so the next has it from then. A lease that is made or changed while its cars are inside counts for them; what its
//! former form made free stays so.

use crate::lot::case::Case;
use crate::lot::interval::Interval;
use crate::lot::lease_spaces::{self, LeaseCar, validity};
use crate::lot::report;
use crate::lot::rights::lease::for_entry;
use crate::model::happening::Happening;
use crate::model::lease::OnFree;
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::store::{Lease, LeaseDay, LeaseUse, ParkingRecord, StoreError};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Leases that one second looks at where many begin or end with a day.
const AT_ONCE: u32 = 50;

/// What became of a lease that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// It is in force now.
    Yes,
    /// The very same was known.
    Known,
    /// A newer form was known already.
    NewerKnown,
}

/// Puts a lease in the place of the one for the same plates, unless that is newer, and lets its cars inside have its
/// spaces.
pub fn replace(case: &mut Case<'_>, lease: &Lease) -> Result<Replaced, StoreError> {
    let before = case.tx.lease(&lease.key)?;
    match &before {
        Some(known) if known.moment > lease.moment => return Ok(Replaced::NewerKnown),
        Some(known) if known.body == lease.body => return Ok(Replaced::Known),
        _ => {}
    }
    if let Some(before) = &before {
        keep_past(case, before, &validity(lease, &case.rules.time_zone))?;
    }
    case.tx.set_lease(lease)?;
    take_back(case, lease)?;
    cover(case, lease, spaces_gained(case, before.as_ref(), lease))?;
    for plate in &lease.plates {
        case.may_pass(plate);
        others_changed(case, plate, &lease.key)?;
    }
    // Its days may be others than they were.
    report::occupancy::changed(case)?;
    case.space_freed();
    Ok(Replaced::Yes)
}

/// A lease ends now: what it has made free stays so, and its cars inside are visitors from here on.
pub fn end(case: &mut Case<'_>, lease: &Lease) -> Result<(), StoreError> {
    let valid = validity(lease, &case.rules.time_zone);
    for used in case.tx.lease_holders(&lease.key)? {
        give_up(case, &used, &valid, case.now)?;
    }
    case.tx.remove_lease(&lease.key)?;
    for plate in &lease.plates {
        case.listing_changed(plate);
        others_changed(case, plate, &lease.key)?;
    }
    report::occupancy::changed(case)
}

/// Time has passed: with a new day leases begin and end, so many at once.
pub fn begin(case: &mut Case<'_>) -> Result<(), StoreError> {
    let today = case.rules.time_zone.to_datetime(case.now).date();
    case.tx.count_leased_stays(today)?;
    let look = match case.tx.lease_day()? {
        Some(look) if look.day == today => look,
        // A clock that was put back has looked at these days already.
        Some(last) => LeaseDay::of(last.from_where_it_is().min(today), today),
        None => {
            look_at_all(case)?;
            LeaseDay::of(today.yesterday().unwrap_or(today), today)
        }
    };
    let Some(behind) = &look.behind else { return Ok(()) };
    let leases = case.tx.leases_changing(look.after, today, behind, AT_ONCE)?;
    let whole = usize::try_from(AT_ONCE).is_ok_and(|most| leases.len() == most);
    let behind = leases.last().filter(|_| whole).map(|lease| lease.key.clone());
    case.tx.set_lease_day(&LeaseDay { behind, ..look })?;
    change(case, &leases, today)
}

/// Leases that have begun by a day, or ended before it.
fn change(case: &mut Case<'_>, leases: &[Lease], today: Date) -> Result<(), StoreError> {
    for lease in leases {
        if !case.comes_to(format_args!("lease {}", lease.key)) {
            continue;
        }
        if lease.begin_date <= today && today <= lease.end_date {
            take_back(case, lease)?;
            cover(case, lease, i64::MAX)?;
        }
        for plate in &lease.plates {
            case.may_pass(plate);
            others_changed(case, plate, &lease.key)?;
        }
    }
    if !leases.is_empty() {
        report::occupancy::changed(case)?;
        case.space_freed();
    }
    Ok(())
}

/// The rules are others: who waits may get a space.
pub fn look_at_all(case: &mut Case<'_>) -> Result<(), StoreError> {
    for lease in case.tx.leases()? {
        case.lease_changed(&lease.key);
    }
    Ok(())
}

/// A car has come in that may stand on a space of a lease.
pub fn take_at_entry(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    key: &str,
) -> Result<(), StoreError> {
    let Some(lease) = case.tx.lease(key)? else { return Ok(()) };
    let from = record.enter_time;
    if let Some(since) = lease_spaces::free_since(case.tx, &lease, None, from, case.now)? {
        case.tx.begin_lease_use(&record.id, key, since)?;
        case.lease_changed(key);
    }
    Ok(())
}

/// A stay has ended: its space of a lease is free since then. Its time before and after the lease's days was none of it.
pub fn leave(case: &mut Case<'_>, record: &ParkingRecord) -> Result<(), StoreError> {
    let left = record.leave_time.unwrap_or(case.now);
    for used in case.tx.lease_uses_of(&record.id)? {
        if used.until.is_none() {
            give_up(case, &used, &days_of(case, &used)?, left)?;
            case.lease_changed(&used.lease_key);
        }
    }
    Ok(())
}

/// Leases whose spaces or cars are others now: who has none too many gives it up, who has waited longest has one since
/// it is free.
pub fn give_spaces(case: &mut Case<'_>, keys: &BTreeSet<String>) -> Result<(), StoreError> {
    for key in keys {
        if !case.comes_to(format_args!("lease {key}")) {
            continue;
        }
        let Some(lease) = case.tx.lease(key)? else { continue };
        take_back(case, &lease)?;
        if case.rules.on_free == OnFree::Convert {
            cover(case, &lease, i64::MAX)?;
        }
    }
    Ok(())
}

/// A stay inside turned out to be another plate's, or to have begun at another time.
pub fn corrected(
    case: &mut Case<'_>,
    before: &ParkingRecord,
    after: &ParkingRecord,
) -> Result<(), StoreError> {
    let known = case.tx.leases_of(after.plate_text())?;
    let renamed = before.plate_no != after.plate_no;
    for used in case.tx.lease_uses_of(&after.id)? {
        if renamed && known.iter().all(|lease| lease.key != used.lease_key) {
            // It was never that lease's car, and another has waited for it in vain.
            case.tx.end_lease_use(used.id, used.since, used.since)?;
            was_free_before(case, &used.lease_key)?;
        } else if used.until.is_none()
            && (used.since == before.enter_time || used.since < after.enter_time)
            && let Some(lease) = case.tx.lease(&used.lease_key)?
        {
            let from = after.enter_time;
            let but_for = Some(&after.id);
            let since = lease_spaces::free_since(case.tx, &lease, but_for, from, case.now)?;
            case.tx.move_lease_use(used.id, since.unwrap_or(used.since).max(from))?;
        }
    }
    if renamed {
        take_when_named(case, after)?;
        for lease in known {
            case.lease_changed(&lease.key);
        }
    }
    Ok(())
}

/// A stay that is over turned out to have ended at another time, or to be no lease's.
pub fn corrected_after(
    case: &mut Case<'_>,
    before: &ParkingRecord,
    after: &ParkingRecord,
) -> Result<(), StoreError> {
    let (Some(was), Some(left)) = (before.leave_time, after.leave_time) else { return Ok(()) };
    for used in case.tx.lease_uses_of(&after.id)? {
        let days = days_of(case, &used)?;
        let (was, left) = (was.min(days.to), left.min(days.to));
        if used.until != Some(was) || was == left || used.lease_key.is_empty() {
            continue;
        }
        case.tx.end_lease_use(used.id, used.since, left)?;
        // Who has had its space since then has had it since it was free in truth.
        for next in case.tx.lease_holders(&used.lease_key)? {
            if was <= next.since && next.since < left {
                case.tx.move_lease_use(next.id, left.min(case.now))?;
            }
        }
        was_free_before(case, &used.lease_key)?;
    }
    Ok(())
}

/// A space of a lease was free earlier than was thought: who has one or waits for one has it since then.
fn was_free_before(case: &mut Case<'_>, key: &str) -> Result<(), StoreError> {
    case.lease_changed(key);
    let Some(lease) = case.tx.lease(key)? else { return Ok(()) };
    for used in case.tx.lease_holders(key)? {
        let Some(record) = case.tx.open_record(&used.record_id)? else { continue };
        let before = case.tx.lease_uses_of(&record.id)?;
        let until = before.iter().filter_map(|one| one.until).max();
        let from = record.enter_time.max(until.unwrap_or(record.enter_time));
        let but_for = Some(&record.id);
        let since = lease_spaces::free_since(case.tx, &lease, but_for, from, case.now)?;
        if let Some(since) = since.filter(|since| *since < used.since) {
            case.tx.move_lease_use(used.id, since)?;
        }
    }
    Ok(())
}

/// A car whose plate is known only now stands on a space of its lease as if it had been read rightly.
fn take_when_named(case: &mut Case<'_>, record: &ParkingRecord) -> Result<(), StoreError> {
    if record.leave_time.is_some() || holds_one(case, &record.id)? {
        return Ok(());
    }
    match for_entry(case, record.plate_text(), record.enter_time, Some(record))? {
        Some(lease) => take_at_entry(case, record, &lease.key),
        None => Ok(()),
    }
}

fn holds_one(case: &Case<'_>, record_id: &Id) -> Result<bool, StoreError> {
    Ok(case.tx.lease_uses_of(record_id)?.iter().any(|used| used.until.is_none()))
}

/// Other leases of a plate's car may have it now.
fn others_changed(case: &mut Case<'_>, plate: &str, key: &str) -> Result<(), StoreError> {
    for other in case.tx.leases_of(plate)? {
        if other.key != key {
            case.lease_changed(&other.key);
        }
    }
    Ok(())
}

/// What a lease in its former form has made free up to now, and its new days would not, stays free.
fn keep_past(case: &Case<'_>, before: &Lease, new: &Interval) -> Result<(), StoreError> {
    let old = validity(before, &case.rules.time_zone);
    for used in case.tx.lease_holders(&before.key)? {
        let (from, to) = (used.since.max(old.from), case.now.min(old.to));
        if from < to && (from < new.from || new.to < to) {
            case.tx.keep_lease_time(&used.record_id, from, to)?;
        }
    }
    Ok(())
}

/// How many spaces a new form of a lease gives to cars that came in as visitors.
fn spaces_gained(case: &Case<'_>, before: Option<&Lease>, lease: &Lease) -> i64 {
    if case.rules.on_free == OnFree::Convert {
        return i64::MAX;
    }
    let zone = &case.rules.time_zone;
    let had = before.filter(|before| validity(before, zone).contains(case.now));
    lease.spaces.saturating_sub(had.map_or(0, |before| before.spaces))
}

/// More cars have spaces of a lease than it has: who took the last ones is a visitor from now on.
fn take_back(case: &mut Case<'_>, lease: &Lease) -> Result<(), StoreError> {
    let valid = validity(lease, &case.rules.time_zone);
    if !valid.contains(case.now) {
        return Ok(());
    }
    let holders = case.tx.lease_holders(&lease.key)?;
    for used in holders.iter().skip(usize::try_from(lease.spaces).unwrap_or(0)) {
        give_up(case, used, &valid, case.now)?;
        if let Some(record) = case.tx.open_record(&used.record_id)? {
            case.listing_changed(record.plate_text());
            case.tell(Happening::LeaseSpaceLost { plate: record.plate_text().to_owned() });
        }
        report::occupancy::changed(case)?;
    }
    Ok(())
}

/// Gives free spaces of a lease to those of its cars that are inside and have none, the longest waiting first, `at_most`
/// so many.
fn cover(case: &mut Case<'_>, lease: &Lease, at_most: i64) -> Result<(), StoreError> {
    let zone = &case.rules.time_zone;
    let taken = i64::try_from(case.tx.lease_holders(&lease.key)?.len()).unwrap_or(i64::MAX);
    let free = lease.spaces.saturating_sub(taken).min(at_most);
    if free <= 0 {
        return Ok(());
    }
    let waiting = lease_spaces::waiting(case.tx, lease, zone, case.now)?;
    for car in waiting.into_iter().take(usize::try_from(free).unwrap_or(0)) {
        take_after_waiting(case, lease, &car)?;
    }
    Ok(())
}

fn take_after_waiting(
    case: &mut Case<'_>,
    lease: &Lease,
    car: &LeaseCar,
) -> Result<(), StoreError> {
    let LeaseCar { record, since: from } = car;
    for used in case.tx.lease_uses_of(&record.id)? {
        // One whose days are over, or have not come.
        if used.until.is_none() {
            give_up(case, &used, &days_of(case, &used)?, case.now)?;
        }
    }
    let free = lease_spaces::free_since(case.tx, lease, Some(&record.id), *from, case.now)?;
    let since = free.unwrap_or(case.now);
    case.tx.begin_lease_use(&record.id, &lease.key, since)?;
    let plate = record.plate_text().to_owned();
    case.may_pass(&plate);
    case.lease_changed(&lease.key);
    let counts_from = since.max(validity(lease, &case.rules.time_zone).from);
    let since = DateTime::at(counts_from, &case.rules.time_zone).to_string();
    case.tell(Happening::LeaseSpaceTaken { plate, since });
    case.space_freed();
    report::occupancy::changed(case)
}

/// The days of the lease on whose space a car stands or stood. Of one that is no longer there nothing is free that is not
/// written down.
fn days_of(case: &Case<'_>, used: &LeaseUse) -> Result<Interval, StoreError> {
    let lease = case.tx.lease(&used.lease_key)?;
    let days = lease.map(|lease| validity(&lease, &case.rules.time_zone));
    Ok(days.unwrap_or(Interval { from: used.since, to: used.until.unwrap_or(used.since) }))
}

/// A car stands on its space no more from `until` on; what its lease's days made free stays so.
fn give_up(
    case: &Case<'_>,
    used: &LeaseUse,
    valid: &Interval,
    until: Timestamp,
) -> Result<(), StoreError> {
    case.tx.end_lease_use(used.id, used.since.max(valid.from), until.min(valid.to))
}
