//! Coupons given by staff, who may give any, and by shops, who may give theirs within their quota; and given back. What
//! becomes of them with their stay is that's.

use super::Done;
use super::visitor::within_time;
use crate::lot::case::{Case, Stop};
use crate::lot::rights::access;
use crate::lot::stay::coupon;
use crate::model::happening::Happening;
use crate::model::merchant::{CouponChoice, CouponTarget, Merchant, NewCoupon, Quota, Reduction};
use crate::model::staff::{QuotaKind, Refusal};
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{CouponState, GivenCoupon, ParkingRecord, StoreError};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// How long a coupon of staff can be used where they do not say.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Coupons a plate or a stay may have at once.
const COUPONS_OF_CAR: usize = 20;

pub(super) fn give(case: &mut Case<'_>, id: &Id, operator: &str, new: &NewCoupon) -> Done {
    if case.tx.has_coupon(id)? {
        return Err(Refusal::IdUsed.into());
    }
    let given = draft(case, id, operator, new)?;
    let inside = inside(case, &new.target)?;
    may_be_used(case, &given, inside.as_ref())?;
    if let Some(merchant) = given.merchant.as_deref().and_then(|name| case.rules.merchant(name)) {
        within_quota(case, merchant, &given)?;
    }
    let number = case.tx.add_coupon(&given)?;
    let given = GivenCoupon { number, ..given };
    case.tell(Happening::CouponGiven { coupon_no: given.coupon_no(), by: operator.to_owned() });
    let used_for = inside.filter(|_| given.valid_from <= case.now);
    if let Some(record) = &used_for {
        coupon::take_up(case, record, &given)?;
    }
    answer(case, &given, used_for.as_ref())
}

/// What a shop is told says nothing of the car it gives to.
fn answer(case: &Case<'_>, given: &GivenCoupon, used_for: Option<&ParkingRecord>) -> Done {
    let local = |moment| DateTime::at(moment, &case.rules.time_zone);
    let mut answer = json!({
        "status": "given",
        "couponNo": given.coupon_no(),
        "from": local(given.valid_from),
        "until": local(given.valid_until),
    });
    let used_for = used_for.filter(|_| given.merchant.is_none());
    if let (Some(record), Some(answer)) = (used_for, answer.as_object_mut()) {
        let due = access::bill(case, record, case.now)?.due;
        answer.insert("recordId".to_owned(), json!(record.id));
        answer.insert("due".to_owned(), json!(due));
    }
    Ok(answer)
}

/// The coupon as it is asked for.
fn draft(
    case: &Case<'_>,
    id: &Id,
    operator: &str,
    new: &NewCoupon,
) -> Result<GivenCoupon, Stop<Refusal>> {
    let now = case.now;
    let (merchant, terms, valid_from, valid_until) = match &new.which {
        CouponChoice::Offered { merchant, name } => {
            let known = case.rules.merchant(merchant).ok_or(Refusal::NoOffer)?;
            let mut offers = known.offers.iter();
            let offer = offers.find(|offer| offer.terms.name == *name).ok_or(Refusal::NoOffer)?;
            (Some(known), offer.terms.clone(), now, after(now, offer.valid_for))
        }
        CouponChoice::Free { terms, from, until } => {
            let from = from.unwrap_or(now);
            (None, terms.clone(), from, until.unwrap_or_else(|| after(from.max(now), A_DAY)))
        }
    };
    within_time(case, valid_from, valid_until)?;
    if matches!(new.target, CouponTarget::Record(_)) && valid_from > now {
        return Err(Refusal::BeginsLater.into());
    }
    if let Reduction::Class(class) = &terms.reduction
        && !case.rules.tariff.classes.iter().any(|known| known.name == *class)
    {
        return Err(Refusal::NoClass.into());
    }
    Ok(GivenCoupon {
        number: 0,
        id: id.clone(),
        merchant: merchant.map(|known| known.name.clone()),
        org_code: merchant.and_then(|known| known.org_code.clone()),
        terms,
        plate_no: match &new.target {
            CouponTarget::Plate(plate_no) => Some(plate_no.to_string()),
            CouponTarget::Record(_) => None,
        },
        record_id: None,
        used_since: None,
        valid_from,
        valid_until,
        given_by: operator.to_owned(),
        given_at: now,
        day: case.rules.time_zone.to_datetime(now).date(),
        state: CouponState::Open,
        taken: Money::ZERO,
    })
}

fn after(moment: Timestamp, time: SignedDuration) -> Timestamp {
    moment.checked_add(time).unwrap_or(Timestamp::MAX)
}

