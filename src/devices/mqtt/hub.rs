//! What a broker's events come to: topics asked for, messages handed to their devices' tasks, the marker sent, awaited and
//! passed on. It knows neither the socket nor what any message means.

use super::acknowledge::Unacknowledged;
use super::frames::{Arrived, Incoming};
use super::line::{BrokerRequest, WINDOW};
use super::marker::{Marker, Quiet};
use super::message::{BrokerDelivery, Marked, Message, Safe};
use super::publisher::{FORBIDDEN_FOR, Publisher, retained};
use super::pulse::Pulse;
use super::room::{HeldRoom, MessageRoom};
use super::topic::{is_filter, matches};
use super::wire::{MAX_PACKET, Publishing};
use crate::devices::alive::Alive;
use crate::devices::context::DeviceContext;
use crate::model::event::DeviceEvent;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Input};
use crate::standard::id::Id;
use jiff::SignedDuration;
use rumqttc::QoS;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// All of a connection but its socket.
pub(super) struct Hub {
    pub(super) name: String,
    pub(super) routes: Vec<Route>,
    pub(super) publisher: Publisher,
    marker_topic: String,
    marker: Marker,
    pub(super) alive: Alive,
    /// When the process before this one was there last.
    pub(super) before: Option<Instant>,
    /// When this process was there last before the present connection, or before it was stopped.
    last_there: Option<Instant>,
    /// Whether it was stopped, and since when it is not.
    pub(super) pulse: Pulse,
    /// Whether a marker of this process has come back before.
    marked_before: bool,
    /// Connections the broker has taken.
    taken: u64,
    /// Topics that the broker has yet to grant: until then nothing is heard.
    ungranted: usize,
    /// Whether the broker had kept our session, and what came for it meanwhile.
    session_kept: bool,
    /// Topics that are handed over at QoS 0 alone on this connection, all of them where it is empty.
    once: Option<BTreeSet<String>>,
    /// The same as told last.
    once_told: Option<BTreeSet<String>>,
    pub(super) again: Arc<Notify>,
    room: MessageRoom,
    /// What has come and has no room: nothing more is read until it has.
    held: Option<(Arrived, Instant)>,
    /// How many messages the broker was asked to have on their way to us at most, and whether it has more.
    window: Option<usize>,
    overruns: bool,
}

/// What a broker knows of MQTT.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knows {
    /// No better than 3.1.1.
    pub(super) older: bool,
    /// Nothing but QoS 0.
    pub(super) only_once: bool,
}

pub(super) struct Route {
    pub(super) topics: Vec<(String, QoS)>,
    pub(super) device: mpsc::Sender<BrokerDelivery>,
}

impl Hub {
    /// One that is not connected yet.
    pub(super) fn new(
        name: String,
        publisher: Publisher,
        marker_topic: String,
        alive: Alive,
        room: MessageRoom,
    ) -> Self {
        Self {
            name,
            routes: Vec::new(),
            publisher,
            marker_topic,
            marker: Marker::new(String::new()),
            before: alive.last(),
            last_there: None,
            pulse: Pulse::default(),
            marked_before: false,
            alive,
            taken: 0,
            ungranted: 0,
            session_kept: true,
            once: None,
            once_told: None,
            again: Arc::default(),
            room,
            held: None,
            window: None,
            overruns: false,
        }
    }

    /// What the broker says comes to; an error when the connection must be made anew.
    pub(super) fn take(
        &mut self,
        incoming: Incoming,
        unacknowledged: &mpsc::Sender<Unacknowledged>,
        context: &DeviceContext,
    ) -> Result<(), String> {
        self.heard(&incoming);
        let taken = match incoming {
            Incoming::Granted if self.ungranted > 0 => {
                self.ungranted -= 1;
                self.tell_up(context);
                true
            }
            Incoming::GrantedOnce { topic } => {
                self.handed_over_once(Some(topic));
                self.ungranted = self.ungranted.saturating_sub(1);
                self.tell_up(context);
                true
            }
            Incoming::PublishRefused { topic, reason } => {
                self.forbids(&topic, reason, context);
                true
            }
            Incoming::MayPublish { topic } => {
                if self.publisher.session().forbidden.remove(&topic).is_some() {
                    let broker = self.name.clone();
                    context.teller.tell(Happening::PublishAllowed { broker, topic });
                }
                true
            }
            Incoming::TopicRefused { topic, reason } => {
                let broker = self.name.clone();
                context.teller.tell(Happening::TopicRefused { broker, topic, reason });
                // The others are heard.
                self.ungranted = self.ungranted.saturating_sub(1);
                self.tell_up(context);
                true
            }
            Incoming::Message(arrived) => self.came(arrived, unacknowledged, context),
            Incoming::TooLarge { topic, number, length } => {
                let (broker, topic) = (self.name.clone(), topic.chars().take(200).collect());
                let (megabytes, most) = (length >> 20, MAX_PACKET >> 20);
                let happening = Happening::MessageTooLarge { broker, topic, megabytes, most };
                context.teller.tell(happening);
                self.be_done_with(number, Safe::Now, unacknowledged)
            }
            Incoming::Unreadable { number, error } => {
                let device = format!("MQTT `{}`", self.name);
                context.teller.tell(Happening::BadMessage { device, error: error.to_owned() });
                self.be_done_with(number, Safe::Now, unacknowledged)
            }
            _ => true,
        };
        let ended = || "a device takes nothing any more".to_owned();
        taken.then_some(()).ok_or_else(ended)
    }

