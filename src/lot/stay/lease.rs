//! A lease that is made or changed while its cars are inside covers them from now on.

use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rights::lease::has_space;
use crate::store::{Lease, ParkingRecord, StoreError};

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

/// Puts a lease in the place of the one for the same plates, unless that is newer, and lets it cover cars of its
/// that are inside.
pub fn replace(case: &mut Case<'_>, lease: &Lease) -> Result<Replaced, StoreError> {
    match case.tx.lease(&lease.key)? {
        Some(known) if known.moment > lease.moment => return Ok(Replaced::NewerKnown),
        Some(known) if known.body == lease.body => return Ok(Replaced::Known),
        _ => {}
    }
    case.tx.set_lease(lease)?;
    cover(case, lease)?;
    // Its days may be others than they were.
    report::occupancy::changed(case)?;
    case.space_freed();
    Ok(Replaced::Yes)
}

/// Time has passed: cars inside stand for their leases that begin today.
pub fn begin(case: &mut Case<'_>) -> Result<(), StoreError> {
    let today = case.rules.time_zone.to_datetime(case.now).date();
    for lease in case.tx.leases_beginning(today)? {
        if cover(case, &lease)? {
            report::occupancy::changed(case)?;
            case.space_freed();
        }
    }
    Ok(())
}

/// Lets a lease cover its cars that are inside and stand for none; whether it did.
fn cover(case: &mut Case<'_>, lease: &Lease) -> Result<bool, StoreError> {
    let mut any = false;
    for plate in &lease.plates {
        let record = case.tx.open_record_of(plate)?;
        if let Some(record) = record.filter(|record| record.lease_key.is_none())
            && has_space(case, lease)?
        {
            let lease_key = Some(lease.key.clone());
            case.tx.update_record(&ParkingRecord { lease_key, ..record })?;
            any = true;
        }
        case.may_pass(plate);
    }
    Ok(any)
}
