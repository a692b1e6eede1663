//! The way to publish on a connection, now or not at all: nothing of an old connection may slip into a new
//! one.

use crate::model::outcome::Publication;
use rumqttc::{AsyncClient, QoS};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

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
    pub(super) client: AsyncClient,
    session: Arc<Mutex<PresentConnection>>,
}

/// The connection is down; the message was not kept for later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the MQTT connection is down")]
pub struct Down;

impl Publisher {
    pub(super) fn new(client: AsyncClient) -> Self {
        Self { client, session: Arc::default() }
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
        if !session.up || on.is_some_and(|on| on != session.number) {
            return Err(Down);
        }
        self.client.try_publish(topic, QoS::AtMostOnce, false, payload).map_err(|_| Down)
    }

    /// Publishes with the retain flag, now and again on every later connection.
    pub fn keep(&self, publication: &Publication) {
        let Publication { topic, payload } = publication;
        let mut session = self.session();
        session.kept.insert(topic.clone(), payload.clone());
        if session.up {
            // Without room in the channel the connection is about to be made anew.
            let _ = self.client.try_publish(topic, QoS::AtLeastOnce, true, payload.as_bytes());
        }
    }
}
