//! Whether a car may pass, and on what terms: judged once at each read, and the judgement goes with the car
//! to its stay; where a loop lies between the two, it is asked for again as of the moment it was let pass.
//! Reads only; what passing means is the lane's and the stay's.

use super::entitlement::{self, Control};
use super::{booking, conditions, lease, visitor};
use crate::lot::case::Case;
use crate::lot::money::fee::{self, Bill, Paid};
use crate::lot::rules::{ContractRule, Lane, LaneDirection};
use crate::lot::spaces;
use crate::model::happening::HoldReason;
use crate::standard::money::Money;
use crate::standard::years::earlier;
use crate::store::{Booking, ParkingRecord, StoreError};
use jiff::{SignedDuration, Timestamp};

/// Who booked may come so much before the time: the space is kept from the moment it was booked.
const EARLY: SignedDuration = SignedDuration::from_hours(1);

/// What was decided about a car at a lane.
#[derive(Debug)]
pub struct Decision {
    /// What it means when it passes, whether or not it may.
    pub terms: Terms,
    /// Why it may not; none when it may.
    pub hold: Option<HoldReason>,
    /// What the control list says of it.
    pub control: Control,
}

/// What it means when the car passes.
#[derive(Debug)]
pub enum Terms {
    /// A stay begins.
    ComeIn(Box<Coming>),
    /// Its stay ends.
    Leave(Box<Leaving>),
    /// It goes out, and no entry of it is known.
    Unknown,
}

/// The terms a car comes in on.
#[derive(Debug)]
pub struct Coming {
    /// Its stay before this one, where nobody saw it end.
    pub unseen: Option<ParkingRecord>,
    /// The bookings it uses up.
    pub bookings: Vec<Booking>,
    /// The share it comes for.
    pub share_id: Option<String>,
    /// The lease it stands for.
    pub lease_key: Option<String>,
}

/// The terms a car leaves on.
#[derive(Debug)]
pub struct Leaving {
    /// Its record, still open.
    pub record: ParkingRecord,
    /// What it owes.
    pub bill: Bill,
    /// What is due is deducted by contract afterwards.
    pub by_contract: bool,
    /// The share it leaves in.
    pub share_id: Option<String>,
}

impl Decision {
    /// Whether the car is on its way out.
    pub fn is_exit(&self) -> bool {
        !matches!(self.terms, Terms::ComeIn(_))
    }

    /// Whether the control list holds it.
    pub fn is_listed(&self) -> bool {
        self.hold == Some(HoldReason::Listed)
    }
}

/// Decides about a car that stands at a lane at `at`, by its plate and the colour of that.
pub fn decide(
    case: &Case<'_>,
    lane: &Lane,
    (plate_no, plate_color): (&str, Option<&str>),
    at: Timestamp,
) -> Result<Decision, StoreError> {
    let control = Control::of(case, plate_no, at)?;
    let inside = case.tx.open_record_of(plate_no)?;
    let goes_out = match lane.direction {
        LaneDirection::Entry => false,
        LaneDirection::Exit => true,
        LaneDirection::Both => was_inside(case, plate_no, inside.as_ref(), at)?,
    };
    if goes_out {
        exit(case, lane, (plate_no, plate_color), inside, control, at)
    } else {
        entry(case, plate_no, inside, control, at)
    }
}

/// Whether the control list or its owner wants a car held that goes in or out, whatever else it may.
pub fn is_held_by_others(
    case: &Case<'_>,
    plate_no: &str,
    leaves: bool,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let control = Control::of(case, plate_no, at)?;
    if !leaves {
        return Ok(control.holds_entry().is_some());
    }
    Ok(control.holds_exit().is_some() || is_locked(case, plate_no)?)
}

/// Whether its owner has locked a car, and nobody lets it out all the same.
pub fn is_locked(case: &Case<'_>, plate_no: &str) -> Result<bool, StoreError> {
    Ok(case.tx.lock_of(plate_no)?.is_some_and(|lock| lock.released_by.is_none()))
}

