//! A parking record corrected by hand (5006), whether its car is still inside or has left.

use super::Done;
use crate::lot::case::Case;
use crate::lot::money::relief::Taken;
use crate::lot::report::{self, occupancy};
use crate::lot::stay::{self, contract, coupon, lease, payment, rename};
use crate::model::happening::Happening;
use crate::model::staff::{Correction, Refusal};
use crate::standard::codes::RecordReport;
use crate::standard::id::Id;
use crate::store::{ParkingRecord, Passing, StoreError};
use jiff::Timestamp;
use serde_json::json;

pub(super) fn correct(case: &mut Case<'_>, operator: &str, correction: &Correction) -> Done {
    let id = correction.record_id.clone().unwrap_or_else(|| Id::from(""));
    let before = case.tx.record(&id)?.ok_or(Refusal::NoRecord)?;
    let mut after = corrected(&before, correction);
    if after.leave_time.is_some_and(|left| left < after.enter_time) {
        return Err(Refusal::EndsBeforeItBegan.into());
    }
    let inside = after.leave_time.is_none();
    if inside
        && after.plate_no != before.plate_no
        && case
            .tx
            .open_record_by_any_plate(after.plate_text())?
            .is_some_and(|record| record.id != after.id)
    {
        return Err(Refusal::PlateInside.into());
    }
    let ends = before.leave_time.is_none() && !inside;
    if before.leave_time.is_none() {
        // Its lease is its true plate's, and counts before it ends.
        let still_inside = ParkingRecord { leave_time: None, ..after.clone() };
        lease::corrected(case, &before, &still_inside)?;
        if after.plate_no != before.plate_no {
            coupon::renamed(case, &still_inside)?;
        }
    }
    if before.leave_time.is_none() && is_priced_otherwise(&before, &after) {
        payment::corrected(case, &ParkingRecord { leave_time: None, ..after.clone() })?;
    }
    let mut taken = Vec::new();
    if ends {
        taken = reckon(case, &mut after)?;
        lease::leave(case, &after)?;
    }
    case.tx.update_record(&after)?;
    lease::corrected_after(case, &before, &after)?;
    if ends {
        coupon::end(case, &after, &taken)?;
    }
    let which = if ends { RecordReport::Out } else { RecordReport::Corrected };
    report::record(case, which, &after)?;
    case.tell(Happening::Corrected {
        plate: after.plate_text().to_owned(),
        before: before.plate_text().to_owned(),
        reason: correction.reason.clone().unwrap_or_default(),
        record: after.id.clone(),
        by: operator.to_owned(),
    });
    if after.plate_no != before.plate_no {
        case.tx.rename_unseen_passage(&after.id, after.plate_text())?;
        plate_known(case, &after)?;
    }
    if before.leave_time.is_none() {
        settle(case, &before, &after)?;
        occupancy::changed(case)?;
        case.may_pass(after.plate_text());
        case.space_freed();
    }
    Ok(json!({ "status": "corrected", "recordId": after.id }))
}

/// Whether what a stay costs may be another than was told.
fn is_priced_otherwise(before: &ParkingRecord, after: &ParkingRecord) -> bool {
    let of = |record: &ParkingRecord| {
        (record.enter_time, record.plate_no.clone(), record.plate_color.clone(), record.car_model)
    };
    of(before) != of(after)
}

/// What a stay cost that staff end. On the street it cost what its time does; where a barrier should have held the car,
/// nobody knows whether it paid there.
fn reckon(case: &Case<'_>, ended: &mut ParkingRecord) -> Result<Vec<Taken>, StoreError> {
    let left = ended.leave_time.take().unwrap_or(case.now);
    let end = if case.rules.on_street { stay::end_at } else { stay::end_unseen_at };
    end(case, ended, left)
}

/// Whose plate is known only now has not been asked for a contract yet, and what it owes was asked for without it.
fn plate_known(case: &mut Case<'_>, after: &ParkingRecord) -> Result<(), StoreError> {
    contract::ask(case, after, contract::AT_ENTRY);
    if after.leave_time.is_some() {
        payment::ask(case, after)?;
    }
    Ok(())
}

/// What hangs on a car that was thought inside: its lock, its space, its way out.
fn settle(
    case: &mut Case<'_>,
    before: &ParkingRecord,
    after: &ParkingRecord,
) -> Result<(), StoreError> {
    let way_out = way_out(case, before)?;
    if after.leave_time.is_some() {
        case.tx.unlock(before.plate_text())?;
        if let Some(passing) = way_out {
            // It drives away under a barrier that is open already, and its stay is ended by hand.
            case.tx.clear_passing(&passing)?;
        }
        stay::vacate(case, after)?;
        // What it owes is collected by the platform (C.2.2.5).
        payment::ask(case, after)?;
        return Ok(());
    }
    case.tx.move_lock(before.plate_text(), after.plate_text())?;
    if let (Some(mut passing), Some(plate_no)) = (way_out, &after.plate_no) {
        // It leaves under the plate it has now.
        passing.car.plate_no = plate_no.clone();
        case.tx.set_passing(&passing)?;
    }
    Ok(())
}

/// Where the car of a record stands that was let out and is not through yet. A car of its plate that comes
/// in is another, or its next stay.
fn way_out(case: &Case<'_>, record: &ParkingRecord) -> Result<Option<Passing>, StoreError> {
    let goes_out = |passing: &Passing| {
        passing.leaves
            && record.plate_no.as_ref() == Some(&passing.car.plate_no)
            && passing.decided_at >= record.enter_time
            && passing.record_id.is_none()
    };
    Ok(case.tx.all_passing()?.into_iter().find(goes_out))
}

fn corrected(before: &ParkingRecord, correction: &Correction) -> ParkingRecord {
    let mut after = before.clone();
    if let Some(plate_no) = &correction.plate_no {
        after.license_plate_type = rename::type_of_plate(before, plate_no);
        after.plate_no = Some(plate_no.clone());
    }
    after.plate_color = correction.plate_color.clone().or(after.plate_color);
    after.car_model = correction.car_model.or(after.car_model);
    after.enter_time = correction.enter_time.unwrap_or(after.enter_time);
    // Clocks on walls have seconds: it left no earlier than it came in that second.
    let same_second = |left: &Timestamp| left.as_second() == after.enter_time.as_second();
    let left = correction.leave_time;
    let left = left.map(|left| if same_second(&left) { left.max(after.enter_time) } else { left });
    after.leave_time = left.or(after.leave_time);
    after
}
