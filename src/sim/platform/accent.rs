//! How programs of other makes print what the standard prints: the same values as Java's, PHP's, .NET's and old platforms' libraries
//! write them, in bodies as their servers send them. For the platform's two ways; it knows neither.

use crate::standard::datetime::DateTime;
use crate::standard::envelope::Reply;
use crate::standard::interface::Interface;
use crate::standard::sign::SignRules;
use encoding_rs::GBK;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a platform was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accent {
    /// Java: `BigDecimal`'s `1E+1`, moments of four libraries, Gson's escapes.
    Java,
    /// PHP: numbers as text, `\/`, letters by their numbers, a byte order mark before what is answered.
    Php,
    /// .NET: names begin large, whole numbers have a point, `/Date(…)/`, answers are packed whether asked or not.
    Dotnet,
    /// A platform of 2014: GBK, a NUL behind, dates with slashes, and no word where all went well.
    Old,
}

/// A body, and what its header says of it.
pub(super) struct Utterance {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

impl Utterance {
    /// As the standard says it.
    pub(super) fn plain(text: String) -> Self {
        Self { status: 200, content_type: PLAIN, body: text.into_bytes() }
    }
}

const PLAIN: &str = "application/json; charset=UTF-8";
const IN_GBK: &str = "application/json; charset=GBK";

/// Forms of a moment take turns.
static TURN: AtomicUsize = AtomicUsize::new(0);

impl Accent {
    /// A request with these elements, signed over its own text.
    pub(super) fn request(
        self,
        elements: &[Value],
        moment: Timestamp,
        rules: SignRules,
    ) -> Utterance {
        let data = self.printed(&Value::from(elements.to_vec()));
        let sign = match self {
            Self::Old => rules.sign_of(&GBK.encode(rules.covered(&data)).0),
            _ => rules.sign(&data),
        };
        let mut envelope = Map::new();
        envelope.insert("timestamp".to_owned(), self.timestamp(moment));
        envelope.insert("sign".to_owned(), sign.into());
        // The data stand in it as they were signed.
        let head = self.printed(&envelope.into());
        let name = if self == Self::Dotnet { "Data" } else { "data" };
        let head = head.trim_end_matches('}');
        let body = self.encoded(&format!("{head},\"{name}\":{data}}}"));
        Utterance { status: 200, content_type: self.content_type(), body }
    }

    /// An answer to a request of that interface.
    pub(super) fn answer(self, code: u16, reply: &Reply, moment: Timestamp) -> Utterance {
        let says_no_more = Interface::find(code).is_some_and(|interface| !interface.says_more());
        let all_well = reply.succeeded() && reply.first_error().is_none();
        if self == Self::Old && says_no_more && all_well {
            let even = TURN.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            let status = if even { 200 } else { 204 };
            return Utterance { status, content_type: "text/html", body: Vec::new() };
        }
        let envelope = json!({
            "resultCode": reply.result_code, "resultMsg": reply.result_msg, "data": reply.data,
        });
        let mut envelope = envelope.as_object().cloned().unwrap_or_default();
        envelope.insert("timestamp".to_owned(), self.timestamp(moment));
        let body = self.encoded(&self.printed(&envelope.into()));
        let body = if self == Self::Dotnet { packed(&body) } else { body };
        Utterance { status: 200, content_type: self.content_type(), body }
    }

    fn content_type(self) -> &'static str {
        if self == Self::Old { IN_GBK } else { PLAIN }
    }

    fn encoded(self, text: &str) -> Vec<u8> {
        match self {
            Self::Java | Self::Dotnet => text.as_bytes().to_vec(),
            Self::Php => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            Self::Old => [&*GBK.encode(text).0, b"\0"].concat(),
        }
    }

    fn timestamp(self, moment: Timestamp) -> Value {
        match self {
            Self::Java => moment.as_millisecond().into(),
            Self::Php | Self::Dotnet => moment.as_second().into(),
            Self::Old => DateTime::at(moment, &shenzhen()).to_string().into(),
        }
    }

    fn printed(self, value: &Value) -> String {
        let mut text = String::new();
        self.print(value, &mut text);
        text
    }