/// Whether the car was inside at that moment, whatever has become of it since: who was let out through a
/// lane of both directions goes out, though its stay may have been ended by hand meanwhile.
fn was_inside(
    case: &Case<'_>,
    plate_no: &str,
    inside: Option<&ParkingRecord>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    if let Some(record) = inside {
        return Ok(record.enter_time <= at);
    }
    let left = case.tx.last_closed_record_of(plate_no)?;
    let spans = |record: &ParkingRecord| {
        record.enter_time <= at && record.leave_time.is_some_and(|left| left > at)
    };
    Ok(left.as_ref().is_some_and(spans))
}

/// Who is entitled to stand here comes in even when visitors find the lot full. A car we believe inside came
/// in again: its own space is not taken twice.
fn entry(
    case: &Case<'_>,
    plate_no: &str,
    unseen: Option<ParkingRecord>,
    control: Control,
    at: Timestamp,
) -> Result<Decision, StoreError> {
    let kept = case.tx.bookings_of(plate_no)?;
    let expected = kept.iter().any(|one| is_expected_at(case, one, at));
    let coming = Coming {
        bookings: booking::used_up(kept, at),
        share_id: entitlement::open_share(case, plate_no, at)?,
        lease_key: lease::for_entry(case, plate_no, at, unseen.as_ref())?.map(|lease| lease.key),
        unseen,
    };
    let entitled = expected
        || coming.share_id.is_some()
        || coming.lease_key.is_some()
        || visitor::is_expected(case, plate_no, at)?;
    let hold = if control.holds_entry().is_some() {
        Some(HoldReason::Listed)
    } else if !entitled
        && !control.is_free()
        && !entitlement::is_emergency(plate_no)
        && is_full(case, plate_no, coming.unseen.as_ref())?
    {
        Some(HoldReason::Full)
    } else {
        None
    };
    Ok(Decision { terms: Terms::ComeIn(Box::new(coming)), hold, control })
}

/// Whether visitors find no space.
fn is_full(
    case: &Case<'_>,
    plate_no: &str,
    unseen: Option<&ParkingRecord>,
) -> Result<bool, StoreError> {
    // No more are under barriers than lanes hold: one that may pass and one ahead of it each.
    let under_barriers = case.rules.lanes.len().saturating_mul(2);
    let unused = spaces::counts(case, unseen)?.unused;
    if usize::try_from(unused).is_ok_and(|unused| unused > under_barriers) {
        return Ok(false);
    }
    Ok(left_for_visitors(case, Some(plate_no), unseen)? == 0)
}

/// How many spaces visitors may still take, less those that cars under a barrier, but that of `but_for`, are about to
/// take; `without` is a stay that is about to end.
pub fn left_for_visitors(
    case: &Case<'_>,
    but_for: Option<&str>,
    without: Option<&ParkingRecord>,
) -> Result<i64, StoreError> {
    let mut left = spaces::counts(case, without)?.unused;
    for (lane_id, plate_no, at) in case.tx.coming_in()? {
        if case.rules.lane(&lane_id).is_some()
            && but_for != Some(plate_no.as_str())
            && !has_space_kept(case, &plate_no, at)?
        {
            left = left.saturating_sub(1);
        }
    }
    Ok(left.max(0))
}

/// Whether a space is kept for a car that was let pass at `at`, by a lease or a booking.
fn has_space_kept(case: &Case<'_>, plate_no: &str, at: Timestamp) -> Result<bool, StoreError> {
    let booked = booking::used_up(case.tx.bookings_of(plate_no)?, at);
    Ok(!booked.is_empty() || lease::for_entry(case, plate_no, at, None)?.is_some())
}

