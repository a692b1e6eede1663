//! What a stay costs.
//!
//! Periods are half-open: one is charged when the stay reaches past its beginning, at the price of the
//! time of day it begins in. Time that is free (leases, shares, hours of the day that cost nothing) does not run.
//! Caps count a window from the entry, or the calendar day, or one night. Plain arithmetic over plain values: a
//! longer stay never costs less, whatever the clocks of the time zone do.

mod history;
mod laps;
mod meter;
mod moments;
mod round;
mod vehicle;

pub use super::interval::Interval;
pub use vehicle::{ClassDefinition, Sight, Vehicle, VehicleClass};

use crate::model::calendar::Calendar;
use crate::standard::money::Money;
use crate::standard::plate_kind::PlateKind;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A lot's prices.
#[derive(Debug, Clone)]
pub struct Tariff {
    /// Leaving within this time costs nothing, where a rule has no time of its own.
    pub free: SignedDuration,
    /// After paying, a car may leave within this time.
    pub leave_within: SignedDuration,
    /// What was quoted may be paid so long after the moment it was quoted for.
    pub pay_within: SignedDuration,
    /// The first rule whose vehicles match decides.
    pub rules: Vec<TariffRule>,
    /// Hours that cost nothing, for whoever is of their vehicles; those of several add up.
    pub waivers: Vec<Waiver>,
    /// Which vehicles are of which class.
    pub classes: Vec<ClassDefinition>,
    /// Plates of these kinds pay nothing.
    pub free_kinds: Vec<PlateKind>,
    /// Which days are working days.
    pub calendar: Calendar,
    /// In which nights and calendar days are meant.
    pub time_zone: TimeZone,
}

/// The prices for some vehicles.
#[derive(Debug, Clone, Default)]
pub struct TariffRule {
    /// Which vehicles; all when absent.
    pub vehicles: Option<Vec<VehicleClass>>,
    /// Leaving within this time costs nothing; as the tariff says when absent.
    pub free: Option<SignedDuration>,
    /// Whether the free time is also taken off longer stays.
    pub free_taken_off: bool,
    /// What the days cost.
    pub days: DayPrices,
    /// What days that are no working days cost; as all others when absent.
    pub non_working_days: Option<DayPrices>,
    /// The most a window costs.
    pub cap: Option<Cap>,
    /// When the prices begin anew during a stay.
    pub anew: Anew,
    /// Several visits that cost as one.
    pub visits: Option<Visits>,
}

/// What a day costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayPrices {
    /// The prices, by day where there is a night.
    pub prices: Prices,
    /// Other prices by night.
    pub night: Option<Night>,
    /// Charged only between these times of day; always when absent.
    pub hours: Option<Hours>,
}

/// Prices of periods by how long a stay has lasted: the first one, those of the steps, each after those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices {
    /// The first period of the stay.
    pub first: Option<Period>,
    /// The periods that begin before each step's end; the steps in order.
    pub steps: Vec<Step>,
    /// Each following period; nothing more is charged when absent.
    pub then: Option<Period>,
}

/// The periods that begin before a stay has lasted so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its end, in seconds of charged time since the beginning.
    pub until: i64,
    /// Each of its periods.
    pub period: Period,
}

/// The prices between two times of day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Night {
    /// When it begins and ends.
    pub hours: Hours,
    /// What periods that begin in it cost.
    pub prices: Prices,
    /// The most one night costs.
    pub cap: Option<Money>,
}

/// From one time of day to another, on the next day where that is not later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// When they begin.
    pub from: Time,
    /// When they end.
    pub to: Time,
}

/// The most a window costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// Which windows.
    pub window: CapWindow,
    /// The price of the first, the second, and so on; the last one goes on. Never empty.
    pub prices: Vec<Money>,
}

/// The windows of a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapWindow {
    /// Windows of so many seconds, more than 0, from the entry.
    FromEntry(i64),
    /// Each calendar day.
    CalendarDay,
}

/// When the prices begin anew during a stay: the first period again, and what was begun is over. The free time never
/// does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Anew {
    /// Each 24 hours from the entry.
    pub every_24h: bool,
    /// Each calendar day.
    pub every_day: bool,
}

