//! What answers look like, as the API's description has them. Staff's commands are answered by the lot's rules in JSON, and
//! here is its shape alone; what is looked up is made here.

use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use crate::store::ParkingRecord;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

/// What a command came to.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "a description")]
pub(super) struct StaffDone {
    /// What was done, in a word.
    status: String,
    /// The plate or number that the car is known by now.
    #[schema(value_type = Option<String>)]
    plate_no: Option<PlateNo>,
    /// The parking record it is about.
    #[schema(value_type = Option<String>)]
    record_id: Option<Id>,
    /// The order it is about.
    order_no: Option<String>,
    /// What is still owed, in yuan.
    #[schema(value_type = Option<f64>)]
    due: Option<Money>,
    /// The visitor's pass it is about.
    #[schema(value_type = Option<String>)]
    pass_id: Option<Id>,
    /// Its plates, or those of a lease.
    plate_no_list: Option<Vec<String>>,
    /// The coupon it is about.
    coupon_no: Option<String>,
    /// From when it can be used.
    #[schema(value_type = Option<String>)]
    from: Option<DateTime>,
    /// Until when a stay may begin that uses it.
    #[schema(value_type = Option<String>)]
    until: Option<DateTime>,
    /// What is left of what was received, in yuan.
    #[schema(value_type = Option<f64>)]
    received: Option<Money>,
}

/// What a car owes, told as an order (table 14).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "a description")]
pub(super) struct BillTold {
    #[schema(value_type = String)]
    record_id: Id,
    order_no: String,
    #[schema(value_type = Option<String>)]
    plate_no: Option<PlateNo>,
    #[schema(value_type = String)]
    enter_time: DateTime,
    /// Up to when it is counted.
    #[schema(value_type = String)]
    leave_time: DateTime,
    /// What the stay costs up to now, in yuan.
    #[schema(value_type = f64)]
    receivables: Money,
    #[schema(value_type = f64)]
    discount: Money,
    #[schema(value_type = f64)]
    received: Money,
    /// What is still owed.
    #[schema(value_type = f64)]
    due: Money,
    charge_type: i64,
    /// Minutes.
    charging_duration: i64,
    /// Whether somebody vouches for the clock; else only proven time is charged, and it may have stood longer.
    clock_proven: bool,
}

/// Parking records.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordList {
    pub(super) records: Vec<RecordShown>,
}

/// A parking record as staff see it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordShown {
    #[schema(value_type = String)]
    id: Id,
    #[schema(value_type = Option<String>)]
    plate_no: Option<PlateNo>,
    plate_color: Option<String>,
    car_model: Option<i64>,
    car_color: Option<String>,
    car_logo: Option<String>,
    space_no: Option<String>,
    #[schema(value_type = String)]
    enter_time: DateTime,
    #[schema(value_type = Option<String>)]
    leave_time: Option<DateTime>,
    #[schema(value_type = f64)]
    receivables: Money,
    #[schema(value_type = f64)]
    discount: Money,
    #[schema(value_type = f64)]
    received: Money,
    /// Table 11's `recordType`.
    record_type: i64,
    /// Whether it is paid by contract, where that is known.
    contract: Option<bool>,
    /// What is still owed, in `/api/arrears`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    due: Option<Money>,
    /// What is to be given back, in `/api/overpaid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    to_refund: Option<Money>,
}

impl RecordShown {
    /// A record with its times as the lot's clocks show them.
    pub(super) fn of(record: ParkingRecord, zone: &TimeZone) -> Self {
        let local = |moment| DateTime::at(moment, zone);
        Self {
            id: record.id,
            plate_no: record.plate_no,
            plate_color: record.plate_color,
            car_model: record.car_model,
            car_color: record.car_color,
            car_logo: record.car_logo,
            space_no: record.space_no,
            enter_time: local(record.enter_time),
            leave_time: record.leave_time.map(local),
            receivables: record.receivables,
            discount: record.discount,
            received: record.received,
            record_type: record.record_type.number(),
            contract: record.contract,
            due: None,
            to_refund: None,
        }
    }

    /// With what is still owed.
    pub(super) fn owing(self, due: Money) -> Self {
        Self { due: Some(due), ..self }
    }

    /// With what is to be given back.
    pub(super) fn overpaid(self, to_refund: Money) -> Self {
        Self { to_refund: Some(to_refund), ..self }
    }
}

/// How many rows of the queue a command was about.
#[derive(Serialize, ToSchema)]
pub(super) struct RowsDone {
    pub(super) rows: usize,
}
