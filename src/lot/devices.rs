//! What devices' states and answers mean for the lot.

use super::event::Act;
use super::reports::Reporter;
use super::{Context, Lane, LotError, Outcome, barrier, lanes, missions};
use crate::happening::{BarrierFault, Happening};
use crate::standard::id::Id;
use crate::store::{LaneCondition, PendingActuation, Transaction};
use jiff::SignedDuration;
use std::time::Duration;

/// A barrier command this old is not sent again after a restart: the car has helped itself by then.
const REPEAT_ACTUATION_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// A device was heard after silence, or fell silent.
pub fn device_state(
    tx: &Transaction<'_>,
    context: Context<'_>,
    id: &Id,
    online: bool,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    if tx.set_device_online(id.as_str(), online, context.now)? {
        Reporter::new(tx, context).device_state(id, online, &mut out)?;
        if !online {
            Reporter::new(tx, context).device_event(id, 2, "设备离线", None, &mut out)?;
        }
        lanes::review_all(tx, context, &mut out)?;
        if online {
            missions::resume(tx, context, Some(id), &mut out)?;
        }
        let device = context.rules.device_name(id);
        out.tell(if online {
            Happening::DeviceOnline { device }
        } else {
            Happening::DeviceOffline { device }
        });
    }
    Ok(out)
}

/// A barrier command was answered, refused or not answered.
pub fn barrier_answered(
    tx: &Transaction<'_>,
    context: Context<'_>,
    actuation: &str,
    lane_id: &Id,
    result: &Result<Duration, BarrierFault>,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    // What never left may still be sent when the car is read again; anything else must not be
    // repeated, because a second pulse can close some barriers.
    if matches!(result, Err(BarrierFault::Unreachable)) {
        tx.set_actuation_unsent(actuation)?;
    } else {
        tx.remove_actuation(actuation)?;
    }
    let Some(known) = context.rules.lane(lane_id.as_str()) else { return Ok(out) };
    let lane = known.name.clone();
    // Where a limit switch tells whether the arm is up, a relay's click is no proof.
    if result.is_err() || known.barrier_up.is_none() {
        note_barrier(tx, context, known, result.as_ref().err(), &mut out)?;
    }
    if result.is_err() {
        set_up_by_nobody(tx, known)?;
    }
    out.tell(match result {
        Ok(after) => Happening::BarrierConfirmed { lane, after: *after },
        Err(fault) => Happening::BarrierFault { lane, fault: fault.clone() },
    });
    Ok(out)
}

/// A barrier that does not obey stops its lane and calls somebody, once until it obeys again.
fn note_barrier(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    fault: Option<&BarrierFault>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let condition = tx.lane_condition(lane.id.as_str())?;
    if condition.barrier_faulty == fault.is_some() {
        return Ok(());
    }
    let changed = LaneCondition { barrier_faulty: fault.is_some(), ..condition };
    tx.set_lane_condition(lane.id.as_str(), &changed)?;
    if let (Some(fault), Some(barrier)) = (fault, &lane.barrier) {
        let remark = format!("道闸未打开：{}", words(fault));
        let reporter = Reporter::new(tx, context);
        reporter.device_event(&barrier.device_id, 2, &remark, Some(&lane.name), out)?;
    }
    lanes::review(tx, context, lane, out)
}

/// A lane's arm is up.
pub(super) fn barrier_is_up(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    out: &mut Outcome,
) -> Result<(), LotError> {
    set_up_by_nobody(tx, lane)?;
    note_barrier(tx, context, lane, None, out)
}

fn set_up_by_nobody(tx: &Transaction<'_>, lane: &Lane) -> Result<(), LotError> {
    let condition = tx.lane_condition(lane.id.as_str())?;
    if condition.up_by.is_some() {
        tx.set_lane_condition(lane.id.as_str(), &LaneCondition { up_by: None, ..condition })?;
    }
    Ok(())
}

/// Time has passed: arms that should be up by now and are not.
pub(super) fn expect_barriers(
    tx: &Transaction<'_>,
    context: Context<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    for lane in &context.rules.lanes {
        let condition = tx.lane_condition(lane.id.as_str())?;
        if condition.up_by.is_some_and(|up_by| context.now >= up_by) {
            set_up_by_nobody(tx, lane)?;
            note_barrier(tx, context, lane, Some(&BarrierFault::NotUp), out)?;
            let fault = BarrierFault::NotUp;
            out.tell(Happening::BarrierFault { lane: lane.name.clone(), fault });
        }
    }
    Ok(())
}

/// A damaged database was moved aside: what it held has to be looked after by somebody.
pub fn database_moved(
    tx: &Transaction<'_>,
    context: Context<'_>,
    path: &str,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    let remark = format!("数据库损坏，已移至 {path}");
    let (reporter, id) = (Reporter::new(tx, context), &context.rules.equipment_id);
    reporter.device_event(id, 2, &remark, None, &mut out)?;
    Ok(out)
}

/// For the platform's people.
fn words(fault: &BarrierFault) -> &'static str {
    match fault {
        BarrierFault::Refused(_) => "设备拒绝",
        BarrierFault::Silent => "设备未应答",
        BarrierFault::Unreachable => "设备无法连接",
        BarrierFault::NoBarrier => "车道未配置道闸",
        BarrierFault::NotUp => "未在规定时间内升起",
    }
}

/// A device's clock agrees with ours, or no longer does.
pub fn clock(
    tx: &Transaction<'_>,
    context: Context<'_>,
    id: &Id,
    right: bool,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    if tx.set_device_clock(id.as_str(), right)? && !right {
        Reporter::new(tx, context).device_event(id, 1, "设备时钟未同步", None, &mut out)?;
    }
    Ok(out)
}

/// After a start: barrier commands that were decided but never answered go out once more as soon as
/// their device can be reached, unless they have grown old. The id is the same, so a device that got
/// the first can tell.
pub fn resume(tx: &Transaction<'_>, context: Context<'_>) -> Result<(), LotError> {
    for pending in tx.actuations()? {
        if is_fresh(context, &pending) {
            tx.set_actuation_unsent(&pending.id)?;
        } else {
            tx.remove_actuation(&pending.id)?;
        }
    }
    Ok(())
}

/// The way to a device is open: what never left for it leaves now, if the car may still be there.
pub fn reachable(
    tx: &Transaction<'_>,
    context: Context<'_>,
    device_id: &Id,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    for pending in tx.actuations()? {
        let lane = context.rules.lane(&pending.lane_id);
        let Some((lane, barrier)) = lane.and_then(|lane| Some((lane, lane.barrier.as_ref()?)))
        else {
            continue;
        };
        if barrier.device_id == *device_id
            && is_fresh(context, &pending)
            && tx.set_actuation_sent(&pending.id)?
        {
            out.actuations.push(barrier::opening(pending.id, lane, barrier, None));
        }
    }
    for lane in &context.rules.lanes {
        let Some(barrier) = lane.barrier.as_ref().filter(|one| one.device_id == *device_id) else {
            continue;
        };
        if tx.lane_condition(lane.id.as_str())?.held_open {
            let act = Act::Hold { output: barrier.output };
            out.actuations.push(barrier::actuation(lane, barrier, act));
        }
    }
    Ok(out)
}

fn is_fresh(context: Context<'_>, pending: &PendingActuation) -> bool {
    context.now.duration_since(pending.decided_at) <= REPEAT_ACTUATION_WITHIN
}
