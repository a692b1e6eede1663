//! Dates, times and moments in the forms that JSON libraries, spreadsheets and people print: what each says, and whether it
//! says it in a zone.

use super::number;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Longer texts are no moment.
const LONGEST: usize = 64;
/// What is larger than the seconds of the year 2106 counts something smaller.
const SECONDS: i64 = 1 << 32;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What a form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A time by the clock on the wall, wherever that is.
    Local(DateTime),
    /// A moment, by an offset or counted since 1970.
    Exact(Timestamp),
}

impl Said {
    /// As the clock on the wall of that zone shows it, to the second.
    pub fn local(self, zone: &TimeZone) -> DateTime {
        let full = match self {
            Self::Local(local) => local,
            Self::Exact(moment) => zone.to_datetime(moment),
        };
        // Whatever it is a part of has begun.
        full.with().subsec_nanosecond(0).build().unwrap_or(full)
    }

    /// The moment, of a local time in that zone; the earlier one where its clocks went back. None beyond the years there are.
    pub fn exact(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Local(local) => zone.to_ambiguous_timestamp(local).earlier().ok(),
            Self::Exact(moment) => Some(moment),
        }
    }
}

/// A moment out of a value: text, a count of seconds or milliseconds, or Java's list of numbers.
pub fn of_value(value: &Value) -> Option<Said> {
    match value {
        Value::Array(parts) => of_parts(parts),
        // A number counts, but for the digits of a date.
        Value::Number(_) => {
            let text = number::text(value)?;
            if is_written_compactly(text) { compact(text) } else { counted(text) }
        }
        Value::String(text) => of_text(text),
        _ => None,
    }
}

/// A moment out of a text.
pub fn of_text(text: &str) -> Option<Said> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    if let Some(inner) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        // .NET: milliseconds; the offset behind says only where it was printed.
        let digits =
            inner.get(1..).and_then(|rest| rest.find(['+', '-'])).map_or(inner.len(), |at| at + 1);
        let millis = inner.get(..digits)?.parse().ok()?;
        return Timestamp::from_millisecond(millis).ok().map(Said::Exact);
    }
    if is_written_compactly(text) {
        return compact(text);
    }
    compact(text).or_else(|| counted(text)).or_else(|| printed(text)).or_else(|| in_words(text))
}

/// The lengths of dates that are written in digits alone, with a time behind or without.
const COMPACT: [usize; 4] = [8, 12, 14, 17];

/// Whether digits alone can be nothing but a date: as a count they would be a moment before 2000, and they begin with a year
/// since then.
fn is_written_compactly(text: &str) -> bool {
    let year = text.get(..4).and_then(|year| year.parse::<i16>().ok()).unwrap_or_default();
    let counts = || counted(text).map(|said| said.local(&TimeZone::UTC).year());
    COMPACT.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (2000..2200).contains(&year)
        && counts().is_none_or(|year| year < 2000)
}

/// The date alone: of a moment, where the clock of that zone shows it.
pub fn date(text: &str, zone: &TimeZone) -> Option<Date> {
    of_text(text).map(|said| said.local(zone).date())
}

/// The day, where a form says one and no time of it: `2026/1/5`, `20260105`, Java's `[2026,1,5]`.
pub fn day(value: &Value) -> Option<Date> {
    let said = match value {
        Value::Array(parts) if parts.len() == 3 => of_parts(parts),
        Value::String(text) if names_no_time(text.trim()) => of_text(text),
        _ => None,
    };
    match said? {
        Said::Local(local) if local.time() == Time::midnight() => Some(local.date()),
        Said::Local(_) | Said::Exact(_) => None,
    }
}

fn names_no_time(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.len() == 8 } else { !text.contains([':', '：', '时', '点']) }
}

