//! Booked spaces (6001, 6002): kept until the car comes, the booking is taken back, or its time is over.

use crate::lot::case::Case;
use crate::lot::interval::Interval;
use crate::lot::report;
use crate::lot::rights::booking::{groups, used_since, used_up};
use crate::lot::rights::{access, lease};
use crate::lot::spaces;
use crate::model::happening::Happening;
use crate::standard::codes::RecordReport;
use crate::standard::id::Id;
use crate::store::{Booking, BookingState, ParkingRecord, Passing, StoreError};
use std::collections::BTreeSet;

/// How many more spaces may be booked now: never more than visitors may take.
pub fn bookable(case: &Case<'_>) -> Result<i64, StoreError> {
    let rules = case.rules;
    let reserved = case.tx.reserved_spaces()?;
    let unused = access::left_for_visitors(case, None, None)?;
    let numbered =
        i64::try_from(rules.spaces.iter().filter(|space| space.is_for_visitors()).count());
    let most = rules.reservable_spaces.unwrap_or(numbered.unwrap_or(i64::MAX));
    Ok(most.saturating_sub(reserved).min(unused).max(0))
}

/// A numbered space that is nobody's `during` that time, where spaces have numbers.
pub fn free_space(case: &Case<'_>, during: Interval) -> Result<Option<String>, StoreError> {
    let leased = lease::fixed_spaces(case, during)?;
    for space in case.rules.spaces.iter().filter(|space| space.is_for_visitors()) {
        if leased.contains(&space.space_no) {
            continue;
        }
        if spaces::may_be_given(case, &space.space_no)? {
            return Ok(Some(space.space_no.clone()));
        }
    }
    Ok(None)
}

/// What keeps one more space: its key, and its number where spaces have numbers; none where nothing can be booked.
pub fn one_more(
    case: &Case<'_>,
    during: Interval,
) -> Result<Option<(String, Option<String>)>, StoreError> {
    let space_no = free_space(case, during)?;
    let any = bookable(case)? > 0 && (case.rules.spaces.is_empty() || space_no.is_some());
    Ok(any.then(|| (Id::random().to_string(), space_no)))
}

/// Writes a booking down and reports what it changes: the state of its space, the counts. Its plate's bookings whose
/// times overlap now keep one space from now on, and those that stand apart now one each, as far as there are any.
pub fn write(case: &mut Case<'_>, booking: &Booking) -> Result<(), StoreError> {
    let before = case.tx.reserved_spaces()?;
    let known = case.tx.booking(&booking.book_code)?;
    case.tx.set_booking(booking)?;
    let mut spaces = vec![booking.space_no.clone(), known.and_then(|known| known.space_no)];
    let mut keys = Vec::new();
    for group in groups(case.tx.bookings_of(&booking.plate_no)?) {
        spaces.extend(share_space(case, group, &mut keys)?);
    }
    report_each(case, spaces)?;
    let now = case.tx.reserved_spaces()?;
    if now != before {
        report::occupancy::changed(case)?;
    }
    if now < before {
        case.space_freed();
    }
    Ok(())
}

/// Gives a group of bookings one space, another than `taken` by the groups before it where there is one; returns the
/// spaces it had and has.
fn share_space(
    case: &Case<'_>,
    group: Vec<Booking>,
    taken: &mut Vec<String>,
) -> Result<Vec<Option<String>>, StoreError> {
    let Some(first) = group.first() else { return Ok(Vec::new()) };
    let own = group.iter().find(|one| !taken.contains(&one.space_key));
    let (space_key, space_no) = if let Some(own) = own {
        (own.space_key.clone(), own.space_no.clone())
    } else {
        let to = group.iter().map(|one| one.keep_until).max().unwrap_or(first.keep_until);
        let more = one_more(case, Interval { from: first.book_time, to })?;
        more.unwrap_or_else(|| (first.space_key.clone(), first.space_no.clone()))
    };
    let mut spaces = vec![space_no.clone()];
    for one in group.into_iter().filter(|one| one.space_key != space_key) {
        spaces.push(one.space_no.clone());
        let (space_no, space_key) = (space_no.clone(), space_key.clone());
        case.tx.set_booking(&Booking { space_no, space_key, ..one })?;
    }
    taken.push(space_key);
    Ok(spaces)
}

