//! Whether a car's payments are deducted automatically (5010, C.1.2.6): asked in the background, once at
//! the entry and once more at the exit where that went unanswered. The lane never waits.

use super::event::ContractQuestion;
use super::{Context, LotError, Outcome, passage};
use crate::store::{ParkingRecord, Transaction};
use std::time::Duration;

/// An answer at the entry may take as long as any.
pub const AT_ENTRY: Duration = Duration::from_secs(20);
/// At the exit a driver waits.
pub const AT_EXIT: Duration = Duration::from_secs(2);

/// What to ask about a car.
pub fn question(record: &ParkingRecord, within: Duration) -> ContractQuestion {
    ContractQuestion { plate_no: record.plate_no.clone(), record_id: record.id.clone(), within }
}

/// The platform answered; the result is kept on the record, and a car that waits may go for it.
pub fn answered(
    tx: &Transaction<'_>,
    context: Context<'_>,
    record_id: &str,
    open: bool,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    if let Some(record) = tx.record(record_id)? {
        tx.set_contract(&record.plate_no, open, context.now)?;
        tx.update_record(&ParkingRecord { contract: Some(open), ..record.clone() })?;
        passage::reconsider_plate(tx, context, &mut out, &record.plate_no)?;
    }
    Ok(out)
}
