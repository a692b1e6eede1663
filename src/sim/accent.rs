//! How devices print what they say: numbers as text, floats for whole numbers, GBK, byte order marks, NULs behind. The same
//! message in each means the same.

use encoding_rs::GBK;
use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use serde_json::{Map, Number, Value};

/// A device's way of printing JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceAccent {
    /// As it is documented.
    Plain,
    /// Numbers as text, some with decimals.
    Texts,
    /// Floats where whole numbers belong, the larger ones with an exponent.
    Floats,
    /// GBK, with a NUL and a line's end behind.
    Gbk,
    /// Moments as the lot's clock shows them, with slashes and a fraction.
    Clocks,
    /// UTF-8 with a byte order mark, NULs and white space around.
    Marked,
}

impl DeviceAccent {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Plain, Self::Texts, Self::Floats, Self::Clocks, Self::Gbk, Self::Marked];

    /// A message in this accent.
    pub fn say(self, message: &Value) -> Vec<u8> {
        let text = match self {
            Self::Texts | Self::Floats | Self::Clocks => self.printed(message).to_string(),
            Self::Plain | Self::Gbk | Self::Marked => message.to_string(),
        };
        match self {
            Self::Gbk => [&GBK.encode(&text).0, b"\0\r\n".as_slice()].concat(),
            Self::Marked => [b"\xef\xbb\xbf\r\n", text.as_bytes(), b"\0\0\n"].concat(),
            Self::Plain | Self::Texts | Self::Floats | Self::Clocks => text.into_bytes(),
        }
    }

    fn printed(self, value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let members = map.iter().map(|(name, inner)| (name.clone(), self.printed(inner)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            Value::Array(items) => items.iter().map(|inner| self.printed(inner)).collect(),
            Value::Number(number) => self.number(number),
            other => other.clone(),
        }
    }

    fn number(self, number: &Number) -> Value {
        let Some(whole) = number.as_i64() else { return number.clone().into() };
        let float = match whole {
            1_000_000.. => format!("{}.{:06}E6", whole / 1_000_000, whole % 1_000_000),
            _ => format!("{whole}.0"),
        };
        let moment = Timestamp::from_second(whole).ok().filter(|_| MOMENTS.contains(&whole));
        match self {
            Self::Clocks => moment.map_or_else(|| number.clone().into(), clock),
            Self::Texts if whole < 1000 => format!("{whole}.00").into(),
            Self::Texts => whole.to_string().into(),
            // What is printed here is a number.
            _ => serde_json::from_str(&float).unwrap_or(Value::Null),
        }
    }
}

/// Numbers that are seconds since 1970.
const MOMENTS: std::ops::Range<i64> = 1_000_000_000..4_000_000_000;

/// As the clock of a lot in Shenzhen shows it.
fn clock(moment: Timestamp) -> Value {
    let local = TimeZone::fixed(offset(8)).to_datetime(moment);
    local.strftime("%Y/%-m/%-d %H:%M:%S.0").to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_is_printed_otherwise_and_says_the_same() {
        let message = json!({ "a": 1, "t": 1_764_043_200, "p": "粤" });
        let said = |accent: DeviceAccent| accent.say(&message);
        assert_eq!(
            said(DeviceAccent::Texts),
            r#"{"a":"1.00","p":"粤","t":"1764043200"}"#.as_bytes()
        );
        assert_eq!(
            said(DeviceAccent::Floats),
            r#"{"a":1.0,"p":"粤","t":1764.043200e+6}"#.as_bytes()
        );
        let clocks = r#"{"a":1,"p":"粤","t":"2025/11/25 12:00:00.0"}"#;
        assert_eq!(said(DeviceAccent::Clocks), clocks.as_bytes());
        assert!(said(DeviceAccent::Marked).starts_with(b"\xef\xbb\xbf"));
        assert!(std::str::from_utf8(&said(DeviceAccent::Gbk)).is_err());
    }
}
