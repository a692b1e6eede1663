//! Which days are working days: Monday to Friday, less a year's holidays and with its make-up days, as the State
//! Council gives them out each year. For the prices of working days; it knows no price.

use jiff::civil::{Date, Weekday};
use std::collections::BTreeSet;

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

    /// Whether it says anything about a year.
    pub fn knows(&self, year: i16) -> bool {
        self.years.iter().any(|one| one.year == year)
    }
}
