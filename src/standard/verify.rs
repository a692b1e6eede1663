//! Strict checking of a JSON value against a table: what we send is checked before it is queued, and
//! what a strict platform would object to is named with table A.2's code.

use super::attribute_path::AttributePath;
use super::codes::ErrorCode;
use super::datetime::DateTime;
use super::id::Id;
use super::lengths::Lengths;
use super::money::Money;
use super::tables::{Field, Kind, Table};
use serde_json::{Map, Value};
use std::fmt;

/// One thing wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where, e.g. `parkCarInfo.plateNo`.
    pub path: String,
    /// Table A.2's code for it.
    pub code: ErrorCode,
    /// What, in a few words.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path, self.what, self.code)
    }
}

impl Violation {
    /// The attribute alone, without where it stands.
    pub fn attribute(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }

    pub(super) fn new(place: AttributePath<'_>, code: ErrorCode, what: impl Into<String>) -> Self {
        Self { path: place.to_string(), code, what: what.into() }
    }
}

/// Everything in `value` that breaks `table`; empty when it is as printed.
pub fn verify(table: &Table, value: &Value) -> Vec<Violation> {
    verify_by(table, value, &Lengths::PRINTED)
}

/// The same where a platform allows texts other lengths.
pub fn verify_by(table: &Table, value: &Value, lengths: &Lengths) -> Vec<Violation> {
    let mut check = Check { lengths, out: Vec::new() };
    match value {
        Value::Object(map) => check.object(table, map, AttributePath::Whole),
        _ => check.add(
            AttributePath::Whole.attribute("data"),
            ErrorCode::WRONG_TYPE,
            "not an object",
        ),
    }
    check.out
}

/// A value while it is held against its table.
struct Check<'l> {
    lengths: &'l Lengths,
    out: Vec<Violation>,
}

impl Check<'_> {
    fn add(&mut self, place: AttributePath<'_>, code: ErrorCode, what: impl Into<String>) {
        self.out.push(Violation::new(place, code, what));
    }

    fn object(&mut self, table: &Table, map: &Map<String, Value>, place: AttributePath<'_>) {
        for field in table.fields {
            let at = place.attribute(field.name);
            match map.get(field.name) {
                None | Some(Value::Null) if field.required => {
                    self.add(at, ErrorCode::NAMING, "missing");
                }
                None => {}
                Some(value) => self.attribute(field, value, at),
            }
        }
        for name in map.keys().filter(|name| table.field(name).is_none()) {
            let what = format!("not an attribute of table {}", table.number);
            self.add(place.attribute(name), ErrorCode::NAMING, what);
        }
    }

    fn attribute(&mut self, field: &Field, value: &Value, place: AttributePath<'_>) {
        if field.required && value.as_str() == Some("") {
            self.add(place, ErrorCode::NAMING, "empty");
        } else if let Err(violation) = self.plain(field.name, &field.kind, value, place) {
            self.out.push(violation);
        }
    }

    fn plain(
        &mut self,
        name: &str,
        kind: &Kind,
        value: &Value,
        place: AttributePath<'_>,
    ) -> Result<(), Violation> {
        let wrong_type = |wanted: &str| {
            Err(Violation::new(place, ErrorCode::WRONG_TYPE, format!("must be {wanted}")))
        };
        let malformed = |wanted: &str| {
            Err(Violation::new(place, ErrorCode::NAMING, format!("must be {wanted}")))
        };
        match (kind, value) {
            (Kind::Text(max), Value::String(text)) => {
                length(text, self.lengths.longest(name, *max), place)
            }
            (Kind::Text(_), _) => wrong_type("a string"),
            (Kind::Uuid, Value::String(text)) => {
                length(text, 32, place)?;
                if Id::is_printed(text) {
                    Ok(())
                } else {
                    malformed("32 letters and digits without hyphens")
                }
            }
            (Kind::Uuid, _) => wrong_type("a string of 32 characters"),
            (Kind::Int | Kind::Code, Value::Number(n)) => match n.as_i64() {
                Some(n) if i32::try_from(n).is_ok() => Ok(()),
                Some(_) => {
                    Err(Violation::new(place, ErrorCode::OUT_OF_RANGE, "must fit in 4 bytes"))
                }
                None => wrong_type("a whole number"),
            },
            (Kind::Timestamp, Value::Number(n)) if n.as_i64().is_some() => Ok(()),
            (Kind::Int | Kind::Code | Kind::Timestamp, _) => wrong_type("a whole number"),
            (Kind::Choice(low, high), Value::Number(n)) => match n.as_i64() {
                Some(n) if (*low..=*high).contains(&n) => Ok(()),
                Some(_) => Err(Violation::new(
                    place,
                    ErrorCode::OUT_OF_RANGE,
                    format!("must be {low} to {high}"),
                )),
                None => wrong_type("a whole number"),
            },
            (Kind::Choice(..), _) => wrong_type("a whole number"),
            (Kind::Bool, Value::Bool(_)) => Ok(()),
            (Kind::Bool, _) => wrong_type("true or false"),
            (Kind::Double, Value::Number(_)) => Ok(()),
            (Kind::Double, _) => wrong_type("a number"),
            (Kind::Money, Value::Number(n)) => match n.as_str().parse::<Money>() {
                Ok(_) => Ok(()),
                Err(_) => {
                    Err(Violation::new(place, ErrorCode::OUT_OF_RANGE, "has over two decimals"))
                }
            },
            (Kind::Money, _) => wrong_type("a number"),
            (Kind::DateTime, Value::String(text)) => match text.parse::<DateTime>() {
                Ok(_) => Ok(()),
                Err(_) => malformed("yyyy-MM-dd HH:mm:ss"),
            },
            (Kind::Date, Value::String(text)) if is_date(text) => Ok(()),
            (Kind::Time, Value::String(text)) if is_time(text) => Ok(()),
            (Kind::Date, Value::String(_)) => malformed("yyyy-MM-dd"),
            (Kind::Time, Value::String(_)) => malformed("HH:mm:ss"),
            (Kind::DateTime | Kind::Date | Kind::Time, _) => wrong_type("a string"),
            (Kind::Object(table), Value::Object(map)) => {
                self.object(table, map, place);
                Ok(())
            }
            (Kind::Object(_), _) => wrong_type("an object"),
            (Kind::List(inner), Value::Array(list)) => {
                for (index, item) in list.iter().enumerate() {
                    if let Err(violation) = self.plain(name, inner, item, place.item(index)) {
                        self.out.push(violation);
                    }
                }
                Ok(())
            }
            (Kind::Rows(table), Value::Array(list)) => {
                for (index, item) in list.iter().enumerate() {
                    match item {
                        Value::Object(map) => self.object(table, map, place.item(index)),
                        _ => self.add(place, ErrorCode::WRONG_TYPE, "must hold objects"),
                    }
                }
                Ok(())
            }
            (Kind::List(_) | Kind::Rows(_), _) => wrong_type("a list"),
            (Kind::File, _) => wrong_type("a file"),
        }
    }
}

