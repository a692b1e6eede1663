//! Findings about the way to the platform, and where it and the booth reach us.

use super::{DoctorVerdict, TlsFault};
use crate::lang::language::{Lang, Words, beside_our_clock, say};
use crate::model::input::ConnectionName;
use crate::standard::sign::WrongSign;

/// One finding about the way to the platform.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "named for what they say and hold")]
pub enum PlatformFinding {
    // The platform.
    NameResolves {
        host: String,
        addresses: String,
    },
    NameUnknown {
        host: String,
        error: String,
    },
    HostUnreachable {
        address: String,
        error: String,
    },
    Certificate {
        of: String,
        until: String,
        days: i64,
    },
    CertificateEnds {
        of: String,
        until: String,
        days: i64,
    },
    CertificateEnded {
        of: String,
        until: String,
    },
    CertificateNotYet {
        of: String,
        from: String,
    },
    CertificateUnsigned {
        of: String,
        issuer: String,
        ca_file: Option<String>,
    },
    CertificateOfOther {
        of: String,
        host: String,
        names: String,
    },
    CertificateBad {
        of: String,
        error: String,
    },
    NoTls {
        of: String,
        fault: TlsFault,
    },
    LoggedIn {
        what: ConnectionName,
        millis: u128,
    },
    LoginRefused {
        what: ConnectionName,
        words: String,
    },
    LoginFailed {
        what: ConnectionName,
        error: String,
    },
    ListenFree {
        section: &'static str,
        listen: String,
    },
    ListenTaken {
        section: &'static str,
        listen: String,
        error: String,
    },
    CommandsOffTime {
        count: u64,
        since: String,
        code: u16,
        seconds: i64,
    },
    /// Commands are refused since then for their signs, the first of that interface.
    WrongSign {
        since: String,
        code: u16,
        wrong: WrongSign,
    },
}

impl PlatformFinding {
    /// How well it is.
    pub fn verdict(&self) -> DoctorVerdict {
        match self {
            Self::NameResolves { .. }
            | Self::Certificate { .. }
            | Self::LoggedIn { .. }
            | Self::ListenFree { .. } => DoctorVerdict::Ok,
            Self::CertificateEnds { .. }
            | Self::CommandsOffTime { .. }
            | Self::WrongSign { .. } => DoctorVerdict::Warning,
            Self::NameUnknown { .. }
            | Self::HostUnreachable { .. }
            | Self::CertificateEnded { .. }
            | Self::CertificateNotYet { .. }
            | Self::CertificateUnsigned { .. }
            | Self::CertificateOfOther { .. }
            | Self::CertificateBad { .. }
            | Self::NoTls { .. }
            | Self::LoginRefused { .. }
            | Self::LoginFailed { .. }
            | Self::ListenTaken { .. } => DoctorVerdict::Failure,
        }
    }
}

impl Words for PlatformFinding {
    fn text(&self, lang: Lang) -> String {
        match self {
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
            Self::NoTls { of, fault } => {
                let fault = fault.text(lang);
                say!(lang, "{of}：{fault}", "{of}: {fault}")
            }
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
            Self::CommandsOffTime { count, since, code, seconds } => {
                let off = beside_our_clock(*seconds, lang);
                say!(
                    lang,
                    "自 {since} 起有 {count} 条平台指令的时间戳与本机时钟相差很大，最近一条是 {code}，{off}；请平台核对时钟，并查明是否有人重发旧指令",
                    "{count} commands since {since} had timestamps far off this box's clock, the last was {code}, {off}; have the platform check its clock, and find out whether somebody sends old commands again"
                )
            }
            Self::WrongSign { since, code, wrong } => {
                let WrongSign { came, wanted, wanted_canonical, begins } = wrong;
                say!(
                    lang,
                    "自 {since} 起有平台指令因签名不符被拒，第一条是 {code}：收到 {came}，按收到的文本应为 {wanted}，按键名排序后应为 {wanted_canonical}；内容开头为 {begins}；请与平台核对签名算法和范围，见 [platform.dialect] 的 sign 和 sign_scope",
                    "commands are refused for their signs since {since}, the first was {code}: {came} came; {wanted} would be that of the text as it came, {wanted_canonical} that of it with sorted keys; it begins with {begins}; agree with the platform on how it signs: sign and sign_scope in [platform.dialect]"
                )
            }
            Self::LoginFailed { what, error } => {
                let address = match what {
                    ConnectionName::Link => "[platform.tcp]",
                    ConnectionName::Https
                    | ConnectionName::Web
                    | ConnectionName::Broker(_)
                    | ConnectionName::Bus(_)
                    | ConnectionName::Calls(_)
                    | ConnectionName::Signs
                    | ConnectionName::Messages(_)
                    | ConnectionName::Said(..)
                    | ConnectionName::OddInput(..)
                    | ConnectionName::Pointer(..)
                    | ConnectionName::Unread(_)
                    | ConnectionName::Forbidden(..)
                    | ConnectionName::DeliveredOnce(_)
                    | ConnectionName::SentOnce(_)
                    | ConnectionName::AnotherGateway
                    | ConnectionName::LinkKept
                    | ConnectionName::Copies => "base_url",
                };
                let what = what.text(lang);
                say!(
                    lang,
                    "{what}：登录没有完成：{error}；请核对 {address} 和 [platform.dialect]",
                    "{what}: the login came to nothing: {error}; check {address} and [platform.dialect]"
                )
            }
            Self::ListenFree { section, listen } => {
                say!(
                    lang,
                    "{section} 的端口 {listen} 可用",
                    "{section}: {listen} is free to listen on"
                )
            }
            Self::ListenTaken { section, listen, error } => say!(
                lang,
                "{section} 无法监听 {listen}：{error}；网关会一直重试，此前无法由此连接：请更换地址或端口",
                "{section}: cannot listen on {listen}: {error}; the gateway tries again and again, and nobody gets in there meanwhile: choose another address or port"
            ),
        }
    }
}
