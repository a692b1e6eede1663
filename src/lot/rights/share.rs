//! Shared parking (6004): the windows in which a car stands for what it paid elsewhere. Plain
//! arithmetic in the lot's time zone.

use crate::lot::interval::Interval;
use crate::store::Share;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

/// The windows of a share that touch `stay`. A window belongs to the day it begins on; one whose end is
/// not later than its beginning ends on the next day; the buffer lengthens it on both sides.
pub fn windows(share: &Share, stay: Interval, zone: &TimeZone) -> Vec<Interval> {
    let buffer = SignedDuration::from_mins(share.buffer_minutes);
    // A window that began the day before, or whose buffer begins the day after, may reach into the stay.
    let reach = SignedDuration::from_hours(24).saturating_add(buffer);
    let day_of = |moment| zone.to_datetime(moment).date();
    let first = day_of(stay.from.checked_sub(reach).unwrap_or(stay.from)).max(share.start_date);
    let last = day_of(stay.to.checked_add(reach).unwrap_or(stay.to)).min(share.end_date);
    first
        .series(1.day())
        .take_while(|day| *day <= last)
        .filter(|day| shares_on(share, day.weekday()))
        .filter_map(|day| window(share, day, buffer, zone))
        .map(|window| Interval {
            to: share.cancelled_at.map_or(window.to, |cancelled| window.to.min(cancelled)),
            ..window
        })
        .filter(|window| window.from < stay.to && window.to > stay.from && window.from < window.to)
        .collect()
}

fn shares_on(share: &Share, day: Weekday) -> bool {
    let index = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
    share.week_days.get(index).copied().unwrap_or(false)
}

fn window(share: &Share, day: Date, buffer: SignedDuration, zone: &TimeZone) -> Option<Interval> {
    let end_day = if share.end_time > share.start_time { day } else { day.tomorrow().ok()? };
    let at = |day: Date, time: Time| {
        zone.to_ambiguous_timestamp(day.to_datetime(time)).compatible().ok()
    };
    let from = at(day, share.start_time)?.checked_sub(buffer).ok()?;
    let to = at(end_day, share.end_time)?.checked_add(buffer).ok()?;
    Some(Interval { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    fn at(local: &str) -> Timestamp {
        zone().to_timestamp(local.parse().unwrap()).unwrap()
    }

    fn interval(from: &str, to: &str) -> Interval {
        Interval { from: at(from), to: at(to) }
    }

    /// Mondays and Tuesdays of March 2026.
    fn share(start: &str, end: &str, buffer_minutes: i64) -> Share {
        Share {
            id: "s".to_owned(),
            plate_no: "粤B88888".to_owned(),
            start_date: "2026-03-01".parse().unwrap(),
            end_date: "2026-03-31".parse().unwrap(),
            start_time: start.parse().unwrap(),
            end_time: end.parse().unwrap(),
            buffer_minutes,
            week_days: [true, true, false, false, false, false, false],
            cancelled_at: None,
        }
    }

    // 2026-03-02 is a Monday.
    fn week() -> Interval {
        interval("2026-03-01T00:00", "2026-03-08T00:00")
    }

    #[test]
    fn a_window_opens_on_its_week_days_only_and_its_buffer_lengthens_it() {
        assert_eq!(
            windows(&share("09:00:00", "19:00:00", 30), week(), &zone()),
            [
                interval("2026-03-02T08:30", "2026-03-02T19:30"),
                interval("2026-03-03T08:30", "2026-03-03T19:30"),
            ]
        );
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
        let night = share("19:00:00", "07:00:00", 0);
        let wednesday = interval("2026-03-04T06:00", "2026-03-04T08:00");
        assert_eq!(
            windows(&night, wednesday, &zone()),
            [interval("2026-03-03T19:00", "2026-03-04T07:00")]
        );
        let monday = interval("2026-03-02T06:00", "2026-03-02T08:00");
        assert_eq!(windows(&night, monday, &zone()), []);
    }

    #[test]
    fn dates_bound_it_and_cancelling_ends_it() {
        let mut share = share("09:00:00", "19:00:00", 0);
        let april = interval("2026-04-06T00:00", "2026-04-07T00:00");
        assert_eq!(windows(&share, april, &zone()), []);
        share.cancelled_at = Some(at("2026-03-02T12:00"));
        assert_eq!(
            windows(&share, week(), &zone()),
            [interval("2026-03-02T09:00", "2026-03-02T12:00")]
        );
    }
}
