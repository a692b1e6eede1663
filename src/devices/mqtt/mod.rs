//! The MQTT transport: one connection to one broker for all devices behind it.
//!
//! Persistent session, QoS 1 where a message must not be lost, acknowledged in order and only after the
//! engine has committed it. After a broken connection nothing of the old one is repeated: what was not
//! acknowledged comes again by itself, and a barrier command must not arrive minutes late. A marker of our own
//! tells what had lain in the broker from what comes now.

mod acknowledge;
mod frames;
mod hub;
mod line;
mod marker;
mod message;
mod publisher;
mod pulse;
mod topic;
mod wire;

pub use frames::{Arrived, Frames, Incoming, NotMqtt, Welcome};
pub use line::{BrokerLine, BrokerRefusal, BrokerRequest, LineError, Opened};
pub use message::{BrokerDelivery, Marked, Message};
pub use publisher::{Down, Publisher};
pub use topic::matches;
pub use wire::{MAX_PACKET, Publishing, Version};

use super::alive::{self, Alive};
use super::context::DeviceContext;
use crate::backoff::Backoff;
use crate::config::Mqtt;
use crate::model::happening::Happening;
use acknowledge::{Unacknowledged, acknowledge};
use hub::{Hub, Route};
use jiff::Timestamp;
use rumqttc::QoS;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Messages a device may have waiting. More means it is not keeping up.
const MESSAGES: usize = 256;
/// QoS 1 packet numbers, and so unacknowledged messages, are 16 bits wide.
const UNACKNOWLEDGED: usize = 65_535;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// What was handed over before the end is stored by then, or comes again.
const STORED_WITHIN: Duration = Duration::from_millis(300);

/// The gateway's name at a broker.
pub fn client_id(broker: &Mqtt, park_code: &str) -> String {
    let by_default = || format!("lotgate-{park_code}-{}", broker.name);
    broker.client_id.clone().unwrap_or_else(by_default)
}

/// The topic on which a gateway of that name sends itself its marker.
pub fn marker_topic(client_id: &str) -> String {
    // These mean something in topics.
    format!("lotgate/{}/marker", client_id.replace(['+', '#', '/'], "-"))
}

/// A connection being set up.
pub struct BrokerConnection {
    hub: Hub,
    broker: Mqtt,
    client_id: String,
    requests: mpsc::Receiver<BrokerRequest>,
    /// The present one.
    line: Option<BrokerLine>,
    /// Whether it was told that the broker knows no better than 3.1.1.
    older_told: bool,
}

impl BrokerConnection {
    /// Prepares a connection; nothing is sent yet.
    pub fn new(broker: &Mqtt, park_code: &str, alive: Alive) -> Self {
        let client_id = client_id(broker, park_code);
        let marker_topic = marker_topic(&client_id);
        let (sender, requests) = mpsc::channel(UNACKNOWLEDGED);
        let hub = Hub::new(broker.name.clone(), Publisher::new(sender), marker_topic, alive);
        let broker = broker.clone();
        Self { hub, broker, client_id, requests, line: None, older_told: false }
    }

    /// Routes these topics (with `+` for one level) to a device.
    pub fn route(&mut self, topics: Vec<(String, QoS)>) -> mpsc::Receiver<BrokerDelivery> {
        let (device, receiver) = mpsc::channel(MESSAGES);
        self.hub.routes.push(Route { topics, device });
        receiver
    }

    /// The way to publish.
    pub fn publisher(&self) -> Publisher {
        self.hub.publisher.clone()
    }

    /// When the process before this one heard the broker last, where that is known.
    pub fn before(&self) -> Option<Timestamp> {
        self.hub.before
    }

    /// Keeps the connection until told to stop.
    pub async fn run(mut self, context: DeviceContext) {
        let (unacknowledged, queue) = mpsc::channel(UNACKNOWLEDGED);
        let again = Arc::clone(&self.hub.again);
        let helpers = [
            tokio::spawn(acknowledge(queue, self.publisher(), Arc::clone(&again))),
            tokio::spawn(stay_alive(self.publisher(), self.hub.alive.clone())),
            tokio::spawn(self.hub.pulse.clone().beat()),
        ];
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            let ended = tokio::select! {
                () = context.stop.cancelled() => break,
                ended = self.connection(&unacknowledged, &context, &mut backoff) => ended,
            };
            self.disconnected();
            let Err(error) = ended;
            if backoff.failures() == 0 {
                let broker = self.hub.name.clone();
                context.teller.tell(Happening::BrokerDown { broker, error });
            }
            tokio::select! {
                () = context.stop.cancelled() => break,
                () = tokio::time::sleep(backoff.pause(fastrand::f64())) => {}
            }
        }
        // The broker keeps the session, and is told yet what is stored: else it comes once more.
        if let Some(line) = self.line.take() {
            let publisher = self.publisher();
            let stored = async {
                while publisher.session().unacknowledged > 0 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            let _ = tokio::time::timeout(STORED_WITHIN, stored).await;
            line.leave(&mut self.requests).await;
        }
        for helper in helpers {
            helper.abort();
        }
    }

    /// Makes a connection and hears the broker until it ends. Dropped half-way it is to be left or given up.
    async fn connection(
        &mut self,
        unacknowledged: &mpsc::Sender<Unacknowledged>,
        context: &DeviceContext,
        backoff: &mut Backoff,
    ) -> Result<Infallible, String> {
        let again = Arc::clone(&self.hub.again);
        let opened = BrokerLine::open(&self.broker, &self.client_id, true).await;
        let Opened { line, session_present, older } = opened.map_err(|error| error.to_string())?;
        let line = self.line.insert(line);
        backoff.succeeded();
        if older && !std::mem::replace(&mut self.older_told, true) {
            context.teller.tell(Happening::BrokerOlder { broker: self.hub.name.clone() });
        }
        self.hub.connected(session_present, context);
        loop {
            let incoming = tokio::select! {
                () = again.notified() => Err("a message could not be stored".to_owned()),
                incoming = next(line, &mut self.requests, &mut self.hub, context) => incoming,
            };
            self.hub.take(incoming?, unacknowledged, context).await?;
        }
    }

    fn disconnected(&mut self) {
        let mut session = self.hub.publisher.session();
        session.up = false;
        session.marked = false;
        session.unacknowledged = 0;
        session.number += 1;
        self.line = None;
        while self.requests.try_recv().is_ok() {}
    }
}

/// Waits for what comes next. While the marker is awaited, looks that found nothing are counted; the socket
/// is looked at first each time.
async fn next(
    line: &mut BrokerLine,
    requests: &mut mpsc::Receiver<BrokerRequest>,
    hub: &mut Hub,
    context: &DeviceContext,
) -> Result<Incoming, String> {
    let coming = line.next(requests);
    tokio::pin!(coming);
    loop {
        tokio::select! {
            biased;
            incoming = &mut coming => {
                hub.look();
                return incoming.map_err(|error| error.to_string());
            }
            () = tokio::time::sleep(marker::LOOK), if hub.looks_for_marker() => {
                hub.silent(context).await;
            }
        }
    }
}

/// Touches the file that tells the next process when we were there last.
async fn stay_alive(publisher: Publisher, alive: Alive) {
    let mut ticks = tokio::time::interval(alive::EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let there = {
            let session = publisher.session();
            session.up && session.marked
        };
        if there {
            alive.touch();
        }
    }
}
