//! Our own certificate, shown to servers that want one and to our callers.

use super::files::{TlsError, certificates_in, key_in};
use crate::renewed;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Our certificate and its key, as their files are at each handshake. A chain whose key has not been replaced with it
/// yet is not taken: the old pair stays until both fit.
#[derive(Debug)]
pub(super) struct OwnCertificate {
    chain: PathBuf,
    key: PathBuf,
}

impl OwnCertificate {
    /// Of these files; an error where they make no pair now.
    pub(super) fn new(chain: &Path, key: &Path) -> Result<Self, TlsError> {
        let own = Self { chain: chain.to_owned(), key: key.to_owned() };
        own.now()?;
        Ok(own)
    }

    fn now(&self) -> Result<CertifiedKey, TlsError> {
        let provider = rustls::crypto::ring::default_provider();
        renewed::latest([&self.chain, &self.key], |[chain, key]| {
            let certificates = certificates_in(&self.chain, chain)?;
            let key = key_in(&self.key, key)?;
            CertifiedKey::from_der(certificates, key, &provider)
                .map_err(|error| TlsError::of_file(&self.chain, &error))
        })
    }
}

impl ResolvesClientCert for OwnCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.now().ok().map(Arc::new)
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl ResolvesServerCert for OwnCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.now().ok().map(Arc::new)
    }
}
