//! How requests are read: bodies of the documented shape, fields within their bounds. For every endpoint;
//! it knows none, nor who carries anything out.

use super::fields::SaidTime;
use crate::lang::RequestProblem;
use crate::model::staff::{StaffAction, StaffCommand};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use crate::standard::plate_kind::plate_kind;
use crate::standard::ticket_number::is_ticket_number;
use crate::standard::years::{self, OutsideYears};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Deserialize;
use utoipa::ToSchema;

/// A body, as it was sent.
pub(super) type Body<T> = Result<Json<T>, JsonRejection>;

/// A body of the documented shape.
pub(super) fn body<T>(body: Body<T>) -> Result<T, RequestProblem> {
    body.map(|Json(body)| body).map_err(|rejection| match rejection {
        JsonRejection::MissingJsonContentType(_) => RequestProblem::NotCalledJson,
        JsonRejection::JsonSyntaxError(error) => {
            let text = error.body_text();
            let at = text.rsplit_once(" at ").map_or("", |(_, at)| at);
            RequestProblem::NotJson { at: at.to_owned() }
        }
        other => misshapen(&other.body_text()),
    })
}

/// What the readers of bodies and queries find wrong: they say it in words alone, after a colon and, where that is known,
/// the field's name.
pub(super) fn misshapen(text: &str) -> RequestProblem {
    let quoted = |begin: &str| {
        let (_, rest) = text.split_once(begin)?;
        rest.split_once('`').map(|(field, _)| field.to_owned())
    };
    if let Some(field) = quoted("missing field `") {
        return RequestProblem::Missing { field };
    }
    if let Some(field) = quoted("unknown field `") {
        return RequestProblem::Unknown { field };
    }
    let said = text.split_once(": ").map_or(text, |(_, said)| said);
    match said.split_once(": ") {
        Some((field, _))
            if field.chars().all(|one| one.is_ascii_alphanumeric() || ".[]".contains(one)) =>
        {
            RequestProblem::Kind { field: field.to_owned() }
        }
        _ => RequestProblem::Unreadable { error: text.to_owned() },
    }
}

/// The id a request carries; a fresh one when it has none. The same id happens once and is answered the
/// same.
pub(super) fn id(text: Option<String>) -> Result<Id, RequestProblem> {
    let Some(text) = text else { return Ok(Id::random()) };
    let said = Id::said(&text);
    if Id::is_printed(said.as_str()) { Ok(said) } else { Err(RequestProblem::Id) }
}

pub(super) fn length(field: &'static str, text: &str, max: usize) -> Result<(), RequestProblem> {
    // Blanks say nothing.
    let fits = !text.trim().is_empty() && text.chars().count() <= max;
    if fits { Ok(()) } else { Err(RequestProblem::Length { field, max }) }
}

pub(super) fn range(
    field: &'static str,
    number: i64,
    low: i64,
    high: i64,
) -> Result<(), RequestProblem> {
    let fits = (low..=high).contains(&number);
    if fits { Ok(()) } else { Err(RequestProblem::Range { field, low, high }) }
}

pub(super) fn not_negative(field: &'static str, money: Money) -> Result<(), RequestProblem> {
    if money < Money::ZERO { Err(RequestProblem::Negative { field }) } else { Ok(()) }
}

pub(super) fn count(field: &'static str, have: usize, max: usize) -> Result<(), RequestProblem> {
    if (1..=max).contains(&have) { Ok(()) } else { Err(RequestProblem::Count { field, max }) }
}

/// A plate that can be one, or a number that was given in place of one.
pub(super) fn number_plate(field: &'static str, plate_no: &PlateNo) -> Result<(), RequestProblem> {
    let known = plate_kind(plate_no.as_str()).is_some() || is_ticket_number(plate_no.as_str());
    if known { Ok(()) } else { Err(RequestProblem::Plate { field }) }
}

/// A moment by the lot's clocks.
pub(super) fn moment(
    field: &'static str,
    time: SaidTime,
    zone: &TimeZone,
) -> Result<Timestamp, RequestProblem> {
    within_years(field, years::time(time.local(zone)))?
        .moment(zone)
        .ok_or(RequestProblem::Time { field })
}

