//! What a parking record owes at a moment: tariff over the time that is not free, less what was paid. What
//! was paid in full settles the stay for the leaving time.

use super::relief::{Relief, Taken, no_more_than, sum};
use crate::lot::interval::{Interval, without};
use crate::lot::tariff::{Fee, PricedStay, Tariff, Vehicle, Visit};
use crate::lot::unsettled::owed;
use crate::standard::money::Money;
use crate::store::{Charge, CouponDiscount, ParkingRecord};
use jiff::{SignedDuration, Timestamp};

/// The sums of a stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// The fee in all.
    pub receivables: Money,
    /// Let off in all.
    pub discount: Money,
    /// Received in all.
    pub received: Money,
    /// What is still due.
    pub due: Money,
    /// The parts of the stay that are charged.
    pub charged: Vec<Interval>,
    /// Paid, and still within the leaving time after it.
    pub paid_in_time: bool,
    /// How much of a stay like it is free.
    pub free_for: SignedDuration,
    /// Whether the stay is no longer than that.
    pub within_free: bool,
    /// Whether a cap keeps it from costing more.
    pub capped: bool,
    /// What of the discount which coupon let off, but nothing of what was paid.
    pub taken: Vec<Taken>,
}

impl Bill {
    /// Writes its sums into the record.
    pub fn write_to(&self, record: &mut ParkingRecord) {
        record.receivables = self.receivables;
        record.discount = self.discount;
        record.received = self.received;
    }
}

/// Which of a stay's time costs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreeTime {
    /// All of it.
    All,
    /// These parts.
    Parts(Vec<Interval>),
}

impl FreeTime {
    /// No free time.
    #[cfg(test)]
    pub const NONE: Self = Self::Parts(Vec::new());
}

/// What a fee depends on beside time and payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions {
    /// The time that costs nothing.
    pub free: FreeTime,
    /// What the car is to the tariff.
    pub vehicle: Vehicle,
    /// Since when its plate's visits cost as one with it.
    pub visits_since: Timestamp,
    /// The plate's visits before, where its fee depends on them.
    pub earlier: Vec<Visit>,
    /// What coupons let off.
    pub relief: Relief,
}

impl Conditions {
    /// A small car, no coupon, no free time.
    #[cfg(test)]
    pub fn plain() -> Self {
        let (free, vehicle) = (FreeTime::NONE, Vehicle::small());
        let visits_since = Timestamp::UNIX_EPOCH;
        Self { free, vehicle, visits_since, earlier: Vec::new(), relief: Relief::default() }
    }
}

/// What was paid for a stay.
#[derive(Debug, Clone, Default)]
pub struct Paid {
    /// Its charges in the order they were paid.
    pub charges: Vec<Charge>,
    /// When a part was given back, and how much, in order; what was given back whole was never paid.
    pub refunds: Vec<(Timestamp, Money)>,
    /// What coupons let off with which charge.
    pub by_coupons: Vec<CouponDiscount>,
}

impl Paid {
    /// Received in all until a moment, less what was given back until another.
    fn net(&self, until: Timestamp) -> Money {
        let received = self.standing().filter(|charge| charge.pay_time <= until);
        let refunded = self.refunds.iter().filter(|(at, _)| *at <= until);
        let received: Money = received.map(|charge| charge.received).sum();
        received.less(refunded.map(|(_, money)| *money).sum())
    }

    /// The payments that stand: not those that were given back whole.
    fn standing(&self) -> impl Iterator<Item = &Charge> {
        self.charges.iter().filter(|charge| !charge.void)
    }

    /// Received by the payments that stand.
    fn received(&self) -> Money {
        self.standing().map(|charge| charge.received).sum()
    }

    /// Let off in all.
    fn discount(&self) -> Money {
        self.charges.iter().map(|charge| charge.discount).sum()
    }

    /// How much of the fee it covers by now.
    fn covered(&self) -> Money {
        self.net(Timestamp::MAX) + self.discount()
    }

    /// How much of the fee was covered when a charge had been paid.
    fn covered_with(&self, charge: &Charge) -> Money {
        let discount = self.charges.iter().take_while(|one| one.id != charge.id);
        let discount: Money = discount.map(|one| one.discount).sum();
        self.net(charge.pay_time) + discount + charge.discount
    }

