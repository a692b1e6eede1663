//! A payment taken at the booth, never more than is due, or asked of the platform; a price told.

use super::Done;
use crate::lot::case::Case;
use crate::lot::money::order::{self, Quote};
use crate::lot::rights::access;
use crate::lot::stay::payment::{self, PaidAt, PaymentResult};
use crate::model::staff::{Refusal, StaffPayment};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use crate::store::Charge;
use serde_json::json;

pub(super) fn pay(case: &mut Case<'_>, id: &Id, by: &str, payment: &StaffPayment) -> Done {
    if case.tx.has_charge(id)? {
        // Noted through another door, by the platform most likely.
        return Err(Refusal::ChargeKnown.into());
    }
    let plate_no = payment.plate_no.as_str();
    let record = payment::payable_record(case, plate_no)?.ok_or(Refusal::NotInside)?;
    let due = access::bill(case, &record, case.now)?.due;
    if due == Money::ZERO {
        return Err(Refusal::NothingDue.into());
    }
    if payment.received + payment.discount > due {
        return Err(Refusal::MoreThanDue { due }.into());
    }
    let charge = Charge {
        id: id.folded().into(),
        record_id: record.id,
        order_no: None,
        pay_time: case.now,
        receivables: due,
        discount: payment.discount,
        received: payment.received,
        pay_type: payment.pay_type,
        pay_from: payment.pay_from.clone(),
        list_discounts: payment.discounts.clone(),
        settled_fee: None,
        leave_from: None,
        void: false,
    };
    match payment::pay(case, &charge, PaidAt::Booth { by })? {
        PaymentResult::Noted { due } => Ok(json!({ "status": "noted", "due": due })),
        PaymentResult::Known => Err(Refusal::ChargeKnown.into()),
        PaymentResult::NoRecord => Err(Refusal::NotInside.into()),
    }
}

/// What a stay costs now, told as an order that binds like any other; nothing is taken or asked for.
pub(super) fn quote(case: &mut Case<'_>, plate_no: &PlateNo) -> Done {
    let record = payment::payable_record(case, plate_no.as_str())?.ok_or(Refusal::NotInside)?;
    let bill = access::bill(case, &record, case.now)?;
    let order = order::place(case, &record, &bill, Quote::plain(case.now))?;
    Ok(json!({
        "recordId": record.id,
        "orderNo": order.order_no,
        "plateNo": record.plate_no,
        "enterTime": order.enter_time,
        "leaveTime": order.leave_time,
        "receivables": bill.receivables,
        "discount": bill.discount,
        "received": bill.received,
        "due": bill.due,
        "chargeType": order.charge_type,
        "chargingDuration": order.charging_duration,
        "clockProven": case.clock_trusted(),
    }))
}

pub(super) fn ask(case: &mut Case<'_>, plate_no: &PlateNo) -> Done {
    let record = case.tx.open_record_by_any_plate(plate_no.as_str())?.ok_or(Refusal::NotInside)?;
    let order_no = payment::ask(case, &record)?.ok_or(Refusal::NothingDue)?;
    Ok(json!({ "status": "asked", "orderNo": order_no }))
}
