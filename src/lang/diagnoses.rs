//! What the doctor finds on a box, and what to do about it.

use super::{Lang, say};
use crate::store::ConnectionName;

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
    PortForbidden { bus: String, port: String, user: String },
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
    BrokerAnswers { broker: String, address: String },
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
    CallbackFree { listen: String },
    CallbackTaken { listen: String, error: String },
    // The self-test.
    Passed { step: SelfTestStep },
    Failed { step: SelfTestStep, error: String },
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
            | Self::CallbackFree { .. }
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

    fn of_the_box(&self, lang: Lang) -> Option<String> {
        Some(match self {
            Self::Configuration { path, lanes, devices } => say!(
                lang,
                "配置 {path}：{lanes} 条车道，{devices} 台设备",
                "configuration {path}: {lanes} lanes, {devices} devices"
            ),
            Self::GatewayRuns => say!(
                lang,
                "网关正在运行：平台、总线和设备的状态由它提供",
                "the gateway runs: it says how the platform, buses and devices stand"
            ),
            Self::GatewayRests => say!(
                lang,
                "网关未运行：逐项直接检测",
                "the gateway does not run: everything is tried from here"
            ),
            Self::NotEnabled => say!(
                lang,
                "重启后网关不会自动启动；请运行 systemctl enable lotgate",
                "the gateway will not come back after a restart of the box; run systemctl enable lotgate"
            ),
            Self::RightsFine { user } => say!(
                lang,
                "用户 {user} 可以读写所需的全部文件",
                "user {user} may read and write all files it needs"
            ),
            Self::Unreadable { path, user } => say!(
                lang,
                "用户 {user} 无法读取 {path}；请运行 chgrp {user} {path} && chmod 640 {path}",
                "user {user} may not read {path}; run chgrp {user} {path} && chmod 640 {path}"
            ),
            Self::Unwritable { path, user } => say!(
                lang,
                "用户 {user} 无法写入 {path}；请运行 chown -R {user}: {path}",
                "user {user} may not write {path}; run chown -R {user}: {path}"
            ),
            Self::ReadableByAll { path } => say!(
                lang,
                "任何用户都能读取 {path}（含密码）；请运行 chmod o= {path}",
                "everybody on the box may read {path}, which may hold passwords; run chmod o= {path}"
            ),
            Self::Absent { path } => say!(
                lang,
                "{path} 不存在；请核对配置中的路径",
                "{path} does not exist; check the path in the configuration"
            ),
            Self::NoDatabase { path } => say!(
                lang,
                "数据库 {path} 将在首次启动时创建",
                "the database {path} will be made at the first start"
            ),
            Self::DatabaseWell { path, megabytes } => say!(
                lang,
                "数据库 {path} 完整（{megabytes} MB）",
                "the database {path} is sound ({megabytes} MB)"
            ),
            Self::DatabaseOlder { version, newest } => say!(
                lang,
                "数据库版本 {version} 将在下次启动时升级到 {newest}；升级前请先 lotgate backup",
                "the database is of version {version} and becomes {newest} at the next start; run lotgate backup before"
            ),
            Self::DatabaseNewer { version, newest } => say!(
                lang,
                "数据库版本 {version} 比本程序（{newest}）新；请装回新版程序",
                "the database is of version {version}, this program knows up to {newest}; install the newer program again"
            ),
            Self::DatabaseDamaged { path, fault } => say!(
                lang,
                "数据库 {path} 已损坏：{fault}；请停止网关后运行 lotgate restore 恢复备份，并检查磁盘",
                "the database {path} is damaged: {fault}; stop the gateway, lotgate restore a backup, and check the disk"
            ),
            Self::DatabaseAside { path } => say!(
                lang,
                "曾有损坏的数据库被移至 {path}；其中可能有未上报的记录，请联系厂家，处理后删除",
                "a damaged database was moved to {path}; it may hold records that were never reported: show it to your supplier, then delete it"
            ),
            Self::Queue { pending } => say!(
                lang,
                "上报队列：{pending} 条待上报，没有被拒",
                "the queue of reports: {pending} waiting, none refused"
            ),
            Self::QueueWaits { pending, since } => say!(
                lang,
                "有 {pending} 条待上报，最早的自 {since} 起；请查看下面的平台检测结果",
                "{pending} reports wait, the oldest since {since}; see the platform's lines below"
            ),
            Self::QueueDead { dead } => say!(
                lang,
                "平台拒绝了 {dead} 条上报；请用 lotgate queue ls --dead 查看原因，改正后 lotgate queue retry --all",
                "the platform refused {dead} reports; lotgate queue ls --dead says why, then lotgate queue retry --all"
            ),
            Self::QueueFull => say!(
                lang,
                "上报队列已达上限，状态上报被丢弃；请恢复平台连接或增大 [store] 的 max_rows、max_bytes",
                "the queue of reports has reached its bound and states are dropped; mend the way to the platform or raise max_rows, max_bytes in [store]"
            ),
            Self::DiskFree { path, megabytes } => {
                say!(
                    lang,
                    "{path} 所在磁盘剩余 {megabytes} MB",
                    "{megabytes} MB are free for {path}"
                )
            }
            Self::DiskLow { path, megabytes, wanted } => say!(
                lang,
                "{path} 所在磁盘只剩 {megabytes} MB，配置要求 {wanted} MB（min_free_disk）；请清理磁盘",
                "only {megabytes} MB are free for {path}, min_free_disk wants {wanted} MB; make room on the disk"
            ),
            Self::DiskUnknown { path, error } => say!(
                lang,
                "无法获知 {path} 所在磁盘的情况：{error}",
                "the disk of {path} cannot be looked at: {error}"
            ),
            Self::DiskOfMemory { path } => say!(
                lang,
                "{path} 位于内存文件系统，断电即丢失；请将 [store] 的 path 改到真正的磁盘",
                "{path} lies in memory and is lost with the power; put [store] path on a disk"
            ),
            Self::DiskReadOnly { path } => say!(
                lang,
                "{path} 所在磁盘为只读；请检查 dmesg，磁盘可能已损坏",
                "the disk of {path} is read-only; look into dmesg, it may be broken"
            ),
            Self::Wear { disk, used } => say!(
                lang,
                "磁盘 {disk} 寿命已用不超过 {used}%",
                "disk {disk} has used at most {used}% of its life"
            ),
            Self::WearHigh { disk, used } => say!(
                lang,
                "磁盘 {disk} 寿命已用 {used}%；请备份数据库并更换",
                "disk {disk} has used {used}% of its life; back the database up and replace it"
            ),
            Self::WearUntold { disk } => say!(
                lang,
                "SD 卡 {disk} 不报告寿命；请使用工业级卡并定期 lotgate backup",
                "SD card {disk} does not tell its wear; use an industrial one and lotgate backup now and then"
            ),
            Self::ClockRight { server, off } => {
                say!(lang, "时钟与 {server} 相差 {off} 秒", "the clock is {off} s off {server}")
            }
            Self::ClockOff { server, off } => say!(
                lang,
                "时钟与 {server} 相差 {off} 秒；请启用校时：timedatectl set-ntp true",
                "the clock is {off} s off {server}; turn synchronisation on: timedatectl set-ntp true"
            ),
            Self::ClockWrong { server, off } => say!(
                lang,
                "时钟与 {server} 相差 {off} 秒，停车时间和令牌都会出错；请运行 timedatectl set-ntp true",
                "the clock is {off} s off {server}: stays and tokens go wrong; run timedatectl set-ntp true"
            ),
            Self::NoTimeServer { servers, error } => say!(
                lang,
                "时间服务器（{servers}）没有应答：{error}；请用 --ntp 指定可达的服务器，并在 /etc/systemd/timesyncd.conf 中配置",
                "no time server ({servers}) answers: {error}; name one that can be reached with --ntp, and in /etc/systemd/timesyncd.conf"
            ),
            Self::RtcRight { seconds } => say!(
                lang,
                "硬件时钟与系统时钟相差 {seconds} 秒",
                "the hardware clock is {seconds} s off the system's"
            ),
            Self::RtcWrong { seconds } => say!(
                lang,
                "硬件时钟与系统时钟相差 {seconds} 秒；请运行 hwclock --systohc，仍不准则更换纽扣电池",
                "the hardware clock is {seconds} s off the system's; run hwclock --systohc, and replace its battery if that does not last"
            ),
            Self::RtcAbsent => say!(
                lang,
                "没有硬件时钟：断电又断网后时间会出错；请加装 RTC 模块",
                "there is no hardware clock: after a power cut without network the time is wrong; fit an RTC module"
            ),
            _ => return None,
        })
    }

    fn of_wires(&self, lang: Lang) -> Option<String> {
        Some(match self {
            Self::PortOpens { bus, port, line } => say!(
                lang,
                "总线 `{bus}`：{port} 可以打开（{line}）",
                "bus `{bus}`: {port} opens ({line})"
            ),
            Self::PortAbsent { bus, port, others } => say!(
                lang,
                "总线 `{bus}`：没有串口 {port}；请检查转换器是否插好。现有串口：{others}",
                "bus `{bus}`: there is no port {port}; is its adapter plugged in? There are: {others}"
            ),
            Self::PortForbidden { bus, port, user } => say!(
                lang,
                "总线 `{bus}`：用户 {user} 无权使用 {port}；请运行 adduser {user} dialout 并重启网关",
                "bus `{bus}`: user {user} may not use {port}; run adduser {user} dialout and restart the gateway"
            ),
            Self::PortBusy { bus, port, by } => say!(
                lang,
                "总线 `{bus}`：{port} 被 {by} 占用；请停用该程序（例如 systemctl disable --now ModemManager）",
                "bus `{bus}`: {port} is in use by {by}; stop that program (e.g. systemctl disable --now ModemManager)"
            ),
            Self::PortConsole { bus, port } => say!(
                lang,
                "总线 `{bus}`：{port} 是系统控制台，内核日志会干扰总线；请从启动参数中去掉 console=",
                "bus `{bus}`: {port} is the system's console, whose lines disturb the bus; take console= out of the kernel's command line"
            ),
            Self::PortFails { bus, port, error } => say!(
                lang,
                "总线 `{bus}`：{port} 无法打开：{error}；请核对 [[serial]] 的参数",
                "bus `{bus}`: {port} cannot be opened: {error}; check the keys of [[serial]]"
            ),
            Self::UnitAnswers { device, unit, millis } => say!(
                lang,
                "{device}：从站 {unit} 应答，{millis} 毫秒",
                "{device}: unit {unit} answers within {millis} ms"
            ),
            Self::UnitRefuses { device, unit, place, exception } => say!(
                lang,
                "{device}：从站 {unit} 应答，但拒绝读取 {place}（Modbus 异常 {exception}）；请核对点表和 `addresses`",
                "{device}: unit {unit} answers but refuses {place} (Modbus exception {exception}); check its points and `addresses`"
            ),
            Self::UnitSilent { device, unit } => say!(
                lang,
                "{device}：从站 {unit} 无应答；请检查供电、A/B 线是否接反、地址拨码和终端电阻",
                "{device}: unit {unit} is silent; check its power, whether A and B are swapped, its address switches and the terminating resistors"
            ),
            Self::UnitElsewhere { device, unit, keys } => say!(
                lang,
                "{device}：从站 {unit} 在其他参数下应答；请将 [[serial]] 改为 {keys}",
                "{device}: unit {unit} answers at other settings; write {keys} in [[serial]]"
            ),
            Self::UnitUnreachable { device, error } => say!(
                lang,
                "{device}：无法连接：{error}；请检查地址、网线和供电",
                "{device}: cannot be reached: {error}; check its address, cable and power"
            ),
            Self::DisplayMute { device } => say!(
                lang,
                "{device}：显示屏不作应答，请目视确认",
                "{device}: a display gives no answers, look at it"
            ),
            Self::BrokerAnswers { broker, address } => {
                say!(
                    lang,
                    "MQTT `{broker}`：{address} 已连接",
                    "broker `{broker}`: {address} answers"
                )
            }
            Self::BrokerRefuses { broker, address, words } => say!(
                lang,
                "MQTT `{broker}`：{address} 拒绝连接：{words}；请核对 username、password 和服务器权限",
                "broker `{broker}`: {address} refuses: {words}; check username, password and the broker's own rights"
            ),
            Self::BrokerUnreachable { broker, address, error } => say!(
                lang,
                "MQTT `{broker}`：无法连接 {address}：{error}；请检查 systemctl status mosquitto 和 url",
                "broker `{broker}`: {address} cannot be reached: {error}; look at systemctl status mosquitto and at url"
            ),
            Self::Heard { device, seconds } => {
                say!(lang, "{device}：{seconds} 秒内收到消息", "{device}: heard within {seconds} s")
            }
            Self::Silent { device, seconds, topics, others } => say!(
                lang,
                "{device}：{seconds} 秒内没有消息（{topics}）；请核对序列号、设备的 MQTT 设置和供电。其他主题：{others}",
                "{device}: not heard in {seconds} s on {topics}; check its serial number, its MQTT settings and power. Other topics heard: {others}"
            ),
            Self::SilentSoFar { device, seconds, topics } => say!(
                lang,
                "{device}：{seconds} 秒内没有消息（{topics}）；该设备只在有车时发送，可驾车试验并用 --listen 延长等待",
                "{device}: not heard in {seconds} s on {topics}; it only speaks when cars come: try with one and a longer --listen"
            ),
            Self::BehindBroker { device, broker } => say!(
                lang,
                "{device}：MQTT `{broker}` 未连接，无法检测",
                "{device}: cannot be heard while broker `{broker}` is away"
            ),
            Self::Up { what, since } => {
                let what = what.text(lang);
                say!(lang, "{what}：自 {since} 已连接", "{what}: up since {since}")
            }
            Self::Down { what, since, error } => {
                let what = what.text(lang);
                say!(
                    lang,
                    "{what}：自 {since} 断开：{error}；停止网关后再运行 doctor 可逐项检测",
                    "{what}: down since {since}: {error}; stop the gateway and run doctor again to try it step by step"
                )
            }
            Self::NotTried { what } => {
                let what = what.text(lang);
                say!(lang, "{what}：网关尚未连接过", "{what}: the gateway has not tried it yet")
            }
            Self::DeviceOnline { device, since } => {
                let since =
                    since.as_deref().map(|since| say!(lang, "，自 {since}", " since {since}"));
                let since = since.unwrap_or_default();
                say!(lang, "{device}：在线{since}", "{device}: online{since}")
            }
            Self::DeviceOffline { device, since } => {
                let since =
                    since.as_deref().map(|since| say!(lang, "，自 {since}", " since {since}"));
                let since = since.unwrap_or_default();
                say!(
                    lang,
                    "{device}：离线{since}；请检查供电、网线或总线",
                    "{device}: offline{since}; check its power and its cable or bus"
                )
            }
            Self::DeviceUnheard { device } => say!(
                lang,
                "{device}：尚未收到任何消息；请检查供电、接线和序列号",
                "{device}: never heard yet; check its power, wires and serial number"
            ),
            _ => return None,
        })
    }

    fn of_networks(&self, lang: Lang) -> Option<String> {
        Some(match self {
            Self::NameResolves { host, addresses } => {
                say!(lang, "域名 {host}：{addresses}", "{host} is {addresses}")
            }
            Self::NameUnknown { host, error } => say!(
                lang,
                "无法解析域名 {host}：{error}；请检查网络和 /etc/resolv.conf",
                "{host} cannot be resolved: {error}; check the network and /etc/resolv.conf"
            ),
            Self::HostUnreachable { address, error } => say!(
                lang,
                "无法连接 {address}：{error}；请检查网络、防火墙和端口",
                "{address} cannot be reached: {error}; check the network, firewalls and the port"
            ),
            Self::Certificate { of, until, days } => say!(
                lang,
                "{of} 的证书有效期至 {until}（{days} 天）",
                "the certificate of {of} is good until {until} ({days} days)"
            ),
            Self::CertificateEnds { of, until, days } => say!(
                lang,
                "{of} 的证书 {days} 天后（{until}）到期；请尽快更换",
                "the certificate of {of} ends in {days} days ({until}); have it renewed"
            ),
            Self::CertificateEnded { of, until } => say!(
                lang,
                "{of} 的证书已于 {until} 到期；请更换证书，并核对本机时钟",
                "the certificate of {of} ended on {until}; have it renewed, and check this box's clock"
            ),
            Self::CertificateNotYet { of, from } => say!(
                lang,
                "{of} 的证书自 {from} 起才有效；请核对本机时钟",
                "the certificate of {of} is good from {from} only; check this box's clock"
            ),
            Self::CertificateUnsigned { of, issuer, ca_file: Some(file) } => say!(
                lang,
                "{of} 的证书由“{issuer}”签发，不在 {file} 中；请向平台索取该 CA 证书并写入 ca_file",
                "the certificate of {of} is signed by \"{issuer}\", which is not in {file}; ask the platform for that CA's certificate and name it as ca_file"
            ),
            Self::CertificateUnsigned { of, issuer, ca_file: None } => say!(
                lang,
                "{of} 的证书由“{issuer}”签发，不是公共 CA；请向平台索取该 CA 证书并在配置中写 ca_file",
                "the certificate of {of} is signed by \"{issuer}\", no public authority; ask the platform for that CA's certificate and name it as ca_file"
            ),
            Self::CertificateOfOther { of, host, names } => say!(
                lang,
                "{of} 的证书属于 {names}，不是 {host}；请核对地址，或设置 server_name",
                "the certificate of {of} is for {names}, not for {host}; check the address, or set server_name"
            ),
            Self::CertificateBad { of, error } => say!(
                lang,
                "{of} 的证书不可用：{error}",
                "the certificate of {of} cannot be used: {error}"
            ),
            Self::LoggedIn { what, millis } => {
                let what = what.text(lang);
                say!(
                    lang,
                    "{what}：登录成功，{millis} 毫秒",
                    "{what}: logged in within {millis} ms"
                )
            }
            Self::LoginRefused { what, words } => {
                let what = what.text(lang);
                say!(
                    lang,
                    "{what}：登录被拒：{words}；请核对 user_id、password、des_key 和本机时钟",
                    "{what}: the login is refused: {words}; check user_id, password, des_key and this box's clock"
                )
            }
            Self::LoginFailed { what, error } => {
                let what = what.text(lang);
                say!(
                    lang,
                    "{what}：登录没有完成：{error}；请核对 base_url 和 [platform.dialect]",
                    "{what}: the login came to nothing: {error}; check base_url and [platform.dialect]"
                )
            }
            Self::CallbackFree { listen } => {
                say!(lang, "回调端口 {listen} 可用", "the callback's port {listen} is free")
            }
            Self::CallbackTaken { listen, error } => say!(
                lang,
                "无法监听回调端口 {listen}：{error}；请更换端口",
                "the callback cannot listen on {listen}: {error}; choose another port"
            ),
            Self::Passed { step } => step.text(lang),
            Self::Failed { step, error } => {
                let step = step.text(lang);
                say!(lang, "{step}：{error}", "{step}: {error}")
            }
            _ => return None,
        })
    }
}

impl SelfTestStep {
    /// The step in words.
    pub fn text(&self, lang: Lang) -> String {
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
