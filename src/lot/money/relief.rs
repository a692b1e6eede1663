//! What coupons take off a fee: first time (what has a bound last), then parts, then amounts, then all that is left; each
//! no more than it may.
//! Plain arithmetic. A fee that grows never leaves less to pay, whatever coupons there are, as long as the fee of the
//! same stay with hours waived grows with it.

use crate::standard::money::Money;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

/// What one coupon does to a fee. They are in the order they are reckoned in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Off {
    /// The first hours of the stay cost nothing.
    Time(SignedDuration),
    /// So many percent, 0 to 100. A part of a fen stays with the driver.
    Percent(u8),
    /// An amount.
    Amount(Money),
    /// All that is left.
    All,
}

/// One coupon of a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReliefStep {
    /// The coupon's number.
    pub coupon: i64,
    /// What it does.
    pub off: Off,
    /// It takes off no more than this.
    pub at_most: Option<Money>,
}

/// What a coupon took off a fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The coupon's number.
    pub coupon: i64,
    /// How much.
    pub amount: Money,
}

/// All coupons of a stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relief {
    steps: Vec<ReliefStep>,
    /// Since when all of them are known; who paid before has time to leave from then on.
    pub given_at: Option<Timestamp>,
}

impl Relief {
    /// These coupons, in whatever order.
    pub fn of(mut steps: Vec<ReliefStep>, given_at: Option<Timestamp>) -> Self {
        steps.sort_by_key(|step| (place(step), step.off, step.coupon));
        Self { steps, given_at }
    }

    /// What each takes off the fee that `fee_waiving` tells of the stay with its first hours waived, in the order they
    /// are reckoned in.
    pub fn taken(&self, fee_waiving: impl Fn(SignedDuration) -> Money) -> Vec<Taken> {
        if self.steps.is_empty() {
            return Vec::new();
        }
        let mut left = fee_waiving(SignedDuration::ZERO);
        let mut waived = SignedDuration::ZERO;
        let mut taken = Vec::with_capacity(self.steps.len());
        for ReliefStep { coupon, off, at_most } in &self.steps {
            let off = match off {
                Off::Time(time) => {
                    waived = waived.saturating_add(*time);
                    left.less(fee_waiving(waived))
                }
                Off::Percent(percent) => part(left, *percent),
                Off::Amount(amount) => *amount,
                Off::All => left,
            };
            let amount = off.min(left).min(at_most.unwrap_or(left));
            left = left.less(amount);
            taken.push(Taken { coupon: *coupon, amount });
        }
        taken
    }
}

/// Time first; of that what has no bound, so that what a bound leaves of an hour is nobody else's.
fn place(step: &ReliefStep) -> u8 {
    match (step.off, step.at_most) {
        (Off::Time(_), None) => 0,
        (Off::Time(_), Some(_)) => 1,
        _ => 2,
    }
}

/// Together.
pub fn sum(taken: &[Taken]) -> Money {
    taken.iter().map(|one| one.amount).sum()
}

/// The first of them that together take no more than `most`; the rest of the last one is left out.
pub fn no_more_than(taken: &[Taken], most: Money) -> Vec<Taken> {
    let mut left = most;
    let mut kept = Vec::with_capacity(taken.len());
    for one in taken {
        let amount = one.amount.min(left);
        left = left.less(amount);
        kept.push(Taken { amount, ..*one });
    }
    kept.retain(|one| one.amount > Money::ZERO);
    kept
}

