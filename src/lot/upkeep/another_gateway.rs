//! Another gateway that drives the lot, too, or no longer: it is told, and what was held back for it is taken up.

use crate::lot::case::Case;
use crate::lot::lane::barrier;
use crate::lot::report;
use crate::model::another_gateway::{AnotherGateway, Stance};
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::store::StoreError;

/// What is so now, after what was noted before.
pub(super) fn told(
    case: &mut Case<'_>,
    before: Option<&AnotherGateway>,
    now: Option<AnotherGateway>,
) -> Result<(), StoreError> {
    if before == now.as_ref() {
        return Ok(());
    }
    let stands_back = |another: Option<&AnotherGateway>| {
        another.is_some_and(|another| another.stance == Stance::StandsBack)
    };
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
