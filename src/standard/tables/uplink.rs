//! What the lot sends up and what the platform answers: tables 34–72 and 90–96, as data.
//!
//! Field names, lengths and requiredness are the printed tables' own; nothing here decides.

use super::entities::{
    ENTRANCE_INFO, EQUIPMENT, GARAGE_INFO, GARAGE_SPACE, MONTHLY_RENTAL_LEASE, PARK_INFO,
    SPACE_INFO,
};
use super::{
    Kind::{Choice, Code, DateTime, File, Int, Object, Rows, Text, Timestamp, Uuid},
    Table, optional, required, table,
};

/// Table 34: 登录请求数据属性.
pub static REQUEST_1001: Table = table(
    "34",
    &[
        required("userId", Text(32)),
        required("password", Text(64)),
        optional("callbackServer", Text(200)),
        optional("onlineOrderUrl", Text(512)),
    ],
);

/// Table 35: 登录应答数据属性.
pub static REPLY_1001: Table = table(
    "35",
    &[
        optional("code", Code),
        optional("message", Text(255)),
        required("scope", Text(u16::MAX)),
        required("tokenType", Text(u16::MAX)),
        required("expiresIn", Int),
        required("accessToken", Text(u16::MAX)),
        required("refreshToken", Text(u16::MAX)),
    ],
);

/// Table 36: 刷新 Token (https) 请求数据属性.
pub static REQUEST_1002: Table = table(
    "36",
    &[
        required("userId", Text(32)),
        required("password", Text(64)),
        required("accessToken", Text(u16::MAX)),
    ],
);

/// Table 37: 刷新 Token (https) 应答数据属性.
pub static REPLY_1002: Table = table(
    "37",
    &[
        required("id", Uuid),
        optional("code", Code),
        optional("message", Text(255)),
        required("tokenType", Text(u16::MAX)),
        required("expiresIn", Int),
        required("accessToken", Text(u16::MAX)),
        required("refreshToken", Text(u16::MAX)),
    ],
);

/// Table 38: 登出 (https) 请求数据属性.
pub static REQUEST_1003: Table = table("38", &[required("accessToken", Text(u16::MAX))]);

/// Table 39: 登出 (https) 应答数据属性.
pub static REPLY_1003: Table =
    table("39", &[optional("code", Code), optional("message", Text(255))]);

/// Table 40: 登录 (TCP) 请求数据属性.
pub static REQUEST_1004: Table =
    table("40", &[required("userId", Text(32)), required("password", Text(64))]);

/// Table 41: 登录 (TCP) 应答数据属性.
pub static REPLY_1004: Table =
    table("41", &[optional("code", Code), optional("message", Text(255))]);

/// Table 42: 图片上传请求数据属性.
pub static REQUEST_2001: Table = table(
    "42",
    &[
        required("file", File),
        required("fileName", Text(u16::MAX)),
        required("imageBizType", Choice(1, 9)),
        required("destPath", Text(u16::MAX)),
        required("timestamp", Timestamp),
        required("pickTime", Timestamp),
    ],
);

/// Table 43: 图片上传应答数据属性.
pub static REPLY_2001: Table =
    table("43", &[optional("code", Text(u16::MAX)), optional("message", Text(u16::MAX))]);

