//! Asks a server what it offers of TLS, mostly of 1.2 and older, after a handshake that failed, for whoever says why.

use super::curves;
use super::offer::{LOOKED_AT, Named, Offer, greeting, greeting_of_13, heard, heard_at_last};
use rustls::pki_types::ServerName;
use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A server has this long to answer a greeting.
const WITHIN: Duration = Duration::from_secs(5);

/// A server has said all that is read of its keys when it has been silent for so long.
const SILENT_WITHIN: Duration = Duration::from_millis(1500);

/// What it offers, by a greeting on a connection of its own, or a few; nothing more is said there. Nothing where no connection
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
    let Ok(stream) = connect().await else { return Some(first) };
    let other = match first {
        Offer::RsaKeyExchange(_) => match greet(stream, Named::WithoutRsa, name).await {
            // It only liked the other better.
            other @ (Offer::OldSuite(_) | Offer::AsWeDo) => Some(other),
            _ => None,
        },
        Offer::AsWeDo => {
            curves::beyond_ours(&hear(stream, &greeting(Named::WithoutRsa, name, random())).await)
        }
        // It may know TLS 1.3 alone.
        Offer::Refused(_) | Offer::Closed => {
            curves::wanted(&hear(stream, &greeting_of_13(name, random())).await)
        }
        _ => None,
    };
    Some(other.unwrap_or(first))
}

fn random() -> [u8; 32] {
    let mut random = [0; 32];
    // Nobody keeps a secret by it: where there are no random numbers, these do.
    let _ = rustls::crypto::ring::default_provider().secure_random.fill(&mut random);
    random
}

/// All that a server answers to a greeting until it says nothing more.
async fn hear(mut stream: TcpStream, greeting: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    let _ = tokio::time::timeout(SILENT_WITHIN, stream.write_all(greeting)).await;
    while answer.len() < LOOKED_AT {
        let reading = tokio::time::timeout(SILENT_WITHIN, stream.read(&mut piece));
        let Ok(Ok(count @ 1..)) = reading.await else { break };
        answer.extend_from_slice(piece.get(..count).unwrap_or_default());
    }
    answer
}

async fn greet(mut stream: TcpStream, named: Named, name: Option<&str>) -> Offer {
    let greeting = greeting(named, name, random());
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
