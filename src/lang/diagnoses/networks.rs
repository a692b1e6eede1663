//! Findings about the way to the platform, and the self-test.

use super::{Diagnosis, SelfTestFault, SelfTestStep};
use crate::lang::{Lang, say};

impl Diagnosis {
    pub(super) fn of_networks(&self, lang: Lang) -> Option<String> {
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
            Self::ListenFree { section, listen } => {
                say!(
                    lang,
                    "{section} 的端口 {listen} 可用",
                    "{section}: {listen} is free to listen on"
                )
            }
            Self::ListenTaken { section, listen, error } => say!(
                lang,
                "{section} 无法监听 {listen}：{error}；网关将无法启动，请更换地址或端口",
                "{section}: cannot listen on {listen}: {error}; the gateway would not start, choose another address or port"
            ),
            Self::Passed { step } => step.text(lang),
            Self::Failed { step, fault } => {
                let (step, fault) = (step.text(lang), fault.text(lang));
                say!(lang, "{step}——失败：{fault}", "{step} – failed: {fault}")
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

impl SelfTestFault {
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
            Self::Other { error } => error.clone(),
        }
    }
}
