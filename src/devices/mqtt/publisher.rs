//! The way to publish on a connection, now or not at all: nothing of an old connection may slip into a new
//! one.

use super::line::BrokerRequest;

use super::topic::is_name;
use super::wire::Publishing;
use crate::model::outcome::Publication;
use rumqttc::QoS;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// The present connection. Everything that enters the request channel does so under its lock.
#[derive(Debug, Default)]
pub(super) struct PresentConnection {
    /// Counts connections, also those that failed.
    pub number: u64,
    pub up: bool,
    /// Messages that were handed to devices and are not acknowledged yet.
    pub unacknowledged: usize,
    /// What had lain in the broker has come: from now on we are there.
    pub marked: bool,
    /// The marker whose word counts.
    pub awaited: String,
    /// What came after a stop of the process waits for a marker yet.
    pub undecided: bool,
    /// When anything was received last on a connection that was marked.
    pub last_there: Option<Instant>,
    /// What the broker shall keep for others, by topic: published again on every connection, because a
    /// broker that was restarted may have forgotten it.
    pub kept: BTreeMap<String, String>,
    /// Where the broker does not take what we say, and since when that is known.
    pub forbidden: BTreeMap<String, Instant>,
}

impl PresentConnection {
    /// Whether the broker is known, for not longer than that, to forbid us to publish there.
    pub fn is_forbidden(&self, topic: &str, within: Duration) -> bool {
        self.forbidden.get(topic).is_some_and(|since| since.elapsed() < within)
    }
}

/// What a broker forbids is tried again after so long: its rules may have been mended.
pub(super) const FORBIDDEN_FOR: Duration = Duration::from_secs(3600);
/// The same of commands that somebody waits for.
const COMMAND_FORBIDDEN_FOR: Duration = Duration::from_secs(30);

/// The way to publish on a connection.
#[derive(Clone)]
pub struct Publisher {
    requests: mpsc::Sender<BrokerRequest>,
    session: Arc<Mutex<PresentConnection>>,
}

/// Why nothing was published; the message was not kept for later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPublished {
    /// There is no connection, or not that one.
    #[error("the MQTT connection is down")]
    Down,
    /// The broker's rules.
    #[error("the broker's rules forbid our publishing on {0}")]
    Forbidden(String),
}

impl Publisher {
    pub(super) fn new(requests: mpsc::Sender<BrokerRequest>) -> Self {
        Self { requests, session: Arc::default() }
    }

    /// Whether there is room for a request; without it the connection is about to be made anew.
    pub(super) fn request(&self, request: BrokerRequest) -> bool {
        self.requests.try_send(request).is_ok()
    }

    pub(super) fn session(&self) -> MutexGuard<'_, PresentConnection> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Publishes now or not at all. QoS 0: the broker must not keep a command for a device that is away (save the first on a
    /// topic, for a moment: see the connection).
    pub fn publish_now(&self, topic: &str, payload: String) -> Result<(), NotPublished> {
        self.publish(None, topic, payload)
    }

    /// The same, on this connection and no later one.
    pub fn publish_on(
        &self,
        connection: u64,
        topic: &str,
        payload: String,
    ) -> Result<(), NotPublished> {
        self.publish(Some(connection), topic, payload)
    }

    fn publish(&self, on: Option<u64>, topic: &str, payload: String) -> Result<(), NotPublished> {
        let session = self.session();
        // The broker would hang up.
        let fits = is_name(topic);
        if !fits || !session.up || on.is_some_and(|on| on != session.number) {
            return Err(NotPublished::Down);
        }
        let within = if on.is_some() { COMMAND_FORBIDDEN_FOR } else { FORBIDDEN_FOR };
        if session.is_forbidden(topic, within) {
            return Err(NotPublished::Forbidden(topic.to_owned()));
        }
        let (topic, payload) = (topic.to_owned(), payload.into_bytes());
        let what = Publishing { topic, qos: QoS::AtMostOnce, retain: false, payload };
        if self.request(BrokerRequest::Publish(what)) { Ok(()) } else { Err(NotPublished::Down) }
    }

    /// Publishes with the retain flag, now and again on every later connection.
    pub fn keep(&self, publication: &Publication) {
        let Publication { topic, payload } = publication;
        // The broker would hang up, at each connection.
        if !is_name(topic) {
            return;
        }
        let mut session = self.session();
        session.kept.insert(topic.clone(), payload.clone());
        if session.up && !session.is_forbidden(topic, FORBIDDEN_FOR) {
            self.request(retained(topic, payload));
        }
    }
}

/// What the broker shall keep for whoever comes.
pub(super) fn retained(topic: &str, payload: &str) -> BrokerRequest {
    let (topic, payload) = (topic.to_owned(), payload.as_bytes().to_vec());
    BrokerRequest::Publish(Publishing { topic, qos: QoS::AtLeastOnce, retain: true, payload })
}
