//! Over which curves a server's keys are, for whoever says why no connection came about: read out of what it answers to a
//! greeting, where that names more than we use. Pure; nobody makes a connection with it.

use super::offer::{Bytes, Offer};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// A kind of record, and the messages that are looked at (RFC 5246, 7.4; RFC 8446, 4.1.3).
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
/// An extension: the group that a key is wanted in.
const KEY_SHARE: u16 = 51;

/// Groups by their numbers (RFC 8446, 4.2.7); ours are those that need not be told of.
const GROUPS: [(u16, &str); 9] = [
    (25, "P-521"),
    (30, "X448"),
    (31, "brainpoolP256r1tls13"),
    (32, "brainpoolP384r1tls13"),
    (33, "brainpoolP512r1tls13"),
    (41, "curveSM2"),
    (256, "ffdhe2048"),
    (257, "ffdhe3072"),
    (258, "ffdhe4096"),
];

/// Curves of certificates' keys by their identifiers, but for those that we take.
const CURVES: [(&str, &str); 6] = [
    ("1.3.132.0.35", "P-521"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("1.2.156.10197.1.301", "SM2"),
];

/// What of an answer of TLS 1.2 is over a curve that we do not use: the key of the certificate, or the key exchange.
pub(super) fn beyond_ours(bytes: &[u8]) -> Option<Offer> {
    let messages = messages(bytes);
    let mut rest = Bytes(&messages);
    while let Some((kind, body)) = message(&mut rest) {
        match kind {
            CERTIFICATE => {
                if let Some(curve) = key_of_first(body) {
                    return Some(Offer::KeyOn(curve));
                }
            }
            SERVER_KEY_EXCHANGE => return group_of_exchange(body).map(Offer::GroupOnly),
            _ => {}
        }
    }
    None
}

/// The group that a server of TLS 1.3 wants a key in, where it is none of ours.
pub(super) fn wanted(bytes: &[u8]) -> Option<Offer> {
    let messages = messages(bytes);
    let (SERVER_HELLO, body) = message(&mut Bytes(&messages))? else { return None };
    let mut hello = Bytes(body);
    // Its version, its random, the session's name, the suite and the compression.
    hello.take(2 + 32)?;
    let [session] = hello.array()?;
    hello.take(usize::from(session) + 3)?;
    let length = hello.number()?;
    let mut extensions = Bytes(hello.take(length.into())?);
    while let Some(kind) = extensions.number() {
        let length = extensions.number()?;
        let body = extensions.take(length.into())?;
        if kind == KEY_SHARE {
            return named(Bytes(body).number()?).map(Offer::GroupOnly);
        }
    }
    None
}

fn named(group: u16) -> Option<&'static str> {
    GROUPS.iter().find(|(number, _)| *number == group).map(|(_, name)| *name)
}

/// All of the messages of a handshake that have come, without their records.
fn messages(bytes: &[u8]) -> Vec<u8> {
    let mut records = Bytes(bytes);
    let mut messages = Vec::new();
    while let Some([HANDSHAKE, 3, _]) = records.array() {
        let Some(length) = records.number() else { break };
        // Of the last one whatever has come.
        let length = usize::from(length).min(records.0.len());
        messages.extend_from_slice(records.take(length).unwrap_or_default());
    }
    messages
}

fn message<'b>(rest: &mut Bytes<'b>) -> Option<(u8, &'b [u8])> {
    let [kind, high] = rest.array()?;
    let length = (usize::from(high) << 16) | usize::from(rest.number()?);
    Some((kind, rest.take(length)?))
}

/// The curve that the key of the first certificate is on, where it is none of ours.
fn key_of_first(body: &[u8]) -> Option<&'static str> {
    let mut list = Bytes(body);
    list.take(3)?;
    let [high] = list.array()?;
    let length = (usize::from(high) << 16) | usize::from(list.number()?);
    let (_, own) = X509Certificate::from_der(list.take(length)?).ok()?;
    let curve = own.public_key().algorithm.parameters.as_ref()?.as_oid().ok()?.to_id_string();
    CURVES.iter().find(|(id, _)| *id == curve).map(|(_, name)| *name)
}

/// The curve of a key exchange over a named one.
fn group_of_exchange(body: &[u8]) -> Option<&'static str> {
    const NAMED_CURVE: u8 = 3;
    let mut exchange = Bytes(body);
    let [NAMED_CURVE] = exchange.array()? else { return None };
    named(exchange.number()?)
}
