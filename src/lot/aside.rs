//! What ended the process each time it was tried, put aside for people, and taken up again when they want it: an input by
//! itself, or a row of the lot's own that time passes for. An event, the lane and its display say that somebody has to
//! come. The engine knows when; what was at fault nobody decides here.

use super::case::Case;
use super::lane::{condition, display, passage};
use super::report;
use crate::model::event::{DeviceEvent, PlateRead, ReadMoment};
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Command, Input};
use crate::model::outcome::Scene;
use crate::model::put_aside::{
    Aside, AsideCommand, AsideKind, AsideRefusal, AsideWhy, KeptAside, ThrowAside,
};
use crate::model::queue::SaidAt;
use crate::model::remark::{Remark, Reproach, cut};
use crate::model::staff::{Refusal, StaffAnswer};
use crate::model::without_store::Noted;
use crate::standard::codes::EventLevel;
use crate::standard::envelope::Reply;
use crate::store::{Deed, StoreError, Transaction, UndecidedRead};
use jiff::Timestamp;
use serde_json::Value;

/// The command that tells of a payment.
const PAID: u16 = 6007;
/// Characters of what something says.
const SAID: usize = 300;

/// Puts an input aside under its name, and answers whoever brought it.
pub fn put_aside(case: &mut Case<'_>, input: &Input, name: &str) -> Result<Answer, StoreError> {
    if let Input::Again { number } = input {
        // It is there, and stays.
        case.tx.want_again(*number, false)?;
        return Ok(Answer::Done);
    }
    let aside = of_input(case, input, name);
    if case.tx.put_aside(&aside, case.now)? {
        tell(case, &aside)?;
    }
    if let Some(lane) = aside.lane_id.as_ref().and_then(|lane_id| case.rules.lane(lane_id)) {
        let plate = aside.plate_no.unwrap_or_default();
        display::show(case, lane, Scene::CallStaff { plate });
    }
    Ok(match input {
        Input::Command(_) => Answer::Reply(Reply::failed(&Reproach::PutAside.text())),
        Input::Staff(_) => Answer::Staff(StaffAnswer::Refused(Refusal::PutAside)),
        Input::Queue(_) | Input::Aside(_) => Answer::AsideRefused(AsideRefusal::PutAside),
        _ => Answer::Done,
    })
}

/// Puts a row aside: what time does with rows it does with this one no more.
pub fn put_row_aside(case: &mut Case<'_>, row: &str) -> Result<(), StoreError> {
    let (what, which) = row.split_once(' ').unwrap_or((row, ""));
    let number = which.split(' ').next().and_then(|number| number.parse().ok());
    if let Some(id) = number.filter(|_| what == "read") {
        // It waits to be decided, and does so no more.
        let Some(UndecidedRead { read, .. }) = case.tx.take_undecided_read(id)? else {
            return Ok(());
        };
        let aside = of_read(case, &read, row);
        return if case.tx.put_aside(&aside, case.now)? { tell(case, &aside) } else { Ok(()) };
    }
    let of_lane = matches!(what, "lane" | "waiting" | "passing");
    let aside = Aside {
        why: AsideWhy::EndsTheProcess,
        kind: AsideKind::Row,
        name: row.to_owned(),
        device_id: None,
        lane_id: of_lane.then(|| which.into()),
        plate_no: None,
        said: row.to_owned(),
        body: None,
    };
    if case.tx.put_aside(&aside, case.now)? { tell(case, &aside) } else { Ok(()) }
}

fn of_read(case: &Case<'_>, read: &PlateRead, name: &str) -> Aside {
    let lane = case.rules.lane_of_camera(&read.device_id);
    let plate_no = read.plate.as_ref().map(ToString::to_string);
    Aside {
        why: AsideWhy::EndsTheProcess,
        kind: AsideKind::Read,
        name: name.to_owned(),
        device_id: Some(read.device_id.clone()),
        lane_id: lane.map(|lane| lane.id.clone()),
        said: cut(format!("{} {}", plate_no.as_deref().unwrap_or("—"), read.message), SAID),
        plate_no,
        body: serde_json::to_string(read).ok(),
    }
}

