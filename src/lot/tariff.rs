//! What a stay costs.
//!
//! Periods are half-open: one is charged when the stay reaches past its beginning. The cap counts each
//! of its windows from the entry. Plain arithmetic over plain values.

use crate::standard::money::Money;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

/// A lot's prices.
#[derive(Debug, Clone)]
pub struct Tariff {
    /// Leaving within this time costs nothing.
    pub free: SignedDuration,
    /// After paying, a car may leave within this time.
    pub leave_within: SignedDuration,
    /// The first rule whose vehicles match decides.
    pub rules: Vec<TariffRule>,
}

/// The prices for some vehicles.
#[derive(Debug, Clone)]
pub struct TariffRule {
    /// Which vehicles; all when absent.
    pub vehicles: Option<Vec<VehicleClass>>,
    /// The first period's price.
    pub first: Option<Period>,
    /// Each following period's price.
    pub then: Option<Period>,
    /// The most a window costs.
    pub cap: Option<Period>,
}

/// A length of time and its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its length in seconds, more than 0.
    pub seconds: i64,
    /// Its price.
    pub price: Money,
}

/// Sizes of vehicles as table 11's `carModel` counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VehicleClass {
    /// 3
    Small,
    /// 2
    Medium,
    /// 1
    Large,
}

impl VehicleClass {
    /// From table 11's `carModel`; unknown ones pay as small.
    pub fn from_car_model(car_model: Option<i64>) -> Self {
        match car_model {
            Some(1) => Self::Large,
            Some(2) => Self::Medium,
            _ => Self::Small,
        }
    }
}

impl Tariff {
    /// The fee of a stay. A stay that ends before it began (a clock was set back) costs nothing.
    pub fn fee(&self, class: VehicleClass, enter: Timestamp, leave: Timestamp) -> Money {
        let stay = leave.duration_since(enter);
        if stay <= self.free {
            return Money::ZERO;
        }
        let matches = |rule: &&TariffRule| {
            rule.vehicles.as_ref().is_none_or(|vehicles| vehicles.contains(&class))
        };
        let rule = self.rules.iter().find(matches);
        rule.map_or(Money::ZERO, |rule| rule.fee(seconds_begun(stay)))
    }
}

/// Whole seconds, a begun one counted: the periods are half-open at their beginnings.
fn seconds_begun(stay: SignedDuration) -> i64 {
    stay.as_secs() + i64::from(stay.subsec_nanos() > 0)
}

impl TariffRule {
    fn fee(&self, stay: i64) -> Money {
        let Some(cap) = self.cap else {
            return self.uncapped(0, stay);
        };
        let mut total = Money::ZERO;
        let mut from = 0;
        while from < stay {
            let to = (from + cap.seconds.max(1)).min(stay);
            total = total + self.uncapped(from, to).min(cap.price);
            from = to;
        }
        total
    }

    /// The price of all periods that begin at or after `from` and before `to` seconds from entry.
    fn uncapped(&self, from: i64, to: i64) -> Money {
        let first = match self.first {
            Some(first) if from == 0 && to > 0 => first.price,
            _ => Money::ZERO,
        };
        let Some(then) = self.then else { return first };
        let offset = self.first.map_or(0, |first| first.seconds);
        let begun_before = |moment: i64| {
            let into = moment - offset;
            if into <= 0 {
                0
            } else {
                into.div_euclid(then.seconds) + i64::from(into % then.seconds > 0)
            }
        };
        let count = begun_before(to) - begun_before(from);
        first + Money::new(then.price.decimal() * Decimal::from(count)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hours(hours: i64, yuan: i64) -> Period {
        Period { seconds: hours * 3600, price: Money::yuan(yuan) }
    }

    fn minimal() -> Tariff {
        Tariff {
            free: SignedDuration::from_mins(15),
            leave_within: SignedDuration::from_mins(15),
            rules: vec![TariffRule {
                vehicles: Some(vec![VehicleClass::Small]),
                first: Some(hours(1, 10)),
                then: Some(hours(1, 2)),
                cap: Some(hours(24, 30)),
            }],
        }
    }

    fn fee(tariff: &Tariff, class: VehicleClass, seconds: i64) -> Money {
        let enter = Timestamp::from_second(1_700_000_000).unwrap();
        tariff.fee(class, enter, enter + SignedDuration::from_secs(seconds))
    }

    #[test]
    fn the_smallest_lots_tariff_costs_what_its_sign_says() {
        let (m, h) = (60, 3600);
        for (seconds, yuan) in [
            (0, 0),
            (15 * m, 0),
            (15 * m + 1, 10),
            (h, 10),
            (h + 1, 12),
            (2 * h, 12),
            (2 * h + 1, 14),
            (10 * h, 28),
            (11 * h, 30),
            (12 * h, 30),
            (24 * h, 30),
            (24 * h + 1, 32),
            (30 * h, 42),
            (48 * h, 60),
            (49 * h, 62),
        ] {
            assert_eq!(
                fee(&minimal(), VehicleClass::Small, seconds),
                Money::yuan(yuan),
                "{seconds} s"
            );
        }
    }

    #[test]
    fn a_vehicle_no_rule_names_pays_nothing() {
        assert_eq!(fee(&minimal(), VehicleClass::Large, 7200), Money::ZERO);
    }

    #[test]
    fn a_clock_set_back_makes_no_negative_fee() {
        assert_eq!(fee(&minimal(), VehicleClass::Small, -7200), Money::ZERO);
    }

    fn any_rule() -> impl Strategy<Value = Tariff> {
        let period = || {
            (1_i64..30 * 3600, 0_i64..100)
                .prop_map(|(seconds, yuan)| Period { seconds, price: Money::yuan(yuan) })
        };
        let maybe = || prop::option::of(period());
        (maybe(), maybe(), maybe(), 0_i64..7200).prop_map(|(first, then, cap, free)| Tariff {
            free: SignedDuration::from_secs(free),
            leave_within: SignedDuration::ZERO,
            rules: vec![TariffRule { vehicles: None, first, then, cap }],
        })
    }

    proptest! {
        #[test]
        fn a_longer_stay_never_costs_less(tariff in any_rule(), a in 0_i64..500_000, b in 0_i64..500_000) {
            let (short, long) = (a.min(b), a.max(b));
            prop_assert!(fee(&tariff, VehicleClass::Small, short) <= fee(&tariff, VehicleClass::Small, long));
        }

        #[test]
        fn a_cap_is_never_exceeded(tariff in any_rule(), stay in 0_i64..500_000) {
            if let Some(cap) = tariff.rules[0].cap {
                let windows = stay.div_euclid(cap.seconds) + 1;
                let most = Money::new(cap.price.decimal() * Decimal::from(windows)).unwrap();
                prop_assert!(fee(&tariff, VehicleClass::Small, stay) <= most);
            }
        }
    }
}
