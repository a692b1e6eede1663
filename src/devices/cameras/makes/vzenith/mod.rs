//! Vzenith (臻识) cameras: behind a broker (`mqtt.rs`, `messages.rs`), or pushing over HTTP (`http.rs`); what their numbers
//! mean is the same (`words.rs`). Pure.

mod http;
mod messages;
mod mqtt;
mod reads;
mod words;

pub use http::VzenithPush;
pub use messages::decode;
pub use mqtt::Vzenith;

use super::Make;
use serde::Deserialize;
use serde_json::Value;

/// The makes.
pub static MAKES: &[Make] = &[mqtt::MAKE, http::MAKE];

/// What each of their messages is wrapped in.
#[derive(Deserialize)]
struct Envelope<P> {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    timestamp: Value,
    payload: Option<P>,
    code: Option<Value>,
}
