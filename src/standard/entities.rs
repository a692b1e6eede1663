//! The standard's entities that the rules work with, complete by their tables, in the tables' order.
//! Base data (tables 3–10) come from the configuration and are read and checked by table instead.
//!
//! Written to the wire through [`super::report::Report`], read through [`super::lenient`].

use super::datetime::DateTime;
use super::id::Id;
use super::money::Money;
use super::plate::PlateNo;
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

/// Table 19: space counts of a lot. The breakdowns of tables 20–26 need configured spaces.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ParkSpaceInfo {
    pub park_code: String,
    pub used_spaces: i64,
    pub unused_spaces: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_spaces: Option<i64>,
}

/// Table 58: 5002's element.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct EquipmentState {
    pub id: Id,
    /// 1 online, 2 offline.
    pub state: i64,
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