/// The stay a coupon is for, where its car is inside; one given for a stay that is over is refused.
fn inside(case: &Case<'_>, target: &CouponTarget) -> Result<Option<ParkingRecord>, Stop<Refusal>> {
    match target {
        CouponTarget::Plate(plate_no) => Ok(case.tx.open_record_by_any_plate(plate_no.as_str())?),
        CouponTarget::Record(id) => match case.tx.record(id)? {
            None => Err(Refusal::NoRecord.into()),
            Some(record) if record.leave_time.is_some() => Err(Refusal::StayEnded.into()),
            open => Ok(open),
        },
    }
}

/// Whether it may be used together with what is there already: of its stay, and what waits for its plate at the same
/// time.
fn may_be_used(
    case: &Case<'_>,
    given: &GivenCoupon,
    inside: Option<&ParkingRecord>,
) -> Result<(), Stop<Refusal>> {
    let mut others = match inside {
        Some(record) => case.tx.coupons_of_stay(&record.id)?,
        None => Vec::new(),
    };
    if let Some(plate_no) = &given.plate_no {
        let overlaps = |one: &GivenCoupon| {
            one.valid_from < given.valid_until && given.valid_from < one.valid_until
        };
        others.extend(case.tx.coupons_waiting(plate_no)?.into_iter().filter(overlaps));
    }
    if others.len() >= COUPONS_OF_CAR {
        return Err(Refusal::TooMany { max: COUPONS_OF_CAR }.into());
    }
    if !coupon::fits(&others, &given.terms) {
        return Err(Refusal::NotStackable.into());
    }
    Ok(())
}

/// Whether a shop may give one more, of that worth, on that day and in its month.
fn within_quota(
    case: &Case<'_>,
    merchant: &Merchant,
    given: &GivenCoupon,
) -> Result<(), Stop<Refusal>> {
    let Quota { per_day, per_month, yuan_per_day, yuan_per_month } = merchant.quota;
    let day = given.day;
    let worth = given.terms.worth();
    for (first, last, coupons, yuan) in [
        (day, day, (per_day, QuotaKind::CouponsADay), (yuan_per_day, QuotaKind::YuanADay)),
        (
            day.first_of_month(),
            day.last_of_month(),
            (per_month, QuotaKind::CouponsAMonth),
            (yuan_per_month, QuotaKind::YuanAMonth),
        ),
    ] {
        let (count, sum) = given_before(case, merchant, first, last)?;
        let reached = |quota| Err(Refusal::QuotaReached { quota }.into());
        if coupons.0.is_some_and(|most| count >= most) {
            return reached(coupons.1);
        }
        let Some(most) = yuan.0.filter(|_| worth != Some(Money::ZERO)) else { continue };
        // What was given before there was a bound may take off whatever is left.
        let unbounded = case.tx.unbounded_between(&merchant.name, first, last)?;
        if unbounded > 0 || sum + worth.unwrap_or_default() > most {
            return reached(yuan.1);
        }
    }
    Ok(())
}

fn given_before(
    case: &Case<'_>,
    merchant: &Merchant,
    first: Date,
    last: Date,
) -> Result<(i64, Money), StoreError> {
    case.tx.given_between(&merchant.name, first, last)
}

/// Nobody shall use it: it no longer counts. One with which a price was told that still binds, or of which something
/// was used, is not given back.
pub(super) fn give_back(
    case: &mut Case<'_>,
    number: i64,
    merchant: Option<&str>,
    operator: &str,
) -> Done {
    let given = case.tx.coupon(number)?.ok_or(Refusal::NoCoupon)?;
    if merchant.is_some_and(|name| given.merchant.as_deref() != Some(name)) {
        return Err(Refusal::NoCoupon.into());
    }
    if given.state != CouponState::Open {
        return Err(Refusal::CouponGone.into());
    }
    if is_in_use(case, &given)? {
        return Err(Refusal::CouponInUse.into());
    }
    coupon::give_back(case, &given)?;
    case.tell(Happening::CouponReturned { coupon_no: given.coupon_no(), by: operator.to_owned() });
    Ok(json!({ "status": "returned", "couponNo": given.coupon_no() }))
}

/// Whether somebody counts on it: something was paid with it, a price told with it still binds, its car was let out.
fn is_in_use(case: &Case<'_>, given: &GivenCoupon) -> Result<bool, StoreError> {
    let Some(record_id) = &given.record_id else { return Ok(false) };
    let Some(record) = case.tx.open_record(record_id)? else { return Ok(false) };
    if coupon::is_counted_on(case, given)? {
        return Ok(true);
    }
    let plate_no = record.plate_text();
    let leaves = case
        .tx
        .all_passing()?
        .into_iter()
        .any(|passing| passing.leaves && passing.car.plate_no.as_str() == plate_no);
    Ok(leaves)
}
