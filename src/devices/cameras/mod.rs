//! Plate cameras, which also drive their lane's barrier and carry bytes to displays: over MQTT here, over HTTP in
//! `pushed.rs`.
//!
//! One task for every make: what they have in common is here, what differs is their [`CameraCodec`].

mod called;
mod caller;
mod carried;
mod form;
pub mod makes;
pub mod pictures;
mod pushed;
mod reading;
mod silence;

pub use pushed::{OtherCamera, PushedCamera};

use super::context::{DeviceContext, answer_barrier, bad_message, is_over, tell_engine};
use super::liveness::Liveness;
use super::mqtt::{
    self, BrokerConnection, BrokerDelivery, Marked, Message, NotPublished, Publisher,
};
use super::odd_values::{OddOf, OddValues};
use super::pointing::{Pointing, plate_in, tell_pointed};
use super::unread::{self, Unread};
use crate::clock;
use crate::config::Device;
use crate::model::barrier::{Act, BarrierFault};
use crate::model::camera_list::{ListChange, ListFault, ListOrder};
use crate::model::event::{DeviceEvent, ImageShows};
use crate::model::happening::Happening;
use crate::model::input::Input;
use crate::model::outcome::{Actuation, DeviceCommand};
use crate::standard::id::Id;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use makes::codec::{
    self, CameraCodec, CameraCommand, CameraMessage, CodecError, Level, Now, OddValue, Outgoing,
};
use reading::{Came, read_of};
use silence::Silence;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// A command without an answer for this long has failed. Whether it is given again the lot decides.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// It may wait to be read while we were stopped: so much longer nothing must have come.
const LOOKED_AGAIN: Duration = Duration::from_millis(200);
/// An answer that comes so late still tells that the barrier obeyed.
const LATE_WITHIN: Duration = Duration::from_secs(60);
/// A camera whose keep-alive is off by less has a clock to trust.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(30);
/// Orders about its own list are so far apart: closer together some cameras lose them.
const LIST_PAUSE: Duration = Duration::from_millis(100);
/// So many may wait; the lot gives one at a time, and asks for the mode now and then.
const LIST_ORDERS: usize = 8;
/// A clock that runs wrong is set this often at most.
const SET_CLOCK_EVERY: Duration = Duration::from_secs(600);
/// A camera whose keep-alives carry no clock has it set this often.
const SET_CLOCK_DAILY: Duration = Duration::from_secs(86_400);

/// Bytes for a camera's RS-485 port.
#[derive(Debug)]
pub struct SerialBytes {
    /// Which port.
    pub channel: u8,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Told whether they are on their way to a camera that lives.
    pub sent: oneshot::Sender<bool>,
}

/// One camera.
pub struct Camera {
    id: Id,
    name: String,
    codec: Arc<dyn CameraCodec>,
    set_time: bool,
    time_zone: TimeZone,
    messages: mpsc::Receiver<BrokerDelivery>,
    publisher: Publisher,
    /// The topics on which others are told what to do.
    told_to_others: Vec<String>,
    /// The connection on which it is known to listen.
    listens: Option<u64>,
    unanswered: HashMap<String, Unanswered>,
    live: Liveness,
    silence: Silence,
    clock_right: Option<bool>,
    clock_set: Option<Instant>,
    /// What its keys point at.
    pointing: Pointing,
    unread: Unread,
    /// What it says that means nothing.
    odd: OddValues,
    /// Whether its last read came at QoS 0.
    sent_once: bool,
    /// Orders about its own list that wait for their turn, and when that is.
    list_orders: VecDeque<ListOrder>,
    list_at: Instant,
}

/// What the gateway's own topics begin with.
const OURS: &str = "lotgate";

/// A command without an answer.
struct Unanswered {
    asked: Asked,
    topic: String,
    sent: Instant,
    /// When it is looked at next.
    due: Instant,
    stage: Stage,
}

/// How long it has been without one.
enum Stage {
    Awaited,
    /// Its time is over; what has come meanwhile is read first.
    Overdue,
    /// It was told that none came.
    GivenUp,
}

