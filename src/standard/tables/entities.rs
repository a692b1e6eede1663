//! The standard's entities, tables 3–29 and 95, as data.
//!
//! Field names, lengths and requiredness are the printed tables' own; nothing here decides.

use super::{
    Kind::{
        Bool, Choice, Date, DateTime, Double, Int, List, Money, Object, Rows, Text, Timestamp, Uuid,
    },
    Table, optional, required, table,
};

static TEXT: super::Kind = Text(u16::MAX);

/// Table 3: 停车场信息清单.
pub static PARK_INFO: Table = table(
    "3",
    &[
        required("parkCode", Text(20)),
        required("parkName", Text(255)),
        required("parkType", Choice(0, 2)),
        optional("isGarage", Choice(0, 1)),
        optional("chargingStandard", Object(&CHARGING_STANDARD)),
        optional("province", Text(10)),
        optional("city", Text(10)),
        optional("district", Text(10)),
        optional("area", Text(10)),
        required("districtCode", Text(9)),
        required("roadName", Text(10)),
        optional("address", Text(255)),
        required("totalSpaces", Int),
        optional("reservableSpaces", Int),
        optional("sharedSpaces", Int),
        optional("longitude", Double),
        optional("latitude", Double),
        optional("shenzhenX", Double),
        optional("shenzhenY", Double),
        optional("shenzhenH", Double),
        required("operatorId", Text(10)),
        required("owner", Text(50)),
        optional("garagesmaintainer", Text(50)),
        required("serviceType", Choice(1, 8)),
        optional("garagesInfoTable", List(&TEXT)),
        optional("affiliatedStation", Text(50)),
        optional("responsibleOfficer", Text(50)),
        optional("committeeInfo", Text(50)),
        optional("taxpayer", Text(50)),
        optional("taxpayerId", Text(18)),
        optional("stationInfotable", Rows(&STATION_NAME_INFO)),
        required("publicInfo", Text(200)),
    ],
);

/// Table 4: 收费标准清单.
pub static CHARGING_STANDARD: Table = table(
    "4",
    &[
        required("parkCode", Text(20)),
        required("permitNo", Text(6)),
        required("charger", Text(100)),
        required("pricing", Choice(1, 3)),
        required("region", Choice(1, 3)),
        required("complaintTel", Text(20)),
        optional("remark", Text(500)),
        optional("pricingSign", Text(u16::MAX)),
        required("chargeItemstable", Rows(&CHARGE_ITEMS)),
    ],
);

/// Table 5: 收费项目列表.
pub static CHARGE_ITEMS: Table =
    table("5", &[required("chargeItem", Text(20)), required("chargeDesc", Text(255))]);

/// Table 6: 充电站信息列表.
pub static STATION_NAME_INFO: Table = table(
    "6",
    &[
        required("operatorID", Text(9)),
        required("operatorName", Text(65)),
        required("stationID", Text(20)),
        required("stationName", Text(50)),
    ],
);

/// Table 7: 机械车库信息列表.
pub static GARAGE_INFO: Table = table(
    "7",
    &[
        required("id", Uuid),
        required("parkCode", Text(20)),
        required("garageCode", Text(22)),
        optional("garageName", Text(50)),
        required("operator", Text(50)),
        required("garagesOwner", Text(50)),
        optional("garagesmaintainer", Text(50)),
        optional("manufacturer", Text(50)),
        required("totalSpaces", Int),
        required("garageType", Choice(1, 9)),
        optional("longitude", Double),
        optional("latitude", Double),
    ],
);

/// Table 8: 出入口信息.
pub static ENTRANCE_INFO: Table = table(
    "8",
    &[
        required("id", Uuid),
        required("name", Text(10)),
        required("parkCode", Text(20)),
        optional("garageCode", Text(22)),
        optional("roadName", Text(10)),
        required("type", Choice(1, 3)),
        optional("longitude", Double),
        optional("latitude", Double),
        optional("equipments", Rows(&EQUIPMENT)),
    ],
);

