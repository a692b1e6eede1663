//! Whether this process was stopped: a beat of its own that nothing else holds up. What it finds in its sockets
//! afterwards has lain there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const BEAT: Duration = Duration::from_millis(250);
/// A beat so late was held up by no load.
const STOPPED: Duration = Duration::from_secs(5);

/// The beat.
#[derive(Debug, Clone)]
pub(super) struct Pulse(Arc<Mutex<Beats>>);

#[derive(Debug)]
struct Beats {
    last: Instant,
    /// The last beat before a stop that nobody has asked for yet.
    before_stop: Option<Instant>,
}

impl Beats {
    fn beat(&mut self) {
        if self.last.elapsed() >= STOPPED {
            self.before_stop.get_or_insert(self.last);
        }
        self.last = Instant::now();
    }
}

impl Default for Pulse {
    fn default() -> Self {
        Self::at(Instant::now())
    }
}

impl Pulse {
    /// One whose last beat was then.
    pub(super) fn at(last: Instant) -> Self {
        Self(Arc::new(Mutex::new(Beats { last, before_stop: None })))
    }

    /// Beats for ever.
    pub(super) async fn beat(self) {
        self.lock().last = Instant::now();
        loop {
            tokio::time::sleep(BEAT).await;
            self.lock().beat();
        }
    }

    /// Since when the process was stopped, if it was since this was asked last.
    pub(super) fn stopped_since(&self) -> Option<Instant> {
        let mut beats = self.lock();
        beats.beat();
        beats.before_stop.take()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Beats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
