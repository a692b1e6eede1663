//! Findings about the lot's hardware: ports, units, brokers, devices; and how the running gateway's
//! connections stand.

use super::{DoctorVerdict, TlsFault};
use crate::lang::happenings::pointed;
use crate::lang::language::{Lang, Words, say};
use crate::model::another_gateway::Stance;
use crate::model::happening::CallFault;
use crate::model::input::ConnectionName;

/// A broker that writes all that waits in it more often than that, in seconds, wears out its flash.
const WEARS: u64 = 600;

/// One finding about the hardware, or about a connection as the running gateway knows it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "named for what they say and hold")]
pub enum WireFinding {
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
    UnitMisnumbers { device: String, unit: u8, asked: u16, answered: u16 },
    UnitUnreachable { device: String, error: String },
    DisplayMute { device: String },
    // Brokers and who is heard there.
    BrokerAnswers { broker: String, address: String, devices: usize, seconds: u64 },
    BrokerForThisMachine { broker: String, port: u16 },
    BrokerRefuses { broker: String, address: String, words: String },
    BrokerWrites { broker: String, seconds: u64 },
    BrokerWritesAll { broker: String, changes: u64 },
    BrokerWritesNothing { broker: String },
    BrokerKeeps { broker: String, plain: u64, pictured: u64 },
    BrokerKeepsAll { broker: String },
    BrokerNearlyFull { broker: String, percent: u64, kept: u64, megabytes: u64 },
    BrokerOverruns { broker: String, asked: usize, at_once: usize },
    BrokerReturnsMarker { broker: String },
    BrokerKeepsMarker { broker: String, topic: String, user: String },
    BrokerTakesAnyone { broker: String },
    BrokerKeepsTopic { broker: String, topic: String, user: String, devices: String },
    BrokerWithoutRights { broker: String },
    BrokerLetsUsAnywhere { broker: String },
    BrokerUnreachable { broker: String, address: String, error: String },
    BrokerWithoutTls { broker: String, address: String, fault: TlsFault },
    Heard { device: String, seconds: u64 },
    Silent { device: String, seconds: u64, topics: String, others: String },
    SilentSoFar { device: String, seconds: u64, topics: String },
    BehindBroker { device: String, broker: String },
    // As the running gateway knows it.
    Up { what: ConnectionName, since: String },
    Down { what: ConnectionName, since: String, error: String },
    LinkLeft { since: String },
    NotTried { what: ConnectionName },
    DeviceOnline { device: String, since: Option<String> },
    DeviceOffline { device: String, since: Option<String> },
    DeviceUnheard { device: String },
    CameraListWaits { device: String, removals: usize, since: String, error: String },
    CameraListOpensAlways { device: String },
    CameraListOpensNever { device: String },
    CallsFail { device: String, since: String, fault: CallFault },
    NeverPushed { device: String, listen: String },
    PushesUnheard { device: String },
    TooLarge { broker: String, topic: String, device: Option<String>, since: String },
    ReadsStopped { device: String, since: String, others: u64 },
    MeansNothing { what: String, value: String, since: String },
    InputMeansNothing { what: String, value: String, since: String },
    PointsNowhere { key: String, pointer: String, has: String, since: String },
    NothingReadable { device: String, error: String, since: String },
    PublishForbidden { broker: String, topic: String, since: Option<String> },
    DeliveredOnce { broker: String, topics: String, since: Option<String> },
    SentOnce { device: String, since: String },
    AnotherGateway { stance: Stance, other: String, here: String, since: String },
    LinkTaken { times: u32, since: String },
}

