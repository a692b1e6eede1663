//! Long stays in closed form: days alike cost alike. A meter that comes to stand where it stood shows so much more each
//! time round, as long as no clock is changed and no day is an exception. For the meter, which runs through the rest.

use super::laps::{Laps, Mark, MeterReading, Round};
use super::meter::{Allowance, DAY, Meter};
use super::moments::{midnight, milliseconds, window};
use super::{CapWindow, DayPrices, Prices};
use crate::standard::money::Money;
use crate::standard::years::{earlier, later};
use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Timestamp};

/// What is left of a shorter stay is run through.
const SHORT: SignedDuration = SignedDuration::from_hours(4 * 24);
/// Laps end so long before clocks are changed: what a night still allows counts until its end, by the clock.
const CLEAR: SignedDuration = SignedDuration::from_hours(2 * 24);

/// Where a meter stands, as far as what comes next depends on it. Lengths are in milliseconds.
#[derive(PartialEq, Eq)]
pub(super) struct Place {
    /// Where prices go by the clock.
    time: Option<Time>,
    /// Where they go by working days.
    weekday: Option<Weekday>,
    /// Until the next 24 hours from the entry, where prices begin anew with them.
    to_next_24h: Option<i64>,
    /// Until the next window of the cap, and which price this one has.
    to_next_window: Option<(i64, usize)>,
    /// Charged time, as far as steps ask how much there was.
    elapsed: i64,
    covered: i64,
    begun: bool,
    deferred: Money,
    /// How many 24 hours and days ago prices began anew.
    anew: (i64, Option<i64>),
    taken_off: i64,
    waived: (i64, i64),
    window: Option<(i64, Money)>,
    night: Option<(i64, Money)>,
}

impl Allowance {
    /// What is still allowed, and how long from `at`.
    fn from(&self, at: Timestamp) -> Option<(i64, Money)> {
        let end = self.window.filter(|end| *end > at)?;
        Some((milliseconds(end.duration_since(at)), self.left))
    }

    fn shift(&mut self, by: SignedDuration) {
        self.window = self.window.map(|end| later(end, by));
    }
}

impl Meter<'_, '_> {
    /// From where the way goes on that is run from `at` to `to`: from there, or from some laps later.
    pub(super) fn go_round(
        &mut self,
        laps: &mut Laps<Place>,
        at: Timestamp,
        to: Timestamp,
    ) -> Timestamp {
        // Whoever asks for each stretch gets each.
        if self.told.is_some() || to.duration_since(at) < SHORT {
            return at;
        }
        if at >= laps.alike_until {
            *laps = Laps::until(self.alike_until(at));
        }
        let shown = MeterReading { total: self.total, ran: self.ran };
        let here = Mark { place: self.place(at), at, shown };
        let end = to.min(earlier(laps.alike_until, CLEAR));
        let Some(round) = laps.come_to(here, end) else { return at };
        self.show(&round);
        later(at, round.by)
    }

    fn place(&self, at: Timestamp) -> Place {
        let (rule, waived) = (self.rule, &self.waived);
        let local = self.tariff.time_zone.to_datetime(at);
        let date = local.date();
        let (number, end) = window(self.enter, DAY, at);
        let since = |before: Date| i64::from(before.until(date).map_or(0, |days| days.get_days()));
        let to_next_window = rule.cap.as_ref().map(|cap| {
            let (which, end) = self.which_window(cap, at, date);
            (milliseconds(end.duration_since(at)), which)
        });
        let of_day = if waived.day == Some(date) { waived.of_day } else { waived.per_day };
        Place {
            time: self.goes_by_the_clock().then(|| local.time()),
            weekday: rule.non_working_days.as_ref().map(|_| date.weekday()),
            to_next_24h: rule.anew.every_24h.then(|| milliseconds(end.duration_since(at))),
            to_next_window,
            elapsed: self.ladder.elapsed.min(self.last_step()),
            covered: self.ladder.covered,
            begun: self.ladder.begun,
            deferred: self.ladder.deferred,
            anew: (
                if rule.anew.every_24h { number.saturating_sub(self.since.0) } else { 0 },
                self.since.1.filter(|_| rule.anew.every_day).map(since),
            ),
            taken_off: self.taken_off,
            waived: (waived.of_stay, of_day),
            window: self.window.from(at),
            night: self.night.from(at),
        }
    }

    /// Shows what some laps bring, at their end.
    fn show(&mut self, round: &Round) {
        let Round { since, laps, by } = *round;
        let later_day = |date: Date| date.checked_add(by).unwrap_or(date);
        let days = by.as_secs().div_euclid(DAY);
        self.total = self.total + self.total.less(since.total).times(laps);
        let ran = self.ran.saturating_sub(since.ran).saturating_mul(laps);
        self.ran = self.ran.saturating_add(ran);
        self.since = (self.since.0.saturating_add(days), self.since.1.map(later_day));
        self.waived.day = self.waived.day.map(later_day);
        self.window.shift(by);
        self.night.shift(by);
    }

    fn days(&self) -> impl Iterator<Item = &DayPrices> {
        [Some(&self.rule.days), self.rule.non_working_days.as_ref()].into_iter().flatten()
    }

    fn goes_by_the_clock(&self) -> bool {
        self.is_told_days_apart()
            || self.days().any(|day| day.night.is_some() || day.hours.is_some())
            || self.rule.cap.as_ref().is_some_and(|cap| cap.window == CapWindow::CalendarDay)
    }

    /// The end of the last step of any prices, in milliseconds of charged time: what comes after it is all alike.
    fn last_step(&self) -> i64 {
        let nights = self.days().filter_map(|day| day.night.as_ref()).map(|night| &night.prices);
        let all = self.days().map(|day| &day.prices).chain(nights);
        let last = |prices: &Prices| prices.steps.last().map_or(0, |step| step.until);
        all.map(last).max().unwrap_or(0).saturating_mul(1000)
    }

    /// Until when no clock is changed and no day is otherwise than its weekday.
    fn alike_until(&self, at: Timestamp) -> Timestamp {
        let zone = &self.tariff.time_zone;
        let change = zone.following(at).next().map_or(Timestamp::MAX, |change| change.timestamp());
        if self.rule.non_working_days.is_none() {
            return change;
        }
        let exception = self.tariff.calendar.alike_until(zone.to_datetime(at).date());
        exception.map_or(change, |date| change.min(midnight(date, zone)))
    }
}
