//! Leases made, changed and ended by staff, reported as 5012.

use super::super::lease::{self, Replaced};
use super::super::reports::Reporter;
use super::super::{Context, LotError, Outcome, passage};
use super::{Done, Refusal};
use crate::standard::entities::MonthlyRentalLease;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::Transaction;
use serde_json::json;

pub(super) fn set(
    tx: &Transaction<'_>,
    context: Context<'_>,
    sent: &MonthlyRentalLease,
    out: &mut Outcome,
) -> Result<Done, LotError> {
    let nothing = sent.plate_no_list.is_empty() || sent.space_no_list.is_empty();
    if nothing || sent.begin_date > sent.end_date {
        return Ok(Err(Refusal::BadLease));
    }
    // What staff write is the newest there is.
    let sent = MonthlyRentalLease {
        park_code: context.rules.park_code.clone(),
        moment: context.now.as_second(),
        ..sent.clone()
    };
    let mut lease = lease::stored(&sent);
    if let Some(known) = tx.lease(&lease.key)? {
        lease.moment = lease.moment.max(known.moment);
    }
    if lease::replace(tx, &lease)? == Replaced::Yes {
        Reporter::new(tx, context).lease(&sent, &lease.key, false, out)?;
        for plate_no in &lease.plates {
            passage::reconsider_plate(tx, context, out, plate_no)?;
        }
    }
    Ok(Ok(json!({ "status": "set", "plateNoList": lease.plates })))
}

pub(super) fn end(
    tx: &Transaction<'_>,
    context: Context<'_>,
    plates: &[PlateNo],
    out: &mut Outcome,
) -> Result<Done, LotError> {
    let key = lease::key_of(plates);
    let Some(known) = tx.lease(&key)? else {
        return Ok(Err(Refusal::NoLease));
    };
    tx.remove_lease(&key)?;
    if let Some(shown) = lease::present(tx, context, &known)? {
        let ended =
            MonthlyRentalLease { id: Id::random(), moment: context.now.as_second(), ..shown };
        Reporter::new(tx, context).lease(&ended, &key, true, out)?;
    }
    Ok(Ok(json!({ "status": "ended", "plateNoList": known.plates })))
}
