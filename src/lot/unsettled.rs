//! Stays that ended with too little paid, or too much: what each comes to, and the lists of them. Reads only; for
//! the booth and for whoever looks for the stay a payment is for.

use crate::standard::money::Money;
use crate::store::{ParkingRecord, StoreError, Transaction};
use jiff::{SignedDuration, Timestamp};

/// The platform has so long to deduct by contract before it is missed.
const DEDUCTED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// Stays looked at in one read.
const PAGE: u32 = 200;

/// What a record's sums leave unpaid. What was given back since is not owed once more.
pub fn owed(record: &ParkingRecord) -> Money {
    record.receivables.less(record.received + record.discount)
}

/// What is to be given back of a record of which `refunded` was in part: what was let off is nobody's to be given back.
pub fn to_refund(record: &ParkingRecord, refunded: Money) -> Money {
    let too_much = (record.received + record.discount).less(record.receivables + refunded);
    too_much.min(record.received.less(refunded))
}

/// Stays that ended with too little paid and what each still owes, the newest first. A deduction by contract may
/// come within a day and is not missing before.
pub fn in_arrears(
    tx: &Transaction<'_>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<(ParkingRecord, Money)>, StoreError> {
    let may_come = |record: &ParkingRecord| {
        let ended = |left: Timestamp| now.duration_since(left) <= DEDUCTED_WITHIN;
        record.contract == Some(true) && record.leave_time.is_some_and(ended)
    };
    list(tx, limit, |record| if may_come(record) { Ok(Money::ZERO) } else { Ok(owed(record)) })
}

/// Stays that ended with too much paid and what is to be given back, the newest first.
pub fn overpaid(
    tx: &Transaction<'_>,
    limit: usize,
) -> Result<Vec<(ParkingRecord, Money)>, StoreError> {
    list(tx, limit, |record| Ok(to_refund(record, tx.refunded_in_part(&record.id)?)))
}

/// The stays whose sums do not meet of which `sum` makes something.
fn list(
    tx: &Transaction<'_>,
    limit: usize,
    sum: impl Fn(&ParkingRecord) -> Result<Money, StoreError>,
) -> Result<Vec<(ParkingRecord, Money)>, StoreError> {
    let mut listed = Vec::new();
    for page in 0_u32.. {
        let records = tx.unsettled_records(page.saturating_mul(PAGE), PAGE)?;
        let last = records.is_empty();
        for record in records {
            let sum = sum(&record)?;
            if sum > Money::ZERO && listed.len() < limit {
                listed.push((record, sum));
            }
        }
        if last || listed.len() == limit {
            break;
        }
    }
    Ok(listed)
}
