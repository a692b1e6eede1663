//! Payments: noted once by their id and reported as 5008; a car that waits for one may pass then. What was
//! quoted (6006, 5007) and is paid in full and in time settles the stay up to the moment quoted.

use super::coupon;
use crate::lot::case::Case;
use crate::lot::money::fee::{self, Bill};
use crate::lot::money::order::{self, Quote};
use crate::lot::report::{self, subject};
use crate::lot::rights::access;
use crate::lot::unsettled::owed;
use crate::model::happening::Happening;
use crate::standard::codes::RecordReport;
use crate::standard::money::Money;
use crate::standard::years::{earlier, later};
use crate::store::{Charge, OrderTerms, ParkingRecord, PlacedOrder, StoreError};
use jiff::Timestamp;

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
    let order = order::place(case, record, &bill, Quote::plain(case.now))?;
    if report::payment_wanted(case, record, &order)? {
        case.tx.set_order_asked(&record.id, &order.order_no)?;
    }
    Ok(Some(order.order_no))
}

/// Asks by an order that was not asked by before; a held car that is read again owes the same.
pub fn ask_once(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    bill: &Bill,
) -> Result<(), StoreError> {
    let order = order::place(case, record, bill, Quote::plain(case.now))?;
    if bill.due > Money::ZERO && case.tx.set_order_asked(&record.id, &order.order_no)? {
        report::payment_wanted(case, record, &order)?;
    }
    Ok(())
}

/// Where a payment was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaidAt<'a> {
    /// At the lot: who takes the sum on the display is paid what the display asks for.
    Booth {
        /// Who took it.
        by: &'a str,
    },
    /// At the platform, by the order it names.
    Platform,
}

impl<'a> PaidAt<'a> {
    /// Who of the staff took it.
    fn by(self) -> Option<&'a str> {
        match self {
            Self::Booth { by } => Some(by),
            Self::Platform => None,
        }
    }
}

/// Notes a payment for a parking record and reports it (5008), unless the platform told it and wants to hear
/// nothing of that.
pub fn pay(
    case: &mut Case<'_>,
    charge: &Charge,
    at: PaidAt<'_>,
) -> Result<PaymentResult, StoreError> {
    if case.tx.has_charge(&charge.id)? {
        return Ok(PaymentResult::Known);
    }
    let paid_for = case.tx.goes_on_as(&charge.record_id)?;
    let Some(mut record) = case.tx.record(&paid_for)? else {
        return Ok(PaymentResult::NoRecord);
    };
    let charge = reckoned(case, &record, charge, at)?;
    case.tx.add_charge(&charge)?;
    coupon::told_with(case, &record, &charge)?;
    let due = settle_sums(case, &mut record, &charge)?;
    if due == Money::ZERO {
        case.tx.withdraw(&subject::order(&record.id))?;
    }
    case.tell(Happening::Paid {
        plate: record.plate_text().to_owned(),
        received: charge.received,
        pay_from: charge.pay_from.clone(),
        by: at.by().map(str::to_owned),
    });
    if at.by().is_some() || case.rules.report_platform_payments {
        report::charge(case, &record, &charge)?;
    }
    if record.leave_time.is_some() {
        paid_afterwards(case, &record, &charge)?;
    } else {
        case.may_pass(record.plate_text());
    }
    Ok(PaymentResult::Noted { due })
}

/// The car has gone: its record is corrected, and a sum that is not the one asked for is told.
fn paid_afterwards(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    charge: &Charge,
) -> Result<(), StoreError> {
    report::record(case, RecordReport::Corrected, record)?;
    // What a contract's deduction leaves is the lot's to look into, not to be deducted once more.
    if record.contract != Some(true) {
        ask(case, record)?;
    }
    let (due, received) = (charge.receivables, charge.received);
    if received + charge.discount != due {
        let plate = record.plate_text().to_owned();
        case.tell(Happening::PaidOtherwise { plate, record: record.id.clone(), due, received });
    }
    Ok(())
}

