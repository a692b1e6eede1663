//! Qianyi (芊熠) cameras: behind a broker (`mqtt.rs`), or pushing over HTTP in Vzenith's form (`http.rs`). Pure.

mod http;
mod mqtt;

pub use mqtt::Qianyi;

use super::Make;

/// The makes.
pub static MAKES: &[Make] = &[mqtt::MAKE, http::MAKE];
