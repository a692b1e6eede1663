//! The moments that elements of interfaces name (kind `DateTime` of their tables), found and written otherwise. For whoever
//! finds that the clock they were told by was wrong; it knows no clock.

use super::datetime::DateTime;
use super::interface::Interface;
use super::tables::{Kind, Table};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Writes each moment of an element of an interface as `other` says, in the lot's zone; what it leaves stays.
pub fn rewrite(
    code: u16,
    element: &mut Value,
    zone: &TimeZone,
    other: &impl Fn(Timestamp) -> Option<Timestamp>,
) {
    if let Some(table) = Interface::find(code).and_then(|interface| interface.request) {
        rewrite_by(table, element, zone, other);
    }
}

fn rewrite_by(
    table: &Table,
    element: &mut Value,
    zone: &TimeZone,
    other: &impl Fn(Timestamp) -> Option<Timestamp>,
) {
    let Some(attributes) = element.as_object_mut() else { return };
    for field in table.fields {
        let Some(value) = attributes.get_mut(field.name) else { continue };
        match field.kind {
            Kind::DateTime => {
                let told = value.as_str().and_then(|text| text.parse::<DateTime>().ok());
                let moment = told.and_then(|told| told.moment(zone)).and_then(other);
                if let Some(moment) = moment {
                    *value = DateTime::at(moment, zone).to_string().into();
                }
            }
            Kind::Object(table) => rewrite_by(table, value, zone, other),
            Kind::Rows(table) => {
                for row in value.as_array_mut().into_iter().flatten() {
                    rewrite_by(table, row, zone, other);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use serde_json::json;

    #[test]
    fn moments_are_written_otherwise_wherever_they_stand_and_nothing_else_is() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let at = |text: &str| text.parse::<DateTime>().unwrap().moment(&zone).unwrap();
        let since = at("1970-01-02 00:00:00");
        let other = |moment: Timestamp| {
            (moment < since).then(|| moment + SignedDuration::from_hours(24 * 20_000))
        };
        let record = |enter: &str, leave: &str| {
            json!({ "id": "a", "enterTime": enter, "leaveTime": leave, "receivables": 5,
                    "parkCarInfo": { "plateNo": "1970-01-01 00:00:00" } })
        };
        let mut told = record("1970-01-01 08:00:00", "2026-03-02 09:00:00");
        rewrite(5005, &mut told, &zone, &other);
        assert_eq!(told, record("2024-10-04 08:00:00", "2026-03-02 09:00:00"));
        let mut odd = json!(["1970-01-01 08:00:00"]);
        rewrite(5005, &mut odd, &zone, &other);
        rewrite(9999, &mut odd, &zone, &other);
        assert_eq!(odd, json!(["1970-01-01 08:00:00"]));
    }
}