/// The payment with what it means: the order it pays, what was due, whether it settles the fee.
fn reckoned(
    case: &mut Case<'_>,
    record: &ParkingRecord,
    charge: &Charge,
    at: PaidAt<'_>,
) -> Result<Charge, StoreError> {
    let mut charge = Charge { record_id: record.id.clone(), ..charge.clone() };
    match order_paid(case, record, &charge, at)? {
        Some((order_no, terms)) => pay_order(case, record, order_no, terms, &mut charge)?,
        None => {
            if charge.order_no.is_none() {
                let bill = access::bill(case, record, case.now)?;
                charge.order_no = Some(order::place_paid(case, record, &bill, &charge)?);
            }
            charge.leave_from = anew_at_exit(case, record, charge.pay_time)?;
        }
    }
    Ok(charge)
}

/// The order a payment names, and its terms. One at the booth names none and pays the quote that asks for just this
/// sum; one that names an order of which no terms are known is a payment like any.
fn order_paid(
    case: &Case<'_>,
    record: &ParkingRecord,
    charge: &Charge,
    at: PaidAt<'_>,
) -> Result<Option<(String, OrderTerms)>, StoreError> {
    let order = match &charge.order_no {
        Some(order_no) => case.tx.order(order_no)?.filter(|order| order.record_id == record.id),
        None if at.by().is_some() => quoted(case, record, charge.received, charge.pay_time)?,
        None => None,
    };
    Ok(order.and_then(|order| Some((order.order_no, order.terms?))))
}

/// The order that asks for just this sum, binds at that moment and is not paid yet. A coupon is its driver's to
/// name.
fn quoted(
    case: &Case<'_>,
    record: &ParkingRecord,
    sum: Money,
    at: Timestamp,
) -> Result<Option<PlacedOrder>, StoreError> {
    let charges = case.tx.charges_of(&record.id)?;
    let asks = |order: &PlacedOrder| {
        order.terms.is_some_and(|terms| {
            sum > Money::ZERO
                && terms.payable == sum
                && terms.coupon == Money::ZERO
                && binds(case, record, terms, at)
        })
    };
    let unpaid = |order: &PlacedOrder| {
        !charges.iter().any(|charge| charge.order_no.as_ref() == Some(&order.order_no))
    };
    let orders = case.tx.orders_of(&record.id)?;
    Ok(orders.into_iter().find(|order| asks(order) && unpaid(order)))
}

/// Whether an order still binds the lot at that moment. What a stay that has ended cost does not change, and who
/// pays all of that pays it whenever he does.
fn binds(case: &Case<'_>, record: &ParkingRecord, terms: OrderTerms, at: Timestamp) -> bool {
    let within = case.rules.tariff.pay_within;
    let in_time = terms.moment.is_some_and(|moment| at.duration_since(moment) <= within);
    in_time || record.leave_time.is_some() && terms.fee >= record.receivables
}

fn pay_order(
    case: &Case<'_>,
    record: &ParkingRecord,
    order_no: String,
    terms: OrderTerms,
    charge: &mut Charge,
) -> Result<(), StoreError> {
    let charges = case.tx.charges_of(&record.id)?;
    let earlier =
        || charges.iter().filter(|one| !one.void && one.order_no.as_ref() == Some(&order_no));
    let received = earlier().map(|one| one.received).sum::<Money>();
    let let_off = earlier().map(|one| one.discount).sum::<Money>();
    let asked = terms.payable + terms.coupon;
    charge.receivables = asked.less(received + let_off);
    // What our own coupons take off is in the order already; the platform may say it once more.
    let ours: Money = case.tx.order_relief(&order_no)?.iter().map(|(_, amount)| *amount).sum();
    let too_much = (received + let_off + charge.received + charge.discount).less(asked);
    charge.discount = charge.discount.less(too_much.min(ours));
    charge.leave_from = anew_at_exit(case, record, charge.pay_time)?;
    // The platform may say its coupon once more with the payment, or leave it to the order.
    let discount = (let_off + charge.discount).max(terms.coupon);
    // Who owed nothing settles that only while his stay costs nothing, not once more what he had settled.
    let asks = asked > Money::ZERO || is_free(case, record, terms)?;
    let in_full = asks && received + charge.received + discount >= asked;
    if in_full && binds(case, record, terms, charge.pay_time) {
        charge.discount = discount.less(let_off);
        charge.settled_fee = Some(terms.fee);
        let from = terms.moment.map_or(charge.pay_time, |moment| moment.max(charge.pay_time));
        charge.leave_from = anew_at_exit(case, record, from)?.or(Some(from));
    }
    charge.order_no = Some(order_no);
    Ok(())
}

