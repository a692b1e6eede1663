//! Money given back (5009): never more than was received.

use super::Done;
use crate::lot::case::Case;
use crate::lot::money::order::{self, Quote};
use crate::lot::report;
use crate::lot::rights::access;
use crate::model::staff::{Refund, Refusal};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{ParkingRecord, StoreError};
use serde_json::json;

pub(super) fn refund(case: &mut Case<'_>, id: &Id, refund: &Refund) -> Done {
    let record = case.tx.record(&refund.record_id)?.ok_or(Refusal::NoRecord)?;
    let charges = case.tx.charges_of(&record.id)?;
    let received: Money = charges.iter().map(|charge| charge.received).sum();
    if case.tx.refunded(&record.id)? + refund.refund_money > received {
        return Err(Refusal::MoreThanReceived.into());
    }
    let order_no = match charges.into_iter().rev().find_map(|charge| charge.order_no) {
        Some(order_no) => order_no,
        None => order_of(case, &record)?,
    };
    let id = Id::from(id.folded());
    case.tx.add_refund(&id, &record.id, refund.refund_money, case.now)?;
    report::refund(case, &id, &record, refund, &order_no)?;
    let rest = received.less(case.tx.refunded(&record.id)?);
    Ok(json!({ "status": "refunded", "orderNo": order_no, "received": rest }))
}

/// Table 17 names an order; what was paid without one gets it now.
fn order_of(case: &mut Case<'_>, record: &ParkingRecord) -> Result<String, StoreError> {
    let bill = access::bill(case, record, case.now)?;
    Ok(order::place(case, record, &bill, Quote::plain(case.now))?.order_no)
}