fn part(of: Money, percent: u8) -> Money {
    let part = of.decimal().checked_mul(Decimal::new(i64::from(percent.min(100)), 2));
    let part = part.map(|part| part.round_dp_with_strategy(2, RoundingStrategy::ToZero));
    part.and_then(|part| Money::new(part).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    /// An hour costs 10, each further one 2; waived hours cost nothing.
    fn fee(minutes: i64, waived: SignedDuration) -> Money {
        let begun = |minutes: i64| minutes / 60 + i64::from(minutes % 60 > 0);
        let cost = |hours: i64| if hours > 0 { 10 + 2 * (hours - 1) } else { 0 };
        let free = begun(minutes).min(waived.as_secs() / 3600);
        Money::yuan(cost(begun(minutes)) - cost(free))
    }

    fn off(steps: &[(Off, Option<&str>)], minutes: i64) -> Vec<Money> {
        let steps = (1..).zip(steps).map(|(coupon, (off, at_most))| ReliefStep {
            coupon,
            off: *off,
            at_most: at_most.map(money),
        });
        let relief = Relief::of(steps.collect(), None);
        let mut taken = relief.taken(|waived| fee(minutes, waived));
        taken.sort_by_key(|one| one.coupon);
        taken.iter().map(|one| one.amount).collect()
    }

    #[test]
    fn time_comes_first_then_parts_then_amounts_however_they_were_given() {
        let hours = |hours| Off::Time(SignedDuration::from_hours(hours));
        for (steps, minutes, wanted) in [
            (&[(Off::Amount(money("3")), None)][..], 90, &["3"][..]),
            (&[(Off::Amount(money("30")), None)], 90, &["12"]),
            (&[(Off::Percent(50), None)], 90, &["6"]),
            (&[(Off::Percent(33), None)], 60, &["3.3"]),
            (&[(Off::All, None)], 90, &["12"]),
            (&[(hours(1), None)], 50, &["10"]),
            (&[(hours(1), None)], 90, &["10"]),
            (&[(hours(1), None), (hours(1), None)], 150, &["10", "2"]),
            // What the first may not take of its hour, the second does not.
            (&[(hours(1), Some("4")), (hours(1), None)], 150, &["2", "10"]),
            (&[(hours(1), Some("1")), (hours(1), None)], 150, &["1", "10"]),
            // 14 less 10 for the hour, a half of what is left, then 1.
            (
                &[(Off::Amount(money("1")), None), (Off::Percent(50), None), (hours(1), None)],
                150,
                &["1", "2", "10"],
            ),
            (&[(Off::All, None), (Off::Amount(money("4")), None)], 90, &["8", "4"]),
            // No more than a coupon may.
            (&[(Off::All, Some("5"))], 90, &["5"]),
            (&[(hours(1), Some("4")), (Off::Percent(50), Some("1"))], 90, &["4", "1"]),
            (&[(Off::Amount(money("4")), Some("3"))], 90, &["3"]),
        ] {
            let wanted: Vec<_> = wanted.iter().map(|text| money(text)).collect();
            assert_eq!(off(steps, minutes), wanted, "{steps:?} {minutes}");
        }
    }

    #[test]
    fn what_may_be_taken_in_all_is_taken_by_the_first() {
        let taken =
            [(1, "3"), (2, "4")].map(|(coupon, amount)| Taken { coupon, amount: money(amount) });
        let kept = no_more_than(&taken, money("5"));
        assert_eq!(kept.iter().map(|one| one.amount).collect::<Vec<_>>(), [money("3"), money("2")]);
        assert_eq!(no_more_than(&taken, money("3")).len(), 1);
    }

    fn any_step() -> impl Strategy<Value = (Off, Option<i64>)> {
        let off = prop_oneof![
            (0_i64..5).prop_map(|hours| Off::Time(SignedDuration::from_hours(hours))),
            (0_u8..=100).prop_map(Off::Percent),
            (0_i64..40).prop_map(|yuan| Off::Amount(Money::yuan(yuan))),
            Just(Off::All),
        ];
        (off, prop::option::of(0_i64..20))
    }

    proptest! {
        #[test]
        fn a_longer_stay_never_costs_less_and_nobody_is_let_off_more_than_the_fee(
            steps in prop::collection::vec(any_step(), 0..6), minutes in 0_i64..3000, more in 0_i64..3000,
        ) {
            let steps: Vec<_> = (1..).zip(steps).map(|(coupon, (off, most))| ReliefStep {
                coupon, off, at_most: most.map(Money::yuan),
            }).collect();
            let relief = Relief::of(steps.clone(), None);
            let reckon = |minutes| {
                let taken = relief.taken(|waived| fee(minutes, waived));
                (fee(minutes, SignedDuration::ZERO), taken)
            };
            let ((whole, taken), (later, taken_later)) = (reckon(minutes), reckon(minutes + more));
            prop_assert!(sum(&taken) <= whole);
            prop_assert!(whole.less(sum(&taken)) <= later.less(sum(&taken_later)));
            for one in &taken {
                let step = steps.iter().find(|step| step.coupon == one.coupon).unwrap();
                prop_assert!(step.at_most.is_none_or(|most| one.amount <= most));
            }
        }
    }
}