    /// The broker does not take what we publish there: it is not tried again for a while, and whoever waits for it is told.
    pub(super) fn forbids(&mut self, topic: &str, reason: u8, context: &DeviceContext) {
        self.publisher.session().forbidden.insert(topic.to_owned(), Instant::now());
        if topic == self.marker_topic {
            self.marker.forbid();
        }
        let broker = self.name.clone();
        let happening = Happening::PublishRefused { broker, topic: topic.to_owned(), reason };
        context.teller.tell(happening);
        for route in &self.routes {
            // A device that has no room for it learns it by a time-out.
            let _ = route.device.try_send(BrokerDelivery::Forbidden(topic.to_owned()));
        }
    }

    /// The broker hands that topic over at QoS 0, or all of them.
    fn handed_over_once(&mut self, topic: Option<String>) {
        let of_all = self.once.as_ref().is_some_and(BTreeSet::is_empty);
        // The marker comes back, or does not: that is told by itself.
        if !of_all && topic.as_ref() != Some(&self.marker_topic) {
            self.once.get_or_insert_default().extend(topic);
        }
    }

    fn tell_once(&mut self, context: &DeviceContext) {
        if self.once == self.once_told {
            return;
        }
        self.once_told.clone_from(&self.once);
        let broker = self.name.clone();
        context.teller.tell(match &self.once {
            Some(topics) => {
                Happening::DeliveredOnce { broker, topics: topics.iter().cloned().collect() }
            }
            None => Happening::DeliveredSafely { broker },
        });
    }

    /// Acknowledges, in its turn, what nobody is handed.
    fn be_done_with(
        &self,
        number: Option<u16>,
        safely: Safe,
        unacknowledged: &mpsc::Sender<Unacknowledged>,
    ) -> bool {
        let Some(number) = number else { return true };
        let (acknowledge, safe) = oneshot::channel();
        let session = self.await_acknowledgement(true);
        let _ = acknowledge.send(safely);
        unacknowledged.try_send(Unacknowledged { number, session, safe }).is_ok()
    }

    /// Counts a message that is to be acknowledged; returns its connection.
    fn await_acknowledgement(&self, is_to_be: bool) -> u64 {
        let mut session = self.publisher.session();
        session.unacknowledged += usize::from(is_to_be);
        session.number
    }

    /// Tells once of a broker that has more on its way to us than it was asked to: the rest lies in the sockets, and takes
    /// memory of the broker's.
    fn tell_overrun(&mut self, context: &DeviceContext) {
        let Some(window) = self.window.filter(|_| !self.overruns) else { return };
        self.overruns = self.publisher.session().unacknowledged > window;
        if self.overruns {
            let broker = self.name.clone();
            context.teller.tell(Happening::WindowOverrun { broker, window });
        }
    }

    /// The socket was looked at. After a stop of the whole process what comes first has lain there: a new marker tells
    /// how much of it.
    pub(super) fn look(&mut self) {
        let Some(before) = self.pulse.stopped_since() else { return };
        let mut session = self.publisher.session();
        if !session.up || self.marker.is_awaited() {
            return;
        }
        session.marked = false;
        session.undecided = true;
        session.last_there = Some(before);
        drop(session);
        self.last_there = Some(before);
        self.session_kept = true;
        self.marker = Marker::new(Id::random().to_string());
        self.marker.granted();
        self.marker.nonce().clone_into(&mut self.publisher.session().awaited);
        self.send_marker();
    }

