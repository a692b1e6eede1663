//! 6006: what a stay costs (tables 83 and 14), by plate or by space, with a coupon. What it says binds for a
//! while; only an end that lies in the past is asked for knowledge's sake.

use super::{Answered, Done, Refused, end, refuse};
use crate::foreign::number;
use crate::lot::case::{Case, Stop};
use crate::lot::money::fee;
use crate::lot::money::order::{self, Coupon, Quote, Reckoning};
use crate::lot::rights::{access, conditions};
use crate::lot::stay::payment;
use crate::standard::codes::ErrorCode;
use crate::standard::datetime::DateTime;
use crate::standard::entities::{FeeQuery, ParkOrder};
use crate::standard::money::Money;
use crate::store::ParkingRecord;
use rust_decimal::Decimal;

pub(super) fn carry_out(case: &mut Case<'_>, query: &FeeQuery) -> Done {
    let record = find(case, query)?;
    let at = query.end_time.map(|time| end(case, time, "endTime")).transpose()?;
    // The platform's clock has seconds: the one that is running is now.
    let second = case.now.as_second();
    let at = at.filter(|at| at.as_second() != second).unwrap_or(case.now);
    let coupon = coupon(query).map_err(|code| refuse(code, "couponValue"))?;
    let paid = &access::paid(case, &record)?;
    let conditions = &conditions::of(case, &record, at)?;
    let bill = fee::bill(&case.rules.tariff, &record, paid, conditions, at);
    let reckoning = Reckoning { record: &record, paid, conditions, at };
    let taken_off = order::coupon_discount(case.rules, &reckoning, coupon);
    let moment = (at >= case.now || record.leave_time.is_some()).then_some(at);
    let order = order::place(case, &record, &bill, Quote { coupon: (coupon, taken_off), moment })?;
    let asked = query.end_time.map(|_| DateTime::at(at, &case.rules.time_zone));
    let leave_time = order.leave_time.or(asked);
    let order = ParkOrder { leave_time, ..order };
    Ok(Answered::told(serde_json::to_value(order).into_iter().collect()))
}

/// The record asked about: by plate where one is given, else by space (ambiguity 76). A stay that has ended is
/// asked about while it still owes.
fn find(case: &Case<'_>, query: &FeeQuery) -> Result<ParkingRecord, Stop<Refused>> {
    let found = match (&query.plate_no, &query.space_no) {
        (Some(plate_no), _) => payment::payable_record(case, plate_no.as_str())?,
        (None, Some(space_no)) if case.rules.space(space_no).is_none() => {
            return Err(refuse(ErrorCode::NO_SPACE, "spaceNo").into());
        }
        (None, Some(space_no)) => payment::payable_record_at(case, space_no)?,
        (None, None) => return Err(refuse(ErrorCode::NAMING, "plateNo, spaceNo: missing").into()),
    };
    Ok(found.ok_or_else(|| refuse(ErrorCode::NOT_IN_LOT, ""))?)
}

/// Table 83's values.
fn coupon(query: &FeeQuery) -> Result<Coupon, ErrorCode> {
    let value = || {
        let text = query.coupon_value.as_ref().ok_or(ErrorCode::NAMING)?.as_str();
        let value = number::decimal(text).filter(|value| !value.is_sign_negative());
        value.ok_or(ErrorCode::OUT_OF_RANGE)
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