    /// What each coupon had let off when a charge had been paid.
    fn taken_with(&self, charge: &Charge) -> Vec<Taken> {
        let at = self.charges.iter().position(|one| one.id == charge.id);
        let by_then = self.charges.iter().take(at.map_or(0, |at| at.saturating_add(1)));
        let mut taken: Vec<Taken> = Vec::new();
        for told in
            by_then.flat_map(|one| self.by_coupons.iter().filter(|with| with.charge_id == one.id))
        {
            match taken.iter_mut().find(|one| one.coupon == told.coupon) {
                Some(before) => before.amount = before.amount + told.amount,
                None => taken.push(Taken { coupon: told.coupon, amount: told.amount }),
            }
        }
        taken
    }
}

/// A fee that was paid in full, and from when its car has time to leave.
struct Settlement {
    fee: Money,
    taken: Vec<Taken>,
    leave_from: Timestamp,
}

/// What the payments in full come to: the highest fee any of them settled, and the longest time to leave. An
/// order paid in full and in time settles the fee it told; any other payment the fee at its own moment, where all
/// that was paid by then covers that and the stay was not settled just then; a coupon given afterwards the fee at its
/// moment.
fn settlement(
    tariff: &Tariff,
    paid: &Paid,
    relief: &Relief,
    fee_at: impl Fn(Timestamp) -> (Money, Vec<Taken>),
) -> Option<Settlement> {
    let mut best: Option<Settlement> = None;
    for charge in paid.standing() {
        let stands = |one: &Settlement| {
            charge.pay_time.duration_since(one.leave_from) <= tariff.leave_within
        };
        if charge.settled_fee.is_none() && best.as_ref().is_some_and(stands) {
            continue;
        }
        // A coupon that came later has let nothing off by then.
        let came_later = relief.given_at.is_some_and(|given| given > charge.pay_time);
        let (fee, taken) = match charge.settled_fee {
            Some(fee) => (fee, paid.taken_with(charge)),
            None if came_later => (fee_at(charge.pay_time).0, paid.taken_with(charge)),
            None => fee_at(charge.pay_time),
        };
        // Who owed nothing and named no order has settled nothing, and no time to leave begins.
        let owed = fee.less(sum(&taken)) > Money::ZERO || charge.settled_fee.is_some();
        if owed && fee <= paid.covered_with(charge) + sum(&taken) {
            let leave_from = charge.leave_from.unwrap_or(charge.pay_time);
            best = Some(Settlement { fee, taken, leave_from }.after(best));
        }
    }
    by_coupon(tariff, paid, relief, fee_at, best)
}

/// What a coupon settles that was given to a stay of which a part was paid.
fn by_coupon(
    tariff: &Tariff,
    paid: &Paid,
    relief: &Relief,
    fee_at: impl Fn(Timestamp) -> (Money, Vec<Taken>),
    before: Option<Settlement>,
) -> Option<Settlement> {
    let Some(given) = relief.given_at else { return before };
    let last = paid.standing().filter(|charge| charge.pay_time <= given).last();
    let stands = |one: &Settlement| given.duration_since(one.leave_from) <= tariff.leave_within;
    let Some(last) = last.filter(|_| !before.as_ref().is_some_and(stands)) else { return before };
    let (fee, taken) = fee_at(given);
    let covered = paid.covered_with(last);
    if covered < fee && fee <= covered + sum(&taken) {
        return Some(Settlement { fee, taken, leave_from: given }.after(before));
    }
    before
}

impl Settlement {
    /// The higher of two, with the longer time to leave.
    fn after(self, before: Option<Self>) -> Self {
        let Some(before) = before else { return self };
        let leave_from = before.leave_from.max(self.leave_from);
        if self.fee > before.fee {
            Self { leave_from, ..self }
        } else {
            Self { leave_from, ..before }
        }
    }
}

/// The fee that orders paid in full and in time settle of a stay that has ended; none where its car left later than
/// it had time to.
pub fn settled_by_order(tariff: &Tariff, paid: &Paid, left: Timestamp) -> Option<Money> {
    let in_time = |charge: &&Charge| {
        let from = charge.leave_from.unwrap_or(charge.pay_time);
        left.duration_since(from) <= tariff.leave_within
    };
    paid.standing().filter(in_time).filter_map(|charge| charge.settled_fee).max()
}

/// What the charged parts of a record's stay cost with its first hours waived, and how that comes about.
pub fn fee(
    tariff: &Tariff,
    record: &ParkingRecord,
    conditions: &Conditions,
    charged: &[Interval],
    waived: SignedDuration,
) -> Fee {
    let Conditions { vehicle, earlier, visits_since, .. } = conditions;
    let (enter, visits_since) = (record.enter_time, *visits_since);
    tariff.fee(&PricedStay { vehicle, enter, charged, earlier, visits_since, waived })
}

