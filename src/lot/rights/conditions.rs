//! What a stay's fee depends on beside time and payments: the time that costs nothing, what its car is to the tariff,
//! its plate's visits before, its coupons. Reads only; what it comes to is `money`'s.

use super::{entitlement, relief};
use crate::lot::case::Case;
use crate::lot::money::fee::{Conditions, charged_until};
use crate::lot::tariff::{Sight, Vehicle, Visit};
use crate::standard::money::Money;
use crate::store::{ParkingRecord, RecordType, SeenCar, StoreError};
use jiff::Timestamp;

/// Visits before this many others are forgotten; more than a month of many a day.
const VISITS: u32 = 64;

/// What the fee of a record depends on up to `at`.
pub fn of(
    case: &Case<'_>,
    record: &ParkingRecord,
    at: Timestamp,
) -> Result<Conditions, StoreError> {
    let vehicle = vehicle(case, record)?;
    let free = entitlement::free_time(case, record, &vehicle, at)?;
    let (visits_since, earlier) = if case.rules.tariff.remembers(&vehicle) {
        let since = visits_since(case, record, &vehicle)?;
        (since, visits_before(case, record, &vehicle, since)?)
    } else {
        (record.enter_time, Vec::new())
    };
    Ok(Conditions { free, vehicle, visits_since, earlier, relief: relief::of(case, record)? })
}

/// Since when the visits of a stay's plate cost as one with it, where its fee depends on that.
pub fn visits_as_one(
    case: &Case<'_>,
    record: &ParkingRecord,
) -> Result<Option<Timestamp>, StoreError> {
    let vehicle = vehicle(case, record)?;
    if !case.rules.tariff.remembers(&vehicle) {
        return Ok(None);
    }
    visits_since(case, record, &vehicle).map(Some)
}

/// What the car of a stay is to the tariff.
pub fn vehicle(case: &Case<'_>, record: &ParkingRecord) -> Result<Vehicle, StoreError> {
    let plate_no = record.plate_text();
    let mut given = case.tx.classes_of_record(&record.id)?;
    // A class that ends meanwhile is this stay's to its end.
    given.extend(classes_of_plate(case, plate_no, record.enter_time)?);
    Ok(case.rules.tariff.vehicle(&Sight {
        plate_no,
        plate_color: record.plate_color.as_deref(),
        car_model: record.car_model,
        camera: record.in_equipment_id.as_ref(),
        given: &given,
    }))
}

/// What a car before a lane is to the tariff, whatever is known of its stay.
pub fn vehicle_seen(case: &Case<'_>, car: &SeenCar, at: Timestamp) -> Result<Vehicle, StoreError> {
    let plate_no = car.plate_no.as_str();
    Ok(case.rules.tariff.vehicle(&Sight {
        plate_no,
        plate_color: car.plate_color.as_deref(),
        car_model: car.car_model,
        camera: None,
        given: &classes_of_plate(case, plate_no, at)?,
    }))
}

/// The same where only a plate and its colour are known.
pub fn vehicle_of(
    case: &Case<'_>,
    plate_no: &str,
    plate_color: Option<&str>,
    at: Timestamp,
) -> Result<Vehicle, StoreError> {
    let given = classes_of_plate(case, plate_no, at)?;
    Ok(case.rules.tariff.vehicle(&Sight {
        plate_no,
        plate_color,
        given: &given,
        ..Sight::default()
    }))
}

fn classes_of_plate(
    case: &Case<'_>,
    plate_no: &str,
    at: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let classes = case.tx.classes_of_plate(plate_no, case.ends_after(at))?;
    Ok(classes.into_iter().map(|class| class.class).collect())
}

fn visits_since(
    case: &Case<'_>,
    record: &ParkingRecord,
    vehicle: &Vehicle,
) -> Result<Timestamp, StoreError> {
    let enter = record.enter_time;
    let last = match &record.plate_no {
        Some(plate_no) => case.tx.visits_of(plate_no.as_str(), Timestamp::UNIX_EPOCH, enter, 2)?,
        None => Vec::new(),
    };
    // A stay that ended as it began is its own newest.
    let before = match last.iter().find(|last| last.id != record.id) {
        Some(last) => Some(case.tx.visits_since(&last.id)?.unwrap_or(last.enter_time)),
        None => None,
    };
    Ok(case.rules.tariff.visits_since(vehicle, before, enter))
}

/// The plate's visits before a stay that its fee depends on, the oldest first. One of which nobody saw the end and for
/// which nothing was claimed is none.
fn visits_before(
    case: &Case<'_>,
    record: &ParkingRecord,
    vehicle: &Vehicle,
    since: Timestamp,
) -> Result<Vec<Visit>, StoreError> {
    let Some(plate_no) = &record.plate_no else { return Ok(Vec::new()) };
    let from = case.rules.tariff.forgets_before(vehicle, since);
    let mut visits = Vec::new();
    for before in
        case.tx.visits_of(plate_no.as_str(), from, record.enter_time, VISITS)?.into_iter().rev()
    {
        let Some(left) = before.leave_time.filter(|_| before.id != record.id) else { continue };
        let claimed = before.receivables;
        if before.record_type == RecordType::Abnormal && claimed == Money::ZERO {
            continue;
        }
        let free = entitlement::free_time(case, &before, vehicle, left)?;
        let charged = charged_until(&before, &free, left);
        visits.push(Visit { enter: before.enter_time, charged, claimed });
    }
    Ok(visits)
}
