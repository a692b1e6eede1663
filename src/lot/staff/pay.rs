//! A payment taken at the booth, or asked of the platform.

use super::Done;
use crate::lot::case::Case;
use crate::lot::money::order::{self, Coupon};
use crate::lot::rights::access;
use crate::lot::stay::payment::{self, PaymentResult};
use crate::model::staff::{Refusal, StaffPayment};
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::Charge;
use serde_json::json;

pub(super) fn pay(case: &mut Case<'_>, id: &Id, payment: &StaffPayment) -> Done {
    if case.tx.has_charge(id)? {
        // Noted through another door, by the platform most likely.
        return Err(Refusal::ChargeKnown.into());
    }
    let record = case.tx.open_record_of(payment.plate_no.as_str())?.ok_or(Refusal::NotInside)?;
    let bill = access::bill(case, &record, case.now)?;
    let order = order::place(case, &record, &bill, Coupon::None)?;
    let charge = Charge {
        id: id.folded().into(),
        record_id: record.id,
        order_no: Some(order.order_no),
        pay_time: case.now,
        receivables: payment.received + payment.discount,
        discount: payment.discount,
        received: payment.received,
        pay_type: payment.pay_type,
        pay_from: payment.pay_from.clone(),
        list_discounts: payment.discounts.clone(),
    };
    match payment::pay(case, &charge, true)? {
        PaymentResult::Noted { due } => Ok(json!({ "status": "noted", "due": due })),
        PaymentResult::Known => Err(Refusal::ChargeKnown.into()),
        PaymentResult::NoRecord => Err(Refusal::NotInside.into()),
    }
}

pub(super) fn ask(case: &mut Case<'_>, plate_no: &PlateNo) -> Done {
    let record = case.tx.open_record_of(plate_no.as_str())?.ok_or(Refusal::NotInside)?;
    let order_no = payment::ask(case, &record)?.ok_or(Refusal::NothingDue)?;
    Ok(json!({ "status": "asked", "orderNo": order_no }))
}
