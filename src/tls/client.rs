//! TLS as a client has it.

use super::files::TlsError;
use super::own::OwnCertificate;
use super::time::LotTime;
use super::trust::ServerTrust;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use std::path::Path;
use std::sync::Arc;

/// A client configuration, TLS 1.2 or newer: trusting only `ca_file` where given, else the public
/// certificate authorities; showing a certificate where one is given. The files are read now, and at each handshake.
pub fn client_config(
    ca_file: Option<&Path>,
    certificate: Option<(&Path, &Path)>,
) -> Result<ClientConfig, TlsError> {
    client_config_with(Arc::new(ServerTrust::new(ca_file)?), certificate)
}

/// The same, with servers judged by that one.
pub(super) fn client_config_with(
    verifier: Arc<dyn ServerCertVerifier>,
    certificate: Option<(&Path, &Path)>,
) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_details(provider, Arc::new(LotTime))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match certificate {
        Some((chain, key)) => {
            builder.with_client_cert_resolver(Arc::new(OwnCertificate::new(chain, key)?))
        }
        None => builder.with_no_client_auth(),
    };
    // A resumed session would be trusted by what was believed when it began.
    config.resumption = Resumption::disabled();
    Ok(config)
}