/// What an answer is awaited for.
enum Asked {
    Barrier(Actuation),
    Snapshot {
        lane: String,
    },
    /// The id of an order about its own list.
    List(String),
}

impl Camera {
    /// A camera behind `connection`.
    pub fn new(
        device: &Device,
        codec: Arc<dyn CameraCodec>,
        set_time: bool,
        time_zone: &TimeZone,
        connection: &mut BrokerConnection,
        told_to_others: Vec<String>,
    ) -> Self {
        Self {
            id: device.id.clone(),
            name: device.name.clone(),
            messages: connection.route([codec.topics(), codec.common_topics()].concat()),
            odd: OddValues::new(&device.name, OddOf::Inputs),
            pointing: Pointing::new(codec.pointers()),
            unread: Unread::new(&device.name),
            sent_once: false,
            codec,
            set_time,
            time_zone: time_zone.clone(),
            publisher: connection.publisher(),
            told_to_others,
            listens: None,
            unanswered: HashMap::new(),
            live: Liveness::new(device),
            silence: Silence::new(connection.before()),
            clock_right: None,
            clock_set: None,
            list_orders: VecDeque::new(),
            list_at: Instant::now(),
        }
    }

    /// Speaks with the camera until told to stop.
    pub async fn run(
        mut self,
        context: DeviceContext,
        mut commands: mpsc::Receiver<DeviceCommand>,
        mut serial: mpsc::Receiver<SerialBytes>,
    ) {
        loop {
            let silent_at = self.live.silent_at();
            let unanswered_at = self.unanswered.values().map(|one| one.due).min();
            tokio::select! {
                () = context.stop.cancelled() => return,
                delivery = self.messages.recv() => match delivery {
                    Some(BrokerDelivery::Message(message)) => self.take(&context, message).await,
                    Some(BrokerDelivery::Marked(marked)) => self.marked(&context, marked).await,
                    Some(BrokerDelivery::Forbidden(topic)) => self.forbidden(&context, &topic).await,
                    None => return,
                },
                command = commands.recv() => {
                    let Some(command) = command else { return };
                    self.obey(&context, command).await;
                }
                Some(bytes) = serial.recv() => {
                    let SerialBytes { channel, bytes, sent } = bytes;
                    // What a display shows late it shows wrong: nothing is kept for later.
                    let command = CameraCommand::Serial { channel, bytes };
                    let fine = self.send(Id::random().as_str(), &command).is_ok();
                    let _ = sent.send(fine && self.live.may_fall_silent());
                }
                () = tokio::time::sleep_until(self.list_at), if !self.list_orders.is_empty() => {
                    self.next_list_order(&context).await;
                }
                () = tokio::time::sleep_until(silent_at), if self.live.may_fall_silent() => {
                    self.live.silent(&context).await;
                }
                () = tokio::time::sleep_until(unanswered_at.unwrap_or(silent_at)), if unanswered_at.is_some() => {
                    self.give_up_unanswered(&context).await;
                }
            }
        }
    }

    async fn take(&mut self, context: &DeviceContext, message: Message) {
        let decoded = self.codec.decode(&message.topic, &message.payload, &self.time_zone);
        self.look_at_form(context, &message.payload, &decoded);
        if let Ok(CameraMessage::OfAnother(answer)) = decoded {
            match answer {
                Some(_) if message.retained => self.ignores(context),
                Some(answer) => self.register(&answer),
                None => {}
            }
            return message.done();
        }
        if message.retained && decoded.as_ref().is_ok_and(CameraMessage::is_of_its_moment) {
            self.ignores(context);
            return message.done();
        }
        // What lay in the broker tells nothing of now, but that a car stood there.
        let now = message.is_sign_of_life();
        match decoded {
            Ok(CameraMessage::Gone) => self.gone(context, &message).await,
            _ => self.heard(context, &message).await,
        }
        let is_gone = matches!(decoded, Ok(CameraMessage::Gone));
        // What it tells is known before anything that waited for it leaves: another may stand there, or nobody.
        let anew = now && !is_gone && self.listens != Some(message.connection);
        if anew {
            self.listens = Some(message.connection);
        }
        self.hand_on(context, message, decoded, now).await;
        if anew {
            tell_engine(context, DeviceEvent::Reachable(self.id.clone())).await;
        }
    }

