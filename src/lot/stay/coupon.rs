//! Coupons during a stay: taken up when its car comes in or they are given, told with its payments, and settled when it
//! ends. Who may give which, and what they do to a fee, are other rooms'.

use crate::lot::case::Case;
use crate::lot::money::relief::{Taken, no_more_than};
use crate::lot::report::{self, subject};
use crate::lot::rights::access;
use crate::model::merchant::{CouponTerms, Reduction};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{Charge, CouponDiscount, CouponState, GivenCoupon, ParkingRecord, StoreError};
use jiff::Timestamp;

/// Table 15's `payType` of what only coupons paid: other.
const BY_COUPON: i64 = 6;
/// Its `payFrom`.
const FROM_COUPON: &str = "优惠券";

/// A stay has begun, or has got these plates: it takes up the coupons that wait for them.
pub fn begin<'p>(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    plates: impl Iterator<Item = &'p str>,
) -> Result<(), StoreError> {
    for plate_no in plates {
        for coupon in case.tx.coupons_waiting(plate_no)? {
            let valid = coupon.valid_from <= record.enter_time
                && record.enter_time < coupon.valid_until
                || is_valid(&coupon, case.now);
            if valid && fits(&case.tx.coupons_of_stay(&record.id)?, &coupon.terms) {
                take_up(case, record, &coupon)?;
            }
        }
    }
    Ok(())
}

fn is_valid(coupon: &GivenCoupon, at: Timestamp) -> bool {
    coupon.valid_from <= at && at < coupon.valid_until
}

/// Whether a coupon may be used together with others.
pub fn fits(others: &[GivenCoupon], terms: &CouponTerms) -> bool {
    others.is_empty() || terms.stackable && others.iter().all(|one| one.terms.stackable)
}

/// From now on a stay uses a coupon; if its car waits, it may pass.
pub fn take_up(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    coupon: &GivenCoupon,
) -> Result<(), StoreError> {
    case.tx.use_coupon(coupon.number, &record.id, case.now)?;
    if let Reduction::Class(class) = &coupon.terms.reduction {
        case.tx.give_class(&record.id, class, &coupon.given_by, case.now)?;
    }
    changed(case, record)
}

/// What a stay owes is otherwise.
fn changed(case: &mut Case<'_>, record: &ParkingRecord) -> Result<(), StoreError> {
    if access::bill(case, record, case.now)?.due == Money::ZERO {
        case.tx.withdraw(&subject::order(&record.id))?;
    }
    if record.plate_no.is_some() {
        case.may_pass(record.plate_text());
    }
    Ok(())
}

/// A coupon is given back: no stay uses it, and nobody ever will.
pub fn give_back(case: &mut Case<'_>, coupon: &GivenCoupon) -> Result<(), StoreError> {
    case.tx.end_coupon(coupon.number, CouponState::Returned, Money::ZERO)?;
    let Some(record_id) = &coupon.record_id else { return Ok(()) };
    drop_class(case, record_id, coupon)?;
    match case.tx.open_record(record_id)? {
        Some(record) => changed(case, &record),
        None => Ok(()),
    }
}

/// The class that a coupon gave goes with it, unless another gives the same.
fn drop_class(case: &Case<'_>, record_id: &Id, coupon: &GivenCoupon) -> Result<(), StoreError> {
    let reduction = &coupon.terms.reduction;
    let Reduction::Class(class) = reduction else { return Ok(()) };
    let others = case.tx.coupons_of_stay(record_id)?;
    let another =
        |one: &GivenCoupon| one.number != coupon.number && one.terms.reduction == *reduction;
    if !others.iter().any(another) {
        case.tx.take_class(record_id, class)?;
    }
    Ok(())
}

/// A stay was none: its coupons wait for the next, but for those that were given for no other.
pub fn loosen(case: &mut Case<'_>, record_id: &Id) -> Result<(), StoreError> {
    for coupon in case.tx.coupons_of_stay(record_id)? {
        unused(case, &coupon, coupon.plate_no.is_none())?;
    }
    Ok(())
}

/// A coupon has let nothing off a stay.
fn unused(case: &Case<'_>, coupon: &GivenCoupon, bound: bool) -> Result<(), StoreError> {
    if bound {
        case.tx.end_coupon(coupon.number, CouponState::Void, Money::ZERO)
    } else {
        case.tx.loosen_coupon(coupon.number)
    }
}

