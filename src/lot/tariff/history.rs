//! The fee of a stay among its plate's visits before: those that cost as one with it, and those that have used up a
//! day's waived hours. For [`Tariff`]; how time becomes money is the meter's.

use super::meter::Meter;
use super::moments;
use super::{Fee, FeePart, PricedStay, Tariff, TariffRule, Visit, Visits};
use crate::standard::money::Money;
use jiff::{SignedDuration, Timestamp};

/// The fee of a stay by a rule; its stretches are told where somebody asks for them.
pub(super) fn fee(
    tariff: &Tariff,
    rule: &TariffRule,
    stay: &PricedStay<'_>,
    told: Option<&mut Vec<FeePart>>,
) -> Fee {
    let first = first_of_its_group(tariff, rule, stay);
    let (before, group) = stay.earlier.split_at(first);
    let enter = group.first().map_or(stay.enter, |visit| visit.enter);
    let mut meter = Meter::new(tariff, rule, stay, enter);
    let without_coupon = PricedStay { waived: SignedDuration::ZERO, ..*stay };
    for visit in before {
        let mut other = Meter::new(tariff, rule, &without_coupon, visit.enter);
        other.use_up(&mut meter, &visit.charged);
    }
    meter.told = told;
    for visit in group {
        meter.run(&visit.charged);
    }
    let earlier = settled(tariff, rule, stay, &meter).0;
    meter.run(stay.charged);
    let (sum, within_free) = settled(tariff, rule, stay, &meter);
    let capped = meter.capped && !within_free;
    Fee { sum: sum.less(earlier), earlier, within_free, capped }
}

/// What a meter shows, nothing while it is within the free time; and whether it is.
fn settled(
    tariff: &Tariff,
    rule: &TariffRule,
    stay: &PricedStay<'_>,
    meter: &Meter<'_, '_>,
) -> (Money, bool) {
    let within_free = meter.ran <= moments::milliseconds(tariff.free_for(stay.vehicle));
    let free = within_free && !rule.free_taken_off;
    if free { (Money::ZERO, meter.ran > 0) } else { (meter.total, within_free && meter.ran > 0) }
}

/// Which of the visits before is the first that costs as one with the stay; their number where none does.
fn first_of_its_group(tariff: &Tariff, rule: &TariffRule, stay: &PricedStay<'_>) -> usize {
    let begun = |visit: &Visit| visit.enter;
    let enters: Vec<Timestamp> = stay.earlier.iter().map(begun).chain([stay.enter]).collect();
    let Some(visits) = rule.visits else { return stay.earlier.len() };
    let date = |at| tariff.time_zone.to_datetime(at).date();
    // Each visit that is not of the group begins the next.
    let mut first = 0;
    for (index, enter) in enters.iter().enumerate() {
        let Some(start) = enters.get(first) else { continue };
        let of_group = match visits {
            Visits::Within(seconds) => moments::window(*start, seconds, *enter).0 == 0,
            Visits::OneDay => date(*start) == date(*enter),
        };
        if !of_group {
            first = index;
        }
    }
    first
}
