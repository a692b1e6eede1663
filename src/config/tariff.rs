//! `[tariff]`: what parking costs, as its sign says.

use super::reader::{Section, nearest};
use crate::lang::{Problem, Wanted};
use crate::standard::money::Money;
use crate::standard::tables::entities::{CHARGE_ITEMS, CHARGING_STANDARD};
use jiff::{SignedDuration, civil::Time};
use serde_json::{Map, Value};

/// `[tariff]`
#[derive(Debug, Clone, PartialEq)]
pub struct TariffConfig {
    /// Table 4's attributes as written, without the rules.
    pub charging_standard: Map<String, Value>,
    /// Leaving within this time costs nothing.
    pub free: SignedDuration,
    /// After paying, a car may leave within this time.
    pub leave_within: SignedDuration,
    /// What was quoted (6006, 5007) may be paid so long after the moment it was quoted for.
    pub pay_within: SignedDuration,
    /// `[[tariff.rule]]`
    pub rules: Vec<TariffRuleConfig>,
}

/// `[[tariff.rule]]`
#[derive(Debug, Clone, PartialEq)]
pub struct TariffRuleConfig {
    /// Table 5's attributes as written.
    pub charge_item: Map<String, Value>,
    /// Table 11's `carModel` of the vehicles it is for; all when absent.
    pub car_models: Option<Vec<i64>>,
    /// The first period.
    pub first: Option<PriceConfig>,
    /// Each following period.
    pub then: Option<PriceConfig>,
    /// Other prices by night.
    pub night: Option<NightConfig>,
    /// The most a window costs.
    pub cap: Option<CapConfig>,
}

/// `night = { from = …, to = …, … }`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NightConfig {
    /// When it begins.
    pub from: Time,
    /// When it ends.
    pub to: Time,
    /// The first period of a stay that begins at night.
    pub first: Option<PriceConfig>,
    /// Each following period that begins at night.
    pub then: Option<PriceConfig>,
    /// The most one night costs.
    pub cap: Option<Money>,
}

/// `cap`
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CapConfig {
    /// `{ hours = …, price = … }`: each such window from the entry.
    FromEntry(PriceConfig),
    /// `{ per = "day", price = … }`: each calendar day.
    CalendarDay(Money),
}

/// `{ hours = …, price = … }`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceConfig {
    /// The length in seconds.
    pub seconds: i64,
    /// The price.
    pub price: Money,
}

const TARIFF: &[&str] =
    &["permitNo", "charger", "pricing", "region", "complaintTel", "remark", "pricingSign"];
const TARIFF_RULE: &[&str] = &["chargeItem", "chargeDesc"];

pub(super) fn read_tariff(root: &Section<'_>) -> Option<TariffConfig> {
    let section = root.section("tariff")?;
    let charging_standard = section.entity(&CHARGING_STANDARD, TARIFF);
    let free = section.duration("free").unwrap_or(SignedDuration::ZERO);
    let leave_within = section.duration("leave_within").unwrap_or(SignedDuration::from_mins(15));
    let pay_within = section.duration("pay_within").unwrap_or(SignedDuration::from_mins(5));
    let rules: Vec<_> = section.sections("rule").into_iter().map(read_rule).collect();
    if rules.is_empty() && !section.has("rule") {
        section.missing("rule");
    }
    section.finish();
    Some(TariffConfig { charging_standard, free, leave_within, pay_within, rules })
}

fn read_rule(section: Section<'_>) -> TariffRuleConfig {
    let charge_item = section.entity(&CHARGE_ITEMS, TARIFF_RULE);
    let rule = TariffRuleConfig {
        charge_item,
        car_models: read_vehicles(&section),
        first: section.section("first").and_then(read_price),
        then: section.section("then").and_then(read_price),
        night: section.section("night").and_then(read_night),
        cap: section.section("cap").and_then(read_cap),
    };
    section.finish();
    rule
}

fn read_vehicles(section: &Section<'_>) -> Option<Vec<i64>> {
    let names = section.texts("vehicles")?;
    let known = [("small", 3), ("medium", 2), ("large", 1)];
    let mut models = Vec::new();
    for name in names {
        match known.iter().find(|(known, _)| *known == name) {
            Some((_, model)) => models.push(*model),
            None => {
                let nearest = nearest(&name, known.iter().map(|(known, _)| *known));
                let allowed = "\"small\" | \"medium\" | \"large\"".to_owned();
                let key = "vehicles".to_owned();
                section.problem("vehicles", Problem::NotOneOf { key, allowed, nearest });
            }
        }
    }
    Some(models)
}

fn read_night(section: Section<'_>) -> Option<NightConfig> {
    let time = |key: &str| {
        if !section.has(key) {
            section.missing(key);
        }
        section.read(key, Wanted::TimeOfDay, |value| {
            let text = value.as_str()?;
            if text.len() == 5 { format!("{text}:00").parse().ok() } else { None }
        })
    };
    let (from, to) = (time("from"), time("to"));
    let first = section.section("first").and_then(read_price);
    let then = section.section("then").and_then(read_price);
    let cap = section.money("cap");
    section.finish();
    Some(NightConfig { from: from?, to: to?, first, then, cap })
}

/// A window from the entry, or `per = "day"`.
fn read_cap(section: Section<'_>) -> Option<CapConfig> {
    if section.has("per") {
        section.choice("per", &[("day", ())]);
        let price = section.money("price");
        if price.is_none() && !section.has("price") {
            section.missing("price");
        }
        section.finish();
        return price.map(CapConfig::CalendarDay);
    }
    // So that a misspelt `per` is told what it is near to.
    let _ = section.text("per");
    read_price(section).map(CapConfig::FromEntry)
}

fn read_price(section: Section<'_>) -> Option<PriceConfig> {
    let hours = section.int("hours", 1, 24 * 31);
    let minutes = section.int("minutes", 1, 24 * 60);
    let price = section.money("price");
    if hours.is_none() && minutes.is_none() && !section.has("hours") && !section.has("minutes") {
        section.missing("hours");
    }
    if price.is_none() && !section.has("price") {
        section.missing("price");
    }
    if hours.is_some() && minutes.is_some() {
        let wanted = Wanted::WholeNumber;
        section
            .problem("minutes", Problem::WrongType { key: "hours | minutes".to_owned(), wanted });
    }
    section.finish();
    let seconds = hours.map(|hours| hours * 3600).or(minutes.map(|minutes| minutes * 60))?;
    Some(PriceConfig { seconds, price: price? })
}
