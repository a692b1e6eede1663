//! Digest logins of cameras at our listener: nonces of our own that say when they were made, so that none has to be kept.

use crate::devices::digest::{self, Asked, Challenge, DigestLogin};
use crate::standard::id::Id;
use crate::standard::sign::hex;
use sha1::{Digest as _, Sha1};
use std::time::{Duration, Instant};

const REALM: &str = "lotgate";
/// A nonce is good for so long.
const GOOD_FOR: Duration = Duration::from_secs(300);

/// Makes nonces and knows them again.
pub(super) struct DigestDoor {
    /// Nobody else can make a nonce.
    seal: String,
    since: Instant,
}

impl DigestDoor {
    pub(super) fn new() -> Self {
        Self { seal: Id::random().to_string(), since: Instant::now() }
    }

    fn nonce(&self, second: u64) -> String {
        let sealed = hex(&Sha1::digest(format!("{}:{second}", self.seal).as_bytes()));
        format!("{second:x}-{sealed}")
    }

    fn now(&self) -> u64 {
        self.since.elapsed().as_secs()
    }

    /// The header that wants a login.
    pub(super) fn challenge(&self) -> String {
        Challenge::new(REALM, self.nonce(self.now())).header()
    }

    /// Whether a header answers a nonce of ours that is still good.
    pub(super) fn is_current(&self, header: &str) -> bool {
        digest::nonce_of(header).is_some_and(|nonce| self.is_good(&nonce))
    }

    fn is_good(&self, nonce: &str) -> bool {
        let made = nonce.split_once('-').and_then(|(made, _)| u64::from_str_radix(made, 16).ok());
        made.is_some_and(|made| {
            let age = self.now().checked_sub(made);
            age.is_some_and(|age| age <= GOOD_FOR.as_secs()) && self.nonce(made) == nonce
        })
    }

    /// Whether a header proves that its sender knows the password.
    pub(super) fn admits(
        &self,
        header: &str,
        (user, password): (&str, &str),
        (method, target): (&str, &str),
    ) -> bool {
        let Some(nonce) = digest::nonce_of(header).filter(|nonce| self.is_good(nonce)) else {
            return false;
        };
        let login = DigestLogin { user, password };
        digest::is_right(header, &Challenge::new(REALM, nonce), login, Asked { method, target })
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
        let answer = Challenge::parse(&door.challenge()).unwrap().answer(login, asked, "c");
        assert!(door.admits(&answer, ("cam", "pw"), ("POST", "/cam/x")));
        assert!(!door.admits(&answer, ("cam", "other"), ("POST", "/cam/x")));
        assert!(!door.admits(&answer, ("cam", "pw"), ("POST", "/cam/y")));
        assert!(
            !DigestDoor::new().admits(&answer, ("cam", "pw"), ("POST", "/cam/x")),
            "another's nonce"
        );
        for nonce in ["0-00", "", "ffffffffffffffff-", "-"] {
            let foreign = Challenge::new(REALM, nonce.to_owned()).answer(login, asked, "c");
            assert!(!door.admits(&foreign, ("cam", "pw"), ("POST", "/cam/x")), "{nonce}");
            assert!(!door.is_current(&foreign));
        }
    }
}
