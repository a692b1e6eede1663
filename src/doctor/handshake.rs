//! A TLS handshake with a server, and why it fails: its certificates looked at, or, where it does not come to that, what
//! else the server offers asked on connections of their own.

use crate::addresses;
use crate::lang::TlsFault;
use crate::tls::{self, Offer, Shown, TlsError};
use rustls::Error;
use rustls::pki_types::{CertificateDer, ServerName};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpStream;

/// A handshake has this long.
const WITHIN: Duration = Duration::from_secs(10);

/// Whom a handshake is with.
#[derive(Debug, Clone, Copy)]
pub(super) struct TlsServer<'s> {
    pub host: &'s str,
    pub port: u16,
    /// Its name in its certificate.
    pub name: &'s str,
    pub ca_file: Option<&'s Path>,
}

/// Why nobody sees its certificates.
#[derive(Debug)]
pub(super) enum NotShaken {
    /// What it offers does not fit.
    Fault(TlsFault),
    /// In other words.
    Error(String),
}

/// Shakes hands on that connection, showing a certificate where one is given.
pub(super) async fn shake(
    stream: TcpStream,
    server: TlsServer<'_>,
    own: Option<(&Path, &Path)>,
) -> Result<Shown, NotShaken> {
    let Ok(name) = ServerName::try_from(server.name.to_owned()) else {
        return Err(NotShaken::Error(format!("server_name `{}`?", server.name)));
    };
    let looking = tls::look(stream, name.clone(), server.ca_file, own);
    let error = match tokio::time::timeout(WITHIN, looking).await {
        Ok(Ok(shown)) => return Ok(shown),
        // Our own file: the server is not to blame.
        Ok(Err(error @ TlsError::File { .. })) => return Err(NotShaken::Error(error.to_string())),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no TLS handshake within 10 s".to_owned(),
    };
    let connect = || async {
        let connecting = addresses::connect(server.host, server.port);
        Ok(tokio::time::timeout(WITHIN, connecting).await??.stream)
    };
    let offer = tls::ask_for_offer(connect, &name).await;
    Err(offer.and_then(fault_of).map_or(NotShaken::Error(error), NotShaken::Fault))
}

/// What is wrong with a broker whose connection by TLS came to nothing, where that is because of TLS.
pub(super) async fn fault_of_broker(server: TlsServer<'_>) -> Option<TlsFault> {
    let connecting = addresses::connect(server.host, server.port);
    let stream = tokio::time::timeout(WITHIN, connecting).await.ok()?.ok()?.stream;
    match shake(stream, server, None).await {
        Ok(shown) => nameless(&shown.chain, &shown.verdict),
        Err(NotShaken::Fault(fault)) => Some(fault),
        Err(NotShaken::Error(_)) => None,
    }
}

/// A certificate that would be taken if it were pinned, since it has no name of the kind that counts.
pub(super) fn nameless(
    chain: &[CertificateDer<'_>],
    verdict: &Result<(), Error>,
) -> Option<TlsFault> {
    let refused = verdict.as_ref().err()?;
    tls::nameless(chain.first()?, refused).map(TlsFault::CommonNameOnly)
}

/// What people are told of an offer; nothing where it fits what we speak.
fn fault_of(offer: Offer) -> Option<TlsFault> {
    Some(match offer {
        Offer::AsWeDo => return None,
        Offer::KeyOn(curve) => TlsFault::KeyOn(curve.to_owned()),
        Offer::GroupOnly(group) => TlsFault::GroupOnly(group.to_owned()),
        Offer::OldVersion(version) => TlsFault::OldVersion(version.to_owned()),
        Offer::RsaKeyExchange(suite) => TlsFault::RsaKeyExchange(suite.to_owned()),
        Offer::OldSuite(suite) => TlsFault::OldSuite(suite.to_owned()),
        Offer::Refused(alert) => {
            let name = rustls::AlertDescription::from(alert);
            TlsFault::Refused(format!("alert {alert}, {name:?}"))
        }
        Offer::Http => TlsFault::Http,
        Offer::Foreign(begins) => TlsFault::Foreign(begins.escape_ascii().to_string()),
        Offer::Closed => TlsFault::Closes,
        Offer::Silent => TlsFault::Silent,
    })
}
