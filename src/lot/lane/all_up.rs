//! All barriers up: on a fire alarm, or because staff say so. While it lasts nothing closes and nobody is held; only
//! staff end it.

use super::{barrier, condition};
use crate::lot::case::Case;
use crate::lot::report;
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::store::{AllUp, StoreError};

/// All barriers go up and stay there; who waits passes. False when they are up already.
pub fn begin(case: &mut Case<'_>, by: &str, reason: &str) -> Result<bool, StoreError> {
    if case.tx.all_up()?.is_some() {
        return Ok(false);
    }
    let all_up = AllUp { by: by.to_owned(), reason: reason.to_owned(), since: case.now };
    case.tx.set_all_up(Some(&all_up))?;
    for lane in &case.rules.lanes {
        barrier::hold_up(case, lane)?;
        condition::report(case, lane)?;
    }
    let (id, remark) = (&case.rules.equipment_id, Remark::AllUp { by, reason });
    report::device_event(case, (EventKind::AllUp, EventLevel::Alarm), id, &remark, None)?;
    case.tell(Happening::AllUp { by: by.to_owned(), reason: reason.to_owned() });
    case.anybody_may_pass();
    Ok(true)
}

/// Staff end it; false when they are not up.
pub fn end(case: &mut Case<'_>, by: &str, reason: &str) -> Result<bool, StoreError> {
    if case.tx.all_up()?.is_none() {
        return Ok(false);
    }
    case.tx.set_all_up(None)?;
    for lane in &case.rules.lanes {
        barrier::let_down(case, lane)?;
        condition::report(case, lane)?;
    }
    let (id, remark) = (&case.rules.equipment_id, Remark::AllUpEnded { by, reason });
    report::device_event(case, (EventKind::AllUp, EventLevel::Ordinary), id, &remark, None)?;
    case.tell(Happening::AllUpEnded { by: by.to_owned(), reason: reason.to_owned() });
    Ok(true)
}