impl WireFinding {
    /// How well it is.
    pub fn verdict(&self) -> DoctorVerdict {
        match self {
            Self::BrokerWrites { seconds: 0 | WEARS.., .. }
            | Self::BrokerKeeps { .. }
            | Self::BrokerOverruns { .. }
            | Self::PortOpens { .. }
            | Self::UnitAnswers { .. }
            | Self::DisplayMute { .. }
            | Self::BrokerAnswers { .. }
            | Self::BrokerReturnsMarker { .. }
            | Self::Heard { .. }
            | Self::Up { .. }
            | Self::DeviceOnline { .. } => DoctorVerdict::Ok,
            Self::PortConsole { .. }
            | Self::BrokerForThisMachine { .. }
            | Self::BrokerKeepsMarker { .. }
            | Self::PublishForbidden { .. }
            | Self::DeliveredOnce { .. }
            | Self::SentOnce { .. }
            | Self::LinkTaken { .. }
            | Self::LinkLeft { .. }
            | Self::AnotherGateway { .. }
            | Self::BrokerWithoutRights { .. }
            | Self::BrokerLetsUsAnywhere { .. }
            | Self::BrokerWrites { .. }
            | Self::BrokerWritesAll { .. }
            | Self::BrokerWritesNothing { .. }
            | Self::BrokerKeepsAll { .. }
            | Self::BrokerNearlyFull { .. }
            | Self::SilentSoFar { .. }
            | Self::NotTried { .. }
            | Self::CameraListOpensNever { .. }
            | Self::DeviceUnheard { .. }
            | Self::PushesUnheard { .. } => DoctorVerdict::Warning,
            Self::PortAbsent { .. }
            | Self::PortForbidden { .. }
            | Self::PortBusy { .. }
            | Self::PortFails { .. }
            | Self::UnitRefuses { .. }
            | Self::UnitSilent { .. }
            | Self::UnitElsewhere { .. }
            | Self::UnitMisnumbers { .. }
            | Self::UnitUnreachable { .. }
            | Self::BrokerRefuses { .. }
            | Self::BrokerTakesAnyone { .. }
            | Self::BrokerUnreachable { .. }
            | Self::BrokerWithoutTls { .. }
            | Self::Silent { .. }
            | Self::BehindBroker { .. }
            | Self::Down { .. }
            | Self::CameraListWaits { .. }
            | Self::CameraListOpensAlways { .. }
            | Self::NeverPushed { .. }
            | Self::TooLarge { .. }
            | Self::BrokerKeepsTopic { .. }
            | Self::MeansNothing { .. }
            | Self::InputMeansNothing { .. }
            | Self::PointsNowhere { .. }
            | Self::ReadsStopped { .. }
            | Self::CallsFail { .. }
            | Self::NothingReadable { .. }
            | Self::DeviceOffline { .. } => DoctorVerdict::Failure,
        }
    }
}

/// Since when, where that is known, as a part of a sentence.
fn since_in(since: Option<&str>, lang: Lang) -> String {
    since.map(|since| say!(lang, "自 {since} 起", " since {since}")).unwrap_or_default()
}

