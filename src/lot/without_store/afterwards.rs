//! What was done while nothing could be written down is written down: decided as of its moment by the same rules as ever,
//! but nothing is commanded a second time.

use super::without_commands;
use crate::lot::case::Case;
use crate::lot::lane::contacts::{FIRE_ALARM, FIRE_ALARM_WHY};
use crate::lot::lane::pass::ByHand;
use crate::lot::lane::{all_up, barrier, by_hand, contacts, crossing, passage, undecided};
use crate::lot::report;
use crate::lot::rules::Rules;
use crate::lot::staff;
use crate::model::barrier::Act;
use crate::model::event::{Arrival, PlateRead, ReadMoment};
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::input::StoreBack;
use crate::model::remark::Remark;
use crate::model::without_store::{Mended, Note, Noted, ReadFate};
use crate::standard::codes::EventLevel;
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::store::StoreError;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// How far a camera's clock may be off for its moments to be believed.
const CLOCK_OFF: SignedDuration = SignedDuration::from_mins(5);

/// What a lane's camera read next.
struct Later {
    /// The read, under the plate of its car where that was read at all.
    read: Box<PlateRead>,
    fate: ReadFate,
    at: Timestamp,
}

impl Later {
    /// Whether it is of the car of an earlier read: one that is held is read again and again.
    fn is_of(&self, read: &PlateRead, at: Timestamp, rules: &Rules) -> bool {
        undecided::same_car(&self.read, read) && self.at.duration_since(at) < rules.waiting_for
    }
}

/// What became of the cars that were held: somebody opened for them, or they stand there yet, or have gone.
pub(super) fn with_fates(mut notes: Vec<Note>, rules: &Rules, now: Timestamp) -> Vec<Note> {
    // From the last to the first: whom a person opened for was read last before that.
    let (mut opened, mut later) = (Vec::<(Id, Timestamp)>::new(), BTreeMap::<Id, Later>::new());
    for note in notes.iter_mut().rev() {
        match &mut note.what {
            Noted::Staff { deed, .. } => {
                opened.extend(deed.opens().map(|lane_id| (lane_id.clone(), note.at)));
            }
            Noted::Button { lane_id } => opened.push((lane_id.clone(), note.at)),
            Noted::FireAlarm | Noted::ArmUp { .. } => {}
            Noted::Read { read, fate } => {
                let Some(lane) = rules.lane_of_camera(&read.device_id) else { continue };
                let is_live = read.moment == ReadMoment::Live && read.arrival == Arrival::Fresh;
                // It tells nothing of who stands there; whoever was read later does.
                if !is_live {
                    if lay_in_a_broker(read) && *fate == ReadFate::Gone {
                        *fate = match later.get(&lane.id) {
                            None => ReadFate::Undecided,
                            Some(next) if next.is_of(read, note.at, rules) => next.fate,
                            Some(_) => ReadFate::Gone,
                        };
                    }
                    continue;
                }
                // Reads before this one are further away still.
                opened.retain(|(_, at)| at.duration_since(note.at) < rules.waiting_for);
                let by_hand = opened.iter().position(|(lane_id, _)| *lane_id == lane.id);
                let next = later.remove(&lane.id);
                let is_last = next.is_none();
                let next = next.filter(|next| next.is_of(read, note.at, rules));
                if *fate != ReadFate::LetPass {
                    if let Some(by_hand) = by_hand {
                        opened.remove(by_hand);
                        *fate = ReadFate::LetPassByHand;
                    } else if let Some(next) = &next {
                        *fate = next.fate;
                    } else if is_last && now.duration_since(note.at) < rules.waiting_for {
                        *fate = ReadFate::Stands;
                    } else {
                        *fate = ReadFate::TurnedAway;
                    }
                }
                let unread = next.map(|next| next.read).filter(|_| read.plate.is_none());
                let read = unread.unwrap_or_else(|| read.clone());
                later.insert(lane.id.clone(), Later { read, fate: *fate, at: note.at });
            }
        }
    }
    notes
}

/// Whether nobody knows yet if a read had lain in a broker.
fn lay_in_a_broker(read: &PlateRead) -> bool {
    read.moment == ReadMoment::Live && matches!(read.arrival, Arrival::BeforeMarker { .. })
}

