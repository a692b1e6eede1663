//! Money given back (5009): never more than was received.

use super::super::reports::Reporter;
use super::super::{Context, LotError, Outcome, order};
use super::{Done, Refusal};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{ParkingRecord, Transaction};
use serde_json::json;

/// A refund.
#[derive(Debug, Clone)]
pub struct Refund {
    /// The record it was paid for.
    pub record_id: Id,
    /// How much, more than nothing.
    pub refund_money: Money,
    /// Table 17's `refundType`.
    pub refund_type: i64,
    /// Table 17's `refundFrom`, 10 characters at most.
    pub refund_from: String,
}

pub(super) fn refund(
    tx: &Transaction<'_>,
    context: Context<'_>,
    id: &Id,
    refund: &Refund,
    out: &mut Outcome,
) -> Result<Done, LotError> {
    let Some(record) = tx.record(refund.record_id.as_str())? else {
        return Ok(Err(Refusal::NoRecord));
    };
    let charges = tx.charges_of(&record.id)?;
    let received: Money = charges.iter().map(|charge| charge.received).sum();
    if tx.refunded(&record.id)? + refund.refund_money > received {
        return Ok(Err(Refusal::MoreThanReceived));
    }
    let order_no = match charges.into_iter().rev().find_map(|charge| charge.order_no) {
        Some(order_no) => order_no,
        None => order_of(tx, context, &record)?,
    };
    let id = id.as_str().to_ascii_lowercase();
    tx.add_refund(&id, &record.id, refund.refund_money, context.now)?;
    Reporter::new(tx, context).refund(&id, &record, refund, &order_no, out)?;
    let rest = received.less(tx.refunded(&record.id)?);
    Ok(Ok(json!({ "status": "refunded", "orderNo": order_no, "received": rest })))
}

/// Table 17 names an order; what was paid without one gets it now.
fn order_of(
    tx: &Transaction<'_>,
    context: Context<'_>,
    record: &ParkingRecord,
) -> Result<String, LotError> {
    let at = record.leave_time.unwrap_or(context.now);
    let charges = tx.charges_of(&record.id)?;
    let bill = super::super::access::bill(tx, context, record, &charges, at)?;
    Ok(order::place(tx, context, record, &bill, order::Coupon::None)?.order_no)
}
