//! Coupons during a stay: taken up when its car comes in or they are given, told with its payments, and settled when it
//! ends. Who may give which, and what they do to a fee, are other rooms'.

use crate::lot::case::Case;
use crate::lot::money::relief::{Taken, no_more_than, sum};
use crate::lot::report::{self, subject};
use crate::lot::rights::access;
use crate::model::merchant::{CouponTerms, Reduction};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{
    Charge, CouponDiscount, CouponState, GivenCoupon, ParkingRecord, PlacedOrder, StoreError,
};
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
                || is_valid(case, &coupon, case.now);
            if valid && fits(&case.tx.coupons_of_stay(&record.id)?, &coupon.terms) {
                take_up(case, record, &coupon)?;
            }
        }
    }
    Ok(())
}

fn is_valid(case: &Case<'_>, coupon: &GivenCoupon, at: Timestamp) -> bool {
    coupon.valid_from <= at && case.ends_after(at) < coupon.valid_until
}

/// Whether a coupon may be used together with others. Of those that take off time only one is bounded: what it may not
/// take of its hours another would.
pub fn fits(others: &[GivenCoupon], terms: &CouponTerms) -> bool {
    let bounded_time = |terms: &CouponTerms| {
        matches!(terms.reduction, Reduction::Hours(_)) && terms.at_most.is_some()
    };
    let goes_with = |other: &GivenCoupon| {
        other.terms.stackable && !(bounded_time(terms) && bounded_time(&other.terms))
    };
    others.is_empty() || terms.stackable && others.iter().all(goes_with)
}

/// From now on a stay uses a coupon; if its car waits, it may pass.
pub fn take_up(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    coupon: &GivenCoupon,
) -> Result<(), StoreError> {
    case.tx.use_coupon(coupon.number, &record.id, case.now)?;
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
    match case.tx.open_record(record_id)? {
        Some(record) => changed(case, &record),
        None => Ok(()),
    }
}

/// Whether something was paid since the coupon of a stay was there, or a price told with it still binds.
pub fn is_counted_on(case: &Case<'_>, coupon: &GivenCoupon) -> Result<bool, StoreError> {
    let (Some(record_id), Some(since)) = (&coupon.record_id, coupon.used_since) else {
        return Ok(false);
    };
    let paid_since = |charge: &Charge| !charge.void && charge.pay_time >= since;
    if case.tx.charges_of(record_id)?.iter().any(paid_since) {
        return Ok(true);
    }
    let pay_within = case.rules.tariff.pay_within;
    let binding = |order: &PlacedOrder| {
        let moment = order.terms.and_then(|terms| terms.moment);
        moment.is_some_and(|told| told >= since && case.now.duration_since(told) <= pay_within)
    };
    Ok(case.tx.orders_of(record_id)?.iter().any(binding))
}

/// A stay has got its true plate: coupons that were another plate's wait for that again, but for those that somebody
/// counts on already, and it takes up those that wait for its own.
pub fn renamed(case: &mut Case<'_>, record: &ParkingRecord) -> Result<(), StoreError> {
    for coupon in case.tx.coupons_of_stay(&record.id)? {
        if is_of_another(case, record, &coupon)? && !is_counted_on(case, &coupon)? {
            case.tx.loosen_coupon(coupon.number)?;
        }
    }
    begin(case, record, std::iter::once(record.plate_text()))
}

/// Whether a coupon was given for a plate that is none of a stay's.
fn is_of_another(
    case: &Case<'_>,
    record: &ParkingRecord,
    coupon: &GivenCoupon,
) -> Result<bool, StoreError> {
    match coupon.plate_no.as_deref() {
        Some(plate_no) if plate_no != record.plate_text() => {
            Ok(!case.tx.has_alias(&record.id, plate_no)?)
        }
        _ => Ok(false),
    }
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

/// What coupons let off is told with the payment after which nothing is due: by the order it pays, else as it stands. One
/// that pays a part has settled nothing yet, and a further coupon may change what each of them lets off.
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
        _ => {
            let bill = access::bill(case, record, case.now)?;
            if bill.due > Money::ZERO { Vec::new() } else { bill.taken }
        }
    };
    note(case, record, &charge.id, &untold(case, record, &taken)?)
}

/// What of that no payment has told yet: of each coupon, and together no more than of all.
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
    let rest: Vec<Taken> = taken.iter().map(rest).collect();
    let of_all = sum(taken).less(told.iter().map(|told| told.amount).sum());
    Ok(no_more_than(&rest, of_all))
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

/// Coupons that begin at once in one turn; the rest have the next.
const BEGIN_AT_ONCE: u32 = 100;

/// Time has passed: coupons that nobody has come for end, and those whose time has come are taken up where their cars are
/// inside already.
pub fn pass_time(case: &mut Case<'_>) -> Result<(), StoreError> {
    case.tx.end_coupons(case.ends_after(case.now))?;
    for coupon in case.tx.coupons_begun(case.now, BEGIN_AT_ONCE)? {
        if !case.comes_to(format_args!("coupon {}", coupon.number)) {
            continue;
        }
        let waits = coupon.state == CouponState::Open && coupon.record_id.is_none();
        let Some(plate_no) = coupon.plate_no.as_deref().filter(|_| waits) else { continue };
        let Some(record) = case.tx.open_record_by_any_plate(plate_no)? else { continue };
        if fits(&case.tx.coupons_of_stay(&record.id)?, &coupon.terms) {
            take_up(case, &record, &coupon)?;
        }
    }
    Ok(())
}