impl Words for WireFinding {
    fn text(&self, lang: Lang) -> String {
        match self {
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
            Self::PortForbidden { bus, port, user, group: Some(group) } => say!(
                lang,
                "总线 `{bus}`：用户 {user} 无权使用 {port}；请运行 usermod -a -G {group} {user} 并重启网关",
                "bus `{bus}`: user {user} may not use {port}; run usermod -a -G {group} {user} and restart the gateway"
            ),
            Self::PortForbidden { bus, port, user, group: None } => say!(
                lang,
                "总线 `{bus}`：{port} 只有 root 能用，用户 {user} 不能；请安装并启动 udev",
                "bus `{bus}`: {port} is for root alone, not for user {user}; install and start udev"
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
            Self::UnitMisnumbers { device, unit, asked, answered } => say!(
                lang,
                "{device}：从站 {unit} 有应答，但 Modbus TCP 事务号不符（应为 {asked}，收到 {answered}）；请升级或更换该网关",
                "{device}: unit {unit} answers with transaction number {answered} instead of {asked}; update or replace its Modbus TCP gateway"
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
            Self::BrokerAnswers { broker, address, devices: 0, .. } => {
                say!(
                    lang,
                    "MQTT `{broker}`：{address} 已连接",
                    "broker `{broker}`: {address} answers"
                )
            }
            Self::BrokerAnswers { broker, address, devices, seconds } => say!(
                lang,
                "MQTT `{broker}`：{address} 已连接，正在等待 {devices} 台设备的消息，最多 {seconds} 秒",
                "broker `{broker}`: {address} answers; listening for {devices} devices, at most {seconds} s"
            ),
            Self::BrokerForThisMachine { broker, port } => say!(
                lang,
                "MQTT `{broker}`：端口 {port} 只对本机开放，局域网中的相机无法连接；请参照 /usr/share/doc/lotgate/examples/mosquitto-lotgate.conf 配置监听",
                "broker `{broker}`: port {port} is open to this machine alone, cameras in the LAN cannot reach it; give it a listener as in /usr/share/doc/lotgate/examples/mosquitto-lotgate.conf"
            ),
            Self::BrokerWrites { broker, seconds: 0 } => say!(
                lang,
                "MQTT `{broker}`：只在正常停止时写盘；断电或被强行终止时丢失当时滞留的识别结果（网关在线时几乎没有）",
                "broker `{broker}`: writes what waits in it when it is stopped in order; killed, or without power, it loses the reads that waited then (next to none while the gateway is there)"
            ),
            Self::BrokerWrites { broker, seconds: seconds @ WEARS.. } => {
                let minutes = seconds / 60;
                say!(
                    lang,
                    "MQTT `{broker}`：每 {minutes} 分钟及正常停止时写盘；断电或被强行终止时丢失此后收下而当时仍滞留的识别结果（网关在线时几乎没有）",
                    "broker `{broker}`: writes what waits in it every {minutes} min and when it is stopped in order; killed, or without power, it loses the reads it took since then that still waited (next to none while the gateway is there)"
                )
            }
            Self::BrokerWrites { broker, seconds } => say!(
                lang,
                "MQTT `{broker}`：每 {seconds} 秒把滞留的全部消息重写一遍，不论有无变化，带图片时会很快磨损闪存；请设 autosave_interval 86400，参照 /usr/share/doc/lotgate/examples/mosquitto-lotgate.conf",
                "broker `{broker}`: writes all that waits in it anew every {seconds} s, changed or not, and with pictures that wears out the flash: set autosave_interval 86400, as in /usr/share/doc/lotgate/examples/mosquitto-lotgate.conf"
            ),
            Self::BrokerWritesAll { broker, changes } => say!(
                lang,
                "MQTT `{broker}`：每 {changes} 次变化就把滞留的全部消息重写一遍，带图片时会很快磨损闪存；请设 autosave_on_changes false 和 autosave_interval 86400，参照 /usr/share/doc/lotgate/examples/mosquitto-lotgate.conf",
                "broker `{broker}`: writes all that waits in it anew at every {changes} changes, and with pictures that wears out the flash: set autosave_on_changes false and autosave_interval 86400, as in /usr/share/doc/lotgate/examples/mosquitto-lotgate.conf"
            ),
            Self::BrokerWritesNothing { broker } => say!(
                lang,
                "MQTT `{broker}`：不写盘（persistence false），重启即丢失尚未转交的识别结果；请参照 /usr/share/doc/lotgate/examples/mosquitto-lotgate.conf",
                "broker `{broker}`: writes nothing to its disk (persistence false), a restart loses every read not handed over; see /usr/share/doc/lotgate/examples/mosquitto-lotgate.conf"
            ),
            Self::BrokerKeeps { broker, plain, pictured } => say!(
                lang,
                "MQTT `{broker}`：网关不在时最多保留 {plain} 条无图片的识别结果，或 {pictured} 条带 200 KB 图片的；超出的在应答后被丢弃",
                "broker `{broker}`: keeps up to {plain} reads without pictures while the gateway is away, or {pictured} with one of 200 KB; what comes beyond that it acknowledges and throws away"
            ),
            Self::BrokerKeepsAll { broker } => say!(
                lang,
                "MQTT `{broker}`：对滞留的消息没有上限，网关长时间不在时会耗尽内存；请设 max_queued_bytes 和 max_queued_messages，参照 /usr/share/doc/lotgate/examples/mosquitto-lotgate.conf",
                "broker `{broker}`: has no bound for what waits in it, and a gateway that is away for long costs this box its memory: set max_queued_bytes and max_queued_messages, as in /usr/share/doc/lotgate/examples/mosquitto-lotgate.conf"
            ),
            Self::BrokerNearlyFull { broker, percent, kept, megabytes } => say!(
                lang,
                "MQTT `{broker}`：滞留 {kept} 条消息（{megabytes} MB），已达上限的 {percent} %，满后新的识别结果在应答后被丢弃；请检查网关是否在运行",
                "broker `{broker}`: {kept} messages ({megabytes} MB) wait in it, {percent} % of its bound; once it is full it acknowledges new reads and throws them away: look whether the gateway runs"
            ),
            Self::BrokerOverruns { broker, asked, at_once } => say!(
                lang,
                "MQTT `{broker}`：约定同时 {asked} 条，却发出 {at_once} 条（mosquitto 2.0.11 的已知缺陷）；不会丢失，但读取滞留消息期间它占用的内存最多加倍",
                "broker `{broker}`: has {at_once} messages on their way at once where it was asked for {asked} (mosquitto 2.0.11 is known for it); nothing is lost, but while what waited is taken it needs up to twice its memory"
            ),
            Self::BrokerReturnsMarker { broker } => say!(
                lang,
                "MQTT `{broker}`：标记消息可以返回，能分清滞留和新到的识别结果",
                "broker `{broker}`: the marker comes back, reads that lay there are told from new ones"
            ),
            Self::BrokerKeepsMarker { broker, topic, user } => say!(
                lang,
                "MQTT `{broker}`：{topic} 上的标记消息 5 秒内没有返回，无法分清滞留和新到的识别结果；请在 ACL 文件的 user {user} 下加一行：topic readwrite {topic}",
                "broker `{broker}`: the marker on {topic} does not come back in 5 s, so reads that lay there cannot be told from new ones; in its ACL file add under `user {user}`: topic readwrite {topic}"
            ),
            Self::BrokerKeepsTopic { broker, topic, user, devices } => say!(
                lang,
                "MQTT `{broker}`：不允许订阅 {topic}，收不到 {devices}；请在 ACL 文件的 user {user} 下加一行：topic read {topic}",
                "broker `{broker}`: {topic} is not granted, so {devices} is not heard there; in its ACL file add under `user {user}`: topic read {topic}"
            ),
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
            Self::BrokerWithoutTls { broker, address, fault } => {
                let fault = fault.text(lang);
                say!(
                    lang,
                    "MQTT `{broker}`：{address}：{fault}",
                    "broker `{broker}`: {address}: {fault}"
                )
            }
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
            Self::LinkLeft { since } => {
                let what = ConnectionName::Link.text(lang);
                say!(
                    lang,
                    "{what}：自 {since} 让给控制道闸的网关",
                    "{what}: left to the gateway that commands the barriers since {since}"
                )
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
            Self::CallsFail { device, since, fault } => {
                let why = fault.text(lang);
                say!(
                    lang,
                    "{device}：自 {since} 无法呼叫，不能开闸：{why}",
                    "{device}: cannot be called since {since} and will open nothing: {why}"
                )
            }
            Self::BrokerTakesAnyone { broker } => say!(
                lang,
                "MQTT `{broker}`：无需登录即可发布，局域网内任何人都能冒充相机开闸；请运行 lotgate init --broker 并设置 allow_anonymous false",
                "MQTT `{broker}` lets anybody publish without a login: whoever reaches it can speak as a camera and have barriers opened; run lotgate init --broker, and set allow_anonymous false"
            ),
            Self::BrokerWithoutRights { broker } => say!(
                lang,
                "MQTT `{broker}`：没有 acl_file，任一设备的账号都能冒充其他相机；请运行 lotgate init --broker",
                "MQTT `{broker}` has no acl_file: the login of any device can speak as any camera; run lotgate init --broker"
            ),
            Self::BrokerLetsUsAnywhere { broker } => say!(
                lang,
                "MQTT `{broker}`：我们的账号可在任意主题发布，没有 acl_file 的服务器对每个账号都是如此，任一设备的账号都可能冒充其他相机；请运行 lotgate init --broker；若权限确已分开，请在 ACL 文件的网关用户下加一行：topic deny lotgate-doctor/#",
                "MQTT `{broker}` lets our login publish on any topic; one without an acl_file lets every login do so, and that of any device may speak as any camera: run lotgate init --broker; or, where its rights are in order, add in its ACL file under the gateway's user: topic deny lotgate-doctor/#"
            ),
            Self::TooLarge { broker, topic, device: Some(device), since } => say!(
                lang,
                "{device}：自 {since} 起其消息过大，已丢弃，识别结果丢失（MQTT `{broker}`，主题 {topic}）；请在相机上减小或减少图片",
                "{device}: its messages are too large since {since} and are thrown away, reads and all (MQTT `{broker}`, topic {topic}); have it send smaller or fewer pictures"
            ),
            Self::TooLarge { broker, topic, device: None, since } => say!(
                lang,
                "MQTT `{broker}`：自 {since} 起主题 {topic} 上有过大的消息，已丢弃；不属于任何设备",
                "MQTT `{broker}`: messages on {topic} are too large since {since} and are thrown away; they are of no device"
            ),
            Self::MeansNothing { what, value, since } => say!(
                lang,
                "{what}：自 {since} 起取值 {value} 含义不明，按未知处理，不预约、不出售；请核对 occupied_when、free_when 或点位的 occupied、free、map",
                "{what}: says {value} since {since}, and nobody knows what that means: it is taken for unknown, neither booked nor sold; check occupied_when and free_when, or occupied, free and map of its point"
            ),
            Self::InputMeansNothing { what, value, since } => say!(
                lang,
                "{what}：自 {since} 起取值 {value} 含义不明，不予采用（输入视为未变，识别视为即时）；请核对相机的固件与接口版本",
                "{what}: says {value} since {since}, and nobody knows what that means: it is passed over (an input is taken for unchanged, a read for one of now); check the camera's firmware and interface version"
            ),
            Self::PointsNowhere { key, pointer, has, since } => {
                let (device, key) = key.rsplit_once(": ").unwrap_or(("–", key));
                let what = pointed(key, lang);
                say!(
                    lang,
                    "{device}：自 {since} 起有消息，但其中没有{what}：`{key} = \"{pointer}\"` 处没有内容，消息中有 {has}；请改正 `{key}`",
                    "{device}: messages come since {since}, none holds {what}: `{key} = \"{pointer}\"` finds nothing, the message has {has}; put `{key}` right"
                )
            }
            Self::PublishForbidden { broker, topic, since } => {
                let since = since_in(since.as_deref(), lang);
                say!(
                    lang,
                    "MQTT `{broker}`：{since}其规则不允许网关在 {topic} 上发布；请为网关的登录开放该主题的写权限（ACL）",
                    "broker `{broker}`: its rules forbid our publishing on {topic}{since}: give the gateway's login write access"
                )
            }
            Self::DeliveredOnce { broker, topics, since } if topics.is_empty() => {
                let since = since_in(since.as_deref(), lang);
                say!(
                    lang,
                    "MQTT `{broker}`：{since}只支持 QoS 0，网关不在时发送的会丢失；请将其 max_qos 设为 1",
                    "broker `{broker}`: knows QoS 0 alone{since}: what is sent while we are away is lost; set max_qos 1"
                )
            }
            Self::DeliveredOnce { broker, topics, since } => {
                let since = since_in(since.as_deref(), lang);
                say!(
                    lang,
                    "MQTT `{broker}`：{since}只以 QoS 0 转发 {topics}，网关不在时发送的会丢失；请允许网关的登录以 QoS 1 订阅",
                    "broker `{broker}`: hands {topics} over at QoS 0 alone{since}: what is sent while we are away is lost; let the gateway's login subscribe at QoS 1"
                )
            }
            Self::NothingReadable { device, error, since } => say!(
                lang,
                "{device}：自 {since} 起有消息，但都无法识读：{error}；请核对 `driver`、设备的型号和固件，以及设备上设置的上报格式",
                "{device}: messages come since {since} and none can be read: {error}; see that `driver` is what the device is, and what form and firmware it is set to send with"
            ),
            Self::SentOnce { device, since } => say!(
                lang,
                "{device}：自 {since} 起以 QoS 0 上报识别结果，网关或服务器不在时发送的会丢失；请在相机的 MQTT 设置中改为 QoS 1",
                "{device}: publishes its reads at QoS 0 since {since}: what it sends while we are away is lost; set QoS 1 in its MQTT settings"
            ),
            Self::AnotherGateway { stance, other, here, since } => {
                another_gateway(*stance, (other, here), since, lang)
            }
            Self::LinkTaken { times, since } => say!(
                lang,
                "自 {since} 起平台在登录后不久即断开长连接，已连续 {times} 次：可能另有网关用同一账号登录；请确认只有一台网关使用该 userId",
                "the platform ends the long connection soon after the login since {since}, {times} times: another gateway may log in with the same userId; see that only one does"
            ),
            Self::ReadsStopped { device, since, others } => say!(
                lang,
                "{device}：在线，但自 {since} 起没有识别结果，其间其他相机有 {others} 条；请查看该车道，以及图片是否过大（超过 64 MB 的消息 MQTT 服务器不转发）",
                "{device}: lives, but has sent no read since {since}, while the others sent {others}; look at its lane, and whether its pictures are too large (a broker leaves out messages of more than 64 MB)"
            ),
            Self::NeverPushed { device, listen } => say!(
                lang,
                "{device}：从未向 {listen} 推送；请核对相机上填写的服务器地址、端口和路径（/cam/ 加它的 `secret`）、`address`，以及识别事件是否已联动上传",
                "{device}: has never pushed to {listen}; check the server, port and path set at the camera (/cam/ and its `secret`), its `address`, and whether its plate events are linked to an upload"
            ),
            Self::PushesUnheard { device } => say!(
                lang,
                "{device}：向网关推送，网关停止时无法检测；请启动网关后再运行 doctor",
                "{device}: pushes to the gateway and cannot be heard while that rests; start it and run doctor again"
            ),
            Self::DeviceUnheard { device } => say!(
                lang,
                "{device}：尚未收到任何消息；请检查供电、接线和序列号",
                "{device}: never heard yet; check its power, wires and serial number"
            ),
            Self::CameraListWaits { device, removals, since, error } => say!(
                lang,
                "{device}：白名单中有 {removals} 个车牌自 {since} 起未能删除（{error}），断网时可能放行；请在相机网页删除",
                "{device}: {removals} plates do not come off its own list since {since} ({error}) and may be let through while the box is down; take them off in its web page"
            ),
            Self::CameraListOpensAlways { device } => say!(
                lang,
                "{device}：白名单为“始终启用”，相机会绕过网关自行开闸；请在相机网页改为“仅脱机时启用”并关闭模糊匹配",
                "{device}: its own list opens always, beside the gateway; in its web page set it to \"when offline\" and switch fuzzy matching off"
            ),
            Self::CameraListOpensNever { device } => say!(
                lang,
                "{device}：白名单未启用，断网时不会放行；请在相机网页设为“仅脱机时启用”",
                "{device}: its own list never opens, so nobody passes while the box is down; in its web page set it to \"when offline\""
            ),
        }
    }
}

/// What this gateway does beside another.
fn another_gateway(stance: Stance, (other, here): (&str, &str), since: &str, lang: Lang) -> String {
    let does = match stance {
        Stance::StandsBack => {
            say!(lang, "本网关不再自动开闸", "this one opens no barrier by itself")
        }
        Stance::Drives => {
            say!(lang, "由本网关控制道闸", "this one commands the barriers")
        }
        Stance::Unprotected => say!(
            lang,
            "两台都在开闸和计费，因为 MQTT 服务器未限制谁可以声明（见 lotgate init --broker）",
            "both open for and book every car, as the broker lets anybody claim to be one (lotgate init --broker)"
        ),
    };
    say!(
        lang,
        "自 {since} 起本停车场另有一台网关（{other}）在运行，本机为 {here}：{does}；请关闭不用的一台，或在要用的一台上运行 lotgate drive",
        "another gateway ({other}) runs for this lot since {since}, this box is {here}: {does}; switch off the one that is not wanted, or run `lotgate drive` on the one that is"
    )
}
