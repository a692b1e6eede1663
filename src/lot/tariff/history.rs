//! The fee of a stay among its plate's visits before: those that cost as one with it, and those that have used up a
//! day's waived hours. For [`Tariff`]; how time becomes money is the meter's.

use super::meter::Meter;
use super::moments;
use super::{Fee, FeePart, PricedStay, Tariff, TariffRule};
use crate::standard::money::Money;
use jiff::SignedDuration;

/// The fee of a stay by a rule; its stretches are told where somebody asks for them.
pub(super) fn fee(
    tariff: &Tariff,
    rule: &TariffRule,
    stay: &PricedStay<'_>,
    told: Option<&mut Vec<FeePart>>,
) -> Fee {
    let since = if rule.visits.is_some() { stay.visits_since } else { stay.enter };
    let first = stay.earlier.iter().take_while(|visit| visit.enter < since).count();
    let (before, group) = stay.earlier.split_at(first);
    let enter = group.first().map_or(stay.enter, |visit| visit.enter);
    // A coupon is of this visit and of none before it.
    let without_coupon = PricedStay { waived: SignedDuration::ZERO, ..*stay };
    let mut meter = Meter::new(tariff, rule, &without_coupon, enter);
    for visit in before {
        let mut other = Meter::new(tariff, rule, &without_coupon, visit.enter);
        other.use_up(&mut meter, &visit.charged);
    }
    meter.told = told;
    for visit in group {
        meter.run(&visit.charged);
    }
    // What was never claimed is not taken off.
    let claimed: Money = group.iter().map(|visit| visit.claimed).sum();
    let earlier = settled(tariff, rule, stay, &meter).0.min(claimed);
    meter.waive(stay.waived);
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
