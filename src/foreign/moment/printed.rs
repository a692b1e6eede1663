//! Moments as they are printed for people: a date in figures or words, a time of day behind it, and where that is.

use super::said::Said;
use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `2026-11-25 12:00:00.0`, `2026/1/5`, `2026-11-25T12:00:00+08:00[Asia/Shanghai]`, `2026年11月25日 12时00分`, `2026.1.5 9:05`.
pub(super) fn printed(text: &str) -> Option<Said> {
    let Some((year, rest)) = digits(text, 4..=4) else { return year_last(text) };
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

/// `11/30/2026 06:08:05`, as .NET prints it where nobody says how: the month first. A day alone is
/// people's writing, of whom nobody knows which they put first.
fn year_last(text: &str) -> Option<Said> {
    let (month, rest) = digits(text, 1..=2)?;
    let (day, rest) = digits(rest.strip_prefix('/')?, 1..=2)?;
    let (year, rest) = digits(rest.strip_prefix('/')?, 4..=4)?;
    if rest.trim().is_empty() {
        return None;
    }
    let date =
        Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    of_date(date, rest)
}

/// What stands behind a date: nothing, or a time, or a time and a zone.
fn of_date(date: Date, rest: &str) -> Option<Said> {
    if rest.trim().is_empty() {
        return Some(Said::Local(date.to_datetime(Time::midnight())));
    }
    // XML's dates have a zone, and say no time.
    if rest.starts_with(['Z', '+']) && zone(rest).is_some() {
        return Some(Said::Local(date.to_datetime(Time::midnight())));
    }
    let time = rest.strip_prefix(['T', 't', ' ', ',', '_', '\u{3000}']).or_else(|| {
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
pub(super) struct ClockTime<'t> {
    pub(super) time: Time,
    next_day: bool,
    pub(super) rest: &'t str,
}

pub(super) fn clock(text: &str) -> Option<ClockTime<'_>> {
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
    // Some firmware parts its milliseconds as it does its seconds.
    let rest = match rest.strip_prefix(['.', ',', ':']) {
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
    Some(ClockTime { time, next_day, rest })
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
    // JavaScript names it in words behind the offset, which says it all, as does what Java writes there.
    let text = match text.split_once('(') {
        Some((offset, name)) if name.ends_with(')') && !offset.trim().is_empty() => offset.trim(),
        Some(_) => return None,
        None => text,
    };
    let text = match text.split_once('[') {
        Some((offset, name)) if name.ends_with(']') && !offset.is_empty() => offset.trim(),
        Some(_) => return None,
        None => text,
    };
    // As does what Go puts there: its zone's name, and how long the process ran.
    let text = match text.split_once(" m=") {
        Some((before, ran)) if ran.starts_with(['+', '-']) => before,
        _ => text,
    };
    let text = match text.split_once(' ') {
        Some((offset, name))
            if offset.starts_with(['+', '-'])
                && name.bytes().all(|letter| letter.is_ascii_uppercase()) =>
        {
            offset
        }
        _ => text,
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

/// `Nov 25, 2026 12:00:00 PM` (Gson), `Wed, 25 Nov 2026 12:00:00 GMT` (RFC 2822), `Wed Nov 25 12:00:00 CST 2026` (Java),
/// `Wednesday, 25-Nov-26 12:00:00 GMT` (RFC 850).
pub(super) fn in_words(text: &str) -> Option<Said> {
    let head = text.get(..3)?.to_ascii_lowercase();
    let is_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&head.as_str());
    let text = if is_day {
        text.get(3..)?.trim_start_matches(|letter: char| letter.is_ascii_alphabetic())
    } else {
        text
    };
    let text = text.trim_start_matches([',', ' ']);
    if let Some((day, rest)) = digits(text, 1..=2) {
        let dashed = rest.strip_prefix('-');
        let (month, rest) = month(dashed.unwrap_or(rest.trim_start()))?;
        let (year, rest) = match dashed.and_then(|_| digits(rest.strip_prefix('-')?, 2..=4)) {
            Some((year @ 0..100, rest)) => (2000 + year, rest),
            Some((year @ 1000.., rest)) => (year, rest),
            Some(_) => return None,
            None => digits(rest.trim_start_matches([',', ' ']), 4..=4)?,
        };
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