    /// Whether its messages say what they are for: else it beats on, and no car is ever read.
    fn look_at_form(
        &mut self,
        context: &DeviceContext,
        payload: &[u8],
        decoded: &Result<CameraMessage, CodecError>,
    ) {
        let come_to = self.pointing.look(payload, form::found(decoded));
        tell_pointed(context, &self.name, come_to);
        // Where its keys say where things stand, they are named.
        let elsewhere = || self.codec.pointers().is_empty().then(|| plate_in(payload))?;
        unread::tell(context, form::look(&mut self.unread, decoded.as_ref(), false, elsewhere));
    }

    async fn hand_on(
        &mut self,
        context: &DeviceContext,
        message: Message,
        decoded: Result<CameraMessage, CodecError>,
        now: bool,
    ) {
        match decoded {
            Ok(CameraMessage::Plate(plate)) => {
                self.plate(context, message, *plate).await;
                return;
            }
            Ok(CameraMessage::TurnedBack(plate)) if now => {
                let device_id = self.id.clone();
                tell_engine(context, DeviceEvent::TurnedBack { device_id, plate }).await;
            }
            Ok(CameraMessage::KeepAlive(sent)) if now => self.keep_alive(context, sent).await,
            Ok(CameraMessage::Reply { id, refused, picture }) => {
                self.answered(context, &id, refused, picture).await;
            }
            Ok(CameraMessage::Input { input, level }) if now || level != Level::Pulse => {
                self.input(context, input, level, now).await;
            }
            Ok(CameraMessage::OddInput(OddValue { what, value })) => {
                self.odd.odd(context, &what, value);
            }
            Ok(CameraMessage::ListMode(mode)) => {
                let device_id = self.id.clone();
                tell_engine(context, DeviceEvent::ListMode { device_id, mode }).await;
            }
            Ok(CameraMessage::Question(answer)) => self.register(&answer),
            Ok(
                CameraMessage::Gone
                | CameraMessage::Other
                | CameraMessage::OfAnother(_)
                | CameraMessage::TurnedBack(_)
                | CameraMessage::KeepAlive(_)
                | CameraMessage::Input { .. },
            ) => {}
            // Delivered again it would be no better.
            Err(error) => bad_message(context, &self.id, &self.name, &error.to_string()),
        }
        message.done();
    }

    /// What had lain in the broker has been handed over. At the first connection of a process cameras have
    /// listened all along; at a later one the broker may have lost them, and they have to be heard first.
    async fn marked(&mut self, context: &DeviceContext, marked: Marked) {
        let (connection, first) = (marked.connection, marked.first);
        marked.pass(&context.stop).await;
        if first {
            self.listens_on(context, connection).await;
        }
    }

    async fn listens_on(&mut self, context: &DeviceContext, connection: u64) {
        if self.listens != Some(connection) {
            self.listens = Some(connection);
            tell_engine(context, DeviceEvent::Reachable(self.id.clone())).await;
        }
    }

    /// What lay in the broker tells nothing of how its camera is now.
    async fn heard(&mut self, context: &DeviceContext, message: &Message) {
        if message.is_sign_of_life() {
            self.silence.heard(clock::now(), message.received, true);
            self.live.heard(context).await;
        } else {
            self.live.wait();
        }
    }

    /// The broker says so, also to whoever comes later.
    async fn gone(&mut self, context: &DeviceContext, message: &Message) {
        if message.retained || message.is_sign_of_life() {
            self.listens = None;
            self.live.set(context, false).await;
        }
    }

