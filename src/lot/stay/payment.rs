//! Payments: noted once by their id and reported as 5008; a car that waits for one may pass then.

use crate::lot::case::Case;
use crate::lot::money::fee::Bill;
use crate::lot::money::order::{self, Coupon};
use crate::lot::report::{self, subject};
use crate::lot::rights::access;
use crate::model::happening::Happening;
use crate::standard::money::Money;
use crate::store::{Charge, ParkingRecord, StoreError};

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
pub fn ask(case: &mut Case<'_>, record: &ParkingRecord) -> Result<Option<String>, StoreError> {
    let bill = access::bill(case, record, case.now)?;
    if bill.due == Money::ZERO {
        return Ok(None);
    }
    let order = order::place(case, record, &bill, Coupon::None)?;
    case.tx.set_order_asked(&order.order_no)?;
    report::payment_wanted(case, &order)?;
    Ok(Some(order.order_no))
}

/// Asks by an order that was not asked by before; a held car that is read again owes the same.
pub fn ask_once(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    bill: &Bill,
) -> Result<(), StoreError> {
    let order = order::place(case, record, bill, Coupon::None)?;
    if bill.due > Money::ZERO && case.tx.set_order_asked(&order.order_no)? {
        report::payment_wanted(case, &order)?;
    }
    Ok(())
}

/// Notes a payment for a parking record; `reported` when the platform shall hear of it (5008).
pub fn pay(
    case: &mut Case<'_>,
    charge: &Charge,
    reported: bool,
) -> Result<PaymentResult, StoreError> {
    if case.tx.has_charge(&charge.id)? {
        return Ok(PaymentResult::Known);
    }
    let Some(mut record) = case.tx.record(&charge.record_id)? else {
        return Ok(PaymentResult::NoRecord);
    };
    let charge = Charge { record_id: record.id.clone(), ..charge.clone() };
    case.tx.add_charge(&charge)?;
    let due = settle_sums(case, &mut record)?;
    if due == Money::ZERO {
        case.tx.withdraw(&subject::order(&record.id))?;
    }
    case.tell(Happening::Paid {
        plate: record.plate_text().to_owned(),
        received: charge.received,
        pay_from: charge.pay_from.clone(),
    });
    if reported {
        report::charge(case, &record, &charge)?;
    }
    if record.leave_time.is_none() {
        case.may_pass(record.plate_text());
    }
    Ok(PaymentResult::Noted { due })
}

/// Writes what was received into the record and returns what is still due.
fn settle_sums(case: &mut Case<'_>, record: &mut ParkingRecord) -> Result<Money, StoreError> {
    let bill = access::bill(case, record, record.leave_time.unwrap_or(case.now))?;
    record.discount = bill.discount;
    record.received = bill.received;
    record.receivables = record.receivables.max(bill.received + bill.discount);
    case.tx.update_record(record)?;
    Ok(bill.due)
}
