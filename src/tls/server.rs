//! TLS as our own doors have it, and whose certificate opens them.

use super::files::{TlsError, certificates_in, roots_of};
use super::names::has_name;
use super::own::OwnCertificate;
use super::time::LotTime;
use super::trust::algorithms;
use crate::renewed;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which certificate whoever calls a server must show.
#[derive(Debug, Clone, Copy)]
pub struct CallersCertificate<'c> {
    /// The authority that signed it.
    pub ca_file: &'c Path,
    /// The name it must have; any when absent.
    pub name: Option<&'c str>,
}

/// A server configuration, TLS 1.2 or newer; callers must show the certificate that is named, or none. The files are read
/// now, and at each handshake.
pub fn server_config(
    cert_file: &Path,
    key_file: &Path,
    callers: Option<CallersCertificate<'_>>,
) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_details(provider, Arc::new(LotTime))
        .with_safe_default_protocol_versions()?;
    let builder = match callers {
        Some(CallersCertificate { ca_file, name }) => {
            callers_of(ca_file)?;
            let (ca_file, name) = (ca_file.to_owned(), name.map(str::to_owned));
            builder.with_client_cert_verifier(Arc::new(CallerTrust { ca_file, name }))
        }
        None => builder.with_no_client_auth(),
    };
    let own = OwnCertificate::new(cert_file, key_file)?;
    let mut config = builder.with_cert_resolver(Arc::new(own));
    // A resumed session would let in whom the CA file named when it began.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Who shows a certificate of these authorities now.
fn callers_of(ca_file: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    renewed::latest([ca_file], |[bytes]| {
        let roots = roots_of(ca_file, &certificates_in(ca_file, bytes)?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        Ok(verifier.build().map_err(|error| rustls::Error::General(error.to_string()))?)
    })
}

/// Lets in whom this CA file names at each handshake, and of those only whose certificate has a certain name, where one is
/// wanted: an authority that signs for many signs for others than the platform, too.
#[derive(Debug)]
struct CallerTrust {
    ca_file: PathBuf,
    name: Option<String>,
}

impl ClientCertVerifier for CallerTrust {
    /// None: callers show what they have, also where the authorities' names change with the file.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let callers = callers_of(&self.ca_file);
        let callers = callers.map_err(|error| rustls::Error::General(error.to_string()))?;
        let verified = callers.verify_client_cert(end_entity, intermediates, now)?;
        if self.name.as_deref().is_none_or(|name| has_name(end_entity, name)) {
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
        verify_tls12_signature(message, certificate, signature, &algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        algorithms().supported_schemes()
    }
}
