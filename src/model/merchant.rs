//! Shops that give coupons, and what coupons give; visitors' passes: as they are configured and asked for. Types; nothing
//! here decides.

use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use jiff::{SignedDuration, Timestamp};

/// What a coupon gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reduction {
    /// So many yuan less.
    Amount(Money),
    /// The first so many hours of the stay.
    Hours(SignedDuration),
    /// So many percent less, 1 to 100.
    Percent(u8),
    /// Everything.
    All,
    /// The prices of a class of vehicles.
    Class(String),
}

impl Reduction {
    /// The word for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Amount(_) => "amount",
            Self::Hours(_) => "hours",
            Self::Percent(_) => "percent",
            Self::All => "all",
            Self::Class(_) => "class",
        }
    }
}

/// What a coupon is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponTerms {
    /// What people call it; empty where it has no name.
    pub name: String,
    /// What it gives.
    pub reduction: Reduction,
    /// It takes off no more than this.
    pub at_most: Option<Money>,
    /// Whether it may be used together with others that may.
    pub stackable: bool,
    /// Whether it ends with the stay it was used for, though it took nothing off.
    pub entry_bound: bool,
}

impl CouponTerms {
    /// The most it can take off, where that is known; a class takes nothing off, it changes the price.
    pub fn worth(&self) -> Option<Money> {
        match &self.reduction {
            Reduction::Amount(amount) => {
                Some(self.at_most.map_or(*amount, |most| most.min(*amount)))
            }
            Reduction::Class(_) => Some(Money::ZERO),
            Reduction::Hours(_) | Reduction::Percent(_) | Reduction::All => self.at_most,
        }
    }
}

/// A coupon that a shop may give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponOffer {
    /// What it is.
    pub terms: CouponTerms,
    /// How long it can be used from the moment it is given.
    pub valid_for: SignedDuration,
}

/// How much a shop may give, counted by the day a coupon was given on. What was given back, has ended unused or took
/// nothing off does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// Coupons a day.
    pub per_day: Option<i64>,
    /// Coupons a month.
    pub per_month: Option<i64>,
    /// Yuan a day.
    pub yuan_per_day: Option<Money>,
    /// Yuan a month.
    pub yuan_per_month: Option<Money>,
}

impl Quota {
    /// Whether it bounds yuan.
    pub fn bounds_yuan(&self) -> bool {
        self.yuan_per_day.is_some() || self.yuan_per_month.is_some()
    }
}

/// A shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// Its name (table 16's `discountChannel`).
    pub name: String,
    /// Table 16's `channelOrgCode`.
    pub org_code: Option<String>,
    /// What it may give.
    pub offers: Vec<CouponOffer>,
    /// How much of it.
    pub quota: Quota,
}

/// A coupon to be given.
#[derive(Debug, Clone)]
pub struct NewCoupon {
    /// Which.
    pub which: CouponChoice,
    /// For whom.
    pub target: CouponTarget,
}

/// Which coupon is to be given.
#[derive(Debug, Clone)]
pub enum CouponChoice {
    /// One of a shop's, by name.
    Offered {
        /// The shop.
        merchant: String,
        /// The coupon's name.
        name: String,
    },
    /// Whatever staff like.
    Free {
        /// What it is.
        terms: CouponTerms,
        /// From when it can be used; from now on when absent.
        from: Option<Timestamp>,
        /// Until when; a day when absent.
        until: Option<Timestamp>,
    },
}

/// Whom a coupon is for.
#[derive(Debug, Clone)]
pub enum CouponTarget {
    /// The car of that plate, inside or to come.
    Plate(PlateNo),
    /// The car of that parking record, inside.
    Record(Id),
}

/// A visitor's pass to be given.
#[derive(Debug, Clone)]
pub struct NewPass {
    /// The plates, one at least.
    pub plates: Vec<PlateNo>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// So much of each stay is free; all of it when absent.
    pub free: Option<SignedDuration>,
    /// Whom they visit, why.
    pub reason: String,
}