/// A stay is another than its orders said: they bind no more, and what one of them settled is what the stay cost by that
/// order's moment.
pub fn corrected(case: &Case<'_>, record: &ParkingRecord) -> Result<(), StoreError> {
    let orders = case.tx.orders_of(&record.id)?;
    for charge in case.tx.charges_of(&record.id)? {
        if charge.settled_fee.is_none() {
            continue;
        }
        let paid = orders.iter().find(|order| charge.order_no.as_ref() == Some(&order.order_no));
        let moment = paid.and_then(|order| order.terms?.moment).unwrap_or(charge.pay_time);
        let fee = access::price(case, record, moment.max(record.enter_time))?;
        case.tx.set_settled_fee(&charge.id, fee)?;
    }
    for PlacedOrder { order_no, terms, .. } in orders {
        if let Some(terms) = terms {
            case.tx.set_order_terms(&order_no, OrderTerms { moment: None, ..terms })?;
        }
    }
    Ok(())
}

/// Whether a stay cost nothing up to its order's moment, whatever was paid.
fn is_free(case: &Case<'_>, record: &ParkingRecord, terms: OrderTerms) -> Result<bool, StoreError> {
    let Some(moment) = terms.moment else { return Ok(false) };
    let open = ParkingRecord { leave_time: None, ..record.clone() };
    Ok(access::price(case, &open, moment)? == Money::ZERO)
}

/// A car that was read at an exit about the moment from which it has time to leave, `from`, and before that time was
/// over, has it anew from now: it was the news of its payment that came late.
fn anew_at_exit(
    case: &Case<'_>,
    record: &ParkingRecord,
    from: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let within = case.rules.tariff.leave_within;
    let stood_there =
        case.tx.was_at_exit(&record.id, earlier(from, within), later(from, within))?;
    Ok((stood_there && case.now > from).then_some(case.now))
}

/// The stay that a payment for a plate is for: the open one, else the newest that still owes.
pub fn payable_record(
    case: &Case<'_>,
    plate_no: &str,
) -> Result<Option<ParkingRecord>, StoreError> {
    if let Some(inside) = case.tx.open_record_by_any_plate(plate_no)? {
        return Ok(Some(inside));
    }
    let ended = case.tx.unsettled_of(plate_no)?;
    Ok(ended.into_iter().find(|record| owed(record) > Money::ZERO))
}

/// The stay that a payment for a space is for: of who stands there, else of who stood there last, if that
/// still owes.
pub fn payable_record_at(
    case: &Case<'_>,
    space_no: &str,
) -> Result<Option<ParkingRecord>, StoreError> {
    if let Some(inside) = case.tx.open_record_at(space_no)? {
        return Ok(Some(inside));
    }
    let left = case.tx.last_closed_record_at(space_no)?;
    Ok(left.filter(|record| owed(record) > Money::ZERO))
}

/// Writes what was received into the record and returns what is still due. What a stay that has ended cost
/// stays, but that an order paid in time tells otherwise.
fn settle_sums(
    case: &mut Case<'_>,
    record: &mut ParkingRecord,
    charge: &Charge,
) -> Result<Money, StoreError> {
    let paid = access::paid(case, record)?;
    let due = if let Some(left) = record.leave_time {
        record.received = record.received + charge.received;
        record.discount = record.discount + charge.discount;
        let settled = fee::settled_by_order(&case.rules.tariff, &paid, left);
        record.receivables = settled.unwrap_or(record.receivables);
        owed(record)
    } else {
        let bill = access::bill(case, record, case.now)?;
        bill.write_to(record);
        bill.due
    };
    case.tx.update_record(record)?;
    Ok(due)
}