/// Table 9: 设备信息列表.
pub static EQUIPMENT: Table = table(
    "9",
    &[
        required("id", Uuid),
        optional("parkCode", Text(20)),
        optional("entranceExitId", Uuid),
        optional("garageCode", Text(22)),
        required("equipmentCode", Text(20)),
        required("name", Text(50)),
        required("equipmentType", Text(4)),
        optional("spaceNo", Text(28)),
        optional("manufacturer", Text(50)),
        optional("model", Text(20)),
        optional("mfd", DateTime),
        optional("chargeType", Choice(0, 2)),
        required("state", Choice(1, 4)),
        required("moment", DateTime),
    ],
);

/// Table 10: 车位信息列表.
pub static SPACE_INFO: Table = table(
    "10",
    &[
        required("spaceNo", Text(28)),
        optional("parkCode", Text(20)),
        optional("garageCode", Text(22)),
        optional("manageType", Choice(0, 4)),
        optional("ownerType", Choice(1, 3)),
        required("positionType", Choice(0, 2)),
        optional("sizeType", Choice(1, 8)),
        required("materialType", Choice(0, 1)),
        optional("usageType", Choice(1, 8)),
        optional("visitType", Choice(0, 3)),
        optional("floor", Text(10)),
        optional("areaName", Text(50)),
        required("withLocker", Choice(0, 1)),
        required("withChargingPile", Choice(0, 1)),
        optional("longitude", Double),
        optional("latitude", Double),
        required("state", Choice(1, 4)),
        required("moment", DateTime),
    ],
);

/// Table 11: 车辆信息列表.
pub static PARK_CAR_INFO: Table = table(
    "11",
    &[
        required("plateNo", Text(10)),
        optional("plateColor", Text(3)),
        optional("carColor", Text(3)),
        optional("licensePlateType", Choice(1, 2)),
        optional("carModel", Choice(1, 3)),
        optional("carLogo", Text(10)),
        required("eidEquiped", Bool),
        optional("vrdb_no", Text(48)),
        optional("vrdb_plateType", Text(4)),
        optional("vrdb_carModel", Text(9)),
        optional("vrdb_usage", Text(4)),
        optional("vrdb_seqno", Text(13)),
    ],
);

/// Table 13: 停车信息列表.
pub static PARK_RECORD_INFO: Table = table(
    "13",
    &[
        required("id", Uuid),
        optional("parkCode", Text(20)),
        optional("garageNo", Text(22)),
        optional("spaceNo", Text(28)),
        optional("parkCarInfo", Object(&PARK_CAR_INFO)),
        required("enterTime", DateTime),
        optional("inEquipmentId", Uuid),
        optional("leaveTime", DateTime),
        optional("outEquipmentId", Uuid),
        optional("chargeIdList", List(&Uuid)),
        required("receivables", Money),
        required("discount", Money),
        required("received", Money),
        optional("shareOrderId", Text(10)),
        optional("isStagger", Choice(0, 1)),
        optional("recordType", Choice(0, 2)),
    ],
);

/// Table 14: 停车订单信息列表.
pub static PARK_ORDER: Table = table(
    "14",
    &[
        required("orderNo", Text(50)),
        required("recordId", Uuid),
        required("parkCode", Text(20)),
        optional("spaceNo", Text(28)),
        optional("plateNo", Text(10)),
        required("enterTime", DateTime),
        required("chargingStart", DateTime),
        required("chargingDuration", Int),
        optional("leaveTime", DateTime),
        required("paidAmount", Money),
        required("receivables", Money),
        required("otherFee", Money),
        required("discount", Money),
        required("chargingFee", Money),
        optional("chargeType", Choice(0, 5)),
        optional("freeMinute", Int),
        optional("surplusMinute", Int),
    ],
);

