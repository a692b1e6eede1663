//! A server's certificates, looked at without trusting them, for whoever says what is wrong with them.

use super::client::client_config_with;
use super::files::TlsError;
use super::trust::ServerTrust;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

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
    let onlooker = Onlooker { trust: ServerTrust::new(ca_file)?, shown: Arc::clone(&shown) };
    let config = client_config_with(Arc::new(onlooker), certificate)?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(server_name, stream).await;
    let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (shown, handshake) {
        (Some(shown), _) => Ok(shown),
        (None, Err(error)) => Err(rustls::Error::General(error.to_string()).into()),
        (None, Ok(_)) => Err(rustls::Error::NoCertificatesPresented.into()),
    }
}

/// Notes what is shown, and refuses nobody.
#[derive(Debug)]
struct Onlooker {
    trust: ServerTrust,
    shown: Arc<Mutex<Option<Shown>>>,
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let judged = self.trust.judge(end_entity, intermediates, server_name, ocsp_response, now);
        let chain = std::iter::once(end_entity).chain(intermediates);
        let chain = chain.map(|certificate| certificate.clone().into_owned()).collect();
        let seen = Shown { chain, verdict: judged.map(|_| ()) };
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.trust.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.trust.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.supported_verify_schemes()
    }
}
