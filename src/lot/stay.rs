//! A stay from its beginning to its end: what its parking record says and what is reported of it.

use super::access::{self, Leaving};
use super::passage::Passage;
use super::reports::Reporter;
use super::{
    Context, HoldReason, LotError, Outcome, booking, contract, entitlement, image, lease, order,
};
use crate::happening::Happening;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::store::{Charge, ParkingRecord, RecordType, Transaction};
use jiff::Timestamp;

/// Table 15's `payType` of what a contract deducts: other.
const BY_CONTRACT: i64 = 6;

/// A car has come in.
pub(super) fn enter(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let plate_no = passage.plate.as_str();
    if let Some(unseen) = tx.open_record_of(plate_no)? {
        close_unseen(tx, context, unseen, passage.at, out)?;
    }
    let record = ParkingRecord {
        plate_color: passage.plate_color.clone(),
        license_plate_type: passage.license_plate_type,
        car_model: passage.car_model,
        enter_lane: Some(passage.lane.id.to_string()),
        in_equipment_id: Some(passage.device_id.to_string()),
        space_no: booking::arrive(tx, context, plate_no, passage.at, out)?,
        share_id: entitlement::open_share(tx, context, plate_no, passage.at)?,
        lease_key: lease::for_entry(tx, context, plate_no, passage.at)?.map(|lease| lease.key),
        ..ParkingRecord::begun(Id::random().to_string(), plate_no.to_owned(), passage.at)
    };
    tx.insert_record(&record)?;
    image::keep(tx, context, passage, &record, false)?;
    if passage.live {
        out.questions.push(contract::question(&record, contract::AT_ENTRY));
    }
    Reporter::new(tx, context).record(5004, &record, out)?;
    out.tell(Happening::Entered {
        lane: passage.lane.name.clone(),
        plate: record.plate_no,
        record: record.id,
    });
    Ok(())
}

/// A stay whose end nobody saw: the car must have left before it came in again. What it would have owed
/// is unknown, so nothing is claimed beyond what was paid.
fn close_unseen(
    tx: &Transaction<'_>,
    context: Context<'_>,
    mut record: ParkingRecord,
    at: Timestamp,
    out: &mut Outcome,
) -> Result<(), LotError> {
    record.leave_time = Some(at.max(record.enter_time));
    record.receivables = record.received + record.discount;
    record.record_type = RecordType::Abnormal;
    tx.unlock(&record.plate_no)?;
    close(tx, context, &record, out)?;
    out.tell(Happening::ClosedUnseen { plate: record.plate_no, record: record.id });
    Ok(())
}

/// A car has left.
pub(super) fn leave(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let Some(record) = tx.open_record_of(passage.plate.as_str())? else {
        // Only a read sent late comes here: a car left that never came in. There is nothing to close.
        out.tell(Happening::Held {
            lane: passage.lane.name.clone(),
            plate: passage.plate.to_string(),
            reason: HoldReason::NotInside,
        });
        return Ok(());
    };
    let Leaving { mut record, bill, by_contract, .. } =
        access::leaving(tx, context, passage.lane, record, passage.at)?;
    let contract_charge = if by_contract {
        let order = order::place(tx, context, &record, &bill, order::Coupon::None)?;
        Some(contract_charge(&record, &order.order_no, bill.due, passage.at))
    } else {
        None
    };
    let deducted = contract_charge.as_ref().map_or(Money::ZERO, |charge| charge.received);
    let locked = tx.unlock(&record.plate_no)?;
    let unpaid = bill.due > deducted;
    record.leave_time = Some(passage.at.max(record.enter_time));
    record.leave_lane = Some(passage.lane.id.to_string());
    record.out_equipment_id = Some(passage.device_id.to_string());
    record.receivables = bill.receivables;
    record.discount = bill.discount;
    record.received = bill.received + deducted;
    record.share_id =
        entitlement::open_share(tx, context, &record.plate_no, passage.at)?.or(record.share_id);
    record.record_type = match (locked, unpaid) {
        (true, _) => RecordType::LeftLocked,
        (false, true) => RecordType::Abnormal,
        (false, false) => record.record_type,
    };
    if let Some(charge) = &contract_charge {
        tx.add_charge(charge)?;
    }
    image::keep(tx, context, passage, &record, true)?;
    close(tx, context, &record, out)?;
    if let Some(charge) = &contract_charge {
        Reporter::new(tx, context).charge(&record, charge, out)?;
    }
    out.tell(Happening::Left {
        lane: passage.lane.name.clone(),
        plate: record.plate_no,
        record: record.id,
        received: record.received,
    });
    Ok(())
}

fn contract_charge(
    record: &ParkingRecord,
    order_no: &str,
    due: Money,
    pay_time: Timestamp,
) -> Charge {
    Charge {
        id: Id::random().to_string(),
        record_id: record.id.clone(),
        order_no: Some(order_no.to_owned()),
        pay_time,
        receivables: due,
        discount: Money::ZERO,
        received: due,
        pay_type: BY_CONTRACT,
        pay_from: "无感支付".to_owned(),
        list_discounts: "[]".to_owned(),
    }
}

/// Writes down that a stay has ended and frees its space.
pub(super) fn close(
    tx: &Transaction<'_>,
    context: Context<'_>,
    record: &ParkingRecord,
    out: &mut Outcome,
) -> Result<(), LotError> {
    tx.update_record(record)?;
    // Whoever has left is not asked for money any more.
    tx.withdraw(&order::subject(&record.id))?;
    let reporter = Reporter::new(tx, context);
    reporter.record(5005, record, out)?;
    if let Some(space_no) = &record.space_no
        && tx.set_space_state(space_no, 0)?
    {
        reporter.space_state(space_no, out)?;
    }
    Ok(())
}
