#![no_main]
//! Headers of digest logins, from cameras that log in and from those that want a login.
use libfuzzer_sys::fuzz_target;
use lotgate::devices::digest::{Asked, Challenge, DigestLogin, is_right, nonce_of};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let login = DigestLogin { user: "admin", password: "pw" };
    let asked = Asked { method: "PUT", target: "/x" };
    let ours = Challenge::new("lotgate", "n".to_owned());
    assert!(!is_right(&text, &ours, login, asked) || text.contains("response"));
    let _ = nonce_of(&text);
    if let Some(challenge) = Challenge::parse(&text) {
        let _ = challenge.answer(login, asked, "c");
    }
});
