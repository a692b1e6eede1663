//! What the lot reports, from its own records to the outbox: one function a cause, each naming its
//! interface. It says what is; whether something is to be said is decided by whoever calls. When the counts
//! (5003) are due is [`occupancy`]'s, garages (8002, 8003) are [`garages`]'s, what base data the platform lacks
//! [`base_data`]'s, what answers mean [`settle`]'s.

pub(super) mod base_data;
mod breakdowns;
mod discounts;
pub(super) mod garages;
pub(super) mod occupancy;
pub(super) mod settle;
pub(super) mod subject;

use super::case::Case;
use super::rules::Lane;
use super::spaces;
use crate::model::event::Alarm;
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::{Remark, cut};
use crate::model::staff::Refund;
use crate::standard::codes::{EventLevel, LaneState, Presence, RecordReport, SpaceState, Standing};
use crate::standard::datetime::DateTime;
use crate::standard::entities::{
    EntranceStateInfo, EquipmentStateInfo, EventInfo, LeaseUpdate, MonthlyRentalLease, ParkCarInfo,
    ParkChargeInfo, ParkOrder, ParkRecordInfo, RefundInfo, SpaceStateInfo,
};
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::standard::report::Report;
use crate::store::{Charge, Mission, ParkingRecord, StoreError, Urgency};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// Characters that table 27's `position` holds.
const POSITION: usize = 50;

/// 5004, 5005 or 5006: a parking record as it stands now, or stood when it began (5004).
pub fn record(
    case: &mut Case<'_>,
    report: RecordReport,
    record: &ParkingRecord,
) -> Result<(), StoreError> {
    match report {
        RecordReport::In if record.is_untold => Ok(()),
        RecordReport::In => {
            let (leave_time, leave_lane, out_equipment_id) = (None, None, None);
            let begun =
                ParkingRecord { leave_time, leave_lane, out_equipment_id, ..record.clone() };
            queue_record(case, report, &begun)
        }
        _ if tells_of(case, record)? => queue_record(case, report, record),
        _ => Ok(()),
    }
}

fn queue_record(
    case: &mut Case<'_>,
    report: RecordReport,
    record: &ParkingRecord,
) -> Result<(), StoreError> {
    let charges = case.tx.charges_of(&record.id)?;
    let info = record_info(case, record, &charges);
    queue(case, report.code(), &info, &subject::record(&record.id), Urgency::Record)
}

/// Whether another gateway tells the platform of what is seen now: it drives the lot, and sees it, too. What people do at this
/// one that one does not see.
pub fn another_tells(case: &Case<'_>) -> Result<bool, StoreError> {
    Ok(!case.by_people && case.tx.stands_back()?)
}

/// Whether another gateway has told the platform of a stay that began then, or does.
pub fn another_told(case: &Case<'_>, began: Timestamp) -> Result<bool, StoreError> {
    Ok(another_tells(case)? || !case.by_people && began <= case.tx.other_gateway()?.drove)
}

/// Whether another gateway was about since a moment: it may have told of a stay, and taken its money.
pub fn another_was_about(case: &Case<'_>, since: Timestamp) -> Result<bool, StoreError> {
    Ok(case.tx.another_gateway()?.is_some() || since <= case.tx.other_gateway()?.about)
}

/// Whether something of a stay is told here. One of which another gateway told that it began is that one's to tell of, until
/// this one drives or its people do something with it: then its beginning is told first. Who told of a beginning tells of
/// the rest, whoever drives.
fn tells_of(case: &mut Case<'_>, record: &ParkingRecord) -> Result<bool, StoreError> {
    if !record.is_untold {
        return Ok(true);
    }
    if another_tells(case)? {
        return Ok(false);
    }
    if case.tx.set_told(&record.id)? {
        let told = ParkingRecord { is_untold: false, ..record.clone() };
        self::record(case, RecordReport::In, &told)?;
    }
    Ok(true)
}

