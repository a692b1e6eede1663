//! The prices of a `[[tariff.rule]]`: periods, steps, nights, hours of the day, caps.

use crate::config::reader::Section;
use crate::lang::{LotProblem, Problem, Wanted};
use crate::standard::money::Money;
use jiff::civil::Time;

/// What a day costs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DayConfig {
    /// The prices.
    pub prices: PricesConfig,
    /// Other prices by night.
    pub night: Option<NightConfig>,
    /// Charged only between these times of day.
    pub hours: Option<HoursConfig>,
}

/// `first`, `steps`, `then`, or `flat`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PricesConfig {
    /// Once for the whole stay.
    pub flat: Option<Money>,
    /// The first period.
    pub first: Option<PriceConfig>,
    /// The periods that begin before a stay has lasted so long, in order.
    pub steps: Vec<StepConfig>,
    /// Each following period.
    pub then: Option<PriceConfig>,
}

/// `{ until = …, hours = …, price = … }`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepConfig {
    /// Its end in seconds from the beginning of the stay.
    pub until: i64,
    /// Each of its periods.
    pub period: PriceConfig,
}

/// `night = { from = …, to = …, … }`
#[derive(Debug, Clone, PartialEq)]
pub struct NightConfig {
    /// When it begins and ends.
    pub hours: HoursConfig,
    /// What begins in it costs.
    pub prices: PricesConfig,
    /// The most one night costs.
    pub cap: Option<Money>,
}

/// `{ from = …, to = … }`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoursConfig {
    /// When they begin.
    pub from: Time,
    /// When they end, on the next day where that is not later.
    pub to: Time,
}

/// `cap`
#[derive(Debug, Clone, PartialEq)]
pub struct CapConfig {
    /// Which windows.
    pub window: CapWindowConfig,
    /// The price of the first, the second, and so on; the last one goes on. Never empty.
    pub prices: Vec<Money>,
}

/// `hours = …` or `per = "day"`
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CapWindowConfig {
    /// Each such window from the entry, in seconds.
    FromEntry(i64),
    /// Each calendar day.
    CalendarDay,
}

/// `visits`
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum VisitsConfig {
    /// Those that begin within so many seconds of the first.
    Within(i64),
    /// Those that begin on one calendar day.
    OneDay,
}

/// `{ hours = …, price = … }`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceConfig {
    /// The length in seconds.
    pub seconds: i64,
    /// The price.
    pub price: Money,
}

pub(super) fn read_day(section: &Section<'_>) -> DayConfig {
    DayConfig {
        prices: PricesConfig { flat: section.money("flat"), ..read_prices(section) },
        night: section.section("night").and_then(read_night),
        hours: section.section("hours").and_then(|hours| {
            let read = read_hours(&hours);
            hours.finish();
            read
        }),
    }
}

fn read_prices(section: &Section<'_>) -> PricesConfig {
    let first = section.section("first").and_then(read_price);
    let then = section.section("then").and_then(read_price);
    let mut steps: Vec<StepConfig> = Vec::new();
    for step in section.sections("steps") {
        let until = step.duration("until").map(|until| until.as_secs());
        if !step.has("until") {
            step.missing("until");
        }
        let before = steps.last().map(|step| step.until).or(first.map(|first| first.seconds));
        if until.is_some_and(|until| until <= before.unwrap_or(0)) {
            let than = if steps.is_empty() { "first" } else { "until" }.to_owned();
            step.problem("until", Problem::NotLonger { key: "until".to_owned(), than });
        }
        if let (Some(until), Some(period)) = (until, read_price(step)) {
            steps.push(StepConfig { until, period });
        }
    }
    if section.has("flat") {
        for other in ["first", "steps", "then"].into_iter().filter(|key| section.has(key)) {
            let (key, other) = ("flat".to_owned(), other.to_owned());
            section.problem("flat", Problem::NotBoth { key, other });
        }
    }
    // A price that is asked once for a stay is none of a night's: there it is unknown.
    PricesConfig { flat: None, first, steps, then }
}

fn read_night(section: Section<'_>) -> Option<NightConfig> {
    let hours = read_hours(&section);
    let prices = read_prices(&section);
    let cap = section.money("cap");
    section.finish();
    Some(NightConfig { hours: hours?, prices, cap })
}

/// From one time of day to another; 24:00 is the midnight that ends a day.
fn read_hours(section: &Section<'_>) -> Option<HoursConfig> {
    let time = |key: &str| {
        if !section.has(key) {
            section.missing(key);
        }
        section.read(key, Wanted::TimeOfDay, |value| match value.as_str()? {
            "24:00" => Some(Time::midnight()),
            text if text.len() == 5 => format!("{text}:00").parse().ok(),
            _ => None,
        })
    };
    let (from, to) = (time("from"), time("to"));
    Some(HoursConfig { from: from?, to: to? })
}

/// A window from the entry, or `per = "day"`; one price, or one for each window.
pub(super) fn read_cap(section: Section<'_>) -> Option<CapConfig> {
    let window = if section.has("per") {
        section.choice("per", &[("day", CapWindowConfig::CalendarDay)])
    } else {
        // So that a misspelt `per` is told what it is near to.
        let _ = section.text("per");
        let least = 3600;
        let seconds = read_length(&section);
        if seconds.is_some_and(|seconds| seconds < least) {
            section.problem("minutes", LotProblem::ShortCap.into());
        }
        seconds.map(CapWindowConfig::FromEntry)
    };
    let one = section.money("price");
    let each = section.moneys("prices");
    if section.has("price") && section.has("prices") {
        let (key, other) = ("price".to_owned(), "prices".to_owned());
        section.problem("prices", Problem::NotBoth { key, other });
    } else if !section.has("price") && !section.has("prices") {
        section.missing("price");
    }
    if each.as_ref().is_some_and(Vec::is_empty) {
        section.problem("prices", Problem::Empty { key: "prices".to_owned() });
    }
    section.finish();
    let prices = each.or(one.map(|price| vec![price])).filter(|prices| !prices.is_empty())?;
    Some(CapConfig { window: window?, prices })
}

/// `"day"`, or a length from the first visit's beginning.
pub(super) fn read_visits(section: &Section<'_>) -> Option<VisitsConfig> {
    if section.written_text("visits") == Some("day") {
        return section.choice("visits", &[("day", VisitsConfig::OneDay)]);
    }
    section.duration("visits").map(|within| VisitsConfig::Within(within.as_secs().max(1)))
}

fn read_price(section: Section<'_>) -> Option<PriceConfig> {
    let seconds = read_length(&section);
    let price = section.money("price");
    if price.is_none() && !section.has("price") {
        section.missing("price");
    }
    section.finish();
    Some(PriceConfig { seconds: seconds?, price: price? })
}

/// A length in seconds.
fn read_length(section: &Section<'_>) -> Option<i64> {
    let hours = section.int("hours", 1, 24 * 31);
    let minutes = section.int("minutes", 1, 24 * 60);
    if hours.is_none() && minutes.is_none() && !section.has("hours") && !section.has("minutes") {
        section.missing("hours");
    }
    if hours.is_some() && minutes.is_some() {
        let wanted = Wanted::WholeNumber;
        section
            .problem("minutes", Problem::WrongType { key: "hours | minutes".to_owned(), wanted });
    }
    hours.map(|hours| hours * 3600).or(minutes.map(|minutes| minutes * 60))
}
