//! Dates, times and moments in the forms that JSON libraries, spreadsheets and people print: what each says, and whether it
//! says it in a zone.

mod counted;
mod objects;
mod printed;
mod said;

use super::number;
use super::text::{bare, half_width};
use counted::{compact, compact_with_t, counted, is_written_compactly, of_millis, of_parts};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use objects::{of_object, time_of};
use printed::{clock, in_words, printed};
pub use said::Said;
use serde_json::Value;
use std::borrow::Cow;

/// Longer texts are no moment.
const LONGEST: usize = 96;

/// A moment out of a value: text, a count of seconds or milliseconds, Java's list of numbers, or an object.
pub fn of_value(value: &Value) -> Option<Said> {
    match value {
        Value::Array(parts) => of_parts(parts),
        // A number counts, but for the digits of a date.
        Value::Number(_) => {
            let text = number::text(value)?;
            if is_written_compactly(text) { compact(text) } else { counted(text) }
        }
        Value::String(text) => of_text(text),
        Value::Object(map) => of_object(map),
        Value::Null | Value::Bool(_) => None,
    }
}

/// A moment out of a text.
pub fn of_text(text: &str) -> Option<Said> {
    let text = bare(text);
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let text = &*in_plain_width(text);
    let called = [("/Date(", ")/"), ("new Date(", ")")];
    let called = called.iter().find_map(|(before, behind)| {
        text.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind))
    });
    if let Some(inner) = called {
        return of_millis(inner);
    }
    if is_written_compactly(text) {
        return compact(text);
    }
    compact(text)
        .or_else(|| counted(text))
        .or_else(|| compact_with_t(text))
        .or_else(|| printed(text))
        .or_else(|| in_words(text))
        .or_else(|| objects::of_json(text))
}

/// Letters and blanks in the width of ASCII: libraries of other languages print others between a date and its time.
fn in_plain_width(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |letter: char| if letter.is_whitespace() { ' ' } else { letter };
    Cow::Owned(text.chars().map(half_width).map(plain).collect())
}

/// The date alone: of a moment, where the clock of that zone shows it.
pub fn date(text: &str, zone: &TimeZone) -> Option<Date> {
    of_text(text).map(|said| said.local(zone).date())
}

/// The day, where a form says one and no time of it: `2026/1/5`, `20260105`, Java's `[2026,1,5]`.
pub fn day(value: &Value) -> Option<Date> {
    let said = match value {
        Value::Array(parts) if parts.len() == 3 => of_parts(parts),
        Value::Object(map) if map.contains_key("year") && !map.contains_key("hour") => {
            of_object(map)
        }
        Value::String(text) if names_no_time(bare(text)) => of_text(text),
        _ => None,
    };
    match said? {
        Said::Local(local) if local.time() == Time::midnight() => Some(local.date()),
        Said::Local(_) | Said::Exact(_) => None,
    }
}

fn names_no_time(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    // Fewer than those of a day are no count since 1970 of a moment that anybody means.
    if digits { text.len() <= 8 } else { !text.contains([':', '：', '时', '点']) }
}

/// A time of day out of a value: text, Java's list of numbers, an object, or that of a moment, by the clock of that zone.
pub fn time_of_value(value: &Value, zone: &TimeZone) -> Option<Time> {
    match value {
        Value::Array(parts) => {
            time_of_parts(parts).or_else(|| Some(of_value(value)?.local(zone).time()))
        }
        Value::Object(map) => {
            let of_moment = || Some(of_value(value)?.local(zone).time());
            if day_is_named(map) { of_moment() } else { time_of(map).or_else(of_moment) }
        }
        Value::String(text) => {
            let text = bare(text);
            let of_moment = || Some(of_text(text)?.local(zone).time());
            // With an offset it is that of the first day that computers know.
            let elsewhere = || {
                let at = text.strip_prefix(['T', 't']).unwrap_or(text);
                Some(of_text(&format!("1970-01-01T{at}"))?.local(zone).time())
            };
            let is_none = || names_no_time(text);
            time(text).or_else(|| if is_none() { None } else { of_moment().or_else(elsewhere) })
        }
        // A small one may count from midnight or from 1970, and a date says none.
        Value::Number(_) => {
            let counts = number::whole(value).filter(|count| *count >= LEAST_COUNT)?;
            Some(of_value(&counts.into())?.local(zone).time())
        }
        Value::Null | Value::Bool(_) => None,
    }
}

