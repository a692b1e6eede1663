//! A car at a lane: read, decided, held or let pass.
//!
//! A passage decided open is not decided again; a held car is decided again at each read, and at once
//! when the reason may have gone away while it still waits ([`reconsider_plate`], [`reconsider_full`]).

use super::access::{self, Entry, Exit};
use super::display::{self, Scene};
use super::entitlement::Control;
use super::event::{PlateRead, ReadImage, ReadMoment};
use super::reports::Reporter;
use super::{
    Context, HoldReason, Lane, LaneDirection, LotError, Outcome, barrier, contract, image, lanes,
    passing, payment, stay,
};
use crate::happening::Happening;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::store::{ControlListEntry, SeenCar, Transaction, Waiting};
use jiff::{SignedDuration, Timestamp};
use std::time::Instant;

/// Camera messages are remembered this long, to know them when they come again.
pub const REMEMBER_MESSAGES: SignedDuration = SignedDuration::from_hours(48);

/// One car before one lane at one moment.
pub(super) struct Passage<'a> {
    pub(super) lane: &'a Lane,
    pub(super) plate: PlateNo,
    pub(super) plate_color: Option<String>,
    pub(super) license_plate_type: Option<i64>,
    pub(super) car_model: Option<i64>,
    pub(super) device_id: Id,
    pub(super) images: Vec<ReadImage>,
    /// When the car was there.
    pub(super) at: Timestamp,
    /// Whether it stands there now.
    pub(super) live: bool,
    pub(super) cause: Option<Instant>,
}