fn exit(
    case: &Case<'_>,
    lane: &Lane,
    (plate_no, plate_color): (&str, Option<&str>),
    inside: Option<ParkingRecord>,
    control: Control,
    at: Timestamp,
) -> Result<Decision, StoreError> {
    let listed = control.holds_exit().is_some().then_some(HoldReason::Listed);
    let Some(record) = inside else {
        let unknown = (!leaves_free(case, (plate_no, plate_color), &control, at)?)
            .then_some(HoldReason::NotInside);
        return Ok(Decision { terms: Terms::Unknown, hold: listed.or(unknown), control });
    };
    let locked = is_locked(case, plate_no)?.then_some(HoldReason::Locked);
    let leaving = leaving(case, lane, record, plate_no, at)?;
    let due = leaving.bill.due;
    let unpaid = (due > Money::ZERO && !leaving.by_contract).then_some(HoldReason::PaymentDue(due));
    let hold = listed.or(locked).or(unpaid);
    Ok(Decision { terms: Terms::Leave(Box::new(leaving)), hold, control })
}

/// Whether a car leaves at nothing though nobody saw it come in: by its plate, a class, a lease in force, the free list,
/// a share whose window is open, or a visitor's pass for all its time.
fn leaves_free(
    case: &Case<'_>,
    (plate_no, plate_color): (&str, Option<&str>),
    control: &Control,
    at: Timestamp,
) -> Result<bool, StoreError> {
    Ok(control.is_free()
        || conditions::vehicle_of(case, plate_no, plate_color, at)?.free
        || lease::for_entry(case, plate_no, at, None)?.is_some()
        || entitlement::open_share(case, plate_no, at)?.is_some()
        || visitor::leaves_free(case, plate_no, at)?)
}

/// The same, judged by what is known of its plate.
pub fn leaves_unseen(case: &Case<'_>, plate_no: &str, at: Timestamp) -> Result<bool, StoreError> {
    let control = Control::of(case, plate_no, at)?;
    leaves_free(case, (plate_no, None), &control, at)
}

/// Whether a booked car may come, a little early.
fn is_expected_at(case: &Case<'_>, booking: &Booking, at: Timestamp) -> bool {
    earlier(booking.book_time, EARLY) <= at && case.ends_after(at) < booking.keep_until
}

/// Whether a car of that plate is expected at an entry: by a lease, a booking, a share or a visitor's pass in force.
pub fn is_expected(case: &Case<'_>, plate_no: &str, at: Timestamp) -> Result<bool, StoreError> {
    let kept = case.tx.bookings_of(plate_no)?;
    Ok(kept.iter().any(|one| is_expected_at(case, one, at))
        || lease::for_entry(case, plate_no, at, None)?.is_some()
        || entitlement::open_share(case, plate_no, at)?.is_some()
        || visitor::is_expected(case, plate_no, at)?)
}

fn leaving(
    case: &Case<'_>,
    lane: &Lane,
    record: ParkingRecord,
    plate_no: &str,
    at: Timestamp,
) -> Result<Leaving, StoreError> {
    let bill = bill(case, &record, at)?;
    let by_contract = bill.due > Money::ZERO
        && lane.contract_rule == ContractRule::LeaveThenCharge
        && case.tx.has_contract(plate_no)?;
    let share_id = entitlement::open_share(case, plate_no, at)?;
    Ok(Leaving { record, bill, by_contract, share_id })
}

/// What a record owes at `at`.
pub fn bill(case: &Case<'_>, record: &ParkingRecord, at: Timestamp) -> Result<Bill, StoreError> {
    let paid = paid(case, record)?;
    let conditions = conditions::of(case, record, at)?;
    Ok(fee::bill(&case.rules.tariff, record, &paid, &conditions, at))
}

/// What an open record costs up to `at`, whatever was paid.
pub fn price(case: &Case<'_>, record: &ParkingRecord, at: Timestamp) -> Result<Money, StoreError> {
    let conditions = conditions::of(case, record, at)?;
    Ok(fee::bill(&case.rules.tariff, record, &Paid::default(), &conditions, at).receivables)
}

/// What was paid for a record.
pub fn paid(case: &Case<'_>, record: &ParkingRecord) -> Result<Paid, StoreError> {
    let charges = case.tx.charges_of(&record.id)?;
    let by_coupons = case.tx.coupon_discounts(&record.id)?;
    Ok(Paid { charges, refunds: case.tx.refunds_of(&record.id)?, by_coupons })
}
