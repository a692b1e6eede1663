//! A payment taken at the booth, or asked of the platform.

use super::super::payment::{self, PaymentResult};
use super::super::{Context, LotError, Outcome, access, order};
use super::{Done, Refusal};
use crate::standard::entities::DiscountRecord;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use crate::store::{Charge, Transaction};
use serde_json::json;

/// What was paid for a car that is inside.
#[derive(Debug, Clone)]
pub struct StaffPayment {
    /// The car's plate.
    pub plate_no: PlateNo,
    /// Received.
    pub received: Money,
    /// Let off.
    pub discount: Money,
    /// Table 15's `payType`.
    pub pay_type: i64,
    /// Table 15's `payFrom`, 10 characters at most.
    pub pay_from: String,
    /// Table 16's discounts.
    pub discounts: Vec<DiscountRecord>,
}

pub(super) fn pay(
    tx: &Transaction<'_>,
    context: Context<'_>,
    id: &Id,
    payment: &StaffPayment,
    out: &mut Outcome,
) -> Result<Done, LotError> {
    let id = id.as_str().to_ascii_lowercase();
    if tx.has_charge(&id)? {
        // Noted through another door, by the platform most likely.
        return Ok(Err(Refusal::ChargeKnown));
    }
    let Some(record) = tx.open_record_of(payment.plate_no.as_str())? else {
        return Ok(Err(Refusal::NotInside));
    };
    let charges = tx.charges_of(&record.id)?;
    let bill = access::bill(tx, context, &record, &charges, context.now)?;
    let order = order::place(tx, context, &record, &bill, order::Coupon::None)?;
    let charge = Charge {
        id,
        record_id: record.id,
        order_no: Some(order.order_no),
        pay_time: context.now,
        receivables: payment.received + payment.discount,
        discount: payment.discount,
        received: payment.received,
        pay_type: payment.pay_type,
        pay_from: payment.pay_from.clone(),
        list_discounts: serde_json::to_string(&payment.discounts).unwrap_or_default(),
    };
    let (result, outcome) = payment::pay(tx, context, &charge, true)?;
    out.append(outcome);
    Ok(match result {
        PaymentResult::Noted { due } => Ok(json!({ "status": "noted", "due": due })),
        PaymentResult::Known => Err(Refusal::ChargeKnown),
        PaymentResult::NoRecord => Err(Refusal::NotInside),
    })
}

pub(super) fn ask(
    tx: &Transaction<'_>,
    context: Context<'_>,
    plate_no: &PlateNo,
    out: &mut Outcome,
) -> Result<Done, LotError> {
    let Some(record) = tx.open_record_of(plate_no.as_str())? else {
        return Ok(Err(Refusal::NotInside));
    };
    Ok(match payment::ask(tx, context, &record, out)? {
        Some(order_no) => Ok(json!({ "status": "asked", "orderNo": order_no })),
        None => Err(Refusal::NothingDue),
    })
}
