//! The way to publish on a connection, now or not at all: nothing of an old connection may slip into a new
//! one.

use super::line::BrokerRequest;

use super::topic::is_name;
use super::wire::Publishing;
use crate::model::outcome::Publication;
use rumqttc::QoS;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
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
}

/// The way to publish on a connection.
#[derive(Clone)]
pub struct Publisher {
    requests: mpsc::Sender<BrokerRequest>,
    session: Arc<Mutex<PresentConnection>>,
}

/// The connection is down; the message was not kept for later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the MQTT connection is down")]
pub struct Down;

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

    /// Publishes now or not at all. QoS 0: the broker must not keep a command for a device that is away.
    pub fn publish_now(&self, topic: &str, payload: String) -> Result<(), Down> {
        self.publish(None, topic, payload)
    }

    /// The same, on this connection and no later one.
    pub fn publish_on(&self, connection: u64, topic: &str, payload: String) -> Result<(), Down> {
        self.publish(Some(connection), topic, payload)
    }

    fn publish(&self, on: Option<u64>, topic: &str, payload: String) -> Result<(), Down> {
        let session = self.session();
        // The broker would hang up.
        let fits = is_name(topic);
        if !fits || !session.up || on.is_some_and(|on| on != session.number) {
            return Err(Down);
        }
        let (topic, payload) = (topic.to_owned(), payload.into_bytes());
        let what = Publishing { topic, qos: QoS::AtMostOnce, retain: false, payload };
        if self.request(BrokerRequest::Publish(what)) { Ok(()) } else { Err(Down) }
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
        if session.up {
            self.request(retained(topic, payload));
        }
    }
}

/// What the broker shall keep for whoever comes.
pub(super) fn retained(topic: &str, payload: &str) -> BrokerRequest {
    let (topic, payload) = (topic.to_owned(), payload.as_bytes().to_vec());
    BrokerRequest::Publish(Publishing { topic, qos: QoS::AtLeastOnce, retain: true, payload })
}
