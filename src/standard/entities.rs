//! The standard's entities as types, complete by their tables, in the tables' own order.
//!
//! Written to the wire through [`super::report::Report`], read through [`super::lenient`].

use super::datetime::DateTime;
use super::id::Id;
use super::money::Money;
use super::plate::PlateNo;
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// Table 3: a parking lot.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ParkInfo {
    pub park_code: String,
    pub park_name: String,
    /// 0 on-street, 1 indoor, 2 outdoor.
    pub park_type: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_garage: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charging_standard: Option<ChargingStandard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub province: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    pub district_code: String,
    pub road_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    pub total_spaces: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservable_spaces: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_spaces: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shenzhen_x: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shenzhen_y: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shenzhen_h: Option<Number>,
    pub operator_id: String,
    pub owner: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub garagesmaintainer: Option<String>,
    /// 1 business … 8 other.
    pub service_type: i64,
    #[serde(rename = "garagesInfoTable", skip_serializing_if = "Vec::is_empty")]
    pub garages_info_table: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affiliated_station: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible_officer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub committee_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taxpayer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taxpayer_id: Option<String>,
    #[serde(rename = "stationInfotable", skip_serializing_if = "Vec::is_empty")]
    pub station_infotable: Vec<StationNameInfo>,
    pub public_info: String,
}

/// Table 4: a charging standard.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ChargingStandard {
    pub park_code: String,
    pub permit_no: String,
    pub charger: String,
    /// 1 government price, 2 guided price, 3 market price.
    pub pricing: i64,
    /// 1 to 3.
    pub region: i64,
    pub complaint_tel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing_sign: Option<String>,
    #[serde(rename = "chargeItemstable")]
    pub charge_itemstable: Vec<ChargeItem>,
}

/// Table 5: one line of a charging standard.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ChargeItem {
    pub charge_item: String,
    pub charge_desc: String,
}

/// Table 6: a charging station.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct StationNameInfo {
    #[serde(rename = "operatorID")]
    pub operator_id: String,
    #[serde(rename = "operatorName")]
    pub operator_name: String,
    #[serde(rename = "stationID")]
    pub station_id: String,
    #[serde(rename = "stationName")]
    pub station_name: String,
}

/// Table 8: an entrance or exit.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct EntranceInfo {
    pub id: Id,
    pub name: String,
    pub park_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub garage_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub road_name: Option<String>,
    /// 1 entrance, 2 exit, 3 both.
    pub r#type: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Number>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equipments: Vec<Equipment>,
}

/// Table 9: a device.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct Equipment {
    pub id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub park_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrance_exit_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub garage_code: Option<String>,
    pub equipment_code: String,
    pub name: String,
    /// 1000 lane, 2000 charging, 3000 space, 4000 gateway, 5000 guidance, 6xxx garage (A.4).
    pub equipment_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfd: Option<DateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge_type: Option<i64>,
    /// 1 in use, 2 out of use, 3 in maintenance, 4 faulty.
    pub state: i64,
    pub moment: DateTime,
}

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
    #[serde(
        default,
        rename = "vrdb_plateType",
        skip_serializing_if = "Option::is_none"
    )]
    pub vrdb_plate_type: Option<String>,
    #[serde(
        default,
        rename = "vrdb_carModel",
        skip_serializing_if = "Option::is_none"
    )]
    pub vrdb_car_model: Option<String>,
    #[serde(
        default,
        rename = "vrdb_usage",
        skip_serializing_if = "Option::is_none"
    )]
    pub vrdb_usage: Option<String>,
    #[serde(
        default,
        rename = "vrdb_seqno",
        skip_serializing_if = "Option::is_none"
    )]
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

/// Table 45: 3001's element.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ParkReport {
    pub park_info: ParkInfo,
    /// 1 present, 2 deleted.
    pub state: i64,
}

/// Table 47: 3002's element.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct EntranceReport {
    pub entrance_exit_info: EntranceInfo,
    /// 1 present, 2 deleted.
    pub state: i64,
}

/// Table 49: 3003's element.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct EquipmentReport {
    pub equipment: Equipment,
    /// 1 present, 2 deleted.
    pub state: i64,
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
