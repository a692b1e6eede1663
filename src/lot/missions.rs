//! Storing and retrieving cars in mechanical garages: at most one at a time in each, in their order,
//! each done once however often it is ordered and whatever crashes meanwhile.
//!
//! A mission's state says what the PLC may already know: until `Commanding` is committed its driver has
//! written parameters at most; once `Running` is committed the PLC has taken it. What lies between is
//! for the driver to find out from the PLC's registers before it does anything.

use super::garages::Alarm;
use super::reports::Reporter;
use super::{Context, Garage, GaragePlc, LotError, Outcome, spaces};
use crate::happening::Happening;
use crate::standard::codes::{ErrorCode, EventClass, event_meaning};
use crate::standard::id::Id;
use crate::store::{Mission, MissionState, Transaction};
use jiff::{SignedDuration, Timestamp};

/// More than this many missions waiting in one garage are not taken.
pub const MOST_WAITING: usize = 20;
/// A mission that could not begin for so long is given up.
const WAITS_AT_MOST: SignedDuration = SignedDuration::from_mins(30);
/// An end that moves by less is not written down again.
const NOT_WORTH_NOTING: SignedDuration = SignedDuration::from_secs(3);

/// What a PLC's driver is given to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissionOrder {
    /// The mission's number.
    pub id: i64,
    /// The PLC.
    pub device_id: Id,
    /// The garage.
    pub garage_code: String,
    /// Store, else retrieve.
    pub store: bool,
    /// The number the PLC knows the space by; 0 leaves it to the PLC.
    pub space_number: i64,
    /// The passage; 0 where none was named.
    pub passage: i64,
    /// What the PLC already knows of it.
    pub progress: Progress,
}

/// What the PLC may already know of a mission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing.
    Nothing,
    /// It may have been commanded.
    PerhapsCommanded,
    /// It has taken it.
    Taken,
}

/// How far a garage has come with a mission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissionStep {
    /// The parameters are written; the command follows once this is committed.
    Commanding,
    /// The PLC has taken it and needs so many seconds, where it says.
    Taken(Option<i64>),
    /// So many seconds are left.
    Remaining(i64),
    /// It is done.
    Done,
    /// The PLC will not, by a code of table A.2.
    Refused(i64),
    /// Nobody knows what became of it; it is not done again.
    Lost(LostWhy),
}

/// Why nobody knows what became of a mission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostWhy {
    /// The PLC did not take it in time.
    NotTaken,
    /// The PLC has forgotten it: it restarted.
    Restarted,
    /// It could not begin for too long.
    NeverBegan,
}

impl LostWhy {
    /// For the platform's people.
    fn words(self) -> &'static str {
        match self {
            Self::NotTaken => "车库控制器未响应",
            Self::Restarted => "车库控制器已重启，任务状态未知",
            Self::NeverBegan => "车库长时间不可用，任务已取消",
        }
    }
}

impl Mission {
    /// Its garage's estimate of how long it takes.
    fn takes(&self, plc: &GaragePlc) -> SignedDuration {
        if self.store { plc.store_takes } else { plc.retrieve_takes }
    }
}

/// Takes a new mission in and begins it when the garage is free; returns it with its number.
pub fn order(
    tx: &Transaction<'_>,
    context: Context<'_>,
    mission: Mission,
    out: &mut Outcome,
) -> Result<Mission, LotError> {
    let id = tx.add_mission(&mission)?;
    out.tell(Happening::MissionOrdered { mission: id, store: mission.store });
    advance(tx, context, &mission.garage_code, out)?;
    Ok(tx.mission(id)?.unwrap_or(mission))
}

/// Begins the next mission of a garage when nothing is under way there.
pub fn advance(
    tx: &Transaction<'_>,
    context: Context<'_>,
    garage_code: &str,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let Some((_, plc)) = garage(context, garage_code) else { return Ok(()) };
    let open = tx.open_missions(garage_code)?;
    if open.iter().any(|mission| mission.state.is_active())
        || tx.device_online(plc.device_id.as_str())? == Some(false)
    {
        return Ok(());
    }
    if let Some(next) = open.into_iter().find(|mission| mission.due <= context.now) {
        let sent = Mission { state: MissionState::Sent, ..next };
        tx.set_mission(&sent)?;
        out.missions.push(order_for(context, plc, &sent));
    }
    Ok(())
}

