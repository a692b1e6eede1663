//! `[tariff]`: what parking costs, as its sign says.

mod calendar;
mod classes;
mod prices;

pub use classes::{ClassConfig, WaiverConfig, WaiverPerConfig};
pub use prices::{
    CapConfig, CapWindowConfig, DayConfig, HoursConfig, NightConfig, PriceConfig, PricesConfig,
    StepConfig, VisitsConfig,
};

use super::device::Device;
use super::reader::Section;
use crate::model::calendar::Calendar;
use crate::standard::plate_kind::PlateKind;
use crate::standard::tables::entities::{CHARGE_ITEMS, CHARGING_STANDARD};
use classes::Names;
use jiff::SignedDuration;
use jiff::civil::Date;
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
    /// Plates of these kinds pay nothing.
    pub free_kinds: Vec<PlateKind>,
    /// `[[tariff.class]]`
    pub classes: Vec<ClassConfig>,
    /// `[[tariff.waiver]]`
    pub waivers: Vec<WaiverConfig>,
    /// `[[tariff.calendar]]`
    pub calendar: Calendar,
    /// `[[tariff.rule]]`
    pub rules: Vec<TariffRuleConfig>,
}

/// `[[tariff.rule]]`
#[derive(Debug, Clone, PartialEq)]
pub struct TariffRuleConfig {
    /// Table 5's attributes as written.
    pub charge_item: Map<String, Value>,
    /// The classes of vehicles it is for; all when absent.
    pub vehicles: Option<Vec<String>>,
    /// Leaving within this time costs nothing; as `[tariff]` says when absent.
    pub free: Option<SignedDuration>,
    /// Whether the free time is taken off longer stays, too.
    pub free_taken_off: bool,
    /// What the days cost.
    pub days: DayConfig,
    /// What days cost that are no working days.
    pub non_working_days: Option<DayConfig>,
    /// The most a window costs.
    pub cap: Option<CapConfig>,
    /// Whether prices begin anew each 24 hours.
    pub anew_every_24h: bool,
    /// Whether prices begin anew each calendar day.
    pub anew_every_day: bool,
    /// Which visits of a plate cost as one.
    pub visits: Option<VisitsConfig>,
}

impl TariffConfig {
    /// The year whose holidays its prices need on a day and do not know.
    pub fn year_missing(&self, today: Date) -> Option<i16> {
        let needs = self.rules.iter().any(|rule| rule.non_working_days.is_some());
        self.calendar.missing(today).filter(|_| needs)
    }
}

const TARIFF: &[&str] =
    &["permitNo", "charger", "pricing", "region", "complaintTel", "remark", "pricingSign"];
const TARIFF_RULE: &[&str] = &["chargeItem", "chargeDesc"];

pub(super) fn read_tariff(root: &Section<'_>, devices: &[Device]) -> Option<TariffConfig> {
    let section = root.section("tariff")?;
    let charging_standard = section.entity(&CHARGING_STANDARD, TARIFF);
    Some(read_prices(section, charging_standard, devices))
}

/// The same for a sign by itself: what the platform wants of a tariff need not be there, nor the lot's cameras.
pub(super) fn read_sign(root: &Section<'_>) -> Option<TariffConfig> {
    let Some(section) = root.section("tariff") else {
        root.missing("tariff");
        return None;
    };
    skip(&section, TARIFF);
    Some(read_prices(section, Map::new(), &[]))
}

fn read_prices(
    section: Section<'_>,
    charging_standard: Map<String, Value>,
    devices: &[Device],
) -> TariffConfig {
    let free = section.duration("free").unwrap_or(SignedDuration::ZERO);
    let leave_within = section.duration("leave_within").unwrap_or(SignedDuration::from_mins(15));
    let pay_within = section.duration("pay_within").unwrap_or(SignedDuration::from_mins(5));
    let free_kinds = classes::read_free_kinds(&section);
    let classes = classes::read_classes(&section, devices);
    let names = Names::of(&classes);
    let waivers = classes::read_waivers(&section, &names);
    let calendar = Calendar { years: calendar::read_calendar(&section) };
    let rules = section.sections("rule");
    let alone = charging_standard.is_empty();
    let rules: Vec<_> = rules.into_iter().map(|rule| read_rule(rule, &names, alone)).collect();
    if rules.is_empty() && !section.has("rule") {
        section.missing("rule");
    }
    section.finish();
    TariffConfig {
        charging_standard,
        free,
        leave_within,
        pay_within,
        free_kinds,
        classes,
        waivers,
        calendar,
        rules,
    }
}

fn read_rule(section: Section<'_>, names: &Names, alone: bool) -> TariffRuleConfig {
    let charge_item = if alone {
        skip(&section, TARIFF_RULE);
        Map::new()
    } else {
        section.entity(&CHARGE_ITEMS, TARIFF_RULE)
    };
    let begins = [("cap", false), ("restart", true)];
    let rule = TariffRuleConfig {
        charge_item,
        vehicles: names.read(&section),
        free: section.duration("free"),
        free_taken_off: section.bool("free_taken_off").unwrap_or(false),
        days: prices::read_day(&section),
        non_working_days: section.section("non_working_days").map(|day| {
            let prices = prices::read_day(&day);
            day.finish();
            prices
        }),
        cap: section.section("cap").and_then(prices::read_cap),
        anew_every_24h: section.choice("every_24h", &begins).unwrap_or(false),
        anew_every_day: section.choice("every_day", &begins).unwrap_or(false),
        visits: prices::read_visits(&section),
    };
    section.finish();
    rule
}

/// What is filed with the platform is not asked of a sign.
fn skip(section: &Section<'_>, attributes: &[&str]) {
    let keys: Vec<String> = attributes.iter().map(|name| super::reader::snake_case(name)).collect();
    section.skip(&keys.iter().map(String::as_str).collect::<Vec<_>>());
}
