//! JSON whose texts and numbers are kept as they were printed: a sign covers the print, and parsers print anew. And JSON as
//! careless writers print it: line breaks and tabs as they are within texts, half a character, JSON within a text of JSON.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
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
    match serde_json::from_str::<BTreeMap<String, &RawValue>>(text) {
        Ok(raw) => raw
            .into_iter()
            .map(|(name, raw)| Ok((name, Sent { value: parsed(raw.get())?, text: raw.get() })))
            .collect(),
        Err(error) => members_as_they_stand(text).ok_or(error),
    }
}

/// The same of a text that a parser takes only when it is mended: each member is what stood there before.
fn members_as_they_stand(text: &str) -> Option<BTreeMap<String, Sent<'_>>> {
    serde_json::from_str::<IgnoredAny>(&mended(text)?).ok()?;
    let mut walk = Walk { rest: text, depth: 0 };
    if walk.next()? != b'{' {
        return None;
    }
    walk.skip()?;
    let members = walk.members()?.into_iter();
    members
        .map(|(name, (_, text))| Some((name, Sent { value: parsed(text).ok()?, text })))
        .collect()
}

/// What a text of JSON says. Control characters that stand in its texts as they are, and escapes that are half a character
/// (U+FFFD is read for them), cost no more than themselves.
pub fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text).or_else(|error| {
        let mended = mended(text).and_then(|mended| serde_json::from_str(&mended).ok());
        mended.ok_or(error)
    })
}

/// So many values a device's message may hold: the largest real ones hold some hundreds, and a tree of them takes a hundred times
/// what its text does.
const MOST_OF_A_DEVICE: usize = 20_000;

/// The same of a device's message. One that holds very many values is no JSON that anybody can use.
pub fn of_device<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    let begins_another = |byte: &u8| matches!(byte, b',' | b'[' | b'{');
    if text.as_bytes().iter().filter(|byte| begins_another(byte)).count() > MOST_OF_A_DEVICE {
        let words = format!("it holds more than {MOST_OF_A_DEVICE} values");
        return Err(serde::de::Error::custom(words));
    }
    parsed(text)
}

/// A text of JSON that holds nothing but a text of JSON is that one.
pub fn unquoted(text: &str) -> Cow<'_, str> {
    let quoted = text.starts_with('"').then(|| parsed::<String>(text).ok()).flatten();
    let bare = |held: String| held.trim_start_matches('\u{feff}').trim().to_owned();
    match quoted.map(bare).filter(|held| held.starts_with(['{', '[', '"'])) {
        Some(held) => Cow::Owned(held),
        None => Cow::Borrowed(text),
    }
}

/// The text with its control characters and half characters escaped as a parser takes them; none where it has none.
pub fn mended(text: &str) -> Option<String> {
    mended_by(text, "\\ufffd")
}

/// The same with this for each half character.
fn mended_by(text: &str, half: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let (mut rest, mut inside, mut is_mended) = (text, false, false);
    while let Some(letter) = rest.chars().next() {
        let behind = rest.get(letter.len_utf8()..).unwrap_or_default();
        let taken = match letter {
            '\\' if inside => escape(rest, half, &mut out, &mut is_mended),
            control if inside && u32::from(control) < 0x20 => {
                is_mended = true;
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
                1
            }
            letter => {
                inside ^= letter == '"';
                out.push(letter);
                letter.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or(behind);
    }
    is_mended.then_some(out)
}

/// Copies an escape and says how long it is.
fn escape(rest: &str, half: &str, out: &mut String, is_mended: &mut bool) -> usize {
    const LENGTH: usize = 6;
    let high = 0xd800..0xdc00;
    let low = 0xdc00..0xe000;
    let length = match code_unit(rest) {
        Some(unit) if high.contains(&unit) => {
            let second = rest.get(LENGTH..).and_then(code_unit);
            if second.is_some_and(|second| low.contains(&second)) { 2 * LENGTH } else { 0 }
        }
        Some(unit) if low.contains(&unit) => 0,
        Some(_) => LENGTH,
        None => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
    };
    if length == 0 {
        *is_mended = true;
        out.push_str(half);
        return LENGTH;
    }
    out.push_str(rest.get(..length).unwrap_or_default());
    length
}

/// The number of an escape (`\uXXXX`) at the beginning of a text.
fn code_unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_number { u32::from_str_radix(digits, 16).ok() } else { None }
}

impl Sent<'_> {
    /// Canonical JSON of it: keys in byte order at every depth, no white space, texts as they are, each number in the print
    /// in which it was sent.
    pub fn canonical(&self) -> String {
        canonical_text(self.text)
    }

    /// The same as Java has it in bytes, which writes `?` for each half character; none where there is none.
    pub fn canonical_of_java(&self) -> Option<String> {
        let questioned = mended_by(self.text, "?")?;
        let is_half = mended(self.text).is_some_and(|mended| mended != questioned);
        is_half.then(|| canonical_text(&questioned))
    }
}

