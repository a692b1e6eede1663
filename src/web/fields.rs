//! Fields of requests in the forms that booths' programs print them: numbers and flags by value, moments and days in whatever
//! form says one. For bodies; it knows no endpoint. What cannot be read is an error that the reader of bodies gives its field.

use crate::foreign::moment::{self, Said};
use crate::foreign::number;
use crate::standard::datetime::DateTime;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// A moment as it was said, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SaidTime {
    said: Said,
    /// Whether no time of the day was said.
    whole_day: bool,
}

impl SaidTime {
    /// When it is by the lot's clocks; of a day its beginning.
    pub(super) fn local(self, zone: &TimeZone) -> DateTime {
        DateTime(self.said.local(zone))
    }

    /// When what ends with it has ended, by the lot's clocks; what ends with a day ends with its last second.
    pub(super) fn end(self, zone: &TimeZone) -> DateTime {
        let DateTime(local) = self.local(zone);
        DateTime(if self.whole_day { local.date().at(23, 59, 59, 0) } else { local })
    }

    /// The day on which it is by the lot's clocks.
    pub(super) fn day(self, zone: &TimeZone) -> Date {
        self.said.local(zone).date()
    }
}

impl From<Date> for SaidTime {
    fn from(day: Date) -> Self {
        Self { said: Said::Local(day.at(0, 0, 0, 0)), whole_day: true }
    }
}

impl From<DateTime> for SaidTime {
    fn from(DateTime(local): DateTime) -> Self {
        Self { said: Said::Local(local), whole_day: false }
    }
}

impl<'de> Deserialize<'de> for SaidTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let said = moment::of_value(&value).ok_or_else(|| D::Error::custom("no date or time"))?;
        Ok(Self { said, whole_day: moment::day(&value).is_some() })
    }
}

/// A whole number.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    of(&Value::deserialize(deserializer)?)
}

/// A whole number, where there is one.
pub(super) fn maybe_whole<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if value.is_null() { Ok(None) } else { of(&value).map(Some) }
}

/// Whole numbers.
pub(super) fn wholes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i64>, D::Error> {
    Vec::<Value>::deserialize(deserializer)?.iter().map(of).collect()
}

/// A list; an empty text and an object without attributes are none.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(ListVisitor(PhantomData))
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Vec<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Vec<T>, A::Error> {
        match members.next_key::<IgnoredAny>()? {
            None => Ok(Vec::new()),
            Some(_) => Err(A::Error::invalid_type(Unexpected::Map, &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        match text.trim() {
            "" => Ok(Vec::new()),
            text => Err(E::invalid_type(Unexpected::Str(text), &self)),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }
}

/// Whether something is so.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    yes(&Value::deserialize(deserializer)?)
}

/// Whether something is so, where that is said.
pub(super) fn maybe_flag<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if value.is_null() { Ok(None) } else { yes(&value).map(Some) }
}

fn of<E: Error>(value: &Value) -> Result<i64, E> {
    number::whole(value).ok_or_else(|| E::custom("no whole number"))
}

fn yes<E: Error>(value: &Value) -> Result<bool, E> {
    number::yes(value).ok_or_else(|| E::custom("neither true nor false"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::money::Money;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Request {
        received: Money,
        #[serde(deserialize_with = "whole")]
        pay_type: i64,
        #[serde(default, deserialize_with = "maybe_whole")]
        car_model: Option<i64>,
        #[serde(deserialize_with = "wholes")]
        rows: Vec<i64>,
        #[serde(default, deserialize_with = "flag")]
        this_stay: bool,
        #[serde(default, deserialize_with = "maybe_flag")]
        stackable: Option<bool>,
        from: Option<SaidTime>,
        until: SaidTime,
    }

    fn read(text: &str) -> Result<Request, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn a_request_is_the_same_in_whatever_print_its_fields_come() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        for text in [
            r#"{"received":10,"payType":1,"carModel":2,"rows":[3],"thisStay":true,"stackable":false,
                "from":"2026-11-25 12:00:00","until":"2026-12-31 23:59:59"}"#,
            r#"{"received":"10.00","payType":"1","carModel":2.0,"rows":["3"],"thisStay":1,"stackable":"False",
                "from":1795579200000,"until":"2026/12/31"}"#,
            r#"{"received":1E+1,"payType":1.0,"carModel":"2","rows":[3.0],"thisStay":"true","stackable":0,
                "from":"2026-11-25T04:00:00Z","until":[2026,12,31]}"#,
        ] {
            let request = read(text).unwrap();
            assert_eq!((request.received, request.pay_type), (Money::yuan(10), 1), "{text}");
            assert_eq!((request.car_model, request.rows), (Some(2), vec![3]), "{text}");
            assert_eq!((request.this_stay, request.stackable), (true, Some(false)), "{text}");
            let from = request.from.unwrap();
            assert_eq!(from.local(&zone).to_string(), "2026-11-25 12:00:00", "{text}");
            assert_eq!(request.until.end(&zone).to_string(), "2026-12-31 23:59:59", "{text}");
            assert_eq!(request.until.day(&zone).to_string(), "2026-12-31", "{text}");
        }
        let least = read(
            r#"{"received":0,"payType":1,"rows":[],"from":null,"until":"20261231","carModel":null}"#,
        );
        let least = least.unwrap();
        assert_eq!(
            (least.car_model, least.from, least.stackable, least.this_stay),
            (None, None, None, false)
        );
    }

    #[test]
    fn what_is_no_such_thing_is_an_error() {
        let with = |field: &str, value: &str| {
            let mut fields = vec![
                ("received", "1"),
                ("payType", "1"),
                ("rows", "[]"),
                ("until", "\"20261231\""),
            ];
            fields.retain(|(name, _)| *name != field);
            fields.push((field, value));
            let fields: Vec<_> =
                fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            read(&format!("{{{}}}", fields.join(",")))
        };
        for (field, value) in [
            ("received", "\"ten\""),
            ("received", "10.005"),
            ("received", "true"),
            ("received", "\"\""),
            ("payType", "1.5"),
            ("payType", "true"),
            ("payType", "\"\""),
            ("rows", "[1.5]"),
            ("rows", "1"),
            ("thisStay", "2"),
            ("thisStay", "\"perhaps\""),
            ("until", "\"tomorrow\""),
            ("until", "\"\""),
            ("from", "\"2026-02-30\""),
            ("from", "{}"),
        ] {
            assert!(with(field, value).is_err(), "{field} {value}");
        }
    }
}
