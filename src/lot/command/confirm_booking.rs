//! 6002: confirm, extend or take back a booking (tables 75 and 76).
//!
//! Confirming and extending make now the booking time and move the expiry by as much (ambiguity 88), so
//! that a repetition moves it by next to nothing; confirming moves it once only. A booking time that lies
//! ahead stays, and the expiry never moves earlier.

use super::{Answered, Done, refuse};
use crate::lot::case::Case;
use crate::lot::stay::booking;
use crate::standard::codes::ErrorCode;
use crate::standard::entities::BookConfirmation;
use crate::store::{Booking, BookingState};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const CANCEL: i64 = 0;
const EXTEND: i64 = 2;

pub(super) fn carry_out(case: &mut Case<'_>, command: &BookConfirmation) -> Done {
    let refused = |code| Err(refuse(code, "bookCode").into());
    let Some(known) = case.tx.booking(&command.book_code)? else {
        return refused(ErrorCode::NO_BOOKING);
    };
    let cancel = command.confirmstate == CANCEL;
    let changed = match known.state {
        BookingState::Cancelled if cancel => known,
        BookingState::Cancelled => return refused(ErrorCode::BOOKING_CANCELLED),
        // Whoever has paid and driven in has what he paid for.
        BookingState::Used if !matches!(command.confirmstate, CANCEL | EXTEND) => known,
        BookingState::Used => return refused(ErrorCode::NO_LONGER_VALID),
        BookingState::Expired => return refused(ErrorCode::BOOKING_EXPIRED),
        // Its time is over, the next look at the clock would have said so.
        _ if known.keep_until <= case.now => return refused(ErrorCode::BOOKING_EXPIRED),
        _ if cancel => Booking { state: BookingState::Cancelled, ..known },
        BookingState::Confirmed if command.confirmstate != EXTEND => known,
        BookingState::Held | BookingState::Confirmed => shifted(known, case.now),
    };
    booking::write(case, &changed)?;
    let action = match command.confirmstate {
        CANCEL => "cancel",
        EXTEND => "extend",
        _ => "confirm",
    };
    let reply = json!({ "bookCode": changed.book_code });
    Ok(Answered::done(&changed.book_code, action, Some(reply)))
}

fn shifted(booking: Booking, now: Timestamp) -> Booking {
    let by = now.duration_since(booking.book_time).max(SignedDuration::ZERO);
    let later = |moment: Timestamp| moment.checked_add(by).unwrap_or(moment);
    Booking {
        book_time: later(booking.book_time),
        over_time: later(booking.over_time),
        keep_until: later(booking.keep_until),
        state: BookingState::Confirmed,
        ..booking
    }
}
