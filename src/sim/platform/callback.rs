//! The platform as a client: it calls the gateway's HTTPS callback where 1001 announced one.

use super::state::Shared;
use crate::sim::authority::Authority;
use std::io;
use std::time::Duration;
use tempfile::TempDir;

/// A client that trusts the authority and shows a certificate of it, as long as their files are there.
pub(super) fn client(authority: &Authority) -> io::Result<(reqwest::Client, TempDir)> {
    let own = authority.issue().map_err(io::Error::other)?;
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("ca"), authority.ca_pem())?;
    std::fs::write(path("certificate"), own.certificate_pem)?;
    std::fs::write(path("key"), own.key_pem)?;
    let shown = Some((path("certificate"), path("key")));
    let shown = shown.as_ref().map(|(certificate, key)| (certificate.as_path(), key.as_path()));
    let tls = crate::tls::client_config(Some(&path("ca")), shown).map_err(io::Error::other)?;
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(Duration::from_secs(20))
        .no_proxy()
        .build()
        .map_err(io::Error::other)?;
    Ok((http, folder))
}

/// Sends a body to the callback and waits for status and bytes of the answer.
pub(super) async fn post(
    shared: &Shared,
    code: u16,
    body: Vec<u8>,
) -> Result<(u16, Vec<u8>), String> {
    let url = shared.lock().callback_server.clone().ok_or("no callbackServer announced")?;
    // Some write a slash behind it.
    let slash = if shared.accent.is_some() { "/" } else { "" };
    let request = shared.http.post(format!("{url}/{code}{slash}")).body(body);
    let response = request.send().await.map_err(|error| format!("{error:?}"))?;
    let status = response.status().as_u16();
    let bytes = response.bytes().await.map_err(|error| error.to_string())?;
    Ok((status, bytes.to_vec()))
}
