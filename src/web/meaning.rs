//! What the fields of a request mean, whatever their print: one text for all that is one. For the digest of how a command was
//! said; what it makes of a field is compared and never carried out.

use crate::foreign::moment;
use crate::foreign::number;
use crate::foreign::text::bare;
use crate::standard::id::Id;
use crate::standard::plate;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// Fields that hold a moment or a day.
const TIMES: [&str; 7] = ["at", "from", "until", "enterTime", "leaveTime", "beginDate", "endDate"];
/// Fields that hold nothing but words.
const WORDS: [&str; 3] = ["operator", "reason", "note"];

/// A body without what makes no difference. Under its own id it was looked for: that is not of it.
pub(super) fn meaning(body: Value, zone: &TimeZone) -> Value {
    let mut means = of_field("", body, zone);
    if let Value::Object(fields) = &mut means {
        fields.remove("id");
    }
    means
}

fn of_field(name: &str, value: Value, zone: &TimeZone) -> Value {
    if let Some(time) = TIMES.contains(&name).then(|| of_time(&value, zone)).flatten() {
        return time.into();
    }
    match value {
        Value::Object(fields) => of_object(fields, zone),
        Value::Array(items) => {
            items.into_iter().map(|item| of_field(name, item, zone)).collect::<Vec<_>>().into()
        }
        Value::String(text) => of_text(name, bare(&text)).into(),
        Value::Number(number) => of_number(number.as_str()).unwrap_or(number.to_string()).into(),
        Value::Bool(yes) => u8::from(yes).to_string().into(),
        Value::Null => Value::Null,
    }
}

/// What says nothing is as good as left out.
fn of_object(fields: Map<String, Value>, zone: &TimeZone) -> Value {
    let means = |(name, value): (String, Value)| {
        let value = of_field(&name, value, zone);
        let says_nothing = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        (!says_nothing).then_some((name, value))
    };
    fields.into_iter().filter_map(means).collect::<Map<_, _>>().into()
}

fn of_text(name: &str, text: &str) -> String {
    if name.starts_with("plate") {
        return plate::normalise(text);
    }
    if name == "id" || name.ends_with("Id") {
        return Id::said(text).folded();
    }
    match text.to_ascii_lowercase().as_str() {
        _ if WORDS.contains(&name) => text.to_owned(),
        "true" => "1".to_owned(),
        "false" => "0".to_owned(),
        _ => of_number(text).unwrap_or_else(|| text.to_owned()),
    }
}

/// A number by its value. One that begins with zeros names something.
fn of_number(text: &str) -> Option<String> {
    let names = text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
    number::amount(text).filter(|_| !names).map(|number| number.normalize().to_string())
}

fn of_time(value: &Value, zone: &TimeZone) -> Option<String> {
    if let Some(day) = moment::day(value) {
        return Some(format!("day {day}"));
    }
    Some(format!("moment {}", moment::of_value(value)?.exact(zone)?.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> String {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        meaning(serde_json::from_str(text).unwrap(), &zone).to_string()
    }

    #[test]
    fn a_command_means_the_same_in_every_print_of_its_fields() {
        let of_one = |fields: [&str; 7]| {
            let [plate, received, time, day, id, flag, list] = fields;
            of(&format!(
                r#"{{"id":"1","plateNo":{plate},"received":{received},"enterTime":{time},"endDate":{day},
                    "recordId":{id},"thisStay":{flag},"listDiscounts":{list},"operator":"张三"}}"#
            ))
        };
        let plain = of_one([
            "\"粤B12345\"",
            "10",
            "\"2026-11-25 12:00:00\"",
            "\"2026-12-31\"",
            "\"01a22a9f34b1723288f7da2cb32f939a\"",
            "true",
            "[]",
        ]);
        for fields in [
            [
                "\"粤b·12345 \"",
                "10.0",
                "1795579200000",
                "\"2026/12/31\"",
                "\"01A22A9F-34B1-7232-88F7-DA2CB32F939A\"",
                "1",
                "null",
            ],
            [
                "\"粤B 12345\"",
                "\"10.00\"",
                "\"2026-11-25T04:00:00.000Z\"",
                "[2026,12,31]",
                "\" 01a22a9f34b1723288f7da2cb32f939a \"",
                "\"True\"",
                "\"\"",
            ],
            [
                "\"粤B12345\\u0000\"",
                "\"￥10\"",
                "\"2026/11/25 12:00\"",
                "\"20261231\"",
                "\"{01a22a9f-34b1-7232-88f7-da2cb32f939a}\"",
                "1.0",
                "{}",
            ],
        ] {
            assert_eq!(of_one(fields), plain, "{fields:?}");
        }
    }

    #[test]
    fn what_means_something_else_is_something_else() {
        for (one, other) in [
            (r#"{"received":10}"#, r#"{"received":10.01}"#),
            (r#"{"plateNo":"014578"}"#, r#"{"plateNo":"14578"}"#),
            (r#"{"ticket":"0012"}"#, r#"{"ticket":"12"}"#),
            (r#"{"until":"2026-12-31"}"#, r#"{"until":"2026-12-31 00:00:00"}"#),
            (r#"{"until":"2026-12-31 00:00:00"}"#, r#"{"until":"2026-12-31T00:00:00Z"}"#),
            (r#"{"operator":"1.0"}"#, r#"{"operator":"1"}"#),
            (r#"{"rows":[1,2]}"#, r#"{"rows":[2,1]}"#),
            (r#"{"rows":[2026,11,25,1,1,1,1]}"#, r#"{"rows":[2026,11,25,1,1,1,2]}"#),
            (r#"{"recordId":"a"}"#, r#"{"recordId":"b"}"#),
        ] {
            assert_ne!(of(one), of(other), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_means_the_same_in_every_print(cents in 0_i64..10_000_000) {
            let plain = of(&format!(r#"{{"received":{}.{:02}}}"#, cents / 100, cents % 100));
            for print in [format!("{cents}e-2"), format!("\"{cents}E-2\""), format!("\"￥{}.{:02} 元\"", cents / 100, cents % 100)] {
                prop_assert_eq!(of(&format!(r#"{{"received":{print}}}"#)), plain.clone(), "{}", print);
            }
        }
    }
}
