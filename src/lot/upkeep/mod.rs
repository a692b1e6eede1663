//! What happens though nobody asks for it: a start ([`started`]), time passing ([`tick`]), devices that come
//! and go ([`devices`]), the bounds of the queue ([`bounds`]), a calendar that ends ([`calendar`]). It says when a room has its turn, never what
//! that room does then.

mod bounds;
mod calendar;
pub(super) mod devices;

use super::case::Case;
use super::dead_letters::{self, ThrownAway};
use super::garage::{self, mission};
use super::guidance;
use super::lane::{barrier, camera_list, condition, crossing, undecided};
use super::report::{self, base_data, occupancy};
use super::stay::{booking, coupon, lease};
use crate::model::event_kind::EventKind;
use crate::model::input::Answer;
use crate::model::queue::QueueCommand;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::store::StoreError;

/// The gateway has started: what a crash left is taken up, what brokers and displays may have lost is
/// said again. A damaged database that was moved aside holds what somebody has to look after.
pub fn started(case: &mut Case<'_>, moved_aside: Option<&str>) -> Result<(), StoreError> {
    booking::begin(case)?;
    booking::expire(case)?;
    case.tx.forget_connections()?;
    barrier::resume(case)?;
    crossing::loops_unheard(case, None)?;
    camera_list::begin(case)?;
    let alarm = case.rules.fire_alarm.as_ref();
    case.tx.forget_inputs(alarm.map(|alarm| (alarm.device_id.as_str(), alarm.input)))?;
    mission::resume(case, None)?;
    occupancy::show_unused(case)?;
    guidance::republish(case)?;
    base_data::announce(case)?;
    report::all_space_states(case)?;
    if let Some(path) = moved_aside {
        let (id, remark) = (&case.rules.equipment_id, Remark::DatabaseMoved { path });
        let kind = (EventKind::Database, EventLevel::Fault);
        report::device_event(case, kind, id, &remark, None)?;
    }
    Ok(())
}

/// Time has passed: bookings and coupons begin and end, counts fall due, lanes become congested, the queue is held against its
/// bounds.
pub fn tick(case: &mut Case<'_>, free_disk: Option<u64>) -> Result<(), StoreError> {
    lease::begin(case)?;
    booking::begin(case)?;
    booking::expire(case)?;
    coupon::pass_time(case)?;
    barrier::expire(case)?;
    crossing::expire(case)?;
    undecided::expire(case)?;
    camera_list::tick(case)?;
    mission::tick(case)?;
    condition::review_all(case)?;
    garage::remind(case)?;
    occupancy::remind(case)?;
    calendar::remind(case)?;
    bounds::enforce(case, free_disk)
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
