//! A stay whose plate turns out to be another (5006): by a better reading, or by what a person says. For lanes and staff;
//! it does not ask who is right.

use super::{contract, coupon, lease};
use crate::lot::case::Case;
use crate::lot::report::{self, subject};
use crate::standard::codes::RecordReport;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::standard::ticket_number::is_ticket_number;
use crate::store::{ParkingRecord, StoreError};

/// Gives an open stay another plate, of the colour that was read with it; false where that plate is inside already.
pub fn rename(
    case: &mut Case<'_>,
    record_id: &Id,
    plate_no: &PlateNo,
    color: Option<&str>,
) -> Result<bool, StoreError> {
    let Some(before) = case.tx.open_record(record_id)? else { return Ok(false) };
    if before.plate_no.as_ref() == Some(plate_no) {
        return Ok(true);
    }
    let inside = case.tx.open_record_by_any_plate(plate_no.as_str())?;
    if inside.is_some_and(|record| record.id != *record_id) {
        return Ok(false);
    }
    let plate_color = color.map(str::to_owned).or_else(|| before.plate_color.clone());
    let license_plate_type = type_of_plate(&before, plate_no);
    let after = ParkingRecord {
        plate_no: Some(plate_no.clone()),
        plate_color,
        license_plate_type,
        ..before.clone()
    };
    case.tx.update_record(&after)?;
    lease::corrected(case, &before, &after)?;
    coupon::renamed(case, &after)?;
    case.tx.move_lock(before.plate_text(), after.plate_text())?;
    case.tx.rename_unseen_passage(record_id, after.plate_text())?;
    report::record(case, RecordReport::Corrected, &after)?;
    // What was asked of it was asked under another plate.
    case.tx.withdraw(&subject::order(record_id))?;
    contract::ask(case, &after, contract::AT_ENTRY);
    report::occupancy::changed(case)?;
    case.may_pass(after.plate_text());
    Ok(true)
}

/// Table 11's `licensePlateType` of a stay that is to have that plate: what was said of a number given in its place is not
/// true of it.
pub fn type_of_plate(before: &ParkingRecord, plate_no: &PlateNo) -> Option<i64> {
    let was_number = is_ticket_number(before.plate_text()) && !is_ticket_number(plate_no.as_str());
    before.license_plate_type.filter(|_| !was_number)
}
