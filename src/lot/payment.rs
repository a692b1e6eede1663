//! Payments: noted once by their id, reported as 5008, and a car that waits for them leaves at once.

use super::reports::Reporter;
use super::{Context, LotError, Outcome, access, order, passage};
use crate::happening::Happening;
use crate::standard::money::Money;
use crate::store::{Charge, ParkingRecord, Transaction};

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentResult {
    /// Noted now; so much is still due.
    Noted {
        /// Still due.
        due: Money,
    },
    /// A payment of that id was noted before; nothing was done again.
    Known,
    /// There is no such parking record.
    NoRecord,
}

/// Asks the platform to collect what a record owes (5007); returns the order, none when nothing is due.
pub fn ask(
    tx: &Transaction<'_>,
    context: Context<'_>,
    record: &ParkingRecord,
    out: &mut Outcome,
) -> Result<Option<String>, LotError> {
    let charges = tx.charges_of(&record.id)?;
    let bill = access::bill(tx, context, record, &charges, context.now)?;
    if bill.due == Money::ZERO {
        return Ok(None);
    }
    let order = order::place(tx, context, record, &bill, order::Coupon::None)?;
    tx.set_order_asked(&order.order_no)?;
    Reporter::new(tx, context).payment_wanted(&order, out)?;
    Ok(Some(order.order_no))
}

/// Asks by an order that was not asked by before; a held car that is read again owes the same.
pub(super) fn ask_once(
    tx: &Transaction<'_>,
    context: Context<'_>,
    record: &ParkingRecord,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let charges = tx.charges_of(&record.id)?;
    let bill = access::bill(tx, context, record, &charges, context.now)?;
    let order = order::place(tx, context, record, &bill, order::Coupon::None)?;
    if bill.due > Money::ZERO && tx.set_order_asked(&order.order_no)? {
        Reporter::new(tx, context).payment_wanted(&order, out)?;
    }
    Ok(())
}

/// Notes a payment for a parking record.
pub fn pay(
    tx: &Transaction<'_>,
    context: Context<'_>,
    charge: &Charge,
    report: bool,
) -> Result<(PaymentResult, Outcome), LotError> {
    let mut out = Outcome::default();
    if tx.has_charge(&charge.id)? {
        return Ok((PaymentResult::Known, out));
    }
    let Some(mut record) = tx.record(&charge.record_id)? else {
        return Ok((PaymentResult::NoRecord, out));
    };
    let charge = Charge { record_id: record.id.clone(), ..charge.clone() };
    tx.add_charge(&charge)?;
    let due = settle_sums(tx, context, &mut record)?;
    if due == Money::ZERO {
        tx.withdraw(&order::subject(&record.id))?;
    }
    out.tell(Happening::Paid {
        plate: record.plate_no.clone(),
        received: charge.received,
        pay_from: charge.pay_from.clone(),
    });
    if record.leave_time.is_none() {
        passage::reconsider_plate(tx, context, &mut out, &record.plate_no)?;
    }
    if report {
        Reporter::new(tx, context).charge(&record, &charge, &mut out)?;
    }
    Ok((PaymentResult::Noted { due }, out))
}

/// Writes what was received into the record and returns what is still due.
fn settle_sums(
    tx: &Transaction<'_>,
    context: Context<'_>,
    record: &mut ParkingRecord,
) -> Result<Money, LotError> {
    let charges = tx.charges_of(&record.id)?;
    let moment = record.leave_time.unwrap_or(context.now);
    let bill = access::bill(tx, context, record, &charges, moment)?;
    record.discount = bill.discount;
    record.received = bill.received;
    record.receivables = record.receivables.max(bill.received + bill.discount);
    tx.update_record(record)?;
    Ok(bill.due)
}
