//! mosquitto's file of logins: passwords of our own making, kept as it keeps them (PBKDF2 with SHA-512), so that no
//! program of its package is needed. Pure but for chance.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::pbkdf2::{PBKDF2_HMAC_SHA512, derive};
use ring::rand::{SecureRandom as _, SystemRandom};
use std::num::NonZeroU32;

/// Of the salt and of the hash, as mosquitto wants them.
const SALT: usize = 12;
const HASH: usize = 64;
/// mosquitto's own number; each password is 80 bits of chance, which no number of rounds would make safer.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(100);
/// Letters and digits that nobody takes for another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a password; cameras take sixteen.
const LENGTH: usize = 16;

/// The box has no chance to give: it cannot be.
#[derive(Debug, thiserror::Error)]
#[error("no random numbers")]
pub(super) struct NoChance;

/// A password nobody can guess.
pub(super) fn password() -> Result<String, NoChance> {
    let bytes = random::<LENGTH>()?;
    let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).map(|letter| char::from(*letter));
    Ok(bytes.iter().filter_map(letter).collect())
}

fn random<const COUNT: usize>() -> Result<[u8; COUNT], NoChance> {
    let mut bytes = [0; COUNT];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoChance)?;
    Ok(bytes)
}

/// A login's line in the file.
pub(super) fn line(user: &str, password: &str) -> Result<String, NoChance> {
    Ok(hashed(user, password, random::<SALT>()?))
}

fn hashed(user: &str, password: &str, salt: [u8; SALT]) -> String {
    let mut hash = [0; HASH];
    derive(PBKDF2_HMAC_SHA512, ROUNDS, &salt, password.as_bytes(), &mut hash);
    format!("{user}:$7${ROUNDS}${}${}", STANDARD.encode(salt), STANDARD.encode(hash))
}

/// Whether a line is of that password; one that another program wrote otherwise is of none.
pub(super) fn is_of(line: &str, password: &str) -> bool {
    let salt = line.split('$').nth(3).and_then(|salt| STANDARD.decode(salt).ok());
    let user = line.split_once(':').map(|(user, _)| user);
    let salt = salt.and_then(|salt| <[u8; SALT]>::try_from(salt).ok());
    user.zip(salt).is_some_and(|(user, salt)| hashed(user, password, salt) == line)
}

/// The file's lines by whose they are; those of nobody are left out.
pub(super) fn known(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().map(str::trim);
    lines.filter_map(|line| Some((line.split_once(':')?.0, line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_written_as_mosquitto_writes_it() {
        // `mosquitto_passwd -b` of mosquitto 2.0.11 with that password chose that salt.
        let written = "lot:$7$101$PsG48B+gFBSssgfP$DeAb3mifBlziqT5ZJTY+iwUZ7X+zKOoy974ioZ7ovX84FMoF/bt9I9W21VasQOQOQcG+W0LUNP5wL35S4uc/og==";
        let mut salt = [0; SALT];
        let encoded = written.split('$').nth(3).unwrap();
        salt.copy_from_slice(&STANDARD.decode(encoded).unwrap());
        assert_eq!(hashed("lot", "secret", salt), written);
        assert!(
            is_of(written, "secret") && !is_of(written, "Secret") && !is_of("lot:$6$a$b", "secret")
        );
    }

    #[test]
    fn passwords_are_of_letters_nobody_takes_for_another_and_never_the_same() {
        let (first, second) = (password().unwrap(), password().unwrap());
        assert_ne!(first, second);
        assert!(first.len() == 16 && first.bytes().all(|byte| ALPHABET.contains(&byte)), "{first}");
        assert!(line("lot", "secret").unwrap().starts_with("lot:$7$101$"));
        assert_ne!(line("lot", "secret").unwrap(), line("lot", "secret").unwrap());
    }

    #[test]
    fn whose_the_lines_of_a_file_are_is_read() {
        let text = "lot:$7$101$a$b\n\n# nothing\ncam:$6$c$d\n";
        assert_eq!(known(text), [("lot", "lot:$7$101$a$b"), ("cam", "cam:$6$c$d")]);
    }
}
