//! A car at a lane: whether it may pass, and what passing means for its parking record.
//!
//! A passage decided open is not decided again; a held car is decided again at each read, and at once
//! when the reason may have gone away while it still waits ([`reconsider`]).

use super::event::{Actuation, PlateRead, ReadMoment};
use super::reports::Reporter;
use super::{Context, HoldReason, Lane, LaneDirection, LotError, Outcome, fee};
use crate::happening::{BarrierFault, Happening};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use crate::store::{ParkingRecord, RecordType, Transaction, Waiting};
use jiff::{SignedDuration, Timestamp};
use std::time::Instant;

/// Reads this much older than the present one of the same camera message are forgotten.
pub const REMEMBER_MESSAGES: SignedDuration = SignedDuration::from_hours(48);

/// One car before one lane at one moment.
struct Passage<'a> {
    lane: &'a Lane,
    plate: PlateNo,
    plate_color: Option<String>,
    license_plate_type: Option<i64>,
    car_model: Option<i64>,
    device_id: Id,
    /// When the car was there.
    at: Timestamp,
    /// Whether it stands there now.
    live: bool,
    cause: Option<Instant>,
}

/// A camera read a plate.
pub fn plate_read(
    tx: &Transaction<'_>,
    context: Context<'_>,
    read: &PlateRead,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    if !tx.first_sight(&read.message, context.now)? {
        out.tell(Happening::Redelivered { device: read.device_id.to_string() });
        return Ok(out);
    }
    let Some(lane) = context.rules.lane_of_camera(&read.device_id) else {
        out.tell(Happening::NoLane { device: read.device_id.to_string() });
        return Ok(out);
    };
    let moment = true_moment(tx, context, read)?;
    let live = moment == ReadMoment::Live;
    let shown = read.plate.as_ref().map_or_else(|| "—".to_owned(), ToString::to_string);
    out.tell(Happening::PlateRead { lane: lane.name.clone(), plate: shown.clone(), live });
    let Some(plate) = read.plate.clone() else {
        out.tell(Happening::Held {
            lane: lane.name.clone(),
            plate: shown,
            reason: HoldReason::NoPlate,
        });
        return Ok(out);
    };
    let passage = Passage {
        lane,
        plate,
        plate_color: read.plate_color.clone(),
        license_plate_type: read.license_plate_type,
        car_model: read.car_model,
        device_id: read.device_id.clone(),
        at: match moment {
            ReadMoment::Live => context.now,
            ReadMoment::Late(moment) => moment,
        },
        live,
        cause: read.received,
    };
    decide(tx, context, &passage, &mut out)?;
    Ok(out)
}

/// A read that lay in the broker while we were away is as late as one the camera itself sent late: the
/// car has long gone on. Only a clock known to be right can tell.
fn true_moment(
    tx: &Transaction<'_>,
    context: Context<'_>,
    read: &PlateRead,
) -> Result<ReadMoment, LotError> {
    let Some(sent) = read.sent.filter(|_| read.moment == ReadMoment::Live) else {
        return Ok(read.moment);
    };
    let old = context.now.duration_since(sent) > context.rules.waiting_for;
    if old && tx.device_clock_right(read.device_id.as_str())? {
        return Ok(ReadMoment::Late(sent));
    }
    Ok(ReadMoment::Live)
}

/// Decides again about the cars that still wait and that `concerns` names, the longest waiting first.
pub fn reconsider(
    tx: &Transaction<'_>,
    context: Context<'_>,
    out: &mut Outcome,
    concerns: impl Fn(&Waiting) -> bool,
) -> Result<(), LotError> {
    for car in tx.waiting_since(context.now - context.rules.waiting_for)? {
        let Some(lane) = context.rules.lane(&car.lane_id).filter(|_| concerns(&car)) else {
            continue;
        };
        let Ok(plate) = car.plate_no.parse() else {
            continue;
        };
        let passage = Passage {
            lane,
            plate,
            plate_color: car.plate_color.clone(),
            license_plate_type: car.license_plate_type,
            car_model: car.car_model,
            device_id: car.device_id.as_str().into(),
            at: context.now,
            live: true,
            cause: None,
        };
        // Only a read tells that the car is still there, so its last read stays what it was.
        if let Some(reason) = judge(tx, context, &passage)? {
            tx.set_waiting(&Waiting { reason: reason.word().to_owned(), ..car })?;
        } else {
            pass(tx, context, &passage, out)?;
        }
    }
    Ok(())
}

