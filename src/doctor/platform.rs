//! The way to the platform, step by step: name, connection, certificate, login; over HTTPS and over the
//! long connection.

use super::certificates::{self, Counts};
use super::handshake::{self, NotShaken, TlsServer};
use crate::addresses::{self, Reached};
use crate::config::{Config, PlatformConfig, PlatformTcp};
use crate::downlink::{self, TrialError, link::CloseReason};
use crate::lang::PlatformFinding;
use crate::model::input::ConnectionName;
use crate::teller::Teller;
use crate::tls::Shown;
use crate::uplink::{CallError, Client, Session};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// A place of the platform.
struct Place {
    host: String,
    port: u16,
    server_name: String,
}

/// Whether logins are tried, too. A running gateway has one session, which another login could end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logins {
    /// They are.
    Tried,
    /// They are not.
    Left,
}

/// Looks at everything about the platform.
pub async fn examine(config: &Config, logins: Logins) -> Vec<PlatformFinding> {
    let platform = &config.platform;
    let mut found = files(platform);
    let https = https_place(platform);
    let mut resolved = BTreeMap::new();
    if reach(https.as_ref(), platform, &mut resolved, &mut found).await && logins == Logins::Tried {
        found.push(https_login(platform).await);
    }
    if let Some(tcp) = &platform.tcp {
        let place = Place {
            host: tcp.host.trim_matches(['[', ']']).to_owned(),
            port: tcp.port,
            server_name: tcp.server_name.clone(),
        };
        let there = reach(Some(&place), platform, &mut resolved, &mut found).await;
        if there && logins == Logins::Tried {
            found.push(tcp_login(platform, tcp).await);
        }
    }
    found
}

/// The certificates in our own files.
fn files(platform: &PlatformConfig) -> Vec<PlatformFinding> {
    let callback = platform.callback.iter();
    let shown = platform.own_certificate().map(|(chain, _)| chain).into_iter();
    let shown = shown.chain(callback.clone().map(|callback| callback.cert_file.as_path()));
    let signers = platform.ca_file.as_deref().into_iter();
    let signers = signers.chain(callback.filter_map(|one| one.client_ca_file.as_deref()));
    let files =
        signers.map(|path| (path, Counts::Last)).chain(shown.map(|path| (path, Counts::First)));
    files
        .filter(|(path, _)| path.exists())
        .map(|(path, counts)| certificates::of_file(path, counts))
        .collect()
}

fn https_place(platform: &PlatformConfig) -> Option<Place> {
    let url = reqwest::Url::parse(&platform.base_url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some(Place { port: url.port_or_known_default()?, server_name: host.clone(), host })
}

/// Name, connection, certificate. True when a login could be tried.
async fn reach(
    place: Option<&Place>,
    platform: &PlatformConfig,
    resolved: &mut BTreeMap<String, bool>,
    found: &mut Vec<PlatformFinding>,
) -> bool {
    let Some(Place { host, port, server_name }) = place else { return false };
    if !resolved.contains_key(host) {
        let answer = resolve(host, *port).await;
        resolved.insert(host.clone(), matches!(answer, PlatformFinding::NameResolves { .. }));
        found.push(answer);
    }
    if resolved.get(host) != Some(&true) {
        return false;
    }
    let mut address = format!("{host}:{port}");
    let connecting = addresses::connect(host, *port);
    let stream = match tokio::time::timeout(CONNECT_WITHIN, connecting).await {
        Ok(Ok(Reached { stream, at, of })) => {
            if of > 1 {
                // Which of them it was.
                address = format!("{address} ({})", at.ip());
            }
            stream
        }
        Ok(Err(error)) => {
            found.push(PlatformFinding::HostUnreachable { address, error: error.to_string() });
            return false;
        }
        Err(_) => {
            let error = "no connection within 10 s".to_owned();
            found.push(PlatformFinding::HostUnreachable { address, error });
            return false;
        }
    };
    let ca_file = platform.ca_file.as_deref();
    let server = TlsServer { host, port: *port, name: server_name, ca_file };
    let diagnosis = certificate(stream, &address, server, platform.own_certificate()).await;
    let fine = matches!(
        diagnosis,
        PlatformFinding::Certificate { .. } | PlatformFinding::CertificateEnds { .. }
    );
    found.push(diagnosis);
    fine
}

async fn resolve(host: &str, port: u16) -> PlatformFinding {
    let answer = addresses::resolve(host, port).await;
    let shown = |all: Vec<SocketAddr>| all.iter().map(|one| one.ip().to_string()).collect();
    let answer = answer.map(|all| -> BTreeSet<String> { shown(all) });
    let host = host.to_owned();
    match answer {
        Ok(addresses) => {
            let addresses = addresses.into_iter().collect::<Vec<_>>().join(", ");
            PlatformFinding::NameResolves { host, addresses }
        }
        Err(error) => PlatformFinding::NameUnknown { host, error: error.to_string() },
    }
}

async fn certificate(
    stream: TcpStream,
    address: &str,
    server: TlsServer<'_>,
    own: Option<(&Path, &Path)>,
) -> PlatformFinding {
    let of = address.to_owned();
    match handshake::shake(stream, server, own).await {
        Ok(Shown { chain, verdict }) => {
            certificates::judge(address, server.name, &chain, &verdict, server.ca_file)
        }
        Err(NotShaken::Fault(fault)) => PlatformFinding::NoTls { of, fault },
        Err(NotShaken::Error(error)) => PlatformFinding::CertificateBad { of, error },
    }
}

async fn https_login(platform: &PlatformConfig) -> PlatformFinding {
    let what = ConnectionName::Https;
    let session = Session::new(Client::new(platform), Teller::default());
    let begun = Instant::now();
    match session.token().await {
        Ok(_) => {
            let millis = begun.elapsed().as_millis();
            session.log_out().await;
            PlatformFinding::LoggedIn { what, millis }
        }
        Err(CallError::LoginRefused(words)) => PlatformFinding::LoginRefused { what, words },
        Err(error) => PlatformFinding::LoginFailed { what, error: error.to_string() },
    }
}

async fn tcp_login(platform: &PlatformConfig, tcp: &PlatformTcp) -> PlatformFinding {
    let what = ConnectionName::Link;
    match downlink::log_in_once(platform, tcp).await {
        Ok(after) => PlatformFinding::LoggedIn { what, millis: after.as_millis() },
        Err(TrialError::Closed(CloseReason::LoginRefused(words))) => {
            PlatformFinding::LoginRefused { what, words }
        }
        Err(error) => PlatformFinding::LoginFailed { what, error: error.to_string() },
    }
}
