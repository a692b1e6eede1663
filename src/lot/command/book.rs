//! 6001: keep a space for a car that is expected (tables 73 and 74).

use super::super::{LotError, Outcome, booking};
use super::{Answer, Step};
use crate::standard::codes::ErrorCode;
use crate::standard::entities::BookCommand;
use crate::standard::lenient;
use crate::standard::money::Money;
use crate::store::{Booking, BookingState};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// The form D.28 prints, with the plate beside the times and neither money nor minutes (ambiguity 51),
/// becomes table 73's. Whoever speaks table 73 must speak it whole.
pub(super) fn adapt(element: &Value) -> Value {
    let Some(map) = element.as_object() else { return element.clone() };
    if lenient::find(map, "parkCarInfo").is_some() {
        return element.clone();
    }
    let Some(plate_no) = lenient::find(map, "plateNo") else { return element.clone() };
    let mut adapted = map.clone();
    let eid_equiped = lenient::find(map, "eidEquiped").cloned().unwrap_or(false.into());
    adapted.insert(
        "parkCarInfo".to_owned(),
        json!({ "plateNo": plate_no, "eidEquiped": eid_equiped }),
    );
    for absent in ["bookMoney", "obligatTime"] {
        if lenient::find(map, absent).is_none() {
            adapted.insert(absent.to_owned(), 0.into());
        }
    }
    adapted.into()
}

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    command: &BookCommand,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    if command.obligat_time < 0 || command.book_money < Money::ZERO {
        return Ok(step.refuse(ErrorCode::OUT_OF_RANGE, "obligatTime, bookMoney"));
    }
    let times = step.moment(command.book_time, "bookTime").and_then(|book_time| {
        step.moment(command.over_time, "overTime").map(|over_time| (book_time, over_time))
    });
    let (book_time, over_time) = match times {
        Ok(times) => times,
        Err(refused) => return Ok(refused),
    };
    if over_time <= book_time {
        return Ok(step.refuse(ErrorCode::BAD_BOOKING_TIME, "overTime <= bookTime"));
    }
    let wanted = Booking {
        book_code: command.book_code.clone(),
        plate_no: command.park_car_info.plate_no.to_string(),
        book_time,
        over_time,
        keep_until: keep_until(over_time, command.obligat_time),
        book_money: command.book_money,
        space_no: None,
        state: BookingState::Held,
    };
    match step.tx.booking(&wanted.book_code)? {
        Some(known) if known.plate_no != wanted.plate_no => {
            Ok(step.refuse(ErrorCode::BOOKING_EXISTS, "bookCode"))
        }
        Some(known) if known.state.keeps_space() => {
            let again = Booking { space_no: known.space_no, state: known.state, ..wanted };
            booking::write(step.tx, step.context, &again, out)?;
            Ok(Answer::done(&again.book_code, "book", Some(reply(step, &again, None))))
        }
        Some(known) if known.state == BookingState::Used => {
            Ok(step.refuse(ErrorCode::NO_LONGER_VALID, "bookCode"))
        }
        Some(known) if known.state == BookingState::Cancelled => {
            Ok(step.refuse(ErrorCode::BOOKING_CANCELLED, "bookCode"))
        }
        // The same again is answered the same, though it keeps nothing any longer.
        Some(known) if wanted.keep_until <= step.context.now => {
            Ok(Answer::told(vec![reply(step, &known, None)]))
        }
        _ => book(step, wanted, out),
    }
}

fn book(step: &Step<'_, '_>, wanted: Booking, out: &mut Outcome) -> Result<Answer, LotError> {
    let Step { tx, context, .. } = *step;
    let numbered = !context.rules.spaces.is_empty();
    let space_no = booking::free_space(tx, context)?;
    if booking::bookable(tx, context)? == 0 || (numbered && space_no.is_none()) {
        return Ok(step.refuse(ErrorCode::NOTHING_BOOKABLE, ""));
    }
    let over = wanted.keep_until <= context.now;
    // A booking that is over when it comes is kept for the record, but keeps no space.
    let state = if over { BookingState::Expired } else { BookingState::Held };
    let made = Booking { space_no: space_no.filter(|_| !over), state, ..wanted };
    booking::write(tx, context, &made, out)?;
    let left = booking::bookable(tx, context)?;
    Ok(Answer::done(&made.book_code, "book", Some(reply(step, &made, Some(left)))))
}

fn keep_until(over_time: Timestamp, minutes: i64) -> Timestamp {
    over_time.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::MAX)
}

fn reply(step: &Step<'_, '_>, booking: &Booking, left: Option<i64>) -> Value {
    let mut reply = Map::new();
    reply.insert("bookCode".to_owned(), booking.book_code.as_str().into());
    if let Some(space_no) = &booking.space_no {
        reply.insert("spaceNo".to_owned(), space_no.as_str().into());
        let space = step.context.rules.space(space_no);
        if let Some(garage_code) = space.and_then(|space| space.garage_code.as_deref()) {
            reply.insert("garageCode".to_owned(), garage_code.into());
        }
    }
    if let Some(left) = left {
        reply.insert("reservableSpace".to_owned(), left.into());
    }
    reply.into()
}
