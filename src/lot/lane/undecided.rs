//! Reads that may have lain in a broker while we were away: the car stands there still, or has long gone on. They are
//! decided when the broker's marker has come back, since it comes behind all of them.

use super::out_of_time::{AHEAD_AT_MOST, LATE_AT_MOST};
use super::passage;
use crate::lot::case::Case;
use crate::lot::likeness;
use crate::model::event::{Arrival, PlateRead, ReadMoment};
use crate::model::happening::Happening;
use crate::standard::plate::PlateNo;
use crate::standard::years::{earlier, later};
use crate::store::{StoreError, UndecidedRead};
use jiff::{SignedDuration, Timestamp};

/// A broker's marker is back. Who was away longer than a car waits finds nobody where it was read; else the last that
/// each lane read stands there still.
pub fn marker_back(
    case: &mut Case<'_>,
    broker: &str,
    away: Option<SignedDuration>,
) -> Result<(), StoreError> {
    let reads = case.tx.take_undecided_reads(broker)?;
    if reads.is_empty() {
        return Ok(());
    }
    let briefly = away.is_some_and(|away| away < case.rules.waiting_for);
    let (mut stand_there, mut late) = (0_usize, 0_usize);
    for (place, one) in reads.iter().enumerate() {
        let UndecidedRead { read, came, .. } = one;
        come_to(case, one);
        let later = reads.get(place.saturating_add(1)..).unwrap_or_default();
        let later: Vec<_> =
            later.iter().filter(|other| other.read.device_id == read.device_id).collect();
        let last = later.last();
        let is_last = last.is_none();
        if briefly
            && last.is_some_and(|last| stands_there(read, &later) && is_recent(case, last.came))
        {
            // It is the car at the barrier, read before.
            continue;
        }
        if briefly && is_last && is_recent(case, *came) {
            stand_there = stand_there.saturating_add(1);
            passage::take(case, read, ReadMoment::Live)?;
        } else {
            late = late.saturating_add(1);
            passage::take(case, read, ReadMoment::Late(made_at(case, read, *came, away)?))?;
        }
    }
    case.tell(Happening::ReadsLay { broker: broker.to_owned(), stand_there, late });
    Ok(())
}

/// A broker's marker does not come back: the cameras' clocks decide.
pub fn marker_missing(case: &mut Case<'_>, broker: &str) -> Result<(), StoreError> {
    for one in case.tx.take_undecided_reads(broker)? {
        come_to(case, &one);
        let read = PlateRead { arrival: Arrival::Unmarked, ..one.read };
        let moment = passage::moment_of(case, &read)?;
        passage::take(case, &read, moment)?;
    }
    Ok(())
}

/// Time has passed: whose marker has not come by now was read too long ago to stand there still, whatever a marker would
/// say.
pub fn expire(case: &mut Case<'_>) -> Result<(), StoreError> {
    let before = earlier(case.now, case.rules.waiting_for);
    for one in case.tx.take_undecided_reads_before(before)? {
        come_to(case, &one);
        let UndecidedRead { read, came, .. } = one;
        passage::take(case, &read, ReadMoment::Late(made_at(case, &read, came, None)?))?;
    }
    Ok(())
}

/// One that ended the process has been put aside before anything comes to it.
fn come_to(case: &Case<'_>, one: &UndecidedRead) {
    let plate = one.read.plate.as_ref().map_or("—", PlateNo::as_str);
    case.comes_to(format_args!("read {} {plate}", one.id));
}

/// What came long before this marker lay undecided through another absence.
fn is_recent(case: &Case<'_>, came: Timestamp) -> bool {
    case.now.duration_since(came) < case.rules.waiting_for
}

/// Whether a read is of the car that its camera read last: under the same plate, or under one alike and no other car
/// was read between them.
fn stands_there(read: &PlateRead, later: &[&UndecidedRead]) -> bool {
    let Some(last) = later.last() else { return false };
    let is_same_plate = read.plate.is_some() && read.plate == last.read.plate;
    is_same_plate
        || same_car(&last.read, read) && later.iter().all(|other| same_car(&last.read, &other.read))
}

/// Whether two reads of one camera are of the car that stands before it.
pub fn same_car(last: &PlateRead, read: &PlateRead) -> bool {
    match (&last.plate, &read.plate) {
        (Some(last), Some(read)) => {
            last == read || likeness::is_one_car(read.as_str(), last.as_str())
        }
        _ => true,
    }
}

/// When a read was made that lay in a broker: when its camera says, if it can have been then.
fn made_at(
    case: &Case<'_>,
    read: &PlateRead,
    came: Timestamp,
    away: Option<SignedDuration>,
) -> Result<Timestamp, StoreError> {
    if !case.clock_trusted() {
        // Which of the two clocks is right nobody knows; a camera's goes on while the box has no power.
        let right = case.tx.device_clock_right(read.device_id.as_str())?;
        return Ok(read.sent.filter(|_| right).unwrap_or(came));
    }
    // Without a known absence only a clock that was right tells.
    if away.is_none() && !case.tx.device_clock_right(read.device_id.as_str())? {
        return Ok(came);
    }
    let longest = away.unwrap_or(LATE_AT_MOST).saturating_add(AHEAD_AT_MOST);
    let possible = |moment: &Timestamp| {
        *moment <= later(came, AHEAD_AT_MOST) && came.duration_since(*moment) <= longest
    };
    Ok(read.sent.filter(possible).unwrap_or(came).min(came))
}
