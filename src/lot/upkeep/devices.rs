//! What devices' states mean for the lot: online or offline, their clocks.

use crate::lot::case::Case;
use crate::lot::garage::mission;
use crate::lot::lane::{barrier, camera_list, condition, crossing};
use crate::lot::report;
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::standard::id::Id;
use crate::store::StoreError;

/// A device was heard after silence, or fell silent.
pub fn state(case: &mut Case<'_>, id: &Id, online: bool) -> Result<(), StoreError> {
    let before = case.tx.device_online(id.as_str())?;
    if !case.tx.set_device_online(id.as_str(), online, case.now)? {
        return Ok(());
    }
    report::device_state(case, id, online)?;
    if !online {
        crossing::loops_unheard(case, Some(id))?;
        let kind = (EventKind::Offline, EventLevel::Fault);
        report::device_event(case, kind, id, &Remark::DeviceOffline, None)?;
    }
    condition::review_all(case)?;
    if online {
        if before == Some(false) {
            barrier::hold_again(case, id)?;
        }
        mission::resume(case, Some(id))?;
        camera_list::heard(case, id)?;
    }
    let device = case.rules.device_name(id);
    case.tell(if online {
        Happening::DeviceOnline { device }
    } else {
        Happening::DeviceOffline { device }
    });
    Ok(())
}

/// A device's clock agrees with ours, or no longer does.
pub fn clock(case: &mut Case<'_>, id: &Id, right: bool) -> Result<(), StoreError> {
    if case.tx.set_device_clock(id.as_str(), right)? && !right {
        let kind = (EventKind::Clock, EventLevel::Alarm);
        report::device_event(case, kind, id, &Remark::ClockWrong, None)?;
    }
    Ok(())
}
