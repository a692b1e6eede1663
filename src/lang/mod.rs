//! Everything people read, in Chinese and English: the one catalogue.
//!
//! Rooms say what happened in types; the words are here. Every match names every variant: one that nobody
//! has words for does not compile.

#![warn(clippy::wildcard_enum_match_arm)]

mod diagnoses;
mod happenings;
mod language;
mod log;
mod lot_problems;
mod pace;
mod papers;
mod problems;
mod reasons;
mod requests;
pub mod scenes;
mod severity;
mod shown;

pub use diagnoses::{
    BoxFinding, Diagnosis, DoctorVerdict, PlatformFinding, SelfTestFault, SelfTestFinding,
    SelfTestStep, TlsFault, WireFinding,
};
pub(crate) use language::say;
pub use language::{Lang, Words};
pub use log::{Fields, Weight};
pub use lot_problems::{LotProblem, TopicFault};
pub use pace::{Pace, Source, of_several};
pub use papers::{PaperColumn, PaperProblem};
pub use problems::{Problem, Wanted};
pub use requests::RequestProblem;
pub use severity::Severity;
pub(crate) use shown::sentence;
pub use shown::{shown, shown_json};
