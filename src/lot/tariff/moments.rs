//! When things of the clock happen: the next moment at which clocks show a time, and moments far away. For the meter;
//! it knows no price.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The next moment after `at` at which clocks show `time`; at the end of time, the end of time.
pub(super) fn next(at: Timestamp, time: Time, zone: &TimeZone) -> Timestamp {
    let today = zone.to_datetime(at).date();
    [Ok(today), today.tomorrow(), today.tomorrow().and_then(Date::tomorrow)]
        .into_iter()
        .filter_map(|date| {
            zone.to_ambiguous_timestamp(date.ok()?.to_datetime(time)).compatible().ok()
        })
        .find(|moment| *moment > at)
        .unwrap_or(Timestamp::MAX)
}

/// The beginning of a day; the end of time where it has none.
pub(super) fn midnight(date: Date, zone: &TimeZone) -> Timestamp {
    let midnight = zone.to_ambiguous_timestamp(date.to_datetime(Time::midnight())).compatible();
    midnight.unwrap_or(Timestamp::MAX)
}

/// So many milliseconds later, at most the end of time.
pub(super) fn later(at: Timestamp, milliseconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_millis(milliseconds)).unwrap_or(Timestamp::MAX)
}

/// Which window of that length from `start` a moment is in, the first is 0, and its end.
pub(super) fn window(start: Timestamp, seconds: i64, at: Timestamp) -> (i64, Timestamp) {
    let seconds = seconds.max(1);
    let number = at.duration_since(start).as_secs().div_euclid(seconds);
    let end = number.saturating_add(1).saturating_mul(seconds).saturating_mul(1000);
    (number, later(start, end))
}

/// The milliseconds of a length.
pub(super) fn milliseconds(length: SignedDuration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
