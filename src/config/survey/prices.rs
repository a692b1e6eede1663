//! Prices that cannot be meant: a rule that never has its turn, a class that nobody asks for, a period dearer than its
//! cap, a calendar without the year it is wanted for.

use crate::config::reader::Section;
use crate::config::tariff::TariffConfig;
use crate::lang::LotProblem;
use crate::standard::money::Money;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Looks at `[tariff]`; at its calendar as of `today`, where that is known.
pub(crate) fn survey(root: &Section<'_>, read: &TariffConfig, today: Option<Date>) {
    let Some(tariff) = root.section("tariff") else { return };
    unreached(&tariff);
    unused(&tariff);
    for rule in tariff.sections("rule") {
        dearer_than_cap(&rule);
        caps_of_nothing(&rule);
        ends_with_steps(&rule);
        once_a_day(&rule);
    }
    if let Some(year) = today.and_then(|today| read.year_missing(today)) {
        tariff.problem("calendar", LotProblem::YearMissing { year }.into());
    }
}

/// The first rule whose vehicles match decides: one behind a rule for all, or for all of its own, never does.
fn unreached(tariff: &Section<'_>) {
    let (mut all, mut taken) = (None, BTreeSet::new());
    for (number, rule) in (1_usize..).zip(tariff.sections("rule")) {
        let vehicles = rule.has("vehicles").then(|| rule.texts("vehicles").unwrap_or_default());
        let own_taken = vehicles
            .as_ref()
            .is_some_and(|own| !own.is_empty() && own.iter().all(|class| taken.contains(class)));
        if let Some(by) = all {
            rule.problem_here(LotProblem::RuleUnreached { by }.into());
        } else if own_taken {
            rule.problem("vehicles", LotProblem::VehiclesTaken.into());
        }
        match vehicles {
            None => all = all.or(Some(number)),
            Some(own) => taken.extend(own),
        }
        let sizes = ["small", "medium", "large"];
        if sizes.iter().all(|size| taken.contains(*size)) {
            all = all.or(Some(number));
        }
    }
}

/// A class is there for a rule, a waiver, or to be free.
fn unused(tariff: &Section<'_>) {
    let rules = tariff.sections("rule").into_iter().chain(tariff.sections("waiver"));
    let used: BTreeSet<String> =
        rules.flat_map(|rule| rule.texts("vehicles").unwrap_or_default()).collect();
    for class in tariff.sections("class") {
        let Some(name) = class.written_text("name") else { continue };
        if !used.contains(name) && class.bool("free") != Some(true) {
            class.problem("name", LotProblem::ClassUnused { name: name.to_owned() }.into());
        }
    }
}

/// By the sign's own words a period costs one sum and at most another.
fn dearer_than_cap(rule: &Section<'_>) {
    let Some(cap) = rule.section("cap") else { return };
    let each = cap.moneys("prices").unwrap_or_default().into_iter();
    let Some(least) = each.chain(cap.money("price")).min() else { return };
    let too_dear = |price: Option<Money>| price.filter(|price| *price > least);
    for prices in &all_prices(rule) {
        let of = |key: &str| too_dear(prices.section(key)?.money("price"));
        let flat = prices.has("flat").then(|| too_dear(prices.money("flat"))).flatten();
        let steps = if prices.has("steps") { prices.sections("steps") } else { Vec::new() };
        let steps = steps.iter().filter_map(|step| too_dear(step.money("price"))).max();
        let found =
            [("flat", flat), ("first", of("first")), ("steps", steps), ("then", of("then"))];
        for (key, price) in found {
            if let Some(price) = price {
                let (price, cap) = (price.to_string(), least.to_string());
                prices.problem(key, LotProblem::DearerThanCap { price, cap }.into());
            }
        }
    }
}

/// The tables of a rule that have prices: its own, its night's, and those of days that are no working days.
fn all_prices<'t>(rule: &Section<'t>) -> Vec<Section<'t>> {
    let mut all: Vec<Section<'t>> = rule.section("night").into_iter().collect();
    if let Some(day) = rule.section("non_working_days") {
        all.extend(day.section("night"));
        all.push(day);
    }
    all.extend(rule.again());
    all
}

/// `"cap"` says that a cap begins anew with that window: there must be one.
fn caps_of_nothing(rule: &Section<'_>) {
    let cap = rule.section("cap");
    let per_day = cap.as_ref().is_some_and(|cap| cap.has("per"));
    let from_entry = cap.is_some() && !per_day;
    for (key, has) in [("every_24h", from_entry), ("every_day", per_day)] {
        if rule.written_text(key) == Some("cap") && !has {
            rule.problem(key, LotProblem::NoCapAnew { key: key.to_owned() }.into());
        }
    }
}

/// After the last step nothing more is charged where there is no `then`.
fn ends_with_steps(rule: &Section<'_>) {
    for prices in &all_prices(rule) {
        if prices.has("steps") && !prices.has("then") {
            prices.problem("steps", LotProblem::FreeAfterSteps.into());
        }
    }
}

/// A price that is asked once for a stay can be another on other days only where each day begins anew.
fn once_a_day(rule: &Section<'_>) {
    let Some(day) = rule.section("non_working_days") else { return };
    if day.has("flat") && rule.written_text("every_day") != Some("restart") {
        day.problem("flat", LotProblem::FlatOfADay.into());
    }
}
