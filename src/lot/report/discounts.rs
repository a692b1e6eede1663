//! What coupons took off with a payment, as table 16 lists it. For [`charge`](super::charge).

use crate::lot::case::Case;
use crate::model::merchant::Reduction;
use crate::standard::entities::DiscountRecord;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{Charge, GivenCoupon, StoreError};
use rust_decimal::Decimal;

/// Characters that table 16's `discountChannel` holds.
const CHANNEL: usize = 100;
/// Who gave it, where no shop did.
const BY_STAFF: &str = "停车场";

/// What coupons took off with a charge in all, and which they were.
pub(super) fn of_charge(
    case: &Case<'_>,
    charge: &Charge,
) -> Result<(Money, Vec<DiscountRecord>), StoreError> {
    let mut all = Money::ZERO;
    let mut listed = Vec::new();
    let told = case.tx.coupon_discounts(&charge.record_id)?;
    for one in told.iter().filter(|one| one.charge_id == charge.id) {
        all = all + one.amount;
        if let Some(coupon) = case.tx.coupon(one.coupon)? {
            listed.push(record(&coupon, one.amount));
        }
    }
    Ok((all, listed))
}

/// A coupon as table 16 has it, whose id is of this use of it.
fn record(coupon: &GivenCoupon, amount: Money) -> DiscountRecord {
    let (coupon_type, coupon_value) = match &coupon.terms.reduction {
        Reduction::Amount(yuan) => (1, *yuan),
        Reduction::Hours(time) => (2, hundredths(time.as_secs() / 36)),
        Reduction::Percent(percent) => (3, hundredths(i64::from(*percent))),
        Reduction::All => (4, Money::yuan(1)),
        Reduction::Class(_) => (1, amount),
    };
    let channel = coupon.merchant.as_deref().unwrap_or(BY_STAFF);
    DiscountRecord {
        id: Id::random(),
        coupon_no: Some(coupon.coupon_no()),
        coupon_type,
        coupon_value,
        discount_channel: Some(channel.chars().take(CHANNEL).collect()),
        channel_org_code: coupon.org_code.clone(),
    }
}

/// A number with two places.
fn hundredths(number: i64) -> Money {
    Money::new(Decimal::new(number, 2)).unwrap_or_default()
}