/// The moment at which something ends, by the lot's clocks.
pub(super) fn until(
    field: &'static str,
    end: SaidTime,
    zone: &TimeZone,
) -> Result<Timestamp, RequestProblem> {
    within_years(field, years::end(end.end(zone)))?
        .moment(zone)
        .ok_or(RequestProblem::Time { field })
}

/// The first day of something.
pub(super) fn day(field: &'static str, day: Date) -> Result<Date, RequestProblem> {
    within_years(field, years::day(day))
}

/// The last day of something.
pub(super) fn last_day(field: &'static str, last: Date) -> Result<Date, RequestProblem> {
    within_years(field, years::last_day(last))
}

fn within_years<T>(
    field: &'static str,
    time: Result<T, OutsideYears>,
) -> Result<T, RequestProblem> {
    time.map_err(|OutsideYears| RequestProblem::Years { field })
}

/// A time in hours, two decimals at most: more than nothing, a month at most.
pub(super) fn hours(field: &'static str, hours: Money) -> Result<SignedDuration, RequestProblem> {
    const MOST: i64 = 31 * 24;
    if hours <= Money::ZERO {
        return Err(RequestProblem::NotPositive { field });
    }
    if hours > Money::yuan(MOST) {
        return Err(RequestProblem::Range { field, low: 0, high: MOST });
    }
    let seconds = (hours.decimal() * Decimal::from(3600)).to_i64();
    seconds.map(SignedDuration::from_secs).ok_or(RequestProblem::NotPositive { field })
}

/// What somebody does, under the id that makes it happen once.
pub(super) fn staff_command(
    sent: Option<String>,
    operator: String,
    action: StaffAction,
) -> Result<StaffCommand, RequestProblem> {
    length("operator", &operator, 50)?;
    Ok(StaffCommand { id: id(sent)?, said: None, operator, action })
}

/// A lane, who and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LaneAndWhy {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// The lane's id (table 8).
    #[schema(value_type = String)]
    lane_id: Id,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// A command about a lane.
pub(super) fn of_lane_and_why(
    lane: Body<LaneAndWhy>,
    action: impl FnOnce(Id, String) -> StaffAction,
) -> Result<StaffCommand, RequestProblem> {
    let lane = body(lane)?;
    length("reason", &lane.reason, 100)?;
    staff_command(lane.id, lane.operator, action(lane.lane_id, lane.reason))
}

/// A car, by its plate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OfPlate {
    /// The sender's id; a fresh one when absent.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    #[schema(value_type = String)]
    plate_no: PlateNo,
    /// Who does it.
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// A command about a car.
pub(super) fn of_plate(
    car: Body<OfPlate>,
    action: impl FnOnce(PlateNo) -> StaffAction,
) -> Result<StaffCommand, RequestProblem> {
    let car = body(car)?;
    staff_command(car.id, car.operator, action(car.plate_no))
}

/// How many of a list are asked for: `most` where nothing is said.
pub(super) fn page(limit: Option<u32>, most: u32) -> Result<u32, RequestProblem> {
    let limit = limit.unwrap_or(most);
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    Err(RequestProblem::Range { field: "limit", low: 1, high: i64::from(most) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::datetime::DateTime;

    #[test]
    fn a_year_that_cannot_be_meant_is_refused_with_its_field_and_an_end_beyond_all_is_the_last_day()
    {
        let (zone, years) = (&TimeZone::UTC, |field| RequestProblem::Years { field });
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        let last = at("2199-12-31 23:59:59").moment(zone).unwrap();
        for (text, meant) in [("1999-12-31 23:59:59", false), ("2199-12-31 23:59:59", true)] {
            let (time, date) = (at(text), at(text).0.date());
            assert_eq!(moment("from", time.into(), zone).is_ok(), meant, "{text}");
            assert_eq!(until("until", time.into(), zone).is_ok(), meant, "{text}");
            assert_eq!(day("beginDate", date).is_ok(), meant, "{text}");
            assert_eq!(last_day("endDate", date).is_ok(), meant, "{text}");
        }
        let far = at("9999-12-31 23:59:59");
        assert_eq!(moment("from", far.into(), zone), Err(years("from")));
        assert_eq!(day("beginDate", far.0.date()), Err(years("beginDate")));
        assert_eq!(until("until", far.into(), zone), Ok(last));
        assert_eq!(last_day("endDate", far.0.date()).unwrap().to_string(), "2199-12-31");
    }
}
