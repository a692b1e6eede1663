//! Table 1: every interface a lot takes part in, with its tables and the attributes its reply names a
//! record by. Charging stations (11xx), invoices (12xx), credit and reconciliation are not a lot's.

use super::tables::{Table, downlink, entities, uplink};
use Direction::{Down, Up};
use Protocol::{Both, Https, Tcp};

/// Who speaks first. Where table 1 and the text disagree (6009), the text's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The lot reports (上行).
    Up,
    /// The platform commands (下行).
    Down,
}

/// The channels an interface may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTPS only.
    Https,
    /// The framed TLS connection only.
    Tcp,
    /// Either.
    Both,
}

/// One row of table 1.
#[derive(Debug)]
pub struct Interface {
    /// The interface code, e.g. 5004.
    pub code: u16,
    /// The printed Chinese name.
    pub name_zh: &'static str,
    /// An English name.
    pub name_en: &'static str,
    /// Who speaks first.
    pub direction: Direction,
    /// Over which channel.
    pub protocol: Protocol,
    /// Table of one request element.
    pub request: Option<&'static Table>,
    /// Table of one reply element.
    pub reply: Option<&'static Table>,
    /// Attributes by which a reply element names the request element; empty where none exist.
    pub reply_key: &'static [&'static str],
}

impl Interface {
    /// The row of that code.
    pub fn find(code: u16) -> Option<&'static Self> {
        INTERFACES.iter().find(|interface| interface.code == code)
    }

    /// Whether several elements may share one request: only where the reply names each (ambiguity 15).
    pub fn batches(&self) -> bool {
        !self.reply_key.is_empty()
    }

    /// Whether its reply says something beyond how it went and whom that is about: a token, a state.
    pub fn says_more(&self) -> bool {
        let beside =
            |name: &str| matches!(name, "code" | "message") || self.reply_key.contains(&name);
        let fields = self.reply.map_or(&[][..], |table| table.fields);
        fields.iter().any(|field| field.required && !beside(field.name))
    }

    /// Whether its elements tell what a stay came to, what was asked for, taken or given back.
    pub fn tells_of_money(&self) -> bool {
        matches!(self.code, 5005..=5009 | 5012)
    }
}

#[allow(clippy::too_many_arguments, reason = "a table row")]
const fn interface(
    code: u16,
    name_zh: &'static str,
    name_en: &'static str,
    direction: Direction,
    protocol: Protocol,
    request: Option<&'static Table>,
    reply: Option<&'static Table>,
    reply_key: &'static [&'static str],
) -> Interface {
    Interface { code, name_zh, name_en, direction, protocol, request, reply, reply_key }
}

