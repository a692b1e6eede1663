//! A simulated world for the demo, the tests and the benches: a strict city platform, plate cameras
//! that speak their driver's real messages, an MQTT broker, a private certificate authority.
//!
//! The platform and the authority are in every build, for the self-test; the rest is for development.

#![allow(clippy::indexing_slicing, reason = "indexing a JSON value gives null, never a panic")]

#[cfg(feature = "sim")]
pub mod accent;
pub mod authority;
#[cfg(feature = "sim")]
pub mod broker;
#[cfg(feature = "sim")]
pub mod camera;
#[cfg(feature = "sim")]
mod camera_messages;
#[cfg(feature = "sim")]
pub mod configuration;
#[cfg(feature = "sim")]
pub mod garage;
#[cfg(feature = "sim")]
pub mod hardware;
#[cfg(feature = "sim")]
pub mod lot;
#[cfg(feature = "sim")]
pub mod mishaps;
#[cfg(feature = "sim")]
pub mod misreading;
#[cfg(feature = "sim")]
pub mod plan;
pub mod platform;
#[cfg(feature = "sim")]
pub mod pty;
#[cfg(feature = "sim")]
pub mod sensors;
#[cfg(feature = "sim")]
pub mod serial_bus;

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range from which Linux takes the ports of outgoing connections, so that nobody else gets
/// them between being found free and being used.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// An address on this machine that is free, a different one at each call.
pub fn free_address() -> std::io::Result<SocketAddr> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let span = PORTS.end - PORTS.start;
    // Processes that run at the same time begin at different places.
    let begin = u16::try_from(std::process::id() * 61 % u32::from(span)).unwrap_or(0);
    for _ in 0..span {
        let offset = (begin + NEXT.fetch_add(1, Ordering::Relaxed) % span) % span;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", PORTS.start + offset)) {
            return listener.local_addr();
        }
    }
    Err(std::io::Error::other("no free port"))
}
