//! 6007: the platform received a payment (table 84). It counts once by its charge id; a car that waits
//! for it leaves at once. The reply has no elements unless something is wrong.

use super::{Answered, Done, Refused, moment, refuse};
use crate::foreign::number;
use crate::lot::case::{Case, Stop};
use crate::lot::report;
use crate::lot::stay::payment::{self, PaidAt, PaymentResult};
use crate::model::remark::cut;
use crate::standard::codes::ErrorCode;
use crate::standard::entities::{PaidNotice, ParkChargeInfo};
use crate::standard::id::Id;
use crate::standard::lengths::Lengths;
use crate::standard::lenient;
use crate::standard::money::Money;
use crate::standard::tables::entities::PARK_CAR_INFO;
use crate::store::Charge;
use serde_json::{Map, Value};

/// Characters of table 15's `payFrom`.
const PAY_FROM: u16 = 10;

/// Table 15's `payType` in words, for who says nothing else.
const PAY_TYPES: [(i64, &str); 6] =
    [(1, "现金"), (2, "微信"), (3, "支付宝"), (4, "银联"), (5, "ETC"), (6, "其他")];

/// Table 11's attribute that every car must have.
const EID_EQUIPED: &str = "eidEquiped";

/// What a payment says besides which it is, whose and how much, and what keeps no driver who has paid: a car that was only
/// seen at a space has no plate, and what is said of a car beside its plate is a label, left out where its table cannot hold it.
/// Who has no discount prints null or nothing, and who does not say what was due was paid it. By what app it came is a label,
/// too. An id of a form of its own is reported as one that table 15 can hold, always the same.
pub(super) fn adapt(element: &Value, lengths: &Lengths) -> Value {
    let mut adapted = element.clone();
    let map = adapted.as_object_mut();
    if let Some(charge) = map.and_then(|map| lenient::find_object(map, "chargeInfo")) {
        fitting_id(charge);
        lenient::find_objects(charge, "listDiscounts").for_each(fitting_id);
        lenient::remove_if(charge, "parkCarInfo", is_plateless);
        if let Some(car) = lenient::find_object(charge, "parkCarInfo") {
            adapt_car(car, lengths);
        }
        adapt_sums(charge);
        adapt_label(charge, lengths);
    }
    adapted
}

fn fitting_id(map: &mut Map<String, Value>) {
    let said = lenient::find(map, "id").and_then(lenient::text);
    if let Some(id) = said.filter(|id| !id.trim().is_empty()).map(Id::fitting) {
        lenient::put(map, "id", id.as_str());
    }
}

fn adapt_car(car: &mut Map<String, Value>, lengths: &Lengths) {
    if lenient::find(car, EID_EQUIPED).and_then(number::yes).is_none() {
        lenient::put(car, EID_EQUIPED, false);
    }
    for field in PARK_CAR_INFO.fields.iter().filter(|field| !field.required) {
        lenient::remove_if(car, field.name, |value| !lenient::fits(field, value, lengths));
    }
}

fn adapt_sums(charge: &mut Map<String, Value>) {
    if lenient::is_left_out(charge, "discount") {
        lenient::put(charge, "discount", 0);
    }
    let sum = |name| lenient::find(charge, name).and_then(lenient::text)?.parse::<Money>().ok();
    let paid = sum("received").zip(sum("discount")).map(|(paid, less)| paid + less);
    if let Some(due) = paid.filter(|_| lenient::is_left_out(charge, "receivables")) {
        lenient::put(charge, "receivables", due.to_string());
    }
}

