//! The MQTT transport: one connection to one broker for all devices behind it.
//!
//! Persistent session, QoS 1 where a message must not be lost, acknowledged in order and only after the
//! engine has committed it. After a broken connection nothing of the old one is repeated: what was not
//! acknowledged comes again by itself, and a barrier command must not arrive minutes late. A marker of our own
//! tells what had lain in the broker from what comes now.

mod acknowledge;
mod hub;
mod marker;
mod message;
mod publisher;
mod pulse;

pub use message::{BrokerDelivery, Marked, Message};
pub use publisher::{Down, Publisher};

use super::alive::{self, Alive};
use super::context::DeviceContext;
use crate::backoff::Backoff;
use crate::config::Mqtt;
use crate::model::happening::Happening;
use acknowledge::acknowledge;
use hub::{Hub, MAX_MESSAGE, Route};
use jiff::Timestamp;
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, MqttOptions, QoS, StateError,
    TlsConfiguration, Transport,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Largest message read: all that MQTT has. One that is not read ends the connection and comes again on the
/// next, for ever.
const MAX_READ: usize = 268_435_455;
/// Messages a device may have waiting. More means it is not keeping up.
const MESSAGES: usize = 256;
/// QoS 1 packet numbers, and so unacknowledged messages, are 16 bits wide.
const UNACKNOWLEDGED: usize = 65_535;
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How a broker is connected to, as a clean session.
pub fn options(broker: &Mqtt, client_id: String) -> Result<MqttOptions, TransportError> {
    let mut options = MqttOptions::new(client_id, broker.host.clone(), broker.port);
    options.set_keep_alive(KEEP_ALIVE).set_max_packet_size(MAX_READ, MAX_MESSAGE);
    if let Some((user, password)) = &broker.login {
        options.set_credentials(user, password.reveal());
    }
    if broker.tls {
        let tls = crate::tls::client_config(broker.ca_file.as_deref(), None)
            .map_err(|error| TransportError::Tls { broker: broker.name.clone(), error })?;
        options.set_transport(Transport::Tls(TlsConfiguration::Rustls(Arc::new(tls))));
    }
    Ok(options)
}

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

/// Why a transport cannot even be set up.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Its CA file.
    #[error("MQTT `{broker}`: {error}")]
    Tls {
        /// The broker's name.
        broker: String,
        /// What is wrong.
        error: crate::tls::TlsError,
    },
}

/// A connection being set up.
pub struct BrokerConnection {
    hub: Hub,
    events: EventLoop,
}

impl BrokerConnection {
    /// Prepares a connection; nothing is sent yet.
    pub fn new(broker: &Mqtt, park_code: &str, alive: Alive) -> Result<Self, TransportError> {
        let id = client_id(broker, park_code);
        let marker_topic = marker_topic(&id);
        let mut options = options(broker, id)?;
        options.set_clean_session(false).set_manual_acks(true);
        let (client, mut events) = AsyncClient::new(options, UNACKNOWLEDGED);
        // A barrier command must not wait for the acknowledgement of the packet before it.
        events.network_options.set_tcp_nodelay(true);
        let hub = Hub::new(broker.name.clone(), Publisher::new(client), marker_topic, alive);
        Ok(Self { hub, events })
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
            let event = tokio::select! {
                () = context.stop.cancelled() => break,
                // Dropping a poll half-way is harmless here: the connection is given up as well.
                () = again.notified() => Err("a message could not be stored".to_owned()),
                event = next(&mut self.events, &mut self.hub, &context) => event,
            };
            let error = match event {
                Ok(event) => {
                    if matches!(event, Event::Incoming(Incoming::ConnAck(_))) {
                        backoff.succeeded();
                    }
                    match self.hub.take(event, &unacknowledged, &context).await {
                        Ok(()) => continue,
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            self.disconnected();
            if backoff.failures() == 0 {
                let broker = self.hub.name.clone();
                context.teller.tell(Happening::BrokerDown { broker, error });
            }
            tokio::select! {
                () = context.stop.cancelled() => break,
                () = tokio::time::sleep(backoff.pause(fastrand::f64())) => {}
            }
        }
        self.leave().await;
        for helper in helpers {
            helper.abort();
        }
    }

    fn disconnected(&mut self) {
        let mut session = self.hub.publisher.session();
        session.up = false;
        session.marked = false;
        session.unacknowledged = 0;
        session.number += 1;
        self.events.clean();
        self.events.pending.clear();
    }

    /// Says goodbye; the broker keeps the session.
    async fn leave(mut self) {
        let _ = self.hub.publisher.client.try_disconnect();
        let goodbye = async { while self.events.poll().await.is_ok() {} };
        let _ = tokio::time::timeout(Duration::from_millis(500), goodbye).await;
    }
}

/// Waits for the next event. While the marker is awaited, looks that found nothing are counted; the socket
/// is looked at first each time.
async fn next(
    events: &mut EventLoop,
    hub: &mut Hub,
    context: &DeviceContext,
) -> Result<Event, String> {
    let polling = events.poll();
    tokio::pin!(polling);
    loop {
        tokio::select! {
            biased;
            event = &mut polling => {
                hub.look();
                return event.map_err(|error| in_words(&error));
            }
            () = tokio::time::sleep(marker::LOOK), if hub.looks_for_marker() => {
                hub.silent(context).await;
            }
        }
    }
}

/// What went wrong, where the client's own words do not say who did not answer.
fn in_words(error: &ConnectionError) -> String {
    match error {
        ConnectionError::NetworkTimeout => "no answer within 5 s".to_owned(),
        ConnectionError::FlushTimeout => "it takes nothing for 5 s".to_owned(),
        ConnectionError::MqttState(StateError::AwaitPingResp) => {
            format!("no answer to our ping within {} s", KEEP_ALIVE.as_secs())
        }
        other => other.to_string(),
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