/// Writes one thing down.
pub fn write_down(case: &mut Case<'_>, note: &Note) -> Result<(), StoreError> {
    let now = case.now;
    let at = note.at.min(now);
    if let Some(name) = name_of(note)
        && !case.tx.first_sight(&name, now)?
    {
        return Ok(());
    }
    match &note.what {
        Noted::Read { read, fate: ReadFate::Stands } => passage::plate_read(case, &here(read)),
        Noted::Read { read, fate: ReadFate::Undecided } => {
            // The marker is kept, too, and comes behind this, or has yet to come.
            let now = std::mem::replace(&mut case.now, at);
            let kept = passage::plate_read(case, &PlateRead { received: None, ..*read.clone() });
            case.now = now;
            kept
        }
        Noted::Read { read, fate: ReadFate::LetPass | ReadFate::Gone } => {
            let moment = match read.moment {
                ReadMoment::Live => ReadMoment::Late(made_at(read, at)),
                late @ ReadMoment::Late(_) => late,
            };
            passage::plate_read(case, &PlateRead { moment, ..here(read) })
        }
        Noted::Read { read, fate: ReadFate::TurnedAway } => {
            // It was told that it is held; its camera may send the read once more.
            case.tx.first_sight(&read.message, now).map(drop)
        }
        Noted::Read { read, fate: ReadFate::LetPassByHand } => {
            as_of(case, at, |case| passage::plate_read(case, &here(read)))
        }
        Noted::Staff { deed, .. } => as_of(case, at, |case| {
            // Refused by now, it has been done all the same, and was told.
            if let Some(command) = note.what.command() {
                staff::carry_out(case, &command)?;
            }
            deed.opens().map_or(Ok(()), |lane_id| was_opened(case, lane_id))
        }),
        Noted::Button { lane_id } => as_of(case, at, |case| {
            if let Some(lane) = case.rules.lane(lane_id) {
                by_hand::open_by_hand(case, lane, ByHand::Button, by_hand::Known::Nothing)?;
            }
            was_opened(case, lane_id)
        }),
        Noted::ArmUp { actuation, lane_id, output } => {
            let now = std::mem::replace(&mut case.now, at);
            let act = Act::Open { output: *output };
            let done = contacts::answered(case, actuation, lane_id, act, &Ok(Duration::ZERO));
            case.now = now;
            done
        }
        Noted::FireAlarm => {
            as_of(case, at, |case| all_up::begin(case, FIRE_ALARM, FIRE_ALARM_WHY).map(drop))
        }
    }
}

/// What tells a note from others where what it says does not: the process may have ended behind its commit, and the next
/// one brings it again.
fn name_of(note: &Note) -> Option<String> {
    let at = note.at.as_nanosecond();
    match &note.what {
        Noted::Button { lane_id } => Some(format!("button {lane_id} {at}")),
        Noted::FireAlarm => Some(format!("fire alarm {at}")),
        // These have a message's and a command's id.
        Noted::Read { .. } | Noted::Staff { .. } | Noted::ArmUp { .. } => None,
    }
}

/// The arm went up: whoever was let pass there has gone.
fn was_opened(case: &mut Case<'_>, lane_id: &Id) -> Result<(), StoreError> {
    case.rules.lane(lane_id).map_or(Ok(()), |lane| crossing::arm_is_up(case, lane))
}

/// A read as if it came now: that it lay in a broker was its connection's affair.
fn here(read: &PlateRead) -> PlateRead {
    PlateRead { arrival: Arrival::Fresh, received: None, ..read.clone() }
}

/// When a read was made: when its camera says, by which it may send it once more, where that fits.
fn made_at(read: &PlateRead, came: Timestamp) -> Timestamp {
    let fits = |sent: &Timestamp| came.duration_since(*sent).abs() < CLOCK_OFF;
    read.sent.filter(fits).unwrap_or(came).min(came)
}

/// Does something as of a moment that is over: it is written, and not commanded nor told again.
fn as_of(
    case: &mut Case<'_>,
    at: Timestamp,
    work: impl FnOnce(&mut Case<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let now = std::mem::replace(&mut case.now, at);
    let done = work(case).and_then(|()| barrier::await_nothing(case));
    case.now = now;
    without_commands(&mut case.out);
    case.out.happenings.retain(|one| {
        !matches!(
            one,
            Happening::OpenedByHand { .. }
                | Happening::OpenedByButton { .. }
                | Happening::MovedByHand { .. }
                | Happening::AllUp { .. }
                | Happening::AllUpEnded { .. }
        )
    });
    done
}

/// The store is back: contacts are as they are now, cars over loops were seen by nobody, and what may be missing is told.
pub fn store_is_back(case: &mut Case<'_>, back: &StoreBack) -> Result<(), StoreError> {
    let StoreBack { away, mended, contacts } = back;
    crossing::loops_unheard(case, None)?;
    // Arms that were awaited before may have come up and down again meanwhile.
    barrier::await_nothing(case)?;
    for (device_id, input, closed) in contacts {
        case.tx.set_input_closed(device_id.as_str(), *input, *closed)?;
    }
    case.tx.add_store_loss(away, mended.as_ref(), case.now)?;
    let zone = &case.rules.time_zone;
    let since = DateTime::at(away.since, zone).to_string();
    let until = DateTime::at(case.now, zone).to_string();
    let remark = Remark::StoreWasAway {
        since: &since,
        until: &until,
        kept: away.kept,
        dropped: away.dropped,
    };
    let (id, kind) = (&case.rules.equipment_id, (EventKind::Database, EventLevel::Fault));
    report::device_event(case, kind, id, &remark, None)?;
    if let Some(mended) = mended {
        case.tell(Happening::DatabaseMended { mended: mended.clone() });
        let Mended { copied, taken, unread, .. } = mended;
        let copied = copied.map(|at| DateTime::at(at, zone).to_string());
        let copied = copied.as_deref();
        let remark = Remark::DatabaseMended { copied, taken: *taken, unread: *unread };
        report::device_event(case, kind, id, &remark, None)?;
    }
    let (error, kept, dropped) = (away.fault.clone(), away.kept, away.dropped);
    case.tell(Happening::StoreBack { since, error, kept, dropped });
    Ok(())
}