/// The parts of a record's stay up to `moment` that are charged.
pub fn charged_until(record: &ParkingRecord, free: &FreeTime, moment: Timestamp) -> Vec<Interval> {
    match free {
        FreeTime::All => Vec::new(),
        FreeTime::Parts(parts) => {
            without(Interval { from: record.enter_time, to: moment }, parts.clone())
        }
    }
}

/// The bill of `record` at `moment`. A car whose payment covered its fee may leave within the leaving
/// time for what it paid; what a stay that has ended cost is written down.
pub fn bill(
    tariff: &Tariff,
    record: &ParkingRecord,
    paid: &Paid,
    conditions: &Conditions,
    moment: Timestamp,
) -> Bill {
    let Conditions { free, relief, .. } = conditions;
    let charged_until = |moment| charged_until(record, free, moment);
    let least = record.least_fee.filter(|_| *free != FreeTime::All).unwrap_or(Money::ZERO);
    let whole_fee =
        |moment, waived| fee(tariff, record, conditions, &charged_until(moment), waived);
    let fee_at = |moment| {
        let waiving = |waived| whole_fee(moment, waived).sum.max(least);
        (waiving(SignedDuration::ZERO), relief.taken(waiving))
    };
    let until = record.leave_time.unwrap_or(moment);
    let Fee { within_free, capped, .. } = whole_fee(until, SignedDuration::ZERO);
    let free_for = tariff.free_for(&conditions.vehicle);
    if let Some(left) = record.leave_time {
        return Bill {
            receivables: record.receivables,
            discount: record.discount,
            received: record.received,
            due: owed(record),
            charged: charged_until(left),
            paid_in_time: owed(record) == Money::ZERO,
            free_for,
            within_free,
            capped,
            taken: Vec::new(),
        };
    }
    let settled = settlement(tariff, paid, relief, fee_at)
        .filter(|one| moment.duration_since(one.leave_from) <= tariff.leave_within);
    let in_time = settled.is_some();
    let (receivables, taken) = match settled {
        Some(settled) => (settled.fee, settled.taken),
        None => fee_at(moment),
    };
    // A coupon never changes what was paid or let off before.
    let taken = no_more_than(&taken, receivables.less(paid.covered()));
    let let_off = sum(&taken);
    let due = if in_time { Money::ZERO } else { receivables.less(paid.covered() + let_off) };
    let discount = paid.discount() + let_off;
    // What was given back and is due once more has not been received.
    let received =
        if due > Money::ZERO { receivables.less(discount + due) } else { paid.received() };
    Bill {
        receivables,
        discount,
        received,
        due,
        charged: charged_until(moment),
        paid_in_time: in_time,
        free_for,
        within_free,
        capped,
        taken,
    }
}