/// Time has passed: booked missions begin, and what could not begin for too long is given up.
pub(super) fn tick(
    tx: &Transaction<'_>,
    context: Context<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    for garage in &context.rules.garages {
        if garage.plc.is_none() {
            continue;
        }
        for mission in tx.open_missions(&garage.garage_code)? {
            let late = context.now.duration_since(mission.due) > WAITS_AT_MOST;
            if late && !mission.state.is_active() {
                fail(tx, context, mission, None, LostWhy::NeverBegan.words(), out)?;
            }
        }
        advance(tx, context, &garage.garage_code, out)?;
    }
    Ok(())
}

/// After a start, or when a PLC is there again: what is under way is handed to its driver once more,
/// with what the PLC may know of it.
pub fn resume(
    tx: &Transaction<'_>,
    context: Context<'_>,
    device: Option<&Id>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    for garage in &context.rules.garages {
        let Some(plc) = &garage.plc else { continue };
        if device.is_some_and(|device| *device != plc.device_id) {
            continue;
        }
        let open = tx.open_missions(&garage.garage_code)?;
        let active = open.iter().filter(|mission| mission.state.is_active());
        out.missions.extend(active.map(|mission| order_for(context, plc, mission)));
        advance(tx, context, &garage.garage_code, out)?;
    }
    Ok(())
}

fn order_for(context: Context<'_>, plc: &GaragePlc, mission: &Mission) -> MissionOrder {
    let space = mission.space_no.as_deref().and_then(|number| context.rules.space(number));
    MissionOrder {
        id: mission.id,
        device_id: plc.device_id.clone(),
        garage_code: mission.garage_code.clone(),
        store: mission.store,
        space_number: space.and_then(|space| space.plc_number).unwrap_or(0),
        passage: mission.passage.unwrap_or(0),
        progress: match mission.state {
            MissionState::Commanding => Progress::PerhapsCommanded,
            MissionState::Running => Progress::Taken,
            _ => Progress::Nothing,
        },
    }
}

/// A garage has come further with a mission. What does not follow from its state is a driver's late
/// word about something already settled.
pub fn stepped(
    tx: &Transaction<'_>,
    context: Context<'_>,
    id: i64,
    step: &MissionStep,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    let Some(mission) = tx.mission(id)?.filter(|mission| mission.state.is_active()) else {
        return Ok(out);
    };
    let Some((_, plc)) = garage(context, &mission.garage_code) else { return Ok(out) };
    match step {
        MissionStep::Commanding => {
            if mission.state == MissionState::Sent {
                tx.set_mission(&Mission { state: MissionState::Commanding, ..mission })?;
            }
        }
        MissionStep::Taken(seconds) => {
            let takes = seconds.map_or(mission.takes(plc), SignedDuration::from_secs);
            let ends = Some(context.now + takes);
            out.tell(Happening::MissionTaken { mission: id, seconds: takes.as_secs() });
            tx.set_mission(&Mission { state: MissionState::Running, ends, ..mission })?;
            out.settles = true;
        }
        MissionStep::Remaining(seconds) => {
            let ends = context.now + SignedDuration::from_secs(*seconds);
            let moved = mission.ends.map(|before| ends.duration_since(before).abs());
            if moved.is_none_or(|moved| moved >= NOT_WORTH_NOTING) {
                tx.set_mission(&Mission { ends: Some(ends), ..mission })?;
            }
        }
        MissionStep::Done => done(tx, context, mission, &mut out)?,
        MissionStep::Refused(code) => {
            let words = ErrorCode(*code).meaning().map_or("车库控制器拒绝", |(zh, _)| zh);
            fail(tx, context, mission, Some(*code), words, &mut out)?;
        }
        MissionStep::Lost(why) => {
            let alarm = Alarm { code: CONTROLLER_FAULT, class: EventClass::Alarm };
            let device_id = plc.device_id.clone();
            let (garage_code, words) = (mission.garage_code.clone(), why.words());
            fail(tx, context, mission, None, words, &mut out)?;
            Reporter::new(tx, context).garage_event(
                &device_id,
                &garage_code,
                alarm,
                words,
                &mut out,
            )?;
        }
    }
    Ok(out)
}

