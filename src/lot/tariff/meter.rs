//! Runs through the charged time of one stay, stretch by stretch, none of which crosses a moment at which prices
//! change: the beginning or end of a night, of charged hours, of a cap's window, of a day.

use super::laps::Laps;
use super::moments::{later, milliseconds, next, window};
use super::{
    BegunPeriods, Cap, CapWindow, DayPrices, FeePart, FeePartKind, Interval, Night, Period,
    PricedStay, Prices, Tariff, TariffRule, WaiverPer,
};
use crate::standard::money::Money;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

/// A day in seconds, from any moment.
pub(super) const DAY: i64 = 86_400;

#[cfg(test)]
thread_local! {
    /// Stretches that meters of this thread have run through.
    pub(super) static STRETCHES: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// The meter of one stay, or of visits that cost as one.
pub(super) struct Meter<'a, 't> {
    pub(super) tariff: &'a Tariff,
    pub(super) rule: &'a TariffRule,
    pub(super) enter: Timestamp,
    /// What it shows.
    pub total: Money,
    /// Milliseconds that were charged, at whatever price.
    pub ran: i64,
    /// Whether a cap has kept it from showing more.
    pub capped: bool,
    /// Whom its stretches are told, if anybody.
    pub told: Option<&'t mut Vec<FeePart>>,
    /// Where on the ladder of prices it is.
    pub(super) ladder: Ladder,
    /// In which 24 hours and which day that began.
    pub(super) since: (i64, Option<Date>),
    /// Milliseconds of the free time that are still to be taken off.
    pub(super) taken_off: i64,
    pub(super) waived: Waived,
    pub(super) window: Allowance,
    pub(super) night: Allowance,
}

/// How far a stay has come along the prices.
#[derive(Default)]
pub(super) struct Ladder {
    /// Milliseconds of charged time since they began.
    pub(super) elapsed: i64,
    /// Milliseconds that the last begun period still covers.
    pub(super) covered: i64,
    pub(super) begun: bool,
    /// The price of that period, where it began in waived time: due as soon as the stay goes on beyond that.
    pub(super) deferred: Money,
}

/// Milliseconds that cost nothing.
pub(super) struct Waived {
    pub(super) of_stay: i64,
    pub(super) per_day: i64,
    pub(super) day: Option<Date>,
    pub(super) of_day: i64,
}

/// What may still be charged in a window.
#[derive(Default)]
pub(super) struct Allowance {
    /// The end of the window it is for.
    pub(super) window: Option<Timestamp>,
    pub(super) left: Money,
}

/// What holds at a moment, and until when.
struct Here<'a> {
    date: Date,
    day: &'a DayPrices,
    night: Option<(&'a Night, Timestamp)>,
    charged: bool,
    window: Option<(Timestamp, Money)>,
    until: Timestamp,
    /// Which 24 hours from the entry.
    number: i64,
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

impl Waived {
    /// Milliseconds that cost nothing from here on.
    fn left(&mut self, date: Date) -> i64 {
        if self.day != Some(date) {
            (self.day, self.of_day) = (Some(date), self.per_day);
        }
        if self.of_stay > 0 { self.of_stay } else { self.of_day }
    }

    fn take(&mut self, length: i64) {
        let left = if self.of_stay > 0 { &mut self.of_stay } else { &mut self.of_day };
        *left = left.saturating_sub(length).max(0);
    }
}

impl Ladder {
    /// The next period at this point of the prices, and how many of its kind may begin before those change.
    fn next(&self, prices: &Prices) -> Option<(Period, i64)> {
        if !self.begun
            && let Some(first) = prices.first
        {
            return Some((first, 1));
        }
        for step in &prices.steps {
            let left = step.until.saturating_mul(1000).saturating_sub(self.elapsed);
            if left > 0 {
                return Some((step.period, begun_within(left, step.period)));
            }
        }
        prices.then.map(|then| (then, i64::MAX))
    }

    /// The periods that begin within the next `length` of charged time.
    fn run(&mut self, length: i64, prices: &Prices) -> Vec<BegunPeriods> {
        let mut begun: Vec<BegunPeriods> = Vec::new();
        let mut rest = length.saturating_sub(self.covered);
        self.elapsed = self.elapsed.saturating_add(length.min(self.covered));
        self.covered = self.covered.saturating_sub(length).max(0);
        while rest > 0 {
            let Some((period, most)) = self.next(prices) else {
                self.elapsed = self.elapsed.saturating_add(rest);
                break;
            };
            let count = begun_within(rest, period).min(most).max(1);
            let covers = count.saturating_mul(length_of(period));
            self.begun = true;
            self.elapsed = self.elapsed.saturating_add(covers.min(rest));
            self.covered = covers.saturating_sub(rest).max(0);
            rest = rest.saturating_sub(covers);
            begun.push(BegunPeriods { count, period });
        }
        begun
    }
}

/// A period's milliseconds.
fn length_of(period: Period) -> i64 {
    period.seconds.saturating_mul(1000).max(1)
}

/// How many periods begin within so many milliseconds.
fn begun_within(length: i64, period: Period) -> i64 {
    let step = length_of(period);
    length.div_euclid(step).saturating_add(i64::from(length.rem_euclid(step) > 0))
}

impl<'a> Meter<'a, '_> {
    /// The meter of a stay that began at `enter`.
    pub fn new(
        tariff: &'a Tariff,
        rule: &'a TariffRule,
        stay: &PricedStay<'_>,
        enter: Timestamp,
    ) -> Self {
        let waived = |per| tariff.waived(stay.vehicle, per);
        let free = milliseconds(tariff.free_for(stay.vehicle));
        Self {
            tariff,
            rule,
            enter,
            total: Money::ZERO,
            ran: 0,
            capped: false,
            told: None,
            ladder: Ladder::default(),
            since: (0, None),
            taken_off: if rule.free_taken_off { free } else { 0 },
            waived: Waived {
                of_stay: milliseconds(waived(WaiverPer::Stay)),
                per_day: milliseconds(waived(WaiverPer::Day)),
                day: None,
                of_day: 0,
            },
            window: Allowance::default(),
            night: Allowance::default(),
        }
    }

    /// Runs through a visit that costs for itself, and leaves `next` what it has left of the day's waived hours.
    pub fn use_up(&mut self, next: &mut Self, charged: &[Interval]) {
        (self.waived.day, self.waived.of_day) = (next.waived.day, next.waived.of_day);
        self.run(charged);
        (next.waived.day, next.waived.of_day) = (self.waived.day, self.waived.of_day);
    }

    /// From here on so much more costs nothing.
    pub fn waive(&mut self, length: SignedDuration) {
        self.waived.of_stay = self.waived.of_stay.saturating_add(milliseconds(length));
    }

    /// Runs on through time that is charged.
    pub fn run(&mut self, charged: &[Interval]) {
        for interval in charged {
            let mut at = interval.from;
            let mut laps = Laps::until(Timestamp::MIN);
            while at < interval.to {
                at = self.go_round(&mut laps, at, interval.to);
                if at >= interval.to {
                    break;
                }
                let here = self.here(at);
                let to =
                    self.stretch(&here, Interval { from: at, to: interval.to.min(here.until) });
                // Time goes on whatever happens.
                at = to.max(later(at, 1));
            }
        }
    }

    /// Runs through one stretch, or its beginning; returns its end.
    fn stretch(&mut self, here: &Here<'_>, when: Interval) -> Timestamp {
        #[cfg(test)]
        STRETCHES.set(STRETCHES.get() + 1);
        self.begin_anew(here);
        if !here.charged {
            self.tell(when, FeePartKind::OutsideHours, Vec::new(), Money::ZERO);
            return when.to;
        }
        if self.taken_off > 0 {
            let when = Interval { to: when.to.min(later(when.from, self.taken_off)), ..when };
            let length = milliseconds(when.length());
            self.taken_off = self.taken_off.saturating_sub(length);
            self.ran = self.ran.saturating_add(length);
            self.tell(when, FeePartKind::TakenOff, Vec::new(), Money::ZERO);
            return when.to;
        }
        let waived = self.waived.left(here.date);
        let when = if waived > 0 {
            Interval { to: when.to.min(later(when.from, waived)), ..when }
        } else {
            when
        };
        let length = milliseconds(when.length());
        self.ran = self.ran.saturating_add(length);
        let prices = here.night.map_or(&here.day.prices, |(night, _)| &night.prices);
        let due = std::mem::take(&mut self.ladder.deferred);
        let was_covered = self.ladder.covered;
        let begun = self.ladder.run(length, prices);
        if waived > 0 {
            self.waived.take(length);
            // What reaches beyond the waived time is due then; its night is asked now.
            self.ladder.deferred = match begun.last().map(|begun| begun.period.price) {
                _ if self.ladder.covered == 0 => Money::ZERO,
                Some(price) => self.of_night(here, price),
                None => due,
            };
            self.tell(when, FeePartKind::Waived, begun, Money::ZERO);
            return when.to;
        }
        let due = if was_covered > 0 { due } else { Money::ZERO };
        let price = begun.iter().fold(Money::ZERO, |sum, begun| sum + begun.price());
        let allowed = self.charge(here, due, price);
        let kind = if here.night.is_some() { FeePartKind::Night } else { FeePartKind::Day };
        self.tell(when, kind, begun, allowed);
        when.to
    }

    /// Where the prices begin anew what was begun is over.
    fn begin_anew(&mut self, here: &Here<'_>) {
        let (number, date) = self.since;
        let anew = self.rule.anew.every_24h && number != here.number
            || self.rule.anew.every_day && date.is_some_and(|date| date != here.date);
        if anew {
            self.ladder = Ladder::default();
        }
        self.since = (here.number, Some(here.date));
    }

    /// As much of a price as the night still allows.
    fn of_night(&mut self, here: &Here<'_>, price: Money) -> Money {
        let Some((end, cap)) = here.night.and_then(|(night, end)| Some((end, night.cap?))) else {
            return price;
        };
        let allowed = self.night.allow(end, cap, price);
        self.night.take(end, cap, allowed);
        allowed
    }

    /// Charges what begins here, and what is `due` for a period that began in waived time: its night has had its say.
    fn charge(&mut self, here: &Here<'_>, due: Money, price: Money) -> Money {
        let in_window = |meter: &Self, price: Money| match here.window {
            Some((end, cap)) => meter.window.allow(end, cap, price),
            None => price,
        };
        let mut allowed = in_window(self, due);
        // What the window does not allow uses up nothing of the night.
        let rest = in_window(self, due + price).less(allowed);
        allowed = allowed + self.of_night(here, rest);
        if let Some((end, cap)) = here.window {
            self.window.take(end, cap, allowed);
        }
        self.capped |= allowed < due + price;
        self.total = self.total + allowed;
        allowed
    }

    /// Stretches alike are one.
    fn tell(
        &mut self,
        when: Interval,
        kind: FeePartKind,
        begun: Vec<BegunPeriods>,
        charged: Money,
    ) {
        let Some(told) = self.told.as_deref_mut() else { return };
        if let Some(last) = told.last_mut()
            && last.when.to == when.from
            && last.kind == kind
            && begun.is_empty()
            && charged == Money::ZERO
        {
            last.when.to = when.to;
            return;
        }
        told.push(FeePart { when, kind, begun, charged });
    }

    /// What holds at `at`.
    fn here(&self, at: Timestamp) -> Here<'a> {
        let zone = &self.tariff.time_zone;
        let local = zone.to_datetime(at);
        let (date, time) = (local.date(), local.time());
        let day = self.rule.day(self.tariff.calendar.is_working_day(date));
        let mut until = Timestamp::MAX;
        if self.is_told_days_apart() {
            until = next(at, Time::midnight(), zone);
        }
        let (number, end) = window(self.enter, DAY, at);
        if self.rule.anew.every_24h {
            until = until.min(end);
        }
        let mut charged = true;
        if let Some(hours) = day.hours {
            charged = hours.contain(time);
            until = until.min(next(at, if charged { hours.to } else { hours.from }, zone));
        }
        let mut night = None;
        if let Some(one) = &day.night {
            let dark = one.hours.contain(time);
            let change = next(at, if dark { one.hours.to } else { one.hours.from }, zone);
            until = until.min(change);
            night = dark.then_some((one, change));
        }
        let window = self.rule.cap.as_ref().map(|cap| self.window_at(cap, at, date));
        until = window.map_or(until, |(end, _)| until.min(end));
        Here { date, day, night, charged, window, until, number }
    }

    /// Whether days count one by one.
    pub(super) fn is_told_days_apart(&self) -> bool {
        self.rule.non_working_days.is_some() || self.rule.anew.every_day || self.waived.per_day > 0
    }

    /// The end of the cap's window around `at`, and what it costs at the most.
    fn window_at(&self, cap: &Cap, at: Timestamp, date: Date) -> (Timestamp, Money) {
        let (which, end) = self.which_window(cap, at, date);
        (end, cap.prices.get(which).copied().unwrap_or_default())
    }

    /// Which of the cap's prices the window around `at` has, and its end.
    pub(super) fn which_window(&self, cap: &Cap, at: Timestamp, date: Date) -> (usize, Timestamp) {
        let zone = &self.tariff.time_zone;
        let (number, end) = match cap.window {
            CapWindow::FromEntry(seconds) => window(self.enter, seconds, at),
            CapWindow::CalendarDay => {
                let since = zone.to_datetime(self.enter).date().until(date);
                let days = since.map_or(0, |span| i64::from(span.get_days()));
                (days, next(at, Time::midnight(), zone))
            }
        };
        let which = usize::try_from(number.max(0)).unwrap_or(usize::MAX);
        // The last price goes on.
        (which.min(cap.prices.len().saturating_sub(1)), end)
    }
}
