//! What a device's task is handed of a connection, in the order it came.

use super::room::HeldRoom;
use crate::engine::Refused;
use crate::model::event::Arrival;
use crate::model::input::Answer;
use bytes::Bytes;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// What comes to a device's task.
pub enum BrokerDelivery {
    /// A message for it.
    Message(Message),
    /// What had lain in the broker lies before this.
    Marked(Marked),
    /// The broker does not take what we publish on that topic.
    Forbidden(String),
}

/// A message for a device, to be acknowledged once it is safe.
pub struct Message {
    /// The topic.
    pub topic: String,
    /// The bytes.
    pub payload: Bytes,
    /// When it came.
    pub received: Instant,
    /// What is known of how long it lay in the broker.
    pub arrival: Arrival,
    /// Whether it comes at QoS 0: sent while nobody listens it is lost.
    pub at_most_once: bool,
    /// Whether the broker says that it has sent it before.
    pub redelivered: bool,
    /// The broker keeps it for whoever comes: nobody knows since when.
    pub retained: bool,
    /// The connection it came on.
    pub connection: u64,
    pub(super) acknowledge: oneshot::Sender<Safe>,
    /// Its place in memory, given back with it.
    pub(super) _room: Option<HeldRoom>,
}

/// When a message may be acknowledged.
pub(super) enum Safe {
    Now,
    /// Now, and whoever waits for that is told that all that came before it is stored.
    Behind(oneshot::Sender<()>),
    WithCommit(oneshot::Receiver<Result<Answer, Refused>>, Then),
}

/// What else to do once a message is safe.
type Then = Option<Box<dyn FnOnce() + Send>>;

impl Message {
    /// Whether its device lives now: it sent this since we are connected.
    pub fn is_sign_of_life(&self) -> bool {
        !self.retained && !matches!(self.arrival, Arrival::BeforeMarker { .. })
    }

    /// Nothing of it needs to be kept.
    pub fn done(self) {
        let _ = self.acknowledge.send(Safe::Now);
    }

    /// It may be acknowledged when this input has committed.
    pub fn done_with(self, commit: oneshot::Receiver<Result<Answer, Refused>>) {
        let _ = self.acknowledge.send(Safe::WithCommit(commit, None));
    }

    /// The same, and then something more is done.
    pub fn done_after(
        self,
        commit: oneshot::Receiver<Result<Answer, Refused>>,
        then: impl FnOnce() + Send + 'static,
    ) {
        let _ = self.acknowledge.send(Safe::WithCommit(commit, Some(Box::new(then))));
    }
}

/// A connection's marker on its way through the devices' tasks.
pub struct Marked {
    /// The connection.
    pub connection: u64,
    /// Whether it is this process's first one to that broker.
    pub first: bool,
    pub(super) passed: mpsc::Sender<()>,
    pub(super) told: CancellationToken,
}

impl Marked {
    /// All that came before it was handed to the engine: goes on when all devices have said so and the
    /// engine has been told, so that nothing fresh gets ahead of that.
    pub async fn pass(self, stop: &CancellationToken) {
        drop(self.passed);
        tokio::select! {
            () = self.told.cancelled() => {}
            () = stop.cancelled() => {}
        }
    }
}
