//! 6006: what a stay costs (tables 83 and 14), by plate or by space, with a coupon.

use super::{Answered, Done, Refused, moment, refuse};
use crate::lot::case::{Case, Stop};
use crate::lot::money::fee;
use crate::lot::money::order::{self, Coupon, Reckoning};
use crate::lot::rights::entitlement;
use crate::standard::codes::ErrorCode;
use crate::standard::entities::{FeeQuery, ParkOrder};
use crate::standard::money::Money;
use crate::store::ParkingRecord;
use rust_decimal::Decimal;

pub(super) fn carry_out(case: &mut Case<'_>, query: &FeeQuery) -> Done {
    let record = find(case, query)?;
    let at = query.end_time.map(|end| moment(case, end, "endTime")).transpose()?;
    let at = at.unwrap_or(case.now);
    let coupon = coupon(query).map_err(|code| refuse(code, "couponValue"))?;
    let charges = case.tx.charges_of(&record.id)?;
    let free = &entitlement::free_time(case, &record, at)?;
    let mut bill = fee::bill(&case.rules.tariff, &record, &charges, free, at);
    let reckoning = Reckoning { record: &record, charges: &charges, free, at };
    let discount = order::coupon_discount(case.rules, &reckoning, coupon);
    bill.discount = bill.discount + discount;
    bill.due = bill.due.less(discount);
    let order = order::place(case, &record, &bill, coupon)?;
    let leave_time = order.leave_time.or(query.end_time);
    let order = ParkOrder { leave_time, ..order };
    Ok(Answered::told(serde_json::to_value(order).into_iter().collect()))
}

/// The record asked about: by plate where one is given, else by space (ambiguity 76).
fn find(case: &Case<'_>, query: &FeeQuery) -> Result<ParkingRecord, Stop<Refused>> {
    let found = match (&query.plate_no, &query.space_no) {
        (Some(plate_no), _) => case.tx.open_record_of(plate_no.as_str())?,
        (None, Some(space_no)) if case.rules.space(space_no).is_none() => {
            return Err(refuse(ErrorCode::NO_SPACE, "spaceNo").into());
        }
        (None, Some(space_no)) => case.tx.open_record_at(space_no)?,
        (None, None) => return Err(refuse(ErrorCode::NAMING, "plateNo, spaceNo: missing").into()),
    };
    Ok(found.ok_or_else(|| refuse(ErrorCode::NOT_IN_LOT, ""))?)
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