fn of_input(case: &Case<'_>, input: &Input, name: &str) -> Aside {
    let (kind, said, body) = match input {
        Input::Device(DeviceEvent::PlateRead(read)) => return of_read(case, read, name),
        Input::Command(command) => {
            let body = serde_json::to_string(command).ok();
            (
                AsideKind::Command,
                format!("{} {}", command.code, Value::from(command.data.clone())),
                body,
            )
        }
        Input::Staff(command) => {
            (AsideKind::Input, format!("{}: {:?}", command.operator, command.action), None)
        }
        Input::Noted(note) => match &note.what {
            Noted::Read { read, .. } => return of_read(case, read, name),
            // All of it is there for people to see; nothing does it again.
            what => (AsideKind::Input, format!("{what:?}"), serde_json::to_string(note).ok()),
        },
        other => (AsideKind::Input, format!("{other:?}"), None),
    };
    Aside {
        why: AsideWhy::EndsTheProcess,
        kind,
        name: name.to_owned(),
        device_id: None,
        lane_id: None,
        plate_no: None,
        said: cut(said, SAID),
        body,
    }
}

/// An event, the log, and the lane's state.
fn tell(case: &mut Case<'_>, aside: &Aside) -> Result<(), StoreError> {
    let lane = aside.lane_id.as_ref().and_then(|lane_id| case.rules.lane(lane_id));
    let plate = aside.plate_no.as_ref().and_then(|plate_no| plate_no.parse().ok());
    let remark = Remark::PutAside { what: &aside.said };
    if let Some(plate) = &plate {
        report::plate_event(case, EventKind::PutAside, plate, lane, case.now, &remark)?;
    } else {
        let device_id = aside.device_id.as_ref().unwrap_or(&case.rules.equipment_id);
        let position = lane.map(|lane| lane.name.as_str());
        let kind = (EventKind::PutAside, EventLevel::Fault);
        report::device_event(case, kind, device_id, &remark, position)?;
    }
    if let Some(lane) = lane {
        condition::review(case, lane)?;
    }
    case.tell(Happening::PutAside {
        lane: lane.map(|lane| lane.name.clone()),
        what: aside.said.clone(),
    });
    Ok(())
}

/// What people want done with what was put aside.
pub(super) fn command(case: &mut Case<'_>, command: &AsideCommand) -> Result<Answer, StoreError> {
    let came_to = match command {
        AsideCommand::Again(numbers) => wanted_again(case.tx, numbers)?,
        AsideCommand::Left => {
            return Ok(Answer::Aside { count: 0, again: case.tx.wanted_again()? });
        }
        AsideCommand::Drop(wanted) => dropped(case.tx, wanted, case.now)?,
    };
    condition::review_all(case)?;
    Ok(match came_to {
        Ok(SetFree { count, told, again }) => {
            case.out.happenings.extend(told);
            Answer::Aside { count, again }
        }
        Err(refusal) => Answer::AsideRefused(refusal),
    })
}

/// What was put aside and is no longer.
#[derive(Debug, Default)]
pub struct SetFree {
    /// How many.
    pub count: usize,
    /// What is told of it.
    pub told: Vec<Happening>,
    /// What is to be done again, by its numbers.
    pub again: Vec<i64>,
}