fn canonical_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    match (Walk { rest: text, depth: 0 }).part() {
        Some(part) => part.append(&mut out),
        // It was parsed before: there is nothing in it that cannot be read.
        None => out.push_str(text),
    }
    out
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
            b'{' => self.inside(|walk| {
                let members = walk.members()?.into_iter().map(|(name, (part, _))| (name, part));
                Some(Part::Object(members.collect()))
            }),
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

    /// An object's members, each with what stands there for it.
    fn members(&mut self) -> Option<BTreeMap<String, (Part<'t>, &'t str)>> {
        let mut members = BTreeMap::new();
        loop {
            match self.next()? {
                b'}' => return self.skip().map(|()| members),
                b',' => self.skip()?,
                _ => {
                    let name = self.name()?;
                    self.next()?;
                    let from = self.rest;
                    let part = self.part()?;
                    let length = from.len().checked_sub(self.rest.len())?;
                    members.insert(name, (part, from.get(..length)?));
                }
            }
        }
    }

    /// A member's name, with what stands between it and its value.
    fn name(&mut self) -> Option<String> {
        let name = self.text()?;
        if self.next()? != b':' {
            return None;
        }
        self.skip()?;
        Some(name)
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
        parsed(quoted).ok()
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
    fn of_a_device_no_tree_is_made_of_very_many_values() {
        let list =
            |item: &str, count: usize| format!("{{\"a\":[{}]}}", vec![item; count].join(","));
        assert!(of_device::<Value>(&list("{\"b\":1}", 5_000)).is_ok());
        for item in ["1", "{\"b\":1}", "[]", "\"x\""] {
            let error = of_device::<Value>(&list(item, 20_001)).unwrap_err();
            assert!(error.to_string().contains("20000 values"), "{error}");
        }
        let picture = format!("{{\"picture\":\"{}\"}}", "A/+=".repeat(100_000));
        assert!(of_device::<Value>(&picture).is_ok());
    }

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
        let members = members(&wide).unwrap();
        let canonical = members["data"].canonical();
        assert_eq!(canonical.len(), 20_000 * 241 + 1);
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

    #[test]
    fn what_a_writer_forgot_to_escape_is_read_and_stays_in_its_print() {
        let text = "{\"data\":[{\"m\":\"a\tb\r\nc\",\"h\":\"\\ud83d!\"}],\"x\ny\":\"\\\\\\\"\\ud83d\\ude00\"}";
        let members = members(text).unwrap();
        assert_eq!(members["data"].text, "[{\"m\":\"a\tb\r\nc\",\"h\":\"\\ud83d!\"}]");
        assert_eq!(members["data"].value[0]["m"], "a\tb\r\nc");
        assert_eq!(members["data"].value[0]["h"], "\u{fffd}!");
        assert_eq!(
            members["data"].canonical(),
            r#"[{"h":"\u{fffd}!","m":"a\tb\r\nc"}]"#.replace("\\u{fffd}", "\u{fffd}")
        );
        assert_eq!(
            members["data"].canonical_of_java().as_deref(),
            Some(r#"[{"h":"?!","m":"a\tb\r\nc"}]"#)
        );
        assert_eq!(members["x\ny"].value, "\\\"\u{1f600}");
        assert_eq!(members["x\ny"].canonical_of_java(), None, "both halves of it are there");
        let halves = r#""\ud83d\ud83d\ude00\ude00\u00e9""#;
        assert_eq!(parsed::<String>(halves).unwrap(), "\u{fffd}\u{1f600}\u{fffd}\u{e9}");
        for none in ["\"a\n", "{\"a\":\"\\ud83\"}", "\"\\u12\"", "\"\\", "{\n\"a\" 1}"] {
            assert!(parsed::<Value>(none).is_err(), "{none}");
        }
    }

    #[test]
    fn json_within_a_text_of_json_is_that() {
        assert_eq!(unquoted(r#""{\"a\":\"b\"}""#), r#"{"a":"b"}"#);
        assert_eq!(unquoted(r#""\ufeff {\"a\":1}\n""#), r#"{"a":1}"#);
        for same in [r#"{"a":1}"#, r#""ok""#, r#""{"#, "", r#"["{}"]"#] {
            assert_eq!(unquoted(same), same);
        }
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
        fn what_is_well_written_needs_no_mending(value in any_json()) {
            prop_assert_eq!(mended(&canonical(&value)), None);
            prop_assert_eq!(mended(&serde_json::to_string_pretty(&value).unwrap()), None);
        }

        #[test]
        fn a_text_is_the_same_whose_controls_stand_as_they_are(text in "[a-z\"\\\\ \n\r\t\u{1}\u{7ca4}]{0,30}") {
            let strict = canonical(&Value::from(text.as_str()));
            let careless = text.replace('\\', "\\\\").replace('"', "\\\"");
            prop_assert_eq!(parsed::<String>(&format!("\"{careless}\"")).unwrap(), text.clone());
            prop_assert_eq!(parsed::<String>(&strict).unwrap(), text);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = (mended(&text), unquoted(&text));
            if let Ok(members) = members(&text) {
                for sent in members.values() {
                    drop(sent.canonical());
                }
            }
        }
    }
}
