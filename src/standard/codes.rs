//! Result codes: table A.1 for a whole reply, table A.2 for one element.

use std::fmt;

/// Table A.1: the whole request succeeded.
pub const RESULT_OK: i64 = 0;
/// Table A.1: the whole request failed.
pub const RESULT_FAILED: i64 = 1;

/// A code of table A.2, as received: peers may send ones the table does not print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub i64);

impl ErrorCode {
    /// Coding or naming error: an attribute is missing, misnamed or malformed.
    pub const NAMING: Self = Self(1000);
    /// Longer than its table allows.
    pub const TOO_LONG: Self = Self(1004);
    /// Of another type than its table says.
    pub const WRONG_TYPE: Self = Self(1005);
    /// Outside its range.
    pub const OUT_OF_RANGE: Self = Self(1007);
    /// The object does not exist.
    pub const NO_OBJECT: Self = Self(1100);
    /// The parking lot does not exist (here).
    pub const NO_PARK: Self = Self(1101);
    /// The object exists already.
    pub const EXISTS: Self = Self(1200);
    /// No such numbered space.
    pub const NO_SPACE: Self = Self(1102);
    /// No such garage.
    pub const NO_GARAGE: Self = Self(1105);
    /// No such booking.
    pub const NO_BOOKING: Self = Self(1104);
    /// The plate has no lease.
    pub const NO_LEASE: Self = Self(1106);
    /// The booking's code is another car's.
    pub const BOOKING_EXISTS: Self = Self(1201);
    /// It had its time.
    pub const NO_LONGER_VALID: Self = Self(1300);
    /// The booking's time is over.
    pub const BOOKING_EXPIRED: Self = Self(1301);
    /// The booking was taken back.
    pub const BOOKING_CANCELLED: Self = Self(1401);
    /// Every space that may be booked is.
    pub const NOTHING_BOOKABLE: Self = Self(1501);
    /// A booking that ends before it begins.
    pub const BAD_BOOKING_TIME: Self = Self(5004);
    /// Wrong user name or password.
    pub const BAD_LOGIN: Self = Self(3001);
    /// The access token is not (any longer) good.
    pub const BAD_TOKEN: Self = Self(3002);
    /// The vehicle is not in the lot.
    pub const NOT_IN_LOT: Self = Self(4001);

    /// The printed meaning in Chinese and English, where table A.2 has one.
    pub fn meaning(self) -> Option<(&'static str, &'static str)> {
        A2.iter().find(|(code, _, _)| *code == self.0).map(|(_, zh, en)| (*zh, *en))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some((zh, _)) => write!(f, "{} {zh}", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Table A.2: code, Chinese, English.
pub static A2: &[(i64, &str, &str)] = &[
    (1000, "编码/命名错误", "Coding/naming error"),
    (1001, "停车场编号编码错误", "Bad parking-lot code"),
    (1002, "停车位编号编码错误", "Bad space code"),
    (1003, "行政区编码错误", "Bad district code"),
    (1004, "超出规定长度", "Too long"),
    (1005, "字段类型错误", "Wrong field type"),
    (1006, "公共信用信息内容不全", "Public-credit information incomplete"),
    (1007, "超出规定值范围", "Value out of range"),
    (1100, "对象不存在", "Object does not exist"),
    (1101, "停车场不存在", "Parking lot does not exist"),
    (1102, "车位不存在", "Space does not exist"),
    (1103, "车辆不存在", "Vehicle does not exist"),
    (1104, "预约订单不存在", "Booking does not exist"),
    (1105, "车库不存在", "Garage does not exist"),
    (1106, "月租租约不存在", "Lease does not exist"),
    (1107, "指定页码不存在", "Page number does not exist"),
    (1200, "对象已存在", "Object already exists"),
    (1201, "预约编号已存在", "Booking code already exists"),
    (1300, "对象已失效", "Object no longer valid"),
    (1301, "预约已过期", "Booking expired"),
    (1400, "对象已删除", "Object deleted"),
    (1401, "预约已取消", "Booking cancelled"),
    (1500, "没有空余对象", "No free object"),
    (1501, "没有可预约车位", "No bookable space"),
    (3001, "用户名或密码错误", "Wrong user name or password"),
    (3002, "访问令牌错误", "Bad access token"),
    (4001, "车辆不在场内", "Vehicle not in the lot"),
    (5001, "机械车库不存在", "Mechanical garage does not exist"),
    (5002, "机械车库出入口（或通道）不存在", "Garage entrance (or passage) does not exist"),
    (5003, "机械车库的车位不存在", "Garage space does not exist"),
    (5004, "预约时间有误", "Bad booking time"),
];
