//! Bodies of requests, within what all servers of the process may hold at once. A large one waits for room before any of it is
//! read, and has all it needs at once, so that no two wait for each other; small ones have room of their own, so that large
//! ones hold up no payment. For handlers; it knows no server.

use bytes::Buf as _;
use http_body_util::BodyExt as _;
use hyper::body::Body;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// A body takes no longer than that.
const WHOLE_WITHIN: Duration = Duration::from_secs(20);
/// Nor is any part of it waited for longer.
const NEXT_WITHIN: Duration = Duration::from_secs(5);
/// So long a large one waits for room.
const ROOM_WITHIN: Duration = Duration::from_secs(15);
/// A body up to this is a small one.
const SMALL: usize = 64 << 10;
/// Small ones have this part of the room to themselves.
const OF_SMALL: usize = 8;
/// So much is read and thrown away of one that is too large: some senders hear no answer before they have sent all.
const THROWN_AWAY: usize = 64 << 20;

/// Why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More than it may be.
    #[error("the body is too large")]
    TooLarge,
    /// It broke off or did not come in time.
    #[error("the body broke off")]
    Broken,
    /// Too many others are held.
    #[error("there is no room for the body now")]
    NoRoom,
}

/// A whole body; its room is taken until it is dropped.
#[derive(Debug)]
pub struct HeldBody {
    bytes: Vec<u8>,
    room: OwnedSemaphorePermit,
}

impl HeldBody {
    /// The bytes themselves, for whoever ends before this does; nothing is left here but their room.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

impl Deref for HeldBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Room for bodies.
#[derive(Debug)]
pub struct Bodies {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl Bodies {
    pub(super) fn new(bytes: usize) -> Self {
        let small = bytes / OF_SMALL;
        let room = |bytes: usize| Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS)));
        Self { small: room(small), large: room(bytes - small) }
    }

    /// Reads a body of `most` bytes at most.
    pub async fn read<B: Body + Unpin>(&self, body: B, most: usize) -> Result<HeldBody, BodyError> {
        // One that does not say how long it is is small until it is not.
        let room = match body.size_hint().exact().map(usize::try_from) {
            Some(Ok(length)) if length <= most => length,
            Some(_) => return Err(throw_away(body, most).await),
            None => SMALL.min(most),
        };
        let room = self.room(room).await?;
        let reading = self.read_into(body, most, room);
        timeout(WHOLE_WITHIN, reading).await.map_err(|_| BodyError::Broken)?
    }

    /// The same; one that is packed has the room that it may need when it is unpacked.
    pub async fn read_packed<B: Body + Unpin>(
        &self,
        body: B,
        most: usize,
        is_packed: impl Fn(&[u8]) -> bool,
    ) -> Result<HeldBody, BodyError> {
        let body = self.read(body, most).await?;
        if is_packed(&body) { self.grow(body, most).await } else { Ok(body) }
    }

    /// Takes room for so many bytes more of a body that is larger than it came, packed.
    async fn grow(&self, body: HeldBody, most: usize) -> Result<HeldBody, BodyError> {
        let HeldBody { bytes, room } = body;
        // It is given back first: whoever waits for more holds nothing.
        drop(room);
        Ok(HeldBody { bytes, room: self.room(most).await? })
    }

    async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, BodyError> {
        let room = if bytes <= SMALL { &self.small } else { &self.large };
        let bytes = u32::try_from(bytes).map_err(|_| BodyError::TooLarge)?;
        let taken = timeout(ROOM_WITHIN, Arc::clone(room).acquire_many_owned(bytes)).await;
        taken.ok().and_then(Result::ok).ok_or(BodyError::NoRoom)
    }

    async fn read_into<B: Body + Unpin>(
        &self,
        mut body: B,
        most: usize,
        mut room: OwnedSemaphorePermit,
    ) -> Result<HeldBody, BodyError> {
        let mut kept = Vec::with_capacity(room.num_permits());
        while let Some(mut data) = next(&mut body).await? {
            let length = kept.len().saturating_add(data.remaining());
            if length > most {
                drop((kept, room));
                return Err(throw_away(body, most).await);
            }
            if length > room.num_permits() {
                // It is given back first: whoever waits for more holds nothing.
                drop(room);
                room = self.room(most).await?;
            }
            kept.extend_from_slice(&data.copy_to_bytes(data.remaining()));
        }
        Ok(HeldBody { bytes: kept, room })
    }
}

