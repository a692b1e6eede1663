//! TLS configurations for everything that leaves the box, and for our own doors: one crypto provider, one way to read
//! files. What a handshake needs of files is read when it is made, so that renewed ones count at the next connection of
//! a client or a server that lives as long as the process.

mod ask;
mod client;
mod curves;
mod files;
mod look;
mod names;
mod offer;
mod own;
mod said;
mod server;
mod signature;
mod time;
mod trust;

pub use ask::ask_for_offer;
pub use client::client_config;
pub use files::{TlsError, certificates};
pub use look::{Shown, look};
pub use names::nameless;
pub use offer::Offer;
pub use said::in_words;
pub use server::{CallersCertificate, server_config};

/// Makes ring the process's crypto provider. Harmless when called again.
pub fn install_provider() {
    // An error only says that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