    async fn plate(&mut self, context: &DeviceContext, message: Message, mut plate: codec::Plate) {
        let before = std::mem::replace(&mut self.sent_once, message.at_most_once);
        if before != message.at_most_once {
            let device = self.name.clone();
            context.teller.tell(if before {
                Happening::SentSafely { device }
            } else {
                Happening::SentOnce { device }
            });
        }
        self.odd.of_read(context, plate.odd_late.take());
        let (images, pictures) = reading::parted(&self.id, std::mem::take(&mut plate.pictures));
        if let Some(why) = plate.unread {
            bad_message(context, &self.id, &self.name, why);
        }
        let receipt = plate.receipt.take();
        let came = Came {
            redelivered: message.redelivered,
            received: message.received,
            arrival: message.arrival.clone(),
            silence: self.silence.latest(),
        };
        let read = read_of(&self.id, plate, (images, !pictures.is_empty()), came);
        let name_of_message = read.message.clone();
        // Without a way to the engine the message stays unacknowledged and comes again.
        let Ok(commit) =
            context.engine.post(Input::Device(DeviceEvent::PlateRead(Box::new(read)))).await
        else {
            return;
        };
        let commit = if pictures.is_empty() {
            commit
        } else {
            let camera = (&self.id, self.name.as_str());
            reading::follow(context, camera, name_of_message, pictures, Some(commit))
        };
        match receipt {
            None => message.done_with(commit),
            // The camera lets go of the read when it has its receipt: not before it is stored.
            Some(receipt) => {
                let publisher = self.publisher.clone();
                message.done_after(commit, move || {
                    let _ = publisher.publish_now(&receipt.topic, receipt.payload);
                });
            }
        }
    }

    async fn keep_alive(&mut self, context: &DeviceContext, sent: Option<Timestamp>) {
        if let Some(sent) = sent {
            clock::hear_camera(&self.id, sent);
        }
        if !clock::is_trusted() {
            // Nobody knows which of them is right.
            return;
        }
        let right = sent.map(|sent| clock::now().duration_since(sent).abs() <= CLOCK_TOLERANCE);
        if let Some(right) = right.filter(|_| self.clock_right != right) {
            self.clock_right = Some(right);
            let device_id = self.id.clone();
            tell_engine(context, DeviceEvent::Clock { device_id, right }).await;
        }
        let every = match right {
            Some(true) => return,
            Some(false) => SET_CLOCK_EVERY,
            None => SET_CLOCK_DAILY,
        };
        if self.set_time && self.clock_set.is_none_or(|set| set.elapsed() >= every) {
            let sent = self.send(Id::random().as_str(), &CameraCommand::SetTime);
            self.clock_set = sent.ok().map(|_| Instant::now()).or(self.clock_set);
        }
    }

    async fn input(&mut self, context: &DeviceContext, input: u16, level: Level, just_now: bool) {
        self.odd.of_input(context, input);
        let contacts: &[bool] = match level {
            Level::Open => &[false],
            Level::Closed => &[true],
            Level::Pulse => &[true, false],
        };
        for closed in contacts {
            let (device_id, closed) = (self.id.clone(), *closed);
            tell_engine(context, DeviceEvent::Contact { device_id, input, closed, just_now }).await;
        }
    }

    async fn obey(&mut self, context: &DeviceContext, command: DeviceCommand) {
        match command {
            DeviceCommand::Barrier(actuation) => self.move_barrier(context, actuation).await,
            DeviceCommand::Snapshot { lane, .. } => {
                let id = Id::random().to_string();
                if let Ok(topic) = self.send(&id, &CameraCommand::Snapshot) {
                    self.await_answer(&id, Asked::Snapshot { lane }, topic);
                }
            }
            // Who cannot is not asked again.
            DeviceCommand::Trigger { .. } => {
                let _ = self.send(Id::random().as_str(), &CameraCommand::Trigger);
            }
            DeviceCommand::CameraList(order) => {
                if self.list_orders.len() < LIST_ORDERS {
                    self.list_orders.push_back(order);
                }
            }
            DeviceCommand::Show(_) | DeviceCommand::Garage(_) | DeviceCommand::Withdraw(_) => {}
        }
    }

