//! A parking record corrected by hand (5006), whether its car is still inside or has left.

use super::super::reports::Reporter;
use super::super::{Context, LotError, Outcome, passage};
use super::{Done, Refusal};
use crate::happening::Happening;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{ParkingRecord, RecordType, Transaction};
use jiff::Timestamp;
use serde_json::json;

/// What is to be otherwise; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// The record.
    pub record_id: Option<Id>,
    /// The true plate.
    pub plate_no: Option<PlateNo>,
    /// The true colour of the plate, 3 characters at most.
    pub plate_color: Option<String>,
    /// The true size, table 11's `carModel`.
    pub car_model: Option<i64>,
    /// When it came in truly.
    pub enter_time: Option<Timestamp>,
    /// When it left truly; ends a stay that is still open.
    pub leave_time: Option<Timestamp>,
}

pub(super) fn correct(
    tx: &Transaction<'_>,
    context: Context<'_>,
    operator: &str,
    correction: &Correction,
    out: &mut Outcome,
) -> Result<Done, LotError> {
    let id = correction.record_id.as_ref().map_or("", Id::as_str);
    let Some(before) = tx.record(id)? else {
        return Ok(Err(Refusal::NoRecord));
    };
    let after = corrected(&before, correction);
    if after.leave_time.is_some_and(|left| left < after.enter_time) {
        return Ok(Err(Refusal::EndsBeforeItBegan));
    }
    let inside = after.leave_time.is_none();
    if inside && after.plate_no != before.plate_no && tx.open_record_of(&after.plate_no)?.is_some()
    {
        return Ok(Err(Refusal::PlateInside));
    }
    tx.update_record(&after)?;
    Reporter::new(tx, context).record(5006, &after, out)?;
    out.tell(Happening::Corrected {
        plate: after.plate_no.clone(),
        record: after.id.clone(),
        by: operator.to_owned(),
    });
    if before.leave_time.is_none() {
        settle(tx, context, &before, &after, out)?;
        Reporter::new(tx, context).counts(out)?;
        passage::reconsider_plate(tx, context, out, &after.plate_no)?;
        passage::reconsider_full(tx, context, out)?;
    }
    Ok(Ok(json!({ "status": "corrected", "recordId": after.id })))
}

/// What hangs on a car that was thought inside: its lock, its space.
fn settle(
    tx: &Transaction<'_>,
    context: Context<'_>,
    before: &ParkingRecord,
    after: &ParkingRecord,
    out: &mut Outcome,
) -> Result<(), LotError> {
    if after.leave_time.is_none() {
        tx.move_lock(&before.plate_no, &after.plate_no)?;
        return Ok(());
    }
    tx.unlock(&before.plate_no)?;
    if let Some(space_no) = &after.space_no
        && tx.set_space_state(space_no, 0)?
    {
        Reporter::new(tx, context).space_state(space_no, out)?;
    }
    Ok(())
}

fn corrected(before: &ParkingRecord, correction: &Correction) -> ParkingRecord {
    let mut after = before.clone();
    if let Some(plate_no) = &correction.plate_no {
        after.plate_no = plate_no.to_string();
    }
    after.plate_color = correction.plate_color.clone().or(after.plate_color);
    after.car_model = correction.car_model.or(after.car_model);
    after.enter_time = correction.enter_time.unwrap_or(after.enter_time);
    if before.leave_time.is_none() && correction.leave_time.is_some() {
        // Nobody saw it leave; what it would have owed is not claimed.
        after.receivables = after.received + after.discount;
        after.record_type = RecordType::Abnormal;
    }
    after.leave_time = correction.leave_time.or(after.leave_time);
    after
}
