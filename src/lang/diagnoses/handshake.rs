//! Why no TLS comes about with a server, by what it offers.

use crate::lang::language::{Lang, Words, say};

/// What a server offers instead of what we speak. Each says what to ask its people for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFault {
    /// At most this version.
    OldVersion(String),
    /// Only suites whose key exchange is plain RSA, such as this.
    RsaKeyExchange(String),
    /// Only other suites that we do not use, such as this.
    OldSuite(String),
    /// A certificate whose key is on this curve.
    KeyOn(String),
    /// Keys in this group alone.
    GroupOnly(String),
    /// Nothing of all that TLS 1.2 and older have; its alert, by number and name.
    Refused(String),
    /// HTTP.
    Http,
    /// Something else, which begins so.
    Foreign(String),
    /// It closes at once.
    Closes,
    /// It says nothing.
    Silent,
    /// A certificate with this common name and no other.
    CommonNameOnly(String),
}

impl Words for TlsFault {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::OldVersion(version) => say!(
                lang,
                "对方最高只支持 {version}；请对方启用 TLS 1.2 或 1.3",
                "the server speaks {version} at most; ask its people to enable TLS 1.2 or 1.3"
            ),
            Self::RsaKeyExchange(suite) => say!(
                lang,
                "对方只提供 RSA 密钥交换（{suite}）；请对方启用 ECDHE 密码套件（AES-GCM）或 TLS 1.3",
                "the server offers only RSA key exchange ({suite}); ask its people for ECDHE with AES-GCM, or TLS 1.3"
            ),
            Self::OldSuite(suite) => say!(
                lang,
                "对方只提供旧的密码套件（{suite}）；请对方启用 ECDHE 加 AES-GCM 的套件或 TLS 1.3",
                "the server offers only old cipher suites ({suite}); ask its people for ECDHE with AES-GCM, or TLS 1.3"
            ),
            Self::KeyOn(curve) => say!(
                lang,
                "对方证书的密钥在曲线 {curve} 上，本机不支持；请对方更换 P-256、P-384 或 RSA 密钥的证书",
                "the key of the server's certificate is on the curve {curve}, which we do not take; ask its people for a certificate with a key on P-256 or P-384, or of RSA"
            ),
            Self::GroupOnly(group) => say!(
                lang,
                "对方只用 {group} 交换密钥，本机不支持；请对方启用 X25519、P-256 或 P-384",
                "the server exchanges keys over {group} alone, which we do not use; ask its people to enable X25519, P-256 or P-384"
            ),
            Self::Refused(alert) => say!(
                lang,
                "对方支持 TLS，但拒绝了我们提出的全部版本和密码套件（{alert}）；请对方启用 TLS 1.2 或 1.3 及 ECDHE，并核对域名",
                "the server speaks TLS and refuses every version and cipher suite it was offered ({alert}); ask its people to enable TLS 1.2 or 1.3 with ECDHE, and check the name it is called by"
            ),
            Self::Http => say!(
                lang,
                "该端口不是 TLS，应答的是 HTTP；请核对端口",
                "no TLS is spoken on this port, it answers in HTTP; check the port"
            ),
            Self::Foreign(begins) => say!(
                lang,
                "该端口不是 TLS，应答开头为 {begins}；请核对端口",
                "no TLS is spoken on this port, the answer begins with {begins}; check the port"
            ),
            Self::Closes => say!(
                lang,
                "对方收到 TLS 问候后立即断开；该端口可能不是 TLS，或者对方不允许本机地址；请核对端口，并询问对方",
                "the server closes at once when it is greeted in TLS: no TLS is spoken on this port, or our address is not let in; check the port, and ask its people"
            ),
            Self::Silent => say!(
                lang,
                "对方对 TLS 问候没有应答；该端口可能不是 TLS；请核对端口和防火墙",
                "the server does not answer when it is greeted in TLS: probably none is spoken on this port; check the port and firewalls"
            ),
            Self::CommonNameOnly(common) => {
                let common = if common.is_empty() { "–" } else { common };
                say!(
                    lang,
                    "对方证书没有 subjectAltName，只有 CN={common}；请把这张证书本身写入 ca_file，或请对方更换带 subjectAltName 的证书",
                    "the server's certificate has no subjectAltName, only CN={common}; put exactly this certificate into ca_file, or ask its people for one with a subjectAltName"
                )
            }
        }
    }
}
