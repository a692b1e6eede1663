//! `Uuid` of table 2: 32 characters without hyphens.

use super::sign::hex;
use crate::foreign::text::bare;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Deserializer, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// An id, kept as it was created; equality ignores the case (ambiguity 65).
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Id(String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::said(&String::deserialize(deserializer)?))
    }
}

impl Id {
    /// A fresh random id, lower case.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    /// A fresh one that no other is like; those of later moments come behind, so that what is kept by them lies together.
    pub fn of_moment(moment: Timestamp) -> Self {
        let second = u64::try_from(moment.as_second()).unwrap_or(0);
        let within = u32::try_from(moment.subsec_nanosecond()).unwrap_or(0);
        let moment = uuid::Timestamp::from_unix(uuid::NoContext, second, within);
        Self(uuid::Uuid::new_v7(moment).simple().to_string())
    }

    /// One that somebody says: with its dashes and braces, and blanks around, a `Uuid` is the same one.
    pub fn said(text: &str) -> Self {
        let text = bare(text);
        let longer = Some(text).filter(|text| text.len() > 32);
        let plain = longer.and_then(|text| uuid::Uuid::try_parse(text).ok());
        Self(plain.map_or_else(|| text.to_owned(), |id| id.simple().to_string()))
    }

    /// Whether a text is one as table 2 prints it: 32 letters and digits.
    pub fn is_printed(text: &str) -> bool {
        text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }

    /// One that a table can hold, of whatever is said: what has another form (a counted number, an order's) is
    /// always the same other one.
    pub fn fitting(text: &str) -> Self {
        let said = Self::said(text);
        if Self::is_printed(&said.0) { said } else { Self(hex(&Md5::digest(said.folded()))) }
    }

    /// The text as created.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Id {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Id {
    /// The form in which equal ids are the same text.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Id {}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().for_each(|byte| state.write_u8(byte));
        state.write_u8(0xff);
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes().cmp(other.bytes())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeSet, HashSet};

    #[test]
    fn an_id_of_another_form_is_always_the_same_one_that_a_table_can_hold() {
        let bare = "a1dc1d9f00004e5f8c7b6a5d4c3b2a10";
        assert_eq!(Id::fitting("A1DC1D9F-0000-4E5F-8C7B-6A5D4C3B2A10"), bare.into());
        let others = ["1465984561234567892", "PAY20261130000001", "支付2026", &"-".repeat(32), "a"];
        let ids: BTreeSet<_> = others.iter().map(|other| Id::fitting(other)).collect();
        assert_eq!(ids.len(), others.len());
        for (id, other) in ids.iter().zip(others) {
            assert!(id.as_str().len() == 32 && id.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
            assert_eq!(Id::fitting(other), Id::fitting(&format!(" {other} ")));
        }
    }

    #[test]
    fn an_id_with_its_dashes_is_the_same_one() {
        let bare = "a1dc1d9f00004e5f8c7b6a5d4c3b2a10";
        for said in [
            bare,
            "A1DC1D9F-0000-4E5F-8C7B-6A5D4C3B2A10",
            "{a1dc1d9f-0000-4e5f-8c7b-6a5d4c3b2a10}",
            " a1dc1d9f-0000-4e5f-8c7b-6a5d4c3b2a10 ",
            " A1dc1d9f00004e5f8c7b6a5d4c3b2a10\0",
        ] {
            assert_eq!(Id::said(said), bare.into(), "{said}");
            let text = serde_json::to_string(said).unwrap();
            assert_eq!(serde_json::from_str::<Id>(&text).unwrap(), bare.into(), "{said}");
        }
        for other in ["a1-b2", "", "a1dc1d9f-0000-4e5f-8c7b-6a5d4c3b2a1x"] {
            assert_eq!(Id::said(other).as_str(), other);
        }
    }

    #[test]
    fn ids_that_differ_in_case_only_are_one_id_wherever_they_are_kept() {
        let (lower, upper) = (Id::from("a1dc1d9f"), Id::from("A1DC1D9F"));
        assert_eq!(lower, upper);
        assert_eq!(lower.cmp(&upper), Ordering::Equal);
        assert_eq!(HashSet::from([lower.clone(), upper.clone()]).len(), 1);
        assert_eq!(BTreeSet::from([lower.clone(), upper.clone(), "a1dc1d9e".into()]).len(), 2);
        assert_eq!((upper.as_str(), upper.folded()), ("A1DC1D9F", "a1dc1d9f".to_owned()));
    }
}
