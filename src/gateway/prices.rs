//! From the technician's prices to the lot's tariff. Pure.

use crate::config::{
    CapConfig, CapWindowConfig, ClassConfig, DayConfig, HoursConfig, NightConfig, PriceConfig,
    PricesConfig, StepConfig, TariffConfig, TariffRuleConfig, VisitsConfig, WaiverConfig,
    WaiverPerConfig,
};
use crate::lot::tariff::{
    Anew, Cap, CapWindow, ClassDefinition, DayPrices, Hours, Night, ONCE, Period, Prices, Step,
    Tariff, TariffRule, VehicleClass, Visits, Waiver, WaiverPer,
};
use jiff::tz::TimeZone;

/// The tariff of a sign. A lot without one costs nothing.
pub fn tariff_of(config: Option<&TariffConfig>, time_zone: &TimeZone) -> Tariff {
    let free = Tariff::free_of_charge(time_zone.clone());
    let Some(config) = config else { return free };
    Tariff {
        free: config.free,
        leave_within: config.leave_within,
        pay_within: config.pay_within,
        rules: config.rules.iter().map(rule).collect(),
        waivers: config.waivers.iter().map(waiver).collect(),
        classes: config.classes.iter().map(class).collect(),
        free_kinds: config.free_kinds.clone(),
        calendar: config.calendar.clone(),
        ..free
    }
}

fn rule(rule: &TariffRuleConfig) -> TariffRule {
    TariffRule {
        vehicles: rule.vehicles.as_deref().map(vehicles),
        free: rule.free,
        free_taken_off: rule.free_taken_off,
        days: day(&rule.days),
        non_working_days: rule.non_working_days.as_ref().map(day),
        cap: rule.cap.as_ref().map(cap),
        anew: Anew { every_24h: rule.anew_every_24h, every_day: rule.anew_every_day },
        visits: rule.visits.map(|visits| match visits {
            VisitsConfig::Within(seconds) => Visits::Within(seconds),
            VisitsConfig::OneDay => Visits::OneDay,
        }),
    }
}

fn vehicles(names: &[String]) -> Vec<VehicleClass> {
    names.iter().map(|name| VehicleClass::named(name)).collect()
}

fn class(class: &ClassConfig) -> ClassDefinition {
    ClassDefinition {
        name: class.name.clone(),
        plates: class.plates.iter().map(ToString::to_string).collect(),
        plate_kinds: class.plate_kinds.clone(),
        plate_colors: class.plate_colors.clone(),
        cameras: class.cameras.clone(),
        free: class.free,
    }
}

fn waiver(waiver: &WaiverConfig) -> Waiver {
    Waiver {
        vehicles: vehicles(&waiver.vehicles),
        length: waiver.length,
        per: match waiver.per {
            WaiverPerConfig::Day => WaiverPer::Day,
            WaiverPerConfig::Stay => WaiverPer::Stay,
        },
    }
}

fn day(day: &DayConfig) -> DayPrices {
    DayPrices {
        prices: prices(&day.prices),
        night: day.night.as_ref().map(night),
        hours: day.hours.map(hours),
    }
}

fn prices(prices: &PricesConfig) -> Prices {
    let once = prices.flat.map(|price| Period { seconds: ONCE, price });
    Prices {
        first: once.or(prices.first.map(period)),
        steps: prices.steps.iter().map(step).collect(),
        then: prices.then.map(period),
    }
}

fn step(step: &StepConfig) -> Step {
    Step { until: step.until, period: period(step.period) }
}

fn period(price: PriceConfig) -> Period {
    Period { seconds: price.seconds, price: price.price }
}

fn night(night: &NightConfig) -> Night {
    Night { hours: hours(night.hours), prices: prices(&night.prices), cap: night.cap }
}

fn hours(hours: HoursConfig) -> Hours {
    Hours { from: hours.from, to: hours.to }
}

fn cap(cap: &CapConfig) -> Cap {
    let window = match cap.window {
        CapWindowConfig::FromEntry(seconds) => CapWindow::FromEntry(seconds),
        CapWindowConfig::CalendarDay => CapWindow::CalendarDay,
    };
    Cap { window, prices: cap.prices.clone() }
}
