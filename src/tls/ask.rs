//! Asks a server what it offers of TLS 1.2 and older, after a handshake that failed, for whoever says why.

use super::offer::{LOOKED_AT, Named, Offer, greeting, heard, heard_at_last};
use rustls::pki_types::ServerName;
use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A server has this long to answer a greeting.
const WITHIN: Duration = Duration::from_secs(5);

/// What it offers, by a greeting on a connection of its own, or two; nothing more is said there. Nothing where no connection
/// is made.
pub async fn ask_for_offer<F>(
    connect: impl Fn() -> F,
    server_name: &ServerName<'_>,
) -> Option<Offer>
where
    F: Future<Output = io::Result<TcpStream>>,
{
    let name = match server_name {
        ServerName::DnsName(name) => Some(name.as_ref()),
        _ => None,
    };
    let first = greet(connect().await.ok()?, Named::All, name).await;
    if let Offer::RsaKeyExchange(_) = first
        && let Ok(stream) = connect().await
        && let other @ (Offer::OldSuite(_) | Offer::AsWeDo) =
            greet(stream, Named::WithoutRsa, name).await
    {
        // It only liked the other better.
        return Some(other);
    }
    Some(first)
}

async fn greet(mut stream: TcpStream, named: Named, name: Option<&str>) -> Offer {
    let mut random = [0; 32];
    // Nobody keeps a secret by it: where there are no random numbers, these do.
    let _ = rustls::crypto::ring::default_provider().secure_random.fill(&mut random);
    let greeting = greeting(named, name, random);
    let mut answer = Vec::new();
    let hearing = async {
        // Whoever closes at once may do it before all of it is written.
        let _ = stream.write_all(&greeting).await;
        let mut piece = [0; 1024];
        while answer.len() < LOOKED_AT {
            let Ok(count @ 1..) = stream.read(&mut piece).await else { break };
            answer.extend_from_slice(piece.get(..count).unwrap_or_default());
            if let Some(offer) = heard(&answer) {
                return Some(offer);
            }
        }
        None
    };
    let heard = tokio::time::timeout(WITHIN, hearing).await;
    let ended = heard.is_ok();
    heard.ok().flatten().unwrap_or_else(|| heard_at_last(&answer, ended))
}
