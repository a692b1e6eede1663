//! What came of the self-test's steps.

use super::DoctorVerdict;
use crate::lang::language::{Lang, Words, say};
use crate::lang::shown::sentence;
use crate::model::happening::HoldReason;

/// What came of one step.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "named for what they say and hold")]
pub enum SelfTestFinding {
    Passed { step: SelfTestStep },
    Failed { step: SelfTestStep, fault: SelfTestFault },
}

/// What the self-test does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "named for what they do")]
pub enum SelfTestStep {
    Start,
    LogIn,
    Link,
    BaseData { count: usize },
    Enter { lane: String, millis: u128 },
    Lock { lane: String },
    Fee { due: String },
    Leave { lane: String, millis: u128 },
    Outage { lane: String },
    Drain { count: usize },
    Strict,
}

/// Why a step of the self-test failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "named for what they say and hold")]
pub enum SelfTestFault {
    Late { seconds: u64 },
    Held { reason: HoldReason },
    NotHeld,
    Refused { words: String },
    Other { error: String },
}

impl SelfTestFinding {
    /// How well it is.
    pub fn verdict(&self) -> DoctorVerdict {
        match self {
            Self::Passed { .. } => DoctorVerdict::Ok,
            Self::Failed { .. } => DoctorVerdict::Failure,
        }
    }
}

impl Words for SelfTestFinding {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Passed { step } => step.text(lang),
            Self::Failed { step, fault } => {
                let (step, fault) = (step.text(lang), fault.text(lang));
                say!(lang, "{step}——失败：{fault}", "{step} – failed: {fault}")
            }
        }
    }
}

impl Words for SelfTestStep {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Start => say!(lang, "自检：网关启动", "self-test: the gateway starts"),
            Self::LogIn => say!(lang, "自检：HTTPS 登录", "self-test: login over HTTPS"),
            Self::Link => say!(lang, "自检：长连接登录", "self-test: login on the long connection"),
            Self::BaseData { count } => say!(
                lang,
                "自检：平台收到 {count} 条基础数据",
                "self-test: the platform has {count} base data"
            ),
            Self::Enter { lane, millis } => say!(
                lang,
                "自检：{lane} 入场放行，{millis} 毫秒",
                "self-test: a car enters at {lane}, barrier after {millis} ms"
            ),
            Self::Lock { lane } => say!(
                lang,
                "自检：{lane} 拦下锁定车辆，解锁后放行",
                "self-test: a locked car is held at {lane} until it is unlocked"
            ),
            Self::Fee { due } => say!(
                lang,
                "自检：停车 119 分钟，应收 {due} 元，手机缴费",
                "self-test: 119 minutes cost {due} yuan, paid by phone"
            ),
            Self::Leave { lane, millis } => say!(
                lang,
                "自检：{lane} 出场放行，{millis} 毫秒",
                "self-test: the car leaves at {lane}, barrier after {millis} ms"
            ),
            Self::Outage { lane } => say!(
                lang,
                "自检：平台中断时 {lane} 照常放行",
                "self-test: {lane} opens while the platform is away"
            ),
            Self::Drain { count } => say!(
                lang,
                "自检：平台恢复后收到全部 {count} 条上报",
                "self-test: back again, the platform has all {count} reports"
            ),
            Self::Strict => say!(
                lang,
                "自检：所有报文符合 DB4403/T 313-2023",
                "self-test: every message keeps to DB4403/T 313-2023"
            ),
        }
    }
}

impl Words for SelfTestFault {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Late { seconds } => say!(
                lang,
                "{seconds} 秒内没有发生；本机可能过慢或内存不足",
                "it did not happen within {seconds} s; the box may be too slow or out of memory"
            ),
            Self::Held { reason } => {
                let reason = reason.text(lang);
                say!(
                    lang,
                    "车辆被拦下：{reason}；请核对车道和收费规则",
                    "the car is held: {reason}; check the lane and the tariff"
                )
            }
            Self::NotHeld => say!(lang, "锁定车辆未被拦下", "the locked car was not held"),
            Self::Refused { words } => {
                say!(lang, "平台不接受：{words}", "the platform does not take it: {words}")
            }
            Self::Other { error } => sentence(error.clone()),
        }
    }
}