/// What was let off a stay so far, with its payments.
pub fn let_off(case: &Case<'_>, record: &ParkingRecord) -> Result<Money, StoreError> {
    let charges = case.tx.charges_of(&record.id)?;
    let by_coupons = case.tx.coupon_discounts(&record.id)?;
    let by_coupons: Money = by_coupons.iter().map(|one| one.amount).sum();
    Ok(charges.iter().map(|charge| charge.discount).sum::<Money>() + by_coupons)
}

/// What coupons let off is told with a payment: by the order it pays, else as it stands.
pub fn told_with(
    case: &Case<'_>,
    record: &ParkingRecord,
    charge: &Charge,
) -> Result<(), StoreError> {
    if record.leave_time.is_some() {
        return Ok(());
    }
    let taken = match &charge.order_no {
        Some(order_no) if charge.settled_fee.is_some() => {
            let told = case.tx.order_relief(order_no)?.into_iter();
            told.map(|(coupon, amount)| Taken { coupon, amount }).collect()
        }
        _ => access::bill(case, record, case.now)?.taken,
    };
    note(case, record, &charge.id, &untold(case, record, &taken)?)
}

/// What of that no payment has told yet.
fn untold(
    case: &Case<'_>,
    record: &ParkingRecord,
    taken: &[Taken],
) -> Result<Vec<Taken>, StoreError> {
    let told = case.tx.coupon_discounts(&record.id)?;
    let rest = |one: &Taken| {
        let before = told.iter().filter(|told| told.coupon == one.coupon);
        let amount = one.amount.less(before.map(|told| told.amount).sum());
        Taken { amount, ..*one }
    };
    Ok(taken.iter().map(rest).filter(|one| one.amount > Money::ZERO).collect())
}

fn note(
    case: &Case<'_>,
    record: &ParkingRecord,
    charge_id: &Id,
    taken: &[Taken],
) -> Result<(), StoreError> {
    for Taken { coupon, amount } in taken {
        let (charge_id, coupon, amount) = (charge_id.clone(), *coupon, *amount);
        let discount = CouponDiscount { charge_id, coupon, amount };
        case.tx.add_coupon_discount(&record.id, &discount)?;
    }
    Ok(())
}

/// A stay has ended, on a bill by which its coupons let off `taken`: what no payment has told of that is told now (5008);
/// those that let nothing off wait for the next stay, but for the ones that are bound to this.
pub fn end(case: &mut Case<'_>, record: &ParkingRecord, taken: &[Taken]) -> Result<(), StoreError> {
    let coupons = case.tx.coupons_of_stay(&record.id)?;
    if coupons.is_empty() {
        return Ok(());
    }
    tell_rest(case, record, taken)?;
    let told = case.tx.coupon_discounts(&record.id)?;
    for coupon in coupons {
        let its = told.iter().filter(|told| told.coupon == coupon.number);
        let taken: Money = its.map(|told| told.amount).sum();
        // A class has told which prices the stay had.
        if taken > Money::ZERO || matches!(coupon.terms.reduction, Reduction::Class(_)) {
            case.tx.end_coupon(coupon.number, CouponState::Used, taken)?;
        } else {
            let bound = coupon.terms.entry_bound || coupon.plate_no.is_none();
            unused(case, &coupon, bound)?;
        }
    }
    Ok(())
}

fn tell_rest(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    taken: &[Taken],
) -> Result<(), StoreError> {
    let left = record.leave_time.unwrap_or(case.now);
    let rest = record.discount.less(let_off(case, record)?);
    let taken = no_more_than(&untold(case, record, taken)?, rest);
    if taken.is_empty() {
        return Ok(());
    }
    let charge = Charge {
        id: Id::random(),
        record_id: record.id.clone(),
        order_no: None,
        pay_time: left,
        receivables: Money::ZERO,
        discount: Money::ZERO,
        received: Money::ZERO,
        pay_type: BY_COUPON,
        pay_from: FROM_COUPON.to_owned(),
        list_discounts: Vec::new(),
        settled_fee: None,
        leave_from: None,
        void: false,
    };
    case.tx.add_charge(&charge)?;
    note(case, record, &charge.id, &taken)?;
    report::charge(case, record, &charge)
}

/// Time has passed: coupons that nobody has come for end.
pub fn expire(case: &mut Case<'_>) -> Result<(), StoreError> {
    case.tx.end_coupons(case.now)?;
    Ok(())
}
