//! A read that its camera sent late, of a moment that cannot be right: it opens nothing and makes no stay. It is kept, and
//! somebody is told, since a car may have come or gone unseen.

use crate::lot::case::Case;
use crate::lot::report;
use crate::model::event::PlateRead;
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::put_aside::{Aside, AsideKind, AsideWhy};
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::years::{self, earlier, later};
use crate::store::StoreError;
use jiff::{SignedDuration, Timestamp};

/// A read is sent so late at the most.
pub const LATE_AT_MOST: SignedDuration = SignedDuration::from_hours(24 * 40);
/// A camera's clock may be so far ahead of ours.
pub const AHEAD_AT_MOST: SignedDuration = SignedDuration::from_mins(5);

/// An event of each camera is told so often; how many reads there are people see where they are kept.
const TOLD_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Whether a read cannot have been made then. While nobody knows what time it is, only the years are asked.
pub fn is_out_of_time(case: &Case<'_>, made: Timestamp) -> bool {
    if case.clock_trusted() {
        made < earlier(case.now, LATE_AT_MOST) || later(case.now, AHEAD_AT_MOST) < made
    } else {
        years::time(DateTime::at(made, &case.rules.time_zone)).is_err()
    }
}

/// Keeps such a read.
pub fn keep(case: &mut Case<'_>, read: &PlateRead, made: Timestamp) -> Result<(), StoreError> {
    let rules = case.rules;
    let lane = rules.lane_of_camera(&read.device_id);
    let at = DateTime::at(made, &rules.time_zone).to_string();
    let plate_no = read.plate.as_ref().map(ToString::to_string);
    let aside = Aside {
        why: AsideWhy::OutOfTime,
        kind: AsideKind::Read,
        name: name_of(&read.device_id, &read.message),
        device_id: Some(read.device_id.clone()),
        lane_id: lane.map(|lane| lane.id.clone()),
        plate_no: plate_no.clone(),
        said: at.clone(),
        body: serde_json::to_string(read).ok(),
    };
    let told = case.tx.was_put_aside_since(&aside, begin_of(case.now, TOLD_EVERY))?;
    case.tx.put_aside(&aside, case.now)?;
    let remark = Remark::OutOfTime { at: &at };
    match &read.plate {
        // A camera that sends a day's reads with a wrong date is one thing to see to.
        _ if told => {}
        Some(plate) => {
            report::plate_event(case, EventKind::OutOfTime, plate, lane, case.now, &remark)?;
        }
        None => {
            let position = lane.map(|lane| lane.name.as_str());
            let kind = (EventKind::OutOfTime, EventLevel::Alarm);
            report::device_event(case, kind, &read.device_id, &remark, position)?;
        }
    }
    let device = rules.device_name(&read.device_id);
    let lane = lane.map_or_else(|| device.clone(), |lane| lane.name.clone());
    case.tell(Happening::OutOfTime { lane, device, plate: plate_no, at });
    Ok(())
}

/// What tells a read from all others.
pub fn name_of(device_id: &Id, message: &str) -> String {
    format!("{device_id}:{message}")
}

/// When the span began that a moment lies in.
fn begin_of(moment: Timestamp, span: SignedDuration) -> Timestamp {
    let into = moment.as_second().rem_euclid(span.as_secs().max(1));
    earlier(moment, SignedDuration::new(into, moment.subsec_nanosecond()))
}
