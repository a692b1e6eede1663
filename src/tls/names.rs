//! Of whom a certificate is: by a name, as our own doors ask it of whoever calls, and by which kind of name.

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError as Bad, Error};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

/// Whether a certificate is somebody's of that name: among its subject alternative names, where it has any, else its only
/// common name.
pub(super) fn has_name(certificate: &CertificateDer<'_>, name: &str) -> bool {
    let of_host =
        ServerName::try_from(name).ok().zip(ParsedCertificate::try_from(certificate).ok());
    if of_host.is_some_and(|(name, parsed)| verify_server_name(&parsed, &name).is_ok()) {
        return true;
    }
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return false };
    if let Ok(Some(names)) = parsed.subject_alternative_name() {
        return names.value.general_names.iter().any(|one| match one {
            GeneralName::RFC822Name(text) | GeneralName::URI(text) => *text == name,
            _ => false,
        });
    }
    let mut common = parsed.subject().iter_common_name();
    let only = common.next().filter(|_| common.next().is_none());
    only.is_some_and(|only| only.as_str() == Ok(name))
}

/// Whether a certificate says of whom it is in its subject alternative names, which alone count for a server.
pub(super) fn has_alternative_names(certificate: &CertificateDer<'_>) -> bool {
    // What cannot be read is judged as any other.
    X509Certificate::from_der(certificate)
        .map_or(true, |(_, parsed)| !matches!(parsed.subject_alternative_name(), Ok(None)))
}

/// The common name of a certificate that would be taken if it were pinned, since it has no name of the kind that counts and
/// was judged so.
pub fn nameless(certificate: &CertificateDer<'_>, verdict: &Error) -> Option<String> {
    let Error::InvalidCertificate(
        Bad::NotValidForName
        | Bad::NotValidForNameContext { .. }
        | Bad::UnknownIssuer
        | Bad::BadSignature
        | Bad::Other(_),
    ) = verdict
    else {
        return None;
    };
    only_common_name(certificate)
}

/// The common name of a certificate that has no name of the kind that counts for a server; empty where it has not even that.
fn only_common_name(certificate: &CertificateDer<'_>) -> Option<String> {
    if has_alternative_names(certificate) {
        return None;
    }
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let mut common = parsed.subject().iter_common_name();
    let common = common.next().and_then(|name| name.as_str().ok());
    Some(common.unwrap_or_default().to_owned())
}

#[cfg(test)]
#[cfg(feature = "self-test")]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    /// A certificate of these common names and subject alternative names.
    fn certificate(common: &[&str], others: Vec<SanType>) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for name in common {
            params.distinguished_name.push(DnType::CommonName, *name);
        }
        params.subject_alt_names = others;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn a_certificate_has_the_names_that_its_authority_wrote_into_it() {
        let dns = |name: &str| SanType::DnsName(name.try_into().unwrap());
        let mail = SanType::Rfc822Name("city@example.cn".try_into().unwrap());
        let uri = SanType::URI("urn:city:platform".try_into().unwrap());
        let address = SanType::IpAddress("203.0.113.7".parse().unwrap());
        let named = certificate(&["platform"], vec![]);
        assert!(has_name(&named, "platform"));
        assert!(
            !has_name(&named, "Platform") && !has_name(&named, "plat") && !has_name(&named, "")
        );
        let both = certificate(&["platform"], vec![dns("p.example.cn"), mail, uri, address]);
        for name in ["p.example.cn", "P.EXAMPLE.CN", "city@example.cn", "urn:city:platform"] {
            assert!(has_name(&both, name), "{name}");
        }
        assert!(has_name(&both, "203.0.113.7"));
        // Where there are alternative names, the common one is only for people.
        for name in ["platform", "example.cn", "q.p.example.cn", "203.0.113.8"] {
            assert!(!has_name(&both, name), "{name}");
        }
        assert!(!has_name(&certificate(&[], vec![]), "platform"));
        assert!(!has_name(&CertificateDer::from(vec![1, 2, 3]), "platform"));
        assert!(!has_alternative_names(&named) && has_alternative_names(&both));
        assert_eq!(only_common_name(&named).as_deref(), Some("platform"));
        assert_eq!(only_common_name(&certificate(&[], vec![])).as_deref(), Some(""));
        assert_eq!(only_common_name(&both), None);
    }
}