    fn print(self, value: &Value, out: &mut String) {
        match value {
            Value::Object(map) if map.is_empty() && self == Self::Php => out.push_str("[]"),
            Value::Object(map) => {
                out.push('{');
                // In no order that anybody would sort by.
                for (index, (name, inner)) in map.iter().rev().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    self.write_text(&self.name(name), out);
                    out.push_str(if self == Self::Dotnet { ": " } else { ":" });
                    self.print(inner, out);
                }
                out.push('}');
            }
            Value::Array(list) => {
                out.push('[');
                for (index, inner) in list.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    self.print(inner, out);
                }
                out.push(']');
            }
            Value::String(text) => match text.parse::<DateTime>() {
                Ok(DateTime(local)) => self.moment(local, out),
                Err(_) => self.write_text(text, out),
            },
            Value::Number(number) => self.number(number.as_str(), out),
            Value::Bool(_) | Value::Null => out.push_str(&value.to_string()),
        }
    }

    fn name(self, name: &str) -> String {
        let mut letters = name.chars();
        match letters.next() {
            Some(first) if self == Self::Dotnet => first.to_uppercase().chain(letters).collect(),
            _ => name.to_owned(),
        }
    }

    fn number(self, text: &str, out: &mut String) {
        let decimal: Decimal = text.parse().unwrap_or_default();
        let whole = decimal.is_integer();
        match self {
            // `BigDecimal` without zeros at its end; counts are no `BigDecimal`.
            Self::Java
                if text.ends_with('0')
                    && whole
                    && !text.starts_with('-')
                    && (2..7).contains(&text.len()) =>
            {
                let exponent = text.len() - 1;
                let digits = text.trim_end_matches('0');
                let (first, rest) = digits.split_at(digits.len().min(1));
                let point = if rest.is_empty() { "" } else { "." };
                // Writing to a string cannot fail.
                let _ = write!(out, "{first}{point}{rest}E+{exponent}");
            }
            Self::Dotnet if whole => {
                let _ = write!(out, "{text}.0");
            }
            Self::Php => {
                let _ = write!(out, "\"{text}\"");
            }
            Self::Java | Self::Dotnet | Self::Old => out.push_str(text),
        }
    }

    fn moment(self, local: jiff::civil::DateTime, out: &mut String) {
        let plain = DateTime(local);
        let moment = plain.moment(&shenzhen()).unwrap_or_default();
        let turn = TURN.fetch_add(1, Ordering::Relaxed);
        let (date, time) = (local.date(), local.time());
        let written = match (self, turn % 4) {
            (Self::Java, 0) => format!("{plain}.0"),
            (Self::Java, 1) => return self.number(&moment.as_millisecond().to_string(), out),
            (Self::Java, 2) => format!("{date}T{time}.000+0800"),
            (Self::Java, _) => {
                let _ = write!(
                    out,
                    "[{},{},{},{},{},{}]",
                    date.year(),
                    date.month(),
                    date.day(),
                    time.hour(),
                    time.minute(),
                    time.second()
                );
                return;
            }
            (Self::Php, 0 | 1) => return self.number(&moment.as_second().to_string(), out),
            (Self::Php, _) => format!("{date}T{time}+08:00"),
            (Self::Dotnet, 0 | 1) => format!("/Date({}+0800)/", moment.as_millisecond()),
            (Self::Dotnet, _) => format!("{date}T{time}+08:00"),
            (Self::Old, _) => {
                let (year, month, day) = (date.year(), date.month(), date.day());
                format!(
                    "{year}/{month}/{day} {}:{:02}:{:02}",
                    time.hour(),
                    time.minute(),
                    time.second()
                )
            }
        };
        self.write_text(&written, out);
    }

    fn write_text(self, text: &str, out: &mut String) {
        out.push('"');
        for letter in text.chars() {
            let by_number = match self {
                Self::Java => "=<>&'".contains(letter),
                Self::Php => !letter.is_ascii(),
                Self::Dotnet => !letter.is_ascii() || "+&<>'".contains(letter),
                Self::Old => false,
            };
            match letter {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '/' if matches!(self, Self::Php | Self::Dotnet) => out.push_str("\\/"),
                letter if by_number || letter < ' ' => {
                    for unit in letter.encode_utf16(&mut [0; 2]) {
                        let _ = write!(out, "\\u{unit:04x}");
                    }
                }
                letter => out.push(letter),
            }
        }
        out.push('"');
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing to memory cannot fail.
    let _ = packed.write_all(bytes);
    packed.finish().unwrap_or_default()
}

fn shenzhen() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::envelope::{RawBody, decode_request};
    use crate::standard::lengths::Lengths;
    use crate::standard::lenient::{Usage, normalise};
    use crate::standard::sign::{SignDigest, SignScope};

    const ALL: [Accent; 4] = [Accent::Java, Accent::Php, Accent::Dotnet, Accent::Old];

    fn paid() -> Value {
        json!({ "parkCode": "44030400100101000010", "chargeInfo": {
            "id": "c78e319dab604a268842acf164774592", "recordId": "c78e319dab604a268842acf164774593",
            "payTime": "2026-11-25 12:00:00", "receivables": 120, "discount": 0.5, "received": 119.5,
            "payType": 2, "payFrom": "a=b/微信", "parkCarInfo": { "plateNo": "粤B88888", "eidEquiped": false },
        } })
    }

    #[test]
    fn a_command_means_the_same_in_every_accent_and_its_sign_is_of_what_was_sent() {
        let moment = Timestamp::from_second(1_795_579_200).unwrap();
        let table = Interface::find(6007).unwrap().request.unwrap();
        let usage = Usage { lengths: &Lengths::PRINTED, zone: &shenzhen() };
        let plain = normalise(table, &paid(), usage).unwrap();
        for accent in ALL {
            for digest in [SignDigest::Sha1, SignDigest::Md5] {
                for scope in [SignScope::Array, SignScope::Object] {
                    let rules = SignRules { digest, scope };
                    let Utterance { body, .. } = accent.request(&[paid()], moment, rules);
                    let read = decode_request(RawBody::bare(&body), rules, &shenzhen());
                    let read = read.unwrap_or_else(|error| panic!("{accent:?}: {error}"));
                    assert_eq!(read.timestamp, moment.as_second(), "{accent:?}");
                    assert_eq!(
                        normalise(table, &read.data[0], usage),
                        Ok(plain.clone()),
                        "{accent:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn no_two_accents_print_alike_and_none_prints_as_the_standard_does() {
        let mut printed: Vec<_> = ALL.iter().map(|accent| accent.printed(&paid())).collect();
        printed.push(crate::foreign::json::canonical(&paid()));
        printed.sort();
        printed.dedup();
        assert_eq!(printed.len(), ALL.len() + 1);
        assert!(
            Accent::Java.printed(&json!(120)) == "1.2E+2"
                && Accent::Java.printed(&json!(10)) == "1E+1"
        );
        assert_eq!(Accent::Java.printed(&json!("a=b/c")), "\"a\\u003db/c\"");
        assert_eq!(
            Accent::Php.printed(&json!({ "a": {}, "b": "粤/" })),
            "{\"b\":\"\\u7ca4\\/\",\"a\":[]}"
        );
        assert_eq!(Accent::Dotnet.printed(&json!({ "id": 1 })), "{\"Id\": 1.0}");
    }
}
