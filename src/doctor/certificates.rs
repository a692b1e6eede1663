//! Certificates: whose, by whom, until when.

use super::handshake::nameless;
use crate::lang::PlatformFinding;
use jiff::{Timestamp, tz::TimeZone};
use rustls::pki_types::CertificateDer;
use std::path::Path;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

/// One that ends within so many days should be renewed.
const SOON: i64 = 21;

/// The finding about a chain, the server's own certificate first, as it was judged.
pub fn judge(
    of: &str,
    host: &str,
    chain: &[CertificateDer<'_>],
    verdict: &Result<(), rustls::Error>,
    ca_file: Option<&Path>,
) -> PlatformFinding {
    use rustls::{CertificateError as Bad, Error};
    let of = of.to_owned();
    let parsed: Vec<_> = chain
        .iter()
        .filter_map(|der| X509Certificate::from_der(der).ok().map(|(_, parsed)| parsed))
        .collect();
    let Some(own) = parsed.first() else {
        return PlatformFinding::CertificateBad { of, error: "X.509?".to_owned() };
    };
    if let Some(fault) = nameless(chain, verdict) {
        return PlatformFinding::NoTls { of, fault };
    }
    match verdict {
        // What stands behind it may be older: servers show signers that nobody needs any longer.
        Ok(()) => judge_end(of, end(own)),
        Err(Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. })) => {
            let ends = parsed.iter().map(end).min();
            PlatformFinding::CertificateEnded { of, until: day(ends.unwrap_or_default()) }
        }
        Err(Error::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. })) => {
            let from = parsed.iter().map(|one| one.validity().not_before.timestamp()).max();
            PlatformFinding::CertificateNotYet { of, from: day(from.unwrap_or_default()) }
        }
        Err(Error::InvalidCertificate(
            Bad::NotValidForName | Bad::NotValidForNameContext { .. },
        )) => PlatformFinding::CertificateOfOther { of, host: host.to_owned(), names: names(own) },
        Err(Error::InvalidCertificate(Bad::UnknownIssuer | Bad::BadSignature | Bad::Other(_))) => {
            // What the last one shown was signed with is what is missing here.
            let issuer = parsed.last().unwrap_or(own).issuer().to_string();
            let ca_file = ca_file.map(|path| path.display().to_string());
            PlatformFinding::CertificateUnsigned { of, issuer, ca_file }
        }
        Err(error) => PlatformFinding::CertificateBad { of, error: error.to_string() },
    }
}

/// Which certificate of a file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// The first: our own, those of its signers behind it.
    First,
    /// The one that ends last: any of these authorities may be the one that signs.
    Last,
}

/// The finding about the certificates of a file that nobody shows us.
pub fn of_file(path: &Path, counts: Counts) -> PlatformFinding {
    let of = path.display().to_string();
    let chain = match crate::tls::certificates(path) {
        Ok(chain) => chain,
        Err(error) => return PlatformFinding::CertificateBad { of, error: error.to_string() },
    };
    let ends: Result<Vec<i64>, _> =
        chain.iter().map(|der| X509Certificate::from_der(der).map(|(_, one)| end(&one))).collect();
    match ends {
        Ok(ends) => {
            let ends = ends.into_iter();
            let counted = match counts {
                Counts::First => ends.take(1).max(),
                Counts::Last => ends.max(),
            };
            judge_end(of, counted.unwrap_or_default())
        }
        Err(error) => PlatformFinding::CertificateBad { of, error: error.to_string() },
    }
}

fn end(certificate: &X509Certificate<'_>) -> i64 {
    certificate.validity().not_after.timestamp()
}

/// The finding about a certificate that ends at this second.
fn judge_end(of: String, end: i64) -> PlatformFinding {
    let days = (end - Timestamp::now().as_second()).div_euclid(86_400);
    let until = day(end);
    match days {
        days if days < 0 => PlatformFinding::CertificateEnded { of, until },
        days if days < SOON => PlatformFinding::CertificateEnds { of, until, days },
        _ => PlatformFinding::Certificate { of, until, days },
    }
}