#[cfg(test)]
mod tests {
    use super::super::relief::{Off, ReliefStep};
    use super::*;
    use crate::lot::tariff::{DayPrices, Period, Prices, TariffRule};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + minutes * 60).unwrap()
    }

    fn tariff() -> Tariff {
        let hour = |yuan| Some(Period { seconds: 3600, price: Money::yuan(yuan) });
        Tariff {
            free: SignedDuration::from_mins(15),
            leave_within: SignedDuration::from_mins(15),
            pay_within: SignedDuration::from_mins(5),
            rules: vec![TariffRule {
                days: DayPrices {
                    prices: Prices { first: hour(10), then: hour(2), ..Prices::default() },
                    ..DayPrices::default()
                },
                ..TariffRule::default()
            }],
            ..Tariff::free_of_charge(TimeZone::UTC)
        }
    }

    fn record() -> ParkingRecord {
        ParkingRecord::begun("r".into(), "粤B88888".parse().ok(), at(0))
    }

    fn charge(minutes: i64, yuan: i64) -> Charge {
        Charge {
            id: format!("c{minutes}").into(),
            record_id: "r".into(),
            order_no: None,
            pay_time: at(minutes),
            receivables: Money::yuan(yuan),
            discount: Money::ZERO,
            received: Money::yuan(yuan),
            pay_type: 1,
            pay_from: "线下缴费".to_owned(),
            list_discounts: Vec::new(),
            settled_fee: None,
            leave_from: None,
            void: false,
        }
    }

    fn paid(charges: &[Charge]) -> Paid {
        Paid { charges: charges.to_vec(), ..Paid::default() }
    }

    #[test]
    fn who_paid_may_leave_within_the_leaving_time_and_owes_the_difference_after_it() {
        let due = |charges: &[Charge], minutes| {
            bill(&tariff(), &record(), &paid(charges), &Conditions::plain(), at(minutes)).due
        };
        assert_eq!(due(&[], 50), Money::yuan(10));
        assert_eq!(due(&[charge(50, 10)], 65), Money::ZERO);
        assert_eq!(due(&[charge(50, 10)], 66), Money::yuan(2));
        assert_eq!(due(&[charge(50, 4)], 51), Money::yuan(6));
        assert_eq!(due(&[charge(50, 10), charge(66, 2)], 70), Money::ZERO);
    }

    #[test]
    fn who_paid_too_much_owes_nothing_and_the_fee_stays_the_fee() {
        let paid = paid(&[charge(20, 50)]);
        let bill = bill(&tariff(), &record(), &paid, &Conditions::plain(), at(120));
        assert_eq!((bill.due, bill.received), (Money::ZERO, Money::yuan(50)));
        assert_eq!(bill.receivables, Money::yuan(12));
    }

    #[test]
    fn an_order_paid_in_full_settles_what_it_told_from_its_own_moment() {
        let by_order = Charge {
            settled_fee: Some(Money::yuan(12)),
            leave_from: Some(at(119)),
            ..charge(50, 12)
        };
        let sums = |refunded, minutes| {
            let refunds = vec![(at(54), refunded)];
            let paid = Paid { refunds, ..paid(std::slice::from_ref(&by_order)) };
            let bill = bill(&tariff(), &record(), &paid, &Conditions::plain(), at(minutes));
            (bill.receivables, bill.due)
        };
        assert_eq!(sums(Money::ZERO, 55), (Money::yuan(12), Money::ZERO));
        assert_eq!(sums(Money::ZERO, 134), (Money::yuan(12), Money::ZERO));
        assert_eq!(sums(Money::ZERO, 135), (Money::yuan(14), Money::yuan(2)));
        assert_eq!(sums(Money::yuan(1), 119).1, Money::ZERO, "a part given back holds nobody");
        assert_eq!(sums(Money::yuan(1), 135).1, Money::yuan(3), "and counts afterwards");
        let void = paid(&[Charge { void: true, ..by_order.clone() }]);
        let bill = bill(&tariff(), &record(), &void, &Conditions::plain(), at(119));
        assert_eq!(
            (bill.receivables, bill.due),
            (Money::yuan(12), Money::yuan(12)),
            "given back whole"
        );
    }

    #[test]
    fn what_was_given_back_whole_was_never_paid_and_a_part_paid_since_is_a_part() {
        let paid = paid(&[Charge { void: true, ..charge(50, 9) }, charge(52, 1)]);
        let bill = bill(&tariff(), &record(), &paid, &Conditions::plain(), at(53));
        assert_eq!((bill.receivables, bill.received), (Money::yuan(10), Money::yuan(1)));
        assert_eq!(bill.due, Money::yuan(9));
    }

    #[test]
    fn a_payment_where_nothing_was_due_makes_nothing_dearer_and_gives_no_time() {
        let paid = paid(&[charge(55, 10), charge(62, 10)]);
        let at = |minutes| bill(&tariff(), &record(), &paid, &Conditions::plain(), at(minutes));
        assert_eq!((at(63).receivables, at(63).received), (Money::yuan(10), Money::yuan(20)));
        assert!(at(70).paid_in_time && !at(71).paid_in_time);
        assert_eq!((at(71).receivables, at(71).due), (Money::yuan(12), Money::ZERO));
    }

    #[test]
    fn free_time_costs_nothing_and_all_free_is_free() {
        let part = Interval { from: at(0), to: at(60) };
        let due = |free: &FreeTime| {
            let conditions = Conditions { free: free.clone(), ..Conditions::plain() };
            bill(&tariff(), &record(), &Paid::default(), &conditions, at(100)).due
        };
        assert_eq!(due(&FreeTime::NONE), Money::yuan(12));
        assert_eq!(due(&FreeTime::Parts(vec![part])), Money::yuan(10));
        assert_eq!(due(&FreeTime::All), Money::ZERO);
    }

    fn relief(coupons: &[Off], given_at: Option<Timestamp>) -> Relief {
        let step = |(coupon, off): (i64, &Off)| ReliefStep { coupon, off: *off, at_most: None };
        Relief::of((1..).zip(coupons).map(step).collect(), given_at)
    }

    fn with(relief: Relief) -> Conditions {
        Conditions { relief, ..Conditions::plain() }
    }

    #[test]
    fn time_is_let_off_before_a_part_and_a_part_before_an_amount() {
        let sums = |relief, minutes| {
            let bill = bill(&tariff(), &record(), &Paid::default(), &with(relief), at(minutes));
            (bill.receivables.to_string(), bill.discount.to_string(), bill.due.to_string())
        };
        let texts =
            |all: (&str, &str, &str)| (all.0.to_owned(), all.1.to_owned(), all.2.to_owned());
        let waived = SignedDuration::from_hours(1);
        let all = [Off::Amount(Money::yuan(2)), Off::Percent(25), Off::Time(waived)];
        // Three hours are 14, without the first 4, of which three quarters are 3.
        assert_eq!(sums(relief(&all, None), 180), texts(("14", "13", "1")));
        assert_eq!(sums(relief(&all, None), 60), texts(("10", "10", "0")));
        let more = relief(&[Off::Amount(Money::yuan(50))], None);
        assert_eq!(sums(more, 60), texts(("10", "10", "0")), "never less than nothing");
        let third = relief(&[Off::Percent(33)], None);
        assert_eq!(sums(third, 60), texts(("10", "3.3", "6.7")));
    }

    #[test]
    fn a_coupon_that_comes_after_the_payment_gives_time_to_leave_from_then_on() {
        let four_off = |given| relief(&[Off::Amount(Money::yuan(4))], Some(given));
        let paid = paid(&[charge(50, 6)]);
        let due = |given, minutes| {
            bill(&tariff(), &record(), &paid, &with(four_off(given)), at(minutes)).due
        };
        assert_eq!(due(at(55), 70), Money::ZERO);
        assert_eq!(due(at(55), 71), Money::yuan(2));
        assert_eq!(due(at(10), 66), Money::yuan(2), "one that was there from the payment on");
    }

    #[test]
    fn a_coupon_settles_what_the_stay_costs_when_it_is_given_and_not_what_it_cost_when_a_part_was_paid()
     {
        let five_off = |given| relief(&[Off::Amount(Money::yuan(5))], Some(at(given)));
        // 12 by then, of which 7 are paid.
        let paid = paid(&[charge(90, 7)]);
        let due = |given, minutes| {
            bill(&tariff(), &record(), &paid, &with(five_off(given)), at(minutes)).due
        };
        assert_eq!(due(95, 100), Money::ZERO, "it still costs 12");
        assert_eq!(due(95, 110), Money::ZERO, "and there is time to leave");
        assert_eq!(due(95, 125), Money::yuan(2));
        // At noon it costs 32.
        assert_eq!(due(720, 721), Money::yuan(22));
    }

    proptest! {
        #[test]
        fn with_a_coupon_too_paying_on_the_way_never_changes_the_sum(
            first in 16_i64..3000, then in 16_i64..3000, percent_off in 0_u8..=100, amount in 0_i64..30, waived in 0_i64..300,
        ) {
            let waived = SignedDuration::from_mins(waived);
            let coupons = [Off::Percent(percent_off), Off::Amount(Money::yuan(amount)), Off::Time(waived)];
            let conditions = with(relief(&coupons, Some(at(0))));
            let bill = |paid: &Paid, minutes| bill(&tariff(), &record(), paid, &conditions, at(minutes));
            let due = bill(&Paid::default(), first).due;
            let charges = paid(&[Charge { received: due, ..charge(first, 0) }]);
            let rest = bill(&charges, first + then);
            let at_once = bill(&Paid::default(), first + then);
            prop_assert_eq!(due + rest.due, at_once.due);
            prop_assert!(at_once.discount <= at_once.receivables);
            prop_assert_eq!(at_once.receivables, at_once.discount + at_once.due);
        }

        #[test]
        fn paying_on_the_way_never_changes_the_sum(first in 16_i64..3000, then in 16_i64..3000) {
            let due = bill(&tariff(), &record(), &Paid::default(), &Conditions::plain(), at(first)).due;
            let charges = paid(&[Charge { received: due, ..charge(first, 0) }]);
            let rest = bill(&tariff(), &record(), &charges, &Conditions::plain(), at(first + then)).due;
            let none = Paid::default();
            let at_once = bill(&tariff(), &record(), &none, &Conditions::plain(), at(first + then)).due;
            prop_assert_eq!(due + rest, at_once);
        }
    }
}
