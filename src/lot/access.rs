//! Whether a car may pass, and on what terms. Reads only; what passing means is `passage`'s and
//! `stay`'s.

use super::entitlement::{self, Control};
use super::fee::{self, Bill};
use super::{Context, ContractRule, HoldReason, Lane, LotError, lease};
use crate::standard::money::Money;
use crate::store::{Charge, ParkingRecord, Transaction};
use jiff::Timestamp;

/// What a car that wants in is answered.
#[derive(Debug)]
pub enum Entry {
    /// It may.
    Open,
    /// It may not.
    Hold(HoldReason),
}

/// What a car that wants out is answered.
#[derive(Debug)]
pub enum Exit {
    /// It may.
    Open(Box<Leaving>),
    /// It may not.
    Hold(HoldReason),
}

/// The terms a car leaves on.
#[derive(Debug)]
pub struct Leaving {
    /// Its record, still open.
    pub record: ParkingRecord,
    /// What was paid.
    pub charges: Vec<Charge>,
    /// What it owes.
    pub bill: Bill,
    /// What is due is deducted by contract afterwards.
    pub by_contract: bool,
}

/// Whether a car may come in at `at`. Who is entitled to stand here comes in even when visitors find
/// the lot full.
pub fn entry(
    tx: &Transaction<'_>,
    context: Context<'_>,
    plate_no: &str,
    at: Timestamp,
) -> Result<Entry, LotError> {
    let control = Control::of(tx, plate_no, at)?;
    if control.holds_entry().is_some() {
        return Ok(Entry::Hold(HoldReason::Listed));
    }
    // A car we believe inside came in again: its own space is not taken twice.
    let known = tx.open_record_of(plate_no)?.is_some();
    let taken = tx.used_spaces()? - i64::from(known) + tx.reserved_spaces()?;
    let full = taken >= context.rules.total_spaces;
    if full && !control.is_free() && !is_entitled(tx, context, plate_no, at)? {
        return Ok(Entry::Hold(HoldReason::Full));
    }
    Ok(Entry::Open)
}

fn is_entitled(
    tx: &Transaction<'_>,
    context: Context<'_>,
    plate_no: &str,
    at: Timestamp,
) -> Result<bool, LotError> {
    Ok(tx.booking_for(plate_no)?.is_some()
        || lease::for_entry(tx, context, plate_no, at)?.is_some()
        || entitlement::open_share(tx, context, plate_no, at)?.is_some())
}

/// Whether a car may leave through `lane` at `at`.
pub fn exit(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    plate_no: &str,
    at: Timestamp,
) -> Result<Exit, LotError> {
    let hold = |reason| Ok(Exit::Hold(reason));
    let control = Control::of(tx, plate_no, at)?;
    if control.holds_exit().is_some() {
        return hold(HoldReason::Listed);
    }
    let Some(record) = tx.open_record_of(plate_no)? else {
        return hold(HoldReason::NotInside);
    };
    if tx.lock_of(plate_no)?.is_some_and(|lock| lock.released_by.is_none()) {
        return hold(HoldReason::Locked);
    }
    let leaving = leaving(tx, context, lane, record, at)?;
    if leaving.bill.due > Money::ZERO && !leaving.by_contract {
        return hold(HoldReason::PaymentDue(leaving.bill.due));
    }
    Ok(Exit::Open(Box::new(leaving)))
}

/// The terms a car inside leaves on, whether or not it may.
pub fn leaving(
    tx: &Transaction<'_>,
    context: Context<'_>,
    lane: &Lane,
    record: ParkingRecord,
    at: Timestamp,
) -> Result<Leaving, LotError> {
    let charges = tx.charges_of(&record.id)?;
    let bill = bill(tx, context, &record, &charges, at)?;
    let by_contract = bill.due > Money::ZERO
        && lane.contract_rule == ContractRule::LeaveThenCharge
        && tx.has_contract(&record.plate_no)?;
    Ok(Leaving { record, charges, bill, by_contract })
}

/// What a record owes at `at`.
pub fn bill(
    tx: &Transaction<'_>,
    context: Context<'_>,
    record: &ParkingRecord,
    charges: &[Charge],
    at: Timestamp,
) -> Result<Bill, LotError> {
    let free = entitlement::free_time(tx, context, record, at)?;
    Ok(fee::bill(&context.rules.tariff, record, charges, &free, at))
}
