//! Letting a locked car out by hand (C.1.2.3): staff take the responsibility, the record says so.

use super::{Context, LotError, Outcome, passage};
use crate::happening::Happening;
use crate::store::Transaction;

/// Lets a locked car out all the same; false when it is not locked.
pub fn release(
    tx: &Transaction<'_>,
    context: Context<'_>,
    plate_no: &str,
    by: &str,
) -> Result<(bool, Outcome), LotError> {
    let mut out = Outcome::default();
    let released = tx.release_lock(plate_no, by)?;
    if released {
        out.tell(Happening::LockReleased { plate: plate_no.to_owned(), by: by.to_owned() });
        passage::reconsider_plate(tx, context, &mut out, plate_no)?;
    }
    Ok((released, out))
}
