//! Whether a car's payments are deducted automatically (5010, C.1.2.6): asked in the background, once at
//! the entry and once more at the exit where that went unanswered. The lane never waits.

use crate::lot::case::Case;
use crate::model::outcome::ContractQuestion;
use crate::standard::id::Id;
use crate::store::{ParkingRecord, StoreError};
use std::time::Duration;

/// An answer at the entry may take as long as any.
pub const AT_ENTRY: Duration = Duration::from_secs(20);
/// At the exit a driver waits.
pub const AT_EXIT: Duration = Duration::from_secs(2);

/// Asks about a car.
pub fn ask(case: &mut Case<'_>, record: &ParkingRecord, within: Duration) {
    let Some(plate_no) = &record.plate_no else { return };
    let (plate_no, record_id) = (plate_no.to_string(), record.id.clone());
    case.out.questions.push(ContractQuestion { plate_no, record_id, within });
}

/// The platform answered; the result is kept on the record, and a car that waits may go for it. Returns the
/// record of a car of which it was not known that its payments are deducted.
pub fn answered(
    case: &mut Case<'_>,
    record_id: &Id,
    open: bool,
) -> Result<Option<ParkingRecord>, StoreError> {
    let Some(record) = case.tx.record(record_id)? else { return Ok(None) };
    let news = open && !case.tx.has_contract(record.plate_text())?;
    case.tx.set_contract(record.plate_text(), open, case.now)?;
    case.may_pass(record.plate_text());
    let record = ParkingRecord { contract: Some(open), ..record };
    case.tx.update_record(&record)?;
    Ok(news.then_some(record))
}
