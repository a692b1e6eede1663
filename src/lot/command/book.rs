//! 6001: keep a space for a car that is expected (tables 73 and 74).

use super::{Answered, Done, Refused, end, moment, refuse};
use crate::lot::case::{Case, Stop};
use crate::lot::interval::Interval;
use crate::lot::rights::booking::overlapping;
use crate::lot::stay::booking;
use crate::standard::codes::ErrorCode;
use crate::standard::entities::BookCommand;
use crate::standard::lenient;
use crate::standard::money::Money;
use crate::standard::years::later;
use crate::store::{Booking, BookingState};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// The form D.28 prints, with the plate beside the times and neither money nor minutes (ambiguity 51),
/// becomes table 73's. Whoever speaks table 73 must speak it whole.
pub(super) fn adapt(element: &Value) -> Value {
    let Some(map) = element.as_object() else { return element.clone() };
    let car = lenient::find(map, "parkCarInfo");
    if car.is_some_and(|car| !lenient::is_nothing(car)) {
        return element.clone();
    }
    let Some(plate_no) = lenient::find(map, "plateNo") else { return element.clone() };
    let mut adapted = map.clone();
    lenient::remove_if(&mut adapted, "parkCarInfo", lenient::is_nothing);
    let eid_equiped = lenient::find(map, "eidEquiped").cloned().unwrap_or(false.into());
    adapted.insert(
        "parkCarInfo".to_owned(),
        json!({ "plateNo": plate_no, "eidEquiped": eid_equiped }),
    );
    for absent in ["bookMoney", "obligatTime"] {
        if lenient::find(map, absent).is_none_or(lenient::is_nothing) {
            lenient::remove_if(&mut adapted, absent, |_| true);
            adapted.insert(absent.to_owned(), 0.into());
        }
    }
    adapted.into()
}

pub(super) fn carry_out(case: &mut Case<'_>, command: &BookCommand) -> Done {
    if command.obligat_time < 0 || command.book_money < Money::ZERO {
        return Err(refuse(ErrorCode::OUT_OF_RANGE, "obligatTime, bookMoney").into());
    }
    let book_time = moment(case, command.book_time, "bookTime")?;
    let over_time = end(case, command.over_time, "overTime")?;
    if over_time <= book_time {
        return Err(refuse(ErrorCode::BAD_BOOKING_TIME, "overTime <= bookTime").into());
    }
    let wanted = Booking {
        book_code: command.book_code.clone(),
        plate_no: command.park_car_info.plate_no.to_string(),
        book_time,
        over_time,
        keep_until: keep_until(over_time, command.obligat_time),
        book_money: command.book_money,
        space_no: None,
        space_key: String::new(),
        state: BookingState::Held,
    };
    let Some(known) = case.tx.booking(&wanted.book_code)? else { return book(case, wanted) };
    if known.plate_no != wanted.plate_no {
        return Err(refuse(ErrorCode::BOOKING_EXISTS, "bookCode").into());
    }
    match known.state {
        BookingState::Held | BookingState::Confirmed => again(case, known, wanted),
        BookingState::Used => Err(refuse(ErrorCode::NO_LONGER_VALID, "bookCode").into()),
        BookingState::Cancelled => Err(refuse(ErrorCode::BOOKING_CANCELLED, "bookCode").into()),
        // The same again is answered the same, though it keeps nothing any longer.
        BookingState::Expired if wanted.keep_until <= case.now => {
            Ok(Answered::told(vec![reply(case, &known, None)]))
        }
        BookingState::Expired => book(case, wanted),
    }
}

/// Told once more, perhaps for another time: it keeps the space it has, unless it now shares its time with
/// others of its plate, or no longer with those whose space it is, too.
fn again(case: &mut Case<'_>, known: Booking, wanted: Booking) -> Done {
    if wanted.keep_until <= case.now {
        return Err(refuse(ErrorCode::BOOKING_EXPIRED, "overTime").into());
    }
    refuse_inside(case, &wanted)?;
    let kept = case.tx.bookings_of(&known.plate_no)?;
    let (same, others): (Vec<_>, Vec<_>) = kept
        .into_iter()
        .filter(|one| one.book_code != known.book_code)
        .partition(|one| one.space_key == known.space_key);
    let keeps_its_own = same.is_empty() && overlapping(&others, &wanted).is_none();
    if !keeps_its_own && overlapping(&same, &wanted).is_none() {
        return book(case, Booking { state: known.state, ..wanted });
    }
    let Booking { space_no, space_key, state, .. } = known;
    let again = Booking { space_no, space_key, state, ..wanted };
    booking::write(case, &again)?;
    Ok(Answered::done(&again.book_code, "book", Some(reply(case, &again, None))))
}

fn book(case: &mut Case<'_>, wanted: Booking) -> Done {
    if wanted.keep_until <= case.now {
        return Err(refuse(ErrorCode::BOOKING_EXPIRED, "overTime").into());
    }
    refuse_inside(case, &wanted)?;
    let kept = case.tx.bookings_of(&wanted.plate_no)?;
    if let Some(first) = overlapping(&kept, &wanted) {
        // One car needs one space.
        let (space_no, space_key) = (first.space_no.clone(), first.space_key.clone());
        let made = Booking { space_no, space_key, ..wanted };
        booking::write(case, &made)?;
        return Ok(Answered::done(&made.book_code, "book", Some(reply(case, &made, None))));
    }
    let during = Interval { from: wanted.book_time, to: wanted.keep_until };
    let more = booking::one_more(case, during)?;
    let Some((space_key, space_no)) = more else {
        return Err(refuse(ErrorCode::NOTHING_BOOKABLE, "").into());
    };
    let made = Booking { space_no, space_key, ..wanted };
    booking::write(case, &made)?;
    let left = booking::bookable(case)?;
    Ok(Answered::done(&made.book_code, "book", Some(reply(case, &made, Some(left)))))
}

/// A car that is inside needs no space for now.
fn refuse_inside(case: &Case<'_>, wanted: &Booking) -> Result<(), Stop<Refused>> {
    let inside = case.tx.open_record_of(&wanted.plate_no)?.is_some();
    if inside && wanted.book_time <= case.now {
        return Err(refuse(ErrorCode::EXISTS, "plateNo").into());
    }
    Ok(())
}

fn keep_until(over_time: Timestamp, minutes: i64) -> Timestamp {
    later(over_time, SignedDuration::from_secs(minutes.saturating_mul(60)))
}

fn reply(case: &Case<'_>, booking: &Booking, left: Option<i64>) -> Value {
    let mut reply = Map::new();
    reply.insert("bookCode".to_owned(), booking.book_code.as_str().into());
    if let Some(space_no) = &booking.space_no {
        reply.insert("spaceNo".to_owned(), space_no.as_str().into());
        let space = case.rules.space(space_no);
        if let Some(garage_code) = space.and_then(|space| space.garage_code.as_deref()) {
            reply.insert("garageCode".to_owned(), garage_code.into());
        }
        if let Some(address) = space.and_then(|space| space.bluetooth_address.as_deref()) {
            reply.insert("bluetoothAddress".to_owned(), address.into());
        }
    }
    if let Some(left) = left {
        reply.insert("reservableSpace".to_owned(), left.into());
    }
    reply.into()
}