/// Seconds since 1970 of the year 2001: less may count something else.
const LEAST_COUNT: i64 = 1_000_000_000;

fn day_is_named(map: &serde_json::Map<String, Value>) -> bool {
    ["year", "date"].iter().any(|name| map.contains_key(*name))
}

/// `[8, 30]`, with seconds and their parts or without.
fn time_of_parts(parts: &[Value]) -> Option<Time> {
    let part = |at: usize| match parts.get(at) {
        Some(part) => number::whole(part)?.try_into().ok(),
        None => Some(0),
    };
    let is_one = (2..=4).contains(&parts.len());
    if is_one { Time::new(part(0)?, part(1)?, part(2)?, 0).ok() } else { None }
}

/// A time of day: `8:00`, `08:00:00`, `08:00:00.000`, `T08:00`, `下午 2:30`, `2:30 PM`. 24:00 is the next day's beginning.
pub fn time(text: &str) -> Option<Time> {
    let text = &*in_plain_width(bare(text));
    let text = text.strip_prefix(['T', 't']).unwrap_or(text);
    if text.len() > LONGEST {
        return None;
    }
    // 0930, 093000
    if matches!(text.len(), 4 | 6) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |at: usize| text.get(at..at + 2).map_or(Some(0), |part| part.parse::<i8>().ok());
        return Time::new(part(0)?, part(2)?, part(4)?, 0).ok();
    }
    let clock = clock(text)?;
    clock.rest.trim().is_empty().then_some(clock.time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::DateTime;
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
        for printed in [
            "\"11/25/2026 12:00:00\"",
            "\"11/25/2026 12:00:00 PM\"",
            "\"2026-11-25_12:00:00\"",
            "\"2026-11-25 12:00:00:123\"",
            "\"20261125T040000Z\"",
            "{\"$date\":\"2026-11-25T04:00:00Z\"}",
            "{\"$date\":1795579200000}",
            "{\"date\":\"2026-11-25 12:00:00.000000\",\"timezone_type\":3,\"timezone\":\"Asia/Shanghai\"}",
        ] {
            assert_eq!(of(printed).as_deref(), Some("2026-11-25T12:00:00"), "{printed}");
        }
        for day in ["2026-11-25+08:00", "2026-11-25Z"] {
            assert_eq!(of(&format!("\"{day}\"")).as_deref(), Some("2026-11-25T00:00:00"), "{day}");
        }
        assert_eq!(of("\"13/13/2026 12:00\""), None);
        assert_eq!(of("1764043200000").as_deref(), Some("2025-11-25T12:00:00"));
        assert_eq!(of("\"1764043200000000\"").as_deref(), Some("2025-11-25T12:00:00"));
    }

    #[test]
    fn digits_of_a_time_of_day_are_hours_and_minutes_and_no_count() {
        let time = |json: Value| time_of_value(&json, &zone()).map(|time| time.to_string());
        for (text, read) in [("0930", "09:30:00"), ("093005", "09:30:05"), ("0000", "00:00:00")] {
            assert_eq!(time(text.into()).as_deref(), Some(read), "{text}");
        }
        for none in ["9", "12", "930", "0960", "99999", "20261125"] {
            assert_eq!(time(none.into()), None, "{none}");
            assert_eq!(time(none.parse::<i64>().unwrap().into()), None, "{none}");
        }
        assert_eq!(time("20261125093000".into()).as_deref(), Some("09:30:00"));
        assert_eq!(time("1764034200".into()).as_deref(), Some("09:30:00"));
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
            "{\"year\":2026,\"monthValue\":1,\"dayOfMonth\":5}",
        ] {
            assert_eq!(of(printed).as_deref(), Some("2026-01-05"), "{printed}");
        }
        for none in [
            "\"2026-01-05 00:00:00\"",
            "\"202601050000\"",
            "\"2026-01-05T00:00:00Z\"",
            "[2026,1,5,0,0]",
            "{\"year\":2026,\"month\":1,\"day\":5,\"hour\":0}",
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
            "[8,30,0,123000000]",
            "\"08:30:00+08:00\"",
            "\"00:30:00Z\"",
            "\"T00:30Z\"",
            "\"08:30\\u0000\"",
            "\"8:30\u{202f}AM\"",
            "{\"hour\":8,\"minute\":30,\"second\":0,\"nano\":0}",
            "{\"year\":1970,\"month\":1,\"day\":1,\"hour\":8,\"minute\":30}",
            "{\"seconds\":1795566600,\"nanos\":0}",
            "1795566600",
            "1795566600000",
            "{\"$date\":\"2026-11-25T00:30:00Z\"}",
        ] {
            assert_eq!(of(printed).as_deref(), Some("08:30:00"), "{printed}");
        }
        for none in [
            "830",
            "30600",
            "1800000",
            "30600000",
            "20261125",
            "\"2026-01-05\"",
            "\"25:00\"",
            "\"08:30+99:00\"",
            "\"08:30 somewhere\"",
            "[8]",
            "[24,30]",
            "true",
            "{\"hour\":25}",
            "{}",
        ] {
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
            "\"2026-11-25 12:00:00 +0800 CST\"",
            "\"2026-11-25 04:00:00.000000001 +0000 UTC m=+0.000012\"",
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
            "\"Wed Nov 25 2026 12:00:00 GMT+0800 (CST)\"",
            "\"Wed Nov 25 2026 12:00:00 GMT+0800 (中国标准时间)\"",
            "\"Wednesday, 25-Nov-26 04:00:00 GMT\"",
            "\"Wed, 25-Nov-2026 04:00:00 GMT\"",
            "\"25-Nov-2026 12:00:00\"",
            "\"20261125T120000\"",
            "\"20261125T120000.123\"",
            "\"20261125T040000Z\"",
            "\"20261125T040000.000Z\"",
            "\"20261125T120000+0800\"",
            "\"20261125T120000+08:00\"",
            "\"20261125T1200\"",
            "\"20261125 120000\"",
            "\"2026-11-25\u{a0}12:00:00\"",
            "\"2026-11-25\u{202f}12:00:00\"",
            "\"2026-11-25\u{3000}12:00:00\"",
            "\"\u{feff}2026-11-25 12:00:00\\u0000\"",
            "\"1795579200\\u0000\"",
            "\"２０２６１１２５１２００００\"",
            "\"２０２６－１１－２５　１２：００：００\"",
            "\"new Date(1795579200000)\"",
            "{\"seconds\":1795579200,\"nanos\":0}",
            "{\"seconds\":\"1795579200\"}",
            "\"{\\\"seconds\\\":1795579200,\\\"nanos\\\":1}\"",
            "{\"epochSecond\":1795579200,\"nano\":5}",
            "{\"$date\":{\"$numberLong\":\"1795579200000\"}}",
            "{\"time\":1795579200000,\"year\":126,\"month\":10,\"date\":25,\"hours\":12,\"minutes\":0,\"seconds\":0}",
            "{\"year\":2026,\"monthValue\":11,\"month\":\"NOVEMBER\",\"dayOfMonth\":25,\"hour\":12,\"minute\":0,\"second\":0,\"nano\":0}",
            "{\"date\":{\"year\":2026,\"month\":11,\"day\":25},\"time\":{\"hour\":12,\"minute\":0,\"second\":0,\"nano\":0}}",
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
            "\"20261125T\"",
            "\"20261125T250000\"",
            "\"20261125T12000\"",
            "\"20261125120000Z+\"",
            "\"Wednesday, 25-Nov-126 04:00:00 GMT\"",
            "\"2026-11-25 12:00:00 (\"",
            "\"2026-11-25 (CST)\"",
            "\"new Date()\"",
            "{\"seconds\":true}",
            "{\"nanos\":1795579200}",
            "{\"time\":\"soon\"}",
            "{\"year\":2026,\"month\":13,\"day\":1}",
            "{\"hour\":12,\"minute\":0}",
            "\"[1]\"",
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