    fn heard(&mut self, incoming: &Incoming) {
        // That the broker lives says nothing of what it still has for us.
        if !matches!(incoming, Incoming::Pong) {
            self.marker.heard();
        }
        let mut session = self.publisher.session();
        if session.marked {
            session.last_there = Some(Instant::now());
        }
    }

    /// All topics with the marker's, which is the last.
    pub(super) fn topics(&self) -> Vec<(String, QoS)> {
        // One that is none would cost all the others the connection.
        let topics = self.routes.iter().flat_map(|route| route.topics.clone());
        let topics = topics.filter(|(topic, _)| is_filter(topic));
        topics.chain([(self.marker_topic.clone(), QoS::AtLeastOnce)]).collect()
    }

    /// The broker has taken us: asks for every topic, the marker's last. Under the name before only what lies there is
    /// wanted, and nothing new: there the marker's topic alone is asked for.
    pub(super) fn connected(
        &mut self,
        session_kept: bool,
        before: bool,
        knows: Knows,
        context: &DeviceContext,
    ) {
        self.window = (!knows.older).then_some(WINDOW.into());
        self.once = knows.only_once.then(BTreeSet::new);
        self.session_kept = session_kept;
        let was_awaited = self.marker.is_awaited() && self.taken > 0;
        self.marker = Marker::new(Id::random().to_string());
        let mut session = self.publisher.session();
        // One that the broker ended for our marker is the same one yet for those who listened.
        let goes_on =
            was_awaited && session_kept && session.is_forbidden(&self.marker_topic, FORBIDDEN_FOR);
        self.taken += u64::from(!goes_on);
        session.up = true;
        self.last_there = session.last_there;
        // The channel was emptied with the old connection; it has room for every topic.
        let asked = self.topics().into_iter().filter(|(topic, qos)| {
            let wanted = !before || *topic == self.marker_topic;
            let request = if wanted {
                BrokerRequest::Subscribe(topic.clone(), *qos)
            } else {
                BrokerRequest::Unsubscribe(topic.clone())
            };
            self.publisher.request(request) && wanted
        });
        self.ungranted = asked.count();
        let kept = session.kept.iter();
        for (topic, payload) in
            kept.filter(|(topic, _)| !session.is_forbidden(topic, FORBIDDEN_FOR))
        {
            self.publisher.request(retained(topic, payload));
        }
        session.unacknowledged = 0;
        drop(session);
        self.tell_up(context);
    }

    /// Up is what hears its devices, not what merely has a connection.
    fn tell_up(&mut self, context: &DeviceContext) {
        if self.ungranted == 0 {
            context.teller.tell(Happening::BrokerUp { broker: self.name.clone() });
            self.tell_once(context);
            if self.marker.granted() {
                self.send_marker();
            }
        }
    }

    /// Whether all that lay under the name before has been handed over and is stored.
    pub(super) fn is_emptied(&self) -> bool {
        let session = self.publisher.session();
        session.marked && session.unacknowledged == 0
    }

    /// What comes next comes under another name, and is this process's first connection there; what lies there has come
    /// since then, where that is known.
    pub(super) fn begin_anew(&mut self, listened_since: Option<Instant>) {
        self.taken = 0;
        self.marked_before = false;
        self.publisher.session().last_there = listened_since;
    }

    fn send_marker(&mut self) {
        let (topic, payload) = (self.marker_topic.clone(), self.marker.nonce().into());
        let what = Publishing { topic, qos: QoS::AtLeastOnce, retain: false, payload };
        let session = self.publisher.session();
        if session.is_forbidden(&what.topic, FORBIDDEN_FOR) {
            drop(session);
            self.marker.forbid();
        } else {
            self.publisher.request(BrokerRequest::Publish(what));
        }
    }

    pub(super) fn looks_for_marker(&self) -> bool {
        self.marker.is_awaited() && self.publisher.session().up
    }

    /// A look at the socket found nothing, but perhaps more of a message that has not come whole.
    pub(super) fn silent(&mut self, of_the_next: usize, context: &DeviceContext) {
        if self.publisher.session().unacknowledged > 0 {
            // The broker may be waiting for us.
            return self.marker.heard();
        }
        match self.marker.silent(of_the_next) {
            Quiet::Wait => {}
            Quiet::SendAgain => self.send_marker(),
            Quiet::GiveUp => {
                let (broker, topic) = (self.name.clone(), self.marker_topic.clone());
                context.teller.tell(Happening::MarkerMissing { broker: broker.clone(), topic });
                if !self.mark(DeviceEvent::MarkerMissing { broker }, None, context) {
                    self.again.notify_one();
                }
            }
        }
    }

