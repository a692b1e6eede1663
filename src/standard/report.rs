//! One report as it will be sent: checked against its table, in canonical JSON, with the key a reply
//! will name it by.

use super::interface::Interface;
use super::lengths::Lengths;
use super::lenient;
use super::money::{Money, MoneyStyle};
use super::tables::{Kind, Table};
use super::verify::{Violation, verify_by};
use crate::foreign::json::canonical;
use serde::Serialize;
use serde_json::Value;

/// A report ready for the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Interface code.
    pub code: u16,
    /// What a reply names it by; empty where the interface has no such attribute.
    pub key: String,
    /// The element of `data`, canonical.
    pub body: String,
}

/// Why a report cannot be sent as it is.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Not an interface with a request table.
    #[error("interface {0} takes no reports")]
    NoInterface(u16),
    /// It breaks its table; sending it would only be refused.
    #[error("report {code} breaks table {table}: {}", join(violations))]
    Violations {
        /// Interface code.
        code: u16,
        /// The table's number.
        table: &'static str,
        /// Everything wrong.
        violations: Vec<Violation>,
    },
    /// Not representable as JSON.
    #[error("report {0} is not JSON: {1}")]
    Json(u16, serde_json::Error),
}

fn join(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Report {
    /// What a reply would name an element by that does not fit its table.
    pub fn key_of_unfit(code: u16, element: &Value) -> String {
        Interface::find(code).map_or_else(String::new, |interface| key_of(interface, element))
    }

    /// Checks `element` against the interface's table and writes it down.
    pub fn new(
        code: u16,
        element: &impl Serialize,
        style: MoneyStyle,
    ) -> Result<Self, ReportError> {
        Self::by(code, element, style, &Lengths::PRINTED)
    }

    /// The same where the platform allows texts other lengths.
    pub fn by(
        code: u16,
        element: &impl Serialize,
        style: MoneyStyle,
        lengths: &Lengths,
    ) -> Result<Self, ReportError> {
        let interface = Interface::find(code).ok_or(ReportError::NoInterface(code))?;
        let table = interface.request.ok_or(ReportError::NoInterface(code))?;
        let mut value =
            serde_json::to_value(element).map_err(|error| ReportError::Json(code, error))?;
        let violations = verify_by(table, &value, lengths);
        if !violations.is_empty() {
            return Err(ReportError::Violations { code, table: table.number, violations });
        }
        if style != MoneyStyle::Shortest {
            restyle(table, &mut value, style);
        }
        Ok(Self { code, key: key_of(interface, &value), body: canonical(&value) })
    }
}

/// The reply key of a request or reply element: its key attributes' texts, wherever they are nested,
/// in lower case because ids differ in case only by accident.
pub fn key_of(interface: &Interface, element: &Value) -> String {
    let Some(map) = element.as_object() else {
        return String::new();
    };
    let parts: Vec<_> = interface
        .reply_key
        .iter()
        .filter_map(|name| lenient::find_nested(map, name).and_then(lenient::text))
        .map(str::to_ascii_lowercase)
        .collect();
    if parts.len() == interface.reply_key.len() { parts.join("+") } else { String::new() }
}

fn restyle(table: &Table, value: &mut Value, style: MoneyStyle) {
    let Some(map) = value.as_object_mut() else {
        return;
    };
    for field in table.fields {
        let Some(inner) = map.get_mut(field.name) else {
            continue;
        };
        match &field.kind {
            Kind::Money => {
                let amount = lenient::text(inner).and_then(|text| text.parse::<Money>().ok());
                if let Some(amount) = amount {
                    *inner = Value::Number(amount.number(style));
                }
            }
            Kind::Object(table) => restyle(table, inner, style),
            Kind::Rows(table) => {
                for row in inner.as_array_mut().into_iter().flatten() {
                    restyle(table, row, style);
                }
            }
            _ => {}
        }
    }
}

/// The text that decides whether the platform has acknowledged the present form of base data: the
/// body without the moments at which states were looked at.
pub fn form_of(body: &str) -> String {
    without_moment(body).unwrap_or_else(|| parsed_form_of(body))
}

/// Of a body that has one moment, behind others of its attributes, what is left is canonical as it is; none of any other. A
/// lot may have many thousands of spaces, each of them looked at with every start.
fn without_moment(body: &str) -> Option<String> {
    // Within a text its quotation marks would be escaped.
    let (before, after) = body.split_once(r#","moment":""#)?;
    let (moment, after) = after.split_once('"')?;
    (!moment.contains('\\') && !after.contains(r#""moment":"#) && !before.contains(r#""moment":"#))
        .then(|| format!("{before}{after}"))
}

fn parsed_form_of(body: &str) -> String {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("moment");
                map.values_mut().for_each(strip);
            }
            Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value: Value = serde_json::from_str(body).unwrap_or_default();
    strip(&mut value);
    canonical(&value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_is_canonical_and_knows_the_key_of_its_reply() {
        let element = json!({"state": 1, "id": "A1DC1D9FCCDC441FB6238FB43FABA9B8"});
        let report = Report::new(5002, &element, MoneyStyle::Shortest).unwrap();
        assert_eq!(report.body, r#"{"id":"A1DC1D9FCCDC441FB6238FB43FABA9B8","state":1}"#);
        assert_eq!(report.key, "a1dc1d9fccdc441fb6238fb43faba9b8");
    }

    #[test]
    fn a_report_that_breaks_its_table_is_refused_before_it_is_queued() {
        let refused = Report::new(5002, &json!({"id": "x", "state": 7}), MoneyStyle::Shortest);
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("table 58") && message.contains("state"), "{message}");
    }

    #[test]
    fn money_gets_two_decimals_where_the_platform_wants_them() {
        let element = json!({
            "id": "c78e319dab604a268842acf164774592", "enterTime": "2018-01-01 01:01:01",
            "receivables": 20, "discount": 2.5, "received": 17.5,
        });
        let report = Report::new(5004, &element, MoneyStyle::TwoDecimals).unwrap();
        assert!(
            report.body.contains(r#""discount":2.50"#)
                && report.body.contains(r#""receivables":20.00"#)
        );
    }

    #[test]
    fn looking_at_a_state_again_is_not_another_form() {
        let first = r#"{"equipment":{"id":"a","moment":"2026-01-01 00:00:00"},"state":1}"#;
        assert_eq!(form_of(first), form_of(&first.replace("2026", "2027")));
        assert_ne!(form_of(first), form_of(&first.replace(r#""a""#, r#""b""#)));
        for body in [
            first,
            r#"{"moment":"2026-01-01 00:00:00","state":1}"#,
            r#"{"a":1,"moment":"2026","more":{"b":"x","moment":"2027"}}"#,
            r#"{"a":"says \",\"moment\":\"now\"","moment":"2026","z":0}"#,
            r#"{"a":"x","moment":"a \" mark","z":0}"#,
            r#"{"a":"x","moment":5,"z":0}"#,
            r#"{"a":"x"}"#,
        ] {
            assert_eq!(form_of(body), parsed_form_of(body), "{body}");
        }
    }
}
