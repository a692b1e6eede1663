//! The standard's numbers by name: result codes (tables A.1, A.2), events (table A.3), and the states and
//! strategies that its other tables number.

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
    /// No such vehicle.
    pub const NO_VEHICLE: Self = Self(1103);
    /// Nothing is free.
    pub const NOTHING_FREE: Self = Self(1500);
    /// No such mechanical garage.
    pub const NO_MECHANICAL_GARAGE: Self = Self(5001);
    /// The garage has no such passage.
    pub const NO_GARAGE_PASSAGE: Self = Self(5002);
    /// The garage has no such space.
    pub const NO_GARAGE_SPACE: Self = Self(5003);
    /// A booking that ends before it begins.
    pub const BAD_BOOKING_TIME: Self = Self(5004);
    /// Wrong user name or password.
    pub const BAD_LOGIN: Self = Self(3001);
    /// The access token is not (any longer) good.
    pub const BAD_TOKEN: Self = Self(3002);
    /// The vehicle is not in the lot.
    pub const NOT_IN_LOT: Self = Self(4001);

    /// Whether it names a fault of what was sent, so that sending it again as it is helps nothing: what table
    /// A.2 prints, but for 3xxx: a wrong login or token is no fault of what was sent with it. Any other may mean
    /// anything, a busy platform too.
    pub fn names_a_fault(self) -> bool {
        !matches!(self.0, 3000..=3999) && self.meaning().is_some()
    }

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

/// Table A.3's classes of events. 8001 to 8003 are printed twice, once ordinary and once as alarms; only
/// the class tells them apart (ambiguity 46).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventClass {
    /// 普通
    Ordinary,
    /// 告警
    Alarm,
    /// 故障
    Fault,
}

impl EventClass {
    /// Table 27's `eventLevel` for it.
    pub fn level(self) -> EventLevel {
        match self {
            Self::Ordinary => EventLevel::Ordinary,
            Self::Alarm => EventLevel::Alarm,
            Self::Fault => EventLevel::Fault,
        }
    }
}

/// Table A.3: code, class, meaning.
pub static A3: &[(i64, EventClass, &str)] = &[
    (1001, EventClass::Alarm, "套牌车进出"),
    (1002, EventClass::Fault, "设备电机故障"),
    (8001, EventClass::Ordinary, "车辆入库"),
    (8002, EventClass::Ordinary, "车辆出库"),
    (8003, EventClass::Ordinary, "安全检查（人员误入）"),
    (8001, EventClass::Alarm, "急停触发告警"),
    (8002, EventClass::Alarm, "人员闯入告警"),
    (8003, EventClass::Alarm, "车辆超长告警"),
    (8004, EventClass::Alarm, "车辆超宽告警"),
    (8005, EventClass::Alarm, "车辆超高告警"),
    (8006, EventClass::Alarm, "车辆超重告警"),
    (8007, EventClass::Alarm, "消防报警"),
    (8008, EventClass::Alarm, "升降过载告警"),
    (8009, EventClass::Alarm, "平移过载告警"),
    (8010, EventClass::Alarm, "旋转过载告警"),
    (8011, EventClass::Alarm, "缓冲器异常告警"),
    (8012, EventClass::Alarm, "防坠器异常告警"),
    (8013, EventClass::Alarm, "控制系统异常告警"),
    (8014, EventClass::Alarm, "电源系统异常告警"),
    (8015, EventClass::Alarm, "机械故障告警"),
    (8016, EventClass::Alarm, "电机故障告警"),
    (8017, EventClass::Alarm, "变频器故障告警"),
    (8018, EventClass::Alarm, "传感器故障告警"),
    (8019, EventClass::Alarm, "安全门故障告警"),
    (8020, EventClass::Alarm, "非正常操作告警"),
    (8021, EventClass::Fault, "搬运器通讯故障"),
    (8022, EventClass::Fault, "搬运器移动故障"),
    (8023, EventClass::Fault, "搬运器存车故障"),
    (8024, EventClass::Fault, "搬运器取车故障"),
    (8025, EventClass::Fault, "升降机通讯故障"),
    (8026, EventClass::Fault, "升降机上升故障"),
    (8027, EventClass::Fault, "升降机下降故障"),
    (8028, EventClass::Fault, "进出口关门故障"),
    (8029, EventClass::Fault, "进出口安全检查故障"),
    (8030, EventClass::Fault, "进出口停车定位故障"),
    (8031, EventClass::Fault, "进出口车牌识别故障"),
];

