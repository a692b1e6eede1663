//! Lenient decoding: whatever spelling a platform uses becomes the tables' own form.
//!
//! Names that differ and types that differ (ambiguities, parts E and F) are mended here once, so that
//! everything behind this door sees only what the tables print. What cannot be mended is a
//! [`Violation`] with its A.2 code.

use super::codes::ErrorCode;
use super::datetime::timestamp_seconds;
use super::lengths::Lengths;
use super::money::Money;
use super::plate;
use super::tables::{Field, Kind, Table};
use super::verify::{Violation, is_date, is_time, join, length};
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};

/// Printed misspellings and the tables' names for them.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("manufacture", "manufacturer"),
    ("mangetype", "managetype"),
    ("restreservedspace", "reservablespace"),
    ("entranceinfo", "entranceexitinfo"),
];

/// Attributes whose examples are longer than their tables allow: printed length, accepted length.
const OTHER_LENGTHS: &[(&str, u16)] =
    &[("permitNo", 10), ("districtCode", 12), ("operatorId", 32), ("area", 50), ("stationID", 50)];

/// `value` in the form of `table`, or everything that is wrong with it.
pub fn normalise(table: &Table, value: &Value) -> Result<Map<String, Value>, Vec<Violation>> {
    normalise_by(table, value, &Lengths::PRINTED)
}

/// The same where the platform uses texts of other lengths.
pub fn normalise_by(
    table: &Table,
    value: &Value,
    lengths: &Lengths,
) -> Result<Map<String, Value>, Vec<Violation>> {
    let mut violations = Vec::new();
    let mut read = Reading { lengths, out: &mut violations };
    let normal = match value {
        Value::Object(map) => object(table, map, "", &mut read),
        _ => {
            read.out.push(Violation::new("data", ErrorCode::WRONG_TYPE, "not an object"));
            Map::new()
        }
    };
    if violations.is_empty() { Ok(normal) } else { Err(violations) }
}

/// The text of a string or a number, digit for digit.
pub fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.as_str()),
        _ => None,
    }
}

/// A whole number written as a number or as text.
pub fn int(value: &Value) -> Option<i64> {
    let text = text(value)?.trim();
    text.parse().ok().or_else(|| {
        let decimal = Decimal::from_str_exact(text).ok()?.normalize();
        if decimal.scale() == 0 { decimal.try_into().ok() } else { None }
    })
}

/// A value while it is read.
struct Reading<'r> {
    lengths: &'r Lengths,
    out: &'r mut Vec<Violation>,
}

fn object(
    table: &Table,
    map: &Map<String, Value>,
    path: &str,
    read: &mut Reading<'_>,
) -> Map<String, Value> {
    let mut normal = Map::new();
    for field in table.fields {
        let at = join(path, field.name);
        match find(map, field.name) {
            Some(value) => match plain(&field.kind, field, value, &at, read) {
                Ok(value) => {
                    normal.insert(field.name.to_owned(), value);
                }
                Err(violation) => read.out.push(violation),
            },
            None if field.required => {
                read.out.push(Violation::new(&at, ErrorCode::NAMING, "missing"));
            }
            None => {}
        }
    }
    normal
}

/// The value under `name` or under another spelling of it; null counts as absent.
pub fn find<'v>(map: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    map.get(name)
        .or_else(|| map.iter().find(|(key, _)| same_name(key, name)).map(|(_, value)| value))
        .filter(|value| !value.is_null())
}

/// Takes away what stands under `name` or under another spelling of it, where `when` is true of it.
pub fn remove_if(map: &mut Map<String, Value>, name: &str, when: impl Fn(&Value) -> bool) {
    map.retain(|key, value| !same_name(key, name) || !when(value));
}

/// The object under `name` or under another spelling of it, to be changed.
pub fn find_object<'v>(
    map: &'v mut Map<String, Value>,
    name: &str,
) -> Option<&'v mut Map<String, Value>> {
    let found = map.iter_mut().find(|(key, _)| same_name(key, name));
    found.and_then(|(_, value)| value.as_object_mut())
}

/// The value under `name` in the object itself or in one of the objects it holds.
pub fn find_nested<'v>(map: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    find(map, name)
        .or_else(|| map.values().filter_map(Value::as_object).find_map(|inner| find(inner, name)))
}

fn same_name(received: &str, printed: &str) -> bool {
    let fold = |name: &str| {
        let folded = name.trim().to_ascii_lowercase().replace("status", "state");
        let other = OTHER_NAMES.iter().find(|(odd, _)| *odd == folded);
        other.map_or(folded, |(_, table)| (*table).to_owned())
    };
    fold(received) == fold(printed)
}

