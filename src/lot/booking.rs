//! Booked spaces (6001, 6002): kept until the car comes, the booking is taken back, or its time is over.

use super::reports::Reporter;
use super::{Context, LotError, Outcome, passage};
use crate::happening::Happening;
use crate::store::{Booking, BookingState, Transaction};
use jiff::Timestamp;

/// How many more spaces may be booked now.
pub fn bookable(tx: &Transaction<'_>, context: Context<'_>) -> Result<i64, LotError> {
    let rules = context.rules;
    let reserved = tx.reserved_spaces()?;
    let numbered = i64::try_from(rules.spaces.iter().filter(|space| space.is_bookable()).count());
    let most = rules.reservable_spaces.unwrap_or(numbered.unwrap_or(i64::MAX));
    let room = rules.total_spaces - tx.used_spaces()? - reserved;
    Ok((most - reserved).min(room).max(0))
}

/// A numbered space nobody stands in and nobody has booked, where spaces have numbers.
pub fn free_space(tx: &Transaction<'_>, context: Context<'_>) -> Result<Option<String>, LotError> {
    for space in context.rules.spaces.iter().filter(|space| space.is_bookable()) {
        let number = &space.space_no;
        if tx.space_state(number)? != 2 && !tx.is_reserved(number)? {
            return Ok(Some(number.clone()));
        }
    }
    Ok(None)
}

/// Writes a booking down and reports what it changes: the state of its space, the counts.
pub fn write(
    tx: &Transaction<'_>,
    context: Context<'_>,
    booking: &Booking,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let kept = tx.booking(&booking.book_code)?.is_some_and(|before| before.state.keeps_space());
    tx.set_booking(booking)?;
    if kept != booking.state.keeps_space() {
        let reporter = Reporter::new(tx, context);
        if let Some(space_no) = &booking.space_no {
            reporter.space_state(space_no, out)?;
        }
        reporter.counts(out)?;
        if kept {
            passage::reconsider_full(tx, context, out)?;
        }
    }
    Ok(())
}

/// The car has come: its booking is used up. Returns the numbered space it has.
pub(super) fn arrive(
    tx: &Transaction<'_>,
    context: Context<'_>,
    plate_no: &str,
    at: Timestamp,
    out: &mut Outcome,
) -> Result<Option<String>, LotError> {
    let Some(booking) = tx.booking_for(plate_no)?.filter(|booking| at < booking.keep_until) else {
        return Ok(None);
    };
    tx.set_booking(&Booking { state: BookingState::Used, ..booking.clone() })?;
    if let Some(space_no) = &booking.space_no {
        tx.set_space_state(space_no, 2)?;
        Reporter::new(tx, context).space_state(space_no, out)?;
    }
    out.tell(Happening::BookingUsed { plate: booking.plate_no, book_code: booking.book_code });
    Ok(booking.space_no)
}

/// Somebody came to a booked space on the street: the booking is used up.
pub(super) fn arrive_at(
    tx: &Transaction<'_>,
    space_no: &str,
    out: &mut Outcome,
) -> Result<(), LotError> {
    if let Some(booking) = tx.booking_of_space(space_no)? {
        tx.set_booking(&Booking { state: BookingState::Used, ..booking.clone() })?;
        out.tell(Happening::BookingUsed { plate: booking.plate_no, book_code: booking.book_code });
    }
    Ok(())
}

/// Ends the bookings whose time is over.
pub fn expire(tx: &Transaction<'_>, context: Context<'_>) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    for booking in tx.overdue_bookings(context.now)? {
        write(tx, context, &Booking { state: BookingState::Expired, ..booking.clone() }, &mut out)?;
        out.tell(Happening::BookingExpired {
            plate: booking.plate_no,
            book_code: booking.book_code,
        });
    }
    Ok(out)
}
