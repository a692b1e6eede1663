//! What people at the platform read: every sentence of ours that leaves for it, in their language, each
//! within the length of the attribute it stands in. Whoever has something to say picks one; nobody words
//! it elsewhere.

use super::another_gateway::Stance;
use super::barrier::BarrierFault;
use super::event::LostWhy;
use super::happening::HoldReason;

/// Characters that table 27's `remark` and the `comment` of tables 69 and 92 hold.
const REMARK: usize = 200;
/// Characters of a reply element's `message`.
const MESSAGE: usize = 255;

/// A remark of an event (2002), or a comment of a state (5011, 8002).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark<'a> {
    /// A camera takes a plate for a forged one.
    ForgedPlate,
    /// A locked car wants out.
    LockedHeld,
    /// A car of the control list is held.
    ListedHeld {
        /// Table 18's `strategyType`.
        strategy: i64,
        /// Table 18's `strategyFrom`.
        from: &'a str,
    },
    /// A car that is to be watched passes.
    ListedPasses {
        /// It leaves, else it comes in.
        leaves: bool,
        /// Table 18's `strategyType`.
        strategy: i64,
        /// Table 18's `strategyFrom`.
        from: &'a str,
    },
    /// Staff let a car pass that was held.
    LetPassByHand {
        /// Why it was held.
        held: &'a HoldReason,
        /// Who let it pass; none when somebody pressed the lane's button.
        by: Option<&'a str>,
        /// Why.
        reason: &'a str,
    },
    /// An emergency vehicle passes.
    EmergencyPasses {
        /// It leaves, else it comes in.
        leaves: bool,
    },
    /// The calendar of working days lacks a year.
    CalendarMissing {
        /// Which.
        year: i16,
    },
    /// A car is taken for one that is inside, which it was read a little otherwise than.
    Matched {
        /// What was read.
        reading: &'a str,
        /// The plate of the stay.
        kept: &'a str,
    },
    /// A car leaves by a right of its own though nobody saw it come in.
    LeavesUnseen,
    /// A car wants out whose entry nobody saw; its record is made.
    EntryUnseen,
    /// A car drove through behind another.
    Tailed {
        /// It went out, else it came in.
        leaves: bool,
    },
    /// All barriers are held up.
    AllUp {
        /// Who wanted it.
        by: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// Another gateway drives the lot, too.
    AnotherGateway {
        /// What this one does.
        stance: Stance,
        /// The other's box.
        other: &'a str,
    },
    /// No other gateway is heard any more.
    NoOtherGateway {
        /// Whether this one stood back until then.
        stood_back: bool,
    },
    /// All barriers are held up no longer.
    AllUpEnded {
        /// Who ended it.
        by: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// Staff took a lane out of service.
    StoppedByStaff {
        /// Who.
        by: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// A device is not heard any more.
    DeviceOffline,
    /// A device's clock does not agree with ours.
    ClockWrong,
    /// Our own clock was not proven, or wrong, and was put right.
    ClockPutRight {
        /// By so many seconds.
        seconds: i64,
    },
    /// A barrier was told to open and did not.
    BarrierNotOpened(&'a BarrierFault),
    /// A lane's barrier does not obey.
    BarrierFaulty,
    /// A loop is taken for longer than any car takes.
    LoopStuck,
    /// A plate does not come off a camera's own list.
    ListedYet {
        /// The plate.
        plate: &'a str,
    },
    /// A read that was sent late is of a moment that cannot be right.
    OutOfTime {
        /// Which moment.
        at: &'a str,
    },
    /// What ended the process again and again was put aside: people have to see to it.
    PutAside {
        /// What it was.
        what: &'a str,
    },
    /// The platform did not take a report or a picture, but others: it waits for people.
    NotWanted {
        /// Its interface and what replies name it by.
        what: &'a str,
        /// The platform's words.
        words: &'a str,
    },
    /// Something that was read in a lane was put aside: people have to come.
    CallStaff,
    /// A car stands in a lane and may not pass.
    CarHeld,
    /// A damaged database was put together anew.
    DatabaseMended {
        /// Of when the copy is that was taken; none where there was none.
        copied: Option<&'a str>,
        /// Rows that were read since.
        taken: u64,
        /// About how many could not be read.
        unread: u64,
    },
    /// No copy of the database can be made.
    CopiesFail {
        /// Why.
        error: &'a str,
    },
    /// For a time nothing could be written down.
    StoreWasAway {
        /// From then.
        since: &'a str,
        /// Until then.
        until: &'a str,
        /// Cars and openings that were kept and are written now.
        kept: usize,
        /// Reads that found no room.
        dropped: u64,
    },
    /// The queue of reports has reached its bound.
    QueueFull {
        /// Rows that wait.
        pending: i64,
        /// Their bytes.
        bytes: i64,
    },
    /// Nobody knows what became of a garage's mission.
    MissionLost(LostWhy),
    /// What a table or a device says, as it is.
    Said(&'a str),
}

impl Remark<'_> {
    /// The sentence.
    pub fn text(&self) -> String {
        let text = match self {
            Self::ForgedPlate => "相机识别为疑似套牌车".to_owned(),
            Self::LockedHeld => "车主已锁车，出场拦截".to_owned(),
            Self::ListedHeld { strategy, from } => {
                format!("管控名单车辆拦截，策略 {strategy}，来源 {from}")
            }
            Self::ListedPasses { leaves, strategy, from } => {
                let way = if *leaves { "驶离" } else { "驶入" };
                format!("管控名单车辆{way}，策略 {strategy}，来源 {from}")
            }
            Self::LetPassByHand { held, by: Some(by), reason: "" } => {
                format!("人工放行（{}）：{by}", held_for(held))
            }
            Self::LetPassByHand { held, by: Some(by), reason } => {
                format!("人工放行（{}）：{by}：{reason}", held_for(held))
            }
            Self::LetPassByHand { held, by: None, .. } => {
                format!("人工放行（{}）：开闸按钮", held_for(held))
            }
            Self::EmergencyPasses { leaves: true } => "应急车辆驶离，免费放行".to_owned(),
            Self::EmergencyPasses { leaves: false } => "应急车辆驶入，免费放行".to_owned(),
            Self::CalendarMissing { year } => {
                format!("节假日历缺少{year}年，按周一至周五为工作日")
            }
            Self::Matched { reading, kept } => {
                format!("出场识别为 {reading}，按相似车牌匹配在场车辆 {kept}")
            }
            Self::LeavesUnseen => {
                "无入场记录，按月租、免费车辆、免费名单、共享或访客通行放行".to_owned()
            }
            Self::EntryUnseen => "无入场记录，出场时补建停车记录".to_owned(),
            Self::Tailed { leaves: true } => "一次开闸多车驶离（跟车）".to_owned(),
            Self::Tailed { leaves: false } => "一次开闸多车驶入（跟车）".to_owned(),
            Self::AllUp { by, reason } => format!("全部道闸抬起：{by}：{reason}"),
            Self::AnotherGateway { stance, other } => {
                let does = match stance {
                    Stance::StandsBack => "本网关不再自动控制道闸",
                    Stance::Drives => "由本网关控制道闸，另一台让位",
                    Stance::Unprotected => "两台都在控制道闸",
                };
                format!("本停车场另有一台网关（{other}）在运行：{does}")
            }
            Self::NoOtherGateway { stood_back: false } => {
                "另一台网关已无声息，由本网关控制道闸".to_owned()
            }
            Self::NoOtherGateway { stood_back: true } => {
                "另一台网关已无声息，由本网关控制道闸；其间下发的锁车、预约、名单、月租请重发"
                    .to_owned()
            }
            Self::AllUpEnded { by, reason } => format!("恢复道闸：{by}：{reason}"),
            Self::StoppedByStaff { by, reason } => format!("{by}：{reason}"),
            Self::DeviceOffline => "设备离线".to_owned(),
            Self::ClockWrong => "设备时钟未同步".to_owned(),
            Self::ClockPutRight { seconds } => {
                format!("网关时钟曾未核实，现已校正{seconds}秒；期间离场车辆只按已证实的时长收费")
            }
            Self::BarrierNotOpened(fault) => format!("道闸未打开：{}", of_barrier(fault)),
            Self::BarrierFaulty => "道闸故障".to_owned(),
            Self::LoopStuck => "地感持续有车，暂不采信".to_owned(),
            Self::ListedYet { plate } => format!("相机白名单未能删除 {plate}，断网时可能放行"),
            Self::OutOfTime { at } => {
                format!("补传记录的时间 {at} 不可信，未计停车记录，请检查相机时钟")
            }
            Self::PutAside { what } => {
                format!("反复导致程序中断或无法入库，已搁置，请人工处理：{what}")
            }
            Self::NotWanted { what, words } => format!("平台未接收，已转入死信：{words}：{what}"),
            Self::CallStaff => "有识别记录被搁置，需要工作人员".to_owned(),
            Self::CarHeld => "车辆滞留".to_owned(),
            Self::DatabaseMended { copied, taken, unread } => {
                let copied = copied.unwrap_or("无");
                format!(
                    "数据库损坏并已重建：备份 {copied}，补回 {taken} 行，约 {unread} 行无法读取，记录可能不全"
                )
            }
            Self::CopiesFail { error } => format!("数据库无法备份：{error}"),
            Self::StoreWasAway { since, until, kept, dropped } => format!(
                "{since} 至 {until} 数据库中断，补记 {kept} 条，遗漏 {dropped} 条，期间记录可能不全"
            ),
            Self::QueueFull { pending, bytes } => {
                format!("上报队列已达上限：{pending} 条，{bytes} 字节")
            }
            Self::MissionLost(why) => of_mission(*why).to_owned(),
            Self::Said(words) => (*words).to_owned(),
        };
        cut(text, REMARK)
    }
}

/// Why a barrier did not obey; the catalogue says the same in Chinese.
pub fn of_barrier(fault: &BarrierFault) -> &'static str {
    match fault {
        BarrierFault::Refused(_) => "设备拒绝",
        BarrierFault::Busy => "设备忙",
        BarrierFault::Silent => "设备未应答",
        BarrierFault::Unproven => "无法确认是否抬杆",
        BarrierFault::TooLate => "指令已过时",
        BarrierFault::Unreachable => "设备无法连接",
        BarrierFault::Forbidden(_) => "MQTT 服务器不允许发布指令",
        BarrierFault::NoBarrier => "车道未配置道闸",
        BarrierFault::NotUp => "未在规定时间内升起",
    }
}

fn of_mission(why: LostWhy) -> &'static str {
    match why {
        LostWhy::NotTaken => "车库控制器未响应",
        LostWhy::Restarted => "车库控制器已重启，任务状态未知",
        LostWhy::NeverBegan => "车库长时间不可用，任务已取消",
    }
}

/// Why a car was held, as the catalogue says it in Chinese.
pub fn held_for(reason: &HoldReason) -> String {
    match reason {
        HoldReason::NoPlate => "未识别到车牌".to_owned(),
        HoldReason::Full => "车位已满".to_owned(),
        HoldReason::NotInside => "车辆不在场内".to_owned(),
        HoldReason::Locked => "车主已锁车".to_owned(),
        HoldReason::Listed => "在管控名单内".to_owned(),
        HoldReason::PaymentDue(due) => format!("待缴费 {due} 元"),
        HoldReason::Stopped => "车道停用".to_owned(),
        HoldReason::WithoutStore => "系统无法记录".to_owned(),
    }
}

/// Why a command is refused beyond what its code says, or what a reply says as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reproach<'a> {
    /// The interface's code is none that the platform commands by.
    NotDownward {
        /// The code.
        code: u16,
    },
    /// This lot does not carry it out.
    NotOffered {
        /// The code.
        code: u16,
        /// The interface's name.
        name: &'a str,
    },
    /// The envelope has no elements.
    NoElements,
    /// Nothing else is known of why it failed.
    Failed,
    /// Part of a plate that is too short to name anybody.
    PlateTooShort,
    /// The garage takes no orders.
    GarageTakesNoOrders,
    /// The garage's controller is not heard.
    ControllerOffline,
    /// The garage's controller says no, and no code says why.
    ControllerRefused,
    /// Too much waits for the garage.
    TooManyMissions,
    /// The controller knows the space by no number.
    NoPlcNumber,
    /// It ended the process each time it came, and is put aside.
    PutAside,
    /// The command could not be written down.
    NotStored,
    /// Too many commands at once.
    TooMany,
    /// The link is not logged in.
    NotLoggedIn,
    /// The request is in no encoding that can be read.
    NotText,
    /// The request is no JSON.
    NotJson {
        /// What the reader of JSON says.
        detail: &'a str,
    },
    /// The request is JSON, but no object.
    NotObject,
    /// The request has no `data`.
    NoData,
    /// The sign does not fit.
    BadSign,
    /// A reply without its code.
    NoResultCode,
    /// The callback's address names no interface.
    NoCode,
    /// The callback was called otherwise than by POST.
    NotPost,
    /// A page in somebody's browser calls.
    FromPage,
    /// The request is larger than is taken.
    TooLarge,
    /// The request ended before it was whole.
    Broken,
}

