//! The list that a camera keeps itself and opens by while nobody speaks with it: what it is told, what it answers, in types.
//! For the rules, which decide what stands on it, and for drivers of every make. Nothing here decides.

use crate::standard::id::Id;
use jiff::Timestamp;

/// Something a camera is to do with its own list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListOrder {
    /// The camera.
    pub device_id: Id,
    /// The order's id, by which its answer is known.
    pub id: String,
    /// What.
    pub change: ListChange,
}

/// One thing to do with a camera's own list. Done twice it is done once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListChange {
    /// A plate stands on it from here on, in the place of what stood there of it.
    Put(ListedPlate),
    /// A plate stands on it no more.
    Remove {
        /// The plate.
        plate_no: String,
    },
    /// Tell by which mode the list opens.
    AskMode,
}

/// A plate for a camera's own list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPlate {
    /// The plate.
    pub plate_no: String,
    /// The camera opens for it from here.
    pub from: Timestamp,
    /// And up to here.
    pub until: Timestamp,
}

/// Why an order was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFault {
    /// The camera said no, with its code.
    Refused(i64),
    /// It did not answer.
    Silent,
    /// It cannot be reached.
    Unreachable,
    /// Its driver knows no such order.
    Unsupported,
}

impl ListFault {
    /// The word it is logged under.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Silent => "silent",
            Self::Unreachable => "unreachable",
            Self::Unsupported => "unsupported",
        }
    }

    /// The words it is kept under.
    pub fn word(self) -> String {
        match self {
            Self::Refused(code) => format!("refused {code}"),
            other => other.name().to_owned(),
        }
    }
}

/// When a camera opens by its own list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListMode {
    /// While nobody speaks with it: what the lot wants.
    WhenOffline,
    /// Always, beside the gateway.
    Always,
    /// Never.
    Never,
}

impl ListMode {
    /// The word it is kept under.
    pub fn word(self) -> &'static str {
        match self {
            Self::WhenOffline => "when-offline",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// The mode of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::WhenOffline, Self::Always, Self::Never].into_iter().find(|mode| mode.word() == word)
    }
}