/// Table A.3: 控制系统异常告警.
const CONTROLLER_FAULT: i64 = 8013;
/// Table A.3: a vehicle was stored (8001) or retrieved (8002).
const STORED: i64 = 8001;
const RETRIEVED: i64 = 8002;

fn done(
    tx: &Transaction<'_>,
    context: Context<'_>,
    mission: Mission,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let ended = Mission { state: MissionState::Done, ends: None, ..mission };
    tx.set_mission(&ended)?;
    out.settles = true;
    out.tell(Happening::MissionDone { mission: ended.id, store: ended.store });
    let code = if ended.store { STORED } else { RETRIEVED };
    let kind = Alarm { code, class: EventClass::Ordinary };
    let meaning = event_meaning(code, kind.class).unwrap_or_default();
    if let Some((_, plc)) = garage(context, &ended.garage_code) {
        let reporter = Reporter::new(tx, context);
        reporter.garage_event(&plc.device_id, &ended.garage_code, kind, meaning, out)?;
    }
    if let Some(space_no) = &ended.space_no {
        spaces::moved(tx, context, space_no, ended.store, out)?;
        if let Some(plate_no) = ended.plate_no.as_deref().filter(|_| ended.store)
            && let Some(record) = tx.open_record_of(plate_no)?
        {
            let space_no = Some(space_no.clone());
            tx.update_record(&crate::store::ParkingRecord { space_no, ..record })?;
        }
    }
    advance(tx, context, &ended.garage_code, out)
}

fn fail(
    tx: &Transaction<'_>,
    context: Context<'_>,
    mission: Mission,
    code: Option<i64>,
    words: &str,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let garage_code = mission.garage_code.clone();
    out.tell(Happening::MissionFailed { mission: mission.id, words: words.to_owned() });
    tx.set_mission(&Mission {
        state: MissionState::Failed,
        ends: None,
        fault_code: Some(code.unwrap_or(ErrorCode::NO_LONGER_VALID.0)),
        fault: Some(words.to_owned()),
        ..mission
    })?;
    out.settles = true;
    advance(tx, context, &garage_code, out)
}

/// Seconds until a mission is expected to be finished: what is before it in its garage included.
pub fn remaining(
    tx: &Transaction<'_>,
    context: Context<'_>,
    mission: &Mission,
) -> Result<i64, LotError> {
    let Some((_, plc)) = garage(context, &mission.garage_code) else { return Ok(0) };
    if !mission.state.is_open() {
        return Ok(0);
    }
    let mut free_at = context.now;
    for one in tx.open_missions(&mission.garage_code)? {
        let begins = if one.state.is_active() { context.now } else { free_at.max(one.due) };
        let ends = one.ends.unwrap_or(begins + one.takes(plc)).max(context.now);
        free_at = free_at.max(ends);
        if one.id == mission.id {
            return Ok(seconds_until(context.now, ends));
        }
    }
    Ok(0)
}

fn seconds_until(now: Timestamp, then: Timestamp) -> i64 {
    (then.duration_since(now).as_millis() + 999).div_euclid(1000).try_into().unwrap_or(i64::MAX)
}

/// The garage of that code, and its PLC when it can store and retrieve.
pub fn garage<'a>(context: Context<'a>, garage_code: &str) -> Option<(&'a Garage, &'a GaragePlc)> {
    let garage = context.rules.garages.iter().find(|one| one.garage_code == garage_code)?;
    Some((garage, garage.plc.as_ref()?))
}
