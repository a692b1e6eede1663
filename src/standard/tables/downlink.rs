//! What the platform sends down and what the lot answers: tables 54, 55, 73–89 and 97–102, as data.
//!
//! Field names, lengths and requiredness are the printed tables' own; nothing here decides.

use super::entities::{
    BLACK_WHITE_GRAY_SHEET, ENTRANCE_INFO, MONTHLY_RENTAL_LEASE, PARK_CAR_INFO, PARK_CHARGE_INFO,
};
use super::{
    Kind::{
        Choice, Code, Date, DateTime, Double, Int, List, Money, Object, Rows, Text, Time, Uuid,
    },
    Table, optional, required, table,
};

/// Table 54: 基础数据下发请求数据属性.
pub static REQUEST_4001: Table = table(
    "54",
    &[
        optional("blackWhiteGraySheet", Object(&BLACK_WHITE_GRAY_SHEET)),
        required("state", Choice(1, 2)),
    ],
);

/// Table 54 of an entry that is taken off the list: its id says which (ambiguity 95).
pub static DELETE_4001: Table = table(
    "54",
    &[required("blackWhiteGraySheet", Object(&DELETED_SHEET)), required("state", Choice(1, 2))],
);

static DELETED_SHEET: Table = table("18", &[required("id", Uuid), optional("parkCode", Text(20))]);

