//! 6007: the platform received a payment (table 84). It counts once by its charge id; a car that waits
//! for it leaves at once. The reply has no elements unless something is wrong.

use super::super::payment::{self, PaymentResult};
use super::super::{Context, LotError, Outcome};
use super::Answer;
use crate::standard::codes::ErrorCode;
use crate::standard::entities::PaidNotice;
use crate::store::{Charge, Transaction};
use serde_json::{Map, Value, json};

pub(super) fn carry_out(
    tx: &Transaction<'_>,
    context: Context<'_>,
    element: Map<String, Value>,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    let notice: PaidNotice = match serde_json::from_value(element.into()) {
        Ok(notice) => notice,
        Err(error) => return Ok(refused(ErrorCode::NAMING, &error.to_string())),
    };
    let info = notice.charge_info;
    let Some(pay_time) = info.pay_time.moment(&context.rules.time_zone) else {
        return Ok(refused(ErrorCode::OUT_OF_RANGE, "payTime"));
    };
    let charge = Charge {
        id: info.id.to_string(),
        record_id: info.record_id.to_string(),
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
    out.actuations.extend(outcome.actuations);
    out.happenings.extend(outcome.happenings);
    out.reported |= outcome.reported;
    Ok(match result {
        PaymentResult::NoRecord => refused(ErrorCode::NO_OBJECT, "recordId"),
        PaymentResult::Noted { .. } | PaymentResult::Known => Answer { reply: None, journal: None },
    })
}

fn refused(code: ErrorCode, detail: &str) -> Answer {
    let meaning = code.meaning().map_or("", |(zh, _)| zh);
    let reply = json!({ "code": code.0, "message": format!("{meaning}：{detail}") });
    Answer { reply: Some(reply), journal: None }
}
