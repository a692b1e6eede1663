//! What a stay costs.
//!
//! Periods are half-open: one is charged when the stay reaches past its beginning, at the price of the
//! time of day it begins in. Time that is free (leases, shares) does not run. Caps count a window from
//! the entry, or the calendar day, or one night. Plain arithmetic over plain values: a longer stay never
//! costs less, whatever the clocks of the time zone do.

pub use super::interval::Interval;
use super::interval::total;
use crate::standard::money::Money;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

/// A lot's prices.
#[derive(Debug, Clone)]
pub struct Tariff {
    /// Leaving within this time costs nothing.
    pub free: SignedDuration,
    /// After paying, a car may leave within this time.
    pub leave_within: SignedDuration,
    /// What was quoted may be paid so long after the moment it was quoted for.
    pub pay_within: SignedDuration,
    /// The first rule whose vehicles match decides.
    pub rules: Vec<TariffRule>,
    /// In which nights and calendar days are meant.
    pub time_zone: TimeZone,
}

/// The prices for some vehicles.
#[derive(Debug, Clone)]
pub struct TariffRule {
    /// Which vehicles; all when absent.
    pub vehicles: Option<Vec<VehicleClass>>,
    /// The prices, by day where there is a night.
    pub prices: Prices,
    /// Other prices by night.
    pub night: Option<Night>,
    /// The most a window costs.
    pub cap: Option<Cap>,
}

/// Prices of periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// The first period of the stay.
    pub first: Option<Period>,
    /// Each following period; nothing more is charged when absent.
    pub then: Option<Period>,
}

/// The prices between two times of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Night {
    /// When it begins.
    pub from: Time,
    /// When it ends, on the next day where this is not later.
    pub to: Time,
    /// What periods that begin in it cost.
    pub prices: Prices,
    /// The most one night costs.
    pub cap: Option<Money>,
}

/// The most a window costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// Each of the windows of this length from the entry.
    FromEntry(Period),
    /// Each calendar day.
    CalendarDay(Money),
}

/// A length of time and its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its length in seconds, more than 0.
    pub seconds: i64,
    /// Its price.
    pub price: Money,
}

/// Sizes of vehicles as table 11's `carModel` counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VehicleClass {
    /// 3
    Small,
    /// 2
    Medium,
    /// 1
    Large,
}

impl VehicleClass {
    /// From table 11's `carModel`; unknown ones pay as small.
    pub fn from_car_model(car_model: Option<i64>) -> Self {
        match car_model {
            Some(1) => Self::Large,
            Some(2) => Self::Medium,
            _ => Self::Small,
        }
    }
}