fn plain(
    kind: &Kind,
    field: &Field,
    value: &Value,
    path: &str,
    read: &mut Reading<'_>,
) -> Result<Value, Violation> {
    let wrong =
        |wanted: &str| Violation::new(path, ErrorCode::WRONG_TYPE, format!("must be {wanted}"));
    let number =
        |text: String| text.parse::<Number>().map(Value::from).map_err(|_| wrong("a number"));
    match kind {
        Kind::Text(max) => {
            let text = text(value).ok_or_else(|| wrong("a string"))?;
            let text = if field.name.starts_with("plateNo") {
                plate::normalise(text)
            } else {
                text.trim().to_owned()
            };
            if field.required && text.is_empty() {
                return Err(Violation::new(path, ErrorCode::NAMING, "empty"));
            }
            let allowed = OTHER_LENGTHS.iter().find(|(name, _)| *name == field.name);
            let printed = allowed.map_or(*max, |(_, longer)| (*longer).max(*max));
            length(&text, read.lengths.longest(field.name, printed), path)?;
            Ok(text.into())
        }
        Kind::Uuid => {
            let text = text(value).ok_or_else(|| wrong("a string"))?.trim();
            if text.is_empty() && field.required {
                return Err(Violation::new(path, ErrorCode::NAMING, "empty"));
            }
            length(text, 32, path)?;
            Ok(text.into())
        }
        Kind::Int | Kind::Code => {
            let number = int(value).ok_or_else(|| wrong("a whole number"))?;
            i32::try_from(number)
                .map(Value::from)
                .map_err(|_| Violation::new(path, ErrorCode::OUT_OF_RANGE, "must fit in 4 bytes"))
        }
        Kind::Choice(low, high) => {
            let flag = value.as_bool().map(i64::from);
            let number = flag.or_else(|| int(value)).ok_or_else(|| wrong("a whole number"))?;
            if (*low..=*high).contains(&number) {
                Ok(number.into())
            } else {
                let what = format!("must be {low} to {high}");
                Err(Violation::new(path, ErrorCode::OUT_OF_RANGE, what))
            }
        }
        Kind::Timestamp => moment(value).map(Value::from).ok_or_else(|| wrong("a timestamp")),
        Kind::Bool => match (value, text(value).map(str::to_ascii_lowercase).as_deref()) {
            (Value::Bool(flag), _) => Ok((*flag).into()),
            (_, Some("1" | "true")) => Ok(true.into()),
            (_, Some("0" | "false")) => Ok(false.into()),
            _ => Err(wrong("true or false")),
        },
        Kind::Double => number(text(value).ok_or_else(|| wrong("a number"))?.trim().to_owned()),
        Kind::Money => {
            let amount = text(value).and_then(|text| text.parse::<Money>().ok());
            number(amount.ok_or_else(|| wrong("an amount with at most two decimals"))?.to_string())
        }
        Kind::DateTime | Kind::Date | Kind::Time => {
            let text = text(value).ok_or_else(|| wrong("a string"))?;
            let normal = time_text(kind, text.trim());
            normal.map(Value::from).ok_or_else(|| {
                Violation::new(path, ErrorCode::NAMING, format!("`{text}` is no {kind:?}"))
            })
        }
        Kind::Object(table) => match value {
            Value::Object(map) => Ok(object(table, map, path, read).into()),
            _ => Err(wrong("an object")),
        },
        Kind::List(inner) => list(value)
            .iter()
            .enumerate()
            .map(|(index, item)| plain(inner, field, item, &format!("{path}[{index}]"), read))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::from),
        Kind::Rows(table) => list(value)
            .iter()
            .enumerate()
            .map(|(index, item)| match item {
                Value::Object(map) => {
                    Ok(object(table, map, &format!("{path}[{index}]"), read).into())
                }
                _ => Err(wrong("a list of objects")),
            })
            .collect::<Result<Vec<Value>, _>>()
            .map(Value::from),
        Kind::File => Err(wrong("a file")),
    }
}

/// A list, or one thing where a list belongs.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        single => std::slice::from_ref(single),
    }
}

/// Seconds since 1970, from a number or from local text (ambiguity 58, UTC+8 by ambiguity 18).
fn moment(value: &Value) -> Option<i64> {
    if let Some(number) = int(value) {
        return Some(timestamp_seconds(number));
    }
    let local = time_text(&Kind::DateTime, text(value)?.trim())?;
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let local: super::datetime::DateTime = local.parse().ok()?;
    Some(local.moment(&zone)?.as_second())
}

