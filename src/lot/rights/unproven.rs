//! What may have begun while nobody could tell the time. A car that has come in since can have been let in by it, and
//! nobody is charged for what is not proven. Reads only.

use crate::lot::case::Case;
use crate::lot::interval::Interval;
use crate::lot::lease_spaces::validity;
use crate::standard::codes::Strategy;
use crate::store::{ParkingRecord, StoreError};
use jiff::Timestamp;

/// All of a stay whose beginning may move yet, where a right of its plate may have begun by then.
pub fn free_part(case: &Case<'_>, record: &ParkingRecord) -> Result<Option<Interval>, StoreError> {
    let charged = case.clock_trusted()
        || record.plate_no.is_none()
        || !case.tx.entry_may_move(&record.id)?
        || !may_have_begun(case, record.plate_text())?;
    let whole = Interval { from: record.enter_time, to: Timestamp::MAX };
    Ok((!charged).then_some(whole))
}

/// Whether a lease, a share, a pass or an entry of the free list begins after what is proven; of a share nobody knows
/// whether its hours are now.
fn may_have_begun(case: &Case<'_>, plate_no: &str) -> Result<bool, StoreError> {
    let (proven, zone) = (case.moment().lower_bound, &case.rules.time_zone);
    let leases = case.tx.leases_of(plate_no)?;
    if leases.iter().any(|lease| validity(lease, zone).from > proven) {
        return Ok(true);
    }
    let day = zone.to_datetime(proven).date();
    let shares = case.tx.shares_of(plate_no)?;
    if shares.iter().any(|share| share.end_date >= day && share.cancelled_at.is_none()) {
        return Ok(true);
    }
    let passes = case.tx.pass_times(plate_no, proven, Timestamp::MAX)?;
    if passes.iter().any(|pass| pass.begins > proven && pass.withdrawn_at.is_none()) {
        return Ok(true);
    }
    let listed = case.tx.controls_of(plate_no, (Timestamp::MAX, proven))?;
    Ok(listed.iter().any(|one| one.strategy_type == Strategy::Free && one.begin > proven))
}
