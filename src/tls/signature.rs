//! Signatures in handshakes by the keys of certificates of X.509 version 1, which webpki does not read: old tools make such,
//! with a common name only. Whether they are trusted is asked elsewhere.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use rustls::{CertificateError, DigitallySignedStruct, Error};
use x509_parser::asn1_rs::{Any, FromDer as _, Sequence};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::X509Version;

/// The key of a certificate of version 1.
pub(super) struct OldKey<'c>(X509Certificate<'c>);

impl<'c> OldKey<'c> {
    /// Nothing where the certificate is of another version.
    pub(super) fn of(certificate: &'c CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        (parsed.version() == X509Version::V1).then_some(Self(parsed))
    }

    /// A signature in a handshake of TLS 1.3.
    pub(super) fn verify_tls13(
        &self,
        message: &[u8],
        signature: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = SubjectPublicKeyInfoDer::from(self.0.public_key().raw);
        verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
    }

    /// The same of TLS 1.2, where a scheme does not say of which curve the key is.
    pub(super) fn verify_tls12(
        &self,
        message: &[u8],
        signature: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        let bad = || Error::from(CertificateError::BadSignature);
        let kind = self.kind().ok_or_else(bad)?;
        let key = &self.0.public_key().subject_public_key.data;
        let of_scheme = algorithms.mapping.iter().filter(|(scheme, _)| *scheme == signature.scheme);
        let valid = of_scheme.flat_map(|(_, fitting)| *fitting).any(|algorithm| {
            algorithm.public_key_alg_id().as_ref() == kind.as_slice()
                && algorithm.verify_signature(key, message, signature.signature()).is_ok()
        });
        if valid { Ok(HandshakeSignatureValid::assertion()) } else { Err(bad()) }
    }

    /// Of which kind the key is: the content of its `AlgorithmIdentifier`.
    fn kind(&self) -> Option<Vec<u8>> {
        let (_, whole) = Sequence::from_der(self.0.public_key().raw).ok()?;
        let (_, kind) = Any::from_der(&whole.content).ok()?;
        Some(kind.data.to_vec())
    }
}
