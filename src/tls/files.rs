//! Certificates and keys as files have them. It judges none.

use crate::foreign::text::{FileText, of_file};
use crate::renewed::UnreadableFile;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::borrow::Cow;
use std::fmt::Display;
use std::path::{Path, PathBuf};

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

impl TlsError {
    pub(super) fn of_file(path: &Path, error: &dyn Display) -> Self {
        Self::File { path: path.to_owned(), error: error.to_string() }
    }
}

impl From<UnreadableFile> for TlsError {
    fn from(UnreadableFile { path, error }: UnreadableFile) -> Self {
        Self::of_file(&path, &error)
    }
}

/// The certificates of a file, at least one.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = std::fs::read(path).map_err(|error| TlsError::of_file(path, &error))?;
    certificates_in(path, &bytes)
}

pub(super) fn certificates_in(
    path: &Path,
    bytes: &[u8],
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(&as_text(bytes))
        .collect::<Result<_, _>>()
        .map_err(|error| TlsError::of_file(path, &error))?;
    if found.is_empty() { Err(TlsError::of_file(path, &"no certificate in it")) } else { Ok(found) }
}

/// As it was before an editor put a mark before it or saved it as UTF-16: PEM is ASCII.
fn as_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    match of_file(bytes) {
        Ok(FileText { text: Cow::Owned(text), .. }) => Cow::Owned(text.into_bytes()),
        Ok(FileText { text: Cow::Borrowed(text), .. }) => Cow::Borrowed(text.as_bytes()),
        Err(_) => Cow::Borrowed(bytes),
    }
}

pub(super) fn key_in(path: &Path, bytes: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&as_text(bytes)).map_err(|error| TlsError::of_file(path, &error))
}

/// Authorities: those of a file's certificates.
pub(super) fn roots_of(
    path: &Path,
    certificates: &[CertificateDer<'static>],
) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let added = roots.add(certificate.clone());
        added.map_err(|error| TlsError::of_file(path, &error))?;
    }
    Ok(roots)
}