fn decide(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let (lane, plate) = (passage.lane.name.clone(), passage.plate.to_string());
    if is_of_an_earlier_stay(tx, passage)? {
        out.tell(Happening::Repeat { lane, plate });
        return Ok(());
    }
    if is_repeat(tx, context, passage)? {
        out.tell(Happening::Repeat { lane, plate });
        if passage.live {
            open_barrier_after_all(tx, passage, out)?;
        }
        return Ok(());
    }
    match judge(tx, context, passage)? {
        Some(reason) if passage.live => {
            hold(tx, context, passage, &reason)?;
            out.tell(Happening::Held { lane, plate, reason });
            Ok(())
        }
        // A read sent late tells what has already happened; holding it would keep nobody.
        _ => pass(tx, context, passage, out),
    }
}

/// The same car in the same lane, its passage decided open a moment ago and nothing since.
fn is_repeat(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
) -> Result<bool, LotError> {
    let here = |lane: &str| passage.lane.id == Id::from(lane);
    let within =
        |moment: Timestamp| passage.at.duration_since(moment).abs() < context.rules.repeat_window;
    if let Some(inside) = tx.open_record_of(passage.plate.as_str())? {
        return Ok(here(&inside.enter_lane) && within(inside.enter_time));
    }
    let left = tx.last_closed_record_of(passage.plate.as_str())?;
    Ok(left.is_some_and(|left| {
        left.leave_lane.as_deref().is_some_and(here) && left.leave_time.is_some_and(within)
    }))
}

/// A read sent late whose car has come in anew since: the present stay is none of its business.
fn is_of_an_earlier_stay(tx: &Transaction<'_>, passage: &Passage<'_>) -> Result<bool, LotError> {
    if passage.live {
        return Ok(false);
    }
    let inside = tx.open_record_of(passage.plate.as_str())?;
    Ok(inside.is_some_and(|inside| inside.enter_time > passage.at))
}

fn is_exit(tx: &Transaction<'_>, passage: &Passage<'_>) -> Result<bool, LotError> {
    Ok(match passage.lane.direction {
        LaneDirection::Entry => false,
        LaneDirection::Exit => true,
        LaneDirection::Both => tx.open_record_of(passage.plate.as_str())?.is_some(),
    })
}

/// Why the car may not pass; none when it may.
fn judge(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
) -> Result<Option<HoldReason>, LotError> {
    if !is_exit(tx, passage)? {
        // A car we believe inside came in again: its own space is not taken twice.
        let known = tx.open_record_of(passage.plate.as_str())?.is_some();
        let taken = tx.used_spaces()? - i64::from(known);
        return Ok((taken >= context.rules.total_spaces).then_some(HoldReason::Full));
    }
    let Some(record) = tx.open_record_of(passage.plate.as_str())? else {
        return Ok(Some(HoldReason::NotInside));
    };
    if tx.lock_of(passage.plate.as_str())?.is_some() {
        return Ok(Some(HoldReason::Locked));
    }
    let charges = tx.charges_of(&record.id)?;
    let due = fee::bill(&context.rules.tariff, &record, &charges, passage.at).due;
    Ok((due > Money::ZERO).then_some(HoldReason::PaymentDue(due)))
}

fn hold(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    reason: &HoldReason,
) -> Result<(), LotError> {
    let before = tx.waiting_in(passage.lane.id.as_str())?;
    let same = before.filter(|car| car.plate_no == passage.plate.as_str());
    tx.set_waiting(&Waiting {
        lane_id: passage.lane.id.to_string(),
        plate_no: passage.plate.to_string(),
        plate_color: passage.plate_color.clone(),
        license_plate_type: passage.license_plate_type,
        car_model: passage.car_model,
        device_id: passage.device_id.to_string(),
        reason: reason.word().to_owned(),
        since: same.map_or(context.now, |car| car.since),
        last_read: context.now,
    })?;
    Ok(())
}

fn pass(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let exit = is_exit(tx, passage)?;
    if exit {
        leave(tx, context, passage, out)?;
    } else {
        enter(tx, context, passage, out)?;
    }
    tx.clear_waiting(passage.lane.id.as_str())?;
    if passage.live {
        open_barrier(tx, context, passage, out)?;
    }
    Reporter::new(tx, context).counts(out)?;
    if exit {
        reconsider(tx, context, out, |car| car.reason == HoldReason::Full.word())?;
    }
    Ok(())
}

