//! The years that a moment from outside can be in, and moments so much later or earlier that are moments yet. For every
//! door that people or programs outside say a moment at; it knows no clock.

use super::datetime::DateTime;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};

/// The first and the last year of a moment that means anything.
pub const YEARS: std::ops::RangeInclusive<i16> = 2000..=2199;
/// The last day of them: what ends later ends then.
const LAST_DAY: Date = date(2199, 12, 31);

/// A moment or day outside the years that mean anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}-{}", YEARS.start(), YEARS.end())]
pub struct OutsideYears;

/// A day that can be meant.
pub fn day(day: Date) -> Result<Date, OutsideYears> {
    if YEARS.contains(&day.year()) { Ok(day) } else { Err(OutsideYears) }
}

/// The last day of something. One that lies beyond all years means that there is none, and is the last day there is.
pub fn last_day(last: Date) -> Result<Date, OutsideYears> {
    day(last.min(LAST_DAY))
}

/// A date and time that can be meant.
pub fn time(time: DateTime) -> Result<DateTime, OutsideYears> {
    day(time.0.date()).map(|_| time)
}

/// The end of something. One that lies beyond all years means that there is none, and is the end of the last day.
pub fn end(end: DateTime) -> Result<DateTime, OutsideYears> {
    time(end.min(DateTime(LAST_DAY.at(23, 59, 59, 0))))
}

/// So much later, the end of time at the most.
pub fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    moment.checked_add(by).unwrap_or(end)
}

/// So much earlier, the beginning of time at the least.
pub fn earlier(moment: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() { Timestamp::MAX } else { Timestamp::MIN };
    moment.checked_sub(by).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_of_two_hundred_years_and_an_end_beyond_them_is_their_end() {
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        for (text, meant, ends) in [
            ("1999-12-31 23:59:59", None, None),
            ("2000-01-01 00:00:00", Some("2000-01-01 00:00:00"), Some("2000-01-01 00:00:00")),
            ("2115-02-04 00:00:00", Some("2115-02-04 00:00:00"), Some("2115-02-04 00:00:00")),
            ("2199-12-31 23:59:59", Some("2199-12-31 23:59:59"), Some("2199-12-31 23:59:59")),
            ("2200-01-01 00:00:00", None, Some("2199-12-31 23:59:59")),
            ("9999-12-31 23:59:59", None, Some("2199-12-31 23:59:59")),
        ] {
            assert_eq!(time(at(text)).ok(), meant.map(at), "{text}");
            assert_eq!(end(at(text)).ok(), ends.map(at), "{text} as an end");
            let date = |text: &str| at(text).0.date();
            assert_eq!(day(date(text)).ok(), meant.map(date), "{text} as a day");
            assert_eq!(last_day(date(text)).ok(), ends.map(date), "{text} as a last day");
        }
    }

    #[test]
    fn what_would_lie_beyond_time_is_its_end() {
        let long = SignedDuration::MAX;
        for moment in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            assert_eq!(
                (later(moment, long), earlier(moment, long)),
                (Timestamp::MAX, Timestamp::MIN)
            );
            let back = SignedDuration::MIN;
            assert_eq!(
                (later(moment, back), earlier(moment, back)),
                (Timestamp::MIN, Timestamp::MAX)
            );
        }
        let hour = SignedDuration::from_hours(1);
        assert_eq!(earlier(later(Timestamp::UNIX_EPOCH, hour), hour), Timestamp::UNIX_EPOCH);
    }
}
