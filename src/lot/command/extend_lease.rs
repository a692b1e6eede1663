//! 6010: a lease goes on (tables 88 and 89). What is sent replaces the lease of the same plates and is reported
//! as 5012; an older form than the one known is refused, and where the lot says so what makes a lease anew.

use super::{Answered, Done, refuse, within_years};
use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rights::lease;
use crate::lot::stay::lease::{Replaced, replace};
use crate::model::lease::UnknownLease;
use crate::standard::codes::{ErrorCode, Standing};
use crate::standard::entities::{LeaseExtension, MonthlyRentalLease};
use crate::standard::years;
use serde_json::json;

pub(super) fn carry_out(
    case: &mut Case<'_>,
    LeaseExtension { lease: sent }: &LeaseExtension,
) -> Done {
    if sent.plate_no_list.is_empty() || sent.space_no_list.is_empty() {
        return Err(refuse(ErrorCode::NAMING, "plateNoList, spaceNoList: empty").into());
    }
    let begin_date = within_years("beginDate", years::day(sent.begin_date))?;
    let end_date = within_years("endDate", years::last_day(sent.end_date))?;
    if begin_date > end_date {
        return Err(refuse(ErrorCode::OUT_OF_RANGE, "endDate < beginDate").into());
    }
    let sent = &MonthlyRentalLease { begin_date, end_date, ..sent.clone() };
    let lease = lease::stored(sent);
    if case.rules.unknown_lease == UnknownLease::Refuse && case.tx.lease(&lease.key)?.is_none() {
        return Err(refuse(ErrorCode::NO_LEASE, "plateNoList").into());
    }
    match replace(case, &lease)? {
        Replaced::Yes => report::lease(case, sent, &lease.key, Standing::InForce)?,
        Replaced::Known => {}
        Replaced::NewerKnown => return Err(refuse(ErrorCode::NO_LONGER_VALID, "moment").into()),
    }
    let reply = json!({ "id": sent.id });
    Ok(Answered::done(sent.id.as_str(), "extend", Some(reply)))
}
