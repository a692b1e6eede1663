//! Numbered spaces as their sensors see them: 5001 on change; on the street a stay begins and ends with
//! its space (5004 and 5005 by `spaceNo`, without a plate).

use super::reports::Reporter;
use super::{Context, LotError, Outcome, access, booking, stay};
use crate::happening::Happening;
use crate::standard::id::Id;
use crate::store::{ParkingRecord, Transaction};
use jiff::Timestamp;

/// What a sensor says of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpaceSeen {
    /// Nobody stands there.
    Free,
    /// Somebody does.
    Occupied,
    /// The sensor has not been heard for too long.
    Unknown,
}

impl SpaceSeen {
    fn number(self) -> i64 {
        match self {
            Self::Free => 0,
            Self::Occupied => 2,
            Self::Unknown => -1,
        }
    }
}

/// A sensor saw a space otherwise than before, at `at`.
pub fn seen(
    tx: &Transaction<'_>,
    context: Context<'_>,
    space_no: &str,
    seen: SpaceSeen,
    at: Timestamp,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    if context.rules.space(space_no).is_none() || !tx.set_space_state(space_no, seen.number())? {
        return Ok(out);
    }
    if context.rules.on_street {
        match seen {
            SpaceSeen::Occupied => begin(tx, context, space_no, at, &mut out)?,
            SpaceSeen::Free => end(tx, context, space_no, at, &mut out)?,
            // A silent sensor ends no stay.
            SpaceSeen::Unknown => {}
        }
    }
    let reporter = Reporter::new(tx, context);
    reporter.space_state(space_no, &mut out)?;
    reporter.counts(&mut out)?;
    out.tell(Happening::SpaceSeen { space_no: space_no.to_owned(), seen });
    Ok(out)
}

/// A garage has put a car into a space, or taken it out. Where a sensor watches the space, it tells.
pub(super) fn moved(
    tx: &Transaction<'_>,
    context: Context<'_>,
    space_no: &str,
    stored: bool,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let watched = context.rules.space(space_no).is_none_or(|space| space.has_sensor);
    let seen = if stored { SpaceSeen::Occupied } else { SpaceSeen::Free };
    if !watched && tx.set_space_state(space_no, seen.number())? {
        let reporter = Reporter::new(tx, context);
        reporter.space_state(space_no, out)?;
        reporter.counts(out)?;
    }
    Ok(())
}

fn begin(
    tx: &Transaction<'_>,
    context: Context<'_>,
    space_no: &str,
    at: Timestamp,
    out: &mut Outcome,
) -> Result<(), LotError> {
    if tx.open_record_at(space_no)?.is_some() {
        // The sensor was silent for a while; the stay goes on.
        return Ok(());
    }
    booking::arrive_at(tx, space_no, out)?;
    let begun = ParkingRecord::begun(Id::random().to_string(), String::new(), at);
    let record = ParkingRecord { space_no: Some(space_no.to_owned()), ..begun };
    tx.insert_record(&record)?;
    Reporter::new(tx, context).record(5004, &record, out)?;
    Ok(())
}

fn end(
    tx: &Transaction<'_>,
    context: Context<'_>,
    space_no: &str,
    at: Timestamp,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let Some(mut record) = tx.open_record_at(space_no)? else { return Ok(()) };
    let charges = tx.charges_of(&record.id)?;
    let bill = access::bill(tx, context, &record, &charges, at)?;
    record.leave_time = Some(at.max(record.enter_time));
    // What was not paid is owed; the platform collects it later (C.2.2.5).
    record.receivables = bill.receivables;
    record.discount = bill.discount;
    record.received = bill.received;
    stay::close(tx, context, &record, out)
}