impl Tariff {
    /// The fee for the `charged` parts of a stay that began at `enter`. A stay that ends before it began
    /// (a clock was set back) costs nothing.
    ///
    /// ```
    /// use jiff::{SignedDuration, tz::TimeZone};
    /// use lotgate::lot::tariff::{Cap, Interval, Period, Prices, Tariff, TariffRule, VehicleClass};
    /// use lotgate::standard::money::Money;
    ///
    /// // 15 minutes free, the first hour 10 yuan, each further hour 2 yuan, 30 yuan a day at most.
    /// let hour = |yuan| Some(Period { seconds: 3600, price: Money::yuan(yuan) });
    /// let tariff = Tariff {
    ///     free: SignedDuration::from_mins(15),
    ///     leave_within: SignedDuration::from_mins(15),
    ///     pay_within: SignedDuration::from_mins(5),
    ///     rules: vec![TariffRule {
    ///         vehicles: None,
    ///         prices: Prices { first: hour(10), then: hour(2) },
    ///         night: None,
    ///         cap: Some(Cap::CalendarDay(Money::yuan(30))),
    ///     }],
    ///     time_zone: TimeZone::UTC,
    /// };
    /// let enter = "2026-03-02T08:00:00Z".parse()?;
    /// let fee = |minutes| {
    ///     let stay = Interval { from: enter, to: enter + SignedDuration::from_mins(minutes) };
    ///     tariff.fee(VehicleClass::Small, enter, &[stay])
    /// };
    /// assert_eq!(fee(15), Money::ZERO);
    /// assert_eq!(fee(60), Money::yuan(10));
    /// assert_eq!(fee(61), Money::yuan(12));
    /// assert_eq!(fee(15 * 60), Money::yuan(30));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn fee(&self, class: VehicleClass, enter: Timestamp, charged: &[Interval]) -> Money {
        self.price(class, enter, charged, TariffRule::cap)
    }

    /// What it would cost without the rule's cap.
    pub fn uncapped_fee(
        &self,
        class: VehicleClass,
        enter: Timestamp,
        charged: &[Interval],
    ) -> Money {
        self.price(class, enter, charged, |_| None)
    }

    /// The smallest fee above nothing that a vehicle of this class can be asked for; nothing where all is free.
    pub fn smallest_fee(&self, class: VehicleClass) -> Money {
        let Some(rule) = self.rule_of(class) else { return Money::ZERO };
        let night = rule.night.as_ref();
        let prices = [Some(&rule.prices), night.map(|night| &night.prices)];
        let begun = prices.into_iter().flatten().filter_map(|prices| {
            let first = prices.first.filter(|period| period.price > Money::ZERO);
            first.or(prices.then)
        });
        let caps = [
            rule.cap.map(|cap| match cap {
                Cap::FromEntry(window) => window.price,
                Cap::CalendarDay(price) => price,
            }),
            night.and_then(|night| night.cap),
        ];
        let all = begun.map(|period| period.price).chain(caps.into_iter().flatten());
        all.filter(|price| *price > Money::ZERO).min().unwrap_or(Money::ZERO)
    }

    fn rule_of(&self, class: VehicleClass) -> Option<&TariffRule> {
        self.rules
            .iter()
            .find(|rule| rule.vehicles.as_ref().is_none_or(|vehicles| vehicles.contains(&class)))
    }

    fn price(
        &self,
        class: VehicleClass,
        enter: Timestamp,
        charged: &[Interval],
        cap: impl Fn(&TariffRule) -> Option<Cap>,
    ) -> Money {
        if total(charged) <= self.free {
            return Money::ZERO;
        }
        let Some(rule) = self.rule_of(class) else { return Money::ZERO };
        let mut meter = Meter::new(rule, cap(rule), &self.time_zone, enter);
        for interval in charged {
            meter.run(*interval);
        }
        meter.total
    }
}

impl TariffRule {
    fn cap(&self) -> Option<Cap> {
        self.cap
    }
}

/// Runs through the charged time of one stay, segment by segment, none of which crosses the beginning
/// or end of a night or of a cap's window.
struct Meter<'a> {
    rule: &'a TariffRule,
    cap: Option<Cap>,
    zone: &'a TimeZone,
    enter: Timestamp,
    total: Money,
    /// Milliseconds of charged time that the last begun period still covers.
    covered: i64,
    first_begun: bool,
    window: Allowance,
    night: Allowance,
}

/// What may still be charged in a window.
#[derive(Default)]
struct Allowance {
    /// The end of the window it is for.
    window: Option<Timestamp>,
    left: Money,
}

impl Allowance {
    /// As much of `price` as the window ending at `end` still allows.
    fn allow(&self, end: Timestamp, cap: Money, price: Money) -> Money {
        price.min(if self.window == Some(end) { self.left } else { cap })
    }

    fn take(&mut self, end: Timestamp, cap: Money, price: Money) {
        let left = if self.window == Some(end) { self.left } else { cap };
        *self = Self { window: Some(end), left: left.less(price) };
    }
}

impl<'a> Meter<'a> {
    fn new(rule: &'a TariffRule, cap: Option<Cap>, zone: &'a TimeZone, enter: Timestamp) -> Self {
        Self {
            rule,
            cap,
            zone,
            enter,
            total: Money::ZERO,
            covered: 0,
            first_begun: false,
            window: Allowance::default(),
            night: Allowance::default(),
        }
    }

    fn run(&mut self, interval: Interval) {
        let mut at = interval.from;
        while at < interval.to {
            let night = self.rule.night.map(|night| night_at(&night, at, self.zone));
            let window = self.cap.map(|cap| self.window_at(cap, at));
            let mut to = interval.to;
            to = night.map_or(to, |(_, change)| to.min(change));
            to = window.map_or(to, |(end, _)| to.min(end));
            let by_night = night
                .and_then(|(is_night, end)| self.rule.night.filter(|_| is_night).zip(Some(end)));
            let prices = by_night.map_or(self.rule.prices, |(night, _)| night.prices);
            let price = self.segment(to.duration_since(at), prices);
            self.charge(price, window, by_night.and_then(|(night, end)| Some((end, night.cap?))));
            at = to;
        }
    }

