//! Commands of the city platform over the framed TLS connection.
//!
//! Bytes become a [`crate::lot::command::Command`], its reply becomes bytes; what a command means is
//! the lot's business.

mod connection;
mod door;
pub mod link;

pub use connection::Connection;
pub use door::Door;