fn enter(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    if let Some(unseen) = tx.open_record_of(passage.plate.as_str())? {
        close_unseen(tx, context, unseen, passage.at, out)?;
    }
    let record = ParkingRecord {
        id: Id::random().to_string(),
        plate_no: passage.plate.to_string(),
        plate_color: passage.plate_color.clone(),
        license_plate_type: passage.license_plate_type,
        car_model: passage.car_model,
        enter_time: passage.at,
        enter_lane: passage.lane.id.to_string(),
        in_equipment_id: Some(passage.device_id.to_string()),
        leave_time: None,
        leave_lane: None,
        out_equipment_id: None,
        receivables: Money::ZERO,
        discount: Money::ZERO,
        received: Money::ZERO,
        record_type: RecordType::Normal,
    };
    tx.insert_record(&record)?;
    Reporter::new(tx, context).record(5004, &record, out)?;
    out.tell(Happening::Entered {
        lane: passage.lane.name.clone(),
        plate: record.plate_no,
        record: record.id,
    });
    Ok(())
}

/// A stay whose end nobody saw: the car must have left before it came in again. What it would have owed
/// is unknown, so nothing is claimed beyond what was paid.
fn close_unseen(
    tx: &Transaction<'_>,
    context: Context<'_>,
    mut record: ParkingRecord,
    at: Timestamp,
    out: &mut Outcome,
) -> Result<(), LotError> {
    record.leave_time = Some(at.max(record.enter_time));
    record.receivables = record.received + record.discount;
    record.record_type = RecordType::Abnormal;
    tx.update_record(&record)?;
    tx.unlock(&record.plate_no)?;
    Reporter::new(tx, context).record(5005, &record, out)?;
    out.tell(Happening::ClosedUnseen { plate: record.plate_no, record: record.id });
    Ok(())
}

fn leave(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let Some(mut record) = tx.open_record_of(passage.plate.as_str())? else {
        // Only a read sent late comes here: a car left that never came in. There is nothing to close.
        out.tell(Happening::Held {
            lane: passage.lane.name.clone(),
            plate: passage.plate.to_string(),
            reason: HoldReason::NotInside,
        });
        return Ok(());
    };
    let charges = tx.charges_of(&record.id)?;
    let bill = fee::bill(&context.rules.tariff, &record, &charges, passage.at);
    let locked = tx.unlock(&record.plate_no)?;
    record.leave_time = Some(passage.at.max(record.enter_time));
    record.leave_lane = Some(passage.lane.id.to_string());
    record.out_equipment_id = Some(passage.device_id.to_string());
    record.receivables = bill.receivables;
    record.discount = bill.discount;
    record.received = bill.received;
    record.record_type = match (locked, bill.due > Money::ZERO) {
        (true, _) => RecordType::LeftLocked,
        (false, true) => RecordType::Abnormal,
        (false, false) => record.record_type,
    };
    tx.update_record(&record)?;
    Reporter::new(tx, context).record(5005, &record, out)?;
    out.tell(Happening::Left {
        lane: passage.lane.name.clone(),
        plate: record.plate_no,
        record: record.id,
        received: record.received,
    });
    Ok(())
}

fn open_barrier(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let lane = passage.lane;
    let Some(barrier) = lane.barrier.clone() else {
        let fault = BarrierFault::NoBarrier;
        out.tell(Happening::BarrierFault { lane: lane.name.clone(), fault });
        return Ok(());
    };
    let id = Id::random().to_string();
    tx.remove_unsent_actuations(lane.id.as_str())?;
    tx.add_actuation(&id, lane.id.as_str(), context.now)?;
    out.actuations.push(Actuation {
        id,
        lane_id: lane.id.clone(),
        lane: lane.name.clone(),
        barrier,
        cause: passage.cause,
    });
    Ok(())
}

/// The car still stands there because the command never reached its device.
fn open_barrier_after_all(
    tx: &Transaction<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let lane = passage.lane;
    let Some(barrier) = lane.barrier.clone() else { return Ok(()) };
    if let Some(id) = tx.take_unsent_actuation(lane.id.as_str())? {
        out.actuations.push(Actuation {
            id,
            lane_id: lane.id.clone(),
            lane: lane.name.clone(),
            barrier,
            cause: passage.cause,
        });
    }
    Ok(())
}
