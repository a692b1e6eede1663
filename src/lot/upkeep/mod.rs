//! What happens though nobody asks for it: a start ([`started`]), time passing ([`tick`]), devices that come
//! and go ([`devices`]), the clock ([`clock`]), the bounds of the queue ([`bounds`]), a calendar that ends ([`calendar`]), copies of the
//! database ([`copies`]), another gateway ([`another_gateway`]). It says when a room has its turn, never what
//! that room does then.

mod another_gateway;
mod bounds;
mod calendar;
pub(super) mod clock;
mod copies;
pub(super) mod devices;

use super::case::Case;
use super::dead_letters::{self, ThrownAway};
use super::forgetting::{self, WentOn};
use super::garage::{self, mission};
use super::guidance;
use super::lane::{barrier, camera_list, condition, crossing, undecided};
use super::report::{self, base_data, occupancy};
use super::stay::{booking, coupon, lease};
use crate::model::another_gateway::AnotherGateway;
use crate::model::input::{Answer, ConnectionName};
use crate::model::queue::QueueCommand;
use crate::store::StoreError;

/// The gateway has started: what a crash left is taken up, what brokers and displays may have lost is said again.
pub fn started(case: &mut Case<'_>) -> Result<(), StoreError> {
    another_gateway::note(case, None)?;
    case.tx.forget_connections()?;
    step(case, "loops", |case| crossing::loops_unheard(case, None))?;
    let alarm = case.rules.fire_alarm.as_ref();
    case.tx.forget_inputs(alarm.map(|alarm| (alarm.device_id.as_str(), alarm.input)))?;
    mended(case)
}

/// The database may be older than what was done: what is under way is taken up as it has it, and the rest is said again.
pub fn mended(case: &mut Case<'_>) -> Result<(), StoreError> {
    step(case, "bookings that begin", booking::begin)?;
    step(case, "bookings that end", booking::expire)?;
    step(case, "barriers again", barrier::resume)?;
    step(case, "cameras' lists anew", camera_list::begin)?;
    step(case, "missions again", |case| mission::resume(case, None))?;
    step(case, "displays", occupancy::show_unused)?;
    step(case, "guidance", guidance::republish)?;
    step(case, "base data", base_data::announce)?;
    step(case, "spaces", report::all_space_states)
}

/// A way to others, or to copies, is there or not.
pub fn connection(
    case: &mut Case<'_>,
    name: &ConnectionName,
    up: bool,
    error: &str,
) -> Result<(), StoreError> {
    if *name == ConnectionName::Copies {
        let failed_before = case.tx.connection(name)?.is_some_and(|before| !before.up);
        copies::told(case, (!up).then_some(error), failed_before)?;
    }
    let before = case.tx.connection(name)?.filter(|before| !before.up);
    if *name != ConnectionName::AnotherGateway {
        return case.tx.set_connection(name, up, error, case.now);
    }
    let before = before.and_then(|before| AnotherGateway::of_note(&before.error));
    let now = (!up).then(|| AnotherGateway::of_note(error)).flatten();
    let drove = another_gateway::note(case, now.as_ref())?;
    case.tx.set_connection(name, up, error, case.now)?;
    another_gateway::told(case, before.as_ref(), now, drove)
}

/// Time has passed: bookings and coupons begin and end, counts fall due, lanes become congested, the queue is held against its
/// bounds.
pub fn tick(case: &mut Case<'_>, free_disk: Option<u64>) -> Result<(), StoreError> {
    step(case, "leases", lease::begin)?;
    step(case, "bookings that begin", booking::begin)?;
    step(case, "bookings that end", booking::expire)?;
    step(case, "coupons", coupon::pass_time)?;
    step(case, "barriers", barrier::expire)?;
    step(case, "cars that pass", crossing::expire)?;
    step(case, "reads", undecided::expire)?;
    step(case, "another gateway", another_gateway::let_out_by_it)?;
    step(case, "cameras' lists", camera_list::tick)?;
    step(case, "missions", mission::tick)?;
    step(case, "lanes", condition::review_all)?;
    step(case, "garages", garage::remind)?;
    step(case, "counts", occupancy::remind)?;
    step(case, "calendar", calendar::remind)?;
    step(case, "what is forgotten", |case| {
        let zone = &case.rules.time_zone;
        if let WentOn::Done(told) = forgetting::go_on(case.tx, case.now, zone)? {
            case.tell(told);
        }
        Ok(())
    })?;
    step(case, "bounds", |case| bounds::enforce(case, free_disk))
}

/// A part of what time does; one that ended the process again and again stops no other.
fn step(
    case: &mut Case<'_>,
    name: &str,
    work: impl FnOnce(&mut Case<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    if case.comes_to(format_args!("step {name}")) { work(case) } else { Ok(()) }
}

/// Somebody looks after dead letters.
pub fn queue(case: &mut Case<'_>, command: &QueueCommand) -> Result<Answer, StoreError> {
    match command {
        QueueCommand::Retry(rows) => {
            let mut count = 0_usize;
            for seq in rows {
                count = count.saturating_add(usize::from(case.tx.retry(*seq)?));
            }
            case.out.reported = count > 0;
            Ok(Answer::Queue(count))
        }
        QueueCommand::Drop(wanted) => match dead_letters::throw_away(case.tx, wanted, case.now)? {
            ThrownAway::Done(told) => {
                let count = told.len();
                case.out.happenings.extend(told);
                Ok(Answer::Queue(count))
            }
            ThrownAway::Refused(refusal) => Ok(Answer::QueueRefused(refusal)),
        },
    }
}
