//! Booked spaces (6001, 6002): kept until the car comes, the booking is taken back, or its time is over.

use crate::lot::case::Case;
use crate::lot::report;
use crate::model::happening::Happening;
use crate::standard::codes::SpaceState;
use crate::store::{Booking, BookingState, StoreError};

/// How many more spaces may be booked now.
pub fn bookable(case: &Case<'_>) -> Result<i64, StoreError> {
    let (tx, rules) = (case.tx, case.rules);
    let reserved = tx.reserved_spaces()?;
    let numbered = i64::try_from(rules.spaces.iter().filter(|space| space.is_bookable()).count());
    let most = rules.reservable_spaces.unwrap_or(numbered.unwrap_or(i64::MAX));
    let room = rules.total_spaces - tx.used_spaces()? - reserved;
    Ok((most - reserved).min(room).max(0))
}

/// A numbered space nobody stands in and nobody has booked, where spaces have numbers.
pub fn free_space(case: &Case<'_>) -> Result<Option<String>, StoreError> {
    for space in case.rules.spaces.iter().filter(|space| space.is_bookable()) {
        let number = &space.space_no;
        if case.tx.space_state(number)? != SpaceState::Occupied && !case.tx.is_reserved(number)? {
            return Ok(Some(number.clone()));
        }
    }
    Ok(None)
}

/// Writes a booking down and reports what it changes: the state of its space, the counts.
pub fn write(case: &mut Case<'_>, booking: &Booking) -> Result<(), StoreError> {
    let before = case.tx.booking(&booking.book_code)?;
    let kept = before.is_some_and(|before| before.state.keeps_space());
    case.tx.set_booking(booking)?;
    if kept != booking.state.keeps_space() {
        if let Some(space_no) = &booking.space_no {
            report::space_state(case, space_no)?;
        }
        report::occupancy::changed(case)?;
        if kept {
            case.space_freed();
        }
    }
    Ok(())
}

/// The car has come: its booking is used up. Returns the numbered space it has.
pub(super) fn arrive(case: &mut Case<'_>, booking: Booking) -> Result<Option<String>, StoreError> {
    case.tx.set_booking(&Booking { state: BookingState::Used, ..booking.clone() })?;
    if let Some(space_no) = &booking.space_no {
        case.tx.set_space_state(space_no, SpaceState::Occupied)?;
        report::space_state(case, space_no)?;
    }
    let space_no = booking.space_no.clone();
    tell_used(case, booking);
    Ok(space_no)
}

/// Somebody came to a booked space on the street: the booking is used up.
pub(super) fn arrive_at(case: &mut Case<'_>, space_no: &str) -> Result<(), StoreError> {
    if let Some(booking) = case.tx.booking_of_space(space_no)? {
        case.tx.set_booking(&Booking { state: BookingState::Used, ..booking.clone() })?;
        tell_used(case, booking);
    }
    Ok(())
}

fn tell_used(case: &mut Case<'_>, booking: Booking) {
    let Booking { plate_no: plate, book_code, .. } = booking;
    case.tell(Happening::BookingUsed { plate, book_code });
}

/// Ends the bookings whose time is over.
pub fn expire(case: &mut Case<'_>) -> Result<(), StoreError> {
    for booking in case.tx.overdue_bookings(case.now)? {
        write(case, &Booking { state: BookingState::Expired, ..booking.clone() })?;
        let Booking { plate_no: plate, book_code, .. } = booking;
        case.tell(Happening::BookingExpired { plate, book_code });
    }
    Ok(())
}
