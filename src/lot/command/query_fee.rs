//! 6006: what a stay costs (tables 83 and 14), by plate or by space, with a coupon.

use super::super::order::{self, Coupon, Reckoning};
use super::super::{LotError, Outcome, entitlement, fee};
use super::{Answer, Step};
use crate::standard::codes::ErrorCode;
use crate::standard::entities::FeeQuery;
use crate::standard::money::Money;
use crate::store::ParkingRecord;
use rust_decimal::Decimal;

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    query: &FeeQuery,
    _out: &mut Outcome,
) -> Result<Answer, LotError> {
    let Step { tx, context, .. } = *step;
    let record = match find(step, query)? {
        Ok(record) => record,
        Err(refused) => return Ok(refused),
    };
    let at = match query.end_time.map(|end| step.moment(end, "endTime")).transpose() {
        Ok(end) => end.unwrap_or(context.now),
        Err(refused) => return Ok(refused),
    };
    let coupon = match coupon(query) {
        Ok(coupon) => coupon,
        Err(code) => return Ok(step.refuse(code, "couponValue")),
    };
    let charges = tx.charges_of(&record.id)?;
    let free = &entitlement::free_time(tx, context, &record, at)?;
    let mut bill = fee::bill(&context.rules.tariff, &record, &charges, free, at);
    let reckoning = Reckoning { record: &record, charges: &charges, free, at };
    let discount = order::coupon_discount(context, &reckoning, coupon);
    bill.discount = bill.discount + discount;
    bill.due = bill.due.less(discount);
    let order = order::place(tx, context, &record, &bill, coupon)?;
    let leave_time = order.leave_time.or(query.end_time);
    let order = crate::standard::entities::ParkOrder { leave_time, ..order };
    Ok(Answer::told(serde_json::to_value(order).into_iter().collect()))
}

/// The record asked about: by plate where one is given, else by space (ambiguity 76).
fn find(step: &Step<'_, '_>, query: &FeeQuery) -> Result<Result<ParkingRecord, Answer>, LotError> {
    let found = match (&query.plate_no, &query.space_no) {
        (Some(plate_no), _) => step.tx.open_record_of(plate_no.as_str())?,
        (None, Some(space_no)) if step.context.rules.space(space_no).is_none() => {
            return Ok(Err(step.refuse(ErrorCode::NO_SPACE, "spaceNo")));
        }
        (None, Some(space_no)) => step.tx.open_record_at(space_no)?,
        (None, None) => {
            return Ok(Err(step.refuse(ErrorCode::NAMING, "plateNo, spaceNo: missing")));
        }
    };
    Ok(found.ok_or_else(|| step.refuse(ErrorCode::NOT_IN_LOT, "")))
}

/// Table 83's values.
fn coupon(query: &FeeQuery) -> Result<Coupon, ErrorCode> {
    let value = || {
        let text = query.coupon_value.as_ref().ok_or(ErrorCode::NAMING)?.as_str();
        let value = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
        value.ok().filter(|value| !value.is_sign_negative()).ok_or(ErrorCode::OUT_OF_RANGE)
    };
    match query.coupon_type {
        Some(1) => {
            let amount = Money::new(value()?.round_dp(2)).map_err(|_| ErrorCode::OUT_OF_RANGE)?;
            Ok(Coupon::Amount(amount))
        }
        // More hours than in a thousand years are no coupon.
        Some(2) => match value()? {
            hours if hours <= Decimal::from(8_766_000) => Ok(Coupon::Hours(hours)),
            _ => Err(ErrorCode::OUT_OF_RANGE),
        },
        Some(3) => Ok(Coupon::All),
        _ => Ok(Coupon::None),
    }
}