fn day(second: i64) -> String {
    let moment = Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
    TimeZone::UTC.to_datetime(moment).date().to_string()
}

/// The names a certificate is for.
fn names(certificate: &X509Certificate<'_>) -> String {
    let alternative = certificate.subject_alternative_name().ok().flatten();
    let names: Vec<String> = alternative
        .iter()
        .flat_map(|extension| &extension.value.general_names)
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
            _ => None,
        })
        .collect();
    if names.is_empty() { certificate.subject().to_string() } else { names.join(", ") }
}

#[cfg(test)]
#[cfg(feature = "self-test")]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use rustls::CertificateError as Bad;

    /// A certificate for `platform.example` that ends so many days from now.
    fn ending_in(days: i64) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec!["platform.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        let end = Timestamp::now().as_second() + days * 86_400 + 3600;
        let end = TimeZone::UTC.to_datetime(Timestamp::from_second(end).unwrap());
        let day = |n: i8| u8::try_from(n).unwrap();
        params.not_after = date_time_ymd(end.year().into(), day(end.month()), day(end.day()))
            + std::time::Duration::from_secs(u64::try_from(end.hour()).unwrap() * 3600);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn judged(days: i64, verdict: &Result<(), rustls::Error>) -> PlatformFinding {
        let chain = [ending_in(days)];
        judge("p:443", "p", &chain, verdict, Some(Path::new("ca.pem")))
    }

    #[test]
    fn a_certificate_is_good_ends_soon_or_has_ended() {
        assert!(matches!(
            judged(100, &Ok(())),
            PlatformFinding::Certificate { days: 99..=100, .. }
        ));
        assert!(matches!(judged(5, &Ok(())), PlatformFinding::CertificateEnds { days: 4..=5, .. }));
        let expired = Err(Bad::Expired.into());
        let PlatformFinding::CertificateEnded { until, .. } = judged(-3, &expired) else {
            panic!()
        };
        assert_eq!(until.len(), "2026-11-21".len());
    }

    #[test]
    fn an_old_signer_that_nobody_needs_spoils_nothing() {
        let chain = [ending_in(100), ending_in(-100)];
        let shown = judge("p:443", "p", &chain, &Ok(()), None);
        assert!(matches!(shown, PlatformFinding::Certificate { .. }), "{shown:?}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let pem = |der: &CertificateDer<'_>| {
            use base64::{Engine as _, engine::general_purpose::STANDARD};
            let text = STANDARD.encode(der);
            format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
        };
        std::fs::write(&file, pem(&chain[1]) + &pem(&chain[0])).unwrap();
        assert!(matches!(of_file(&file, Counts::Last), PlatformFinding::Certificate { .. }));
        assert!(matches!(of_file(&file, Counts::First), PlatformFinding::CertificateEnded { .. }));
    }

    #[test]
    fn a_refused_certificate_names_its_names_its_issuer_or_its_beginning() {
        let names = judged(100, &Err(Bad::NotValidForName.into()));
        let PlatformFinding::CertificateOfOther { names, .. } = names else { panic!() };
        assert_eq!(names, "platform.example");
        let unsigned = judged(100, &Err(Bad::UnknownIssuer.into()));
        let PlatformFinding::CertificateUnsigned { issuer, ca_file, .. } = unsigned else {
            panic!()
        };
        assert!(issuer.contains("rcgen") && ca_file.as_deref() == Some("ca.pem"), "{issuer}");
        let early = judged(100, &Err(Bad::NotValidYet.into()));
        assert!(
            matches!(early, PlatformFinding::CertificateNotYet { from, .. } if from == "2020-01-01")
        );
        let none = judge("p:443", "p", &[], &Ok(()), None);
        assert!(matches!(none, PlatformFinding::CertificateBad { .. }));
    }
}
