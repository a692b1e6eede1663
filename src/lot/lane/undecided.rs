//! Reads that may have lain in a broker while we were away: the car stands there still, or has long gone on. They are
//! decided when the broker's marker has come back, since it comes behind all of them.

use super::out_of_time::{AHEAD_AT_MOST, LATE_AT_MOST};
use super::passage;
use crate::lot::case::Case;
use crate::lot::likeness;
use crate::model::event::{Arrival, PlateRead, ReadMoment};
use crate::model::happening::Happening;
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::standard::years::{earlier, later};
use crate::store::{StoreError, UndecidedRead};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// So many reads are decided at once: a car that comes meanwhile waits no longer than that takes.
const PORTION: usize = 512;

/// The camera's own clock, where it has agreed with ours, says that this read was made just now: a broker that came back
/// hears its cameras some seconds before it hears us.
const JUST_NOW: SignedDuration = SignedDuration::from_secs(20);

/// A broker's marker is back. Who was away longer than a car waits finds nobody where it was read, but for who was read
/// just now by a clock that is right; else the last that each lane read stands there still. Of many the first are decided;
/// how many have been by now, where more are left.
pub fn marker_back(
    case: &mut Case<'_>,
    broker: &str,
    away: Option<SignedDuration>,
    decided: usize,
) -> Result<Option<usize>, StoreError> {
    if case.tx.undecided_reads(broker)? > 2 * PORTION {
        // No car of these stands there still: so many have come since.
        for one in case.tx.take_oldest_undecided_reads(broker, PORTION)? {
            come_to(case, &one);
            let made = made_at(case, &one.read, one.came, away)?;
            passage::take(case, &one.read, ReadMoment::Late(made))?;
        }
        return Ok(Some(decided.saturating_add(PORTION)));
    }
    let reads = case.tx.take_undecided_reads(broker)?;
    if reads.is_empty() {
        return Ok(None);
    }
    let briefly = away.is_some_and(|away| away < case.rules.waiting_for);
    let (mut stand_there, mut late) = (0_usize, decided);
    for (one, last) in reads.iter().zip(lasts(&reads)) {
        let UndecidedRead { read, came, .. } = one;
        come_to(case, one);
        match last {
            // It is the car at the barrier, read before.
            Some(last) if last.is_of_it && stands_there(case, last.last, one, briefly)? => {}
            None if stands_there(case, one, one, briefly)? => {
                stand_there = stand_there.saturating_add(1);
                passage::take(case, read, ReadMoment::Live)?;
            }
            _ => {
                late = late.saturating_add(1);
                passage::take(case, read, ReadMoment::Late(made_at(case, read, *came, away)?))?;
            }
        }
    }
    case.tell(Happening::ReadsLay { broker: broker.to_owned(), stand_there, late });
    Ok(None)
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

/// Whether the car of a camera's last read stands there, and an earlier one of it was read as it came.
fn stands_there(
    case: &Case<'_>,
    last: &UndecidedRead,
    earlier: &UndecidedRead,
    briefly: bool,
) -> Result<bool, StoreError> {
    if briefly {
        return Ok(is_recent(case, last.came));
    }
    if !case.clock_trusted() || !case.tx.device_clock_right(last.read.device_id.as_str())? {
        return Ok(false);
    }
    let read_within = |one: &UndecidedRead, time: SignedDuration| {
        one.read.sent.is_some_and(|sent| case.now.duration_since(sent).abs() <= time)
    };
    let waits = case.rules.waiting_for;
    Ok(read_within(last, JUST_NOW.min(waits)) && read_within(earlier, waits))
}

/// What came long before this marker lay undecided through another absence.
fn is_recent(case: &Case<'_>, came: Timestamp) -> bool {
    case.now.duration_since(came) < case.rules.waiting_for
}

/// What a camera read last, seen from a read before it.
#[derive(Debug, Clone, Copy)]
struct LastRead<'reads> {
    last: &'reads UndecidedRead,
    /// Whether both are of one car: under the same plate, or under one alike and no other car was read between them.
    is_of_it: bool,
}

/// For each read what its camera read last after it; none where it is the last itself. From the end, so that a long
/// absence costs each read once.
fn lasts(reads: &[UndecidedRead]) -> Vec<Option<LastRead<'_>>> {
    // By camera: its last read, and whether all that follow the present one are of its car.
    let mut of_cameras: BTreeMap<&Id, (&UndecidedRead, bool)> = BTreeMap::new();
    let mut lasts = Vec::with_capacity(reads.len());
    for one in reads.iter().rev() {
        let Some((last, alike)) = of_cameras.get_mut(&one.read.device_id) else {
            of_cameras.insert(&one.read.device_id, (one, true));
            lasts.push(None);
            continue;
        };
        let is_same_plate = one.read.plate.is_some() && one.read.plate == last.read.plate;
        let is_alike = same_car(&last.read, &one.read);
        let is_of_it = is_same_plate || (is_alike && *alike);
        lasts.push(Some(LastRead { last, is_of_it }));
        *alike &= is_alike;
    }
    lasts.reverse();
    lasts
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
