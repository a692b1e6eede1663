//! Digest logins of cameras at our listener: nonces of our own that say when they were made, so that none has to be kept.

use crate::devices::digest::{self, Asked, Challenge, DigestLogin};
use crate::standard::id::Id;
use crate::standard::sign::hex;
use sha1::{Digest as _, Sha1};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const REALM: &str = "lotgate";
/// A nonce is good for so long.
const GOOD_FOR: Duration = Duration::from_secs(300);

/// What a camera's login is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    /// It knows the password.
    Right,
    /// It knows it, but answers a nonce that is no longer good, or once more what it has said before.
    Stale,
    /// It does not.
    Wrong,
}

/// Makes nonces and knows them again.
pub(super) struct DigestDoor {
    /// Nobody else can make a nonce.
    seal: String,
    since: Instant,
    /// How often each camera has answered a nonce that is still good.
    counts: Mutex<BTreeMap<(String, String), u32>>,
}

impl DigestDoor {
    pub(super) fn new() -> Self {
        let (seal, since) = (Id::random().to_string(), Instant::now());
        Self { seal, since, counts: Mutex::default() }
    }

    fn nonce(&self, second: u64) -> String {
        let sealed = hex(&Sha1::digest(format!("{}:{second}", self.seal).as_bytes()));
        format!("{second:x}-{sealed}")
    }

    fn now(&self) -> u64 {
        self.since.elapsed().as_secs()
    }

    /// The header that wants a login.
    pub(super) fn challenge(&self, stale: bool) -> String {
        Challenge::new(REALM, self.nonce(self.now())).header(stale)
    }

    fn is_good(&self, nonce: &str) -> bool {
        let made = nonce.split_once('-').and_then(|(made, _)| u64::from_str_radix(made, 16).ok());
        made.is_some_and(|made| {
            let age = self.now().checked_sub(made);
            age.is_some_and(|age| age <= GOOD_FOR.as_secs()) && self.nonce(made) == nonce
        })
    }

    /// What a header proves that a camera sends. Counted on, so that nobody says again what he has heard.
    pub(super) fn judge(
        &self,
        header: &str,
        login: DigestLogin<'_>,
        asked: Asked<'_>,
        camera: &str,
    ) -> Login {
        let Some((nonce, count)) = digest::nonce_of(header) else { return Login::Wrong };
        // An empty password would be anybody's.
        if login.password.is_empty()
            || !digest::is_right(header, &Challenge::new(REALM, nonce.clone()), login, asked)
        {
            return Login::Wrong;
        }
        if !self.is_good(&nonce) {
            return Login::Stale;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.retain(|(_, nonce), _| self.is_good(nonce));
        let last = counts.entry((camera.to_owned(), nonce)).or_default();
        if count <= *last {
            return Login::Stale;
        }
        *last = count;
        Login::Right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_good_for_a_nonce_of_ours_and_for_what_it_asks() {
        let door = DigestDoor::new();
        let login = DigestLogin { user: "cam", password: "pw" };
        let asked = Asked { method: "POST", target: "/cam/x" };
        let answer = Challenge::parse(&door.challenge(false)).unwrap().answer(login, asked, "c");
        let judge = |door: &DigestDoor, login, asked| door.judge(&answer, login, asked, "A");
        let other = DigestLogin { password: "other", ..login };
        assert_eq!(judge(&door, other, asked), Login::Wrong);
        assert_eq!(judge(&door, login, Asked { target: "/cam/y", ..asked }), Login::Wrong);
        assert_eq!(judge(&door, login, asked), Login::Right);
        assert_eq!(judge(&door, login, asked), Login::Stale, "said again");
        assert_eq!(judge(&DigestDoor::new(), login, asked), Login::Stale, "another's nonce");
        assert_eq!(door.judge(&answer.replace("qop=auth, ", ""), login, asked, "A"), Login::Wrong);
        for nonce in ["0-00", "", "ffffffffffffffff-", "-"] {
            let foreign = Challenge::new(REALM, nonce.to_owned()).answer(login, asked, "c");
            assert_eq!(door.judge(&foreign, login, asked, "A"), Login::Stale, "{nonce}");
        }
    }

    #[test]
    fn a_nonce_is_answered_again_and_again_with_counts_that_grow_by_each_camera_by_itself() {
        let door = DigestDoor::new();
        let login = DigestLogin { user: "cam", password: "pw" };
        let asked = Asked { method: "POST", target: "/cam/x" };
        let challenge = Challenge::parse(&door.challenge(false)).unwrap();
        let said = |count: u32| challenge.answer_counted(login, asked, "c", count);
        for (count, camera, wanted) in [
            (1, "A", Login::Right),
            (2, "A", Login::Right),
            (5, "A", Login::Right),
            (3, "A", Login::Stale),
            (1, "B", Login::Right),
        ] {
            assert_eq!(door.judge(&said(count), login, asked, camera), wanted, "{count} {camera}");
        }
    }
}
