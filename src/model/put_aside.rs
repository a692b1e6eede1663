//! What came in and could not be taken, kept for people to look at, in types. Nothing here decides.

use super::queue::SaidAt;
use crate::standard::id::Id;
use jiff::Timestamp;

/// Why something was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsideWhy {
    /// A late read of a moment that cannot be right.
    OutOfTime,
    /// The process ended while it was at it, each time.
    EndsTheProcess,
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsideKind {
    /// A camera's read.
    Read,
    /// A command of the platform.
    Command,
    /// Anything else that came in.
    Input,
    /// Something of the lot's own that time passes for.
    Row,
}

/// What was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Why.
    pub why: AsideWhy,
    /// What it is.
    pub kind: AsideKind,
    /// What tells it from everything else, and is the same when it comes again.
    pub name: String,
    /// The camera or other device it came from.
    pub device_id: Option<Id>,
    /// The lane it is about.
    pub lane_id: Option<Id>,
    /// The plate it names.
    pub plate_no: Option<String>,
    /// What it says, in short.
    pub said: String,
    /// All of it, where it can be done again.
    pub body: Option<String>,
}

/// The same, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAside {
    /// Its number.
    pub number: i64,
    /// What it is.
    pub what: Aside,
    /// When it was put aside.
    pub at: Timestamp,
    /// When it came last.
    pub last: Timestamp,
    /// How often it has come.
    pub times: i64,
    /// Whether somebody wants it done again.
    pub again: bool,
}

/// What people want done with what was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsideCommand {
    /// It is done again, where it can be, or may come again.
    Again(Vec<i64>),
    /// It is thrown away.
    Drop(ThrowAside),
    /// A start: what is there yet that somebody wanted done again.
    Left,
}

/// What is to be thrown away for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrowAside {
    /// Its numbers.
    pub numbers: Vec<i64>,
    /// Who wants it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Where that was said.
    pub said: SaidAt,
}

/// Why nothing was done with what was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsideRefusal {
    /// Nothing of that number is put aside.
    NoSuch {
        /// The number.
        number: i64,
    },
    /// It is something of the lot's own, which is not thrown away.
    Row {
        /// Its number.
        number: i64,
    },
    /// It tells of money, which is thrown away on the box only.
    Money {
        /// Its number.
        number: i64,
    },
    /// The wish itself was put aside.
    PutAside,
}

impl AsideWhy {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::OutOfTime, Self::EndsTheProcess];

    /// The word it is kept under.
    pub fn word(self) -> &'static str {
        match self {
            Self::OutOfTime => "out-of-time",
            Self::EndsTheProcess => "ends-the-process",
        }
    }

    /// The reason of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

impl AsideKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Read, Self::Command, Self::Input, Self::Row];

    /// The word it is kept under.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Command => "command",
            Self::Input => "input",
            Self::Row => "row",
        }
    }

    /// The kind of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}