    /// The price of the periods that begin within the next `length` of charged time.
    fn segment(&mut self, length: SignedDuration, prices: Prices) -> Money {
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        let mut rest = length - self.covered;
        self.covered = (self.covered - length).max(0);
        let mut price = Money::ZERO;
        if rest > 0
            && !self.first_begun
            && let Some(first) = prices.first
        {
            self.first_begun = true;
            price = first.price;
            rest -= first.seconds * 1000;
            self.covered = (-rest).max(0);
        }
        if rest > 0
            && let Some(then) = prices.then
        {
            self.first_begun = true;
            let step = (then.seconds * 1000).max(1);
            let count = rest / step + i64::from(rest % step > 0);
            price =
                price + Money::new(then.price.decimal() * Decimal::from(count)).unwrap_or_default();
            self.covered = count * step - rest;
        }
        price
    }

    fn charge(
        &mut self,
        price: Money,
        window: Option<(Timestamp, Money)>,
        night: Option<(Timestamp, Money)>,
    ) {
        let mut allowed = price;
        if let Some((end, cap)) = window {
            allowed = self.window.allow(end, cap, allowed);
        }
        if let Some((end, cap)) = night {
            allowed = self.night.allow(end, cap, allowed);
            self.night.take(end, cap, allowed);
        }
        if let Some((end, cap)) = window {
            self.window.take(end, cap, allowed);
        }
        self.total = self.total + allowed;
    }

    /// The end of the cap's window around `at`, and the cap.
    fn window_at(&self, cap: Cap, at: Timestamp) -> (Timestamp, Money) {
        match cap {
            Cap::FromEntry(Period { seconds, price }) => {
                let seconds = seconds.max(1);
                let since = at.duration_since(self.enter).as_secs();
                let end = self.enter
                    + SignedDuration::from_secs((since.div_euclid(seconds) + 1) * seconds);
                (end, price)
            }
            Cap::CalendarDay(price) => (next(at, Time::midnight(), self.zone), price),
        }
    }
}

/// Whether it is night at `at`, and when that changes.
fn night_at(night: &Night, at: Timestamp, zone: &TimeZone) -> (bool, Timestamp) {
    let time = zone.to_datetime(at).time();
    let is_night = if night.from < night.to {
        night.from <= time && time < night.to
    } else {
        time >= night.from || time < night.to
    };
    (is_night, next(at, if is_night { night.to } else { night.from }, zone))
}