/// A time of day out of a value: text, Java's list of numbers, or that of a moment, by the clock of that zone.
pub fn time_of_value(value: &Value, zone: &TimeZone) -> Option<Time> {
    let part = |parts: &[Value], at: usize| match parts.get(at) {
        Some(part) => number::whole(part)?.try_into().ok(),
        None => Some(0),
    };
    match value {
        Value::Array(parts) if (2..=3).contains(&parts.len()) => {
            Time::new(part(parts, 0)?, part(parts, 1)?, part(parts, 2)?, 0).ok()
        }
        // A number may count from midnight or from 1970.
        Value::Array(_) => Some(of_value(value)?.local(zone).time()),
        Value::String(text) => {
            let of_moment = || Some(of_text(text)?.local(zone).time());
            time(text).or_else(|| if names_no_time(text.trim()) { None } else { of_moment() })
        }
        _ => None,
    }
}

/// A time of day: `8:00`, `08:00:00`, `08:00:00.000`, `T08:00`, `下午 2:30`, `2:30 PM`. 24:00 is the next day's beginning.
pub fn time(text: &str) -> Option<Time> {
    let text = text.trim();
    let text = text.strip_prefix(['T', 't']).unwrap_or(text);
    if text.len() > LONGEST {
        return None;
    }
    let clock = clock(text)?;
    clock.rest.trim().is_empty().then_some(clock.time)
}

/// Digits alone: `20261125120000`, `202611251200` or `20261125`, in the years that anybody means by them.
fn compact(text: &str) -> Option<Said> {
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
fn counted(text: &str) -> Option<Said> {
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
fn of_parts(parts: &[Value]) -> Option<Said> {
    if !(3..=7).contains(&parts.len()) {
        return None;
    }
    let part = |at: usize| parts.get(at).map_or(Some(0), number::whole);
    let small = |at: usize| part(at).and_then(|number| i8::try_from(number).ok());
    let date = Date::new(part(0)?.try_into().ok()?, small(1)?, small(2)?).ok()?;
    let time = Time::new(small(3)?, small(4)?, small(5)?, 0).ok()?;
    Some(Said::Local(date.to_datetime(time)))
}

/// `2026-11-25 12:00:00.0`, `2026/1/5`, `2026-11-25T12:00:00+08:00[Asia/Shanghai]`, `2026年11月25日 12时00分`, `2026.1.5 9:05`.
fn printed(text: &str) -> Option<Said> {
    let (year, rest) = digits(text, 4..=4)?;
    let (separator, rest) = letter(rest)?;
    if !matches!(separator, '-' | '/' | '.' | '年') {
        return None;
    }
    let (month, rest) = digits(rest.trim_start(), 1..=2)?;
    let (second, rest) = letter(rest)?;
    if second != separator && !(separator == '年' && second == '月') {
        return None;
    }
    let (day, rest) = digits(rest.trim_start(), 1..=2)?;
    let rest = if separator == '年' {
        rest.trim_start().strip_prefix(['日', '号']).unwrap_or(rest)
    } else {
        rest
    };
    let date =
        Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    of_date(date, rest)
}

/// What stands behind a date: nothing, or a time, or a time and a zone.
fn of_date(date: Date, rest: &str) -> Option<Said> {
    if rest.trim().is_empty() {
        return Some(Said::Local(date.to_datetime(Time::midnight())));
    }
    let time = rest.strip_prefix(['T', 't', ' ', ',', '\u{3000}']).or_else(|| {
        // Written together as people do it: 2026年11月25日12时.
        rest.starts_with(|letter: char| letter.is_ascii_digit() || letter == '上' || letter == '下')
            .then_some(rest)
    })?;
    let clock = clock(time.trim_start())?;
    let local = date.to_datetime(clock.time);
    let local = if clock.next_day {
        local.checked_add(SignedDuration::from_hours(24)).ok()?
    } else {
        local
    };
    match zone(clock.rest)? {
        None => Some(Said::Local(local)),
        // In the last hours of the last year there is no such moment: "for ever" is that by any clock.
        Some(offset) => Some(offset.to_timestamp(local).map_or(Said::Local(local), Said::Exact)),
    }
}

/// A time of day and what stands behind it.
struct Clock<'t> {
    time: Time,
    next_day: bool,
    rest: &'t str,
}

fn clock(text: &str) -> Option<Clock<'_>> {
    let (before, text) = half(text);
    let (hour, rest) = digits(text, 1..=2)?;
    let rest = rest.strip_prefix([':', '时', '点', '：'])?;
    let (minute, rest) = match digits(rest, 1..=2) {
        Some(found) => found,
        // 12时, 8点
        None if rest.trim().is_empty() && !text.contains(':') => (0, rest),
        None => return None,
    };
    let rest = rest.strip_prefix('分').unwrap_or(rest);
    let (second, rest) =
        match rest.strip_prefix([':', '：']).or_else(|| text.contains('分').then_some(rest)) {
            Some(behind) => match digits(behind, 1..=2) {
                Some((second, rest)) => (second, rest.strip_prefix('秒').unwrap_or(rest)),
                None if behind.trim().is_empty() && text.contains('分') => (0, behind),
                None => return None,
            },
            None => (0, rest),
        };
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(fraction) => {
            let end =
                fraction.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(fraction.len());
            fraction.get(end..).filter(|_| (1..=9).contains(&end))?
        }
        None => rest,
    };
    let (after, rest) = half(rest);
    let hour = match (before.or(after), hour) {
        (None, hour) => hour,
        (Some(Half::Morning), 12) => 0,
        (Some(Half::Morning), hour) if hour <= 12 => hour,
        (Some(Half::Afternoon), 12) => 12,
        (Some(Half::Afternoon), hour) if hour < 12 => hour + 12,
        _ => return None,
    };
    let next_day = hour == 24 && minute == 0 && second == 0;
    let hour = if next_day { 0 } else { hour };
    let time =
        Time::new(hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?, 0)
            .ok()?;
    Some(Clock { time, next_day, rest })
}

