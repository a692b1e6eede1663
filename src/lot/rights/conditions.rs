//! What a stay's fee depends on beside time and payments: the time that costs nothing, what its car is to the tariff,
//! its plate's visits before, its coupons. Reads only; what it comes to is `money`'s.

use super::{entitlement, relief};
use crate::lot::case::Case;
use crate::lot::money::fee::{Conditions, charged_until};
use crate::lot::tariff::{Sight, Vehicle, Visit};
use crate::store::{ParkingRecord, SeenCar, StoreError};
use jiff::Timestamp;

/// Visits before this many others are forgotten; more than a month of many a day.
const VISITS: u32 = 64;

/// What the fee of a record depends on up to `at`.
pub fn of(
    case: &Case<'_>,
    record: &ParkingRecord,
    at: Timestamp,
) -> Result<Conditions, StoreError> {
    let vehicle = vehicle(case, record, at)?;
    let free = entitlement::free_time(case, record, &vehicle, at)?;
    let earlier = if case.rules.tariff.remembers(&vehicle) {
        visits_before(case, record, &vehicle)?
    } else {
        Vec::new()
    };
    Ok(Conditions { free, vehicle, earlier, relief: relief::of(case, record)? })
}

/// What the car of a stay is to the tariff.
pub fn vehicle(
    case: &Case<'_>,
    record: &ParkingRecord,
    at: Timestamp,
) -> Result<Vehicle, StoreError> {
    let plate_no = record.plate_text();
    let mut given = case.tx.classes_of_record(&record.id)?;
    given.extend(classes_of_plate(case, plate_no, at)?);
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
    let classes = case.tx.classes_of_plate(plate_no, at)?;
    Ok(classes.into_iter().map(|class| class.class).collect())
}

/// The plate's visits that ended before a stay began, the oldest first.
fn visits_before(
    case: &Case<'_>,
    record: &ParkingRecord,
    vehicle: &Vehicle,
) -> Result<Vec<Visit>, StoreError> {
    if record.plate_no.is_none() {
        return Ok(Vec::new());
    }
    let mut visits = Vec::new();
    for before in case.tx.records_of(record.plate_text(), VISITS)?.into_iter().rev() {
        let Some(left) = before.leave_time.filter(|left| *left <= record.enter_time) else {
            continue;
        };
        let free = entitlement::free_time(case, &before, vehicle, left)?;
        let charged = charged_until(&before, &free, left);
        visits.push(Visit { enter: before.enter_time, charged });
    }
    Ok(visits)
}
