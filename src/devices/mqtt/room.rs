//! Room in memory for messages that their devices have not taken yet: of all brokers together, whatever their number, and
//! half of it at most for one, so that none takes it from all others. For what hands messages over; it knows no message.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What all messages that wait may take, in KB. One that is larger waits until it is alone.
const OF_ALL: u32 = 64 * 1024;
/// The same of one broker.
const OF_ONE: u32 = OF_ALL / 2;

/// What messages of brokers may take.
#[derive(Debug, Clone)]
pub struct MessageRoom {
    all: Arc<Semaphore>,
    one: Arc<Semaphore>,
}

/// A message's place, until it is dropped.
#[derive(Debug)]
pub(super) struct HeldRoom {
    _of_one: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for MessageRoom {
    fn default() -> Self {
        let room = |kilobytes: u32| Arc::new(Semaphore::new(kilobytes as usize));
        Self { all: room(OF_ALL), one: room(OF_ONE) }
    }
}

impl MessageRoom {
    /// The part of another broker in the same room.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { all: Arc::clone(&self.all), ..Self::default() }
    }

    /// A place for a message of so many bytes, where there is one in time.
    pub(super) async fn take(&self, bytes: usize, within: Duration) -> Option<HeldRoom> {
        let kilobytes = u32::try_from(bytes / 1024).unwrap_or(OF_ALL).max(1);
        let taking = async {
            // First of its own: what waits for that holds nothing of the others'.
            let one = Arc::clone(&self.one).acquire_many_owned(kilobytes.min(OF_ONE)).await;
            let all = Arc::clone(&self.all).acquire_many_owned(kilobytes.min(OF_ALL)).await;
            Some(HeldRoom { _of_one: one.ok()?, _of_all: all.ok()? })
        };
        timeout(within, taking).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEGABYTE: usize = 1 << 20;
    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn messages_of_all_brokers_fit_into_one_room_and_one_broker_fills_no_more_than_half() {
        let first = MessageRoom::default();
        let (second, third) = (first.beside(), first.beside());
        let half = first.take(32 * MEGABYTE, SOON).await.unwrap();
        assert!(first.take(1, SOON).await.is_none(), "its part is full");
        let other = second.take(31 * MEGABYTE, SOON).await.unwrap();
        let last = third.take(MEGABYTE, SOON).await.unwrap();
        assert!(third.take(1, SOON).await.is_none(), "64 MB are full, whoever asks");
        drop(half);
        assert!(third.take(31 * MEGABYTE, SOON).await.is_some());
        assert!(third.take(60 * MEGABYTE, SOON).await.is_none(), "it waits until it is alone");
        drop((other, last));
        assert!(third.take(70 * MEGABYTE, SOON).await.is_some(), "larger than the room");
    }
}