/// Table 1.
pub static INTERFACES: &[Interface] = &[
    interface(
        1001,
        "登录 (https)",
        "Log in (https)",
        Up,
        Https,
        Some(&uplink::REQUEST_1001),
        Some(&uplink::REPLY_1001),
        &[],
    ),
    interface(
        1002,
        "刷新 Token (https)",
        "Refresh token (https)",
        Up,
        Https,
        Some(&uplink::REQUEST_1002),
        Some(&uplink::REPLY_1002),
        &[],
    ),
    interface(
        1003,
        "登出 (https)",
        "Log out (https)",
        Up,
        Https,
        Some(&uplink::REQUEST_1003),
        Some(&uplink::REPLY_1003),
        &[],
    ),
    interface(
        1004,
        "登录 (TCP)",
        "Log in (TCP)",
        Up,
        Tcp,
        Some(&uplink::REQUEST_1004),
        Some(&uplink::REPLY_1004),
        &[],
    ),
    interface(1005, "登出 (TCP)", "Log out (TCP)", Up, Tcp, None, None, &[]),
    interface(1006, "心跳 (TCP)", "Heartbeat (TCP)", Up, Tcp, None, None, &[]),
    interface(
        2001,
        "图片上传接口",
        "Upload picture",
        Up,
        Https,
        Some(&uplink::REQUEST_2001),
        Some(&uplink::REPLY_2001),
        &[],
    ),
    interface(
        2002,
        "系统事件上报",
        "Report system event",
        Up,
        Https,
        Some(&entities::EVENT_INFO),
        Some(&uplink::REPLY_2002),
        &["id"],
    ),
    interface(
        3001,
        "停车场信息上报",
        "Report parking lot",
        Up,
        Https,
        Some(&uplink::REQUEST_3001),
        Some(&uplink::REPLY_3001),
        &["parkCode"],
    ),
    interface(
        3002,
        "出入口信息上报",
        "Report entrance/exit",
        Up,
        Https,
        Some(&uplink::REQUEST_3002),
        Some(&uplink::REPLY_3002),
        &["id"],
    ),
    interface(
        3003,
        "设备信息上报",
        "Report device",
        Up,
        Https,
        Some(&uplink::REQUEST_3003),
        Some(&uplink::REPLY_3003),
        &["id"],
    ),
    interface(
        3004,
        "车位信息上报",
        "Report space",
        Up,
        Https,
        Some(&uplink::REQUEST_3004),
        Some(&uplink::REPLY_3004),
        &["spaceNo"],
    ),
    interface(
        3005,
        "停车场收费标准信息上报",
        "Report charging standard",
        Up,
        Https,
        Some(&entities::CHARGING_STANDARD),
        Some(&uplink::REPLY_3005),
        &["permitNo"],
    ),
    interface(
        4001,
        "车辆管控名单下发",
        "Send down vehicle control list",
        Down,
        Both,
        Some(&downlink::REQUEST_4001),
        Some(&downlink::REPLY_4001),
        &["id"],
    ),
    interface(
        5001,
        "车位状态变更上报",
        "Report space state change",
        Up,
        Https,
        Some(&uplink::REQUEST_5001),
        Some(&uplink::REPLY_5001),
        &["spaceNo"],
    ),
    interface(
        5002,
        "设备状态信息上报",
        "Report device state",
        Up,
        Https,
        Some(&uplink::REQUEST_5002),
        Some(&uplink::REPLY_5002),
        &["id"],
    ),
    interface(
        5003,
        "场内车位数上报",
        "Report space counts",
        Up,
        Https,
        Some(&entities::PARK_SPACE_INFO),
        Some(&uplink::REPLY_5003),
        &["parkCode"],
    ),
    interface(
        5004,
        "车辆驶入信息上报",
        "Report vehicle entry",
        Up,
        Https,
        Some(&entities::PARK_RECORD_INFO),
        Some(&uplink::REPLY_5004),
        &["id"],
    ),
    interface(
        5005,
        "车辆驶离信息上报",
        "Report vehicle exit",
        Up,
        Https,
        Some(&entities::PARK_RECORD_INFO),
        Some(&uplink::REPLY_5005),
        &["id"],
    ),
    interface(
        5006,
        "记录校正信息上报",
        "Report record correction",
        Up,
        Https,
        Some(&entities::PARK_RECORD_INFO),
        Some(&uplink::REPLY_5006),
        &["id"],
    ),
    interface(
        5007,
        "请求支付",
        "Request payment",
        Up,
        Https,
        Some(&entities::PARK_ORDER),
        Some(&uplink::REPLY_5007),
        &["orderNo"],
    ),
    interface(
        5008,
        "车辆收费记录上报",
        "Report charge record",
        Up,
        Https,
        Some(&entities::PARK_CHARGE_INFO),
        Some(&uplink::REPLY_5008),
        &["id"],
    ),
    interface(
        5009,
        "车辆退费信息上报",
        "Report refund",
        Up,
        Https,
        Some(&entities::REFUND_INFO),
        Some(&uplink::REPLY_5009),
        &["id"],
    ),
    interface(
        5010,
        "请求车辆代扣验签",
        "Ask whether a vehicle has auto-deduction",
        Up,
        Https,
        Some(&uplink::REQUEST_5010),
        Some(&uplink::REPLY_5010),
        &[],
    ),
    interface(
        5011,
        "出入口状态变更上报",
        "Report entrance/exit state change",
        Up,
        Https,
        Some(&uplink::REQUEST_5011),
        Some(&uplink::REPLY_5011),
        &["parkCode", "entranceID"],
    ),
    interface(
        5012,
        "月租车租约信息更新上报",
        "Report lease update",
        Up,
        Https,
        Some(&uplink::REQUEST_5012),
        Some(&uplink::REPLY_5012),
        &["id"],
    ),
    interface(
        6001,
        "车位预约锁定",
        "Lock a space for a booking",
        Down,
        Both,
        Some(&downlink::REQUEST_6001),
        Some(&downlink::REPLY_6001),
        &["bookCode"],
    ),
    interface(
        6002,
        "车位预约确定",
        "Confirm / cancel / extend a booking",
        Down,
        Both,
        Some(&downlink::REQUEST_6002),
        Some(&downlink::REPLY_6002),
        &["bookCode"],
    ),
    interface(
        6003,
        "车辆锁车/解锁指令下发",
        "Lock / unlock a vehicle",
        Down,
        Both,
        Some(&downlink::REQUEST_6003),
        Some(&downlink::REPLY_6003),
        &["id"],
    ),
    interface(
        6004,
        "共享停车信息下发",
        "Send down shared-parking grant",
        Down,
        Both,
        Some(&downlink::REQUEST_6004),
        Some(&downlink::REPLY_6004),
        &["id"],
    ),
    interface(
        6005,
        "场内车辆查询",
        "Query vehicles in the lot",
        Down,
        Both,
        Some(&downlink::REQUEST_6005),
        Some(&downlink::REPLY_6005),
        &["id"],
    ),
    interface(
        6006,
        "查询停车费",
        "Query parking fee",
        Down,
        Both,
        Some(&downlink::REQUEST_6006),
        Some(&entities::PARK_ORDER),
        &["orderNo"],
    ),
    interface(
        6007,
        "订单支付成功通知下发",
        "Order paid notice",
        Down,
        Both,
        Some(&downlink::REQUEST_6007),
        None,
        &[],
    ),
    interface(
        6008,
        "车辆代扣签约状态变更通知",
        "Auto-deduction contract changed",
        Down,
        Both,
        Some(&downlink::REQUEST_6008),
        None,
        &[],
    ),
    interface(
        6009,
        "月租车租约查询",
        "Query lease",
        Down,
        Both,
        Some(&downlink::REQUEST_6009),
        Some(&downlink::REPLY_6009),
        &[],
    ),
    interface(
        6010,
        "月租车延期",
        "Extend lease",
        Down,
        Both,
        Some(&downlink::REQUEST_6010),
        Some(&downlink::REPLY_6010),
        &["id"],
    ),
    interface(
        8001,
        "机械车库信息上报",
        "Report mechanical garage",
        Up,
        Https,
        Some(&uplink::REQUEST_8001),
        Some(&uplink::REPLY_8001),
        &["id"],
    ),
    interface(
        8002,
        "机械车库运行状态信息上报",
        "Report garage running state",
        Up,
        Https,
        Some(&uplink::REQUEST_8002),
        Some(&uplink::REPLY_8002),
        &[],
    ),
    interface(
        8003,
        "机械车库剩余车位信息上报",
        "Report garage free spaces",
        Up,
        Https,
        Some(&uplink::REQUEST_8003),
        Some(&uplink::REPLY_8003),
        &[],
    ),
    interface(
        8004,
        "机械车库存车接口",
        "Store a vehicle",
        Down,
        Both,
        Some(&downlink::REQUEST_8004),
        Some(&downlink::REPLY_8004),
        &[],
    ),
    interface(
        8005,
        "机械车库取车接口",
        "Retrieve a vehicle",
        Down,
        Both,
        Some(&downlink::REQUEST_8005),
        Some(&downlink::REPLY_8005),
        &[],
    ),
    interface(
        9001,
        "停车场信息推送",
        "Push parking-lot information",
        Down,
        Both,
        Some(&downlink::REQUEST_9001),
        Some(&downlink::REPLY_9001),
        &["parkCode"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logging_in_and_asking_are_the_interfaces_whose_replies_say_more_than_how_it_went() {
        let up = INTERFACES.iter().filter(|interface| interface.direction == Up);
        let more: Vec<u16> = up.filter(|one| one.says_more()).map(|one| one.code).collect();
        assert_eq!(more, [1001, 1002, 5010]);
    }
}
