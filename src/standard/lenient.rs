//! Lenient decoding: whatever spelling a platform uses becomes the tables' own form.
//!
//! Names that differ and types that differ (ambiguities, parts E and F) are mended here once, so that
//! everything behind this door sees only what the tables print; what a number or a moment says in
//! whatever print is [`foreign`](crate::foreign)'s to read. What cannot be mended is a [`Violation`]
//! with its A.2 code.

use super::attribute_path::AttributePath;
use super::codes::ErrorCode;
use super::datetime::DateTime;
use super::id::Id;
use super::lengths::Lengths;
use super::money::Money;
use super::plate;
use super::tables::{Field, Kind, Table};
use super::verify::{Violation, length};
use crate::foreign::json::parsed;
use crate::foreign::{moment, number};
use jiff::tz::TimeZone;
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::slice;

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

/// How one platform and one lot write things.
#[derive(Debug, Clone, Copy)]
pub struct Usage<'u> {
    /// The lengths of texts.
    pub lengths: &'u Lengths,
    /// Where a local time is one.
    pub zone: &'u TimeZone,
}

/// `value` in the form of `table`, or everything that is wrong with it.
pub fn normalise(
    table: &Table,
    value: &Value,
    usage: Usage<'_>,
) -> Result<Map<String, Value>, Vec<Violation>> {
    let mut violations = Vec::new();
    let mut read = Reading { usage, out: &mut violations };
    let normal = match value {
        Value::Object(map) => object(table, map, AttributePath::Whole, &mut read),
        _ => {
            let data = AttributePath::Whole.attribute("data");
            read.out.push(Violation::new(data, ErrorCode::WRONG_TYPE, "not an object"));
            Map::new()
        }
    };
    if violations.is_empty() { Ok(normal) } else { Err(violations) }
}

/// The text of a string or a number, digit for digit.
pub fn text(value: &Value) -> Option<&str> {
    number::text(value)
}

/// A whole number, however it is printed.
pub fn int(value: &Value) -> Option<i64> {
    number::whole(value)
}

/// Whether a value says that there is none: an empty text, or PHP's empty list where an object belongs.
pub fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// A value while it is read.
struct Reading<'r> {
    usage: Usage<'r>,
    out: &'r mut Vec<Violation>,
}

fn object(
    table: &Table,
    map: &Map<String, Value>,
    place: AttributePath<'_>,
    read: &mut Reading<'_>,
) -> Map<String, Value> {
    let mut normal = Map::new();
    for field in table.fields {
        let at = place.attribute(field.name);
        let absent = |value: &&Value| !field.required && is_absent(&field.kind, value);
        match find(map, field.name).filter(|value| !absent(value)) {
            Some(value) => match plain(&field.kind, field, value, at, read) {
                Ok(value) => {
                    normal.insert(field.name.to_owned(), value);
                }
                Err(violation) => read.out.push(violation),
            },
            None if field.required => {
                read.out.push(Violation::new(at, ErrorCode::NAMING, "missing"));
            }
            None => {}
        }
    }
    normal
}

/// Whether nothing is said where something may be said. An empty text is one where a text belongs, and an empty list where
/// a list does; there an object without attributes says nothing, too.
fn is_absent(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::Text(_) | Kind::Uuid | Kind::File => false,
        Kind::List(_) | Kind::Rows(_) => match value {
            Value::String(text) => text.trim().is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        },
        Kind::Int
        | Kind::Choice(..)
        | Kind::Code
        | Kind::Bool
        | Kind::Double
        | Kind::Money
        | Kind::Date
        | Kind::DateTime
        | Kind::Time
        | Kind::Timestamp
        | Kind::Object(_) => is_nothing(value),
    }
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

/// Whether nothing stands under `name` or under another spelling of it, or what says that there is none.
pub fn is_left_out(map: &Map<String, Value>, name: &str) -> bool {
    find(map, name).is_none_or(is_nothing)
}

/// Puts a value under `name`, in place of what stands there under whatever spelling.
pub fn put(map: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    remove_if(map, name, |_| true);
    map.insert(name.to_owned(), value.into());
}

/// The object under `name` or under another spelling of it, to be changed.
pub fn find_object<'v>(
    map: &'v mut Map<String, Value>,
    name: &str,
) -> Option<&'v mut Map<String, Value>> {
    let found = map.iter_mut().find(|(key, _)| same_name(key, name));
    found.and_then(|(_, value)| value.as_object_mut())
}

