//! A locked car let out by hand (C.1.2.3): staff take the responsibility, the record says so.

use super::super::{Context, LotError, Outcome, passage};
use super::{Done, Refusal};
use crate::happening::Happening;
use crate::standard::plate::PlateNo;
use crate::store::Transaction;
use serde_json::json;

pub(super) fn release(
    tx: &Transaction<'_>,
    context: Context<'_>,
    plate_no: &PlateNo,
    by: &str,
    out: &mut Outcome,
) -> Result<Done, LotError> {
    if !tx.release_lock(plate_no.as_str(), by)? {
        return Ok(Err(Refusal::NotLocked));
    }
    out.tell(Happening::LockReleased { plate: plate_no.to_string(), by: by.to_owned() });
    passage::reconsider_plate(tx, context, out, plate_no.as_str())?;
    Ok(Ok(json!({ "status": "released" })))
}