/// Which visits of a plate cost as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visits {
    /// Those that begin within so many seconds of the first one's beginning.
    Within(i64),
    /// Those that begin on one calendar day.
    OneDay,
}

/// Hours that cost nothing though they count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Whose.
    pub vehicles: Vec<VehicleClass>,
    /// How long.
    pub length: SignedDuration,
    /// Of what.
    pub per: WaiverPer,
}

/// What a waiver's hours are the first of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaiverPer {
    /// Each calendar day, of all visits of a plate together.
    Day,
    /// Each stay.
    Stay,
}

/// A length of time and its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its length in seconds, more than 0.
    pub seconds: i64,
    /// Its price.
    pub price: Money,
}

/// Longer than any stay: the period of a price that is asked once.
pub const ONCE: i64 = 200 * 366 * 86_400;

/// A stay, as far as its price depends on it.
#[derive(Debug, Clone, Copy)]
pub struct PricedStay<'a> {
    /// Whose.
    pub vehicle: &'a Vehicle,
    /// When it began.
    pub enter: Timestamp,
    /// Its parts that are charged, in order.
    pub charged: &'a [Interval],
    /// The visits of the same plate before it that its price may depend on, the oldest first.
    pub earlier: &'a [Visit],
    /// Since when its plate's visits cost as one with it; its own beginning where none do.
    pub visits_since: Timestamp,
    /// Its first hours that cost nothing beside those of the tariff's waivers, by a coupon.
    pub waived: SignedDuration,
}

/// A visit that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// When it began.
    pub enter: Timestamp,
    /// Its parts that are charged, in order.
    pub charged: Vec<Interval>,
    /// What was claimed for it.
    pub claimed: Money,
}

/// A stretch of a stay with what it costs, for whoever asks how a fee comes about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeePart {
    /// From when to when.
    pub when: Interval,
    /// Why it costs that.
    pub kind: FeePartKind,
    /// The periods that begin in it.
    pub begun: Vec<BegunPeriods>,
    /// What it costs after caps.
    pub charged: Money,
}

impl BegunPeriods {
    /// What they cost. More than money can be is the most it can.
    pub fn price(&self) -> Money {
        self.period.price.times(self.count)
    }
}

/// What kind of time a stretch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeePartKind {
    /// Charged at the day's prices.
    Day,
    /// Charged at the night's prices.
    Night,
    /// Outside the hours that are charged.
    OutsideHours,
    /// The free time, taken off.
    TakenOff,
    /// Waived.
    Waived,
}

/// Periods of one price that begin one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BegunPeriods {
    /// How many.
    pub count: i64,
    /// Each of them.
    pub period: Period,
}

/// A fee.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fee {
    /// The sum.
    pub sum: Money,
    /// What visits before it, that cost as one with it, have cost; taken off already.
    pub earlier: Money,
    /// Whether it is within the free time.
    pub within_free: bool,
    /// Whether a cap keeps it from being more.
    pub capped: bool,
}

impl Prices {
    /// All its periods.
    fn periods(&self) -> impl Iterator<Item = Period> + '_ {
        let steps = self.steps.iter().map(|step| step.period);
        self.first.into_iter().chain(steps).chain(self.then)
    }

    /// What the first period that costs anything costs, that of `first` where it does.
    fn begun(&self) -> Option<Money> {
        self.periods().map(|period| period.price).find(|price| *price > Money::ZERO)
    }
}

impl Hours {
    /// Whether a time of day lies in them.
    fn contain(&self, time: Time) -> bool {
        if self.from < self.to {
            self.from <= time && time < self.to
        } else {
            time >= self.from || time < self.to
        }
    }
}

impl TariffRule {
    /// What a working day or another costs.
    fn day(&self, working: bool) -> &DayPrices {
        if working { &self.days } else { self.non_working_days.as_ref().unwrap_or(&self.days) }
    }

    /// Whether it asks what visits the plate made before.
    fn remembers(&self) -> bool {
        self.visits.is_some()
    }
}

impl Tariff {
    /// A tariff that costs nothing.
    pub fn free_of_charge(time_zone: TimeZone) -> Self {
        Self {
            free: SignedDuration::ZERO,
            leave_within: SignedDuration::ZERO,
            pay_within: SignedDuration::ZERO,
            rules: Vec::new(),
            waivers: Vec::new(),
            classes: Vec::new(),
            free_kinds: Vec::new(),
            calendar: Calendar::default(),
            time_zone,
        }
    }

