//! A private certificate authority and what it issues for this machine.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;

/// The authority.
#[derive(Clone)]
pub struct Authority {
    issuer: Arc<CertifiedIssuer<'static, KeyPair>>,
    server: Arc<ServerConfig>,
}

/// A certificate and its key, as files hold them.
pub struct Issued {
    /// The certificate.
    pub certificate_pem: String,
    /// The key.
    pub key_pem: String,
}

/// Certificates could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// While making them.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// While using them.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// What all certificates are for.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

impl Authority {
    /// Makes a new authority with a server certificate for `localhost` and `127.0.0.1`.
    pub fn new() -> Result<Self, AuthorityError> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate =
            CertificateParams::new(NAMES.map(str::to_owned))?.signed_by(&key, &issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Self { issuer: Arc::new(issuer), server: Arc::new(server) })
    }

    /// Issues one more certificate, good for servers and for clients.
    pub fn issue(&self) -> Result<Issued, AuthorityError> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(NAMES.map(str::to_owned))?;
        let certificate_pem = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Issued { certificate_pem, key_pem: key.serialize_pem() })
    }

    /// The CA certificate for `ca_file`.
    pub fn ca_pem(&self) -> String {
        self.issuer.pem()
    }

    /// The server's side of TLS.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.server)
    }
}
