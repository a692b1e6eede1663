//! Which days are working days: Monday to Friday, less a year's holidays and with its make-up days, as the State
//! Council gives them out each year. For prices, and for whoever says that a year is missing; it knows no price.

use jiff::Span;
use jiff::civil::{Date, Weekday};
use std::collections::BTreeSet;

/// A year is missed so many days before it begins.
const AHEAD: i64 = 60;

/// Which days are working days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The years that are known; in any other Monday to Friday are working days.
    pub years: Vec<CalendarYear>,
}

/// A year's days that are otherwise than their weekday.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalendarYear {
    /// Which year.
    pub year: i16,
    /// Days nobody works.
    pub holidays: BTreeSet<Date>,
    /// Saturdays and Sundays on which people work (调休).
    pub make_up_days: BTreeSet<Date>,
}

impl Calendar {
    /// Whether people work on a day.
    pub fn is_working_day(&self, date: Date) -> bool {
        let any = |days: fn(&CalendarYear) -> &BTreeSet<Date>| {
            let mut of_year = self.years.iter().filter(|one| one.year == date.year());
            of_year.any(|year| days(year).contains(&date))
        };
        let (holiday, make_up) = (any(|year| &year.holidays), any(|year| &year.make_up_days));
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        make_up || !weekend && !holiday
    }

    /// Until before which day, from `day` on, all are as their weekday says; the next day, where `day` is not.
    pub fn alike_until(&self, day: Date) -> Option<Date> {
        let listed = self.years.iter().flat_map(|year| [&year.holidays, &year.make_up_days]);
        let next = listed.filter_map(|days| days.range(day..).next()).min().copied();
        if next == Some(day) { day.tomorrow().ok() } else { next }
    }

    /// The year that should be known on a day and is not: that day's, or the next one's 60 days before it begins.
    pub fn missing(&self, today: Date) -> Option<i16> {
        let soon = today.checked_add(Span::new().days(AHEAD)).unwrap_or(today);
        let known = |year: i16| self.years.iter().any(|one| one.year == year);
        [today.year(), soon.year()].into_iter().find(|year| !known(*year))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_missed_sixty_days_ahead_and_monday_to_friday_are_working_days_then() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let year = CalendarYear {
            year: 2026,
            holidays: BTreeSet::from([date("2026-05-01")]),
            make_up_days: BTreeSet::from([date("2026-05-09")]),
        };
        let calendar = Calendar { years: vec![year] };
        for (today, missing) in [
            ("2025-12-31", Some(2025)),
            ("2026-01-01", None),
            ("2026-11-01", None),
            ("2026-11-02", Some(2027)),
            ("2027-06-01", Some(2027)),
        ] {
            assert_eq!(calendar.missing(date(today)), missing, "{today}");
        }
        for (day, works) in [
            ("2026-04-30", true),
            ("2026-05-01", false),
            ("2026-05-02", false),
            ("2026-05-09", true),
            ("2027-05-07", true),
            ("2027-05-08", false),
        ] {
            assert_eq!(calendar.is_working_day(date(day)), works, "{day}");
        }
    }
}