fn adapt_label(charge: &mut Map<String, Value>, lengths: &Lengths) {
    let most = usize::from(lengths.longest("payFrom", PAY_FROM));
    let said = lenient::find(charge, "payFrom").and_then(lenient::text);
    let label = match said.filter(|text| !text.trim().is_empty()) {
        Some(text) => (text.chars().count() > most).then(|| cut(text.to_owned(), most)),
        None => {
            let pay_type = lenient::find(charge, "payType").and_then(lenient::int);
            let named = PAY_TYPES.iter().find(|(number, _)| Some(*number) == pay_type);
            named.map(|(_, name)| (*name).to_owned())
        }
    };
    if let Some(label) = label {
        lenient::put(charge, "payFrom", label);
    }
}

fn is_plateless(car: &Value) -> bool {
    let plate_no = car.as_object().map(|car| lenient::find(car, "plateNo"));
    lenient::is_nothing(car)
        || plate_no.is_some_and(|plate_no| plate_no.is_none_or(lenient::is_nothing))
}

pub(super) fn carry_out(case: &mut Case<'_>, notice: &PaidNotice) -> Done {
    let mut info = notice.charge_info.clone();
    // A number of blanks is none.
    info.order_no = info.order_no.filter(|order_no| !order_no.trim().is_empty());
    if info.received < Money::ZERO || info.discount < Money::ZERO {
        return Err(refuse(ErrorCode::OUT_OF_RANGE, "received, discount").into());
    }
    let pay_time = moment(case, info.pay_time, "payTime")?;
    let id = Id::from(info.id.folded());
    let Some(record_id) = record_of(case, &info)? else {
        // It was noted for a stay that another gateway had told of, and that has ended.
        return if case.tx.has_charge(&id)? {
            Ok(Answered::done(id.as_str(), "paid", None))
        } else {
            Err(refuse(ErrorCode::NO_OBJECT, "recordId").into())
        };
    };
    let charge = Charge {
        id,
        record_id,
        order_no: info.order_no,
        // A clock ahead of ours must not grant a longer leaving time.
        pay_time: pay_time.min(case.now),
        receivables: info.receivables,
        discount: info.discount,
        received: info.received,
        pay_type: info.pay_type,
        pay_from: info.pay_from,
        list_discounts: info.list_discounts,
        settled_fee: None,
        leave_from: None,
        void: false,
    };
    match payment::pay(case, &charge, PaidAt::Platform)? {
        PaymentResult::NoRecord => Err(refuse(ErrorCode::NO_OBJECT, "recordId").into()),
        PaymentResult::Noted { .. } | PaymentResult::Known => {
            Ok(Answered::done(charge.id.as_str(), "paid", None))
        }
    }
}

/// The record it pays for, by its id or by the order we gave for it. Whose order is another's pays neither; a stay that was
/// closed by a taking of stock and goes on is one with what it goes on as.
fn record_of(case: &Case<'_>, info: &ParkChargeInfo) -> Result<Option<Id>, Stop<Refused>> {
    let order = match &info.order_no {
        Some(order_no) => case.tx.order(order_no)?.map(|order| order.record_id),
        None => None,
    };
    let record = case.tx.record(&info.record_id)?.map(|record| record.id);
    let goes_on_as = |id: Option<Id>| id.map(|id| case.tx.goes_on_as(&id)).transpose();
    match (goes_on_as(record)?, goes_on_as(order)?) {
        (Some(record), Some(order)) if record != order => {
            Err(refuse(ErrorCode::NO_OBJECT, "orderNo, recordId").into())
        }
        (None, None) => of_another(case, info),
        (record, order) => Ok(record.or(order)),
    }
}

/// Another gateway of the lot may have told of the stay by an id of its own, and asked for its money: its car is inside, and
/// that one was about meanwhile.
fn of_another(case: &Case<'_>, info: &ParkChargeInfo) -> Result<Option<Id>, Stop<Refused>> {
    let Some(car) = &info.park_car_info else { return Ok(None) };
    let inside = case.tx.open_record_by_any_plate(car.plate_no.as_str())?;
    let Some(inside) = inside else { return Ok(None) };
    let about = report::another_was_about(case, inside.enter_time)?;
    Ok(about.then_some(inside.id))
}