#[derive(Clone, Copy)]
enum Half {
    Morning,
    Afternoon,
}

/// AM or PM at the beginning of a text, in whatever language, and what is behind it.
fn half(text: &str) -> (Option<Half>, &str) {
    let bare = text.trim_start_matches([' ', '\u{202f}', '\u{a0}']);
    for (word, half) in [
        ("上午", Half::Morning),
        ("下午", Half::Afternoon),
        ("AM", Half::Morning),
        ("PM", Half::Afternoon),
    ] {
        if let Some(head) = bare.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word)) {
            let rest = bare.get(head.len()..).unwrap_or_default();
            return (Some(half), rest.trim_start());
        }
    }
    (None, text)
}

/// A zone at the end: none where nothing stands, else its offset. An error (none) where something else stands.
#[allow(
    clippy::option_option,
    reason = "that nothing stands there is something else than that nonsense does"
)]
fn zone(text: &str) -> Option<Option<Offset>> {
    let text = text.trim();
    // Java names the zone behind the offset, which says it all.
    let text = match text.split_once('[') {
        Some((offset, name)) if name.ends_with(']') && !offset.is_empty() => offset.trim(),
        Some(_) => return None,
        None => text,
    };
    match text {
        "" => return Some(None),
        "Z" | "z" | "UTC" | "GMT" => return Some(Some(Offset::UTC)),
        // Of lots in Shenzhen.
        "CST" => return Some(Offset::from_hours(8).ok()),
        _ => {}
    }
    let text = text.strip_prefix("GMT").or_else(|| text.strip_prefix("UTC")).unwrap_or(text);
    let (sign, text) = match letter(text)? {
        ('+', rest) => (1, rest),
        ('-' | '−', rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match text.split_once(':') {
        Some(parts) => parts,
        None if text.len() == 4 => (text.get(..2)?, text.get(2..)?),
        None => (text, "0"),
    };
    let part = |text| digits(text, 1..=2).filter(|(_, rest)| rest.is_empty());
    let ((hours, _), (minutes, _)) = (part(hours)?, part(minutes)?);
    if minutes > 59 || hours > 18 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().map(Some)
}

/// `Nov 25, 2026 12:00:00 PM` (Gson), `Wed, 25 Nov 2026 12:00:00 GMT` (RFC 2822), `Wed Nov 25 12:00:00 CST 2026` (Java).
fn in_words(text: &str) -> Option<Said> {
    let head = text.get(..3)?.to_ascii_lowercase();
    let is_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&head.as_str());
    let text = if is_day {
        text.get(3..)?.trim_start_matches(|letter: char| letter.is_ascii_alphabetic())
    } else {
        text
    };
    let text = text.trim_start_matches([',', ' ']);
    if let Some((day, rest)) = digits(text, 1..=2) {
        let (month, rest) = month(rest.trim_start())?;
        let (year, rest) = digits(rest.trim_start_matches([',', ' ']), 4..=4)?;
        return of_date(Date::new(year.try_into().ok()?, month, day.try_into().ok()?).ok()?, rest);
    }
    let (month, rest) = month(text)?;
    let (day, rest) = digits(rest.trim_start(), 1..=2)?;
    let rest = rest.trim_start_matches([',', ' ']);
    if let Some((year, rest)) = digits(rest, 4..=4) {
        let date = Date::new(year.try_into().ok()?, month, day.try_into().ok()?).ok()?;
        return of_date(date, rest);
    }
    // The year stands last.
    let (time, year) = rest.rsplit_once(' ')?;
    let date = Date::new(year.parse().ok()?, month, day.try_into().ok()?).ok()?;
    of_date(date, &format!(" {time}"))
}

fn month(text: &str) -> Option<(i8, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let name = text.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == name)?;
    Some((i8::try_from(at + 1).ok()?, text.get(end..)?.trim_start_matches('.')))
}