/// Writes into what waits to be told of a stay when it began and ended by what is known now.
pub fn tell_stays_times(case: &Case<'_>, element: &mut Value) -> Result<(), StoreError> {
    let id = element.get("id").and_then(Value::as_str).map(Id::from);
    let Some(id) = id else { return Ok(()) };
    let Some(record) = case.tx.record(&id)? else { return Ok(()) };
    for (name, moment) in [("enterTime", Some(record.enter_time)), ("leaveTime", record.leave_time)]
    {
        if let (Some(told), Some(moment)) = (element.get_mut(name), moment) {
            *told = local(case, moment).to_string().into();
        }
    }
    Ok(())
}

/// 5008: a charge.
pub fn charge(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    charge: &Charge,
) -> Result<(), StoreError> {
    if !tells_of(case, record)? {
        return Ok(());
    }
    let (by_coupons, coupons) = discounts::of_charge(case, charge)?;
    let info = ParkChargeInfo {
        id: charge.id.clone(),
        order_no: charge.order_no.clone(),
        record_id: record.id.clone(),
        park_car_info: car_info(case, record),
        pay_time: local(case, charge.pay_time),
        receivables: charge.receivables + by_coupons,
        discount: charge.discount + by_coupons,
        received: charge.received,
        pay_type: charge.pay_type,
        pay_from: charge.pay_from.clone(),
        list_discounts: charge.list_discounts.iter().cloned().chain(coupons).collect(),
    };
    queue(case, 5008, &info, &subject::record(&record.id), Urgency::Record)
}

/// 5007: the platform shall collect what an order for a stay says; whether it is asked, and not by another gateway.
pub fn payment_wanted(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    order: &ParkOrder,
) -> Result<bool, StoreError> {
    if another_tells(case)? || !tells_of(case, record)? {
        return Ok(false);
    }
    queue(case, 5007, order, &subject::order(&order.record_id), Urgency::Payment)?;
    Ok(true)
}

/// 5009: money was given back.
pub fn refund(
    case: &mut Case<'_>,
    id: &Id,
    record: &ParkingRecord,
    refund: &Refund,
    order_no: &str,
) -> Result<(), StoreError> {
    if !tells_of(case, record)? {
        return Ok(());
    }
    let info = RefundInfo {
        id: id.clone(),
        order_no: order_no.to_owned(),
        time: local(case, case.now),
        refund_money: refund.refund_money,
        refund_type: refund.refund_type,
        refund_from: refund.refund_from.clone(),
    };
    queue(case, 5009, &info, &subject::record(&record.id), Urgency::Record)
}

/// 5011: how a lane stands, and why where it does not stand as it should.
pub fn lane_state(
    case: &mut Case<'_>,
    lane: &Lane,
    state: LaneState,
    comment: Option<&Remark<'_>>,
) -> Result<(), StoreError> {
    let info = EntranceStateInfo {
        park_code: case.rules.park_code.clone(),
        entrance_id: lane.id.clone(),
        state: state.number(),
        comment: comment.map(Remark::text),
    };
    queue_own(case, 5011, &info, &subject::lane(&lane.id))
}

/// 2002 about a device, or the gateway itself, where the platform wants events of that kind.
pub fn device_event(
    case: &mut Case<'_>,
    (kind, level): (EventKind, EventLevel),
    device_id: &Id,
    remark: &Remark<'_>,
    position: Option<&str>,
) -> Result<(), StoreError> {
    let Some(event_type) = case.rules.events.of(kind) else { return Ok(()) };
    let event = event(case, (event_type, level), device_id, remark);
    let event = EventInfo { position: position.map(position_text), ..event };
    queue_event(case, &event)
}

/// 2002 that a report or picture waits for people, as the platform did not take it; none about such an event, which would
/// be the next.
pub fn not_wanted(
    case: &mut Case<'_>,
    (code, key): (u16, &str),
    words: &str,
) -> Result<(), StoreError> {
    if code == 2002 {
        return Ok(());
    }
    let (kind, what) = ((EventKind::Queue, EventLevel::Fault), format!("{code} {key}"));
    let remark = Remark::NotWanted { what: &what, words };
    device_event(case, kind, &case.rules.equipment_id, &remark, None)
}

