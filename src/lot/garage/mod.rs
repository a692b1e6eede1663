//! Mechanical garages: how they run (8002) and what is free in them (8003), on change and every ten
//! minutes; what is wrong in them (2002). What they are to do is [`mission`]'s.

pub(super) mod mission;

use super::case::Case;
use super::report::{self, garages};
use crate::model::event::{Alarm, GarageCondition};
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::event_meaning;
use crate::standard::id::Id;
use crate::store::StoreError;
use jiff::SignedDuration;

/// Reported at least this often.
const AT_LEAST: SignedDuration = SignedDuration::from_mins(10);

/// A garage told how it stands; garages that are not configured are nobody's.
pub fn seen(case: &mut Case<'_>, condition: &GarageCondition) -> Result<(), StoreError> {
    if case.rules.garage(&condition.garage_code).is_none() {
        return Ok(());
    }
    let before = case.tx.garage(&condition.garage_code)?;
    if before.as_ref() == Some(condition) {
        return Ok(());
    }
    case.tx.set_garage(condition)?;
    if before.as_ref().is_none_or(|before| before.state != condition.state) {
        garages::state(case, condition)?;
    }
    if before.is_none_or(|before| before.spaces != condition.spaces) {
        garages::spaces(case)?;
    }
    Ok(())
}

/// What is wrong in a garage now: what is new is an event (2002), once until it is over. What table A.3
/// does not know is nobody's.
pub fn alarmed(
    case: &mut Case<'_>,
    garage_code: &str,
    device_id: &Id,
    alarms: &[Alarm],
) -> Result<(), StoreError> {
    if case.rules.garage(garage_code).is_none() {
        return Ok(());
    }
    let before = case.tx.garage_alarms(garage_code)?;
    let mut now: Vec<_> = alarms.iter().map(|one| (one.code, one.class.level())).collect();
    now.sort_unstable();
    now.dedup();
    if before == now {
        return Ok(());
    }
    case.tx.set_garage_alarms(garage_code, &now)?;
    for alarm in alarms.iter().filter(|one| !before.contains(&(one.code, one.class.level()))) {
        if let Some(meaning) = event_meaning(alarm.code, alarm.class) {
            report::garage_event(case, device_id, garage_code, *alarm, &Remark::Said(meaning))?;
            case.tell(Happening::GarageAlarm { meaning });
        }
    }
    Ok(())
}

/// Time has passed: what was said long ago is said again.
pub fn remind(case: &mut Case<'_>) -> Result<(), StoreError> {
    let last = case.tx.garages_reported()?;
    let due = last.is_none_or(|last| case.now.duration_since(last).abs() >= AT_LEAST);
    if due { announce(case) } else { Ok(()) }
}

/// The rules are new, and with them perhaps the garages.
pub fn announce(case: &mut Case<'_>) -> Result<(), StoreError> {
    if garages::everything(case)? { case.tx.set_garages_reported(case.now) } else { Ok(()) }
}
