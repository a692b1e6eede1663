//! What a parking record owes at a moment: tariff, less what was paid, within the leaving time.

use super::tariff::{Tariff, VehicleClass};
use crate::standard::money::Money;
use crate::store::{Charge, ParkingRecord};
use jiff::Timestamp;

/// The sums of a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// The fee in all.
    pub receivables: Money,
    /// Let off in all.
    pub discount: Money,
    /// Received in all.
    pub received: Money,
    /// What is still due.
    pub due: Money,
}

/// The bill of `record` at `moment`. A car whose payment covered its fee may leave within the leaving
/// time for what it paid.
pub fn bill(
    tariff: &Tariff,
    record: &ParkingRecord,
    charges: &[Charge],
    moment: Timestamp,
) -> Bill {
    let discount = charges.iter().map(|charge| charge.discount).sum::<Money>();
    let received = charges.iter().map(|charge| charge.received).sum::<Money>();
    let covered = received + discount;
    let class = VehicleClass::from_car_model(record.car_model);
    let fee_at = |moment| tariff.fee(class, record.enter_time, moment);
    let paid_in_time = charges.last().is_some_and(|last| {
        moment <= last.pay_time + tariff.leave_within && fee_at(last.pay_time) <= covered
    });
    let receivables = if paid_in_time { covered } else { fee_at(moment).max(covered) };
    Bill { receivables, discount, received, due: receivables.less(covered) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lot::tariff::{Period, TariffRule};
    use crate::store::RecordType;
    use jiff::SignedDuration;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + minutes * 60).unwrap()
    }

    fn tariff() -> Tariff {
        let hour = |yuan| Some(Period { seconds: 3600, price: Money::yuan(yuan) });
        Tariff {
            free: SignedDuration::from_mins(15),
            leave_within: SignedDuration::from_mins(15),
            rules: vec![TariffRule { vehicles: None, first: hour(10), then: hour(2), cap: None }],
        }
    }

    fn record() -> ParkingRecord {
        ParkingRecord {
            id: "r".to_owned(),
            plate_no: "粤B88888".to_owned(),
            plate_color: None,
            license_plate_type: None,
            car_model: None,
            enter_time: at(0),
            enter_lane: "in".to_owned(),
            in_equipment_id: None,
            leave_time: None,
            leave_lane: None,
            out_equipment_id: None,
            receivables: Money::ZERO,
            discount: Money::ZERO,
            received: Money::ZERO,
            record_type: RecordType::Normal,
        }
    }

    fn charge(minutes: i64, yuan: i64) -> Charge {
        Charge {
            id: format!("c{minutes}"),
            record_id: "r".to_owned(),
            order_no: None,
            pay_time: at(minutes),
            receivables: Money::yuan(yuan),
            discount: Money::ZERO,
            received: Money::yuan(yuan),
            pay_type: 1,
            pay_from: "线下缴费".to_owned(),
            list_discounts: "[]".to_owned(),
        }
    }

    #[test]
    fn who_paid_may_leave_within_the_leaving_time_and_owes_the_difference_after_it() {
        let due =
            |charges: &[Charge], minutes| bill(&tariff(), &record(), charges, at(minutes)).due;
        assert_eq!(due(&[], 50), Money::yuan(10));
        assert_eq!(due(&[charge(50, 10)], 65), Money::ZERO);
        assert_eq!(due(&[charge(50, 10)], 66), Money::yuan(2));
        assert_eq!(due(&[charge(50, 4)], 51), Money::yuan(6));
        assert_eq!(due(&[charge(50, 10), charge(66, 2)], 70), Money::ZERO);
    }

    #[test]
    fn who_paid_too_much_owes_nothing_and_the_sums_say_so() {
        let bill = bill(&tariff(), &record(), &[charge(20, 50)], at(120));
        assert_eq!((bill.due, bill.received), (Money::ZERO, Money::yuan(50)));
    }
}
