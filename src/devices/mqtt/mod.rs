//! The MQTT transport: one connection to one broker for all devices behind it.
//!
//! Persistent session, QoS 1 where a message must not be lost, acknowledged in order and only after the
//! engine has committed it. After a broken connection nothing of the old one is repeated: what was not
//! acknowledged comes again by itself, and a barrier command must not arrive minutes late. A marker of our own
//! tells what had lain in the broker from what comes now.

mod acknowledge;
mod frames;
mod hang_ups;
mod hub;
mod line;
mod marker;
mod message;
mod name;
mod publisher;
mod pulse;
mod room;
pub mod topic;
mod wire;

pub use frames::{Arrived, Frames, Incoming, NotMqtt, Welcome};
pub use line::{BrokerLine, BrokerRefusal, BrokerRequest, LineError, Opened};
pub use message::{BrokerDelivery, Marked, Message};
pub use name::{ClientName, ClientNames, ClientNamesError, client_id};
pub use publisher::{NotPublished, Publisher};
pub use room::MessageRoom;
pub use topic::matches;
pub use wire::{MAX_PACKET, Publishing, Version};

use super::alive::{self, Alive};
use super::context::DeviceContext;
use crate::backoff::{self, Backoff};
use crate::config::Mqtt;
use crate::model::happening::Happening;
use crate::standard::id::Id;
use crate::tls;
use acknowledge::{Unacknowledged, acknowledge};
use hang_ups::HangUps;
use hub::{Hub, Knows, Route};
use rumqttc::QoS;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::mpsc;

/// What a device may have waiting: all messages of its broker that there is room for, and what is told it beside them.
const DELIVERIES: usize = room::MESSAGES + 64;
/// QoS 1 packet numbers, and so unacknowledged messages, are 16 bits wide.
const UNACKNOWLEDGED: usize = 65_535;
/// What is on its way at once has a place: nobody's waits for another's.
const _: () = assert!(room::MESSAGES == line::WINDOW as usize);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Lanes wait for it: however long a broker was away, one that is back is connected to within 10 s, the try that was on
/// its way when it came back included.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// What was handed over before the end is stored by then, or comes again.
const STORED_WITHIN: Duration = Duration::from_millis(300);
/// Whether all of what lay under the name before is stored is looked at so often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Topics that are not granted by then never are.
const LISTEN_WITHIN: Duration = Duration::from_secs(5);

/// The topic on which a gateway of that name sends itself its marker.
pub fn marker_topic(client_id: &str) -> String {
    // These mean something in topics.
    format!("lotgate/{}/marker", client_id.replace(['+', '#', '/'], "-"))
}

/// What is under the name before is given up for this time after so many attempts to fetch it.
const ATTEMPTS: u32 = 3;

/// A connection being set up.
pub struct BrokerConnection {
    hub: Hub,
    broker: Mqtt,
    name: ClientName,
    requests: mpsc::Receiver<BrokerRequest>,
    /// The present one.
    line: Option<BrokerLine>,
    /// Whether it was told that the broker knows no better than 3.1.1.
    older_told: bool,
    /// Attempts to fetch what is under the name before.
    attempts: u32,
    /// Since when the broker has kept for the present name what comes, where nothing lay there before.
    listens_since: Option<Instant>,
    /// Since when the present connection has been good.
    up_since: Option<Instant>,
    /// On what the broker has hung up without a word.
    hang_ups: HangUps,
    /// The name is left to the gateway that drives the lot, which has the same: two throw each other out for ever.
    name_left: bool,
}

impl BrokerConnection {
    /// Prepares a connection; nothing is sent yet.
    pub fn new(broker: &Mqtt, name: ClientName, alive: Alive, room: MessageRoom) -> Self {
        let marker_topic = marker_topic(&name.known);
        let (sender, requests) = mpsc::channel(UNACKNOWLEDGED);
        let publisher = Publisher::new(sender);
        let hub = Hub::new(broker.name.clone(), publisher, marker_topic, alive, room);
        let (broker, line) = (broker.clone(), None);
        Self {
            hub,
            broker,
            name,
            requests,
            line,
            older_told: false,
            attempts: 0,
            listens_since: None,
            up_since: None,
            hang_ups: HangUps::default(),
            name_left: false,
        }
    }

