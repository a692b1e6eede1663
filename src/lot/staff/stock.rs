//! Stock taken by staff: what a count of the cars that truly stand there would change, that change in one step, and its being
//! taken back within a day.

use super::Done;
use crate::lot::case::{Case, Stop};
use crate::lot::lane::{alike, unseen};
use crate::lot::report::occupancy;
use crate::lot::stay::{self, counted};
use crate::lot::stock::{self, Comparison, OpenStay};
use crate::model::happening::Happening;
use crate::model::staff::{Refusal, STOCK_TAKEN_BACK_WITHIN, StockCount};
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::standard::ticket_number::is_ticket_number;
use crate::standard::years::later;
use crate::store::{ParkingRecord, StockTaking, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// A watch in a hand is so far ahead of the lot's clock.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Why a stay is left as it is though its car was not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeftOut {
    /// It began after the count.
    Later,
    /// It was seen since, or stands in a lane.
    Seen,
    /// An automated garage has it, where nobody can look.
    Stored,
    /// It shows no plate that could be counted.
    NoPlate,
}

impl LeftOut {
    fn word(self) -> &'static str {
        match self {
            Self::Later => "later",
            Self::Seen => "seen",
            Self::Stored => "stored",
            Self::NoPlate => "no-plate",
        }
    }
}

/// What a count would change.
struct Plan {
    counted_at: Timestamp,
    plates: Vec<PlateNo>,
    /// Every stay that is open, by its record.
    open: HashMap<Id, ParkingRecord>,
    compared: Comparison<Id>,
    close: Vec<Id>,
    left_out: Vec<(Id, LeftOut)>,
    begin: Vec<PlateNo>,
    /// Closed by an earlier count: they go on.
    go_on: Vec<ParkingRecord>,
    /// Counted, and gone since, or in a lane now.
    passed_since: Vec<PlateNo>,
}

/// What a count would change; nothing is.
pub(super) fn compare(case: &Case<'_>, count: &StockCount) -> Done {
    let plan = plan(case, count)?;
    Ok(told(case, &plan, "compared"))
}

/// The records go by a count.
pub(super) fn take(case: &mut Case<'_>, by: &str, count: &StockCount) -> Done {
    let mut plan = plan(case, count)?;
    let (counted_at, by) = (plan.counted_at, by.to_owned());
    let taking = StockTaking {
        number: 0,
        counted_at,
        done_at: case.now,
        by: by.clone(),
        reason: count.reason.clone(),
        taken_back_at: None,
    };
    let number = case.tx.add_stock_taking(&taking)?;
    for id in &plan.close {
        if let Some(record) = plan.open.get(id) {
            counted::close_missing(case, record.clone(), number, counted_at)?;
        }
    }
    for plate_no in &plan.begin {
        counted::begin_found(case, plate_no, number, counted_at)?;
    }
    let mut gone_on = Vec::new();
    for closed in std::mem::take(&mut plan.go_on) {
        if counted::find_again(case, &closed, number)? {
            gone_on.push(closed);
        }
    }
    plan.go_on = gone_on;
    let count_of = |all: usize| i64::try_from(all).unwrap_or(i64::MAX);
    let closed = count_of(plan.close.len());
    let entered = count_of(plan.begin.len().saturating_add(plan.go_on.len()));
    let (misread, reason) = (count_of(plan.compared.misread.len()), count.reason.clone());
    case.tell(Happening::StockTaken { by, closed, entered, misread, reason });
    case.space_freed();
    occupancy::changed(case)?;
    let mut told = told(case, &plan, "taken");
    if let Some(answer) = told.as_object_mut() {
        let until = later(case.now, STOCK_TAKEN_BACK_WITHIN);
        answer.insert("number".to_owned(), json!(number));
        answer.insert("takenBackUntil".to_owned(), local(case, until));
    }
    Ok(told)
}