pub(super) fn length(text: &str, max: u16, place: AttributePath<'_>) -> Result<(), Violation> {
    let have = text.chars().count();
    if have <= usize::from(max) {
        Ok(())
    } else {
        Err(Violation::new(
            place,
            ErrorCode::TOO_LONG,
            format!("has {have} characters, at most {max} allowed"),
        ))
    }
}

pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

pub(super) fn is_time(text: &str) -> bool {
    text.len() == 8 && text.parse::<jiff::civil::Time>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::tables::{downlink::REQUEST_6003, entities::PARK_RECORD_INFO};
    use serde_json::json;

    fn record() -> Value {
        json!({
            "id": "c78e319dab604a268842acf164774592", "parkCode": "44030400100101000010",
            "parkCarInfo": {"plateNo": "粤B88888", "eidEquiped": false},
            "enterTime": "2018-01-01 01:01:01", "receivables": 0, "discount": 0, "received": 17.5,
        })
    }

    #[test]
    fn a_record_as_table_13_prints_it_has_no_violation() {
        assert_eq!(verify(&PARK_RECORD_INFO, &record()), []);
    }

    #[test]
    fn each_kind_of_fault_gets_its_own_code_and_place() {
        let faults = [
            ("/enterTime", json!(null), "enterTime", ErrorCode::NAMING),
            ("/enterTime", json!("2018-01-01"), "enterTime", ErrorCode::NAMING),
            ("/id", json!("short"), "id", ErrorCode::NAMING),
            ("/parkCode", json!(44), "parkCode", ErrorCode::WRONG_TYPE),
            ("/parkCode", json!("440304001001010000101"), "parkCode", ErrorCode::TOO_LONG),
            ("/parkCarInfo/eidEquiped", json!(0), "parkCarInfo.eidEquiped", ErrorCode::WRONG_TYPE),
            ("/received", json!("17.5"), "received", ErrorCode::WRONG_TYPE),
            ("/received", json!(17.555), "received", ErrorCode::OUT_OF_RANGE),
        ];
        for (pointer, value, path, code) in faults {
            let mut broken = record();
            *broken.pointer_mut(pointer).unwrap() = value.clone();
            let found = verify(&PARK_RECORD_INFO, &broken);
            assert_eq!(found.len(), 1, "{pointer} {value}: {found:?}");
            assert_eq!((found[0].path.as_str(), found[0].code), (path, code));
        }
    }

    #[test]
    fn an_attribute_no_table_has_is_a_naming_error() {
        let mut odd = record();
        odd["isSharedParking"] = json!(false);
        assert_eq!(verify(&PARK_RECORD_INFO, &odd)[0].code, ErrorCode::NAMING);
    }

    #[test]
    fn a_value_outside_its_enumeration_is_out_of_range() {
        let lock = json!({
            "id": "ff8080814d9be81f014d9beb81090003", "parkCode": "44030400100101000010",
            "plateNo": "粤B88888", "lockFlag": 2, "featureCode": "14d9",
        });
        assert_eq!(verify(&REQUEST_6003, &lock)[0].code, ErrorCode::OUT_OF_RANGE);
    }
}
