//! The standard's date and time forms (table 2): local text for records, seconds for envelopes.

use jiff::civil;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// `yyyy-MM-dd HH:mm:ss` in the lot's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(pub civil::DateTime);

/// A text that is not of the form the standard prints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date and time of the form yyyy-MM-dd HH:mm:ss")]
pub struct BadDateTime(pub String);

impl DateTime {
    /// The local text of a moment, to the second.
    pub fn at(moment: jiff::Timestamp, zone: &jiff::tz::TimeZone) -> Self {
        Self(zone.to_datetime(moment))
    }

    /// The moment, taking the earlier one where a clock change makes the text ambiguous.
    pub fn moment(self, zone: &jiff::tz::TimeZone) -> Option<jiff::Timestamp> {
        zone.to_ambiguous_timestamp(self.0).earlier().ok()
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date(), self.0.time());
        write!(f, "{date} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
    }
}

impl FromStr for DateTime {
    type Err = BadDateTime;

    fn from_str(text: &str) -> Result<Self, BadDateTime> {
        let bad = || BadDateTime(text.to_owned());
        if text.len() != 19 || text.as_bytes().get(10) != Some(&b' ') {
            return Err(bad());
        }
        let (date, time) = text.split_once(' ').ok_or_else(bad)?;
        let date: civil::Date = date.parse().map_err(|_| bad())?;
        let time: civil::Time = time.parse().map_err(|_| bad())?;
        Ok(Self(date.to_datetime(time)))
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A count in seconds; milliseconds are recognised by their size (ambiguity 17).
pub fn timestamp_seconds(received: i64) -> i64 {
    if received > 1 << 32 { received / 1000 } else { received }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_the_lots_own_time() {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let moment = jiff::Timestamp::from_second(1_700_000_000).unwrap();
        let text = DateTime::at(moment, &zone);
        assert_eq!(text.to_string(), "2023-11-15 06:13:20");
        assert_eq!(text.to_string().parse::<DateTime>().unwrap().moment(&zone), Some(moment));
    }

    #[test]
    fn other_forms_are_refused_with_the_form_that_is_wanted() {
        for bad in ["2023-11-15", "2023-11-15T06:13:20", "2023-13-01 00:00:00", "", "粤B"] {
            assert!(bad.parse::<DateTime>().is_err(), "{bad}");
        }
    }

    #[test]
    fn milliseconds_are_taken_for_milliseconds() {
        assert_eq!(timestamp_seconds(1_700_000_000), 1_700_000_000);
        assert_eq!(timestamp_seconds(1_700_000_000_123), 1_700_000_000);
    }
}
