//! JSON whose texts and numbers are kept as they were printed: a sign covers the print, and parsers print anew.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A value with the text that it was sent as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent<'t> {
    /// What stands in the message, byte for byte, without white space around.
    pub text: &'t str,
    /// What it says.
    pub value: Value,
}

/// An object's members, each with its own text. What is there twice is there as it stands last. Nesting is bounded by the
/// parser (127 deep).
pub fn members(text: &str) -> Result<BTreeMap<String, Sent<'_>>, serde_json::Error> {
    let raw: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
    let sent =
        |raw: &'_ RawValue| -> Result<Value, serde_json::Error> { serde_json::from_str(raw.get()) };
    raw.into_iter()
        .map(|(name, raw)| Ok((name, Sent { value: sent(raw)?, text: raw.get() })))
        .collect()
}

impl Sent<'_> {
    /// Canonical JSON of it: keys in byte order at every depth, no white space, texts as they are, each number in the print
    /// in which it was sent.
    pub fn canonical(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        // It was parsed before: there is nothing in it that cannot be read.
        let _ = append(self.text, &mut out);
        out
    }
}

fn append(text: &str, out: &mut String) -> Result<(), serde_json::Error> {
    match text.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
            out.push('{');
            for (index, (name, raw)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(&name, out);
                out.push(':');
                append(raw.get(), out)?;
            }
            out.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            out.push('[');
            for (index, raw) in items.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                append(raw.get(), out)?;
            }
            out.push(']');
        }
        Some(b'"') => write_text(&serde_json::from_str::<String>(text)?, out),
        // Numbers and words.
        _ => out.push_str(text),
    }
    Ok(())
}

/// The canonical text of a value whose own print is not known; a number is printed as its parser kept it.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    append_value(value, &mut text);
    text
}

fn append_value(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => append_object(map, out),
        Value::Array(list) => {
            out.push('[');
            for (index, inner) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                append_value(inner, out);
            }
            out.push(']');
        }
        Value::String(text) => write_text(text, out),
        Value::Number(number) => out.push_str(number.as_str()),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Null => out.push_str("null"),
    }
}

fn append_object(map: &Map<String, Value>, out: &mut String) {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_unstable_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    out.push('{');
    for (index, (key, inner)) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(key, out);
        out.push(':');
        append_value(inner, out);
    }
    out.push('}');
}

/// A text in quotes: only what JSON demands is escaped.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_sorted_at_every_depth_and_numbers_keep_their_print() {
        let text = r#" { "data" : [ { "z": 20.00, "a": 1E+1 , "c": 1.5e-03 } , { "B": "a\/b\u7ca4\u003d", "a": null } ], "n": -0 } "#;
        let members = members(text).unwrap();
        let data = &members["data"];
        assert!(
            data.text.starts_with("[ { \"z\": 20.00, \"a\": 1E+1")
                && data.text.ends_with("null } ]")
        );
        assert_eq!(
            data.canonical(),
            r#"[{"a":1E+1,"c":1.5e-03,"z":20.00},{"B":"a/b粤=","a":null}]"#
        );
        assert_eq!(members["n"].canonical(), "-0");
    }

    #[test]
    fn what_stands_twice_stands_as_it_does_last_and_what_is_no_object_is_an_error() {
        let twice = members(r#"{"a":1,"a":2}"#).unwrap();
        assert_eq!((twice["a"].text, &twice["a"].value), ("2", &Value::from(2)));
        assert!(members("[1]").is_err() && members("{").is_err() && members("").is_err());
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        assert!(members(&deep).is_err(), "nesting is bounded");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_canonical_text_parses_back_to_the_same_value_and_the_same_text(value in any_json()) {
            let text = canonical(&value);
            let back: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(canonical(&back), text);
            prop_assert_eq!(back, value);
        }

        #[test]
        fn of_what_prints_numbers_as_we_do_both_ways_are_one(value in any_json()) {
            let text = format!("{{\"data\":{}}}", serde_json::to_string_pretty(&value).unwrap());
            let members = members(&text).unwrap();
            prop_assert_eq!(&members["data"].value, &value);
            prop_assert_eq!(members["data"].canonical(), canonical(&value));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            if let Ok(members) = members(&text) {
                for sent in members.values() {
                    drop(sent.canonical());
                }
            }
        }
    }
}
