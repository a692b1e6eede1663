//! The password cipher of 1001, 1002 and 1004: DES-CBC, PKCS#7, base64 (tables 34, 36, 40).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
use zeroize::Zeroizing;

/// Longest cipher text tables 34 and 40 allow, in base64 characters.
pub const MAX_CIPHER_TEXT: usize = 64;

/// Key and initialisation vector as the platform handed them out.
#[derive(Clone)]
pub struct PasswordCipher {
    key: Zeroizing<[u8; 8]>,
    iv: Zeroizing<[u8; 8]>,
}

/// Why a password could not be enciphered or deciphered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PasswordError {
    /// DES keys have 8 bytes.
    #[error("a DES key or IV has 8 bytes; this one has {0}")]
    KeyLength(usize),
    /// Not base64, or not whole blocks, or wrong padding: most likely another key.
    #[error("the cipher text does not decipher with this key")]
    Undecipherable,
}

impl PasswordCipher {
    /// A cipher from key and IV bytes; without `iv` the key serves as IV (ambiguity 28).
    pub fn new(key: &[u8], iv: Option<&[u8]>) -> Result<Self, PasswordError> {
        let eight = |bytes: &[u8]| {
            <[u8; 8]>::try_from(bytes).map_err(|_| PasswordError::KeyLength(bytes.len()))
        };
        let key = Zeroizing::new(eight(key)?);
        let iv = match iv {
            Some(iv) => Zeroizing::new(eight(iv)?),
            None => key.clone(),
        };
        Ok(Self { key, iv })
    }

    /// Base64 cipher text of `password`.
    pub fn encipher(&self, password: &str) -> String {
        let cipher = cbc::Encryptor::<des::Des>::new(&(*self.key).into(), &(*self.iv).into());
        STANDARD.encode(cipher.encrypt_padded_vec::<Pkcs7>(password.as_bytes()))
    }

    /// The password in `cipher_text`.
    pub fn decipher(&self, cipher_text: &str) -> Result<Zeroizing<String>, PasswordError> {
        let bytes =
            STANDARD.decode(cipher_text.trim()).map_err(|_| PasswordError::Undecipherable)?;
        let cipher = cbc::Decryptor::<des::Des>::new(&(*self.key).into(), &(*self.iv).into());
        let plain = cipher
            .decrypt_padded_vec::<Pkcs7>(&bytes)
            .map_err(|_| PasswordError::Undecipherable)?;
        String::from_utf8(plain).map(Zeroizing::new).map_err(|_| PasswordError::Undecipherable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_known_password_gives_the_cipher_text_openssl_gives() {
        // printf lot-password | openssl enc -des-cbc -K 3132333435363738 -iv 3132333435363738 -a
        let cipher = PasswordCipher::new(b"12345678", None).unwrap();
        assert_eq!(cipher.encipher("lot-password"), "S3+6F05S0LXRAKWoAnBIEg==");
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        assert_eq!(PasswordCipher::new(b"1234567", None).err(), Some(PasswordError::KeyLength(7)));
    }

    proptest! {
        #[test]
        fn what_is_enciphered_deciphers_again(password in "\\PC{0,40}", key in any::<[u8; 8]>(), iv in any::<[u8; 8]>()) {
            let cipher = PasswordCipher::new(&key, Some(&iv)).unwrap();
            prop_assert_eq!(&**cipher.decipher(&cipher.encipher(&password)).unwrap(), &password);
        }

        #[test]
        fn bad_cipher_text_is_an_error_and_never_a_panic(text in "\\PC{0,80}") {
            let cipher = PasswordCipher::new(b"12345678", None).unwrap();
            let _ = cipher.decipher(&text);
        }
    }
}