    /// Routes these topics (with `+` for one level) to a device.
    pub fn route(&mut self, topics: Vec<(String, QoS)>) -> mpsc::Receiver<BrokerDelivery> {
        let (device, receiver) = mpsc::channel(DELIVERIES);
        self.hub.routes.push(Route { topics, device });
        receiver
    }

    /// The way to publish.
    pub fn publisher(&self) -> Publisher {
        self.hub.publisher.clone()
    }

    /// When the process before this one heard the broker last, where that is known.
    pub fn before(&self) -> Option<Instant> {
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
                ended = self.connection(&unacknowledged, &context) => ended,
            };
            self.disconnected();
            let Err(error) = ended else { continue };
            let was_up = self.up_since.take();
            if was_up.is_some() || backoff.failures() == 0 {
                let broker = self.hub.name.clone();
                context.teller.tell(Happening::BrokerDown { broker, error });
            }
            backoff.was_up(was_up.map_or(Duration::ZERO, |since| since.elapsed()));
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

    /// Makes a connection and hears the broker until it ends, or until all is fetched that lay under the name before.
    /// Dropped half-way it is to be left or given up.
    async fn connection(
        &mut self,
        unacknowledged: &mpsc::Sender<Unacknowledged>,
        context: &DeviceContext,
    ) -> Result<(), String> {
        let mut stands_back = context.stands_back.subscribe();
        self.name_left &= *stands_back.borrow_and_update();
        let before = self.name_before().map(str::to_owned);
        if before.is_some() {
            self.listen_from_now_on().await?;
        }
        let again = Arc::clone(&self.hub.again);
        let own = self.name_left.then(|| format!("lotgate-beside-{}", Id::random()));
        let name = own.as_deref().or(before.as_deref()).unwrap_or(&self.name.id);
        let opened = BrokerLine::open(&self.broker, name, own.is_none()).await;
        let Opened { line, session_present, older, only_once, at: (at, of) } =
            opened.map_err(|error| tls::in_words(&error.to_string()))?;
        if of > 1 {
            let host = self.broker.host.clone();
            context.teller.tell(Happening::ReachedAt { host, at: at.to_string(), of });
        }
        if older && !std::mem::replace(&mut self.older_told, true) {
            context.teller.tell(Happening::BrokerOlder { broker: self.hub.name.clone() });
        }
        let line = self.line.insert(line);
        if before.is_some() && !session_present {
            return self.end_before().await;
        }
        self.up_since = Some(Instant::now());
        let knows = Knows { older, only_once };
        self.hub.connected(session_present, before.is_some(), knows, context);
        loop {
            let incoming = tokio::select! {
                () = again.notified() => return Err("a message could not be stored".to_owned()),
                incoming = next(line, &mut self.requests, &mut self.hub, unacknowledged, context) => {
                    // Not every broker says that somebody else has connected under that name.
                    self.name_left |= incoming.is_err()
                        && *stands_back.borrow()
                        && self.up_since.is_some_and(|since| since.elapsed() < backoff::LASTED);
                    incoming.map(Some)
                }
                // The name is taken up again.
                Ok(()) = stands_back.changed(), if self.name_left => return Ok(()),
                // What was handed over is stored meanwhile.
                () = tokio::time::sleep(LOOK_AGAIN), if before.is_some() => Ok(None),
            };
            let incoming = match incoming {
                Ok(incoming) => incoming,
                Err(error) => {
                    self.hung_up(&error, context);
                    return Err(error.to_string());
                }
            };
            if let Some(incoming) = incoming {
                if matches!(incoming, Incoming::Message(_)) {
                    self.attempts = 0;
                }
                self.hub.take(incoming, unacknowledged, context)?;
            }
            if before.is_some() && self.hub.is_emptied() {
                return self.end_before().await;
            }
        }
    }

