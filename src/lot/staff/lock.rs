//! A locked car let out by hand (C.1.2.3): staff take the responsibility, the record says so.

use super::Done;
use crate::lot::case::Case;
use crate::model::happening::Happening;
use crate::model::staff::Refusal;
use crate::standard::plate::PlateNo;
use serde_json::json;

pub(super) fn release(case: &mut Case<'_>, plate_no: &PlateNo, by: &str) -> Done {
    if !case.tx.release_lock(plate_no.as_str(), by)? {
        return Err(Refusal::NotLocked.into());
    }
    case.tell(Happening::LockReleased { plate: plate_no.to_string(), by: by.to_owned() });
    case.may_pass(plate_no.as_str());
    Ok(json!({ "status": "released" }))
}
