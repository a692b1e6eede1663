//! What a parking record owes at a moment: tariff over the time that is not free, less what was paid,
//! within the leaving time.

use crate::lot::interval::{Interval, without};
use crate::lot::tariff::{Tariff, VehicleClass};
use crate::standard::money::Money;
use crate::store::{Charge, ParkingRecord};
use jiff::Timestamp;

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

/// The bill of `record` at `moment`. A car whose payment covered its fee may leave within the leaving
/// time for what it paid.
pub fn bill(
    tariff: &Tariff,
    record: &ParkingRecord,
    charges: &[Charge],
    free: &FreeTime,
    moment: Timestamp,
) -> Bill {
    let discount = charges.iter().map(|charge| charge.discount).sum::<Money>();
    let received = charges.iter().map(|charge| charge.received).sum::<Money>();
    let covered = received + discount;
    let class = VehicleClass::from_car_model(record.car_model);
    let charged_until = |moment| match free {
        FreeTime::All => Vec::new(),
        FreeTime::Parts(parts) => {
            without(Interval { from: record.enter_time, to: moment }, parts.clone())
        }
    };
    let fee_at = |moment| tariff.fee(class, record.enter_time, &charged_until(moment));
    let paid_in_time = charges.last().is_some_and(|last| {
        moment <= last.pay_time + tariff.leave_within && fee_at(last.pay_time) <= covered
    });
    let receivables = if paid_in_time { covered } else { fee_at(moment).max(covered) };
    let due = receivables.less(covered);
    Bill { receivables, discount, received, due, charged: charged_until(moment), paid_in_time }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lot::tariff::{Period, Prices, TariffRule};
    use jiff::SignedDuration;
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
            rules: vec![TariffRule {
                vehicles: None,
                prices: Prices { first: hour(10), then: hour(2) },
                night: None,
                cap: None,
            }],
            time_zone: TimeZone::UTC,
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
        }
    }

    #[test]
    fn who_paid_may_leave_within_the_leaving_time_and_owes_the_difference_after_it() {
        let due = |charges: &[Charge], minutes| {
            bill(&tariff(), &record(), charges, &FreeTime::NONE, at(minutes)).due
        };
        assert_eq!(due(&[], 50), Money::yuan(10));
        assert_eq!(due(&[charge(50, 10)], 65), Money::ZERO);
        assert_eq!(due(&[charge(50, 10)], 66), Money::yuan(2));
        assert_eq!(due(&[charge(50, 4)], 51), Money::yuan(6));
        assert_eq!(due(&[charge(50, 10), charge(66, 2)], 70), Money::ZERO);
    }

    #[test]
    fn who_paid_too_much_owes_nothing_and_the_sums_say_so() {
        let bill = bill(&tariff(), &record(), &[charge(20, 50)], &FreeTime::NONE, at(120));
        assert_eq!((bill.due, bill.received), (Money::ZERO, Money::yuan(50)));
    }

    #[test]
    fn free_time_costs_nothing_and_all_free_is_free() {
        let part = Interval { from: at(0), to: at(60) };
        let due = |free: &FreeTime| bill(&tariff(), &record(), &[], free, at(100)).due;
        assert_eq!(due(&FreeTime::NONE), Money::yuan(12));
        assert_eq!(due(&FreeTime::Parts(vec![part])), Money::yuan(10));
        assert_eq!(due(&FreeTime::All), Money::ZERO);
    }

    proptest! {
        #[test]
        fn paying_on_the_way_never_changes_the_sum(first in 16_i64..3000, then in 16_i64..3000) {
            let paid = bill(&tariff(), &record(), &[], &FreeTime::NONE, at(first)).due;
            let charges = [Charge { received: paid, ..charge(first, 0) }];
            let rest = bill(&tariff(), &record(), &charges, &FreeTime::NONE, at(first + then)).due;
            let at_once = bill(&tariff(), &record(), &[], &FreeTime::NONE, at(first + then)).due;
            prop_assert_eq!(paid + rest, at_once);
        }
    }
}
