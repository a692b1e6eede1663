//! HTTP digest logins (RFC 7616 with MD5, which is what cameras have), on both sides. Pure.
//!
//! A challenge is answered once and never kept: cameras take a nonce that was used before for a wrong password.

use crate::config::Secret;
use crate::standard::sign::hex;
use md5::{Digest as _, Md5};
use std::collections::BTreeMap;

/// Parameters of one header; more nobody sends.
const MOST_PARAMETERS: usize = 32;

/// Whoever logs in.
#[derive(Clone, Copy)]
pub struct DigestLogin<'l> {
    /// The user.
    pub user: &'l str,
    /// The password.
    pub password: &'l str,
}

/// What a server wants answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// Whether it knows `qop=auth`.
    counted: bool,
    session: bool,
}

/// What is asked, as a login proves it.
#[derive(Clone, Copy)]
pub struct Asked<'r> {
    /// `GET`, `PUT`, `POST`.
    pub method: &'r str,
    /// Path and query.
    pub target: &'r str,
}

impl Challenge {
    /// One that we make.
    pub fn new(realm: &str, nonce: String) -> Self {
        Self { realm: realm.to_owned(), nonce, opaque: None, counted: true, session: false }
    }

    /// Reads a `WWW-Authenticate` header; none where it is of another kind.
    pub fn parse(header: &str) -> Option<Self> {
        let mut parameters = parameters(header)?;
        let algorithm = parameters.remove("algorithm").unwrap_or_default().to_ascii_uppercase();
        let session = match algorithm.as_str() {
            "" | "MD5" => false,
            "MD5-SESS" => true,
            _ => return None,
        };
        let qop = parameters.remove("qop");
        let counted = match &qop {
            None => false,
            Some(words) => {
                let known = words.split(',').any(|word| word.trim().eq_ignore_ascii_case("auth"));
                known.then_some(true)?
            }
        };
        Some(Self {
            realm: parameters.remove("realm")?,
            nonce: parameters.remove("nonce")?,
            opaque: parameters.remove("opaque"),
            counted,
            session,
        })
    }

    /// As a `WWW-Authenticate` header. What was right but for its nonce is `stale`: the same login answers this one.
    pub fn header(&self, stale: bool) -> String {
        let Self { realm, nonce, .. } = self;
        let stale = if stale { ", stale=true" } else { "" };
        format!("Digest realm=\"{realm}\", qop=\"auth\", nonce=\"{nonce}\", algorithm=MD5{stale}")
    }

    /// The `Authorization` header that answers it; `ours` is any text of our own.
    pub fn answer(&self, login: DigestLogin<'_>, asked: Asked<'_>, ours: &str) -> String {
        self.answer_counted(login, asked, ours, 1)
    }

    /// The same to a challenge that is answered for the `count`th time.
    pub fn answer_counted(
        &self,
        login: DigestLogin<'_>,
        asked: Asked<'_>,
        ours: &str,
        count: u32,
    ) -> String {
        let count = format!("{count:08x}");
        let Self { realm, nonce, .. } = self;
        let inner = self.inner(login, ours);
        let counted = self.counted.then_some((count.as_str(), ours));
        let response = response(&inner, nonce, counted, asked);
        let (user, target) = (login.user.replace('"', "\\\""), asked.target);
        let mut header = format!(
            "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{target}\", \
             response=\"{response}\""
        );
        let sent = self.counted || self.session;
        let more = [
            sent.then(|| format!("cnonce=\"{ours}\"")),
            self.counted.then(|| format!("qop=auth, nc={count}")),
            Some(if self.session { "algorithm=MD5-sess" } else { "algorithm=MD5" }.to_owned()),
            self.opaque.as_ref().map(|opaque| format!("opaque=\"{opaque}\"")),
        ];
        for one in more.into_iter().flatten() {
            header.push_str(", ");
            header.push_str(&one);
        }
        header
    }

    fn inner(&self, login: DigestLogin<'_>, ours: &str) -> String {
        let inner = md5(&format!("{}:{}:{}", login.user, self.realm, login.password));
        if self.session { md5(&format!("{inner}:{}:{ours}", self.nonce)) } else { inner }
    }
}

/// The nonce that an `Authorization` header answers, and how often that was answered with this; none where it is not
/// counted.
pub fn nonce_of(header: &str) -> Option<(String, u32)> {
    let mut parameters = parameters(header)?;
    let counted = parameters.get("qop").is_some_and(|qop| qop.eq_ignore_ascii_case("auth"));
    let count = u32::from_str_radix(parameters.get("nc")?, 16).ok().filter(|_| counted)?;
    Some((parameters.remove("nonce")?, count))
}

/// Whether an `Authorization` header answers `challenge` for what is asked.
pub fn is_right(
    header: &str,
    challenge: &Challenge,
    login: DigestLogin<'_>,
    asked: Asked<'_>,
) -> bool {
    let Some(parameters) = parameters(header) else { return false };
    let of = |name: &str| parameters.get(name).map_or("", String::as_str);
    let counted = of("qop").eq_ignore_ascii_case("auth").then(|| (of("nc"), of("cnonce")));
    let inner = challenge.inner(login, of("cnonce"));
    let right = response(&inner, &challenge.nonce, counted, asked);
    of("username") == login.user
        && of("nonce") == challenge.nonce
        && of("uri") == asked.target
        && Secret::from(right).is(of("response"))
}

