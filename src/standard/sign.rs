//! The `sign` of a request (6.1.1 g, D.1): a digest over the canonical text of `data`.

use crate::foreign::json::Sent;
use crate::foreign::text::Decoded;
use md5::Md5;
use serde::{Deserialize, Serialize};
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

/// A sign that is of nothing that was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongSign {
    /// What came, or the beginning of it.
    pub came: String,
    /// What the sign of the data as they came would be.
    pub wanted: String,
    /// What it would be of the data in their canonical form.
    pub wanted_canonical: String,
    /// What the data begin with. Nothing stands there of what a password or token may be.
    pub begins: String,
}

/// So much of what was covered is shown, in characters.
const SHOWN: usize = 60;
/// No digest is longer.
const LONGEST_SIGN: usize = 64;
/// What follows such a name is not shown.
const SECRETS: [&str; 4] = ["password", "passwd", "token", "secret"];

impl SignRules {
    /// Lower-case hexadecimal sign of `data` given as canonical text of the array.
    pub fn sign(self, array: &str) -> String {
        self.sign_of(self.covered(array).as_bytes())
    }

    /// Checks a sign: of the received `data` as they came, or of them in canonical form, whichever fits; each whole. Spaces
    /// around it and its case do not count.
    pub fn verify(self, data: &Sent<'_>, body: &Decoded<'_>, sign: &str) -> Result<(), WrongSign> {
        let fits = |digest: &str| digest.eq_ignore_ascii_case(sign.trim());
        let covered = self.covered(data.text);
        let wanted = self.sign_of(covered.as_bytes());
        if fits(&wanted) {
            return Ok(());
        }
        let canonical = data.canonical();
        let of_canonical = self.covered(&canonical);
        let wanted_canonical = self.sign_of(of_canonical.as_bytes());
        // A sender that speaks GBK may sign in it.
        let mut in_its_encoding =
            [covered, of_canonical].into_iter().filter_map(|text| body.as_it_came(text));
        let of_java = data.canonical_of_java();
        let of_java = of_java.is_some_and(|text| fits(&self.sign(&text)));
        let mut of_encoded = || in_its_encoding.any(|bytes| fits(&self.sign_of(&bytes)));
        if fits(&wanted_canonical) || of_java || of_encoded() {
            return Ok(());
        }
        let came = sign.trim().chars().take(LONGEST_SIGN).collect();
        Err(WrongSign { came, wanted, wanted_canonical, begins: beginning(covered) })
    }

    /// What of the text of the array is signed.
    pub fn covered(self, array: &str) -> &str {
        match self.scope {
            SignScope::Array => array,
            SignScope::Object => {
                let inner = array.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                inner.map_or(array, str::trim)
            }
        }
    }

    /// Lower-case hexadecimal sign of what is covered.
    pub fn sign_of(self, covered: &[u8]) -> String {
        match self.digest {
            SignDigest::Sha1 => hex(&Sha1::digest(covered)),
            SignDigest::Md5 => hex(&Md5::digest(covered)),
        }
    }
}

