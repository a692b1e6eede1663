//! For whom a lane's camera may open by its own list while nobody speaks with it: leaseholders and the free list. At an
//! entry no more plates of a lease than it has spaces free; at an exit those of its cars that stand on one and owe nothing.
//! Reads and decides; what cameras hold and are told is the lane's.

use super::access;
use super::entitlement::Control;
use crate::lot::case::Case;
use crate::lot::lease_spaces::{self, validity};
use crate::lot::rules::LaneDirection;
use crate::model::lease::OnFree;
use crate::standard::money::Money;
use crate::store::{Lease, ParkingRecord, StoreError};
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Of each lease, the plates that may come in by an own list: reckoned once for all of them.
#[derive(Debug, Default)]
pub struct Newcomers {
    by_lease: BTreeMap<String, BTreeSet<String>>,
}

/// Up to when a camera at a lane of that direction may open for a plate by its own list; none where it may not.
pub fn listed_until(
    case: &Case<'_>,
    newcomers: &mut Newcomers,
    direction: LaneDirection,
    plate_no: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let inside = case.tx.open_record_by_any_plate(plate_no)?;
    if let Some(record) = &inside
        && access::is_locked(case, record.plate_text())?
    {
        // Its owner wants it to stay: a plate like it at an entry is no reason to open either.
        return Ok(None);
    }
    let mut until = None;
    if direction != LaneDirection::Exit {
        until = until.max(entry(case, newcomers, plate_no, inside.as_ref())?);
    }
    if direction != LaneDirection::Entry {
        until = until.max(exit(case, plate_no, inside.as_ref())?);
    }
    // Who is held from a moment on that lies ahead is nobody to open for by then.
    let mut plates = BTreeSet::from([plate_no.to_owned()]);
    if let Some(record) = &inside {
        plates.extend(case.tx.aliases_of(&record.id)?);
        plates.insert(record.plate_text().to_owned());
    }
    for plate in &plates {
        let held = case.tx.held_from(plate, case.now)?;
        until = until.map(|until| held.map_or(until, |held| until.min(held)));
    }
    Ok(until)
}

/// By when somebody who passes free does so no longer: by the control list, or by a class of vehicles that is free.
fn free_until(
    case: &Case<'_>,
    control: &Control,
    plate_no: &str,
) -> Result<Option<Timestamp>, StoreError> {
    if control.is_free() {
        return Ok(control.until());
    }
    let tariff = &case.rules.tariff;
    if tariff.is_listed_free(plate_no) {
        return Ok(Some(lease_spaces::for_good(&case.rules.time_zone)));
    }
    let classes = case.tx.classes_of_plate(plate_no, case.ends_after(case.now))?;
    let free = classes.into_iter().filter(|class| tariff.is_free_class(&class.class));
    let for_good = lease_spaces::for_good(&case.rules.time_zone);
    Ok(free.map(|class| class.until.unwrap_or(for_good)).max())
}

fn entry(
    case: &Case<'_>,
    newcomers: &mut Newcomers,
    plate_no: &str,
    inside: Option<&ParkingRecord>,
) -> Result<Option<Timestamp>, StoreError> {
    let control = Control::of(case, plate_no, case.now)?;
    if control.holds_entry().is_some() {
        return Ok(None);
    }
    let mut until = free_until(case, &control, plate_no)?;
    if inside.is_some() {
        return Ok(until);
    }
    for lease in case.tx.leases_of(plate_no)? {
        let valid = validity(&lease, &case.rules.time_zone);
        if valid.contains(case.now) && newcomers.of(case, &lease)?.contains(plate_no) {
            until = until.max(Some(valid.to));
        }
    }
    Ok(until)
}

/// A car inside is judged by the plate it came in by and all its others: each of them opens to the one car.
fn exit(
    case: &Case<'_>,
    plate_no: &str,
    inside: Option<&ParkingRecord>,
) -> Result<Option<Timestamp>, StoreError> {
    let known_as = inside.map_or(plate_no, ParkingRecord::plate_text);
    let control = Control::of(case, known_as, case.now)?;
    if control.holds_exit().is_some() {
        return Ok(None);
    }
    let free = free_until(case, &control, known_as)?;
    let Some(record) = inside else { return Ok(free) };
    if free.is_some() {
        return Ok(free);
    }
    let Some(lease) = record.lease_key.as_ref().map(|key| case.tx.lease(key)).transpose()? else {
        return Ok(None);
    };
    let valid = lease.map(|lease| validity(&lease, &case.rules.time_zone));
    let Some(valid) = valid.filter(|valid| valid.contains(case.now)) else { return Ok(None) };
    let owes = access::bill(case, record, case.now)?.due > Money::ZERO;
    Ok((!owes).then_some(valid.to))
}

impl Newcomers {
    /// The plates of a lease that may come in: as many as it has spaces free, those that were here last first.
    fn of(&mut self, case: &Case<'_>, lease: &Lease) -> Result<&BTreeSet<String>, StoreError> {
        if !self.by_lease.contains_key(&lease.key) {
            let may_come = may_come(case, lease)?;
            self.by_lease.insert(lease.key.clone(), may_come);
        }
        Ok(self.by_lease.entry(lease.key.clone()).or_default())
    }
}

fn may_come(case: &Case<'_>, lease: &Lease) -> Result<BTreeSet<String>, StoreError> {
    let mut free = lease.spaces.saturating_sub(case.tx.covered_by_lease(&lease.key)?);
    if case.rules.on_free == OnFree::Convert {
        let zone = &case.rules.time_zone;
        let waiting = lease_spaces::waiting(case.tx, lease, zone, case.now)?.len();
        free = free.saturating_sub(i64::try_from(waiting).unwrap_or(i64::MAX));
    }
    if free <= 0 {
        return Ok(BTreeSet::new());
    }
    let mut outside = Vec::new();
    for plate in &lease.plates {
        let held = Control::of(case, plate, case.now)?.holds_entry().is_some();
        if !held && case.tx.open_record_by_any_plate(plate)?.is_none() {
            let left = case.tx.last_closed_record_of(plate)?.and_then(|record| record.leave_time);
            outside.push((Reverse(left), plate.clone()));
        }
    }
    outside.sort_unstable();
    let free = usize::try_from(free).unwrap_or(0);
    Ok(outside.into_iter().take(free).map(|(_, plate)| plate).collect())
}
