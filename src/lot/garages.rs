//! Mechanical garages: how they run (8002) and what is free in them (8003), on change and every ten
//! minutes.

use super::reports::Reporter;
use super::{Context, LotError, Outcome};
use crate::happening::Happening;
use crate::standard::codes::{EventClass, event_meaning};
use crate::standard::id::Id;
use crate::store::{GarageCondition, Transaction};
use jiff::SignedDuration;

/// Something wrong in a garage, by table A.3; 8001 to 8003 are told apart by their class only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
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
    if !is_known(context, &condition.garage_code) {
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

/// What is wrong in a garage now: what is new is an event (2002), once until it is over. What table A.3
/// does not know is nobody's.
pub fn alarmed(
    tx: &Transaction<'_>,
    context: Context<'_>,
    garage_code: &str,
    device_id: &Id,
    alarms: &[Alarm],
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    if !is_known(context, garage_code) {
        return Ok(out);
    }
    let before = tx.garage_alarms(garage_code)?;
    let mut now: Vec<_> = alarms.iter().map(|one| (one.code, one.class.level())).collect();
    now.sort_unstable();
    now.dedup();
    if before == now {
        return Ok(out);
    }
    tx.set_garage_alarms(garage_code, &now)?;
    for alarm in alarms.iter().filter(|one| !before.contains(&(one.code, one.class.level()))) {
        if let Some(meaning) = event_meaning(alarm.code, alarm.class) {
            let reporter = Reporter::new(tx, context);
            reporter.garage_event(device_id, garage_code, *alarm, meaning, &mut out)?;
            out.tell(Happening::GarageAlarm { meaning });
        }
    }
    Ok(out)
}

fn is_known(context: Context<'_>, garage_code: &str) -> bool {
    context.rules.garages.iter().any(|garage| garage.garage_code == garage_code)
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