/// The objects of the list under `name` or under another spelling of it, to be changed.
pub fn find_objects<'v>(
    map: &'v mut Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'v mut Map<String, Value>> {
    let found = map.iter_mut().find(|(key, _)| same_name(key, name));
    let list = found.and_then(|(_, value)| value.as_array_mut());
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Whether a value can be read as an attribute of that kind; of texts, codes and numbers.
pub fn fits(field: &Field, value: &Value, lengths: &Lengths) -> bool {
    let is_within = |low: i64, high: i64| int(value).is_some_and(|n| (low..=high).contains(&n));
    match field.kind {
        Kind::Text(max) => {
            let most = usize::from(lengths.longest(field.name, max));
            text(value).is_some_and(|text| text.trim().chars().count() <= most)
        }
        Kind::Choice(low, high) => is_within(low, high),
        Kind::Int | Kind::Code => is_within(i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => true,
    }
}

/// The value under `name` in the object itself or in one of the objects it holds.
pub fn find_nested<'v>(map: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    find(map, name)
        .or_else(|| map.values().filter_map(Value::as_object).find_map(|inner| find(inner, name)))
}

pub(super) fn same_name(received: &str, printed: &str) -> bool {
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
    place: AttributePath<'_>,
    read: &mut Reading<'_>,
) -> Result<Value, Violation> {
    let wrong =
        |wanted: &str| Violation::new(place, ErrorCode::WRONG_TYPE, format!("must be {wanted}"));
    let number =
        |text: &str| text.parse::<Number>().map(Value::from).map_err(|_| wrong("a number"));
    let zone = read.usage.zone;
    match kind {
        Kind::Text(max) => {
            let text = text(value).ok_or_else(|| wrong("a string"))?;
            if is_exact(field.name) {
                undamaged(text, place)?;
            }
            let text = if field.name.starts_with("plateNo") {
                plate::normalise(text)
            } else {
                text.trim().to_owned()
            };
            if field.required && text.is_empty() {
                return Err(Violation::new(place, ErrorCode::NAMING, "empty"));
            }
            let allowed = OTHER_LENGTHS.iter().find(|(name, _)| *name == field.name);
            let printed = allowed.map_or(*max, |(_, longer)| (*longer).max(*max));
            length(&text, read.usage.lengths.longest(field.name, printed), place)?;
            Ok(text.into())
        }
        Kind::Uuid => {
            let text = text(value).ok_or_else(|| wrong("a string"))?.trim();
            if text.is_empty() && field.required {
                return Err(Violation::new(place, ErrorCode::NAMING, "empty"));
            }
            undamaged(text, place)?;
            let text = Id::said(text).as_str().to_owned();
            length(&text, 32, place)?;
            Ok(text.into())
        }
        Kind::Int | Kind::Code => {
            let number = int(value).ok_or_else(|| wrong("a whole number"))?;
            i32::try_from(number)
                .map(Value::from)
                .map_err(|_| Violation::new(place, ErrorCode::OUT_OF_RANGE, "must fit in 4 bytes"))
        }
        Kind::Choice(low, high) => {
            // Of no and yes there are two; of more, a yes names none.
            let flag = if (*low, *high) == (0, 1) { number::yes(value) } else { None };
            let number = flag.map(i64::from).or_else(|| int(value));
            let number = number.ok_or_else(|| wrong("a whole number"))?;
            if (*low..=*high).contains(&number) {
                Ok(number.into())
            } else {
                let what = format!("must be {low} to {high}");
                Err(Violation::new(place, ErrorCode::OUT_OF_RANGE, what))
            }
        }
        Kind::Timestamp => moment::of_value(value)
            .and_then(|said| said.exact(zone))
            .map(|moment| moment.as_second().into())
            .ok_or_else(|| wrong("a timestamp")),
        Kind::Bool => number::yes(value).map(Value::from).ok_or_else(|| wrong("true or false")),
        Kind::Double => {
            let text = text(value).ok_or_else(|| wrong("a number"))?.trim();
            match number::decimal(text) {
                Some(exact) => number(&exact.normalize().to_string()),
                // More digits than anybody counts with are kept as they are.
                None => number(text),
            }
        }
        Kind::Money => {
            let amount = text(value).and_then(|text| text.parse::<Money>().ok());
            number(&amount.ok_or_else(|| wrong("an amount with at most two decimals"))?.to_string())
        }
        Kind::DateTime | Kind::Date | Kind::Time => {
            if value.is_boolean() {
                return Err(wrong("a string"));
            }
            let normal = time_text(kind, value, zone);
            normal.map(Value::from).ok_or_else(|| {
                let value = text(value).map_or_else(|| value.to_string(), str::to_owned);
                Violation::new(place, ErrorCode::NAMING, format!("`{value}` is no {kind:?}"))
            })
        }
        Kind::Object(table) => match value {
            Value::Object(map) => Ok(object(table, map, place, read).into()),
            // PHP prints an object without attributes so.
            Value::Array(list) if list.is_empty() => {
                Ok(object(table, &Map::new(), place, read).into())
            }
            _ => Err(wrong("an object")),
        },
        Kind::List(inner) => list_of_plain(value)
            .iter()
            .enumerate()
            .map(|(index, item)| plain(inner, field, item, place.item(index), read))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::from),
        Kind::Rows(table) => list(value)
            .iter()
            .enumerate()
            .map(|(index, item)| match item {
                Value::Object(map) => Ok(object(table, map, place.item(index), read).into()),
                _ => Err(wrong("a list of objects")),
            })
            .collect::<Result<Vec<Value>, _>>()
            .map(Value::from),
        Kind::File => Err(wrong("a file")),
    }
}

