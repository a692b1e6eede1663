//! Booked spaces (6001, 6002): kept until the car comes, the booking is taken back, or its time is over.

use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::rights::booking::used_up;
use crate::lot::spaces::{self, SpaceCounts};
use crate::model::happening::Happening;
use crate::standard::codes::RecordReport;
use crate::store::{Booking, BookingState, ParkingRecord, StoreError};

/// How many more spaces may be booked now: never more than visitors may take.
pub fn bookable(case: &Case<'_>) -> Result<i64, StoreError> {
    let rules = case.rules;
    let SpaceCounts { reserved, unused, .. } = spaces::counts(case, None)?;
    let numbered = i64::try_from(rules.spaces.iter().filter(|space| space.is_bookable()).count());
    let most = rules.reservable_spaces.unwrap_or(numbered.unwrap_or(i64::MAX));
    Ok((most - reserved).min(unused).max(0))
}

/// A numbered space that is nobody's, where spaces have numbers.
pub fn free_space(case: &Case<'_>) -> Result<Option<String>, StoreError> {
    for space in case.rules.spaces.iter().filter(|space| space.is_bookable()) {
        if spaces::is_to_be_had(case, &space.space_no)? {
            return Ok(Some(space.space_no.clone()));
        }
    }
    Ok(None)
}

/// Writes a booking down and reports what it changes: the state of its space, the counts.
pub fn write(case: &mut Case<'_>, booking: &Booking) -> Result<(), StoreError> {
    let before = case.tx.reserved_spaces()?;
    case.tx.set_booking(booking)?;
    if let Some(space_no) = &booking.space_no {
        report::space_state(case, space_no)?;
    }
    let now = case.tx.reserved_spaces()?;
    if now != before {
        report::occupancy::changed(case)?;
    }
    if now < before {
        case.space_freed();
    }
    Ok(())
}

/// The car has come: its bookings are used up. Returns the numbered space it has.
pub(super) fn arrive(
    case: &mut Case<'_>,
    bookings: Vec<Booking>,
) -> Result<Option<String>, StoreError> {
    let space_no = bookings.iter().find_map(|booking| booking.space_no.clone());
    for booking in bookings {
        case.tx.set_booking(&Booking { state: BookingState::Used, ..booking.clone() })?;
        let Booking { plate_no: plate, book_code, .. } = booking;
        case.tell(Happening::BookingUsed { plate, book_code });
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
    }
    Ok(())
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
