//! Moments and times of day as objects: how libraries print a moment whose kind they do not know.

use super::counted::counted;
use super::said::Said;
use super::{number, of_text, of_value};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// `{"$date": …}` of a document database, `{"seconds": …, "nanos": …}` of protobuf, `{"epochSecond": …}` of Java,
/// `{"time": …}` of an old `Date` of Java, PHP's `{"date": …, "timezone": …}`, a date and a time in their parts.
pub(super) fn of_object(map: &Map<String, Value>) -> Option<Said> {
    if let Some(inner) = map.get("$date") {
        return match inner {
            Value::Object(long) => counted(number::text(long.get("$numberLong")?)?),
            Value::Number(count) => counted(count.as_str()),
            inner => of_text(inner.as_str()?),
        };
    }
    let seconds = ["seconds", "epochSecond"].into_iter().find_map(|name| map.get(name));
    if let Some(seconds) = seconds.filter(|_| !map.contains_key("minutes")) {
        return Timestamp::from_second(number::whole(seconds)?).ok().map(Said::Exact);
    }
    if let Some(Value::Number(millis)) = map.get("time") {
        return Timestamp::from_millisecond(number::whole_of(millis.as_str())?)
            .ok()
            .map(Said::Exact);
    }
    match map.get("date") {
        Some(Value::Object(date)) => {
            let time = map
                .get("time")
                .map_or(Some(Time::midnight()), |time| time.as_object().and_then(time_of))?;
            Some(Said::Local(date_of(date)?.to_datetime(time)))
        }
        Some(date) => in_zone(of_text(date.as_str()?)?, map),
        None => {
            let time = if map.contains_key("hour") { time_of(map)? } else { Time::midnight() };
            Some(Said::Local(date_of(map)?.to_datetime(time)))
        }
    }
}

fn in_zone(said: Said, map: &Map<String, Value>) -> Option<Said> {
    let zone = map.get("timezone").and_then(Value::as_str);
    match zone.and_then(|name| TimeZone::get(name).ok()) {
        Some(zone) => said.exact(&zone).map(Said::Exact),
        None => Some(said),
    }
}

/// `{"year": 2026, "month": 11, "day": 25}`, of Java with its words: `monthValue`, `dayOfMonth`.
fn date_of(map: &Map<String, Value>) -> Option<Date> {
    let part = |names: [&str; 2]| {
        number::whole(names.into_iter().find_map(|name| map.get(name))?)?.try_into().ok()
    };
    let year = number::whole(map.get("year")?)?.try_into().ok()?;
    Date::new(year, part(["monthValue", "month"])?, part(["dayOfMonth", "day"])?).ok()
}

/// `{"hour": 8, "minute": 30}`.
pub(super) fn time_of(map: &Map<String, Value>) -> Option<Time> {
    let part = |name: &str| match map.get(name) {
        Some(value) => number::whole(value)?.try_into().ok(),
        None => Some(0),
    };
    number::whole(map.get("hour")?)?;
    Time::new(part("hour")?, part("minute")?, part("second")?, 0).ok()
}

/// The moment that a text of an object or list says.
pub(super) fn of_json(text: &str) -> Option<Said> {
    let value: Value = serde_json::from_str(text).ok()?;
    of_value(&value).filter(|_| value.is_object() || value.is_array())
}