/// 2002 about a garage, by table A.3.
pub fn garage_event(
    case: &mut Case<'_>,
    device_id: &Id,
    garage_code: &str,
    kind: Alarm,
    remark: &Remark<'_>,
) -> Result<(), StoreError> {
    let event = event(case, (kind.code, kind.class.level()), device_id, remark);
    let event = EventInfo { position: Some(position_text(garage_code)), ..event };
    queue_event(case, &event)
}

/// 2002 about a car that a garage moves, or should have, by table A.3.
pub fn mission_event(
    case: &mut Case<'_>,
    device_id: &Id,
    mission: &Mission,
    kind: Alarm,
    remark: &Remark<'_>,
) -> Result<(), StoreError> {
    let event = event(case, (kind.code, kind.class.level()), device_id, remark);
    let event = EventInfo {
        space_no: mission.space_no.clone(),
        plate_no: mission.plate_no.as_deref().and_then(|plate_no| plate_no.parse().ok()),
        position: Some(position_text(&mission.garage_code)),
        ..event
    };
    queue_event(case, &event)
}

/// 2002 about a car that somebody should look at, in a lane at `at` where it stands in one, where the platform wants
/// events of that kind.
pub fn plate_event(
    case: &mut Case<'_>,
    kind: EventKind,
    plate: &PlateNo,
    lane: Option<&Lane>,
    at: Timestamp,
    remark: &Remark<'_>,
) -> Result<(), StoreError> {
    let Some(event_type) = case.rules.events.of(kind) else { return Ok(()) };
    let device_id = lane.map_or(&case.rules.equipment_id, |lane| &lane.camera);
    let event = event(case, (event_type, EventLevel::Alarm), device_id, remark);
    let event = EventInfo {
        plate_no: Some(plate.clone()),
        time: local(case, at),
        position: lane.map(|lane| position_text(&lane.name)),
        ..event
    };
    if another_tells(case)? {
        return Ok(());
    }
    queue_event(case, &event)
}

/// 5001: how a numbered space stands, when that is otherwise than said last; and 8003, where its garage's spaces
/// are ours to count.
pub fn space_state(case: &mut Case<'_>, space_no: &str) -> Result<(), StoreError> {
    if case.rules.space(space_no).is_none() {
        return Ok(());
    }
    let state = spaces::state_of(case, space_no)?;
    let watched = spaces::is_watched(case, space_no);
    let unheard = if watched { SpaceState::Unknown } else { SpaceState::Free };
    let told_by = spaces::told_by(case, space_no);
    if !case.tx.set_space_reported(space_no, state, unheard, told_by)? {
        return Ok(());
    }
    let info = SpaceStateInfo {
        space_no: space_no.to_owned(),
        park_code: Some(case.rules.park_code.clone()),
        state: state.number(),
    };
    queue(case, 5001, &info, &subject::space(space_no), Urgency::State)?;
    garages::space_changed(case, space_no);
    Ok(())
}

/// 5001 of every numbered space that stands otherwise than said last: at a start, and where spaces have got or lost
/// their sensors.
pub fn all_space_states(case: &mut Case<'_>) -> Result<(), StoreError> {
    let rules = case.rules;
    if rules.spaces.is_empty() {
        return Ok(());
    }
    let all = spaces::AllSpaces::read(case)?;
    let mut untold = rules.spaces.iter().filter(|space| !all.is_told(space));
    untold.try_for_each(|space| space_state(case, &space.space_no))
}

/// 5002: a device is online or offline.
pub fn device_state(case: &mut Case<'_>, id: &Id, online: bool) -> Result<(), StoreError> {
    let state = if online { Presence::Online } else { Presence::Offline };
    let info = EquipmentStateInfo { id: id.clone(), state: state.number() };
    queue(case, 5002, &info, &subject::device(id), Urgency::State)
}

/// 5012: a lease as it is now, or that it is no longer.
pub fn lease(
    case: &mut Case<'_>,
    lease: &MonthlyRentalLease,
    key: &str,
    standing: Standing,
) -> Result<(), StoreError> {
    let mut lease = lease.clone();
    // Other platforms' ids may be of any length up to 32; ours are as table 28 demands.
    if lease.id.as_str().len() != 32 {
        lease.id = Id::random();
    }
    let update = LeaseUpdate { lease, state: standing.number() };
    queue(case, 5012, &update, &subject::lease(key), Urgency::Record)
}