    /// Not every broker says what it forbids: some hang up on it, with a word or without.
    fn hung_up(&mut self, error: &LineError, context: &DeviceContext) {
        const NOT_AUTHORISED: u8 = 0x87;
        let last_said = self.line.as_ref().and_then(BrokerLine::last_said);
        let has_taken = |topic: &str| self.line.as_ref().is_some_and(|line| line.has_taken(topic));
        let forbidden = match error {
            LineError::Closed | LineError::Io(_) => self.hang_ups.again(last_said, has_taken),
            LineError::Ended(BrokerRefusal::NotAuthorised) => {
                self.hang_ups.forget();
                last_said
            }
            _ => {
                self.hang_ups.forget();
                None
            }
        };
        if let Some(topic) = forbidden {
            self.hub.forbids(&topic, NOT_AUTHORISED, context);
        }
    }

    /// The name under which there may be reads yet, from before the present one.
    fn name_before(&self) -> Option<&str> {
        let (before, _) = self.name.before.as_ref()?;
        (self.attempts < ATTEMPTS && !self.name_left).then_some(before)
    }

    /// Has the broker keep what comes from now on for the present name, whatever becomes of the one before.
    async fn listen_from_now_on(&mut self) -> Result<(), String> {
        let (ask, mut asked) = mpsc::channel(UNACKNOWLEDGED);
        let listening = async {
            let Opened { mut line, session_present, .. } =
                BrokerLine::open(&self.broker, &self.name.id, true).await?;
            self.attempts += 1;
            if !session_present {
                // Nothing lies there from before.
                self.listens_since = Some(Instant::now());
            }
            let mut ungranted = 0;
            for (topic, qos) in self.hub.topics() {
                ungranted +=
                    usize::from(ask.try_send(BrokerRequest::Subscribe(topic, qos)).is_ok());
            }
            while ungranted > 0 {
                // What comes already is not acknowledged, and comes again.
                let said = line.next(&mut asked).await?;
                let is_answer = matches!(
                    said,
                    Incoming::Granted
                        | Incoming::GrantedOnce { .. }
                        | Incoming::TopicRefused { .. }
                );
                ungranted -= usize::from(is_answer);
            }
            line.leave(&mut asked).await;
            Ok::<(), LineError>(())
        };
        let listening = tokio::time::timeout(LISTEN_WITHIN, listening).await;
        let listening = listening.unwrap_or(Err(LineError::NoAnswer));
        listening.map_err(|error| error.to_string())
    }

    /// Nothing is left under the name before: its session is ended, and it is not asked for again.
    async fn end_before(&mut self) -> Result<(), String> {
        let Some((before, names)) = self.name.before.take() else { return Ok(()) };
        if let Some(line) = self.line.take() {
            line.leave(&mut self.requests).await;
        }
        // Whoever connects without a session of his own ends the one that is there.
        if let Ok(opened) = BrokerLine::open(&self.broker, &before, false).await {
            opened.line.leave(&mut self.requests).await;
            names.ended(&self.hub.name);
        }
        self.hub.begin_anew(self.listens_since);
        Ok(())
    }

    fn disconnected(&mut self) {
        self.hub.let_go();
        let mut session = self.hub.publisher.session();
        session.up = false;
        session.marked = false;
        session.unacknowledged = 0;
        session.number += 1;
        self.line = None;
        while self.requests.try_recv().is_ok() {}
    }
}

/// Waits for what comes next; the socket is read once there is room for what came before. While the marker is awaited, looks
/// that found nothing are counted; the socket is looked at first each time.
async fn next(
    line: &mut BrokerLine,
    requests: &mut mpsc::Receiver<BrokerRequest>,
    hub: &mut Hub,
    unacknowledged: &mpsc::Sender<Unacknowledged>,
    context: &DeviceContext,
) -> Result<Incoming, LineError> {
    while hub.is_full(unacknowledged) {
        let room = tokio::select! {
            error = line.only_speak(requests) => return Err(error),
            room = hub.room(unacknowledged) => room,
        };
        if !hub.hand_over_held(room, unacknowledged) {
            hub.again.notify_one();
        }
    }
    loop {
        tokio::select! {
            biased;
            incoming = line.next(requests) => {
                hub.look();
                return incoming;
            }
            () = tokio::time::sleep(marker::LOOK), if hub.looks_for_marker() => {
                hub.silent(line.of_the_next(), context);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_is_back_after_hours_is_connected_to_within_ten_seconds() {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let longest = (0..1000).map(|_| backoff.pause(1.0)).max().unwrap();
        assert!(longest + line::OPEN_WITHIN <= Duration::from_secs(10), "{longest:?}");
    }
}
