//! The stream of happenings: whoever does something tells it here, and whoever wants to know listens.

use crate::model::happening::Happening;
use tokio::sync::broadcast;

/// Where happenings are told. Cheap to clone; telling never waits.
#[derive(Debug, Clone)]
pub struct Teller {
    sender: broadcast::Sender<Happening>,
}

impl Default for Teller {
    fn default() -> Self {
        Self { sender: broadcast::channel(16 * 1024).0 }
    }
}

impl Teller {
    /// Tells everybody who listens.
    pub fn tell(&self, happening: Happening) {
        // Nobody listening is nothing to complain of.
        let _ = self.sender.send(happening);
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Happening> {
        self.sender.subscribe()
    }
}
