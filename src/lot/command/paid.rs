//! 6007: the platform received a payment (table 84). It counts once by its charge id; a car that waits
//! for it leaves at once. The reply has no elements unless something is wrong.

use super::super::payment::{self, PaymentResult};
use super::super::{LotError, Outcome};
use super::{Answer, Step};
use crate::standard::codes::ErrorCode;
use crate::standard::entities::{PaidNotice, ParkChargeInfo};
use crate::standard::money::Money;
use crate::store::Charge;

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    notice: &PaidNotice,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    let Step { tx, context, .. } = *step;
    let info = notice.charge_info.clone();
    if info.received < Money::ZERO || info.discount < Money::ZERO {
        return Ok(step.refuse(ErrorCode::OUT_OF_RANGE, "received, discount"));
    }
    let pay_time = match step.moment(info.pay_time, "payTime") {
        Ok(pay_time) => pay_time,
        Err(refused) => return Ok(refused),
    };
    let Some(record_id) = record_of(step, &info)? else {
        return Ok(step.refuse(ErrorCode::NO_OBJECT, "recordId"));
    };
    let charge = Charge {
        id: info.id.as_str().to_ascii_lowercase(),
        record_id,
        order_no: info.order_no,
        // A clock ahead of ours must not grant a longer leaving time.
        pay_time: pay_time.min(context.now),
        receivables: info.receivables,
        discount: info.discount,
        received: info.received,
        pay_type: info.pay_type,
        pay_from: info.pay_from,
        list_discounts: serde_json::to_string(&info.list_discounts).unwrap_or_default(),
    };
    let report = context.rules.report_platform_payments;
    let (result, outcome) = payment::pay(tx, context, &charge, report)?;
    out.append(outcome);
    Ok(match result {
        PaymentResult::NoRecord => step.refuse(ErrorCode::NO_OBJECT, "recordId"),
        PaymentResult::Noted { .. } | PaymentResult::Known => Answer::done(charge.id, "paid", None),
    })
}

/// The record it pays for, by its id or by the order we gave for it.
fn record_of(step: &Step<'_, '_>, info: &ParkChargeInfo) -> Result<Option<String>, LotError> {
    if let Some(record) = step.tx.record(info.record_id.as_str())? {
        return Ok(Some(record.id));
    }
    Ok(match &info.order_no {
        Some(order_no) => step.tx.record_of_order(order_no)?,
        None => None,
    })
}