/// What a taking changed is as it was, but where its cars have been seen since.
pub(super) fn take_back(case: &mut Case<'_>, by: &str, number: Option<i64>) -> Done {
    let taking = case.tx.stock_taking(number)?.ok_or(Refusal::NoStockTaking)?;
    if taking.taken_back_at.is_some() {
        return Err(Refusal::StockTakenBack.into());
    }
    if case.now.duration_since(taking.done_at) > STOCK_TAKEN_BACK_WITHIN {
        let hours = STOCK_TAKEN_BACK_WITHIN.as_hours();
        return Err(Refusal::StockTooOld { hours }.into());
    }
    case.tx.take_stock_back(taking.number, case.now)?;
    let in_lanes = in_lanes(case)?;
    let (mut restored, mut removed, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for one in case.tx.stock_stays(taking.number)? {
        let Some(record) = case.tx.record(&one.record_id)? else { continue };
        let plate_no = record.plate_text().to_owned();
        let plate = json!({ "plateNo": plate_no, "recordId": record.id });
        if one.entered {
            if record.leave_time.is_some()
                || in_lanes.contains(record.plate_text())
                || seen_since(case, &record, taking.done_at)?
            {
                left.push(plate);
                continue;
            }
            let closed_by = one.kept.closed_by.map(|number| case.tx.stock_taking(Some(number)));
            match closed_by.transpose()?.flatten() {
                // As the count before had it.
                Some(before) => {
                    counted::close_missing(case, record, before.number, before.counted_at)?;
                }
                None => stay::end_as_none(case, &record.id)?,
            }
            if let Some(came) = one.kept.came {
                unseen::came_before_the_count(case, came)?;
                if let Some(now) = case.tx.open_record_of(&plate_no)? {
                    left.push(json!({ "plateNo": now.plate_no, "recordId": now.id }));
                    continue;
                }
            }
            removed.push(plate);
            continue;
        }
        match counted::closed_of(case, record.plate_text())? {
            Some(closed) if closed.id == record.id => match counted::go_on(case, &closed)? {
                Some(id) => restored.push(json!({ "plateNo": record.plate_no, "recordId": id })),
                None => left.push(plate),
            },
            _ => left.push(plate),
        }
    }
    let by = by.to_owned();
    let count_of = |all: &[Value]| i64::try_from(all.len()).unwrap_or(i64::MAX);
    let (back, gone) = (count_of(&restored), count_of(&removed));
    case.tell(Happening::StockTakenBack { by, restored: back, removed: gone });
    case.space_freed();
    occupancy::changed(case)?;
    Ok(
        json!({ "status": "taken back", "number": taking.number, "restored": restored, "removed": removed,
               "left": left }),
    )
}

fn plan(case: &Case<'_>, count: &StockCount) -> Result<Plan, Stop<Refusal>> {
    let counted_at = count.at.unwrap_or(case.now);
    if counted_at > later(case.now, AHEAD) {
        return Err(Refusal::CountedLater.into());
    }
    let counted_at = counted_at.min(case.now);
    let mut seen = HashSet::new();
    let plates = count.plates.iter().filter(|plate| seen.insert(plate.as_str()));
    let plates: Vec<PlateNo> = plates.cloned().collect();
    let in_lanes = in_lanes(case)?;
    let stored: HashSet<String> = case.tx.plates_in_garages()?.into_iter().collect();
    let aliases = case.tx.aliases_inside()?;
    let (mut open, mut stays, mut reasons) = (HashMap::new(), Vec::new(), HashMap::new());
    for record in case.tx.records_inside()? {
        let others = aliases.get(&record.id).into_iter().flatten();
        let all = std::iter::once(record.plate_text()).chain(others.map(String::as_str));
        let all: Vec<String> = all.map(str::to_owned).collect();
        let why = left_out(case, &record, counted_at, (&all, &in_lanes, &stored))?;
        let may_be_misread =
            !matches!(why, Some(LeftOut::Later | LeftOut::Stored | LeftOut::NoPlate));
        stays.push(OpenStay { key: record.id.clone(), plates: all, may_be_misread });
        if let Some(why) = why {
            reasons.insert(record.id.clone(), why);
        }
        open.insert(record.id.clone(), record);
    }
    let texts: Vec<String> = plates.iter().map(ToString::to_string).collect();
    // What came and left lately by that very plate is no misreading.
    let failed = Cell::new(None);
    let itself = |plate: &str| {
        alike::came_and_left(case, plate).unwrap_or_else(|error| {
            failed.set(Some(error));
            true
        })
    };
    let compared = stock::compare(&texts, &stays, itself);
    if let Some(error) = failed.take() {
        return Err(error.into());
    }
    let (mut close, mut left_out) = (Vec::new(), Vec::new());
    for id in &compared.missing {
        match reasons.get(id) {
            Some(why) => left_out.push((id.clone(), *why)),
            None => close.push(id.clone()),
        }
    }
    let mut plan = Plan {
        counted_at,
        plates,
        open,
        compared,
        close,
        left_out,
        begin: Vec::new(),
        go_on: Vec::new(),
        passed_since: Vec::new(),
    };
    sort_unknown(case, &mut plan, &in_lanes)?;
    Ok(plan)
}

/// Of each plate that is no stay's: its car came since, was closed by an earlier count, has gone since, or is entered.
fn sort_unknown(
    case: &Case<'_>,
    plan: &mut Plan,
    in_lanes: &HashSet<String>,
) -> Result<(), StoreError> {
    for at in plan.compared.unknown.clone() {
        let Some(plate_no) = plan.plates.get(at).cloned() else { continue };
        if let Some(closed) = counted::closed_of(case, plate_no.as_str())? {
            // Two plates may be one car's.
            if !plan.go_on.iter().any(|one| one.id == closed.id) {
                plan.go_on.push(closed);
            }
            continue;
        }
        let left = case.tx.last_closed_record_of(plate_no.as_str())?;
        let since =
            left.and_then(|left| left.leave_time).is_some_and(|left| left >= plan.counted_at);
        if since || in_lanes.contains(plate_no.as_str()) {
            plan.passed_since.push(plate_no);
        } else {
            plan.begin.push(plate_no);
        }
    }
    Ok(())
}

/// Why a stay is not closed though its car was not counted; none where it is.
fn left_out(
    case: &Case<'_>,
    record: &ParkingRecord,
    counted_at: Timestamp,
    (plates, in_lanes, stored): (&[String], &HashSet<String>, &HashSet<String>),
) -> Result<Option<LeftOut>, StoreError> {
    let any = |of: &HashSet<String>| plates.iter().any(|plate| of.contains(plate));
    Ok(if is_ticket_number(record.plate_text()) {
        Some(LeftOut::NoPlate)
    } else if record.enter_time >= counted_at {
        Some(LeftOut::Later)
    } else if record.garage_code.is_some() || any(stored) {
        Some(LeftOut::Stored)
    } else if any(in_lanes) || seen_since(case, record, counted_at)? {
        Some(LeftOut::Seen)
    } else {
        None
    })
}

/// Whether something tells that a car was inside after a moment: it was at an exit, though it went back, or somebody paid for
/// it.
fn seen_since(
    case: &Case<'_>,
    record: &ParkingRecord,
    moment: Timestamp,
) -> Result<bool, StoreError> {
    if case.tx.was_seen_since(&record.id, moment)? {
        return Ok(true);
    }
    let paid = case.tx.charges_of(&record.id)?;
    Ok(paid.iter().any(|charge| !charge.void && charge.pay_time >= moment))
}

/// Plates of cars that wait or pass in a lane, by whatever was read.
fn in_lanes(case: &Case<'_>) -> Result<HashSet<String>, StoreError> {
    let waiting = case.tx.all_waiting()?.into_iter().map(|waiting| waiting.car);
    let passing = case.tx.all_passing()?.into_iter();
    // Who has its record has passed.
    let passing = passing.filter(|one| one.record_id.is_none()).map(|passing| passing.car);
    let mut plates = HashSet::new();
    for car in waiting.chain(passing) {
        plates.extend(car.plates().map(str::to_owned));
        plates.extend(car.read_as.map(|plate| plate.to_string()));
    }
    Ok(plates)
}

/// What a plan comes to, for people.
fn told(case: &Case<'_>, plan: &Plan, status: &str) -> Value {
    let stay = |id: &Id| {
        let record = plan.open.get(id);
        json!({
            "recordId": id,
            "plateNo": record.and_then(|record| record.plate_no.clone()),
            "enterTime": record.map(|record| local(case, record.enter_time)),
            "received": record.map(|record| record.received),
        })
    };
    let plate = |at: &usize| plan.plates.get(*at);
    let misread = plan
        .compared
        .misread
        .iter()
        .map(|(at, id)| json!({ "counted": plate(at), "stay": stay(id) }));
    let left_out =
        plan.left_out.iter().map(|(id, why)| json!({ "stay": stay(id), "why": why.word() }));
    let go_on = plan.go_on.iter().map(
        |record| json!({ "plateNo": record.plate_no, "enterTime": local(case, record.enter_time) }),
    );
    json!({
        "status": status,
        "at": local(case, plan.counted_at),
        "counted": plan.plates.len(),
        "there": plan.compared.there.len(),
        "missing": plan.close.iter().map(stay).collect::<Vec<_>>(),
        "notKnown": plan.begin,
        "foundAgain": go_on.collect::<Vec<_>>(),
        "misread": misread.collect::<Vec<_>>(),
        "unclear": {
            "counted": plan.compared.unclear.0.iter().filter_map(plate).collect::<Vec<_>>(),
            "stays": plan.compared.unclear.1.iter().map(stay).collect::<Vec<_>>(),
        },
        "leftOut": left_out.collect::<Vec<_>>(),
        "passedSince": plan.passed_since,
    })
}

fn local(case: &Case<'_>, moment: Timestamp) -> Value {
    json!(DateTime::at(moment, &case.rules.time_zone))
}