impl Reproach<'_> {
    /// The sentence.
    pub fn text(&self) -> String {
        let text = match self {
            Self::NotDownward { code } => format!("{code} 不是下发接口"),
            Self::NotOffered { code, name } => format!("{code} {name}：本停车场暂不支持"),
            Self::NoElements => "data 为空".to_owned(),
            Self::Failed => "失败".to_owned(),
            Self::PlateTooShort => "plateNo: 至少 3 个字符".to_owned(),
            Self::GarageTakesNoOrders => "该车库不能由平台存取车".to_owned(),
            Self::ControllerOffline => "车库控制器离线".to_owned(),
            Self::ControllerRefused => "车库控制器拒绝".to_owned(),
            Self::TooManyMissions => "等待中的任务过多".to_owned(),
            Self::NoPlcNumber => "车位未配置 plc_number".to_owned(),
            Self::PutAside => "处理时程序反复中断，已搁置，请联系停车场人工处理".to_owned(),
            Self::NotStored => "指令未能保存，请重发".to_owned(),
            Self::TooMany => "指令过多，请稍后重发".to_owned(),
            Self::NotLoggedIn => "指令通道未登录".to_owned(),
            Self::NotText => "请求的编码既不是 UTF-8 也不是 GBK，或压缩数据已损坏".to_owned(),
            Self::NotJson { detail } => format!("请求不是有效的 JSON：{detail}"),
            Self::NotObject => "请求不是 JSON 对象".to_owned(),
            Self::NoData => "请求缺少 data".to_owned(),
            Self::BadSign => "签名错误".to_owned(),
            Self::NoResultCode => "缺少 resultCode".to_owned(),
            Self::NoCode => "地址中没有接口编号".to_owned(),
            Self::NotPost => "请使用 POST".to_owned(),
            Self::FromPage => "不接受网页的请求".to_owned(),
            Self::TooLarge => "请求超过 10 MB".to_owned(),
            Self::Broken => "请求不完整".to_owned(),
        };
        cut(text, MESSAGE)
    }
}

/// The message of a refused element: what its code means, and what exactly is wrong.
pub fn message(meaning: &str, detail: &str) -> String {
    let text = if detail.is_empty() { meaning.to_owned() } else { format!("{meaning}：{detail}") };
    cut(text, MESSAGE)
}

/// At most `length` characters, as the standard counts them.
pub fn cut(text: String, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_as_long_as_its_table_allows_and_no_longer() {
        let long = "长".repeat(300);
        assert_eq!(Remark::Said(&long).text().chars().count(), 200);
        let listed = Remark::ListedHeld { strategy: 1, from: &long };
        assert_eq!(listed.text().chars().count(), 200);
        assert_eq!(message("超出规定值范围", &long).chars().count(), 255);
        assert_eq!(cut("短".to_owned(), 1), "短");
    }
}
