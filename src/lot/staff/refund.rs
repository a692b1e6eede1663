//! Money given back (5009): never more than was received. Table 17 names one order, so what is more than one order
//! took is told for each.

use super::Done;
use crate::lot::case::Case;
use crate::lot::money::order::{self, Quote};
use crate::lot::report;
use crate::lot::rights::access;
use crate::model::happening::Happening;
use crate::model::staff::{Refund, Refusal};
use crate::standard::codes::RecordReport;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{Charge, ParkingRecord, StoreError};
use serde_json::json;

pub(super) fn refund(case: &mut Case<'_>, id: &Id, by: &str, refund: &Refund) -> Done {
    // What was paid for a stay that goes on as another is that one's.
    let record_id = case.tx.goes_on_as(&refund.record_id)?;
    let record = case.tx.record(&record_id)?.ok_or(Refusal::NoRecord)?;
    let mut charges = case.tx.charges_of(&record.id)?;
    charges.retain(|charge| !charge.void);
    let received: Money = charges.iter().map(|charge| charge.received).sum();
    let before = case.tx.refunded_in_part(&record.id)?;
    if before + refund.refund_money > received {
        return Err(Refusal::MoreThanReceived.into());
    }
    let mut id = Id::from(id.folded());
    let mut order_nos = Vec::new();
    for (order_no, money) in parts(charges, before, refund.refund_money) {
        let order_no = match order_no {
            Some(order_no) => order_no,
            None => order_of(case, &record)?,
        };
        let part = Refund { refund_money: money, ..refund.clone() };
        case.tx.add_refund(&id, &record.id, money, case.now)?;
        report::refund(case, &id, &record, &part, &order_no)?;
        order_nos.push(order_no);
        id = Id::random();
    }
    let rest = received.less(before + refund.refund_money);
    case.tell(Happening::Refunded {
        plate: record.plate_text().to_owned(),
        record: record.id.clone(),
        money: refund.refund_money,
        refund_from: refund.refund_from.clone(),
        by: by.to_owned(),
    });
    if rest == Money::ZERO {
        never_paid(case, &record)?;
    }
    // Whoever waits and owes again is asked at once.
    case.may_pass(record.plate_text());
    Ok(json!({ "status": "refunded", "orderNo": order_nos.first(), "received": rest }))
}

/// Everything was given back. What a stay that has ended cost is owed once more, and its record says so (5006).
fn never_paid(case: &mut Case<'_>, record: &ParkingRecord) -> Result<(), StoreError> {
    case.tx.void_payments(&record.id)?;
    if record.leave_time.is_none() {
        return Ok(());
    }
    let unpaid = ParkingRecord { received: Money::ZERO, ..record.clone() };
    case.tx.update_record(&unpaid)?;
    report::record(case, RecordReport::Corrected, &unpaid)
}

/// What is given back of which order: of the newest payment first, of which nothing was given back before.
fn parts(charges: Vec<Charge>, before: Money, money: Money) -> Vec<(Option<String>, Money)> {
    let (mut before, mut left) = (before, money);
    let mut parts: Vec<(Option<String>, Money)> = Vec::new();
    for charge in charges.into_iter().rev() {
        let there = charge.received.less(before);
        before = before.less(charge.received);
        let part = there.min(left);
        left = left.less(part);
        if part == Money::ZERO {
            continue;
        }
        match parts.iter_mut().find(|(order_no, _)| *order_no == charge.order_no) {
            Some((_, sum)) => *sum = *sum + part,
            None => parts.push((charge.order_no, part)),
        }
    }
    parts
}

/// What was paid without an order gets one now.
fn order_of(case: &mut Case<'_>, record: &ParkingRecord) -> Result<String, StoreError> {
    let bill = access::bill(case, record, case.now)?;
    Ok(order::place(case, record, &bill, Quote::plain(case.now))?.order_no)
}