/// Whether an attribute means nothing unless every character of it is there.
fn is_exact(name: &str) -> bool {
    name.starts_with("plateNo")
        || ["No", "NoList", "Code", "Id"].iter().any(|end| name.ends_with(end))
}

/// A text that was cut within a character names nobody.
fn undamaged(text: &str, place: AttributePath<'_>) -> Result<(), Violation> {
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Violation::new(
            place,
            ErrorCode::NAMING,
            "holds characters that cannot be read",
        ));
    }
    Ok(())
}

/// A list, one thing where a list belongs, PHP's list with a gap, or the text of a list of JSON.
fn list(value: &Value) -> Cow<'_, [Value]> {
    match value {
        Value::Array(list) => Cow::Borrowed(list),
        Value::Object(map) => {
            numbered(map).map_or(Cow::Borrowed(slice::from_ref(value)), Cow::Owned)
        }
        Value::String(text) if text.len() <= LONGEST_LIST && text.trim().starts_with('[') => {
            parsed(text).map_or(Cow::Borrowed(slice::from_ref(value)), Cow::Owned)
        }
        single => Cow::Borrowed(slice::from_ref(single)),
    }
}

/// The same of plain values, which some write one behind the other, a comma between them.
fn list_of_plain(value: &Value) -> Cow<'_, [Value]> {
    const COMMAS: [char; 5] = [',', '，', '、', ';', '；'];
    match list(value).as_ref() {
        [Value::String(text)] if !value.is_array() && text.contains(COMMAS) => {
            let items = text.split(COMMAS).map(str::trim).filter(|item| !item.is_empty());
            Cow::Owned(items.map(Value::from).collect())
        }
        _ => list(value),
    }
}

/// No list is longer that stands in a text, in bytes.
const LONGEST_LIST: usize = 64 << 10;

/// PHP prints a list with a gap as an object of its numbers.
pub(super) fn numbered(map: &Map<String, Value>) -> Option<Vec<Value>> {
    let number = |name: &String| name.parse::<u32>().ok().filter(|_| !name.starts_with('+'));
    let numbered: Option<BTreeMap<u32, &Value>> =
        map.iter().map(|(name, value)| Some((number(name)?, value))).collect();
    numbered.filter(|list| !list.is_empty()).map(|list| list.into_values().cloned().collect())
}

