//! Another gateway that drives the lot, too, or no longer: it is told, and what was held back for it is taken up.

use crate::lot::case::Case;
use crate::lot::lane::{barrier, passage};
use crate::lot::report;
use crate::lot::stay;
use crate::model::another_gateway::{AnotherGateway, Stance};
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::store::StoreError;
use jiff::Timestamp;

/// The other drives no longer, as far as is known: whom it has let out meanwhile is not inside any more. Of who was let
/// pass here that is known; who was held for its money, and is gone, has paid there. The other has told the platform.
pub(super) fn let_out_by_it(case: &mut Case<'_>, since: Timestamp) -> Result<(), StoreError> {
    for record in case.tx.records_inside()? {
        let stands_there = match &record.plate_no {
            Some(plate_no) => passage::lane_of_waiting(case, plate_no)?.is_some(),
            None => false,
        };
        if !stands_there && case.tx.was_at_exit(&record.id, since, case.now)? {
            stay::let_out_by_another(case, record)?;
        }
    }
    Ok(())
}

/// What is so now, after what was noted before.
pub(super) fn told(
    case: &mut Case<'_>,
    before: Option<&AnotherGateway>,
    now: Option<AnotherGateway>,
) -> Result<(), StoreError> {
    if before == now.as_ref() {
        return Ok(());
    }
    if stands_back(before) && !stands_back(now.as_ref()) {
        barrier::take_up(case)?;
    }
    let id = &case.rules.equipment_id;
    match now {
        Some(AnotherGateway { stance, box_id: other, here }) => {
            let remark = Remark::AnotherGateway { stance, other: &other };
            let kind = (EventKind::AnotherGateway, EventLevel::Alarm);
            report::device_event(case, kind, id, &remark, None)?;
            case.tell(Happening::AnotherGateway { stance, other, here });
        }
        None => {
            let kind = (EventKind::AnotherGateway, EventLevel::Ordinary);
            report::device_event(case, kind, id, &Remark::NoOtherGateway, None)?;
            case.tell(Happening::NoOtherGateway);
        }
    }
    Ok(())
}

/// Whether this gateway stands back for that one.
pub(super) fn stands_back(another: Option<&AnotherGateway>) -> bool {
    another.is_some_and(|another| another.stance == Stance::StandsBack)
}