    /// The fee of a stay. One that ends before it began (a clock was set back) costs nothing.
    ///
    /// ```
    /// use jiff::{SignedDuration, tz::TimeZone};
    /// use lotgate::lot::tariff::{
    ///     Cap, CapWindow, DayPrices, Interval, Period, Prices, PricedStay, Tariff, TariffRule, Vehicle,
    /// };
    /// use lotgate::standard::money::Money;
    ///
    /// // 15 minutes free, the first hour 10 yuan, each further hour 2 yuan, 30 yuan a day at most.
    /// let hour = |yuan| Some(Period { seconds: 3600, price: Money::yuan(yuan) });
    /// let tariff = Tariff {
    ///     free: SignedDuration::from_mins(15),
    ///     rules: vec![TariffRule {
    ///         days: DayPrices {
    ///             prices: Prices { first: hour(10), then: hour(2), ..Prices::default() },
    ///             ..DayPrices::default()
    ///         },
    ///         cap: Some(Cap { window: CapWindow::CalendarDay, prices: vec![Money::yuan(30)] }),
    ///         ..TariffRule::default()
    ///     }],
    ///     ..Tariff::free_of_charge(TimeZone::UTC)
    /// };
    /// let enter = "2026-03-02T08:00:00Z".parse()?;
    /// let fee = |minutes| {
    ///     let charged = [Interval { from: enter, to: enter + SignedDuration::from_mins(minutes) }];
    ///     tariff.fee(&PricedStay::plain(&Vehicle::small(), enter, &charged)).sum
    /// };
    /// assert_eq!(fee(15), Money::ZERO);
    /// assert_eq!(fee(60), Money::yuan(10));
    /// assert_eq!(fee(61), Money::yuan(12));
    /// assert_eq!(fee(15 * 60), Money::yuan(30));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn fee(&self, stay: &PricedStay<'_>) -> Fee {
        self.rule_of(stay.vehicle)
            .map_or_else(Fee::default, |rule| history::fee(self, rule, stay, None))
    }

    /// The fee, and the stretches it is the sum of, of visits that cost as one all of them; none where the stay is
    /// within its free time.
    pub fn explained(&self, stay: &PricedStay<'_>) -> (Fee, Vec<FeePart>) {
        let mut parts = Vec::new();
        let fee = self
            .rule_of(stay.vehicle)
            .map_or_else(Fee::default, |rule| history::fee(self, rule, stay, Some(&mut parts)));
        if fee.within_free {
            parts.clear();
        }
        (fee, parts)
    }

    /// The smallest fee above nothing that a vehicle can be asked for; nothing where all is free.
    pub fn smallest_fee(&self, vehicle: &Vehicle) -> Money {
        let Some(rule) = self.rule_of(vehicle) else { return Money::ZERO };
        let days = [Some(&rule.days), rule.non_working_days.as_ref()].into_iter().flatten();
        let nights = days.clone().filter_map(|day| day.night.as_ref());
        let begun = days.map(|day| &day.prices).chain(nights.clone().map(|night| &night.prices));
        let caps = rule.cap.iter().flat_map(|cap| &cap.prices).copied();
        let all = begun.filter_map(Prices::begun).chain(caps);
        let all = all.chain(nights.filter_map(|night| night.cap));
        all.filter(|price| *price > Money::ZERO).min().unwrap_or(Money::ZERO)
    }

    /// How long a stay of that vehicle may be that costs nothing.
    pub fn free_for(&self, vehicle: &Vehicle) -> SignedDuration {
        self.rule_of(vehicle).and_then(|rule| rule.free).unwrap_or(self.free)
    }

    /// Whether a vehicle's fee depends on its plate's visits before.
    pub fn remembers(&self, vehicle: &Vehicle) -> bool {
        self.rule_of(vehicle).is_some_and(TariffRule::remembers) || self.waives_by_day(vehicle)
    }

    /// Since when visits cost as one with a visit that begins at `enter`; those of the visit before it do since
    /// `before`.
    pub fn visits_since(
        &self,
        vehicle: &Vehicle,
        before: Option<Timestamp>,
        enter: Timestamp,
    ) -> Timestamp {
        let (Some(visits), Some(before)) =
            (self.rule_of(vehicle).and_then(|rule| rule.visits), before)
        else {
            return enter;
        };
        let date = |at| self.time_zone.to_datetime(at).date();
        let as_one = match visits {
            Visits::Within(seconds) => moments::window(before, seconds, enter).0 == 0,
            Visits::OneDay => date(before) == date(enter),
        };
        if as_one { before } else { enter }
    }

    /// Visits of a vehicle one after the other, each claimed as the tariff has it, and since when the last of them cost as
    /// one.
    pub fn visits(&self, vehicle: &Vehicle, stays: &[Interval]) -> (Vec<Visit>, Option<Timestamp>) {
        let (mut visits, mut since) = (Vec::new(), None);
        for stay in stays {
            let visits_since = self.visits_since(vehicle, since, stay.from);
            let charged = [*stay];
            let claimed = self.fee(&PricedStay {
                earlier: &visits,
                visits_since,
                ..PricedStay::plain(vehicle, stay.from, &charged)
            });
            visits.push(Visit { enter: stay.from, charged: vec![*stay], claimed: claimed.sum });
            since = Some(visits_since);
        }
        (visits, since)
    }

    /// Visits that ended before this are of no more interest to one whose visits cost as one since `since`.
    pub fn forgets_before(&self, vehicle: &Vehicle, since: Timestamp) -> Timestamp {
        if !self.waives_by_day(vehicle) {
            return since;
        }
        let date = self.time_zone.to_datetime(since).date();
        let midnight = self.time_zone.to_ambiguous_timestamp(date.to_datetime(Time::midnight()));
        midnight.compatible().map_or(since, |midnight| midnight.min(since))
    }

    fn waives_by_day(&self, vehicle: &Vehicle) -> bool {
        let by_day =
            |waiver: &Waiver| waiver.per == WaiverPer::Day && vehicle.is_any(&waiver.vehicles);
        self.waivers.iter().any(by_day)
    }

    /// Whether prices depend on which days are working days.
    pub fn needs_calendar(&self) -> bool {
        self.rules.iter().any(|rule| rule.non_working_days.is_some())
    }

    /// Whether a class is one of those that pay nothing.
    pub fn is_free_class(&self, name: &str) -> bool {
        self.classes.iter().any(|class| class.free && class.name == name)
    }

    /// The plates that pay nothing by the list of a class.
    pub fn listed_free(&self) -> impl Iterator<Item = &str> {
        let free = self.classes.iter().filter(|class| class.free);
        free.flat_map(|class| class.plates.iter().map(String::as_str))
    }

    /// Whether a plate is one of those.
    pub fn is_listed_free(&self, plate_no: &str) -> bool {
        self.listed_free().any(|plate| plate == plate_no)
    }

    /// Whether the lot has a class of that name.
    pub fn has_class(&self, name: &str) -> bool {
        self.classes.iter().any(|class| class.name == name)
    }

    /// What a car is by the lot's classes.
    pub fn vehicle(&self, sight: &Sight<'_>) -> Vehicle {
        Vehicle::of(&self.classes, &self.free_kinds, sight)
    }

    /// The rule for a vehicle.
    fn rule_of(&self, vehicle: &Vehicle) -> Option<&TariffRule> {
        self.rules
            .iter()
            .find(|rule| rule.vehicles.as_ref().is_none_or(|vehicles| vehicle.is_any(vehicles)))
    }

    /// How long in all the waivers of that kind are for a vehicle.
    fn waived(&self, vehicle: &Vehicle, per: WaiverPer) -> SignedDuration {
        let of_it = self
            .waivers
            .iter()
            .filter(|waiver| waiver.per == per && vehicle.is_any(&waiver.vehicles));
        of_it.fold(SignedDuration::ZERO, |sum, waiver| sum.saturating_add(waiver.length))
    }
}

impl<'a> PricedStay<'a> {
    /// A stay with nothing before it and nothing waived.
    pub fn plain(vehicle: &'a Vehicle, enter: Timestamp, charged: &'a [Interval]) -> Self {
        let waived = SignedDuration::ZERO;
        Self { vehicle, enter, charged, earlier: &[], visits_since: enter, waived }
    }
}

#[cfg(test)]
mod tests;
