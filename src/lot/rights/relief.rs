//! Which coupons a stay has and what they do to its fee. Reads only; what that comes to is `money`'s.

use crate::lot::case::Case;
use crate::lot::money::relief::{Off, Relief, ReliefStep};
use crate::model::merchant::Reduction;
use crate::store::{GivenCoupon, ParkingRecord, StoreError};

/// What the coupons of a stay let off. One that gives a class takes nothing off: it changes the price.
pub fn of(case: &Case<'_>, record: &ParkingRecord) -> Result<Relief, StoreError> {
    let coupons = case.tx.coupons_of_stay(&record.id)?;
    let given_at = coupons.iter().filter_map(|coupon| coupon.used_since).max();
    Ok(Relief::of(coupons.iter().filter_map(step).collect(), given_at))
}

fn step(coupon: &GivenCoupon) -> Option<ReliefStep> {
    let off = match &coupon.terms.reduction {
        Reduction::Hours(time) => Off::Time(*time),
        Reduction::Percent(percent) => Off::Percent(*percent),
        Reduction::Amount(amount) => Off::Amount(*amount),
        Reduction::All => Off::All,
        Reduction::Class(_) => return None,
    };
    Some(ReliefStep { coupon: coupon.number, off, at_most: coupon.terms.at_most })
}
