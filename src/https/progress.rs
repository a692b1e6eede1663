//! How far a connection has come and by when it has to come further: handshake, headers, rest between requests, an answer that
//! is taken. For the connection's task and for whoever needs its place; it knows no request.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);
/// From the connection, or a request's first byte, to the end of its headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// So long a connection may rest between requests, and an answer that nobody takes may stand.
const IDLE: Duration = Duration::from_secs(30);

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionStep {
    /// TLS.
    Handshake,
    /// A request's headers are awaited.
    Headers,
    /// A request is read and worked on, within its own bounds.
    Request,
    /// Its answer leaves.
    Answer,
    /// Between two requests.
    Rest,
    /// Its place is another's.
    Displaced,
}

impl ConnectionStep {
    fn patience(self) -> Option<Duration> {
        match self {
            Self::Handshake => Some(HANDSHAKE_WITHIN),
            Self::Headers => Some(HEADERS_WITHIN),
            Self::Answer | Self::Rest => Some(IDLE),
            Self::Request => None,
            Self::Displaced => Some(Duration::ZERO),
        }
    }
}

/// One connection's progress.
#[derive(Debug)]
pub(super) struct ConnectionProgress {
    at: Mutex<(ConnectionStep, Instant)>,
    changed: Notify,
}

impl ConnectionProgress {
    pub(super) fn new(step: ConnectionStep) -> Arc<Self> {
        Arc::new(Self { at: Mutex::new((step, Instant::now())), changed: Notify::new() })
    }

    fn get(&self) -> (ConnectionStep, Instant) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It has come to this; what was displaced stays so.
    pub(super) fn comes_to(&self, step: ConnectionStep) {
        self.change(|_| Some(step));
    }

    fn change(&self, next: impl FnOnce(ConnectionStep) -> Option<ConnectionStep>) {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        if at.0 == ConnectionStep::Displaced {
            return;
        }
        let Some(step) = next(at.0) else { return };
        let is_new = at.0 != step;
        *at = (step, Instant::now());
        if is_new {
            self.changed.notify_one();
        }
    }

    /// Since when nothing is done for it, where that is so: it can give up its place.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let (step, since) = self.get();
        matches!(step, ConnectionStep::Handshake | ConnectionStep::Headers | ConnectionStep::Rest)
            .then_some(since)
    }

    /// Whether somebody works on a request of it.
    pub(super) fn is_at_work(&self) -> bool {
        matches!(self.get().0, ConnectionStep::Request | ConnectionStep::Answer)
    }

    /// Bytes came.
    fn received(&self) {
        self.change(|step| (step == ConnectionStep::Rest).then_some(ConnectionStep::Headers));
    }

    /// Bytes were taken.
    fn sent(&self) {
        self.change(|step| (step == ConnectionStep::Answer).then_some(step));
    }

    /// All bytes were taken that there were.
    fn flushed(&self) {
        self.change(|step| (step == ConnectionStep::Answer).then_some(ConnectionStep::Rest));
    }

    /// Returns when it has not come further in time, or has been displaced.
    pub(super) async fn run_out(&self) {
        loop {
            let (step, since) = self.get();
            let Some(patience) = step.patience() else {
                self.changed.notified().await;
                continue;
            };
            let until = since + patience;
            if until <= Instant::now() {
                return;
            }
            tokio::select! {
                () = self.changed.notified() => {}
                () = sleep_until(until) => {}
            }
        }
    }
}

/// A stream whose progress is noted.
pub(super) struct Watched<S> {
    stream: S,
    progress: Arc<ConnectionProgress>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, progress: Arc<ConnectionProgress>) -> Self {
        Self { stream, progress }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.progress.received();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if polled.is_ready() {
            self.progress.sent();
        }
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        if polled.is_ready() {
            self.progress.sent();
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        if polled.is_ready() {
            self.progress.flushed();
        }
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_worked_for_keeps_the_place_and_whoever_was_displaced_is_gone() {
        let progress = ConnectionProgress::new(ConnectionStep::Headers);
        assert!(progress.idle_since().is_some() && !progress.is_at_work());
        progress.comes_to(ConnectionStep::Request);
        progress.flushed();
        assert!(progress.idle_since().is_none(), "a request that is read is no rest");
        progress.comes_to(ConnectionStep::Answer);
        assert!(progress.is_at_work());
        progress.flushed();
        assert_eq!(progress.get().0, ConnectionStep::Rest);
        progress.received();
        assert_eq!(progress.get().0, ConnectionStep::Headers);
        progress.comes_to(ConnectionStep::Displaced);
        progress.comes_to(ConnectionStep::Request);
        assert_eq!(progress.get().0, ConnectionStep::Displaced);
    }
}
