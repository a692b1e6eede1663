//! Reports to the city platform over HTTPS: the token session (1001–1003) and the sender that drains
//! the outbox.
//!
//! Reads the outbox, never writes it: what became of a report goes to the engine as an input.

mod abreast;
mod client;
mod contract;
mod delivery;
mod form;
mod images;
mod patience;
mod pictures;
mod refusal;
mod schedule;
mod sender;
mod session;
mod settling;
mod smaller;
mod verdict;

pub use client::{CallError, Client};
pub use contract::ContractAsker;
pub use images::ImageUploader;
pub use pictures::PictureFetcher;
pub use sender::Sender;
pub use session::Session;
pub use smaller::smaller_picture;