fn response(inner: &str, nonce: &str, counted: Option<(&str, &str)>, asked: Asked<'_>) -> String {
    let outer = md5(&format!("{}:{}", asked.method, asked.target));
    match counted {
        Some((count, ours)) => md5(&format!("{inner}:{nonce}:{count}:{ours}:auth:{outer}")),
        None => md5(&format!("{inner}:{nonce}:{outer}")),
    }
}

fn md5(text: &str) -> String {
    hex(&Md5::digest(text.as_bytes()))
}

/// The parameters behind `Digest`, by their names in small letters.
fn parameters(header: &str) -> Option<BTreeMap<String, String>> {
    let (scheme, mut rest) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("digest") {
        return None;
    }
    let mut parameters = BTreeMap::new();
    while parameters.len() < MOST_PARAMETERS {
        let Some((name, after)) = rest.split_once('=') else { break };
        let after = after.trim_start();
        let (value, behind) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (value, behind) = after.split_once(',').unwrap_or((after, ""));
                (value.trim().to_owned(), behind)
            }
        };
        let name = name.trim_matches([' ', ',', '\t']).to_ascii_lowercase();
        parameters.insert(name, value);
        rest = behind.trim_start_matches([' ', ',', '\t']);
    }
    Some(parameters)
}

/// The text up to the closing mark, and what stands behind it.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, letter) in quoted.char_indices() {
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return Some((value, quoted.get(at + 1..)?)),
            letter => {
                escaped = false;
                value.push(letter);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MUFASA: DigestLogin<'_> = DigestLogin { user: "Mufasa", password: "Circle Of Life" };
    const INDEX: Asked<'_> = Asked { method: "GET", target: "/dir/index.html" };

    #[test]
    fn a_challenge_is_answered_as_rfc_2617_prints_it() {
        let challenge = Challenge::parse(
            "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
             nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
        )
        .unwrap();
        let answer = challenge.answer(MUFASA, INDEX, "0a4f113b");
        assert!(answer.contains("response=\"6629fae49393a05397450978507c4ef1\""), "{answer}");
        assert!(answer.contains("opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""), "{answer}");
        assert!(is_right(&answer, &challenge, MUFASA, INDEX));
    }

    #[test]
    fn what_one_side_answers_the_other_takes_and_nothing_else() {
        let challenge = Challenge::new("lotgate", "n1".to_owned());
        let read = Challenge::parse(&challenge.header(false)).unwrap();
        let answer = read.answer(MUFASA, INDEX, "x");
        assert!(is_right(&answer, &challenge, MUFASA, INDEX));
        assert_eq!(nonce_of(&answer), Some(("n1".to_owned(), 1)));
        assert_eq!(nonce_of(&answer.replace("qop=auth", "qop=x")), None);
        assert!(challenge.header(true).ends_with(", stale=true"));
        let other = DigestLogin { password: "circle of life", ..MUFASA };
        assert!(!is_right(&answer, &challenge, other, INDEX));
        assert!(!is_right(&answer, &challenge, MUFASA, Asked { method: "PUT", ..INDEX }));
        assert!(!is_right(&answer, &challenge, MUFASA, Asked { target: "/", ..INDEX }));
        assert!(!is_right(&answer, &Challenge::new("lotgate", "n2".to_owned()), MUFASA, INDEX));
        let empty = "Digest username=\"admin\",realm=\"\",nonce=\"\",uri=\"/\",response=\"\"";
        assert!(!is_right(empty, &challenge, MUFASA, INDEX));
    }

    #[test]
    fn other_kinds_of_challenges_are_none() {
        for header in [
            "Basic realm=\"x\"",
            "Digest realm=\"x\"",
            "Digest realm=\"x\", nonce=\"y\", algorithm=SHA-256",
            "Digest realm=\"x\", nonce=\"y\", qop=\"auth-int\"",
            "Digest realm=\"x",
            "",
        ] {
            assert_eq!(Challenge::parse(header), None, "{header}");
        }
        let old = Challenge::parse("Digest realm=\"x\",nonce=\"y\"").unwrap();
        let answer = old.answer(MUFASA, INDEX, "z");
        assert!(!answer.contains("qop") && is_right(&answer, &old, MUFASA, INDEX), "{answer}");
        let session =
            Challenge::parse("DIGEST realm=x, nonce=y, algorithm=MD5-sess, qop=auth").unwrap();
        assert!(is_right(&session.answer(MUFASA, INDEX, "z"), &session, MUFASA, INDEX));
    }

    proptest! {
        #[test]
        fn any_header_is_a_challenge_or_none(text in "(Digest )?\\PC{0,80}") {
            let challenge = Challenge::new("r", "n".to_owned());
            let _ = (Challenge::parse(&text), is_right(&text, &challenge, MUFASA, INDEX));
        }
    }
}
