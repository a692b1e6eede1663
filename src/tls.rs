//! TLS configurations for everything that leaves the box: one crypto provider, one way to read files.

use crate::clock;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore,
    ServerConfig, SignatureScheme,
};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

/// Why a TLS configuration cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        error: String,
    },
    /// The pieces do not fit together.
    #[error("{0}")]
    Rustls(#[from] rustls::Error),
}

/// Makes ring the process's crypto provider. Harmless when called again.
pub fn install_provider() {
    // An error only says that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client configuration, TLS 1.2 or newer: trusting only `ca_file` where given, else the public
/// certificate authorities; showing a certificate where one is given.
pub fn client_config(
    ca_file: Option<&Path>,
    certificate: Option<(&Path, &Path)>,
) -> Result<ClientConfig, TlsError> {
    client_config_with(Arc::new(SignedOrPinned::new(ca_file)?), certificate)
}

fn client_config_with(
    verifier: Arc<dyn ServerCertVerifier>,
    certificate: Option<(&Path, &Path)>,
) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_details(provider, Arc::new(LotTime))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    Ok(match certificate {
        Some((chain, key)) => {
            builder.with_client_auth_cert(certificates(chain)?, private_key(key)?)?
        }
        None => builder.with_no_client_auth(),
    })
}

/// Which certificate whoever calls a server must show.
#[derive(Debug, Clone, Copy)]
pub struct CallersCertificate<'c> {
    /// The authority that signed it.
    pub ca_file: &'c Path,
    /// The name it must have; any when absent.
    pub name: Option<&'c str>,
}

/// A server configuration, TLS 1.2 or newer; callers must show the certificate that is named, or none.
pub fn server_config(
    cert_file: &Path,
    key_file: &Path,
    callers: Option<CallersCertificate<'_>>,
) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_details(Arc::clone(&provider), Arc::new(LotTime))
        .with_safe_default_protocol_versions()?;
    let builder = match callers {
        Some(CallersCertificate { ca_file, name }) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(ca_file)? {
                roots.add(certificate)?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| rustls::Error::General(error.to_string()))?;
            builder.with_client_cert_verifier(match name {
                Some(name) => Arc::new(NamedCaller { signed: verifier, name: name.to_owned() }),
                None => verifier,
            })
        }
        None => builder.with_no_client_auth(),
    };
    Ok(builder.with_single_cert(certificates(cert_file)?, private_key(key_file)?)?)
}

/// Lets in whom the usual verifier lets in, and of those only whose certificate has a certain name: an authority that signs
/// for many signs for others than the platform, too.
#[derive(Debug)]
struct NamedCaller {
    signed: Arc<dyn ClientCertVerifier>,
    name: String,
}

impl ClientCertVerifier for NamedCaller {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.signed.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let verified = self.signed.verify_client_cert(end_entity, intermediates, now)?;
        if has_name(end_entity, &self.name) {
            Ok(verified)
        } else {
            Err(CertificateError::NotValidForName.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signed.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signed.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signed.supported_verify_schemes()
    }
}

/// Whether a certificate is somebody's of that name: among its subject alternative names, where it has any, else its only
/// common name.
fn has_name(certificate: &CertificateDer<'_>, name: &str) -> bool {
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

/// Certificates are judged by the lot's clock: in 1970 none is valid yet, and the platform that could tell the time would
/// never be reached.
#[derive(Debug)]
struct LotTime;

impl TimeProvider for LotTime {
    fn current_time(&self) -> Option<UnixTime> {
        let second = u64::try_from(clock::certificates_at().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(second)))
    }
}

/// Trusts what the usual verifier trusts, and a server that shows the very certificate in `ca_file`: a
/// platform with a self-signed certificate hands out that certificate as its "CA", which the usual
/// verifier refuses as a server's. The name is checked either way.
#[derive(Debug)]
struct SignedOrPinned {
    signed: Arc<WebPkiServerVerifier>,
    pinned: Vec<CertificateDer<'static>>,
    /// Where a server is only looked at: what it showed goes here, and the handshake goes on.
    onlooking: Option<Arc<Mutex<Option<Shown>>>>,
}

impl SignedOrPinned {
    fn new(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        let mut pinned = Vec::new();
        match ca_file {
            Some(path) => {
                pinned = certificates(path)?;
                for certificate in &pinned {
                    roots.add(certificate.clone())?;
                }
            }
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let signed = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        Ok(Self { signed, pinned, onlooking: None })
    }

    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.pinned.iter().any(|pinned| pinned == end_entity) {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            return Ok(ServerCertVerified::assertion());
        }
        self.signed.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }
}

impl ServerCertVerifier for SignedOrPinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let judged = self.judge(end_entity, intermediates, server_name, ocsp_response, now);
        let Some(shown) = &self.onlooking else { return judged };
        let chain = std::iter::once(end_entity).chain(intermediates);
        let chain = chain.map(|certificate| certificate.clone().into_owned()).collect();
        let seen = Shown { chain, verdict: judged.map(|_| ()) };
        *shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signed.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signed.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signed.supported_verify_schemes()
    }
}

/// What a server showed, and whether a connection would be made with it.
#[derive(Debug)]
pub struct Shown {
    /// The server's own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Why it would be refused.
    pub verdict: Result<(), rustls::Error>,
}

/// Looks at the certificates of a server over a fresh connection, on which nothing else is said: the
/// handshake goes on even where they would be refused, so that all of them can be seen.
pub async fn look(
    stream: TcpStream,
    server_name: ServerName<'static>,
    ca_file: Option<&Path>,
    certificate: Option<(&Path, &Path)>,
) -> Result<Shown, TlsError> {
    let shown = Arc::<Mutex<Option<Shown>>>::default();
    let onlooker =
        SignedOrPinned { onlooking: Some(Arc::clone(&shown)), ..SignedOrPinned::new(ca_file)? };
    let config = client_config_with(Arc::new(onlooker), certificate)?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(server_name, stream).await;
    let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (shown, handshake) {
        (Some(shown), _) => Ok(shown),
        (None, Err(error)) => Err(rustls::Error::General(error.to_string()).into()),
        (None, Ok(_)) => Err(rustls::Error::NoCertificatesPresented.into()),
    }
}

/// The certificates of a file, at least one.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bad = |error: String| TlsError::File { path: path.to_owned(), error };
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| bad(error.to_string()))?;
    if found.is_empty() { Err(bad("no certificate in it".to_owned())) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path)
        .map_err(|error| TlsError::File { path: path.to_owned(), error: error.to_string() })
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
    }
}
