//! The end of a stay that nobody saw, told late: the car came in again meanwhile and its stay was closed without it. The
//! record gets its true end, and costs what it cost by then.

use super::image::{self, End};
use super::sighting::Sighting;
use super::{end_at, lease, seen_leaving};
use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rights::access;
use crate::model::happening::Happening;
use crate::standard::codes::RecordReport;
use crate::standard::money::Money;
use crate::store::{ParkingRecord, RecordType, StoreError};

/// Puts right the stay that ended when a car was seen going out, where one was closed unseen around that moment; whether
/// there was one.
pub fn told(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<bool, StoreError> {
    let plate_no = sighting.plate().as_str();
    // It ended when its car was read coming in again, after this.
    let since = case.tx.visits_of(plate_no, sighting.at, case.now, MOST)?;
    let unseen = |record: &&ParkingRecord| {
        record.record_type == RecordType::Abnormal
            && record.leave_lane.is_none()
            && record.out_equipment_id.is_none()
            && record.enter_time < sighting.at
    };
    let Some(before) = since.iter().find(unseen).cloned() else { return Ok(false) };
    let mut after = ParkingRecord { leave_time: None, ..before.clone() };
    let owes = access::bill(case, &after, sighting.at)?.due > Money::ZERO;
    end_at(case, &mut after, sighting.at)?;
    seen_leaving(&mut after, sighting);
    if owes && sighting.by_camera {
        after.receivables = after.receivables.min(after.received + after.discount);
    }
    if !owes {
        after.record_type = RecordType::Normal;
    }
    image::keep(case, sighting, &after, End::Exit)?;
    case.tx.update_record(&after)?;
    lease::corrected_after(case, &before, &after)?;
    report::record(case, RecordReport::Corrected, &after)?;
    case.tell(Happening::Left {
        lane: sighting.lane.name.clone(),
        plate: after.plate_text().to_owned(),
        record: after.id.clone(),
        received: after.received,
    });
    Ok(true)
}

/// Stays of one plate since a moment gone by; more are none of its business.
const MOST: u32 = 16;