/// Table 44: 系统事件上报应答数据属性.
pub static REPLY_2002: Table =
    table("44", &[required("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 45: 停车场信息上报请求数据属性.
pub static REQUEST_3001: Table =
    table("45", &[required("parkInfo", Object(&PARK_INFO)), required("state", Choice(1, 2))]);

/// Table 46: 停车场信息上报应答数据属性.
pub static REPLY_3001: Table = table(
    "46",
    &[required("parkCode", Text(20)), optional("code", Code), optional("message", Text(255))],
);

/// Table 47: 出入口信息上报请求数据属性.
pub static REQUEST_3002: Table = table(
    "47",
    &[required("entranceExitInfo", Object(&ENTRANCE_INFO)), required("state", Choice(1, 2))],
);

/// Table 48: 出入口信息上报应答数据属性.
pub static REPLY_3002: Table =
    table("48", &[required("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 49: 设备信息上报请求数据属性.
pub static REQUEST_3003: Table =
    table("49", &[required("equipment", Object(&EQUIPMENT)), required("state", Choice(1, 2))]);

/// Table 50: 设备信息上报应答数据属性.
pub static REPLY_3003: Table =
    table("50", &[required("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 51: 车位信息上报请求数据属性.
pub static REQUEST_3004: Table =
    table("51", &[required("spaceInfo", Object(&SPACE_INFO)), required("state", Choice(1, 2))]);

/// Table 52: 车位信息上报应答数据属性.
pub static REPLY_3004: Table = table(
    "52",
    &[required("spaceNo", Text(28)), optional("code", Code), optional("message", Text(255))],
);

/// Table 53: 停车场收费标准信息上报应答数据属性.
pub static REPLY_3005: Table = table(
    "53",
    &[required("permitNo", Text(6)), optional("code", Code), optional("message", Text(255))],
);

/// Table 56: 车位状态变更上报请求数据属性.
pub static REQUEST_5001: Table = table(
    "56",
    &[
        required("spaceNo", Text(28)),
        optional("parkCode", Text(20)),
        required("state", Choice(-1, 2)),
    ],
);

/// Table 57: 车位状态变更上报应答数据属性.
pub static REPLY_5001: Table = table(
    "57",
    &[required("spaceNo", Text(28)), optional("code", Code), optional("message", Text(255))],
);

/// Table 58: 设备状态信息上报请求数据属性.
pub static REQUEST_5002: Table =
    table("58", &[required("id", Uuid), required("state", Choice(1, 2))]);

/// Table 59: 设备状态信息上报应答数据属性.
pub static REPLY_5002: Table =
    table("59", &[optional("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 60: 场内车位数上报应答数据属性.
pub static REPLY_5003: Table = table(
    "60",
    &[optional("parkCode", Text(20)), optional("code", Code), optional("message", Text(255))],
);

/// Table 61: 车辆驶入信息上报应答数据属性.
pub static REPLY_5004: Table =
    table("61", &[required("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 62: 车辆驶离信息上报应答数据属性.
pub static REPLY_5005: Table =
    table("62", &[optional("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 63: 记录校正信息上报应答数据属性.
pub static REPLY_5006: Table =
    table("63", &[optional("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 64: 请求支付请求支付应答数据属性.
pub static REPLY_5007: Table = table(
    "64",
    &[required("orderNo", Text(50)), optional("code", Code), optional("message", Text(255))],
);

/// Table 65: 车辆收费记录上报应答数据属性.
pub static REPLY_5008: Table =
    table("65", &[required("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 66: 车辆退费信息上报应答数据属性.
pub static REPLY_5009: Table =
    table("66", &[required("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 67: 请求车辆代扣验签请求数据属性.
pub static REQUEST_5010: Table = table("67", &[required("plateNo", Text(10))]);

/// Table 68: 请求车辆代扣验签应答数据属性.
pub static REPLY_5010: Table = table(
    "68",
    &[optional("code", Code), optional("message", Text(255)), required("state", Text(1))],
);

/// Table 69: 出入口状态变更上报请求数据属性.
pub static REQUEST_5011: Table = table(
    "69",
    &[
        required("parkCode", Text(20)),
        required("entranceID", Text(u16::MAX)),
        required("state", Choice(1, 4)),
        optional("comment", Text(200)),
    ],
);

/// Table 70: 出入口状态变更上报应答数据属性.
pub static REPLY_5011: Table = table(
    "70",
    &[
        required("parkCode", Text(u16::MAX)),
        required("entranceID", Text(u16::MAX)),
        optional("code", Code),
        optional("message", Text(255)),
    ],
);

/// Table 71: 月租租车约信息更新上报应答数据属性.
pub static REQUEST_5012: Table = table(
    "71",
    &[required("lease", Object(&MONTHLY_RENTAL_LEASE)), required("state", Choice(1, 2))],
);

/// Table 72: 月租租车约信息更新上报应答数据属性.
pub static REPLY_5012: Table =
    table("72", &[required("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 90: 机械车库信息上报请求数据属性.
pub static REQUEST_8001: Table =
    table("90", &[required("garageInfo", Object(&GARAGE_INFO)), required("state", Choice(1, 2))]);

/// Table 91: 机械车库信息上报应答数据属性.
pub static REPLY_8001: Table =
    table("91", &[required("id", Uuid), optional("code", Code), optional("message", Text(255))]);

/// Table 92: 机械车库运行状态信息上报请求数据属性.
pub static REQUEST_8002: Table = table(
    "92",
    &[
        required("parkCode", Text(20)),
        required("garageCode", Text(22)),
        required("garagestate", Choice(0, 4)),
        optional("comment", Text(200)),
        required("moment", DateTime),
    ],
);

/// Table 93: 机械车库运行状态信息上报应答数据属性.
pub static REPLY_8002: Table = table(
    "93",
    &[
        optional("code", Code),
        optional("message", Text(u16::MAX)),
        optional("resultPara", Text(u16::MAX)),
    ],
);

/// Table 94: 机械车库剩余车位信息上报请求数据属性.
pub static REQUEST_8003: Table = table(
    "94",
    &[
        required("parkCode", Text(20)),
        required("garageSpacesList", Rows(&GARAGE_SPACE)),
        required("updateTime", DateTime),
    ],
);

/// Table 96: 机械车库剩余车位信息上报应答数据属性.
pub static REPLY_8003: Table = table(
    "96",
    &[
        optional("code", Code),
        optional("message", Text(u16::MAX)),
        optional("resultPara", Text(u16::MAX)),
    ],
);
