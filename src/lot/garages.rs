//! Mechanical garages: how they run (8002) and what is free in them (8003), on change and every ten
//! minutes.

use super::reports::Reporter;
use super::{Context, LotError, Outcome};
use crate::standard::codes::{EventClass, event_meaning};
use crate::standard::id::Id;
use crate::store::{GarageCondition, Transaction};
use jiff::SignedDuration;

/// Something that happened in a garage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GarageEvent {
    /// `garageCode`
    pub garage_code: String,
    /// The device that noticed it.
    pub device_id: Id,
    /// Table A.3's code.
    pub code: i64,
    /// Table A.3's class.
    pub class: EventClass,
}

/// Reported at least this often.
const AT_LEAST: SignedDuration = SignedDuration::from_mins(10);

/// A garage told how it stands; garages that are not configured are nobody's.
pub fn seen(
    tx: &Transaction<'_>,
    context: Context<'_>,
    condition: &GarageCondition,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    if !context.rules.garages.contains(&condition.garage_code) {
        return Ok(out);
    }
    let before = tx.garage(&condition.garage_code)?;
    if before.as_ref() == Some(condition) {
        return Ok(out);
    }
    tx.set_garage(condition)?;
    let reporter = Reporter::new(tx, context);
    if before.as_ref().is_none_or(|before| before.state != condition.state) {
        reporter.garage_state(condition, &mut out)?;
    }
    if before.is_none_or(|before| before.spaces != condition.spaces) {
        reporter.garage_spaces(&tx.garages()?, &mut out)?;
    }
    Ok(out)
}

/// A garage told of an event of table A.3; one the table does not know is nobody's.
pub fn happened(
    tx: &Transaction<'_>,
    context: Context<'_>,
    event: &GarageEvent,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    let known = context.rules.garages.contains(&event.garage_code);
    if let Some(meaning) = event_meaning(event.code, event.class).filter(|_| known) {
        Reporter::new(tx, context).garage_event(event, meaning, &mut out)?;
    }
    Ok(out)
}

/// Time has passed: what was said long ago is said again.
pub(super) fn remind(
    tx: &Transaction<'_>,
    context: Context<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let garages = tx.garages()?;
    let last = tx.garages_reported()?;
    let due = last.is_none_or(|last| context.now.duration_since(last).abs() >= AT_LEAST);
    if garages.is_empty() || !due {
        return Ok(());
    }
    let reporter = Reporter::new(tx, context);
    for garage in &garages {
        reporter.garage_state(garage, out)?;
    }
    reporter.garage_spaces(&garages, out)?;
    tx.set_garages_reported(context.now)?;
    Ok(())
}