/// Table 55: 基础数据下发应答数据属性.
pub static REPLY_4001: Table =
    table("55", &[optional("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 73: 车位预约锁定请求数据属性.
pub static REQUEST_6001: Table = table(
    "73",
    &[
        required("bookCode", Text(50)),
        required("parkCode", Text(20)),
        required("parkCarInfo", Object(&PARK_CAR_INFO)),
        required("bookTime", DateTime),
        required("overTime", DateTime),
        required("bookMoney", Money),
        required("obligatTime", Int),
    ],
);

/// Table 74: 车位预约锁定应答数据属性.
pub static REPLY_6001: Table = table(
    "74",
    &[
        required("bookCode", Text(50)),
        optional("code", Code),
        optional("message", Text(255)),
        optional("spaceNo", Text(28)),
        optional("garageCode", Text(22)),
        optional("bluetoothAddress", Text(50)),
        optional("reservableSpace", Int),
    ],
);

/// Table 75: 车位预约确定请求数据属性.
pub static REQUEST_6002: Table = table(
    "75",
    &[
        required("bookCode", Text(50)),
        required("parkCode", Text(20)),
        required("confirmstate", Choice(0, 2)),
    ],
);

/// Table 76: 车位预约确定应答数据属性.
pub static REPLY_6002: Table = table(
    "76",
    &[required("bookCode", Text(50)), optional("code", Code), optional("message", Text(255))],
);

/// Table 77: 车辆锁车/解锁指令下发请求数据属性.
pub static REQUEST_6003: Table = table(
    "77",
    &[
        required("id", Uuid),
        required("parkCode", Text(20)),
        required("plateNo", Text(10)),
        required("lockFlag", Choice(0, 1)),
        required("featureCode", Text(50)),
    ],
);

/// Table 78: 车辆锁车/解锁指令下发应答数据属性.
pub static REPLY_6003: Table = table(
    "78",
    &[
        required("id", Uuid),
        optional("code", Code),
        optional("message", Text(255)),
        required("lockstate", Choice(0, 1)),
    ],
);

/// Table 79: 共享停车信息下发请求数据属性.
pub static REQUEST_6004: Table = table(
    "79",
    &[
        required("id", Uuid),
        required("parkCode", Text(20)),
        required("plateNo", Text(10)),
        required("startDate", Date),
        required("endDate", Date),
        required("startTime", Time),
        required("endTime", Time),
        required("bufferTime", Int),
        required("rule", List(&Int)),
        required("actionType", Choice(0, 1)),
        optional("publisher", Text(50)),
    ],
);

/// Table 80: 共享停车信息下发应答数据属性.
pub static REPLY_6004: Table =
    table("80", &[required("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 81: 场内车辆查询请求数据属性.
pub static REQUEST_6005: Table =
    table("81", &[required("parkCode", Text(20)), required("plateNo", Text(10))]);

/// Table 82: 场内车辆查询应答数据属性.
pub static REPLY_6005: Table = table(
    "82",
    &[
        required("id", Uuid),
        optional("code", Code),
        optional("message", Text(255)),
        required("parkCarInfo", Object(&PARK_CAR_INFO)),
        required("inTime", DateTime),
        optional("imageUrl", Text(255)),
    ],
);

/// Table 83: 查询停车费请求数据属性.
pub static REQUEST_6006: Table = table(
    "83",
    &[
        optional("parkCode", Text(20)),
        optional("spaceNo", Text(28)),
        optional("plateNo", Text(10)),
        optional("couponType", Choice(0, 3)),
        optional("couponValue", Double),
        optional("endTime", DateTime),
    ],
);

/// Table 84: 订单支付成功通知下发请求数据属性.
pub static REQUEST_6007: Table = table(
    "84",
    &[required("chargeInfo", Object(&PARK_CHARGE_INFO)), required("parkCode", Text(20))],
);

/// Table 85: 车辆代扣签约状态变更通知请求数据属性.
pub static REQUEST_6008: Table = table(
    "85",
    &[
        required("parkCode", Text(20)),
        required("plateNo", Text(10)),
        required("state", Choice(0, 1)),
    ],
);

/// Table 86: 月租车租约查询请求数据属性.
pub static REQUEST_6009: Table =
    table("86", &[required("plateNo", Text(10)), required("parkCode", Text(20))]);

/// Table 87: 月租车租约查询应答数据属性.
pub static REPLY_6009: Table = table(
    "87",
    &[
        optional("code", Code),
        optional("message", Text(255)),
        required("lease", Object(&MONTHLY_RENTAL_LEASE)),
    ],
);

/// Table 88: 月租车延期请求数据属性.
pub static REQUEST_6010: Table = table("88", &[required("lease", Object(&MONTHLY_RENTAL_LEASE))]);

/// Table 89: 月租车延期应答数据属性.
pub static REPLY_6010: Table =
    table("89", &[required("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 97: 机械车库存车请求数据属性.
pub static REQUEST_8004: Table = table(
    "97",
    &[
        required("parkCode", Text(20)),
        required("garageCode", Text(22)),
        optional("plateNo", Text(10)),
        optional("spaceNo", Text(28)),
        optional("garagePassCode", Int),
    ],
);

/// Table 98: 机械车库存车应答数据属性.
pub static REPLY_8004: Table = table(
    "98",
    &[optional("code", Code), optional("message", Text(u16::MAX)), optional("remainSeconds", Int)],
);

/// Table 99: 机械车库取车请求数据属性.
pub static REQUEST_8005: Table = table(
    "99",
    &[
        required("parkCode", Text(20)),
        required("garageCode", Text(22)),
        optional("plateNo", Text(10)),
        optional("spaceNo", Text(28)),
        optional("garagePassCode", Int),
        optional("bookTime", DateTime),
    ],
);

/// Table 100: 机械车库取车应答数据属性.
pub static REPLY_8005: Table = table(
    "100",
    &[optional("code", Code), optional("message", Text(u16::MAX)), optional("remainSeconds", Int)],
);

/// Table 101: 停车场信息推送请求数据属性.
pub static REQUEST_9001: Table = table(
    "101",
    &[
        required("parkCode", Text(20)),
        required("parkName", Text(255)),
        optional("province", Text(10)),
        optional("city", Text(10)),
        optional("district", Text(10)),
        optional("area", Text(10)),
        required("districtCode", Text(9)),
        optional("address", Text(255)),
        required("totalSpaces", Int),
        required("remainingSpace", Int),
        optional("longitude", Double),
        optional("latitude", Double),
        required("listEntranceInfo", Rows(&ENTRANCE_INFO)),
        optional("publicInfo", Text(u16::MAX)),
    ],
);

/// Table 102: 停车场信息推送应答数据属性.
pub static REPLY_9001: Table = table(
    "102",
    &[required("parkCode", Text(20)), optional("code", Code), optional("message", Text(255))],
);
