//! A simulated world for the demo, the tests and the benches: a strict city platform, plate cameras
//! that speak their driver's real messages, an MQTT broker, a private certificate authority.

#![allow(clippy::indexing_slicing, reason = "indexing a JSON value gives null, never a panic")]

pub mod authority;
pub mod broker;
pub mod camera;
pub mod lot;
pub mod platform;

use std::net::{SocketAddr, TcpListener};

/// An address on this machine that is free just now.
pub fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}