    /// How long nobody listened to this broker.
    fn away(&self) -> Option<SignedDuration> {
        // Where it had no session of ours, nothing can have waited for us; but what came after a stop may wait with us.
        if !self.session_kept && !self.publisher.session().undecided {
            return Some(SignedDuration::ZERO);
        }
        let there = self.last_there.or(self.before)?;
        SignedDuration::try_from(there.elapsed()).ok()
    }

    /// Lets every device's task say that it has handed over what came before this, and then tells the engine.
    fn mark(
        &mut self,
        event: DeviceEvent,
        behind: Option<oneshot::Receiver<()>>,
        context: &DeviceContext,
    ) -> bool {
        let connection = self.publisher.session().number;
        let first = self.taken == 1 && !std::mem::replace(&mut self.marked_before, true);
        let nonce = self.marker.nonce().to_owned();
        self.publisher.session().awaited.clone_from(&nonce);
        let (passed, all_passed) = mpsc::channel(1);
        let told = CancellationToken::new();
        for route in &self.routes {
            let (passed, told) = (passed.clone(), told.clone());
            let marked = BrokerDelivery::Marked(Marked { connection, first, passed, told });
            // A task that has ended has nothing left to hand over.
            if route.device.try_send(marked).is_err() && !route.device.is_closed() {
                return false;
            }
        }
        let (publisher, again) = (self.publisher.clone(), Arc::clone(&self.again));
        let alive = self.alive.clone();
        let telling = Telling { event, behind, connection, nonce, publisher, again, alive, told };
        tokio::spawn(telling.when(all_passed, context.clone()));
        true
    }

    /// A message has come: it is handed over, or held where there is no room for it.
    fn came(
        &mut self,
        arrived: Arrived,
        unacknowledged: &mpsc::Sender<Unacknowledged>,
        context: &DeviceContext,
    ) -> bool {
        if arrived.topic == self.marker_topic {
            return self.marker_came(&arrived, unacknowledged, context);
        }
        self.tell_overrun(context);
        match self.room.try_take(arrived.payload.len()) {
            Some(room) => self.hand_over(arrived, Instant::now(), Some(room), unacknowledged),
            None => {
                self.held = Some((arrived, Instant::now()));
                true
            }
        }
    }

    /// Whether nothing more may be read for now.
    pub(super) fn is_full(&self, unacknowledged: &mpsc::Sender<Unacknowledged>) -> bool {
        self.held.is_some() || unacknowledged.capacity() == 0
    }

    /// The connection has ended: what was held comes again.
    pub(super) fn let_go(&mut self) {
        self.held = None;
    }

    /// Waits until there is room for what is held.
    pub(super) async fn room(
        &self,
        unacknowledged: &mpsc::Sender<Unacknowledged>,
    ) -> Option<HeldRoom> {
        // One place is there as soon as one was given: nobody else takes it.
        drop(unacknowledged.reserve().await);
        match &self.held {
            Some((held, _)) => self.room.take(held.payload.len()).await,
            None => None,
        }
    }

    /// What was held has room now.
    pub(super) fn hand_over_held(
        &mut self,
        room: Option<HeldRoom>,
        unacknowledged: &mpsc::Sender<Unacknowledged>,
    ) -> bool {
        let Some((held, received)) = self.held.take() else { return true };
        self.hand_over(held, received, room, unacknowledged)
    }

    /// On the topic of our marker: ours, or another's, which is of no use.
    fn marker_came(
        &mut self,
        arrived: &Arrived,
        unacknowledged: &mpsc::Sender<Unacknowledged>,
        context: &DeviceContext,
    ) -> bool {
        if !self.marker.came(&arrived.payload) {
            return self.be_done_with(arrived.number, Safe::Now, unacknowledged);
        }
        let (waits, behind) = oneshot::channel();
        let (broker, away) = (self.name.clone(), self.away());
        let event = DeviceEvent::MarkerBack { broker, away, decided: 0 };
        self.mark(event, Some(behind), context)
            && self.be_done_with(arrived.number, Safe::Behind(waits), unacknowledged)
    }

