//! Moments in numbers alone: counted since 1970, in a list, or a date in its digits.

use super::printed::printed;
use super::said::Said;
use crate::foreign::number;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::Value;

/// What is larger than the seconds of the year 2106 counts something smaller.
const SECONDS: i64 = 1 << 32;

/// The lengths of dates that are written in digits alone, with a time behind or without.
const COMPACT: [usize; 4] = [8, 12, 14, 17];

/// Whether digits alone can be nothing but a date: as a count they would be a moment before 2000, and they begin with a year
/// since then.
pub(super) fn is_written_compactly(text: &str) -> bool {
    let year = text.get(..4).and_then(|year| year.parse::<i16>().ok()).unwrap_or_default();
    let counts = || counted(text).map(|said| said.local(&TimeZone::UTC).year());
    COMPACT.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (2000..2200).contains(&year)
        && counts().is_none_or(|year| year < 2000)
}

/// Digits alone: `20261125120000`, `202611251200` or `20261125`, in the years that anybody means by them.
pub(super) fn compact(text: &str) -> Option<Said> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let year: i16 = text.get(..4)?.parse().ok()?;
    if !(1900..=9999).contains(&year) {
        return None;
    }
    let date = |text: &str| -> Option<Date> {
        Date::new(year, text.get(4..6)?.parse().ok()?, text.get(6..8)?.parse().ok()?).ok()
    };
    let time = match text.len() {
        8 => Time::midnight(),
        // Milliseconds of the year 2001 have as many digits.
        12 if year < 2200 => Time::new(part(8, 10)?, part(10, 12)?, 0, 0).ok()?,
        14 => Time::new(part(8, 10)?, part(10, 12)?, part(12, 14)?, 0).ok()?,
        // With milliseconds.
        17 => Time::new(part(8, 10)?, part(10, 12)?, part(12, 14)?, 0).ok()?,
        _ => return None,
    };
    Some(Said::Local(date(text)?.to_datetime(time)))
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told by their size; seconds may have a fraction.
pub(super) fn counted(text: &str) -> Option<Said> {
    let count = number::decimal(text)?;
    let whole: i64 = count.trunc().try_into().ok()?;
    let moment = match whole.unsigned_abs() {
        size if size < SECONDS.unsigned_abs() => Timestamp::from_second(whole),
        size if size < 1 << 43 => Timestamp::from_millisecond(whole),
        size if size < 1 << 53 => Timestamp::from_microsecond(whole),
        _ => Timestamp::from_nanosecond(i128::from(whole)),
    };
    moment.ok().map(Said::Exact)
}

/// Java's `[2026, 11, 25, 12, 0, 0, 123000000]`.
pub(super) fn of_parts(parts: &[Value]) -> Option<Said> {
    if !(3..=7).contains(&parts.len()) {
        return None;
    }
    let part = |at: usize| parts.get(at).map_or(Some(0), number::whole);
    let small = |at: usize| part(at).and_then(|number| i8::try_from(number).ok());
    let date = Date::new(part(0)?.try_into().ok()?, small(1)?, small(2)?).ok()?;
    let time = Time::new(small(3)?, small(4)?, small(5)?, 0).ok()?;
    Some(Said::Local(date.to_datetime(time)))
}

/// A date in digits with its time behind a T, as ISO 8601 has it at its shortest: `20261125T120000Z`.
pub(super) fn compact_with_t(text: &str) -> Option<Said> {
    let (date, rest) = text.split_at_checked(8)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (time, behind) = rest.split_at_checked(end)?;
    if !date.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(time.len(), 4 | 6) {
        return None;
    }
    let parts = |text: &str, from: usize| text.get(from..from + 2).map(str::to_owned);
    let (year, month, day) = (date.get(..4)?, parts(date, 4)?, parts(date, 6)?);
    let (hour, minute) = (parts(time, 0)?, parts(time, 2)?);
    let second = parts(time, 4).unwrap_or_else(|| "00".to_owned());
    printed(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}{behind}"))
}

/// Milliseconds, as they stand in .NET's `/Date(1795579200000+0800)/`; the offset behind says only where it was printed.
pub(super) fn of_millis(inner: &str) -> Option<Said> {
    let digits =
        inner.get(1..).and_then(|rest| rest.find(['+', '-'])).map_or(inner.len(), |at| at + 1);
    let millis = inner.get(..digits)?.parse().ok()?;
    Timestamp::from_millisecond(millis).ok().map(Said::Exact)
}
