//! A connection of the doctor's to a broker, and the way to ask something of it. For whoever looks at brokers.

use crate::config::Mqtt;
use crate::devices::mqtt::{BrokerLine, BrokerRequest, Incoming, LineError};
use std::net::SocketAddr;
use tokio::sync::mpsc;

/// Why a broker is not spoken with.
pub(super) enum NotSpoken {
    Refused(String),
    Unreachable(String),
}

/// A connection, and the way to ask something of the broker.
pub(super) struct Asking {
    line: BrokerLine,
    /// Which address answered, where the broker's name has several.
    pub(super) at: Option<SocketAddr>,
    /// Whether the broker knows QoS 0 alone.
    pub(super) only_once: bool,
    /// Whether it knows no better than 3.1.1.
    pub(super) older: bool,
    /// Whether it forbade something that was said: not every broker keeps the connection then.
    forbidden: bool,
    ask: mpsc::Sender<BrokerRequest>,
    asked: mpsc::Receiver<BrokerRequest>,
}

impl Asking {
    /// Asks something of it.
    pub(super) fn ask(&self, request: BrokerRequest) {
        // It has room for all that is asked here.
        let _ = self.ask.try_send(request);
    }

    /// What comes next.
    pub(super) async fn next(&mut self) -> Result<Incoming, LineError> {
        let next = self.line.next(&mut self.asked).await;
        self.forbidden |= matches!(next, Ok(Incoming::PublishRefused { .. }) | Err(_));
        next
    }

    /// The same connection, or another where this one may have been ended for what was said.
    pub(super) async fn go_on(&mut self, broker: &Mqtt) {
        if self.forbidden
            && let Ok(again) = connect(broker).await
        {
            *self = again;
        }
    }
}

/// Connects under the doctor's own name.
pub(super) async fn connect(broker: &Mqtt) -> Result<Asking, NotSpoken> {
    connect_as(broker, "lotgate-doctor").await
}

/// Connects under a name.
pub(super) async fn connect_as(broker: &Mqtt, name: &str) -> Result<Asking, NotSpoken> {
    connect_asking(broker, name, None).await
}

/// The same, asking for no more messages at once than that.
pub(super) async fn connect_asking(
    broker: &Mqtt,
    name: &str,
    window: Option<u16>,
) -> Result<Asking, NotSpoken> {
    let id = format!("{name}-{}", std::process::id());
    match BrokerLine::open_with(broker, &id, false, window).await {
        Ok(opened) => {
            let (ask, asked) = mpsc::channel(1000);
            let (at, of) = opened.at;
            let (only_once, older) = (opened.only_once, opened.older);
            let (line, at) = (opened.line, (of > 1).then_some(at));
            Ok(Asking { line, at, only_once, older, forbidden: false, ask, asked })
        }
        Err(LineError::Refused(refusal)) => Err(NotSpoken::Refused(refusal.to_string())),
        Err(error) => Err(NotSpoken::Unreachable(error.to_string())),
    }
}