/// A date, a time of day or both as the tables print them, by the lot's clock (ambiguities 18, 58 and 59).
fn time_text(kind: &Kind, value: &Value, zone: &TimeZone) -> Option<String> {
    match kind {
        Kind::Time => {
            let time = moment::time_of_value(value, zone)?;
            Some(format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()))
        }
        Kind::Date => Some(moment::of_value(value)?.local(zone).date().to_string()),
        _ => Some(DateTime(moment::of_value(value)?.local(zone)).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::{entities, envelope::Reply, interface::INTERFACES};
    use proptest::prelude::*;
    use serde_json::json;
    use std::path::Path;

    /// As the tables print it, in the lot's own zone.
    fn normalise(table: &Table, value: &Value) -> Result<Map<String, Value>, Vec<Violation>> {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        super::normalise(table, value, Usage { lengths: &Lengths::PRINTED, zone: &zone })
    }

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

    /// 6007's element with other attributes of its charge.
    fn paid(changes: &Value) -> Value {
        let mut notice = json!({
            "parkCode": "44030400100101000010",
            "chargeInfo": {
                "id": "c78e319dab604a268842acf164774592", "recordId": "c78e319dab604a268842acf164774593",
                "payTime": "2026-11-25 12:00:00", "receivables": 10, "discount": 0, "received": 10,
                "payType": 1, "payFrom": "x",
                "parkCarInfo": {"plateNo": "粤B88888", "eidEquiped": false},
            },
        });
        for (name, value) in changes.as_object().unwrap() {
            notice["chargeInfo"][name] = value.clone();
        }
        notice
    }

    #[test]
    fn a_payment_is_the_same_in_whatever_print_it_comes() {
        let table = &super::super::tables::downlink::REQUEST_6007;
        let printed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let plain = normalise(table, &paid(&json!({}))).unwrap();
        let car =
            |flag: &str| printed(&format!(r#"{{"plateNo":"粤b-88888","eidEquiped":{flag}}}"#));
        for (form, changes) in [
            ("BigDecimal", json!({ "received": printed("1E+1"), "receivables": printed("1.0E1") })),
            ("texts", json!({ "received": "10.00", "discount": "0.0", "payType": "1" })),
            ("doubles", json!({ "received": printed("10.0"), "payType": printed("1.0") })),
            ("Timestamp.toString", json!({ "payTime": "2026-11-25 12:00:00.0" })),
            ("Jackson", json!({ "payTime": printed("1795579200000") })),
            ("PHP's time()", json!({ "payTime": "1795579200" })),
            ("java.time", json!({ "payTime": "2026-11-25T12:00" })),
            ("an offset", json!({ "payTime": "2026-11-25T04:00:00.000+00:00" })),
            ("lists", json!({ "payTime": [2026, 11, 25, 12, 0] })),
            (".NET", json!({ "payTime": "/Date(1795579200000+0800)/" })),
            ("Excel", json!({ "payTime": "2026/11/25 12:00" })),
            ("protobuf", json!({ "payTime": { "seconds": 1_795_579_200, "nanos": 0 } })),
            ("ISO at its shortest", json!({ "payTime": "20261125T040000Z" })),
            ("full width", json!({ "received": "１０．００", "payType": "１" })),
            ("yuan", json!({ "received": "¥10", "receivables": "￥10.00" })),
            ("flags by number", json!({ "parkCarInfo": car("0.0") })),
            ("flags by word", json!({ "parkCarInfo": car("\"FALSE\"") })),
        ] {
            assert_eq!(normalise(table, &paid(&changes)), Ok(plain.clone()), "{form}");
        }
        for (field, value, code) in [
            ("received", json!("10.005"), ErrorCode::WRONG_TYPE),
            ("received", json!("ten"), ErrorCode::WRONG_TYPE),
            ("payTime", json!("yesterday"), ErrorCode::NAMING),
            ("payTime", json!(""), ErrorCode::NAMING),
            ("payTime", json!("2026-02-30 12:00:00"), ErrorCode::NAMING),
            ("payTime", json!(true), ErrorCode::WRONG_TYPE),
            ("payType", json!(1.5), ErrorCode::WRONG_TYPE),
            ("payType", json!(true), ErrorCode::WRONG_TYPE),
            ("payType", json!("true"), ErrorCode::WRONG_TYPE),
            ("id", json!("c78e319dab604a268842acf16477459\u{fffd}"), ErrorCode::NAMING),
        ] {
            let faults = normalise(table, &paid(&json!({ field: value }))).unwrap_err();
            let found: Vec<_> =
                faults.iter().map(|fault| (fault.attribute(), fault.code)).collect();
            assert_eq!(found, [(field, code)], "{value}");
        }
    }

    #[test]
    fn days_and_times_of_day_are_read_in_other_forms_and_nothing_said_is_none() {
        let share = |begin: Value, time: Value| {
            json!({
                "id": "c78e319dab604a268842acf164774592", "parkCode": 44, "plateNo": "粤B88888",
                "startDate": begin, "endDate": "2026-12-31", "startTime": time, "endTime": "18:00",
                "bufferTime": "1E+1", "rule": ["1", 2.0], "actionType": false, "publisher": null,
            })
        };
        let table = &super::super::tables::downlink::REQUEST_6004;
        for (begin, time) in [
            (json!("2026-11-25"), json!("08:00:00")),
            (json!("2026/11/25"), json!("8:00")),
            (json!("2026-11-25 00:00:00.0"), json!("08:00:00.000")),
            (json!("2026-11-24T16:00:00Z"), json!([8, 0])),
            (json!([2026, 11, 25]), json!("1970-01-01 08:00:00")),
        ] {
            let normal = normalise(table, &share(begin, time)).unwrap();
            assert_eq!(normal["startDate"], "2026-11-25");
            assert_eq!(
                (&normal["startTime"], &normal["endTime"]),
                (&json!("08:00:00"), &json!("18:00:00"))
            );
            assert_eq!((&normal["bufferTime"], &normal["rule"]), (&json!(10), &json!([1, 2])));
            assert_eq!(normal["actionType"], json!(0));
        }
        let query =
            json!({ "plateNo": "粤B88888", "endTime": "", "couponValue": " ", "couponType": "" });
        let normal = normalise(&super::super::tables::downlink::REQUEST_6006, &query).unwrap();
        assert_eq!(normal, *json!({ "plateNo": "粤B88888" }).as_object().unwrap());
        let empty = normalise(
            &super::super::tables::downlink::REQUEST_6007,
            &json!({ "chargeInfo": [], "parkCode": "4" }),
        );
        assert!(empty.unwrap_err().iter().all(|fault| fault.path.starts_with("chargeInfo.")));
    }

    #[test]
    fn a_list_is_the_same_however_it_is_given_and_yes_and_no_are_two_states() {
        let share = &super::super::tables::downlink::REQUEST_6004;
        let of = |rule: Value, action: Value| {
            normalise(
                share,
                &json!({
                    "id": "c78e319dab604a268842acf164774592", "parkCode": 44, "plateNo": "粤B88888",
                    "startDate": "2026-11-25", "endDate": "2026-12-31", "startTime": "8:00", "endTime": "18:00",
                    "bufferTime": 0, "rule": rule, "actionType": action,
                }),
            )
        };
        let plain = of(json!([2, 5]), json!(1)).unwrap();
        for rule in [
            json!("2,5"),
            json!("2， 5"),
            json!("[2,5]"),
            json!("[\"2\",5.0]"),
            json!("２、５"),
            json!({ "0": 2, "3": "5" }),
            json!(["2", 5]),
        ] {
            assert_eq!(of(rule.clone(), json!("true")), Ok(plain.clone()), "{rule}");
        }
        assert_eq!(of(json!("2"), json!("FALSE")).unwrap()["rule"], json!([2]));
        for (rule, action, field) in [
            (json!("2;x"), json!(1), "rule[1]"),
            (json!("[2"), json!(1), "rule[0]"),
            (json!(true), json!(1), "rule[0]"),
            (json!([2]), json!("perhaps"), "actionType"),
            (json!([2]), json!(2), "actionType"),
        ] {
            let faults = of(rule, action).unwrap_err();
            assert_eq!(faults.iter().map(|fault| &*fault.path).collect::<Vec<_>>(), [field]);
        }
        let lock = &super::super::tables::downlink::REQUEST_6003;
        for (flag, state) in
            [(json!("true"), 1), (json!("False"), 0), (json!(true), 1), (json!("0.0"), 0)]
        {
            let element = json!({ "id": "a", "parkCode": "4", "plateNo": "粤B88888", "lockFlag": flag, "featureCode": "x" });
            assert_eq!(normalise(lock, &element).unwrap()["lockFlag"], state, "{flag}");
        }
    }

    #[test]
    fn what_was_cut_within_a_character_is_a_word_or_nothing() {
        let lock = &super::super::tables::downlink::REQUEST_6003;
        let whole = json!({ "id": "a", "parkCode": "4", "plateNo": "粤B88888", "lockFlag": 1, "featureCode": "x" });
        for field in ["id", "parkCode", "plateNo", "lockFlag", "featureCode"] {
            let mut element = whole.clone();
            element[field] = json!("1\u{fffd}");
            let faults = normalise(lock, &element).unwrap_err();
            assert_eq!(faults.iter().map(|fault| &*fault.path).collect::<Vec<_>>(), [field]);
        }
        let table = &super::super::tables::downlink::REQUEST_6007;
        let cut = normalise(table, &paid(&json!({ "payFrom": "微\u{fffd}" }))).unwrap();
        assert_eq!(cut["chargeInfo"]["payFrom"], "微\u{fffd}");
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