    async fn move_barrier(&mut self, context: &DeviceContext, actuation: Actuation) {
        let command = match actuation.act {
            Act::Open { output } | Act::Close { output } | Act::Stop { output } => {
                CameraCommand::Pulse { output }
            }
            Act::Hold { output } => CameraCommand::Hold { output, held: true },
            Act::Release { output } => CameraCommand::Hold { output, held: false },
        };
        let topic = match self.command(context, &actuation, &command) {
            Ok(topic) => topic,
            Err(fault) => return answer_barrier(context, actuation, Err(fault)).await,
        };
        context.teller.tell(Happening::BarrierCommanded {
            lane: actuation.lane.clone(),
            act: actuation.act,
            after: actuation.cause.map(|cause| cause.elapsed()),
        });
        self.await_answer(&actuation.id.clone(), Asked::Barrier(actuation), topic);
    }

    fn await_answer(&mut self, id: &str, asked: Asked, topic: String) {
        self.unanswered.insert(self.codec.answers_to(id), Unanswered::new(asked, topic));
    }

    /// The broker does not take what we publish on that topic: nothing said there is answered.
    async fn forbidden(&mut self, context: &DeviceContext, topic: &str) {
        let lost = self
            .unanswered
            .extract_if(|_, one| one.topic == topic && !matches!(one.stage, Stage::GivenUp));
        for (_, one) in lost.collect::<Vec<_>>() {
            match one.asked {
                Asked::Barrier(actuation) => {
                    let fault = BarrierFault::Forbidden(topic.to_owned());
                    answer_barrier(context, actuation, Err(fault)).await;
                }
                Asked::List(order) => {
                    self.list_answered(context, order, Err(ListFault::Unreachable)).await;
                }
                Asked::Snapshot { .. } => {}
            }
        }
    }

    /// The order about its own list whose turn has come.
    async fn next_list_order(&mut self, context: &DeviceContext) {
        let Some(ListOrder { id, change, .. }) = self.list_orders.pop_front() else { return };
        self.list_at = Instant::now() + LIST_PAUSE;
        let asks = change == ListChange::AskMode;
        let sent = match (self.words(&id, &CameraCommand::List(change)), self.listens) {
            (None, _) => Err(ListFault::Unsupported),
            (Some(_), None) => Err(ListFault::Unreachable),
            (Some(Outgoing { topic, payload }), Some(connection)) => self
                .publisher
                .publish_on(connection, &topic, payload)
                .map(|()| topic)
                .map_err(|_| ListFault::Unreachable),
        };
        match sent {
            // What it tells of its mode it tells under its own name.
            Ok(_) if asks => {}
            Ok(topic) => self.await_answer(&id.clone(), Asked::List(id), topic),
            Err(_) if asks => {}
            Err(fault) => self.list_answered(context, id, Err(fault)).await,
        }
    }

    async fn list_answered(
        &self,
        context: &DeviceContext,
        order: String,
        result: Result<(), ListFault>,
    ) {
        let device_id = self.id.clone();
        tell_engine(context, DeviceEvent::ListAnswered { device_id, order, result }).await;
    }

    /// A barrier's command goes to a camera that listens, in time, or not at all; on which topic.
    fn command(
        &self,
        context: &DeviceContext,
        actuation: &Actuation,
        command: &CameraCommand,
    ) -> Result<String, BarrierFault> {
        let Some(Outgoing { topic, payload }) = self.words(&actuation.id, command) else {
            return Err(BarrierFault::NoBarrier);
        };
        let connection = self.listens.ok_or(BarrierFault::Unreachable)?;
        if is_over(context, actuation) {
            return Err(BarrierFault::TooLate);
        }
        let sent = self.publisher.publish_on(connection, &topic, payload);
        sent.map(|()| topic).map_err(not_published)
    }

    fn send(&self, id: &str, command: &CameraCommand) -> Result<String, BarrierFault> {
        let Some(Outgoing { topic, payload }) = self.words(id, command) else {
            return Err(BarrierFault::NoBarrier);
        };
        self.publisher.publish_now(&topic, payload).map(|()| topic).map_err(not_published)
    }

