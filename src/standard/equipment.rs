//! What kinds of equipment there are (`equipmentType`): table 9's groups and table A.4's devices of mechanical
//! garages. Data; nothing decides here.

/// Table 9: at entrances and exits.
pub const ENTRANCE: &str = "1000";
/// Table 9: charging piles.
pub const CHARGING_PILE: &str = "2000";
/// Table 9: of spaces.
pub const SPACE: &str = "3000";
/// Table 9: gateways.
pub const GATEWAY: &str = "4000";
/// Table 9: guidance.
pub const GUIDANCE: &str = "5000";

/// Tables 9 and A.4: code, Chinese, English.
pub static EQUIPMENT_TYPES: &[(&str, &str, &str)] = &[
    (ENTRANCE, "出入口设备", "equipment of an entrance or exit"),
    (CHARGING_PILE, "充电桩设备", "charging pile"),
    (SPACE, "车位设备", "equipment of a space"),
    (GATEWAY, "网关设备", "gateway"),
    (GUIDANCE, "诱导设备", "guidance"),
    ("6000", "机械车库设备", "mechanical garage"),
    ("6001", "急停装置", "emergency stop"),
    ("6002", "缓冲装置", "buffer"),
    ("6003", "防坠装置", "fall arrester"),
    ("6004", "限位装置", "limit stop"),
    ("6005", "通风装置", "ventilation"),
    ("6006", "消防装置", "fire protection"),
    ("6007", "避雷装置", "lightning protection"),
    ("6008", "排水装置", "drainage"),
    ("6009", "升降装置", "lift"),
    ("6010", "平移装置", "traverse"),
    ("6011", "旋转装置", "turntable"),
    ("6012", "防盗装置", "anti-theft"),
    ("6013", "电源装置", "power supply"),
    ("6014", "控制装置", "control, e.g. a PLC"),
    ("6015", "安全装置", "safety, e.g. sensors of intruders"),
    ("6016", "超限装置", "gauge of size and weight"),
    ("6017", "通信装置", "communication"),
    ("6018", "搬运装置", "carrier, e.g. an AGV"),
];

/// Whether a table prints that type.
pub fn is_equipment_type(code: &str) -> bool {
    EQUIPMENT_TYPES.iter().any(|(known, _, _)| *known == code)
}

/// Whether a type is a mechanical garage's (table 9: 6XXX).
pub fn is_of_garage(code: &str) -> bool {
    code.starts_with('6')
}