/// Table 15: 缴费记录列表.
pub static PARK_CHARGE_INFO: Table = table(
    "15",
    &[
        required("id", Uuid),
        optional("orderNo", Text(50)),
        required("recordId", Uuid),
        optional("parkCarInfo", Object(&PARK_CAR_INFO)),
        required("payTime", DateTime),
        required("receivables", Money),
        required("discount", Money),
        required("received", Money),
        required("payType", Choice(1, 6)),
        required("payFrom", Text(10)),
        optional("listDiscounts", Rows(&DISCOUNT_RECORD)),
    ],
);

/// Table 16: 优惠记录列表.
pub static DISCOUNT_RECORD: Table = table(
    "16",
    &[
        required("id", Uuid),
        optional("couponNo", Text(20)),
        required("couponType", Choice(0, 4)),
        required("couponValue", Money),
        optional("discountChannel", Text(100)),
        optional("channelOrgCode", Text(18)),
    ],
);

/// Table 17: 退费信息列表.
pub static REFUND_INFO: Table = table(
    "17",
    &[
        required("id", Uuid),
        required("orderNo", Text(50)),
        required("time", DateTime),
        required("refundMoney", Money),
        required("refundType", Choice(1, 6)),
        required("refundFrom", Text(10)),
    ],
);

/// Table 18: 车辆管控名单信息列表.
pub static BLACK_WHITE_GRAY_SHEET: Table = table(
    "18",
    &[
        required("id", Uuid),
        required("parkCode", Text(20)),
        required("parkCarInfo", Object(&PARK_CAR_INFO)),
        required("strategyType", Choice(1, 5)),
        optional("beginDate", DateTime),
        required("endDate", DateTime),
        required("strategyFrom", Text(50)),
    ],
);

/// Table 19: 场内车位数信息列表.
pub static PARK_SPACE_INFO: Table = table(
    "19",
    &[
        required("parkCode", Text(20)),
        required("usedSpaces", Int),
        required("unusedSpaces", Int),
        optional("reservedSpaces", Int),
        optional("manageType", Object(&MANAGE_TYPE)),
        optional("ownerType", Object(&OWNER_TYPE)),
        optional("positionType", Object(&POSITION_TYPE)),
        optional("sizeType", Object(&SIZE_TYPE)),
        optional("materialType", Object(&MATERIAL_TYPE)),
        optional("usageType", Object(&USAGE_TYPE)),
        optional("chargingType", Object(&CHARGING_TYPE)),
    ],
);

/// Table 20: 经营类型列表.
pub static MANAGE_TYPE: Table = table(
    "20",
    &[
        required("dayPartingUsedSpaces", Int),
        required("dayPartingUnusedSpaces", Int),
        required("longTermUsedSpaces", Int),
        required("longTermUnusedSpaces", Int),
        required("timeLimitedUsedSpaces", Int),
        required("timeLimitedUnusedSpaces", Int),
        required("soldUsedSpaces", Int),
        required("soldUnusedSpaces", Int),
        required("privateUsedSpaces", Int),
        required("privateUnusedSpaces", Int),
    ],
);

/// Table 21: 产权类型列表.
pub static OWNER_TYPE: Table = table(
    "21",
    &[
        required("individualUsedSpaces", Int),
        required("individualUnusedSpaces", Int),
        required("unitUsedSpaces", Int),
        required("unitUnusedSpaces", Int),
        required("otherUsedSpaces", Int),
        required("otherUnusedSpaces", Int),
    ],
);

/// Table 22: 位置类型列表.
pub static POSITION_TYPE: Table = table(
    "22",
    &[
        required("onStreetUsedSpaces", Int),
        required("onStreetUnusedSpaces", Int),
        required("indoorUsedSpaces", Int),
        required("indoorUnusedSpaces", Int),
        required("outdoorUsedSpaces", Int),
        required("outdoorUnusedSpaces", Int),
    ],
);

