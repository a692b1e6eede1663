//! A stay whose plate turns out to be another (5006): by a better reading, or by what a person says. For lanes and staff;
//! it does not ask who is right.

use super::contract;
use crate::lot::case::Case;
use crate::lot::report::{self, subject};
use crate::lot::rights::lease;
use crate::standard::codes::RecordReport;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{ParkingRecord, StoreError};

/// Gives an open stay another plate; false where that plate is inside already.
pub fn rename(case: &mut Case<'_>, record_id: &Id, plate_no: &PlateNo) -> Result<bool, StoreError> {
    let Some(before) = case.tx.open_record(record_id)? else { return Ok(false) };
    if before.plate_no.as_ref() == Some(plate_no) {
        return Ok(true);
    }
    if case.tx.open_record_of(plate_no.as_str())?.is_some() {
        return Ok(false);
    }
    let lease_key = lease_of(case, &before, plate_no.as_str())?;
    let after = ParkingRecord { plate_no: Some(plate_no.clone()), lease_key, ..before.clone() };
    case.tx.update_record(&after)?;
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

/// The lease a car stands for is its true plate's.
pub fn lease_of(
    case: &Case<'_>,
    before: &ParkingRecord,
    plate_no: &str,
) -> Result<Option<String>, StoreError> {
    let known = case.tx.leases_of(plate_no)?;
    if known.iter().any(|lease| Some(&lease.key) == before.lease_key.as_ref()) {
        return Ok(before.lease_key.clone());
    }
    let lease = lease::for_entry(case, plate_no, before.enter_time, None)?;
    Ok(lease.map(|lease| lease.key))
}
