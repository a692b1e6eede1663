//! What the doctor finds on a box, and what to do about it.

mod handshake;
mod platform;
mod self_test;
mod the_box;
mod wires;

pub use handshake::TlsFault;
pub use platform::PlatformFinding;
pub use self_test::{SelfTestFault, SelfTestFinding, SelfTestStep};
pub use the_box::BoxFinding;
pub use wires::WireFinding;

use crate::lang::language::{Lang, Words, say};
use crate::model::input::ConnectionName;

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DoctorVerdict {
    /// As it should be.
    Ok,
    /// Works, or may work; somebody should look.
    Warning,
    /// Does not work.
    Failure,
}

/// The word at the start of a line, as wide in every case.
impl Words for DoctorVerdict {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Ok => say!(lang, "正常", "ok     "),
            Self::Warning => say!(lang, "警告", "warning"),
            Self::Failure => say!(lang, "故障", "failure"),
        }
    }
}

impl DoctorVerdict {
    /// The word for scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

impl Words for ConnectionName {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Https => say!(lang, "平台 HTTPS", "platform over HTTPS"),
            Self::Link => say!(lang, "平台长连接", "platform's long connection"),
            Self::Web => say!(lang, "岗亭接口 [web]", "the booth's door, [web]"),
            Self::Broker(name) => say!(lang, "MQTT `{name}`", "broker `{name}`"),
            Self::Bus(name) => say!(lang, "总线 `{name}`", "bus `{name}`"),
            Self::Calls(name) => say!(lang, "呼叫 {name}", "calls to {name}"),
            Self::Signs => say!(lang, "平台指令的签名", "signs of the platform's commands"),
            Self::Messages(name) => say!(lang, "MQTT `{name}` 的消息", "messages of `{name}`"),
            Self::Said(device, what) => {
                say!(lang, "{device} 所报的 {what}", "what {device} says of {what}")
            }
            Self::OddInput(device, what) => {
                say!(lang, "{device} 的 {what}", "{what} of {device}")
            }
            Self::Pointer(device, key) => {
                say!(lang, "{device} 的 `{key}`", "`{key}` of {device}")
            }
            Self::Unread(device) => say!(lang, "{device} 的消息", "messages of {device}"),
            Self::Forbidden(broker, topic) => {
                say!(lang, "在 `{broker}` 的 {topic} 上发布", "publishing on {topic} of `{broker}`")
            }
            Self::DeliveredOnce(broker) => say!(lang, "`{broker}` 的 QoS", "QoS of `{broker}`"),
            Self::SentOnce(device) => say!(lang, "{device} 的 QoS", "QoS of {device}"),
            Self::AnotherGateway => say!(lang, "另一台网关", "another gateway"),
            Self::LinkKept => say!(lang, "长连接的占用", "who has the long connection"),
            Self::Copies => say!(lang, "数据库备份", "copies of the database"),
        }
    }
}

/// One finding, by what it is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Diagnosis {
    /// The box itself.
    Box(BoxFinding),
    /// The lot's hardware and how connections stand.
    Wires(WireFinding),
    /// The way to the platform.
    Platform(PlatformFinding),
    /// The self-test.
    SelfTest(SelfTestFinding),
}

impl Diagnosis {
    /// How well it is.
    pub fn verdict(&self) -> DoctorVerdict {
        match self {
            Self::Box(found) => found.verdict(),
            Self::Wires(found) => found.verdict(),
            Self::Platform(found) => found.verdict(),
            Self::SelfTest(found) => found.verdict(),
        }
    }
}

/// The sentence, with what to do.
impl Words for Diagnosis {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Box(found) => found.text(lang),
            Self::Wires(found) => found.text(lang),
            Self::Platform(found) => found.text(lang),
            Self::SelfTest(found) => found.text(lang),
        }
    }
}
