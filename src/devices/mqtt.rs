//! The MQTT transport: one connection to one broker for all devices behind it.
//!
//! Persistent session, QoS 1 where a message must not be lost, acknowledged in order and only after the
//! engine has committed it. After a broken connection nothing of the old one is repeated: what was not
//! acknowledged comes again by itself, and a barrier command must not arrive minutes late.

use super::context::DeviceContext;
use crate::backoff::Backoff;
use crate::config::Mqtt;
use crate::engine::Refused;
use crate::model::happening::Happening;
use crate::model::input::Answer;
use crate::model::outcome::Publication;
use bytes::Bytes;
use rumqttc::{
    AsyncClient, Event, EventLoop, Incoming, MqttOptions, Publish, QoS, TlsConfiguration, Transport,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Largest message taken: two images of several MB in base64.
const MAX_MESSAGE: usize = 32 * 1024 * 1024;
/// Messages a device may have waiting. More means it is not keeping up; the connection is then closed
/// and the broker delivers again, so that nothing is lost and nothing grows.
const MESSAGES: usize = 256;
/// QoS 1 packet numbers, and so unacknowledged messages, are 16 bits wide.
const UNACKNOWLEDGED: usize = 65_535;
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How a broker is connected to, as a clean session.
pub fn options(broker: &Mqtt, client_id: String) -> Result<MqttOptions, TransportError> {
    let mut options = MqttOptions::new(client_id, broker.host.clone(), broker.port);
    options.set_keep_alive(KEEP_ALIVE).set_max_packet_size(MAX_MESSAGE, MAX_MESSAGE);
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

/// A message for a device, to be acknowledged once it is safe.
pub struct Message {
    /// The topic.
    pub topic: String,
    /// The bytes.
    pub payload: Bytes,
    /// When it came.
    pub received: std::time::Instant,
    acknowledge: oneshot::Sender<Safe>,
}

/// When a message may be acknowledged.
enum Safe {
    Now,
    WithCommit(oneshot::Receiver<Result<Answer, Refused>>, Then),
}

/// What else to do once a message is safe.
type Then = Option<Box<dyn FnOnce() + Send>>;

impl Message {
    /// Nothing of it needs to be kept.
    pub fn done(self) {
        let _ = self.acknowledge.send(Safe::Now);
    }

    /// It may be acknowledged when this input has committed.
    pub fn done_with(self, commit: oneshot::Receiver<Result<Answer, Refused>>) {
        let _ = self.acknowledge.send(Safe::WithCommit(commit, None));
    }

    /// The same, and then something more is done.
    pub fn done_after(
        self,
        commit: oneshot::Receiver<Result<Answer, Refused>>,
        then: impl FnOnce() + Send + 'static,
    ) {
        let _ = self.acknowledge.send(Safe::WithCommit(commit, Some(Box::new(then))));
    }
}

/// A connection being set up.
pub struct BrokerConnection {
    name: String,
    client: AsyncClient,
    events: EventLoop,
    routes: Vec<Route>,
    session: Arc<Mutex<Session>>,
    up: watch::Sender<bool>,
}

struct Route {
    topics: Vec<(String, QoS)>,
    device: mpsc::Sender<Message>,
}

/// The present connection. Everything that enters the request channel does so under this lock, so that
/// nothing of an old connection can slip into a new one.
#[derive(Debug, Default)]
struct Session {
    number: u64,
    up: bool,
    /// What the broker shall keep for others, by topic: published again on every connection, because a
    /// broker that was restarted may have forgotten it.
    kept: BTreeMap<String, String>,
}

/// The way to publish on a connection.
#[derive(Clone)]
pub struct Publisher {
    client: AsyncClient,
    session: Arc<Mutex<Session>>,
}

/// The connection is down; the message was not kept for later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the MQTT connection is down")]
pub struct Down;

impl Publisher {
    /// Publishes now or not at all. QoS 0: the broker must not keep a command for a device that is away.
    pub fn publish_now(&self, topic: &str, payload: String) -> Result<(), Down> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if !session.up {
            return Err(Down);
        }
        self.client.try_publish(topic, QoS::AtMostOnce, false, payload).map_err(|_| Down)
    }
}

impl Publisher {
    /// Publishes with the retain flag, now and again on every later connection.
    pub fn keep(&self, publication: &Publication) {
        let Publication { topic, payload } = publication;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.kept.insert(topic.clone(), payload.clone());
        if session.up {
            // Without room in the channel the connection is about to be made anew.
            let _ = self.client.try_publish(topic, QoS::AtLeastOnce, true, payload.as_bytes());
        }
    }
}

impl BrokerConnection {
    /// Prepares a connection; nothing is sent yet.
    pub fn new(broker: &Mqtt, park_code: &str) -> Result<Self, TransportError> {
        let id = broker
            .client_id
            .clone()
            .unwrap_or_else(|| format!("lotgate-{park_code}-{}", broker.name));
        let mut options = options(broker, id)?;
        options.set_clean_session(false).set_manual_acks(true);
        let (client, mut events) = AsyncClient::new(options, UNACKNOWLEDGED);
        // A barrier command must not wait for the acknowledgement of the packet before it.
        events.network_options.set_tcp_nodelay(true);
        let (session, up) = (Arc::default(), watch::Sender::new(false));
        Ok(Self { name: broker.name.clone(), client, events, routes: Vec::new(), session, up })
    }

    /// Routes these topics (with `+` for one level) to a device.
    pub fn route(&mut self, topics: Vec<(String, QoS)>) -> mpsc::Receiver<Message> {
        let (device, receiver) = mpsc::channel(MESSAGES);
        self.routes.push(Route { topics, device });
        receiver
    }

    /// Whether the connection is up, for those who want to know when that changes.
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.up.subscribe()
    }

    /// The way to publish.
    pub fn publisher(&self) -> Publisher {
        Publisher { client: self.client.clone(), session: Arc::clone(&self.session) }
    }

    /// Keeps the connection until told to stop.
    pub async fn run(mut self, context: DeviceContext) {
        let (unacknowledged, queue) = mpsc::channel(UNACKNOWLEDGED);
        let again = Arc::new(Notify::new());
        let publisher = self.publisher();
        let acknowledging = tokio::spawn(acknowledge(queue, publisher, Arc::clone(&again)));
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        // Topics that the broker has yet to grant: until then nothing is heard.
        let mut ungranted = 0;
        loop {
            let event = tokio::select! {
                () = context.stop.cancelled() => break,
                // Dropping a poll half-way is harmless here: the connection is given up as well.
                () = again.notified() => Err("a message could not be stored".to_owned()),
                event = self.events.poll() => event.map_err(|error| error.to_string()),
            };
            let error = match event {
                Ok(Event::Incoming(Incoming::ConnAck(_))) => {
                    backoff.succeeded();
                    ungranted = self.connected();
                    self.tell_up(&context, ungranted);
                    continue;
                }
                Ok(Event::Incoming(Incoming::SubAck(_))) if ungranted > 0 => {
                    ungranted -= 1;
                    self.tell_up(&context, ungranted);
                    continue;
                }
                Ok(Event::Incoming(Incoming::Publish(publish))) => {
                    if self.hand_over(publish, &unacknowledged) {
                        continue;
                    }
                    "more messages than can be stored in time".to_owned()
                }
                Ok(_) => continue,
                Err(error) => error,
            };
            self.disconnected();
            if backoff.failures() == 0 {
                context.teller.tell(Happening::BrokerDown { broker: self.name.clone(), error });
            }
            tokio::select! {
                () = context.stop.cancelled() => break,
                () = tokio::time::sleep(backoff.pause(fastrand::f64())) => {}
            }
        }
        self.leave().await;
        acknowledging.abort();
    }

    /// Asks for every topic; returns how many.
    fn connected(&self) -> usize {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.up = true;
        let topics = self.routes.iter().flat_map(|route| &route.topics);
        // The channel was emptied with the old connection; it has room for every topic.
        let asked = topics.filter(|(topic, qos)| self.client.try_subscribe(topic, *qos).is_ok());
        let asked = asked.count();
        for (topic, payload) in &session.kept {
            let _ = self.client.try_publish(topic, QoS::AtLeastOnce, true, payload.as_bytes());
        }
        self.up.send_replace(true);
        asked
    }

    /// Up is what hears its devices, not what merely has a connection.
    fn tell_up(&self, context: &DeviceContext, ungranted: usize) {
        if ungranted == 0 {
            context.teller.tell(Happening::BrokerUp { broker: self.name.clone() });
        }
    }

    fn disconnected(&mut self) {
        self.up.send_replace(false);
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.up = false;
        session.number += 1;
        self.events.clean();
        self.events.pending.clear();
    }

    /// False when the device has no room: the connection must then be made anew.
    fn hand_over(&self, publish: Publish, unacknowledged: &mpsc::Sender<Unacknowledged>) -> bool {
        let route = self.routes.iter().find(|route| {
            route.topics.iter().any(|(filter, _)| rumqttc::matches(&publish.topic, filter))
        });
        let (acknowledge, safe) = oneshot::channel();
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner).number;
        let message = Message {
            topic: publish.topic.clone(),
            payload: publish.payload.clone(),
            received: std::time::Instant::now(),
            acknowledge,
        };
        let handed = match route {
            Some(route) => route.device.try_send(message).is_ok(),
            // A subscription of an earlier configuration.
            None => {
                message.done();
                true
            }
        };
        if handed && publish.qos != QoS::AtMostOnce {
            let packet = Publish { payload: Bytes::new(), ..publish };
            return unacknowledged.try_send(Unacknowledged { packet, session, safe }).is_ok();
        }
        handed
    }

    /// Says goodbye; the broker keeps the session.
    async fn leave(mut self) {
        let _ = self.client.try_disconnect();
        let goodbye = async { while self.events.poll().await.is_ok() {} };
        let _ = tokio::time::timeout(Duration::from_millis(500), goodbye).await;
    }
}

struct Unacknowledged {
    packet: Publish,
    session: u64,
    safe: oneshot::Receiver<Safe>,
}

/// Acknowledges in the order of arrival, each message when it is safe.
async fn acknowledge(
    mut queue: mpsc::Receiver<Unacknowledged>,
    publisher: Publisher,
    again: Arc<Notify>,
) {
    while let Some(Unacknowledged { packet, session, safe }) = queue.recv().await {
        let stored = match safe.await {
            Ok(Safe::Now) => true,
            Ok(Safe::WithCommit(commit, then)) => {
                let stored = matches!(commit.await, Ok(Ok(_)));
                if let Some(then) = then.filter(|_| stored) {
                    then();
                }
                stored
            }
            Err(_) => false,
        };
        let present = publisher.session.lock().unwrap_or_else(PoisonError::into_inner);
        if present.number != session {
            continue;
        }
        if stored {
            let _ = publisher.client.try_ack(&packet);
        } else {
            again.notify_one();
        }
    }
}
