//! The spaces of a lease: its days, which cars stand on them and since when, who waits for one, since when one has been
//! free. For whoever judges, gives spaces, or shows them; reads only.

use super::interval::Interval;
use crate::standard::id::Id;
use crate::store::{Lease, LeaseUse, ParkingRecord, StoreError, Transaction};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// A car of a lease that is inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseCar {
    /// Its stay.
    pub record: ParkingRecord,
    /// Since when it stands on a space of the lease, or waits for one.
    pub since: Timestamp,
}

/// From the beginning of a lease's first day to the end of its last.
pub fn validity(lease: &Lease, zone: &TimeZone) -> Interval {
    let midnight = |date: Date| {
        zone.to_ambiguous_timestamp(date.to_datetime(Time::midnight())).compatible().ok()
    };
    Interval {
        from: midnight(lease.begin_date).unwrap_or(Timestamp::MIN),
        to: lease.end_date.tomorrow().ok().and_then(midnight).unwrap_or(Timestamp::MAX),
    }
}

/// The cars that stand on spaces of a lease, the first to take one first.
pub fn holders(tx: &Transaction<'_>, lease: &Lease) -> Result<Vec<LeaseCar>, StoreError> {
    let mut cars = Vec::new();
    for held in tx.lease_holders(&lease.key)? {
        if let Some(record) = tx.open_record(&held.record_id)? {
            cars.push(LeaseCar { record, since: held.since });
        }
    }
    Ok(cars)
}

/// The cars of a lease in force that are inside and stand on no space of any lease in force, the longest waiting first.
pub fn waiting(
    tx: &Transaction<'_>,
    lease: &Lease,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Vec<LeaseCar>, StoreError> {
    let mut cars: Vec<LeaseCar> = Vec::new();
    if !validity(lease, zone).contains(now) {
        return Ok(cars);
    }
    for id in tx.cars_without_space(&lease.key)? {
        let Some(record) = tx.open_record(&id)? else { continue };
        if let Some(since) = waits_since(tx, &record, zone, now)? {
            cars.push(LeaseCar { record, since });
        }
    }
    cars.sort_by(|a, b| {
        let order = |car: &LeaseCar| (car.since, car.record.enter_time, car.record.id.clone());
        order(a).cmp(&order(b))
    });
    Ok(cars)
}

/// Since when a car inside stands on no space of a lease in force; none when it does.
fn waits_since(
    tx: &Transaction<'_>,
    record: &ParkingRecord,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let mut since = record.enter_time;
    for used in tx.lease_uses_of(&record.id)? {
        if let Some(until) = used.until {
            since = since.max(until);
        } else if let Some(lease) = tx.lease(&used.lease_key)? {
            let valid = validity(&lease, zone);
            if valid.contains(now) {
                return Ok(None);
            }
            // Its days are over, or have not come yet.
            since = since.max(valid.to.min(now));
        }
    }
    Ok(Some(since.min(now)))
}

/// Since when one of a lease's spaces has been free without a break up to now, for a car that wants one from `from`
/// on; none when all are taken now. `but_for` is a stay that does not count.
pub fn free_since(
    tx: &Transaction<'_>,
    lease: &Lease,
    but_for: Option<&Id>,
    from: Timestamp,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let mut uses = tx.lease_uses_since(&lease.key, from)?;
    uses.retain(|used| Some(&used.record_id) != but_for || used.until.is_some());
    Ok(free_in(lease.spaces, &uses, from, now))
}

/// The same over plain values: the end of the last time at which all spaces were taken.
fn free_in(spaces: i64, uses: &[LeaseUse], from: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let mut changes: Vec<(Timestamp, i64)> = Vec::new();
    for used in uses {
        changes.push((used.since.max(from), 1));
        changes.extend(used.until.map(|until| (until.max(from), -1)));
    }
    // Of one moment's changes the ends come first: a space that is left is free at once.
    changes.sort_unstable();
    let (mut taken, mut free) = (0_i64, (spaces > 0).then_some(from));
    for (at, change) in changes {
        if at > now {
            break;
        }
        taken = taken.saturating_add(change);
        if taken >= spaces {
            free = None;
        } else if free.is_none() {
            free = Some(at);
        }
    }
    free
}

/// A day that stands for no end, where an end must be written.
pub fn for_good(zone: &TimeZone) -> Timestamp {
    let last = jiff::civil::date(2099, 12, 31).at(23, 59, 59, 0);
    zone.to_ambiguous_timestamp(last).compatible().unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn used(since: i64, until: Option<i64>) -> LeaseUse {
        LeaseUse {
            id: 0,
            record_id: "r".into(),
            lease_key: "k".to_owned(),
            since: at(since),
            until: until.map(at),
        }
    }

    #[test]
    fn a_space_is_free_since_the_last_time_all_were_taken() {
        let free = |spaces, uses: &[LeaseUse]| free_in(spaces, uses, at(10), at(100));
        for (spaces, uses, since) in [
            (1, vec![], Some(10)),
            (0, vec![], None),
            (1, vec![used(0, None)], None),
            (1, vec![used(0, Some(50))], Some(50)),
            (1, vec![used(0, Some(10))], Some(10)),
            (1, vec![used(0, Some(30)), used(30, Some(40)), used(60, Some(70))], Some(70)),
            (2, vec![used(0, None), used(20, Some(50))], Some(50)),
            (2, vec![used(0, Some(30)), used(30, None)], Some(10)),
            (2, vec![used(0, None), used(20, None)], None),
            (1, vec![used(0, Some(200))], None),
            (1, vec![used(150, None)], Some(10)),
        ] {
            assert_eq!(free(spaces, &uses), since.map(at), "{spaces} {uses:?}");
        }
    }

    #[test]
    fn both_the_first_and_the_last_day_are_included() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let lease = Lease {
            key: "k".to_owned(),
            plates: vec![],
            body: String::new(),
            spaces: 1,
            begin_date: "2026-01-01".parse().unwrap(),
            end_date: "2026-01-31".parse().unwrap(),
            moment: 0,
        };
        let at = |local: &str| zone.to_timestamp(local.parse().unwrap()).unwrap();
        let valid = validity(&lease, &zone);
        assert_eq!((valid.from, valid.to), (at("2026-01-01T00:00"), at("2026-02-01T00:00")));
    }
}
