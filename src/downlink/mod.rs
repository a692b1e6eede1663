//! Commands of the city platform, over the framed TLS connection and over an HTTPS callback.
//!
//! Bytes become a [`crate::model::input::Command`], its reply becomes bytes; what a command means is
//! the lot's business.

mod callback;
mod connection;
mod door;
pub mod link;
mod taken_over;
mod trial;

pub use callback::Callback;
pub use connection::LinkConnection;
pub use door::Door;
pub use trial::{TrialError, log_in_once};