/// What table A.3 says an event of this code and class means.
pub fn event_meaning(code: i64, class: EventClass) -> Option<&'static str> {
    A3.iter().find(|(known, of, _)| (*known, *of) == (code, class)).map(|(_, _, zh)| *zh)
}

/// Makes an enumeration of one of the standard's tables: its names, its numbers, both ways.
macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $number:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// The number on the wire.
            pub fn number(self) -> i64 {
                match self {
                    $(Self::$variant => $number,)+
                }
            }

            /// The one of that number; none where the table prints no such number.
            pub fn from_number(number: i64) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

numbered! {
    /// Table 56's `state` of a numbered space.
    SpaceState {
        /// Nobody can tell.
        Unknown = -1,
        /// Nobody stands there.
        Free = 0,
        /// Kept for a car that is expected.
        Booked = 1,
        /// Somebody stands there.
        Occupied = 2,
    }
}

numbered! {
    /// Table 27's `eventLevel`.
    EventLevel {
        /// 普通: nobody needs to come.
        Ordinary = 0,
        /// 告警: somebody should look.
        Alarm = 1,
        /// 故障: somebody should come.
        Fault = 2,
        /// 严重故障: somebody must come at once.
        Severe = 3,
    }
}

numbered! {
    /// Table 69's `state` of an entrance or exit.
    LaneState {
        /// 正常
        Normal = 1,
        /// 拥堵
        Congested = 2,
        /// 严重拥堵
        BadlyCongested = 3,
        /// 停用
        Stopped = 4,
    }
}

numbered! {
    /// Table 18's `strategyType` of the control list.
    Strategy {
        /// May not enter.
        HoldEntry = 1,
        /// May not leave.
        HoldExit = 2,
        /// Neither.
        HoldBoth = 3,
        /// Its passing is to be reported.
        Warn = 4,
        /// Passes free.
        Free = 5,
    }
}

numbered! {
    /// Table 58's `state` of a piece of equipment.
    Presence {
        /// 在线
        Online = 1,
        /// 离线
        Offline = 2,
    }
}

numbered! {
    /// What an element says of a thing that the platform keeps: tables 54, 70 and those of base data.
    Standing {
        /// It is in force, as it is written here.
        InForce = 1,
        /// It is no longer.
        Deleted = 2,
    }
}

numbered! {
    /// Which interface reports a parking record.
    RecordReport {
        /// A stay has begun.
        In = 5004,
        /// It has ended.
        Out = 5005,
        /// It was corrected.
        Corrected = 5006,
    }
}

numbered! {
    /// Table 42's `imageBizType`: what a picture shows, and of which end of a stay.
    ImageKind {
        /// The plate at the entry.
        EntryPlate = 1,
        /// The vehicle at the entry.
        EntryVehicle = 2,
        /// The plate at the exit.
        ExitPlate = 5,
        /// The vehicle at the exit.
        ExitVehicle = 6,
    }
}

impl RecordReport {
    /// The interface's code.
    pub fn code(self) -> u16 {
        u16::try_from(self.number()).unwrap_or_default()
    }
}

/// Types of garages' events (table A.3) that have causes of ours; the others come from their PLCs.
pub mod event_type {
    /// 车辆入库
    pub const STORED: i64 = 8001;
    /// 车辆出库
    pub const RETRIEVED: i64 = 8002;
    /// 控制系统异常告警
    pub const CONTROLLER: i64 = 8013;
}
