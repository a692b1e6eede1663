//! The calendar of working days: a year that its prices need and that is missing is told once, 60 days before it begins.

use crate::lot::case::Case;
use crate::lot::report;
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::store::StoreError;

/// Tells that a year is missing.
pub fn remind(case: &mut Case<'_>) -> Result<(), StoreError> {
    let tariff = &case.rules.tariff;
    if !tariff.needs_calendar() {
        return Ok(());
    }
    let today = case.rules.time_zone.to_datetime(case.now).date();
    let Some(year) = tariff.calendar.missing(today) else { return Ok(()) };
    if case.tx.note_calendar_told(year)? {
        let (id, remark) = (&case.rules.equipment_id, Remark::CalendarMissing { year });
        report::device_event(case, (EventKind::Calendar, EventLevel::Fault), id, &remark, None)?;
        case.tell(Happening::CalendarMissing { year });
    }
    Ok(())
}