    /// False when its device's task has ended: the connection must then be made anew.
    fn hand_over(
        &mut self,
        arrived: Arrived,
        received: Instant,
        room: Option<HeldRoom>,
        unacknowledged: &mpsc::Sender<Unacknowledged>,
    ) -> bool {
        let (acknowledge, safe) = oneshot::channel();
        let Arrived { topic, number, retained, redelivered, payload, .. } = arrived;
        let session = self.await_acknowledgement(number.is_some());
        let message = Message {
            topic,
            payload,
            received,
            arrival: self.marker.arrival(&self.name),
            at_most_once: number.is_none(),
            redelivered,
            retained,
            connection: session,
            acknowledge,
            _room: room,
        };
        let handed = self.route(message);
        match number.filter(|_| handed) {
            Some(number) => {
                unacknowledged.try_send(Unacknowledged { number, session, safe }).is_ok()
            }
            None => handed,
        }
    }

    /// Hands a message to its device. Its queue has a place for each message that there is room for.
    fn route(&self, message: Message) -> bool {
        let is_for = |(filter, _): &(String, QoS)| matches(filter, &message.topic);
        match self.routes.iter().find(|route| route.topics.iter().any(is_for)) {
            Some(route) => route.device.try_send(BrokerDelivery::Message(message)).is_ok(),
            // A subscription of an earlier configuration.
            None => {
                message.done();
                true
            }
        }
    }
}

/// What the engine is told when every device's task has passed a marker on.
struct Telling {
    event: DeviceEvent,
    /// Told when all that came before the marker is stored.
    behind: Option<oneshot::Receiver<()>>,
    connection: u64,
    /// The marker it is of.
    nonce: String,
    publisher: Publisher,
    again: Arc<Notify>,
    alive: Alive,
    told: CancellationToken,
}

impl Telling {
    async fn when(self, mut all_passed: mpsc::Receiver<()>, context: DeviceContext) {
        let Self { event, behind, connection, nonce, publisher, again, alive, told } = self;
        // Nothing is ever sent: it ends with the last sender.
        let _ = all_passed.recv().await;
        if let Some(behind) = behind {
            // First all of it is safe and acknowledged: what is decided about much of it takes a while.
            let _ = behind.await;
        }
        let is_present = || publisher.session().number == connection;
        if !is_present() {
            // What had lain there is the next connection's to tell.
            return told.cancel();
        }
        let stored = decided(event, &context, is_present).await;
        told.cancel();
        let Some(stored) = stored else { return };
        let mut session = publisher.session();
        match session.number == connection {
            // A later marker is awaited already.
            true if stored && session.awaited != nonce => {}
            true if stored => {
                session.marked = true;
                session.undecided = false;
                session.last_there = Some(Instant::now());
                drop(session);
                // A process that is killed at once was there, too.
                alive.touch();
            }
            true => again.notify_one(),
            false => {}
        }
    }
}

/// Has the engine decide about what came before the marker, in portions where that is much, so that others have their turn
/// between. Whether it is stored; none where nobody can tell.
async fn decided(
    mut event: DeviceEvent,
    context: &DeviceContext,
    is_present: impl Fn() -> bool,
) -> Option<bool> {
    loop {
        let commit = context.engine.post(Input::Device(event.clone())).await.ok()?;
        match (commit.await, &mut event) {
            (Ok(Ok(Answer::GoesOn(so_far))), DeviceEvent::MarkerBack { decided, .. })
                if is_present() =>
            {
                *decided = so_far;
            }
            (answer, _) => return Some(matches!(answer, Ok(Ok(_)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Arrival;
    use std::time::Duration;

    #[test]
    fn a_process_that_was_stopped_asks_anew_what_had_lain_there() {
        let alive = Alive::at(std::path::PathBuf::from("/nowhere/lotgate.alive"));
        let (requests, _asked) = mpsc::channel(10);
        let topic = "lotgate/gate/marker".to_owned();
        let mut hub = Hub::new(
            "lot".to_owned(),
            Publisher::new(requests),
            topic,
            alive,
            MessageRoom::default(),
        );
        let there = |hub: &mut Hub| {
            let mut session = hub.publisher.session();
            (session.up, session.marked) = (true, true);
            drop(session);
            hub.marker.came(b"");
        };
        for (stopped, arrival) in [
            (Duration::from_secs(1), Arrival::Fresh),
            (Duration::from_secs(70), Arrival::BeforeMarker { broker: "lot".to_owned() }),
        ] {
            there(&mut hub);
            hub.session_kept = false;
            hub.pulse = Pulse::at(Instant::now().checked_sub(stopped).unwrap());
            hub.look();
            assert_eq!(hub.marker.arrival("lot"), arrival);
        }
        let away = hub.away().unwrap();
        assert!(away >= SignedDuration::from_secs(70), "{away}");
        assert!(!hub.publisher.session().marked);
    }
}