/// Table 11 from what was seen of a car; none where only its space was seen.
pub fn car_info(case: &Case<'_>, record: &ParkingRecord) -> Option<ParkCarInfo> {
    Some(ParkCarInfo {
        plate_no: record.plate_no.clone()?,
        plate_color: record.plate_color.clone(),
        car_color: record.car_color.clone(),
        license_plate_type: record.license_plate_type,
        car_model: record.car_model,
        car_logo: record.car_logo.clone(),
        eid_equiped: case.rules.eid_equipped,
        vrdb_no: None,
        vrdb_plate_type: None,
        vrdb_car_model: None,
        vrdb_usage: None,
        vrdb_seqno: None,
    })
}

/// An event about neither a car nor a place, at this moment; `kind` is type and level.
fn event(
    case: &Case<'_>,
    (event_type, level): (i64, EventLevel),
    device_id: &Id,
    remark: &Remark<'_>,
) -> EventInfo {
    EventInfo {
        id: Id::random(),
        park_code: Some(case.rules.park_code.clone()),
        space_no: None,
        plate_no: None,
        time: local(case, case.now),
        event_type,
        event_level: level.number(),
        position: None,
        equipment_id: device_id.clone(),
        remark: remark.text(),
    }
}

fn queue_event(case: &mut Case<'_>, event: &EventInfo) -> Result<(), StoreError> {
    queue(case, 2002, event, &subject::event(&event.id), Urgency::Record)
}

fn position_text(position: &str) -> String {
    cut(position.to_owned(), POSITION)
}

/// Counts and how lanes stand into the outbox: of two gateways the one that drives tells them. The other may not know of every
/// car, and opens for none.
fn queue_own(
    case: &mut Case<'_>,
    code: u16,
    element: &impl Serialize,
    subject: &str,
) -> Result<(), StoreError> {
    if case.tx.stands_back()? {
        return Ok(());
    }
    queue(case, code, element, subject, Urgency::State)
}

/// Into the outbox. What the standard has no room for is told, and kept for people where it is of the books; the lane goes
/// on.
fn queue(
    case: &mut Case<'_>,
    code: u16,
    element: &impl Serialize,
    subject: &str,
    urgency: Urgency,
) -> Result<(), StoreError> {
    match Report::by(code, element, case.rules.money_style, &case.rules.lengths) {
        Ok(report) => {
            case.out.reported = true;
            // A car waits for it.
            if urgency == Urgency::Payment {
                case.out.press();
            }
            case.tx.queue(&report, subject, urgency, case.now)
        }
        Err(error) => {
            let words = error.to_string();
            // An event is told again by what it tells of.
            if urgency == Urgency::Record
                && code != 2002
                && let Ok(element) = serde_json::to_value(element)
            {
                case.tx.keep_unfit((code, &element), subject, &words, case.now)?;
            }
            case.tell(Happening::UnfitReport { error: words });
            Ok(())
        }
    }
}

fn record_info(case: &Case<'_>, record: &ParkingRecord, charges: &[Charge]) -> ParkRecordInfo {
    ParkRecordInfo {
        id: record.id.clone(),
        park_code: Some(case.rules.park_code.clone()),
        garage_no: garages::of_record(case.rules, record).map(str::to_owned),
        space_no: record.space_no.clone(),
        park_car_info: car_info(case, record),
        enter_time: local(case, record.enter_time),
        in_equipment_id: record.in_equipment_id.clone(),
        leave_time: record.leave_time.map(|moment| local(case, moment)),
        out_equipment_id: record.out_equipment_id.clone(),
        charge_id_list: charges.iter().map(|charge| charge.id.clone()).collect(),
        receivables: record.receivables,
        discount: record.discount,
        received: record.received,
        share_order_id: record.share_id.as_ref().and_then(|id| case.rules.share_order_id.of(id)),
        is_stagger: Some(i64::from(record.share_id.is_some())),
        record_type: Some(record.record_type.number()),
    }
}

fn local(case: &Case<'_>, moment: Timestamp) -> DateTime {
    DateTime::at(moment, &case.rules.time_zone)
}
