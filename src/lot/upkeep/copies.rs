//! Copies of the database: that none can be made is told to the platform, and that they are made again to people.

use crate::lot::case::Case;
use crate::lot::report;
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::store::StoreError;

/// Why none can be made; none where one was. What was noted before is noted yet.
pub fn told(
    case: &mut Case<'_>,
    error: Option<&str>,
    failed_before: bool,
) -> Result<(), StoreError> {
    if let Some(error) = error {
        let (id, kind) = (&case.rules.equipment_id, (EventKind::Database, EventLevel::Fault));
        report::device_event(case, kind, id, &Remark::CopiesFail { error }, None)?;
    } else if failed_before {
        case.tell(Happening::CopiesAgain);
    }
    Ok(())
}
