//! What a server offers of TLS 1.2 and older, for whoever says why no connection came about: a greeting that names more than
//! we would ever use, and what its answer means. Pure; nobody makes a connection with it.

/// What came of the greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// It chose this version, older than TLS 1.2.
    OldVersion(&'static str),
    /// It chose TLS 1.2 with a suite whose key exchange is plain RSA.
    RsaKeyExchange(&'static str),
    /// It chose TLS 1.2 with another suite that we do not use: finite fields, CBC, RC4.
    OldSuite(&'static str),
    /// Its certificate's key is on this curve, which we do not take.
    KeyOn(&'static str),
    /// It agrees on keys in this group alone, of those it was offered.
    GroupOnly(&'static str),
    /// It chose what we speak, too: whatever was wrong is something else.
    AsWeDo,
    /// It speaks TLS, and takes nothing of it all; its alert (RFC 5246, 7.2).
    Refused(u8),
    /// It answered in HTTP.
    Http,
    /// It answered in something else, which begins so.
    Foreign(Vec<u8>),
    /// It ended the connection without a word.
    Closed,
    /// It says nothing.
    Silent,
}

/// Most of an answer that is looked at, in bytes: it begins with what is asked for. Certificates stand there, too.
pub(super) const LOOKED_AT: usize = 64 * 1024;
/// Most of a foreign answer that is kept, in bytes.
const KEPT: usize = 40;

/// Kinds of records (RFC 5246, A.1), the longest of them, and the message that is waited for.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const RECORD: usize = (1 << 14) + 2048;
const SERVER_HELLO: u8 = 2;

/// How a suite agrees on keys, as far as it matters to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ours,
    Old,
    Rsa,
}

/// Suites up to TLS 1.2 by RFC 5246 and its successors, what we would like first.
const SUITES: [(u16, &str, Kind); 36] = [
    (0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", Kind::Ours),
    (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Kind::Ours),
    (0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", Kind::Ours),
    (0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", Kind::Ours),
    (0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", Kind::Ours),
    (0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", Kind::Ours),
    (0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", Kind::Old),
    (0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", Kind::Old),
    (0xC024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", Kind::Old),
    (0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", Kind::Old),
    (0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", Kind::Old),
    (0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", Kind::Old),
    (0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", Kind::Old),
    (0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", Kind::Old),
    (0xC008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA", Kind::Old),
    (0xC012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", Kind::Old),
    (0xC007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", Kind::Old),
    (0xC011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA", Kind::Old),
    (0xCCAA, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", Kind::Old),
    (0x009E, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", Kind::Old),
    (0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", Kind::Old),
    (0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", Kind::Old),
    (0x006B, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", Kind::Old),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", Kind::Old),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", Kind::Old),
    (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", Kind::Old),
    (0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256", Kind::Rsa),
    (0x009D, "TLS_RSA_WITH_AES_256_GCM_SHA384", Kind::Rsa),
    (0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256", Kind::Rsa),
    (0x003D, "TLS_RSA_WITH_AES_256_CBC_SHA256", Kind::Rsa),
    (0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA", Kind::Rsa),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", Kind::Rsa),
    (0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", Kind::Rsa),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA", Kind::Rsa),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5", Kind::Rsa),
    (0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA", Kind::Rsa),
];

/// No suite: "we know RFC 5746", without which some servers say nothing.
const RENEGOTIATION: u16 = 0x00FF;

/// Curves, as bytes of their list: ours (X25519, P-256, P-384), and others, of which a server is told that has none of them
/// (P-521, X448, curveSM2, those of Brainpool).
const CURVES: [u8; 18] = [0, 29, 0, 23, 0, 24, 0, 25, 0, 30, 0, 41, 0, 31, 0, 32, 0, 33];

/// Ways to sign, from PSS to RSA and ECDSA with SHA-1, as bytes of their list.
const SIGNATURES: [u8; 22] = [4, 3, 5, 3, 6, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1, 2, 3, 2, 1];

/// Which suites are named in a greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// All.
    All,
    /// None that exchanges keys by RSA: a server that takes one of these has not only those.
    WithoutRsa,
}

/// Suites of TLS 1.3, as bytes of their list.
const SUITES_OF_13: [u8; 6] = [0x13, 1, 0x13, 2, 0x13, 3];

/// A `ClientHello` of TLS 1.3 and nothing older, which shows no key: the server says in which group it wants one.
pub(super) fn greeting_of_13(name: Option<&str>, random: [u8; 32]) -> Vec<u8> {
    // Some want the session's name that older ones have.
    let session = sized_8(&random);
    let mut extensions = common_extensions(name);
    // The versions that it has, and the keys.
    extensions.extend(extension(43, &sized_8(&[3, 4])));
    extensions.extend(extension(51, &sized(&[])));
    hello(random, &session, &SUITES_OF_13, &extensions)
}

/// A `ClientHello` of TLS 1.2 and older, for a server of this name.
pub(super) fn greeting(named: Named, name: Option<&str>, random: [u8; 32]) -> Vec<u8> {
    let suites = SUITES.iter().filter(|(_, _, kind)| named == Named::All || *kind != Kind::Rsa);
    let suites: Vec<u8> = suites
        .map(|(suite, _, _)| *suite)
        .chain([RENEGOTIATION])
        .flat_map(u16::to_be_bytes)
        .collect();
    // No session.
    hello(random, &[0], &suites, &common_extensions(name))
}

/// The server's name, curves and signatures.
fn common_extensions(name: Option<&str>) -> Vec<u8> {
    let mut extensions = Vec::new();
    if let Some(name) = name {
        let host = [&[0], sized(name.as_bytes()).as_slice()].concat();
        extensions.extend(extension(0, &sized(&host)));
    }
    extensions.extend(extension(10, &sized(&CURVES)));
    extensions.extend(extension(11, &[1, 0]));
    extensions.extend(extension(13, &sized(&SIGNATURES)));
    extensions
}

fn hello(random: [u8; 32], session: &[u8], suites: &[u8], extensions: &[u8]) -> Vec<u8> {
    // "No compression" stands behind the suites.
    let parts = [&[3, 3], random.as_slice(), session, &sized(suites), &[1, 0], &sized(extensions)];
    let body = parts.concat();
    let message = [&[1, 0], sized(&body).as_slice()].concat();
    [&[22, 3, 1], sized(&message).as_slice()].concat()
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [kind.to_be_bytes().as_slice(), &sized(body)].concat()
}

/// With its length before it. All that is said here is far shorter than what fits there.
fn sized(body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap_or_default();
    [length.to_be_bytes().as_slice(), body].concat()
}

/// With its length before it in one byte.
fn sized_8(body: &[u8]) -> Vec<u8> {
    [&[u8::try_from(body.len()).unwrap_or_default()], body].concat()
}

/// What these first bytes of an answer mean; nothing while more must come first.
pub(super) fn heard(bytes: &[u8]) -> Option<Offer> {
    let fits = |at: usize, known: &[u8]| bytes.get(at).is_none_or(|byte| known.contains(byte));
    if !fits(0, &[ALERT, HANDSHAKE]) || !fits(1, &[3]) {
        return foreign(bytes);
    }
    let mut records = Bytes(bytes);
    let mut messages = Vec::new();
    loop {
        let [kind, major, _] = records.array()?;
        let length = usize::from(records.number()?);
        if major != 3 || !(1..=RECORD).contains(&length) {
            return foreign(bytes);
        }
        match kind {
            ALERT => {
                return match records.take(length)? {
                    [_, alert] => Some(Offer::Refused(*alert)),
                    _ => foreign(bytes),
                };
            }
            HANDSHAKE => messages.extend_from_slice(records.take(length)?),
            _ => return foreign(bytes),
        }
        let mut message = Bytes(&messages);
        // What it is, and its length in three bytes.
        let Some(head) = message.array::<2>() else { continue };
        if head != [SERVER_HELLO, 0] {
            return foreign(bytes);
        }
        let hello = message.number().and_then(|length| message.take(length.into()));
        if let Some(hello) = hello {
            return chosen(hello).or_else(|| foreign(bytes));
        }
    }
}

/// What an answer means after which nothing came, because it ended there or has gone silent.
pub(super) fn heard_at_last(bytes: &[u8], ended: bool) -> Offer {
    match (bytes, ended) {
        ([], true) => Offer::Closed,
        ([], false) => Offer::Silent,
        _ => heard(bytes).unwrap_or_else(|| Offer::Foreign(begin(bytes))),
    }
}

/// What the body of a `ServerHello` chose, where it is well-formed to its end and chose what it was offered.
fn chosen(hello: &[u8]) -> Option<Offer> {
    let mut hello = Bytes(hello);
    let version = hello.number()?;
    hello.take(32)?;
    let [session] = hello.array()?;
    hello.take(Some(session.into()).filter(|length| *length <= 32)?)?;
    let suite = hello.number()?;
    let [compression] = hello.array()?;
    if !hello.0.is_empty() {
        let extensions = hello.number()?;
        hello.take(extensions.into())?;
    }
    let (_, name, kind) = SUITES.iter().find(|(number, _, _)| *number == suite)?;
    if compression != 0 || !hello.0.is_empty() {
        return None;
    }
    match (version, kind) {
        (0x0300, _) => Some(Offer::OldVersion("SSL 3.0")),
        (0x0301, _) => Some(Offer::OldVersion("TLS 1.0")),
        (0x0302, _) => Some(Offer::OldVersion("TLS 1.1")),
        (0x0303, Kind::Rsa) => Some(Offer::RsaKeyExchange(name)),
        (0x0303, Kind::Old) => Some(Offer::OldSuite(name)),
        (0x0303, Kind::Ours) => Some(Offer::AsWeDo),
        _ => None,
    }
}

/// What is no TLS; nothing where it may yet become HTTP.
fn foreign(bytes: &[u8]) -> Option<Offer> {
    const HTTP: &[u8] = b"HTTP/";
    // Some answer with the page alone.
    if bytes.starts_with(HTTP) || bytes.starts_with(b"<") {
        return Some(Offer::Http);
    }
    (!HTTP.starts_with(bytes)).then(|| Offer::Foreign(begin(bytes)))
}

fn begin(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().take(KEPT).copied().collect()
}

/// Bytes from their beginning.
pub(super) struct Bytes<'b>(pub(super) &'b [u8]);

impl<'b> Bytes<'b> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn number(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A record of that kind.
    fn record(kind: u8, version: u8, body: &[u8]) -> Vec<u8> {
        [&[kind, 3, version], sized(body).as_slice()].concat()
    }

    /// A `ServerHello` message with a session of 32 bytes and an extension.
    fn server_hello(version: u16, suite: u16) -> Vec<u8> {
        let parts = [version.to_be_bytes().as_slice(), &[7; 32], &[32], &[8; 32]].concat();
        let extensions = sized(&extension(0xFF01, &[0]));
        let body = [parts.as_slice(), &suite.to_be_bytes(), &[0], &extensions].concat();
        [&[SERVER_HELLO, 0], sized(&body).as_slice()].concat()
    }

    #[test]
    fn what_a_server_chose_is_read_however_it_is_cut_into_records() {
        for (version, suite, offer) in [
            (0x0300, 0x0005, Offer::OldVersion("SSL 3.0")),
            (0x0301, 0xC013, Offer::OldVersion("TLS 1.0")),
            (0x0302, 0x002F, Offer::OldVersion("TLS 1.1")),
            (0x0303, 0x002F, Offer::RsaKeyExchange("TLS_RSA_WITH_AES_128_CBC_SHA")),
            (0x0303, 0x0033, Offer::OldSuite("TLS_DHE_RSA_WITH_AES_128_CBC_SHA")),
            (0x0303, 0xC02F, Offer::AsWeDo),
        ] {
            let message = server_hello(version, suite);
            let whole = record(HANDSHAKE, 3, &message);
            assert_eq!(heard(&whole), Some(offer.clone()));
            let pieces: Vec<u8> =
                message.chunks(1).flat_map(|one| record(HANDSHAKE, 3, one)).collect();
            assert_eq!(heard(&pieces), Some(offer.clone()));
            for end in 0..whole.len() {
                assert_eq!(heard(&whole[..end]), None, "{end}");
            }
            // What comes behind it is not looked at.
            assert_eq!(heard(&[whole, vec![0xFF; 99]].concat()), Some(offer));
        }
    }

    #[test]
    fn an_answer_that_breaks_the_rules_is_no_tls() {
        let is_foreign = |bytes: &[u8]| matches!(heard(bytes), Some(Offer::Foreign(_)));
        let hello = |version, suite| record(HANDSHAKE, 3, &server_hello(version, suite));
        assert!(is_foreign(&hello(0x0303, 0x1301)), "a suite that was not named");
        assert!(is_foreign(&hello(0x0304, 0xC02F)), "a version that was not named");
        let mut long = hello(0x0303, 0xC02F);
        // One byte more in the message than its parts have.
        long.push(0);
        for at in [4, 8] {
            long[at] += 1;
        }
        assert!(is_foreign(&long));
        assert!(is_foreign(&record(HANDSHAKE, 3, &[1, 0, 0, 0])), "a greeting as ours");
        assert!(is_foreign(&record(ALERT, 3, &[2, 40, 0])));
        assert!(is_foreign(&[HANDSHAKE, 3, 3, 0, 0]) && is_foreign(&[HANDSHAKE, 3, 3, 255, 255]));
        assert!(is_foreign(b"SSH-2.0-OpenSSH_9.2\r\n") && is_foreign(&[0x20, 2, 0, 1]));
    }

    #[test]
    fn alerts_pages_and_silence_are_told_apart() {
        assert_eq!(heard(&record(ALERT, 1, &[2, 70])), Some(Offer::Refused(70)));
        assert_eq!(heard(b"HTTP/1.1 400 Bad Request"), Some(Offer::Http));
        assert_eq!(heard(b"<html><head><title>400"), Some(Offer::Http));
        assert_eq!((heard(b""), heard(b"HTT")), (None, None));
        assert_eq!(heard_at_last(b"", true), Offer::Closed);
        assert_eq!(heard_at_last(b"", false), Offer::Silent);
        assert_eq!(heard_at_last(b"HTT", true), Offer::Foreign(b"HTT".to_vec()));
    }

    #[test]
    fn a_greeting_names_its_server_and_leaves_out_what_it_is_asked_to() {
        let all = greeting(Named::All, Some("platform.example.cn"), [9; 32]);
        assert!(
            all.starts_with(&[22, 3, 1])
                && all.len() == 5 + usize::from(all[3]) * 256 + usize::from(all[4])
        );
        assert!(all.windows(19).any(|part| part == b"platform.example.cn"));
        let fewer = greeting(Named::WithoutRsa, Some("platform.example.cn"), [9; 32]);
        let rsa = SUITES.iter().filter(|(_, _, kind)| *kind == Kind::Rsa).count();
        assert_eq!(all.len() - fewer.len(), 2 * rsa);
    }

    proptest! {
        #[test]
        fn whatever_is_answered_is_read_within_bounds(
            begin in proptest::sample::select(vec![vec![], vec![22, 3, 3], vec![21, 3, 1], vec![22, 3, 3, 0, 80, 2, 0, 0, 76]]),
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let bytes = [begin, bytes].concat();
            let last = heard_at_last(&bytes, true);
            if let Some(first) = heard(&bytes) {
                prop_assert_eq!(&first, &last);
            }
            if let Offer::Foreign(begins) = last {
                prop_assert!(begins.len() <= KEPT && bytes.starts_with(&begins));
            }
        }
    }
}