    fn words(&self, id: &str, command: &CameraCommand) -> Option<Outgoing> {
        let now = Now { moment: clock::now(), time_zone: &self.time_zone };
        self.codec.command(id, now, command)
    }

    /// Since when a message is kept nobody knows, nor who put it there.
    fn ignores(&self, context: &DeviceContext) {
        context.teller.tell(Happening::RetainedIgnored { device: self.name.clone() });
    }

    /// Answers a registration where it wants that; whoever sent it may not speak to another by our mouth.
    fn register(&self, answer: &Outgoing) {
        let topic = answer.topic.as_str();
        let is_ours = topic == OURS || topic.starts_with(&format!("{OURS}/"));
        let is_anothers = self.told_to_others.iter().any(|filter| mqtt::matches(filter, topic));
        if !is_ours && !is_anothers {
            self.publish(answer);
        }
    }

    fn publish(&self, answer: &Outgoing) {
        // A camera that gets no answer asks again.
        let _ = self.publisher.publish_now(&answer.topic, answer.payload.clone());
    }

    async fn answered(
        &mut self,
        context: &DeviceContext,
        id: &str,
        refused: Option<i64>,
        picture: Option<codec::Picture>,
    ) {
        let Some(Unanswered { asked, topic, sent, .. }) = self.unanswered.remove(id) else {
            return;
        };
        match asked {
            Asked::Barrier(actuation) => {
                let result = refused
                    .map_or_else(|| Ok(sent.elapsed()), |code| Err(BarrierFault::Refused(code)));
                answer_barrier(context, actuation, result).await;
            }
            Asked::List(order) => {
                let result = refused.map_or(Ok(()), |code| Err(ListFault::Refused(code)));
                self.list_answered(context, order, result).await;
            }
            // The command's own reply may come before the picture.
            Asked::Snapshot { lane } => match picture {
                Some(picture) => {
                    let camera = (&self.id, self.name.as_str());
                    let taken = vec![(ImageShows::Vehicle, picture)];
                    for image in reading::keep(context, camera, taken).await {
                        let device_id = self.id.clone();
                        tell_engine(context, DeviceEvent::Picture { device_id, image }).await;
                    }
                }
                None => self.await_answer(id, Asked::Snapshot { lane }, topic),
            },
        }
    }

    async fn give_up_unanswered(&mut self, context: &DeviceContext) {
        let now = Instant::now();
        let (mut silent, mut unlisted) = (Vec::new(), Vec::new());
        self.unanswered.retain(|_, one| {
            if now < one.due {
                return true;
            }
            match (&one.stage, &one.asked) {
                (Stage::Awaited, _) => {
                    one.stage = Stage::Overdue;
                    one.due = now + LOOKED_AGAIN;
                    true
                }
                (Stage::Overdue, Asked::Barrier(actuation)) => {
                    silent.push(actuation.clone());
                    one.stage = Stage::GivenUp;
                    one.due = now + LATE_WITHIN;
                    true
                }
                (Stage::Overdue, Asked::List(order)) => {
                    unlisted.push(order.clone());
                    false
                }
                (Stage::Overdue, Asked::Snapshot { .. }) | (Stage::GivenUp, _) => false,
            }
        });
        for actuation in silent {
            answer_barrier(context, actuation, Err(BarrierFault::Silent)).await;
        }
        for order in unlisted {
            self.list_answered(context, order, Err(ListFault::Silent)).await;
        }
    }
}

fn not_published(why: NotPublished) -> BarrierFault {
    match why {
        NotPublished::Down => BarrierFault::Unreachable,
        NotPublished::Forbidden(topic) => BarrierFault::Forbidden(topic),
    }
}

impl Unanswered {
    fn new(asked: Asked, topic: String) -> Self {
        let sent = Instant::now();
        Self { asked, topic, sent, due: sent + ANSWER_WITHIN, stage: Stage::Awaited }
    }
}