/// A camera read a plate.
pub fn plate_read(
    tx: &Transaction<'_>,
    context: Context<'_>,
    read: &PlateRead,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    if !tx.first_sight(&read.message, context.now)? {
        out.tell(Happening::Redelivered { device: context.rules.device_name(&read.device_id) });
        return Ok(out);
    }
    let Some(lane) = context.rules.lane_of_camera(&read.device_id) else {
        out.tell(Happening::NoLane { device: context.rules.device_name(&read.device_id) });
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
        images: read.images.clone(),
        at: match moment {
            ReadMoment::Live => context.now,
            ReadMoment::Late(moment) => moment,
        },
        live,
        cause: read.received,
    };
    if read.fake {
        report_event(tx, context, &passage, "相机识别为疑似套牌车", &mut out)?;
    }
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

/// Decides again about a plate's car if it still waits: what held it may have gone away.
pub fn reconsider_plate(
    tx: &Transaction<'_>,
    context: Context<'_>,
    out: &mut Outcome,
    plate_no: &str,
) -> Result<(), LotError> {
    reconsider(tx, context, out, |waiting| waiting.car.plate_no == plate_no)
}

/// Decides again about the cars that wait for a free space, the longest waiting first.
pub fn reconsider_full(
    tx: &Transaction<'_>,
    context: Context<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    reconsider(tx, context, out, |car| car.reason == HoldReason::Full.word())
}

/// Lets the car that waits in a lane pass whatever held it: staff take the responsibility. Returns its
/// plate; none when nobody waits there.
pub fn let_pass(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    out: &mut Outcome,
) -> Result<Option<String>, LotError> {
    let since = context.now - context.rules.waiting_for;
    let waiting = tx.waiting_in(lane.id.as_str())?.filter(|car| car.last_read >= since);
    let Some(passage) = waiting.as_ref().and_then(|one| Passage::of(lane, &one.car, context.now))
    else {
        return Ok(None);
    };
    pass(tx, context, &passage, out)?;
    Ok(Some(passage.plate.to_string()))
}

impl<'a> Passage<'a> {
    /// A car kept in the store, there at `at`; none when its plate is no plate.
    pub(super) fn of(lane: &'a Lane, car: &SeenCar, at: Timestamp) -> Option<Self> {
        Some(Self {
            lane,
            plate: car.plate_no.parse().ok()?,
            plate_color: car.plate_color.clone(),
            license_plate_type: car.license_plate_type,
            car_model: car.car_model,
            device_id: car.device_id.as_str().into(),
            images: serde_json::from_str(&car.images).unwrap_or_default(),
            at,
            live: true,
            cause: None,
        })
    }

    /// What is kept of it.
    pub(super) fn car(&self) -> SeenCar {
        SeenCar {
            plate_no: self.plate.to_string(),
            plate_color: self.plate_color.clone(),
            license_plate_type: self.license_plate_type,
            car_model: self.car_model,
            device_id: self.device_id.to_string(),
            images: serde_json::to_string(&self.images).unwrap_or_default(),
        }
    }
}

fn reconsider(
    tx: &Transaction<'_>,
    context: Context<'_>,
    out: &mut Outcome,
    concerns: impl Fn(&Waiting) -> bool,
) -> Result<(), LotError> {
    for car in tx.waiting_since(context.now - context.rules.waiting_for)? {
        let Some(lane) = context.rules.lane(&car.lane_id).filter(|_| concerns(&car)) else {
            continue;
        };
        let Some(passage) = Passage::of(lane, &car.car, context.now) else {
            continue;
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
        if !passage.images.is_empty() {
            image::keep_late(tx, context, passage)?;
        }
        if passage.live {
            barrier::open_after_all(tx, passage.lane, passage.cause, out)?;
        }
        return Ok(());
    }
    match judge(tx, context, passage)? {
        Some(reason) if passage.live => {
            passing::settle_former(tx, context, passage.lane, out)?;
            hold(tx, context, passage, &reason, out)?;
            display::held(passage.lane, &plate, &reason, out);
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
    if passage.live && passing::is_passing(tx, passage.lane, passage.plate.as_str())? {
        return Ok(true);
    }
    if let Some(inside) = tx.open_record_of(passage.plate.as_str())? {
        return Ok(inside.enter_lane.as_deref().is_some_and(here) && within(inside.enter_time));
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
    let plate_no = passage.plate.as_str();
    if is_exit(tx, passage)? {
        return Ok(match access::exit(tx, context, passage.lane, plate_no, passage.at)? {
            Exit::Open(_) => None,
            Exit::Hold(reason) => Some(reason),
        });
    }
    Ok(match access::entry(tx, context, plate_no, passage.at)? {
        Entry::Open => None,
        Entry::Hold(reason) => Some(reason),
    })
}

fn hold(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    reason: &HoldReason,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let before = tx.waiting_in(passage.lane.id.as_str())?;
    let same = before.filter(|one| one.car.plate_no == passage.plate.as_str());
    if same.as_ref().is_none_or(|car| car.reason != reason.word()) {
        report_hold(tx, context, passage, reason, out)?;
    }
    if matches!(reason, HoldReason::PaymentDue(_))
        && let Some(record) = tx.open_record_of(passage.plate.as_str())?
    {
        payment::ask_once(tx, context, &record, out)?;
        if record.contract.is_none() && same.is_none() {
            out.questions.push(contract::question(&record, contract::AT_EXIT));
        }
    }
    tx.set_waiting(&Waiting {
        lane_id: passage.lane.id.to_string(),
        car: passage.car(),
        reason: reason.word().to_owned(),
        since: same.map_or(context.now, |one| one.since),
        last_read: context.now,
    })?;
    Ok(())
}

/// 2002, where somebody should come and look; once for each car and reason.
fn report_hold(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    reason: &HoldReason,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let remark = match reason {
        HoldReason::Locked => "车主已锁车，出场拦截".to_owned(),
        HoldReason::Listed => {
            let control = Control::of(tx, passage.plate.as_str(), passage.at)?;
            let entry = control.holds_entry().or(control.holds_exit());
            format!("管控名单车辆拦截{}", entry.map(of_list).unwrap_or_default())
        }
        _ => return Ok(()),
    };
    report_event(tx, context, passage, &remark, out)
}

fn of_list(entry: &ControlListEntry) -> String {
    format!("，策略 {}，来源 {}", entry.strategy_type, entry.strategy_from)
}

fn report_event(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    remark: &str,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let (plate, lane) = (&passage.plate, passage.lane);
    Reporter::new(tx, context).plate_event(plate, lane, passage.at, remark, out)?;
    Ok(())
}

fn pass(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let exit = is_exit(tx, passage)?;
    if let Some(entry) = Control::of(tx, passage.plate.as_str(), passage.at)?.warns() {
        let way = if exit { "驶离" } else { "驶入" };
        let remark = format!("管控名单车辆{way}{}", of_list(entry));
        report_event(tx, context, passage, &remark, out)?;
    }
    if passage.live && passing::is_watched(tx, passage.lane)? {
        passing::begin(tx, context, passage, out)?;
    } else {
        record(tx, context, passage, out)?;
    }
    tx.clear_waiting(passage.lane.id.as_str())?;
    lanes::review(tx, context, passage.lane, out)?;
    if passage.live {
        let plate = passage.plate.to_string();
        let scene = if exit { Scene::Goodbye { plate } } else { Scene::Welcome { plate } };
        display::show(passage.lane, scene, out);
        barrier::open(tx, context, passage.lane, passage.cause, out)?;
    }
    Ok(())
}

/// The car has passed: its stay begins or ends.
pub(super) fn record(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let exit = is_exit(tx, passage)?;
    if exit {
        stay::leave(tx, context, passage, out)?;
    } else {
        stay::enter(tx, context, passage, out)?;
    }
    Reporter::new(tx, context).counts(out)?;
    if exit {
        reconsider_full(tx, context, out)?;
    }
    Ok(())
}