/// The next moment after `at` at which clocks show `time`; at the end of time, the end of time.
fn next(at: Timestamp, time: Time, zone: &TimeZone) -> Timestamp {
    let today = zone.to_datetime(at).date();
    [Ok(today), today.tomorrow(), today.tomorrow().and_then(jiff::civil::Date::tomorrow)]
        .into_iter()
        .filter_map(|date| {
            zone.to_ambiguous_timestamp(date.ok()?.to_datetime(time)).compatible().ok()
        })
        .find(|moment| *moment > at)
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hours(hours: i64, yuan: i64) -> Period {
        Period { seconds: hours * 3600, price: Money::yuan(yuan) }
    }

    fn rule(first: Option<Period>, then: Option<Period>, cap: Option<Cap>) -> TariffRule {
        TariffRule { vehicles: None, prices: Prices { first, then }, night: None, cap }
    }

    fn tariff(free_minutes: i64, rule: TariffRule) -> Tariff {
        Tariff {
            free: SignedDuration::from_mins(free_minutes),
            leave_within: SignedDuration::from_mins(15),
            pay_within: SignedDuration::from_mins(5),
            rules: vec![rule],
            time_zone: TimeZone::get("Asia/Shanghai").unwrap(),
        }
    }

    fn minimal() -> Tariff {
        let cap = Cap::FromEntry(hours(24, 30));
        let rule = rule(Some(hours(1, 10)), Some(hours(1, 2)), Some(cap));
        tariff(15, TariffRule { vehicles: Some(vec![VehicleClass::Small]), ..rule })
    }

    fn fee(tariff: &Tariff, class: VehicleClass, seconds: i64) -> Money {
        let enter = Timestamp::from_second(1_700_000_000).unwrap();
        fee_from(tariff, class, enter, seconds)
    }

    fn fee_from(tariff: &Tariff, class: VehicleClass, enter: Timestamp, seconds: i64) -> Money {
        let to = enter + SignedDuration::from_secs(seconds);
        tariff.fee(class, enter, &[Interval { from: enter, to }])
    }

    /// The fee from one local time of the lot to another.
    fn between(tariff: &Tariff, from: &str, to: &str) -> Money {
        let at = |text: &str| {
            let local: jiff::civil::DateTime = text.parse().unwrap();
            tariff.time_zone.to_timestamp(local).unwrap()
        };
        let whole = Interval { from: at(from), to: at(to) };
        tariff.fee(VehicleClass::Small, whole.from, &[whole])
    }

    #[test]
    fn the_smallest_lots_tariff_costs_what_its_sign_says() {
        let (m, h) = (60, 3600);
        for (seconds, yuan) in [
            (0, 0),
            (15 * m, 0),
            (15 * m + 1, 10),
            (h, 10),
            (h + 1, 12),
            (2 * h, 12),
            (2 * h + 1, 14),
            (10 * h, 28),
            (11 * h, 30),
            (12 * h, 30),
            (24 * h, 30),
            (24 * h + 1, 32),
            (30 * h, 42),
            (48 * h, 60),
            (49 * h, 62),
        ] {
            let fee = fee(&minimal(), VehicleClass::Small, seconds);
            assert_eq!(fee, Money::yuan(yuan), "{seconds} s");
        }
    }

    #[test]
    fn a_vehicle_no_rule_names_pays_nothing() {
        assert_eq!(fee(&minimal(), VehicleClass::Large, 7200), Money::ZERO);
    }

    #[test]
    fn a_clock_set_back_makes_no_negative_fee() {
        assert_eq!(fee(&minimal(), VehicleClass::Small, -7200), Money::ZERO);
    }

    fn with_night() -> Tariff {
        let night = Night {
            from: "22:00:00".parse().unwrap(),
            to: "08:00:00".parse().unwrap(),
            prices: Prices { first: None, then: Some(hours(1, 1)) },
            cap: Some(Money::yuan(5)),
        };
        let rule =
            rule(Some(hours(1, 10)), Some(hours(1, 4)), Some(Cap::CalendarDay(Money::yuan(40))));
        tariff(0, TariffRule { night: Some(night), ..rule })
    }

    #[test]
    fn a_period_costs_what_the_time_of_day_it_begins_in_costs() {
        let tariff = with_night();
        for (from, to, yuan) in [
            // 10 for 20:30, 4 for 21:30; the one begun at 21:30 covers the night's first half hour.
            ("2026-03-02T20:30", "2026-03-02T22:30", 14),
            ("2026-03-02T20:30", "2026-03-02T22:31", 15),
            // A night costs 5 at most.
            ("2026-03-02T22:00", "2026-03-03T08:00", 5),
            ("2026-03-02T20:00", "2026-03-03T08:00", 14 + 5),
            // In the morning an hour is a following one.
            ("2026-03-02T22:00", "2026-03-03T09:00", 5 + 4),
            // By day 10 + 4 × 13 = 62, of which a calendar day costs 40 with its share of the night.
            ("2026-03-02T08:00", "2026-03-02T22:00", 40),
            ("2026-03-02T08:00", "2026-03-03T08:00", 40 + 5),
        ] {
            assert_eq!(between(&tariff, from, to), Money::yuan(yuan), "{from} to {to}");
        }
    }

    #[test]
    fn time_that_is_free_does_not_run() {
        let tariff = minimal();
        let enter = Timestamp::from_second(1_700_000_000).unwrap();
        let part = |from: i64, to: i64| Interval {
            from: enter + SignedDuration::from_mins(from),
            to: enter + SignedDuration::from_mins(to),
        };
        let fee = |parts: &[Interval]| tariff.fee(VehicleClass::Small, enter, parts);
        assert_eq!(fee(&[]), Money::ZERO);
        assert_eq!(fee(&[part(0, 10), part(600, 605)]), Money::ZERO);
        assert_eq!(fee(&[part(0, 30), part(600, 630)]), Money::yuan(10));
        assert_eq!(fee(&[part(0, 30), part(600, 631)]), Money::yuan(12));
    }

    #[test]
    fn hours_are_hours_when_clocks_are_changed() {
        let mut tariff = tariff(0, rule(None, Some(hours(1, 1)), None));
        tariff.time_zone = TimeZone::get("Europe/Berlin").unwrap();
        // The night of the change to summer time has 23 hours, the one back has 25.
        assert_eq!(between(&tariff, "2026-03-28T12:00", "2026-03-29T12:00"), Money::yuan(23));
        assert_eq!(between(&tariff, "2026-10-24T12:00", "2026-10-25T12:00"), Money::yuan(25));
        tariff.rules[0].cap = Some(Cap::CalendarDay(Money::yuan(3)));
        assert_eq!(between(&tariff, "2026-10-24T12:00", "2026-10-26T12:00"), Money::yuan(9));
    }

    fn any_period() -> impl Strategy<Value = Period> {
        (60_i64..30 * 3600, 0_i64..100)
            .prop_map(|(seconds, yuan)| Period { seconds, price: Money::yuan(yuan) })
    }

    fn any_prices() -> impl Strategy<Value = Prices> {
        (prop::option::of(any_period()), prop::option::of(any_period()))
            .prop_map(|(first, then)| Prices { first, then })
    }

    fn any_night() -> impl Strategy<Value = Night> {
        let time =
            || (0_i8..24, 0_i8..60).prop_map(|(hour, minute)| Time::constant(hour, minute, 0, 0));
        (time(), time(), any_prices(), prop::option::of(0_i64..50)).prop_map(
            |(from, to, prices, cap)| Night { from, to, prices, cap: cap.map(Money::yuan) },
        )
    }

    fn any_cap() -> impl Strategy<Value = Cap> {
        prop_oneof![
            any_period().prop_map(Cap::FromEntry),
            (0_i64..100).prop_map(|yuan| Cap::CalendarDay(Money::yuan(yuan))),
        ]
    }

    fn any_tariff() -> impl Strategy<Value = Tariff> {
        let zone = prop::sample::select(&["Asia/Shanghai", "Europe/Berlin", "Pacific/Apia"][..]);
        let rule = (any_prices(), prop::option::of(any_night()), prop::option::of(any_cap()));
        (rule, 0_i64..7200, zone).prop_map(|((prices, night, cap), free, zone)| Tariff {
            free: SignedDuration::from_secs(free),
            leave_within: SignedDuration::ZERO,
            pay_within: SignedDuration::ZERO,
            rules: vec![TariffRule { vehicles: None, prices, night, cap }],
            time_zone: TimeZone::get(zone).unwrap(),
        })
    }

    /// Around the changes of clocks, too.
    fn any_entry() -> impl Strategy<Value = Timestamp> {
        (1_790_000_000_i64..1_795_000_000)
            .prop_map(|second| Timestamp::from_second(second).unwrap())
    }

    proptest! {
        #[test]
        fn a_longer_stay_never_costs_less(tariff in any_tariff(), enter in any_entry(), a in 0_i64..500_000, b in 0_i64..500_000) {
            let (short, long) = (a.min(b), a.max(b));
            let fee = |stay| fee_from(&tariff, VehicleClass::Small, enter, stay);
            prop_assert!(fee(short) <= fee(long));
        }

        #[test]
        fn a_cap_is_never_exceeded(tariff in any_tariff(), enter in any_entry(), stay in 0_i64..500_000) {
            if let Some(cap) = tariff.rules[0].cap {
                let (windows, price) = match cap {
                    Cap::FromEntry(period) => (stay.div_euclid(period.seconds) + 1, period.price),
                    // 500,000 s touch at most 7 days.
                    Cap::CalendarDay(price) => (7, price),
                };
                let most = Money::new(price.decimal() * Decimal::from(windows)).unwrap();
                prop_assert!(fee_from(&tariff, VehicleClass::Small, enter, stay) <= most);
            }
        }

        #[test]
        fn a_night_never_costs_more_than_its_cap(tariff in any_tariff(), enter in any_entry(), stay in 0_i64..500_000) {
            let Some(night) = tariff.rules[0].night else { return Ok(()) };
            let Some(cap) = night.cap else { return Ok(()) };
            let by_day = Prices { first: None, then: None };
            let only_nights = Tariff { rules: vec![TariffRule { prices: by_day, cap: None, ..tariff.rules[0].clone() }], ..tariff };
            let most = Money::new(cap.decimal() * Decimal::from(8)).unwrap();
            prop_assert!(fee_from(&only_nights, VehicleClass::Small, enter, stay) <= most);
        }
    }
}