/// So many digits at the beginning, and what is behind them.
fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<(i32, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (head, rest) = (text.get(..end)?, text.get(end..)?);
    if length.contains(&end) { head.parse().ok().map(|number| (number, rest)) } else { None }
}

fn letter(text: &str) -> Option<(char, &str)> {
    let first = text.chars().next()?;
    text.get(first.len_utf8()..).map(|rest| (first, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(8))
    }

    fn of(json: &str) -> Option<String> {
        let said = of_value(&serde_json::from_str(json).unwrap())?;
        Some(said.local(&zone()).to_string())
    }

    #[test]
    fn digits_that_are_a_date_are_no_count_since_1970() {
        for printed in ["20261125120000", "202611251200", "20261125120000000"] {
            for json in [printed.to_owned(), format!("\"{printed}\"")] {
                assert_eq!(of(&json).as_deref(), Some("2026-11-25T12:00:00"), "{json}");
            }
        }
        assert_eq!(of("20261125").as_deref(), Some("2026-11-25T00:00:00"));
        for none in ["20261325120000", "\"20261325120000\"", "\"20261132\"", "202611252500"] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(of("1764043200").as_deref(), Some("2025-11-25T12:00:00"));
        assert_eq!(of("1764043200000").as_deref(), Some("2025-11-25T12:00:00"));
        assert_eq!(of("\"1764043200000000\"").as_deref(), Some("2025-11-25T12:00:00"));
    }

    #[test]
    fn a_day_is_one_only_where_no_time_of_it_is_said() {
        let of = |json: &str| day(&serde_json::from_str(json).unwrap()).map(|day| day.to_string());
        for printed in [
            "\"2026-01-05\"",
            "\"2026/1/5\"",
            "\" 2026.1.5 \"",
            "\"20260105\"",
            "\"2026年1月5日\"",
            "\"Jan 5, 2026\"",
            "[2026,1,5]",
        ] {
            assert_eq!(of(printed).as_deref(), Some("2026-01-05"), "{printed}");
        }
        for none in [
            "\"2026-01-05 00:00:00\"",
            "\"202601050000\"",
            "\"2026-01-05T00:00:00Z\"",
            "[2026,1,5,0,0]",
            "1767542400",
            "\"1767542400\"",
            "\"soon\"",
            "\"\"",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_time_of_day_is_that_of_a_clock_or_of_a_moment() {
        let of = |json: &str| {
            let value = serde_json::from_str(json).unwrap();
            time_of_value(&value, &zone()).map(|time| time.to_string())
        };
        for printed in [
            "\"08:30\"",
            "\"8:30:00\"",
            "\"08:30:00.000\"",
            "\"T08:30\"",
            "[8,30]",
            "[8,30,0]",
            "\"1970-01-01 08:30:00\"",
            "\"1970-01-01T00:30:00Z\"",
            "\"Jan 1, 1970 8:30:00 AM\"",
            "[1970,1,1,8,30]",
        ] {
            assert_eq!(of(printed).as_deref(), Some("08:30:00"), "{printed}");
        }
        for none in ["830", "30600", "\"2026-01-05\"", "\"25:00\"", "[8]", "[24,30]", "true"] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn noon_of_a_day_is_noon_in_every_print() {
        for printed in [
            "\"2026-11-25 12:00:00\"",
            "\"2026-11-25 12:00:00.0\"",
            "\"2026-11-25 12:00:00.123456789\"",
            "\"2026-11-25 12:00:00,5\"",
            "\"2026-11-25T12:00:00\"",
            "\"2026-11-25T12:00\"",
            "\"2026-11-25T12:00:00.000\"",
            "\"2026-11-25T04:00:00Z\"",
            "\"2026-11-25T12:00:00+08:00\"",
            "\"2026-11-25T12:00:00.000+0800\"",
            "\"2026-11-25 12:00:00 +08\"",
            "\"2026-11-25T12:00:00+08:00[Asia/Shanghai]\"",
            "\"2026-11-24T23:00:00-05:00\"",
            "\"2026-11-25 12:00\"",
            "\"2026/11/25 12:00:00\"",
            "\"2026/11/25 12:00\"",
            "\"2026.11.25 12:00:00\"",
            "\"2026-11-25  12:00:00\"",
            "\" 2026-11-25 12:00:00 \"",
            "\"20261125120000\"",
            "\"202611251200\"",
            "\"20261125120000123\"",
            "1795579200",
            "\"1795579200\"",
            "1795579200000",
            "\"1795579200000\"",
            "1795579200.000",
            "1.7955792E9",
            "1.7955792E12",
            "\"1.7955792E12\"",
            "1795579200000000",
            "\"/Date(1795579200000)/\"",
            "\"/Date(1795579200000+0800)/\"",
            "\"\\/Date(1795579200000)\\/\"",
            "[2026,11,25,12,0]",
            "[2026,11,25,12,0,0]",
            "[2026,11,25,12,0,0,123000000]",
            "\"2026年11月25日 12:00:00\"",
            "\"2026年11月25日12时00分00秒\"",
            "\"2026年11月25日 12时\"",
            "\"2026年11月25日 12时0分\"",
            "\"2026-11-25 12:00:00 PM\"",
            "\"2026/11/25 下午 12:00:00\"",
            "\"2026/11/25 下午12:00:00\"",
            "\"Nov 25, 2026 12:00:00 PM\"",
            "\"Nov 25, 2026, 12:00:00 PM\"",
            "\"Nov 25, 2026, 12:00:00\u{202f}PM\"",
            "\"Wed, 25 Nov 2026 04:00:00 GMT\"",
            "\"Wed Nov 25 12:00:00 CST 2026\"",
            "\"25 Nov 2026 12:00:00 +0800\"",
            "\"Wed Nov 25 2026 12:00:00 GMT+0800\"",
        ] {
            assert_eq!(of(printed).as_deref(), Some("2026-11-25T12:00:00"), "{printed}");
        }
    }

    #[test]
    fn days_and_single_digits_are_read() {
        for (printed, wanted) in [
            ("\"2026/1/5\"", "2026-01-05T00:00:00"),
            ("\"2026-1-5 9:05:00\"", "2026-01-05T09:05:00"),
            ("\"20260105\"", "2026-01-05T00:00:00"),
            ("\"2026-11-25 24:00:00\"", "2026-11-26T00:00:00"),
            ("\"2026年1月5日\"", "2026-01-05T00:00:00"),
            ("[2026,1,5]", "2026-01-05T00:00:00"),
            ("\"2115-12-31 23:59:59\"", "2115-12-31T23:59:59"),
            ("\"9999-12-31T23:59:59.999+08:00\"", "9999-12-31T23:59:59"),
            ("\"993601030000\"", "2001-06-27T08:17:10"),
            ("\"2026-01-05 12:05:00 AM\"", "2026-01-05T00:05:00"),
            ("0", "1970-01-01T08:00:00"),
            ("-1", "1970-01-01T07:59:59"),
        ] {
            assert_eq!(of(printed).as_deref(), Some(wanted), "{printed}");
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for none in [
            "\"\"",
            "\" \"",
            "null",
            "true",
            "{}",
            "[]",
            "[2026]",
            "[2026,13,1]",
            "[2026,11,25,12,0,0,0,0]",
            "\"soon\"",
            "\"2026-13-01 00:00:00\"",
            "\"2026-02-30\"",
            "\"2026-11/25\"",
            "\"2026-11-25 25:00:00\"",
            "\"2026-11-25 12:60:00\"",
            "\"2026-11-25 12:00:00 +99:00\"",
            "\"2026-11-25 12:00:00 somewhere\"",
            "\"2026-11-25 12:00:00.\"",
            "\"11/25/2026\"",
            "\"25/11/2026 12:00\"",
            "\"2026-11-25 12\"",
            "\"2026-11-25T\"",
            "\"12:00:00\"",
            "\"粤B12345\"",
            "\"Nov 2026\"",
            "\"2026-11-25 13:00:00 PM\"",
            "1e30",
            "\"/Date(x)/\"",
            "\"2026-11-25 24:00:01\"",
            "\"2026-11-25 12:00:00 [Asia/Shanghai]\"",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn times_of_day_are_read() {
        for (printed, wanted) in [
            ("8:00", "08:00:00"),
            ("08:00:00", "08:00:00"),
            ("08:00:00.000", "08:00:00"),
            ("T08:00", "08:00:00"),
            ("24:00", "00:00:00"),
            ("下午 2:30", "14:30:00"),
            ("2:30 PM", "14:30:00"),
            ("8时30分", "08:30:00"),
            (" 23:59 ", "23:59:00"),
        ] {
            assert_eq!(time(printed), Some(wanted.parse().unwrap()), "{printed}");
        }
        for none in ["", "8", "25:00", "8:0x", "08:00 Z", "noon", "8:60"] {
            assert_eq!(time(none), None, "{none}");
        }
        assert_eq!(date("2026-11-24T23:00:00Z", &zone()), Some(jiff::civil::date(2026, 11, 25)));
    }

    fn any_moment() -> impl Strategy<Value = DateTime> {
        (2000_i16..2199, 1_i8..=12, 1_i8..=28, 0_i8..24, 0_i8..60, 0_i8..60).prop_map(
            |(year, month, day, hour, minute, second)| {
                jiff::civil::datetime(year, month, day, hour, minute, second, 0)
            },
        )
    }

    proptest! {
        #[test]
        fn what_a_form_means_does_not_depend_on_its_print(at in any_moment()) {
            let (date, time) = (at.date(), at.time());
            let exact = zone().to_timestamp(at).unwrap();
            let (year, month, day) = (date.year(), date.month(), date.day());
            let (hour, minute, second) = (time.hour(), time.minute(), time.second());
            for text in [
                format!("{date} {time}"), format!("{date}T{time}"), format!("{date} {time}.0"), format!("{date}T{time}.123+08:00"),
                format!("{year}/{month}/{day} {hour}:{minute:02}:{second:02}"), format!("{exact}"), exact.as_millisecond().to_string(),
                format!("{year}年{month}月{day}日{hour}时{minute}分{second}秒"), format!("/Date({})/", exact.as_millisecond()),
                format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}"),
            ] {
                prop_assert_eq!(of_text(&text).map(|said| said.local(&zone())), Some(at), "{}", text);
                prop_assert_eq!(of_text(&text).and_then(|said| said.exact(&zone())), Some(exact), "{}", text);
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,70}", near in "[-0-9TZ:/., +年月日时分秒上下午AMP]{0,40}") {
            for text in [&text, &near] {
                let _ = (of_text(text), time(text), date(text, &zone()));
            }
        }
    }
}
