//! The standard's entities that the rules work with, complete by their tables, in the tables' order.
//! Base data (tables 3–10) come from the configuration and are read and checked by table instead.
//!
//! Written to the wire through [`super::report::Report`], read through [`super::lenient`].

use super::datetime::DateTime;
use super::id::Id;
use super::money::Money;
use super::plate::PlateNo;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// Table 11: a vehicle.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ParkCarInfo {
    pub plate_no: PlateNo,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate_color: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub car_color: Option<String>,
    /// 1 permanent, 2 temporary plate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_plate_type: Option<i64>,
    /// 1 large, 2 medium, 3 small.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub car_model: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub car_logo: Option<String>,
    pub eid_equiped: bool,
    #[serde(default, rename = "vrdb_no", skip_serializing_if = "Option::is_none")]
    pub vrdb_no: Option<String>,
    #[serde(default, rename = "vrdb_plateType", skip_serializing_if = "Option::is_none")]
    pub vrdb_plate_type: Option<String>,
    #[serde(default, rename = "vrdb_carModel", skip_serializing_if = "Option::is_none")]
    pub vrdb_car_model: Option<String>,
    #[serde(default, rename = "vrdb_usage", skip_serializing_if = "Option::is_none")]
    pub vrdb_usage: Option<String>,
    #[serde(default, rename = "vrdb_seqno", skip_serializing_if = "Option::is_none")]
    pub vrdb_seqno: Option<String>,
}

/// Table 13: a parking record.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ParkRecordInfo {
    pub id: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub park_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub garage_no: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space_no: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub park_car_info: Option<ParkCarInfo>,
    pub enter_time: DateTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_equipment_id: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave_time: Option<DateTime>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_equipment_id: Option<Id>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charge_id_list: Vec<Id>,
    pub receivables: Money,
    pub discount: Money,
    pub received: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_order_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_stagger: Option<i64>,
    /// 0 normal, 1 abnormal, 2 left without being unlocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_type: Option<i64>,
}

/// Table 15: a charge.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ParkChargeInfo {
    pub id: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_no: Option<String>,
    pub record_id: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub park_car_info: Option<ParkCarInfo>,
    pub pay_time: DateTime,
    pub receivables: Money,
    pub discount: Money,
    pub received: Money,
    /// 1 cash, 2 WeChat, 3 Alipay, 4 UnionPay, 5 ETC, 6 other.
    pub pay_type: i64,
    pub pay_from: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list_discounts: Vec<DiscountRecord>,
}

/// Table 16: a discount.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct DiscountRecord {
    pub id: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_no: Option<String>,
    /// 0 none, 1 amount, 2 time, 3 share, 4 all.
    pub coupon_type: i64,
    pub coupon_value: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_org_code: Option<String>,
}

/// Table 19: space counts of a lot.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ParkSpaceInfo {
    pub park_code: String,
    pub used_spaces: i64,
    pub unused_spaces: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_spaces: Option<i64>,
    /// Tables 20–26, where configured spaces say something about them.
    #[serde(flatten)]
    pub breakdowns: serde_json::Map<String, serde_json::Value>,
}

/// Table 14: an order, what a stay costs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ParkOrder {
    pub order_no: String,
    pub record_id: Id,
    pub park_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plate_no: Option<PlateNo>,
    pub enter_time: DateTime,
    pub charging_start: DateTime,
    /// Minutes.
    pub charging_duration: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leave_time: Option<DateTime>,
    pub paid_amount: Money,
    pub receivables: Money,
    pub other_fee: Money,
    pub discount: Money,
    pub charging_fee: Money,
    /// 0 charged, 1 within the free time, 2 free, 3 beyond the cap, 4 discounted to nothing, 5 other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge_type: Option<i64>,
    /// Minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_minute: Option<i64>,
    /// Minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surplus_minute: Option<i64>,
}

/// Table 18: an entry of the control list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct BlackWhiteGraySheet {
    pub id: Id,
    pub park_code: String,
    pub park_car_info: ParkCarInfo,
    /// 1 may not enter, 2 may not leave, 3 neither, 4 is to be reported, 5 passes free.
    pub strategy_type: i64,
    #[serde(default)]
    pub begin_date: Option<DateTime>,
    pub end_date: DateTime,
    pub strategy_from: String,
}

/// Table 27: an event.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct EventInfo {
    pub id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub park_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plate_no: Option<PlateNo>,
    pub time: DateTime,
    /// Table A.3.
    pub event_type: i64,
    /// 0 normal, 1 warning, 2 fault, 3 severe.
    pub event_level: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    pub equipment_id: Id,
    pub remark: String,
}

/// Table 28: a lease.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct MonthlyRentalLease {
    /// Names this update, not the lease.
    pub id: Id,
    pub park_code: String,
    /// 0 fixed spaces, 1 any.
    pub is_fixed: i64,
    pub space_no_list: Vec<String>,
    pub pricing: Vec<Pricing>,
    pub plate_no_list: Vec<PlateNo>,
    /// The first day.
    pub begin_date: Date,
    /// The last day.
    pub end_date: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpaid_months: Option<i64>,
    /// Seconds since 1970.
    pub moment: i64,
}

