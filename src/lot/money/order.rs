//! What a stay costs, said as an order (table 14). An order keeps its number while nothing about it
//! changed.

use super::fee::{Bill, Conditions, Paid, bill};
use super::relief::Taken;
use crate::lot::case::Case;
use crate::lot::interval::total;
use crate::lot::rules::Rules;
use crate::standard::datetime::DateTime;
use crate::standard::entities::ParkOrder;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{Charge, OrderTerms, ParkingRecord, StoreError};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use std::fmt::Write as _;

/// A discount the driver brings along (table 83).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coupon {
    /// 0
    None,
    /// 1: so many yuan less.
    Amount(Money),
    /// 2: so many hours less.
    Hours(Decimal),
    /// 3: all free.
    All,
}

/// A stay's sums at a moment, with what is needed to reckon a coupon.
pub struct Reckoning<'a> {
    /// The record.
    pub record: &'a ParkingRecord,
    /// What was paid.
    pub paid: &'a Paid,
    /// What its fee depends on.
    pub conditions: &'a Conditions,
    /// The moment up to which it is reckoned.
    pub at: Timestamp,
}

/// How much a coupon takes off what is due.
pub fn coupon_discount(rules: &Rules, reckoning: &Reckoning<'_>, coupon: Coupon) -> Money {
    let Reckoning { record, paid, conditions, at } = reckoning;
    let tariff = &rules.tariff;
    let due = bill(tariff, record, paid, conditions, *at).due;
    match coupon {
        Coupon::None => Money::ZERO,
        Coupon::Amount(amount) => amount.min(due),
        Coupon::All => due,
        Coupon::Hours(hours) => {
            let seconds = hours.checked_mul(Decimal::from(3600)).and_then(|all| all.to_i64());
            let seconds = seconds.unwrap_or(0);
            // As if the stay had ended so much earlier.
            let end = record.leave_time.unwrap_or(*at);
            let earlier = end.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(end);
            let shorter = ParkingRecord { leave_time: None, ..(*record).clone() };
            let shorter = bill(tariff, &shorter, paid, conditions, earlier.max(record.enter_time));
            due.less(shorter.due)
        }
    }
}

/// How a bill is told as an order.
#[derive(Debug, Clone, Copy)]
pub struct Quote {
    /// The discount the driver brings along, and what it takes off.
    pub coupon: (Coupon, Money),
    /// Up to when it binds the lot to what it says; none where it only informs.
    pub moment: Option<Timestamp>,
}

impl Quote {
    /// The bill as it stands at `moment`.
    pub fn plain(moment: Timestamp) -> Self {
        Self { coupon: (Coupon::None, Money::ZERO), moment: Some(moment) }
    }
}

/// The order for a bill. Told again while nothing has changed it keeps its number and binds up to the new
/// moment.
pub fn place(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    bill: &Bill,
    quote: Quote,
) -> Result<ParkOrder, StoreError> {
    let (coupon, taken_off) = quote.coupon;
    let bill = &Bill {
        discount: bill.discount + taken_off,
        due: bill.due.less(taken_off),
        ..bill.clone()
    };
    let order = describe(case.rules, record, bill, coupon);
    let mut form = format!(
        "{} {} {} {} {coupon:?}",
        order.receivables, order.discount, order.paid_amount, bill.due
    );
    for Taken { coupon, amount } in &bill.taken {
        let _ = write!(form, " {coupon}:{amount}");
    }
    let terms = OrderTerms {
        moment: quote.moment,
        fee: bill.receivables,
        payable: bill.due,
        coupon: taken_off,
    };
    let order_no = match case.tx.order_of_form(&record.id, &form)? {
        Some(known) => {
            let before = known.terms.and_then(|terms| terms.moment);
            if known.terms.is_none() || before < terms.moment {
                case.tx.set_order_terms(&known.order_no, terms)?;
            }
            known.order_no
        }
        None => {
            let order_no = Id::random().to_string();
            case.tx.add_order(&order_no, &record.id, &form, terms)?;
            for Taken { coupon, amount } in &bill.taken {
                case.tx.add_order_relief(&order_no, *coupon, *amount)?;
            }
            order_no
        }
    };
    Ok(ParkOrder { order_no, ..order })
}

/// The order of a payment that names none: it asked for just that.
pub fn place_paid(
    case: &Case<'_>,
    record: &ParkingRecord,
    bill: &Bill,
    charge: &Charge,
) -> Result<String, StoreError> {
    let (order_no, form) = (Id::random().to_string(), format!("paid {}", charge.id));
    let payable = charge.received;
    let terms = OrderTerms { moment: None, fee: bill.receivables, payable, coupon: Money::ZERO };
    case.tx.add_order(&order_no, &record.id, &form, terms)?;
    Ok(order_no)
}

fn describe(rules: &Rules, record: &ParkingRecord, bill: &Bill, coupon: Coupon) -> ParkOrder {
    let tariff = &rules.tariff;
    let local = |moment| DateTime::at(moment, &rules.time_zone);
    let begin = bill.charged.first().map_or(record.enter_time, |first| first.from);
    ParkOrder {
        order_no: String::new(),
        record_id: record.id.clone(),
        park_code: rules.park_code.clone(),
        space_no: record.space_no.clone(),
        plate_no: record.plate_no.clone(),
        enter_time: local(record.enter_time),
        charging_start: local(begin),
        charging_duration: minutes_begun(total(&bill.charged)),
        leave_time: record.leave_time.map(local),
        paid_amount: bill.received,
        receivables: bill.receivables,
        other_fee: Money::ZERO,
        discount: bill.discount,
        charging_fee: Money::ZERO,
        charge_type: Some(charge_type(bill, coupon)),
        free_minute: Some(bill.free_for.as_mins()),
        surplus_minute: Some(tariff.leave_within.as_mins()),
    }
}

/// Table 14's `chargeType`: 0 charged, 1 within the free time, 2 free, 3 beyond the cap, 4 discounted to
/// nothing.
fn charge_type(bill: &Bill, coupon: Coupon) -> i64 {
    if bill.due > Money::ZERO {
        0
    } else if bill.receivables == Money::ZERO {
        if bill.within_free { 1 } else { 2 }
    } else if (coupon != Coupon::None || !bill.taken.is_empty()) && bill.received < bill.receivables
    {
        4
    } else if !bill.paid_in_time && bill.capped {
        3
    } else {
        0
    }
}

fn minutes_begun(time: SignedDuration) -> i64 {
    let begun = time.as_secs() % 60 > 0 || time.subsec_nanos() > 0;
    (time.as_secs() / 60).saturating_add(i64::from(begun))
}
