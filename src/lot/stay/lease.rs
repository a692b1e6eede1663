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

/// Puts a lease in the place of the one for the same plates, unless that is newer, and lets it cover
/// cars of its that are inside.
pub fn replace(case: &mut Case<'_>, lease: &Lease) -> Result<Replaced, StoreError> {
    match case.tx.lease(&lease.key)? {
        Some(known) if known.moment > lease.moment => return Ok(Replaced::NewerKnown),
        Some(known) if known.body == lease.body => return Ok(Replaced::Known),
        _ => {}
    }
    case.tx.set_lease(lease)?;
    for plate in &lease.plates {
        let record = case.tx.open_record_of(plate)?;
        if let Some(record) = record.filter(|record| record.lease_key.is_none())
            && has_space(case, lease)?
        {
            let lease_key = Some(lease.key.clone());
            case.tx.update_record(&ParkingRecord { lease_key, ..record })?;
            // It takes no visitor's space any more.
            report::occupancy::changed(case)?;
            case.space_freed();
        }
        case.may_pass(plate);
    }
    Ok(Replaced::Yes)
}