/// The beginning of a text, up to where a secret may follow.
fn beginning(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN).collect();
    let small = shown.to_ascii_lowercase();
    let ends = SECRETS.iter().filter_map(|name| small.find(name).map(|at| at + name.len()));
    match ends.min().and_then(|end| shown.get(..end)) {
        Some(before) => format!("{before}…"),
        None => shown,
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
    use crate::foreign::json::{canonical, members};
    use crate::foreign::text::decoded;

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

    /// Whether `sign` is taken for the data of a body.
    fn fits(rules: SignRules, body: &[u8], sign: &str) -> Result<(), WrongSign> {
        let body = decoded(body, None, 1000).unwrap();
        let members = members(&body.text).unwrap();
        rules.verify(&members["data"], &body, sign)
    }

    #[test]
    fn a_sign_is_of_the_data_as_they_came_or_of_their_canonical_form_with_each_number_in_its_own_print()
     {
        let array = SignRules::default();
        let object = SignRules { scope: SignScope::Object, digest: SignDigest::Md5 };
        for (rules, data, covered) in [
            (array, r#"[ {"fee": 20.00} ]"#, r#"[{"fee":20.00}]"#),
            (array, r#"[{"z":1E+1,"a":"a\/b"}]"#, r#"[{"z":1E+1,"a":"a\/b"}]"#),
            (array, r#"[{"z":1E+1,"a":"a\/b"}]"#, r#"[{"a":"a/b","z":1E+1}]"#),
            (array, r#"[{"a":"\u7ca4\u003d","b":1.50}]"#, r#"[{"a":"\u7ca4\u003d","b":1.50}]"#),
            (array, r#"[{"a":"\u7ca4\u003d","b":1.50}]"#, r#"[{"a":"粤=","b":1.50}]"#),
            (object, r#"[ {"b":1, "a":1e0} ]"#, r#"{"b":1, "a":1e0}"#),
            (object, r#"[ {"b":1, "a":1e0} ]"#, r#"{"a":1e0,"b":1}"#),
            (object, r#"{"b":1}"#, r#"{"b":1}"#),
        ] {
            let body = format!(r#"{{"data" : {data} , "sign":""}}"#);
            let sign = rules.sign_of(covered.as_bytes());
            assert_eq!(
                fits(rules, body.as_bytes(), &format!(" {} ", sign.to_uppercase())),
                Ok(()),
                "{data}"
            );
            let other = rules.sign_of(covered.replace('1', "2").replace("20.00", "20").as_bytes());
            assert!(fits(rules, body.as_bytes(), &other).is_err(), "{data}");
        }
    }

    #[test]
    fn a_sender_that_speaks_gbk_may_sign_in_it_or_in_utf_8() {
        let rules = SignRules::default();
        let data = r#"[{"plateNo":"粤B12345", "a":1}]"#;
        let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
        let body = gbk(&format!(r#"{{"data":{data}}}"#));
        let sorted = r#"[{"a":1,"plateNo":"粤B12345"}]"#;
        for covered in [gbk(data), data.into(), gbk(sorted), sorted.into()] {
            assert_eq!(fits(rules, &body, &rules.sign_of(&covered)), Ok(()));
        }
        assert!(fits(rules, &body, &rules.sign_of(&gbk(&data.replace("粤", "京")))).is_err());
    }

    #[test]
    fn half_a_character_is_a_question_mark_in_what_java_signs() {
        let rules = SignRules::default();
        let body = br#"{"data":[{"b":"x\ud83dy", "a":1}]}"#;
        for (signed, is_taken) in [
            (r#"[{"b":"x\ud83dy", "a":1}]"#, true),
            (r#"[{"a":1,"b":"x?y"}]"#, true),
            ("[{\"a\":1,\"b\":\"x\u{fffd}y\"}]", true),
            (r#"[{"a":1,"b":"x??y"}]"#, false),
            (r#"[{"a":1,"b":"xy"}]"#, false),
        ] {
            let sign = rules.sign_of(signed.as_bytes());
            assert_eq!(fits(rules, body, &sign).is_ok(), is_taken, "{signed}");
        }
        let whole = br#"{"data":[{"b":"x\ud83d\ude00"}]}"#;
        assert!(fits(rules, whole, &rules.sign_of(br#"[{"b":"x?"}]"#)).is_err());
    }

    #[test]
    fn a_wrong_sign_says_what_came_and_what_was_wanted_and_shows_no_secret() {
        let rules = SignRules::default();
        let long = format!(r#"{{"data":[{{"b":1,"a":"{}"}}]}}"#, "x".repeat(100));
        let wrong = fits(rules, long.as_bytes(), "abc").unwrap_err();
        assert_eq!((wrong.came.as_str(), wrong.begins.chars().count()), ("abc", SHOWN));
        assert_ne!(wrong.wanted, wrong.wanted_canonical);
        let secret = r#"{"data":[{"userId":"u","passWord":"hunter2"}]}"#;
        let wrong = fits(rules, secret.as_bytes(), &"f".repeat(1000)).unwrap_err();
        assert_eq!(wrong.begins, r#"[{"userId":"u","passWord…"#);
        assert_eq!(wrong.came.len(), LONGEST_SIGN);
    }
}