fn report_each(case: &mut Case<'_>, spaces: Vec<Option<String>>) -> Result<(), StoreError> {
    let spaces: BTreeSet<_> = spaces.into_iter().flatten().collect();
    spaces.into_iter().try_for_each(|space_no| report::space_state(case, &space_no))
}

/// The car has come: its bookings are used up, and spaces beyond the one it takes are kept no longer. Returns
/// the numbered space it has.
pub(super) fn arrive(
    case: &mut Case<'_>,
    bookings: Vec<Booking>,
) -> Result<Option<String>, StoreError> {
    let space_no = bookings.iter().find_map(|booking| booking.space_no.clone());
    let kept: BTreeSet<_> = bookings.iter().map(|booking| booking.space_key.clone()).collect();
    let mut given_up = Vec::new();
    for booking in bookings {
        case.tx.set_booking(&Booking { state: BookingState::Used, ..booking.clone() })?;
        given_up.push(booking.space_no.filter(|one| Some(one) != space_no.as_ref()));
        let Booking { plate_no: plate, book_code, .. } = booking;
        case.tell(Happening::BookingUsed { plate, book_code });
    }
    report_each(case, given_up)?;
    if kept.len() > 1 {
        case.space_freed();
    }
    Ok(space_no)
}

/// Somebody came to a space on the street: the bookings of it for this time are used up.
pub(super) fn arrive_at(case: &mut Case<'_>, space_no: &str) -> Result<(), StoreError> {
    let kept = case.tx.bookings_of_space(space_no)?;
    arrive(case, used_up(kept, case.now)).map(drop)
}

/// Time has passed: whose booking begins while he is inside has come already.
pub fn begin(case: &mut Case<'_>) -> Result<(), StoreError> {
    for plate_no in case.tx.plates_with_due_bookings(case.now)? {
        if !case.comes_to(format_args!("bookings of {plate_no}")) {
            continue;
        }
        let Some(record) = case.tx.open_record_of(&plate_no)? else { continue };
        let kept = case.tx.bookings_of(&plate_no)?;
        let booked = arrive(case, used_since(kept, record.enter_time, case.now))?;
        if let Some(space_no) = booked {
            // The space it has been standing in is as good as the one that was kept.
            if record.space_no.is_none() {
                let stands = ParkingRecord { space_no: Some(space_no.clone()), ..record };
                case.tx.update_record(&stands)?;
                report::record(case, RecordReport::Corrected, &stands)?;
            }
            report::space_state(case, &space_no)?;
        }
        report::occupancy::changed(case)?;
        // It stands in a space already, and the one that was kept is anybody's.
        case.space_freed();
    }
    Ok(())
}

/// Ends the bookings whose time is over.
pub fn expire(case: &mut Case<'_>) -> Result<(), StoreError> {
    let passing = case.tx.all_passing()?;
    for booking in case.tx.overdue_bookings(case.ends_after(case.now))? {
        if !case.comes_to(format_args!("booking {}", booking.book_code)) {
            continue;
        }
        // Let pass in time, it is on its way in.
        let comes_in = |one: &Passing| !one.leaves && one.record_id.is_none();
        if passing.iter().any(|one| comes_in(one) && one.car.plate_no.as_str() == booking.plate_no)
        {
            continue;
        }
        write(case, &Booking { state: BookingState::Expired, ..booking.clone() })?;
        let Booking { plate_no: plate, book_code, .. } = booking;
        case.tell(Happening::BookingExpired { plate, book_code });
    }
    Ok(())
}
