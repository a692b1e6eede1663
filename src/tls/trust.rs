//! Whom our clients trust: whoever the CA file says when there is a server to judge.

use super::files::{TlsError, certificates_in, roots_of};
use super::names::{has_alternative_names, nameless};
use super::signature::OldKey;
use crate::clock;
use crate::renewed;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// Trusts whom this CA file names at each handshake; without one the public certificate authorities.
#[derive(Debug)]
pub(super) struct ServerTrust(Option<PathBuf>);

impl ServerTrust {
    /// By this file; an error where it is no good now.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        SignedOrPinned::now(ca_file)?;
        Ok(Self(ca_file.map(Path::to_owned)))
    }
}

/// What is wrong with a certificate that would be taken if it were pinned, in the doctor's words.
#[derive(Debug, thiserror::Error)]
#[error(
    "the server's certificate has no subjectAltName, only CN={0}; put exactly this certificate into ca_file, or ask its \
     people for one with a subjectAltName"
)]
struct CommonNameOnly(String);

impl ServerTrust {
    /// As the verifiers say it themselves.
    pub(super) fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let trusted = SignedOrPinned::now(self.0.as_deref());
        let trusted = trusted.map_err(|error| rustls::Error::General(error.to_string()))?;
        trusted.judge(end_entity, intermediates, server_name, ocsp_response, now)
    }
}

impl ServerCertVerifier for ServerTrust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let judged = self.judge(end_entity, intermediates, server_name, ocsp_response, now);
        judged.map_err(|error| match nameless(end_entity, &error) {
            Some(common) => rustls::Error::Other(OtherError(Arc::new(CommonNameOnly(common)))),
            None => error,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match OldKey::of(certificate) {
            Some(key) => key.verify_tls12(message, signature, &algorithms()),
            None => verify_tls12_signature(message, certificate, signature, &algorithms()),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match OldKey::of(certificate) {
            Some(key) => key.verify_tls13(message, signature, &algorithms()),
            None => verify_tls13_signature(message, certificate, signature, &algorithms()),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        algorithms().supported_schemes()
    }
}

/// How signatures in handshakes may be made, whoever makes them.
pub(super) fn algorithms() -> WebPkiSupportedAlgorithms {
    rustls::crypto::ring::default_provider().signature_verification_algorithms
}

/// Trusts what the usual verifier trusts, and a server that shows the very certificate in `ca_file`: a
/// platform with a self-signed certificate hands out that certificate as its "CA", which the usual
/// verifier refuses as a server's. Its time is checked either way, and so is the name, where the certificate has any beside its common name:
/// that one counts for no server, so a certificate with nothing else is known by being pinned, whatever it is called.
struct SignedOrPinned {
    signed: Arc<WebPkiServerVerifier>,
    pinned: Vec<CertificateDer<'static>>,
}

impl SignedOrPinned {
    fn now(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let Some(path) = ca_file else {
            let public = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
            return Ok(Self { signed: signed_by(public)?, pinned: Vec::new() });
        };
        renewed::latest([path], |[bytes]| {
            let pinned = certificates_in(path, bytes)?;
            Ok(Self { signed: signed_by(roots_of(path, &pinned)?)?, pinned })
        })
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
            // One that names nobody in the way that counts is known by being this one and no other.
            if has_alternative_names(end_entity) {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            judge_time(end_entity, now)?;
            return Ok(ServerCertVerified::assertion());
        }
        self.signed.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }
}

/// Whether a certificate has had its time, or, where somebody vouches for the clock, has it not yet: a clock that nobody vouches
/// for is never later than the true time.
fn judge_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), rustls::Error> {
    let unread = |_| rustls::Error::InvalidCertificate(CertificateError::BadEncoding);
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(unread)?;
    let at = |seconds: i64| {
        let seconds = u64::try_from(seconds).unwrap_or_default();
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    };
    let validity = parsed.validity();
    let (not_before, not_after) =
        (at(validity.not_before.timestamp()), at(validity.not_after.timestamp()));
    let wrong = if now > not_after {
        CertificateError::ExpiredContext { time: now, not_after }
    } else if now < not_before && clock::is_trusted() {
        CertificateError::NotValidYetContext { time: now, not_before }
    } else {
        return Ok(());
    };
    Err(rustls::Error::InvalidCertificate(wrong))
}

fn signed_by(roots: RootCertStore) -> Result<Arc<WebPkiServerVerifier>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    Ok(verifier.map_err(|error| rustls::Error::General(error.to_string()))?)
}
