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
        match (Walk { rest: self.text, depth: 0 }).part() {
            Some(part) => part.append(&mut out),
            // It was parsed before: there is nothing in it that cannot be read.
            None => out.push_str(self.text),
        }
        out
    }
}

/// A value in its parts, numbers and words as they were sent.
enum Part<'t> {
    Object(BTreeMap<String, Part<'t>>),
    List(Vec<Part<'t>>),
    Text(String),
    Plain(&'t str),
}

impl Part<'_> {
    fn append(&self, out: &mut String) {
        let comma = |index: usize| if index > 0 { "," } else { "" };
        match self {
            Self::Object(members) => {
                out.push('{');
                for (index, (name, part)) in members.iter().enumerate() {
                    out.push_str(comma(index));
                    write_text(name, out);
                    out.push(':');
                    part.append(out);
                }
                out.push('}');
            }
            Self::List(parts) => {
                out.push('[');
                for (index, part) in parts.iter().enumerate() {
                    out.push_str(comma(index));
                    part.append(out);
                }
                out.push(']');
            }
            Self::Text(text) => write_text(text, out),
            Self::Plain(text) => out.push_str(text),
        }
    }
}

/// No parser goes deeper.
const DEEPEST: usize = 128;
const WHITE: [char; 4] = [' ', '\t', '\n', '\r'];

/// Goes once through a text that a parser has been through: it takes apart and checks nothing.
struct Walk<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Walk<'t> {
    fn part(&mut self) -> Option<Part<'t>> {
        match self.next()? {
            b'{' => self.inside(Self::members),
            b'[' => self.inside(Self::items),
            b'"' => self.text().map(Part::Text),
            _ => {
                let ends =
                    |letter: char| WHITE.contains(&letter) || matches!(letter, ',' | '}' | ']');
                let (plain, rest) =
                    self.rest.split_at_checked(self.rest.find(ends).unwrap_or(self.rest.len()))?;
                self.rest = rest;
                Some(Part::Plain(plain)).filter(|_| !plain.is_empty())
            }
        }
    }

    fn inside(&mut self, read: impl FnOnce(&mut Self) -> Option<Part<'t>>) -> Option<Part<'t>> {
        self.depth += 1;
        let part = if self.depth > DEEPEST { None } else { self.skip().and_then(|()| read(self)) };
        self.depth -= 1;
        part
    }

    fn members(&mut self) -> Option<Part<'t>> {
        let mut members = BTreeMap::new();
        loop {
            match self.next()? {
                b'}' => return self.skip().map(|()| Part::Object(members)),
                b',' => self.skip()?,
                _ => {
                    let name = self.text()?;
                    if self.next()? != b':' {
                        return None;
                    }
                    self.skip()?;
                    members.insert(name, self.part()?);
                }
            }
        }
    }

    fn items(&mut self) -> Option<Part<'t>> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                b']' => return self.skip().map(|()| Part::List(items)),
                b',' => self.skip()?,
                _ => items.push(self.part()?),
            }
        }
    }

    /// The next byte that is no white space; it stays.
    fn next(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_start_matches(WHITE);
        self.rest.bytes().next()
    }

    fn skip(&mut self) -> Option<()> {
        self.rest = self.rest.get(1..)?;
        Some(())
    }

    fn text(&mut self) -> Option<String> {
        let mut escaped = false;
        let ends = |byte: u8| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        };
        let inner = self.rest.strip_prefix('"')?;
        let (quoted, rest) = self.rest.split_at_checked(inner.bytes().position(ends)? + 2)?;
        self.rest = rest;
        serde_json::from_str(quoted).ok()
    }
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
    fn what_is_deep_and_large_is_gone_through_once() {
        let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
        let wide = format!("{{\"data\":[{}]}}", vec![deep.as_str(); 20_000].join(" , "));
        let begun = std::time::Instant::now();
        let members = members(&wide).unwrap();
        let canonical = members["data"].canonical();
        assert_eq!(canonical.len(), 20_000 * 241 + 1);
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
        let odd = Sent { text: &"[".repeat(1000), value: Value::Null };
        assert_eq!(odd.canonical(), odd.text, "what was never parsed stays as it is");
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