/// Table 23: 尺寸类型列表.
pub static SIZE_TYPE: Table = table(
    "23",
    &[
        required("garageMiniatureUsedSpaces", Int),
        required("garageMiniatureUnusedSpaces", Int),
        required("garageCompactSizeUsedSpaces", Int),
        required("garageCompactSizeUnusedSpaces", Int),
        required("garageMediumSizedUsedSpaces", Int),
        required("garageMediumSizedUnusedSpaces", Int),
        required("garageLargeUsedSpaces", Int),
        required("garageLargeUnusedSpaces", Int),
        required("smallSizedUsedSpaces", Int),
        required("smallSizedUnusedSpaces", Int),
        required("mediumSizedUsedSpaces", Int),
        required("mediumSizedUnusedSpaces", Int),
        required("largeUsedSpaces", Int),
        required("largeUnusedSpaces", Int),
        required("combinedParkingSpaceUsedSpaces", Int),
        required("combinedParkingSpaceUnusedSpaces", Int),
    ],
);

/// Table 24: 形态类型列表.
pub static MATERIAL_TYPE: Table = table(
    "24",
    &[
        required("ordinaryUsedSpaces", Int),
        required("ordinaryUnusedSpaces", Int),
        required("garageUsedSpaces", Int),
        required("garageUnusedSpaces", Int),
    ],
);

/// Table 25: 用途类型列表.
pub static USAGE_TYPE: Table = table(
    "25",
    &[
        required("businessUsedSpaces", Int),
        required("businessUnusedSpaces", Int),
        required("residentialUsedSpaces", Int),
        required("residentialUnusedSpaces", Int),
        required("hospitalUsedSpaces", Int),
        required("hospitalUnusedSpaces", Int),
        required("gardenUsedSpaces", Int),
        required("gardenUnusedSpaces", Int),
        required("transportationHubUsedSpaces", Int),
        required("transportationHubUnusedSpaces", Int),
        required("administrationUsedSpaces", Int),
        required("administrationUnusedSpaces", Int),
        required("schoolUsedSpaces", Int),
        required("schoolUnusedSpaces", Int),
        required("otherUsedSpaces", Int),
        required("otherUnusedSpaces", Int),
    ],
);

/// Table 26: 充电类型列表.
pub static CHARGING_TYPE: Table = table(
    "26",
    &[
        required("dcUsedChargingSpaces", Int),
        required("dcUnusedChargingSpaces", Int),
        required("acUsedChargingSpaces", Int),
        required("acUnusedChargingSpaces", Int),
    ],
);

/// Table 27: 事件信息列表.
pub static EVENT_INFO: Table = table(
    "27",
    &[
        required("id", Uuid),
        optional("parkCode", Text(20)),
        optional("spaceNo", Text(28)),
        optional("plateNo", Text(10)),
        required("time", DateTime),
        required("eventType", Int),
        required("eventLevel", Choice(0, 3)),
        optional("position", Text(50)),
        required("equipmentId", Uuid),
        required("remark", Text(200)),
    ],
);

/// Table 28: 月租车租约信息列表.
pub static MONTHLY_RENTAL_LEASE: Table = table(
    "28",
    &[
        required("id", Uuid),
        required("parkCode", Text(20)),
        required("isFixed", Choice(0, 1)),
        required("spaceNoList", List(&TEXT)),
        required("pricing", Rows(&PRICING)),
        required("plateNoList", List(&TEXT)),
        required("beginDate", Date),
        required("endDate", Date),
        optional("unpaidMonths", Int),
        required("moment", Timestamp),
    ],
);

/// Table 29: 车位租用价格清单.
pub static PRICING: Table = table(
    "29",
    &[required("cycles", Int), required("cycleType", Choice(1, 2)), required("amount", Money)],
);

/// Table 95: 剩余车位信息.
pub static GARAGE_SPACE: Table = table(
    "95",
    &[
        required("garageCode", Text(22)),
        required("totalLargeSpaces", Int),
        required("totalSmallSpaces", Int),
        required("availableLargeSpaces", Int),
        required("availableSmallSpaces", Int),
    ],
);
