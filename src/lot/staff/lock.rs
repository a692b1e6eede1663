//! A locked car let out by hand (C.1.2.3): staff take the responsibility, the record says so.

use super::Done;
use crate::lot::case::Case;
use crate::lot::lane::passage;
use crate::lot::report;
use crate::model::event_kind::EventKind;
use crate::model::happening::{Happening, HoldReason};
use crate::model::remark::Remark;
use crate::model::staff::Refusal;
use crate::standard::plate::PlateNo;
use serde_json::json;

/// The platform hears of it (2002), as of every locked car that is let out by hand.
pub(super) fn release(case: &mut Case<'_>, plate_no: &PlateNo, by: &str) -> Done {
    let record = case.tx.open_record_by_any_plate(plate_no.as_str())?;
    let known = record.and_then(|record| record.plate_no);
    let plate_no = known.as_ref().unwrap_or(plate_no);
    if !case.tx.release_lock(plate_no.as_str(), by)? {
        return Err(Refusal::NotLocked.into());
    }
    case.tell(Happening::LockReleased { plate: plate_no.to_string(), by: by.to_owned() });
    let held = HoldReason::Locked;
    let remark = Remark::LetPassByHand { held: &held, by: Some(by), reason: "" };
    let lane = passage::lane_of_waiting(case, plate_no)?;
    report::plate_event(case, EventKind::OpenedByHand, plate_no, lane, case.now, &remark)?;
    case.may_pass(plate_no.as_str());
    Ok(json!({ "status": "released" }))
}
