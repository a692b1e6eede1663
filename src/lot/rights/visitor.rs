//! Visitors' passes: when one is in force and which part of a stay it frees. Reads only.

use crate::lot::case::Case;
use crate::lot::interval::Interval;
use crate::store::{ParkingRecord, PassTime, StoreError};
use jiff::Timestamp;

/// From its beginning to its end, or to when it was withdrawn.
fn validity(pass: &PassTime) -> Interval {
    let to = pass.withdrawn_at.map_or(pass.ends, |withdrawn| withdrawn.min(pass.ends));
    Interval { from: pass.begins, to }
}

/// Whether a pass is over at a moment.
pub fn is_over(pass: &PassTime, at: Timestamp) -> bool {
    validity(pass).to <= at
}

/// Which part of a stay a pass frees: all of it between its two moments, or as much of that as it gives.
fn free_part(pass: &PassTime, stay: Interval) -> Option<Interval> {
    let valid = validity(pass);
    let (from, to) = (valid.from.max(stay.from), valid.to.min(stay.to));
    let to = pass.free.and_then(|free| from.checked_add(free).ok()).map_or(to, |end| to.min(end));
    (from < to).then_some(Interval { from, to })
}

/// The parts of a stay that passes free, up to `until`.
pub fn free_parts(
    case: &Case<'_>,
    record: &ParkingRecord,
    until: Timestamp,
) -> Result<Vec<Interval>, StoreError> {
    if record.plate_no.is_none() {
        return Ok(Vec::new());
    }
    let stay = Interval { from: record.enter_time, to: until };
    let ends_after = case.ends_after(record.enter_time);
    let mut passes = case.tx.pass_times(record.plate_text(), ends_after, until)?;
    for pass in &mut passes {
        pass.ends = case.end_of(pass.ends);
    }
    Ok(passes.iter().filter_map(|pass| free_part(pass, stay)).collect())
}

/// The passes of a plate in force at a moment.
fn in_force(case: &Case<'_>, plate_no: &str, at: Timestamp) -> Result<Vec<PassTime>, StoreError> {
    let mut passes = case.tx.pass_times(plate_no, case.ends_after(at), at)?;
    for pass in &mut passes {
        pass.ends = case.end_of(pass.ends);
    }
    passes.retain(|pass| validity(pass).contains(at));
    Ok(passes)
}

/// Whether a car of that plate is expected: it comes in though visitors find the lot full.
pub fn is_expected(case: &Case<'_>, plate_no: &str, at: Timestamp) -> Result<bool, StoreError> {
    Ok(!in_force(case, plate_no, at)?.is_empty())
}

/// Whether it leaves at nothing though nobody saw it come in: all its time would be free.
pub fn leaves_free(case: &Case<'_>, plate_no: &str, at: Timestamp) -> Result<bool, StoreError> {
    Ok(in_force(case, plate_no, at)?.iter().any(|pass| pass.free.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + minutes * 60).unwrap()
    }

    fn pass(hours: Option<i64>, withdrawn: Option<i64>) -> PassTime {
        PassTime {
            begins: at(60),
            ends: at(300),
            free: hours.map(SignedDuration::from_hours),
            withdrawn_at: withdrawn.map(at),
        }
    }

    #[test]
    fn a_pass_frees_what_of_a_stay_lies_in_its_time_and_no_more_than_its_hours() {
        for (hours, withdrawn, stay, free) in [
            (None, None, (0, 400), Some((60, 300))),
            (None, None, (90, 120), Some((90, 120))),
            (None, None, (0, 60), None),
            (None, None, (300, 400), None),
            (Some(2), None, (0, 400), Some((60, 180))),
            (Some(2), None, (90, 400), Some((90, 210))),
            (Some(2), None, (240, 400), Some((240, 300))),
            (Some(2), None, (90, 100), Some((90, 100))),
            // What was free before it was withdrawn stays so.
            (None, Some(200), (90, 400), Some((90, 200))),
            (Some(2), Some(100), (90, 400), Some((90, 100))),
            (None, Some(30), (0, 400), None),
        ] {
            let stay = Interval { from: at(stay.0), to: at(stay.1) };
            let free = free.map(|(from, to)| Interval { from: at(from), to: at(to) });
            assert_eq!(free_part(&pass(hours, withdrawn), stay), free, "{hours:?} {withdrawn:?}");
        }
    }

    #[test]
    fn a_pass_is_over_with_its_end_or_when_it_was_withdrawn() {
        assert!(!is_over(&pass(None, None), at(299)) && is_over(&pass(None, None), at(300)));
        assert!(is_over(&pass(None, Some(100)), at(100)));
    }
}
