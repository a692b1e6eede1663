//! A private certificate authority with one server certificate for this machine.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;

/// The authority and what it issued.
#[derive(Clone)]
pub struct Authority {
    ca_pem: String,
    server: Arc<ServerConfig>,
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

impl Authority {
    /// Makes a new authority and a certificate for `localhost` and `127.0.0.1`.
    pub fn new() -> Result<Self, AuthorityError> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names)?.signed_by(&key, &ca)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Self { ca_pem: ca.pem(), server: Arc::new(server) })
    }

    /// The CA certificate for `ca_file`.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The server's side of TLS.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.server)
    }
}
