//! What the doctor finds on a box, and what to do about it.

mod networks;
mod the_box;
mod wires;

use super::{Lang, say};
use crate::model::happening::HoldReason;
use crate::model::input::ConnectionName;

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Works, or may work; somebody should look.
    Warning,
    /// Does not work.
    Failure,
}

impl Verdict {
    /// The word at the start of a line, as wide in every case.
    pub fn text(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Ok, Lang::Zh) => "正常",
            (Self::Warning, Lang::Zh) => "警告",
            (Self::Failure, Lang::Zh) => "故障",
            (Self::Ok, Lang::En) => "ok     ",
            (Self::Warning, Lang::En) => "warning",
            (Self::Failure, Lang::En) => "failure",
        }
    }

    /// The word for scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

impl ConnectionName {
    /// The connection in words.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Https => say!(lang, "平台 HTTPS", "platform over HTTPS"),
            Self::Link => say!(lang, "平台长连接", "platform's long connection"),
            Self::Broker(name) => say!(lang, "MQTT `{name}`", "broker `{name}`"),
            Self::Bus(name) => say!(lang, "总线 `{name}`", "bus `{name}`"),
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "named for what they say and hold")]
pub enum Diagnosis {
    // The configuration and the service.
    Configuration { path: String, lanes: usize, devices: usize },
    GatewayRuns,
    GatewayRests,
    NotEnabled,
    // Rights.
    RightsFine { user: String },
    Unreadable { path: String, user: String },
    Unwritable { path: String, user: String },
    ReadableByAll { path: String },
    Absent { path: String },
    // The database and its queue.
    NoDatabase { path: String },
    DatabaseWell { path: String, megabytes: u64 },
    DatabaseOlder { version: usize, newest: usize },
    DatabaseNewer { version: usize, newest: usize },
    DatabaseDamaged { path: String, fault: String },
    DatabaseAside { path: String },
    Queue { pending: i64 },
    QueueWaits { pending: i64, since: String },
    QueueDead { dead: i64 },
    QueueFull,
    // The disk.
    DiskFree { path: String, megabytes: u64 },
    DiskLow { path: String, megabytes: u64, wanted: u64 },
    DiskUnknown { path: String, error: String },
    DiskOfMemory { path: String },
    DiskReadOnly { path: String },
    Wear { disk: String, used: u32 },
    WearHigh { disk: String, used: u32 },
    WearUntold { disk: String },
    // Clocks.
    ClockRight { server: String, off: String },
    ClockOff { server: String, off: String },
    ClockWrong { server: String, off: String },
    NoTimeServer { servers: String, error: String },
    RtcRight { seconds: i64 },
    RtcWrong { seconds: i64 },
    RtcAbsent,
    // Serial ports and what hangs on wires.
    PortOpens { bus: String, port: String, line: String },
    PortAbsent { bus: String, port: String, others: String },
    PortForbidden { bus: String, port: String, user: String, group: Option<String> },
    PortBusy { bus: String, port: String, by: String },
    PortConsole { bus: String, port: String },
    PortFails { bus: String, port: String, error: String },
    UnitAnswers { device: String, unit: u8, millis: u128 },
    UnitRefuses { device: String, unit: u8, place: String, exception: u8 },
    UnitSilent { device: String, unit: u8 },
    UnitElsewhere { device: String, unit: u8, keys: String },
    UnitUnreachable { device: String, error: String },
    DisplayMute { device: String },
    // Brokers and who is heard there.
    BrokerAnswers { broker: String, address: String, devices: usize, seconds: u64 },
    BrokerForThisMachine { broker: String, port: u16 },
    BrokerRefuses { broker: String, address: String, words: String },
    BrokerUnreachable { broker: String, address: String, error: String },
    Heard { device: String, seconds: u64 },
    Silent { device: String, seconds: u64, topics: String, others: String },
    SilentSoFar { device: String, seconds: u64, topics: String },
    BehindBroker { device: String, broker: String },
    // As the running gateway knows it.
    Up { what: ConnectionName, since: String },
    Down { what: ConnectionName, since: String, error: String },
    NotTried { what: ConnectionName },
    DeviceOnline { device: String, since: Option<String> },
    DeviceOffline { device: String, since: Option<String> },
    DeviceUnheard { device: String },
    // The platform.
    NameResolves { host: String, addresses: String },
    NameUnknown { host: String, error: String },
    HostUnreachable { address: String, error: String },
    Certificate { of: String, until: String, days: i64 },
    CertificateEnds { of: String, until: String, days: i64 },
    CertificateEnded { of: String, until: String },
    CertificateNotYet { of: String, from: String },
    CertificateUnsigned { of: String, issuer: String, ca_file: Option<String> },
    CertificateOfOther { of: String, host: String, names: String },
    CertificateBad { of: String, error: String },
    LoggedIn { what: ConnectionName, millis: u128 },
    LoginRefused { what: ConnectionName, words: String },
    LoginFailed { what: ConnectionName, error: String },
    ListenFree { section: &'static str, listen: String },
    ListenTaken { section: &'static str, listen: String, error: String },
    // The self-test.
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

impl Diagnosis {
    /// How well it is.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Configuration { .. }
            | Self::GatewayRuns
            | Self::GatewayRests
            | Self::RightsFine { .. }
            | Self::NoDatabase { .. }
            | Self::DatabaseWell { .. }
            | Self::DatabaseOlder { .. }
            | Self::Queue { .. }
            | Self::DiskFree { .. }
            | Self::Wear { .. }
            | Self::ClockRight { .. }
            | Self::RtcRight { .. }
            | Self::PortOpens { .. }
            | Self::UnitAnswers { .. }
            | Self::DisplayMute { .. }
            | Self::BrokerAnswers { .. }
            | Self::Heard { .. }
            | Self::Up { .. }
            | Self::DeviceOnline { .. }
            | Self::NameResolves { .. }
            | Self::Certificate { .. }
            | Self::LoggedIn { .. }
            | Self::ListenFree { .. }
            | Self::Passed { .. } => Verdict::Ok,
            Self::NotEnabled
            | Self::ReadableByAll { .. }
            | Self::DatabaseAside { .. }
            | Self::QueueWaits { .. }
            | Self::QueueDead { .. }
            | Self::DiskUnknown { .. }
            | Self::WearUntold { .. }
            | Self::ClockOff { .. }
            | Self::NoTimeServer { .. }
            | Self::RtcWrong { .. }
            | Self::RtcAbsent
            | Self::PortConsole { .. }
            | Self::BrokerForThisMachine { .. }
            | Self::SilentSoFar { .. }
            | Self::NotTried { .. }
            | Self::DeviceUnheard { .. }
            | Self::CertificateEnds { .. } => Verdict::Warning,
            _ => Verdict::Failure,
        }
    }

    /// The sentence, with what to do.
    pub fn text(&self, lang: Lang) -> String {
        self.of_the_box(lang)
            .or_else(|| self.of_wires(lang))
            .or_else(|| self.of_networks(lang))
            .unwrap_or_default()
    }
}
