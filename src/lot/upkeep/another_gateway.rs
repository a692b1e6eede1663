//! Another gateway that drives the lot, too, or no longer: it is told, and what was held back for it is taken up.

use crate::lot::case::Case;
use crate::lot::lane::{barrier, condition, passage};
use crate::lot::report;
use crate::lot::stay;
use crate::model::another_gateway::{AnotherGateway, Stance};
use crate::model::event_kind::EventKind;
use crate::model::happening::{Happening, Hold};
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::standard::years::earlier;
use crate::store::{OtherGateway, ParkingRecord, StoreError, Waiting};
use jiff::{SignedDuration, Timestamp};

/// Who was held and is not read for so long may have gone.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(2);
/// It is looked at so often, in seconds.
const EVERY: i64 = 10;

/// Time has passed: whom the other has let out is not inside any more. Of who was let pass here that is known; who was held
/// for its money, and waits no more, has paid there.
pub(super) fn let_out_by_it(case: &mut Case<'_>) -> Result<(), StoreError> {
    if case.now.as_second() % EVERY != 0 {
        return Ok(());
    }
    for record in case.tx.left_to_another_before(earlier(case.now, GONE_AFTER))? {
        let Some(plate_no) = &record.plate_no else { continue };
        if passage::lane_of_waiting(case, plate_no)?.is_some() {
            continue;
        }
        case.tx.take_from_another(&record.id)?;
        // Nobody lets a locked car out: it stands somewhere, or was taken, and people have to look.
        if case.tx.lock_of(plate_no.as_str())?.is_none() {
            stay::let_out_by_another(case, record)?;
        }
    }
    Ok(())
}

/// It says every 5 s that it is there, and is gone after 30 s without a word: so long it has done nothing by then.
const SILENT: SignedDuration = SignedDuration::from_secs(25);

/// What was so until now has ended, by its silence or as somebody said so, or this process has begun anew: how long the other
/// was about, and drove. Returns until when it drove.
pub(super) fn note(case: &Case<'_>, now: Option<&AnotherGateway>) -> Result<Timestamp, StoreError> {
    let before = case.tx.another_gateway()?;
    let noted = case.tx.other_gateway()?;
    if before.is_none() && now.is_none() {
        return Ok(noted.drove);
    }
    let until = if now.is_some() { case.now } else { earlier(case.now, SILENT) };
    let drove = if stands_back(before.as_ref()) { until } else { noted.drove };
    case.tx.set_other_gateway(OtherGateway { about: case.now, drove })?;
    Ok(drove)
}

/// Whoever waits to pay, asked by this one until now, pays the other from now on.
fn leave_who_waits(case: &Case<'_>) -> Result<(), StoreError> {
    each_who_waits_to_pay(case, |waiting, record| {
        case.tx.leave_to_another(&record.id, waiting.last_read)
    })
}

/// Who stands at an exit yet is this one's to let out.
fn take_who_waits(case: &Case<'_>) -> Result<(), StoreError> {
    each_who_waits_to_pay(case, |waiting, record| {
        if condition::still_stands(case, waiting) {
            case.tx.take_from_another(&record.id)?;
        }
        Ok(())
    })
}

fn each_who_waits_to_pay(
    case: &Case<'_>,
    work: impl Fn(&Waiting, &ParkingRecord) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let waiting = case.tx.all_waiting()?.into_iter();
    for waiting in waiting.filter(|waiting| waiting.reason == Hold::PaymentDue) {
        if let Some(record) = case.tx.open_record_of(waiting.car.plate_no.as_str())? {
            work(&waiting, &record)?;
        }
    }
    Ok(())
}

/// What is so now, after what was noted before.
pub(super) fn told(
    case: &mut Case<'_>,
    before: Option<&AnotherGateway>,
    now: Option<AnotherGateway>,
    drove: Timestamp,
) -> Result<(), StoreError> {
    if before == now.as_ref() {
        return Ok(());
    }
    if stands_back(now.as_ref()) {
        leave_who_waits(case)?;
    }
    let stood_back = stands_back(before) && !stands_back(now.as_ref());
    if stood_back {
        barrier::take_up(case, drove)?;
        take_who_waits(case)?;
        let rules = case.rules;
        rules.lanes.iter().try_for_each(|lane| condition::report(case, lane))?;
        report::occupancy::changed(case)?;
        case.garage_spaces_changed();
        case.tell(Happening::DrivesAgain);
    }
    let id = &case.rules.equipment_id;
    match now {
        Some(AnotherGateway { stance, box_id: other, here }) => {
            let remark = Remark::AnotherGateway { stance, other: &other };
            let kind = (EventKind::AnotherGateway, EventLevel::Alarm);
            report::device_event(case, kind, id, &remark, None)?;
            case.tell(Happening::AnotherGateway { stance, other, here });
        }
        None => {
            let kind = (EventKind::AnotherGateway, EventLevel::Ordinary);
            report::device_event(case, kind, id, &Remark::NoOtherGateway { stood_back }, None)?;
            case.tell(Happening::NoOtherGateway);
        }
    }
    Ok(())
}

/// Whether this gateway stands back for that one.
pub(super) fn stands_back(another: Option<&AnotherGateway>) -> bool {
    another.is_some_and(|another| another.stance == Stance::StandsBack)
}
