//! `[[tariff.calendar]]`: a year's holidays and make-up days, as the State Council gives them out.

use crate::config::reader::Section;
use crate::lang::{Problem, Wanted};
use crate::model::calendar::CalendarYear;
use jiff::civil::Date;
use std::collections::BTreeSet;

pub(super) fn read_calendar(tariff: &Section<'_>) -> Vec<CalendarYear> {
    let mut years: Vec<CalendarYear> = Vec::new();
    for section in tariff.sections("calendar") {
        let year = section.int("year", 2000, 2199);
        if !section.has("year") {
            section.missing("year");
        }
        let year = year.and_then(|year| i16::try_from(year).ok());
        let holidays = read_days(&section, "holidays", year);
        let make_up_days = read_days(&section, "make_up_days", year);
        if let Some(both) = holidays.intersection(&make_up_days).next() {
            let (key, value) = ("make_up_days".to_owned(), both.to_string());
            section.problem("make_up_days", Problem::Twice { key, value });
        }
        if let Some(year) = year {
            if years.iter().any(|one| one.year == year) {
                let (key, value) = ("year".to_owned(), year.to_string());
                section.problem("year", Problem::Twice { key, value });
            }
            years.push(CalendarYear { year, holidays, make_up_days });
        }
        section.finish();
    }
    years
}

/// Days of that year: `"05-01"`, or from one to another, `"02-15/02-23"`.
fn read_days(section: &Section<'_>, key: &str, year: Option<i16>) -> BTreeSet<Date> {
    let mut days = BTreeSet::new();
    let Some(texts) = section.texts(key) else { return days };
    for text in texts {
        let (from, to) = text.split_once('/').unwrap_or((&text, &text));
        let day = |text: &str| day_of(text.trim(), year?);
        match (day(from), day(to)) {
            (Some(from), Some(to)) if from <= to => {
                days.extend(from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to));
            }
            _ if year.is_none() => {}
            _ => section.problem(
                key,
                Problem::WrongType { key: key.to_owned(), wanted: Wanted::DaysOfYear },
            ),
        }
    }
    days
}

/// A month and a day, the year before it or not.
fn day_of(text: &str, year: i16) -> Option<Date> {
    let whole = if text.len() == 5 { format!("{year:04}-{text}") } else { text.to_owned() };
    whole.parse().ok().filter(|date: &Date| date.year() == year)
}
