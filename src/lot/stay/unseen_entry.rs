//! A stay of a car that wants out and that nobody saw come in: where a booking tells when, or the lot has a price for
//! such cars, its record is made at the exit, so that it can be paid like any other.

use super::booking as stay_booking;
use super::coupon;
use super::sighting::Sighting;
use crate::lot::case::Case;
use crate::lot::report::{self, occupancy};
use crate::lot::rights::{booking, conditions};
use crate::lot::stay;
use crate::model::event_kind::EventKind;
use crate::model::exit::NoEntry;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::RecordReport;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{ParkingRecord, RecordType, SeenCar, StoreError};
use jiff::Timestamp;

/// Makes the record of such a car at an exit, where there is one to be made.
pub fn supply(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    let plate_no = sighting.plate().as_str();
    let bookings = booking::used_up(case.tx.bookings_of(plate_no)?, sighting.at);
    if let Some(first) = bookings.iter().map(|one| one.book_time).min() {
        let came = first.min(sighting.at);
        let space_no = stay_booking::arrive(case, bookings)?;
        return begin(case, sighting, came, space_no, None);
    }
    let least = match case.rules.no_entry {
        NoEntry::Hold => return Ok(()),
        NoEntry::Least => {
            let vehicle = conditions::vehicle_seen(case, &sighting.car, sighting.at)?;
            case.rules.tariff.smallest_fee(&vehicle)
        }
        NoEntry::Amount(amount) => amount,
    };
    begin(case, sighting, sighting.at, None, Some(least))
}

/// The car turned out to be another, or has gone back: the record that was made of it at the exit was of none.
pub fn withdraw(case: &mut Case<'_>, car: &SeenCar) -> Result<(), StoreError> {
    let Some(record) = case.tx.open_record_of(car.plate_no.as_str())? else { return Ok(()) };
    let made_here = record.least_fee.is_some() && record.enter_lane.is_none();
    if made_here && case.tx.charges_of(&record.id)?.is_empty() {
        stay::end_as_none(case, &record.id)?;
    }
    Ok(())
}

fn begin(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    came: Timestamp,
    space_no: Option<String>,
    least_fee: Option<Money>,
) -> Result<(), StoreError> {
    let record = ParkingRecord {
        plate_color: sighting.car.plate_color.clone(),
        license_plate_type: sighting.car.license_plate_type,
        car_model: sighting.car.car_model,
        car_color: sighting.car.car_color.clone(),
        car_logo: sighting.car.car_logo.clone(),
        record_type: RecordType::Abnormal,
        space_no,
        least_fee,
        ..ParkingRecord::begun(Id::of_moment(case.now), Some(sighting.plate().clone()), came)
    };
    let record = super::insert(case, record)?;
    case.tx.count_entry(&record.id, came)?;
    coupon::begin(case, &record, sighting.car.plates())?;
    if let Some(space_no) = &record.space_no {
        report::space_state(case, space_no)?;
    }
    let (plate_no, lane) = (sighting.plate(), Some(sighting.lane));
    let remark = Remark::EntryUnseen;
    report::plate_event(case, EventKind::NoEntry, plate_no, lane, sighting.at, &remark)?;
    report::record(case, RecordReport::In, &record)?;
    occupancy::changed(case)?;
    case.tell(Happening::EntryUnseen {
        lane: sighting.lane.name.clone(),
        plate: sighting.plate().to_string(),
        record: record.id,
    });
    Ok(())
}
