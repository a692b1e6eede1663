//! What the platform knows and has taken, shared by all its connections. It knows none of them.

use super::accent::{Accent, Utterance};
use super::ledger::Ledger;
use crate::standard::envelope::Reply;
use crate::standard::lengths::Lengths;
use crate::standard::password::PasswordCipher;
use crate::standard::sign::SignRules;
use hyper::body::Bytes;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot, watch};

/// What the platform knows of its user.
#[derive(Clone)]
pub struct User {
    /// `userId`
    pub user_id: String,
    /// The password in clear.
    pub password: String,
    /// What it is enciphered with.
    pub cipher: PasswordCipher,
}

/// What a busy platform says.
pub(super) const BUSY: &str = "系统繁忙，请稍后再试";

/// How HTTPS requests fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No answer within any time-out.
    TimeOut,
    /// An HTTP status.
    Status(u16),
    /// The connection is dropped before an answer.
    Drop,
    /// The request is carried out, then the connection is dropped.
    DropReply,
    /// An answer that is a web page.
    Garbage,
    /// An answer that is no reply, nor anything else.
    Nonsense,
    /// The way to another place, where people log in to a network.
    Redirect,
    /// A reply that it is busy, whatever is asked.
    Busy,
}

/// What is turned away whole, before anybody reads what it says, as a web server before the platform does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnedAway {
    /// Of this interface.
    pub interface: u16,
    /// Bodies of more bytes.
    pub over: usize,
    /// Bodies that hold this.
    pub text: String,
    /// The status of the answer.
    pub status: u16,
    /// Its body, JSON; the web server's own page where there is none.
    pub json: Option<String>,
    /// Whether it answers as soon as it knows how long the body is, and hangs up without having read it.
    pub unread: bool,
}

impl TurnedAway {
    /// Whatever of an interface holds a text.
    pub fn holding(interface: u16, text: &str, status: u16) -> Self {
        Self { interface, over: 0, text: text.to_owned(), status, json: None, unread: false }
    }

    /// Whatever of an interface is longer, as too large.
    pub fn over(interface: u16, bytes: usize) -> Self {
        Self { over: bytes, ..Self::holding(interface, "", 413) }
    }

    /// Answered by the platform itself.
    #[must_use]
    pub fn saying(mut self, json: &str) -> Self {
        self.json = Some(json.to_owned());
        self
    }

    pub(super) fn fits_unread(&self, interface: u16, length: usize) -> bool {
        self.unread && self.interface == interface && length > self.over
    }

    pub(super) fn fits(&self, interface: u16, body: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let holds = || text.is_empty() || body.windows(text.len()).any(|piece| piece == text);
        self.interface == interface && body.len() > self.over && holds()
    }
}

/// What all its connections share.
pub(super) struct Shared {
    pub(super) user: User,
    pub(super) sign: SignRules,
    pub(super) accent: Option<Accent>,
    pub(super) token_life: Duration,
    pub(super) latency: Duration,
    pub(super) state: Mutex<State>,
    pub(super) stored: watch::Sender<usize>,
    pub(super) link: watch::Sender<bool>,
    /// Calls the gateway back.
    pub(super) http: reqwest::Client,
    /// Its certificates' files: they are read at each handshake.
    pub(super) _http_files: TempDir,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) token: Option<(String, Instant)>,
    pub(super) stored: Vec<Stored>,
    pub(super) ledger: Ledger,
    pub(super) by_key: HashMap<(u16, String), usize>,
    pub(super) violations: Vec<String>,
    pub(super) calls: HashMap<u16, usize>,
    /// Requests that it works on now, and the most of them so far.
    pub(super) at_once: (usize, usize),
    #[cfg(feature = "sim")]
    pub(super) over_http2: usize,
    #[cfg(feature = "sim")]
    pub(super) http2_connections: usize,
    pub(super) fault: Option<Fault>,
    /// How whoever shows no good token is answered, where not by 3002.
    pub(super) strangers: Option<Fault>,
    /// Whether the tokens that it gives are good for nothing.
    pub(super) forgets: bool,
    /// Whether a link is closed as soon as it is logged in, and how often one was logged in.
    pub(super) closes_links: bool,
    pub(super) link_logins: usize,
    /// Requests that failed so.
    pub(super) failed: usize,
    pub(super) refusals: HashMap<String, (i64, String)>,
    /// Requests with these texts in them are refused as a whole, as if the platform were busy.
    pub(super) choking: HashSet<String>,
    /// Pictures with these texts in their fields are answered with this status.
    pub(super) image_status: HashMap<String, u16>,
    /// What is turned away whole, and how often something was.
    pub(super) turned_away: Vec<TurnedAway>,
    pub(super) turns: usize,
    /// Interfaces refused element by element with this code, or as a whole.
    pub(super) refused: HashMap<u16, Option<i64>>,
    pub(super) repeats: usize,
    pub(super) commands: Option<mpsc::Sender<Order>>,
    /// Where the gateway wants to be called, as it said in 1001.
    pub(super) callback_server: Option<String>,
    /// Plates whose payments are deducted automatically.
    pub(super) contracts: HashSet<String>,
    pub(super) images: Vec<Uploaded>,
    /// Lengths of texts that it takes otherwise than the tables print them.
    pub(super) lengths: Lengths,
}

/// A report the platform has taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its interface.
    pub code: u16,
    /// The element.
    pub element: Value,
}

/// A command to be sent down the link.
pub(super) struct Order {
    pub(super) code: u16,
    pub(super) body: Vec<u8>,
    pub(super) reply: oneshot::Sender<Vec<u8>>,
}

/// A picture the platform has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// Its fields beside the file.
    pub fields: BTreeMap<String, String>,
    /// The file.
    pub file: Bytes,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn violation(&self, what: String) {
        self.lock().violations.push(what);
    }

    /// An answer to a request of that interface, as this platform says it.
    pub(super) fn answer(&self, code: u16, reply: &Reply) -> Utterance {
        let now = jiff::Timestamp::now();
        match self.accent {
            Some(accent) => accent.answer(code, reply, now),
            None => Utterance::plain(reply.encode(now.as_second())),
        }
    }

    /// Whether these are the user's credentials.
    pub(super) fn knows(&self, user_id: Option<&str>, cipher_text: Option<&str>) -> bool {
        let password = cipher_text.and_then(|text| self.user.cipher.decipher(text).ok());
        user_id == Some(&self.user.user_id) && password.is_some_and(|p| *p == self.user.password)
    }
}
