//! Leases made, changed and ended by staff, reported as 5012.

use super::Done;
use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rights::lease;
use crate::lot::stay::lease::{self as stay_lease, Replaced, replace};
use crate::model::staff::Refusal;
use crate::standard::codes::Standing;
use crate::standard::entities::MonthlyRentalLease;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use serde_json::json;

pub(super) fn set(case: &mut Case<'_>, sent: &MonthlyRentalLease) -> Done {
    let nothing = sent.plate_no_list.is_empty() || sent.space_no_list.is_empty();
    if nothing || sent.begin_date > sent.end_date {
        return Err(Refusal::BadLease.into());
    }
    // What staff write is the newest there is.
    let sent = MonthlyRentalLease {
        park_code: case.rules.park_code.clone(),
        moment: case.now.as_second(),
        ..sent.clone()
    };
    let mut lease = lease::stored(&sent);
    if let Some(known) = case.tx.lease(&lease.key)? {
        lease.moment = lease.moment.max(known.moment);
    }
    if replace(case, &lease)? == Replaced::Yes {
        report::lease(case, &sent, &lease.key, Standing::InForce)?;
    }
    Ok(json!({ "status": "set", "plateNoList": lease.plates }))
}

pub(super) fn end(case: &mut Case<'_>, plates: &[PlateNo]) -> Done {
    let key = lease::key_of(plates);
    let known = case.tx.lease(&key)?.ok_or(Refusal::NoLease)?;
    let shown = lease::as_reported(case, &known)?;
    // Its cars inside take visitors' spaces from now on.
    stay_lease::end(case, &known)?;
    let ended = MonthlyRentalLease { id: Id::random(), moment: case.now.as_second(), ..shown };
    report::lease(case, &ended, &key, Standing::Deleted)?;
    Ok(json!({ "status": "ended", "plateNoList": known.plates }))
}