/// Table 29: what a lease costs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct Pricing {
    pub cycles: i64,
    /// 1 months, 2 days.
    pub cycle_type: i64,
    pub amount: Money,
}

/// Table 56: 5001's element.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct SpaceStateInfo {
    pub space_no: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub park_code: Option<String>,
    /// -1 unknown, 0 free, 1 booked, 2 occupied.
    pub state: i64,
}

/// Table 17: a refund.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct RefundInfo {
    pub id: Id,
    pub order_no: String,
    pub time: DateTime,
    pub refund_money: Money,
    /// 1 cash, 2 WeChat, 3 Alipay, 4 UnionPay, 5 ETC, 6 other.
    pub refund_type: i64,
    pub refund_from: String,
}

/// Table 69: 5011's element.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct EntranceStateInfo {
    pub park_code: String,
    #[serde(rename = "entranceID")]
    pub entrance_id: Id,
    /// 1 normal, 2 congested, 3 badly congested, 4 stopped.
    pub state: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Table 92: 8002's element.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct GarageStateInfo {
    pub park_code: String,
    pub garage_code: String,
    /// 0 out of use, 1 normal, 2 abnormal, 3 faulty, 4 under repair.
    pub garagestate: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    pub moment: DateTime,
}

/// Table 94: 8003's element.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct GarageSpacesInfo {
    pub park_code: String,
    pub garage_spaces_list: Vec<GarageSpace>,
    pub update_time: DateTime,
}

/// Table 95: what is free in one garage.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct GarageSpace {
    pub garage_code: String,
    pub total_large_spaces: i64,
    pub total_small_spaces: i64,
    pub available_large_spaces: i64,
    pub available_small_spaces: i64,
}

/// Table 71: 5012's element.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct LeaseUpdate {
    pub lease: MonthlyRentalLease,
    /// 1 in force, 2 deleted.
    pub state: i64,
}

/// Table 58: 5002's element.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct EquipmentStateInfo {
    pub id: Id,
    /// 1 online, 2 offline.
    pub state: i64,
}

/// Table 73: 6001's element, keep a space.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct BookCommand {
    pub book_code: String,
    pub park_code: String,
    pub park_car_info: ParkCarInfo,
    pub book_time: DateTime,
    pub over_time: DateTime,
    pub book_money: Money,
    /// Minutes.
    pub obligat_time: i64,
}

/// Table 75: 6002's element.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct BookConfirmation {
    pub book_code: String,
    pub park_code: String,
    /// 0 cancel, 1 confirm, 2 extend.
    pub confirmstate: i64,
}

/// Table 79: 6004's element, shared parking.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ShareCommand {
    pub id: Id,
    pub park_code: String,
    pub plate_no: PlateNo,
    pub start_date: Date,
    pub end_date: Date,
    pub start_time: Time,
    pub end_time: Time,
    /// Minutes.
    pub buffer_time: i64,
    /// Week days, 1 Monday … 7 Sunday.
    pub rule: Vec<i64>,
    /// 0 start, 1 cancel.
    pub action_type: i64,
}

/// Table 81: 6005's element, which cars inside have a plate like this.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct VehicleQuery {
    pub park_code: String,
    /// A part of a plate, normalised.
    pub plate_no: String,
}

/// Table 83: 6006's element, what a stay costs.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct FeeQuery {
    #[serde(default)]
    pub space_no: Option<String>,
    #[serde(default)]
    pub plate_no: Option<PlateNo>,
    /// 0 none, 1 amount, 2 hours, 3 all.
    #[serde(default)]
    pub coupon_type: Option<i64>,
    #[serde(default)]
    pub coupon_value: Option<serde_json::Number>,
    #[serde(default)]
    pub end_time: Option<DateTime>,
}

/// Table 85: 6008's element, a contract was opened or closed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ContractNotice {
    pub park_code: String,
    pub plate_no: PlateNo,
    /// 0 closed, 1 open.
    pub state: i64,
}

/// Table 86: 6009's element, a plate's lease.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct LeaseQuery {
    pub park_code: String,
    pub plate_no: PlateNo,
}

/// Table 88: 6010's element, a lease goes on.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct LeaseExtension {
    pub lease: MonthlyRentalLease,
}

/// Table 77: 6003's element, lock or unlock a vehicle.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct LockCommand {
    pub id: Id,
    pub park_code: String,
    pub plate_no: PlateNo,
    /// 0 lock, 1 unlock.
    pub lock_flag: i64,
    pub feature_code: String,
}

/// Table 84: 6007's element, an order was paid.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct PaidNotice {
    pub park_code: String,
    pub charge_info: ParkChargeInfo,
}
