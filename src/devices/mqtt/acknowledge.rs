//! Acknowledgements: in the order of arrival, each message when it is safe.

use super::line::BrokerRequest;
use super::message::Safe;
use super::publisher::Publisher;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};

/// A message that was handed to its device.
pub(super) struct Unacknowledged {
    pub number: u16,
    pub session: u64,
    pub safe: oneshot::Receiver<Safe>,
}

/// Acknowledges what comes out of `queue`; `again` is told when a message could not be stored.
pub(super) async fn acknowledge(
    mut queue: mpsc::Receiver<Unacknowledged>,
    publisher: Publisher,
    again: Arc<Notify>,
) {
    while let Some(Unacknowledged { number, session, safe }) = queue.recv().await {
        let stored = match safe.await {
            Ok(Safe::Now) => true,
            Ok(Safe::Behind(waits)) => {
                // Whoever waited may have gone.
                let _ = waits.send(());
                true
            }
            Ok(Safe::WithCommit(commit, then)) => {
                let stored = matches!(commit.await, Ok(Ok(_)));
                if let Some(then) = then.filter(|_| stored) {
                    then();
                }
                stored
            }
            Err(_) => false,
        };
        let mut present = publisher.session();
        if present.number != session {
            continue;
        }
        present.unacknowledged = present.unacknowledged.saturating_sub(1);
        if stored {
            publisher.request(BrokerRequest::Acknowledge(number));
        } else {
            again.notify_one();
        }
    }
}
