//! Room in memory for messages that their devices have not taken yet, by count and by bytes: of all brokers together, whatever
//! their number, and a part of it at most for one, so that none takes it from all others. For what hands messages over; it
//! knows no message.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many messages of one broker may wait.
pub(super) const MESSAGES: usize = 2048;
/// What all messages that wait may take, in KB. One that is larger waits until it is alone.
const OF_ALL: u32 = 64 * 1024;
/// The same of one broker: sixty reads with pictures, which is enough for one commit.
const OF_ONE: u32 = OF_ALL / 4;

/// What messages of brokers may take.
#[derive(Debug, Clone)]
pub struct MessageRoom {
    all: Arc<Semaphore>,
    one: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// A message's place, until it is dropped.
#[derive(Debug)]
pub(super) struct HeldRoom {
    _place: OwnedSemaphorePermit,
    _of_one: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for MessageRoom {
    fn default() -> Self {
        let room = |kilobytes: u32| Arc::new(Semaphore::new(kilobytes as usize));
        Self { all: room(OF_ALL), one: room(OF_ONE), places: Arc::new(Semaphore::new(MESSAGES)) }
    }
}

impl MessageRoom {
    /// The part of another broker in the same room.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { all: Arc::clone(&self.all), ..Self::default() }
    }

    /// A place for a message of so many bytes, where there is one now.
    pub(super) fn try_take(&self, bytes: usize) -> Option<HeldRoom> {
        let kilobytes = kilobytes(bytes);
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let one = Arc::clone(&self.one).try_acquire_many_owned(kilobytes.min(OF_ONE)).ok()?;
        let all = Arc::clone(&self.all).try_acquire_many_owned(kilobytes.min(OF_ALL)).ok()?;
        Some(HeldRoom { _place: place, _of_one: one, _of_all: all })
    }

    /// The same, as soon as there is one. Dropped while it waits it holds nothing. None at the end of all.
    pub(super) async fn take(&self, bytes: usize) -> Option<HeldRoom> {
        let kilobytes = kilobytes(bytes);
        // First of its own: what waits for that holds nothing of the others'.
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        let one = Arc::clone(&self.one).acquire_many_owned(kilobytes.min(OF_ONE)).await.ok()?;
        let all = Arc::clone(&self.all).acquire_many_owned(kilobytes.min(OF_ALL)).await.ok()?;
        Some(HeldRoom { _place: place, _of_one: one, _of_all: all })
    }
}

fn kilobytes(bytes: usize) -> u32 {
    u32::try_from(bytes / 1024).unwrap_or(OF_ALL).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEGABYTE: usize = 1 << 20;

    #[test]
    fn messages_of_all_brokers_fit_into_one_room_and_one_broker_fills_no_more_than_a_quarter() {
        let first = MessageRoom::default();
        let others = [first.beside(), first.beside(), first.beside(), first.beside()];
        let quarter = first.try_take(16 * MEGABYTE).unwrap();
        assert!(first.try_take(1).is_none(), "its part is full");
        let held = others.each_ref().map(|other| other.try_take(15 * MEGABYTE));
        let [Some(_), Some(_), Some(_), None] = &held else {
            panic!("64 MB are full, whoever asks")
        };
        drop(quarter);
        assert!(others[3].try_take(15 * MEGABYTE).is_some());
        assert!(first.try_take(60 * MEGABYTE).is_none(), "it waits until it is alone");
        drop(held);
        assert!(first.try_take(70 * MEGABYTE).is_some(), "larger than the room");
    }

    #[test]
    fn so_many_messages_of_one_broker_have_a_place_however_small_they_are() {
        let room = MessageRoom::default();
        let held: Vec<_> = std::iter::from_fn(|| room.try_take(1)).collect();
        assert_eq!(held.len(), MESSAGES);
        assert!(room.beside().try_take(1).is_some());
    }

    #[tokio::test]
    async fn what_waits_has_its_place_as_soon_as_there_is_one() {
        let room = MessageRoom::default();
        let full = room.take(20 * MEGABYTE).await.unwrap();
        let waits = tokio::spawn({
            let room = room.clone();
            async move { room.take(MEGABYTE).await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        drop(full);
        assert!(waits.await.unwrap());
    }
}