/// Reads and commands are done again, one by one; anything else may come again, and is let pass then.
pub fn wanted_again(
    tx: &Transaction<'_>,
    numbers: &[i64],
) -> Result<Result<SetFree, AsideRefusal>, StoreError> {
    let kept = match all_of(tx, numbers)? {
        Ok(kept) => kept,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut free = SetFree::default();
    for KeptAside { number, what, .. } in kept {
        let has_way = matches!(what.kind, AsideKind::Read | AsideKind::Command);
        if what.body.is_some() && has_way {
            tx.want_again(number, true)?;
            free.again.push(number);
        } else {
            tx.forget_aside(number)?;
        }
        free.count = free.count.saturating_add(1);
        free.told.push(Happening::AsideAgain { number, what: what.said });
    }
    Ok(Ok(free))
}

/// Thrown away for ever, with a trace of who and why. A row of the lot's own is no thing to throw away.
pub fn dropped(
    tx: &Transaction<'_>,
    wanted: &ThrowAside,
    now: Timestamp,
) -> Result<Result<SetFree, AsideRefusal>, StoreError> {
    let kept = match all_of(tx, &wanted.numbers)? {
        Ok(kept) => kept,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(row) = kept.iter().find(|one| one.what.kind == AsideKind::Row) {
        return Ok(Err(AsideRefusal::Row { number: row.number }));
    }
    let money = kept.iter().find(|one| wanted.said == SaidAt::Network && tells_of_money(one));
    if let Some(money) = money {
        return Ok(Err(AsideRefusal::Money { number: money.number }));
    }
    let deed = Deed { at: now, by: wanted.by.clone(), reason: wanted.reason.clone() };
    let mut free = SetFree::default();
    for one in kept {
        tx.forget_aside(one.number)?;
        tx.note_aside_dropped(&deed, &one)?;
        free.count = free.count.saturating_add(1);
        let (by, reason) = (deed.by.clone(), deed.reason.clone());
        let KeptAside { number, what, .. } = one;
        free.told.push(Happening::AsideDropped { number, what: what.said, by, reason });
    }
    Ok(Ok(free))
}

/// The platform has taken money; what cannot be read may say so.
fn tells_of_money(kept: &KeptAside) -> bool {
    let body = kept.what.body.as_deref().unwrap_or_default();
    let command = serde_json::from_str::<Command>(body).ok();
    kept.what.kind == AsideKind::Command && command.is_none_or(|command| command.code == PAID)
}

fn all_of(
    tx: &Transaction<'_>,
    numbers: &[i64],
) -> Result<Result<Vec<KeptAside>, AsideRefusal>, StoreError> {
    let mut kept = Vec::with_capacity(numbers.len());
    for number in numbers {
        match tx.aside(*number)? {
            // Named twice, it is one.
            Some(one) if kept.iter().any(|other: &KeptAside| other.number == one.number) => {}
            Some(one) => kept.push(one),
            None => return Ok(Err(AsideRefusal::NoSuch { number: *number })),
        }
    }
    Ok(Ok(kept))
}

/// It is done again, and is put aside no longer: a read as one of the moment it was made or came; none when it is a command,
/// which is the lot's to carry out.
pub(super) fn take_up(case: &mut Case<'_>, number: i64) -> Result<Option<Command>, StoreError> {
    let Some(KeptAside { what, at, .. }) = case.tx.aside(number)?.filter(|one| one.again) else {
        return Ok(None);
    };
    case.tx.forget_aside(number)?;
    let lane = what.lane_id.as_ref().and_then(|lane_id| case.rules.lane(lane_id));
    if let Some(lane) = lane {
        condition::review(case, lane)?;
    }
    let body = what.body.unwrap_or_default();
    match what.kind {
        AsideKind::Read => {
            let unreadable = |_| StoreError::Value { value: body.clone(), wanted: "a read" };
            let read: PlateRead = serde_json::from_str(&body).map_err(unreadable)?;
            // Whoever stood there then stands there no more.
            let made = match read.moment {
                ReadMoment::Late(made) => made,
                ReadMoment::Live => at,
            };
            passage::take_up(case, &read, made)?;
            Ok(None)
        }
        AsideKind::Command => {
            let unreadable = |_| StoreError::Value { value: body.clone(), wanted: "a command" };
            serde_json::from_str(&body).map(Some).map_err(unreadable)
        }
        AsideKind::Input | AsideKind::Row => Ok(None),
    }
}
