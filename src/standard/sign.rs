//! The `sign` of a request (6.1.1 g, D.1): a digest over the canonical text of `data`.

use super::canonical::canonical;
use md5::Md5;
use serde_json::Value;
use sha1::{Digest, Sha1};
use std::fmt::Write as _;

/// Which digest (ambiguity 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignDigest {
    /// SHA-1, as 6.1.1 and D.1 say.
    #[default]
    Sha1,
    /// MD5, as 6.1.2 says.
    Md5,
}

/// What the digest covers (ambiguity 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignScope {
    /// The whole `data` array with its brackets.
    #[default]
    Array,
    /// The single element of `data` without brackets, as D.1 prints it.
    Object,
}

/// How one platform wants requests signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SignRules {
    /// The digest.
    pub digest: SignDigest,
    /// What it covers.
    pub scope: SignScope,
}

impl SignRules {
    /// Lower-case hexadecimal sign of `data` given as canonical text of the array.
    pub fn sign(self, array: &str) -> String {
        let covered = match self.scope {
            SignScope::Array => array,
            SignScope::Object => {
                array.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(array)
            }
        };
        match self.digest {
            SignDigest::Sha1 => hex(&Sha1::digest(covered.as_bytes())),
            SignDigest::Md5 => hex(&Md5::digest(covered.as_bytes())),
        }
    }

    /// Whether `sign` is the sign of the received `data`. Spaces around it and its case do not count.
    pub fn verify(self, data: &Value, sign: &str) -> bool {
        self.sign(&canonical(data)).eq_ignore_ascii_case(sign.trim())
    }
}

/// Lower-case hexadecimal digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    const D1: &str = r#"{"userId":"cadre01","password":"205af3fa28810be321ef49d0993fee24","callbackServer":"http://www.cncadre.com/"}"#;

    #[test]
    fn the_vector_of_d1_is_met_as_an_object_and_as_an_array() {
        let array = canonical(&serde_json::from_str(&format!("[{D1}]")).unwrap());
        let object = SignRules { scope: SignScope::Object, ..SignRules::default() };
        assert_eq!(object.sign(&array), "59f5688227e06ae8059cba5286a700c95103353b");
        assert_eq!(SignRules::default().sign(&array), "25330ce117fba3d00dd4d47167f3118274551302");
    }

    #[test]
    fn md5_signs_where_the_platform_wants_md5() {
        let rules = SignRules { digest: SignDigest::Md5, scope: SignScope::Array };
        assert_eq!(rules.sign("[]"), "d751713988987e9331980363e24189ce");
    }

    #[test]
    fn a_sign_is_checked_over_the_received_numbers_own_text() {
        let rules = SignRules::default();
        let sign = rules.sign(r#"[{"fee":20.00}]"#);
        let received: Value = serde_json::from_str(r#"[ {"fee": 20.00} ]"#).unwrap();
        let reprinted: Value = serde_json::from_str(r#"[{"fee": 20}]"#).unwrap();
        assert!(rules.verify(&received, &format!(" {} ", sign.to_uppercase())));
        assert!(!rules.verify(&reprinted, &sign));
    }
}