/// The next bytes; none at the end.
async fn next<B: Body + Unpin>(body: &mut B) -> Result<Option<B::Data>, BodyError> {
    loop {
        let frame = timeout(NEXT_WITHIN, body.frame()).await.map_err(|_| BodyError::Broken)?;
        let Some(frame) = frame else { return Ok(None) };
        if let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() {
            return Ok(Some(data));
        }
    }
}

/// Reads what is left of a body that is too large, or much of it, and keeps nothing: it needs no room.
async fn throw_away<B: Body + Unpin>(mut body: B, most: usize) -> BodyError {
    let reading = async {
        let mut length = 0_usize;
        while length <= most.max(THROWN_AWAY) {
            let Some(data) = next(&mut body).await? else { break };
            length = length.saturating_add(data.remaining());
        }
        Ok(BodyError::TooLarge)
    };
    let read = timeout(WHOLE_WITHIN, reading).await;
    read.unwrap_or(Err(BodyError::Broken)).unwrap_or_else(|broken| broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;
    use hyper::body::{Bytes, Frame, SizeHint};
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    /// A body that does not say how long it is, the last piece first.
    struct Pieces(Vec<&'static [u8]>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let next = self.0.pop();
            Poll::Ready(next.map(|piece| Ok(Frame::data(Bytes::from_static(piece)))))
        }
    }

    #[tokio::test]
    async fn a_body_is_taken_whole_or_not_at_all() {
        let bodies = Bodies::new(1 << 20);
        let full = |text: &'static str| Full::new(Bytes::from_static(text.as_bytes()));
        let held = bodies.read(full("abc"), 3).await.unwrap();
        assert_eq!(&*held, b"abc");
        assert_eq!(bodies.read(full("abcd"), 3).await.unwrap_err(), BodyError::TooLarge);
        let pieces = Pieces(vec![b"d", b"c", b"ab"]);
        assert_eq!(bodies.read(pieces, 3).await.unwrap_err(), BodyError::TooLarge);
        let held = bodies.read(Pieces(vec![b"c", b"ab"]), 3).await.unwrap();
        assert_eq!(&*held, b"abc");
    }

    #[tokio::test]
    async fn one_that_says_it_is_too_large_takes_no_room_and_waits_for_none() {
        let bodies = Bodies::new(1 << 20);
        let of = |length: usize| Full::new(Bytes::from(vec![b'x'; length]));
        // All the room there is.
        let large = bodies.room((1 << 20) - (1 << 17)).await.unwrap();
        let small = Arc::clone(&bodies.small).acquire_many_owned(1 << 17).await.unwrap();
        let refused = timeout(Duration::from_secs(5), bodies.read(of(950 << 10), 900 << 10)).await;
        assert_eq!(refused.unwrap().unwrap_err(), BodyError::TooLarge);
        drop((large, small));
        // One that breaks off before its length is broken.
        assert_eq!(bodies.read(Short, 3).await.unwrap_err(), BodyError::Broken);
    }

    /// A body that promises much and breaks off.
    struct Short;

    impl Body for Short {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
            Poll::Ready(Some(Err("reset")))
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(1 << 20)
        }
    }

    #[tokio::test]
    async fn large_ones_wait_for_each_other_and_hold_up_no_small_one() {
        let bodies = Bodies::new(1 << 20);
        let of = |length: usize| Full::new(Bytes::from(vec![b'x'; length]));
        let held = bodies.read(of(800 << 10), 900 << 10).await.unwrap();
        let small = bodies.read(of(1000), 900 << 10).await.unwrap();
        let second = bodies.read(of(200 << 10), 900 << 10);
        tokio::pin!(second);
        assert!(timeout(Duration::from_millis(20), &mut second).await.is_err(), "no room");
        drop(held);
        assert_eq!(second.await.unwrap().len(), 200 << 10);
        drop(small);
        // One that did not say how long it is gets room for the longest once it is no small one.
        let piece: &'static [u8] = vec![b'y'; SMALL].leak();
        let held = bodies.read(Pieces(vec![piece; 3]), 800 << 10).await.unwrap();
        assert_eq!(held.len(), 3 * SMALL);
        assert_eq!(bodies.large.available_permits(), (1 << 20) - (1 << 17) - (800 << 10));
        drop(held);
        assert_eq!(bodies.small.available_permits(), 1 << 17);
    }
}