/// Dates where a date and time belongs, minutes where seconds belong, `T` between (ambiguity 59).
fn time_text(kind: &Kind, text: &str) -> Option<String> {
    let seconds = |time: &str| {
        let time = if time.len() == 5 { format!("{time}:00") } else { time.to_owned() };
        is_time(&time).then_some(time)
    };
    match kind {
        Kind::Time => seconds(text),
        Kind::Date => {
            let date = text.get(..10)?;
            is_date(date).then(|| date.to_owned())
        }
        _ => {
            let date = text.get(..10).filter(|date| is_date(date))?;
            let time = text.get(10..)?.trim_start_matches(['T', ' ']);
            let time = if time.is_empty() { "00:00:00" } else { time };
            Some(format!("{date} {}", seconds(time)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::{entities, envelope::Reply, interface::INTERFACES};
    use proptest::prelude::*;
    use serde_json::json;
    use std::path::Path;

    fn example(code: u16) -> Option<Vec<Value>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/standard");
        let body = std::fs::read(folder.join(format!("{code}.request.json"))).ok()?;
        let envelope: Value = serde_json::from_slice(&body).unwrap();
        Some(envelope["data"].as_array().unwrap().clone())
    }

    #[test]
    fn every_printed_example_is_understood_but_for_what_it_leaves_out() {
        let mut read = 0;
        for interface in INTERFACES {
            let (Some(table), Some(data)) = (interface.request, example(interface.code)) else {
                continue;
            };
            for element in data {
                read += 1;
                let faults = normalise(table, &element).err().unwrap_or_default();
                // D.28 and the fragment of D.20 lack attributes their tables demand (ambiguity 72).
                let left_out = faults.iter().all(|fault| fault.what == "missing");
                let excused = matches!(interface.code, 5005 | 6001);
                assert!(
                    faults.is_empty() || (excused && left_out),
                    "{}: {faults:?}",
                    interface.code
                );
            }
        }
        assert!(read >= 30, "only {read} examples were found");
    }

    #[test]
    fn a_bare_twenty_digit_park_code_is_kept_digit_for_digit() {
        let element = example(5004).unwrap().remove(0);
        let normal =
            normalise(&super::super::tables::entities::PARK_RECORD_INFO, &element).unwrap();
        assert_eq!(normal["parkCode"], json!("44030400100101000010"));
        assert_eq!(normal["garageNo"], json!("876868435"));
        assert_eq!(normal["parkCarInfo"]["licensePlateType"], json!(1));
        let record: entities::ParkRecordInfo = serde_json::from_value(normal.into()).unwrap();
        assert_eq!(record.park_car_info.unwrap().plate_no.as_str(), "粤B88888");
        assert_eq!(record.receivables.to_string(), "20");
    }

    #[test]
    fn misspelt_names_become_the_tables_names() {
        let mut element = example(3003).unwrap().remove(0);
        let normal = normalise(&super::super::tables::uplink::REQUEST_3003, &element).unwrap();
        assert_eq!(normal["equipment"]["manufacturer"], json!("XXX 公司"));
        assert_eq!(normal["equipment"]["equipmentType"], json!("1000"));
        element["equipment"]["equipmentType"] = json!(true);
        let faults = normalise(&super::super::tables::uplink::REQUEST_3003, &element).unwrap_err();
        assert_eq!(
            (faults[0].path.as_str(), faults[0].code),
            ("equipment.equipmentType", ErrorCode::WRONG_TYPE)
        );
    }

    #[test]
    fn a_text_that_is_too_long_and_a_value_out_of_range_are_named() {
        let mut lock = example(6003).unwrap().remove(0);
        lock["lockFlag"] = json!("2");
        lock["featureCode"] = json!("x".repeat(51));
        let faults = normalise(&super::super::tables::downlink::REQUEST_6003, &lock).unwrap_err();
        let codes: Vec<_> = faults.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, [ErrorCode::OUT_OF_RANGE, ErrorCode::TOO_LONG]);
    }

    #[test]
    fn printed_replies_are_read_with_text_result_codes() {
        let reply =
            Reply::decode(br#"{"resultCode":"0","data":[{"id":"A","lockStatus":"1"}]}"#).unwrap();
        let element = reply.data[0].as_object().unwrap();
        assert_eq!(find(element, "lockstate").and_then(int), Some(1));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,60}".prop_map(Value::from),
            Just(json!([])),
            Just(json!([{"a": 1}, 2])),
            Just(json!({})),
        ]
    }

    proptest! {
        #[test]
        fn no_value_in_any_attribute_of_any_table_panics(value in any_value(), which in any::<prop::sample::Index>()) {
            let tables: Vec<_> = INTERFACES.iter().filter_map(|i| i.request).collect();
            let table = which.get(&tables);
            for field in table.fields {
                let _ = normalise(table, &json!({ field.name: value }));
            }
        }
    }
}
