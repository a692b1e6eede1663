//! Booked spaces (6001, 6002): kept until the car comes, the booking is taken back, or its time is over.

use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rights::booking::{overlap, used_up};
use crate::lot::rights::{access, lease};
use crate::lot::spaces;
use crate::model::happening::Happening;
use crate::standard::codes::RecordReport;
use crate::store::{Booking, BookingState, ParkingRecord, StoreError};
use std::collections::BTreeSet;

/// How many more spaces may be booked now: never more than visitors may take.
pub fn bookable(case: &Case<'_>) -> Result<i64, StoreError> {
    let rules = case.rules;
    let reserved = case.tx.reserved_spaces()?;
    let unused = access::left_for_visitors(case, None, None)?;
    let numbered =
        i64::try_from(rules.spaces.iter().filter(|space| space.is_for_visitors()).count());
    let most = rules.reservable_spaces.unwrap_or(numbered.unwrap_or(i64::MAX));
    Ok((most - reserved).min(unused).max(0))
}

/// A numbered space that is nobody's, where spaces have numbers.
pub fn free_space(case: &Case<'_>) -> Result<Option<String>, StoreError> {
    let leased = lease::fixed_spaces(case)?;
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

/// Writes a booking down and reports what it changes: the state of its space, the counts. Others of its plate
/// whose time it has come to share keep its space from now on.
pub fn write(case: &mut Case<'_>, booking: &Booking) -> Result<(), StoreError> {
    let before = case.tx.reserved_spaces()?;
    let known = case.tx.booking(&booking.book_code)?;
    case.tx.set_booking(booking)?;
    let mut spaces = vec![booking.space_no.clone(), known.and_then(|known| known.space_no)];
    spaces.extend(share_space(case, booking)?);
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

fn report_each(case: &mut Case<'_>, spaces: Vec<Option<String>>) -> Result<(), StoreError> {
    let spaces: BTreeSet<_> = spaces.into_iter().flatten().collect();
    spaces.into_iter().try_for_each(|space_no| report::space_state(case, &space_no))
}

/// Gives the plate's bookings that overlap one that keeps a space, and those that overlap these, the same space;
/// returns the spaces they had.
fn share_space(case: &Case<'_>, booking: &Booking) -> Result<Vec<Option<String>>, StoreError> {
    let mut had = Vec::new();
    let mut sharing = vec![booking.clone()];
    if !matches!(booking.state, BookingState::Held | BookingState::Confirmed) {
        return Ok(had);
    }
    while let Some(one) = sharing.pop() {
        for other in case.tx.bookings_of(&booking.plate_no)? {
            if other.space_key == booking.space_key || !overlap(&other, &one) {
                continue;
            }
            had.push(other.space_no.clone());
            let (space_no, space_key) = (booking.space_no.clone(), booking.space_key.clone());
            let other = Booking { space_no, space_key, ..other };
            case.tx.set_booking(&other)?;
            sharing.push(other);
        }
    }
    Ok(had)
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
        let Some(record) = case.tx.open_record_of(&plate_no)? else { continue };
        let kept = case.tx.bookings_of(&plate_no)?;
        let booked = arrive(case, used_up(kept, case.now))?;
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
    for booking in case.tx.overdue_bookings(case.now)? {
        // Let pass in time, it is on its way in.
        if passing.iter().any(|one| one.car.plate_no.as_str() == booking.plate_no) {
            continue;
        }
        write(case, &Booking { state: BookingState::Expired, ..booking.clone() })?;
        let Booking { plate_no: plate, book_code, .. } = booking;
        case.tell(Happening::BookingExpired { plate, book_code });
    }
    Ok(())
}
