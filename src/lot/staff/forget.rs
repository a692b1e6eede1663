//! A plate that its owner wants forgotten. It is done with the ticks; small lots have done it at once.

use super::Done;
use crate::lot::case::Case;
use crate::lot::forgetting::{self, WentOn};
use crate::standard::plate::PlateNo;
use serde_json::json;

/// Slices that are done at once.
const AT_ONCE: usize = 12;

pub(super) fn forget(case: &mut Case<'_>, plate_no: &PlateNo, by: &str, reason: &str) -> Done {
    let zone = &case.rules.time_zone;
    forgetting::begin(case.tx, plate_no, (by, reason), (case.now, zone))??;
    for _ in 0..AT_ONCE {
        if let WentOn::Done(told) = forgetting::go_on(case.tx, case.now, zone)? {
            case.tell(told);
            return Ok(json!({ "status": "forgotten" }));
        }
    }
    Ok(json!({ "status": "being forgotten" }))
}
