//! A camera that pushes over HTTP: what it pushes goes to the engine, and it is answered when that has committed, so
//! that it keeps what we have not. What it is told to do it hears by a call (`called.rs`) or in an answer (`carried.rs`).
//!
//! An answer comes within a second. A read that could not be stored by then is answered so that it comes again; one
//! that is stored and undecided is answered as received, and opens nothing.

use super::SerialBytes;
use super::called::{CalledCamera, CameraKnown, Errand};
use super::caller::Caller;
use super::carried::{Carried, HeldPush, STORED_WITHIN};
use super::form;
use super::makes::codec::{self, CameraMessage, Level, Now, OddValue};
use super::makes::http::{CommandWay, PushCodec};
use super::makes::push::{Answering, Claim, Pushed};
use super::reading::{Came, Commit, follow, parted, read_of};
use super::silence::Silence;
use crate::clock;
use crate::config::{CameraConfig, Device, PushWay};
use crate::devices::context::{DeviceContext, bad_message, tell_engine};
use crate::devices::http_push::{MAX_BODY, PushDelivery, PushListener};
use crate::devices::liveness::Liveness;
use crate::devices::odd_values::{OddOf, OddValues};
use crate::devices::pointing::plate_in;
use crate::devices::unread::{self, Unread};
use crate::model::event::{Arrival, DeviceEvent};
use crate::model::happening::{Happening, PushRefusal};
use crate::model::input::Input;
use crate::model::outcome::{Actuation, DeviceCommand};
use crate::standard::id::Id;
use jiff::{SignedDuration, tz::TimeZone};
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Reads that are known to be stored, however often they come again.
const REMEMBERED: usize = 256;
/// A read that is no older than that when its camera is heard again may be of a car that stands there.
const JUST_NOW: SignedDuration = SignedDuration::from_secs(5);
/// A clock that is off by less is right.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(30);
/// A clock that runs wrong is set this often at most, one that is right once a day.
const SET_CLOCK_EVERY: Duration = Duration::from_secs(600);
const SET_CLOCK_DAILY: Duration = Duration::from_secs(86_400);
/// Commands that may wait for a camera that is being called.
const COMMANDS: usize = 32;

/// Another camera, by what a body could claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherCamera {
    /// Its address.
    pub address: IpAddr,
    /// Its serial number, where it is configured.
    pub sn: Option<String>,
}

/// One camera.
pub struct PushedCamera {
    id: Id,
    name: String,
    codec: Arc<dyn PushCodec>,
    time_zone: TimeZone,
    way: PushWay,
    set_time: bool,
    others: Vec<OtherCamera>,
    outputs: Vec<u8>,
    pushes: mpsc::Receiver<PushDelivery>,
    live: Liveness,
    silence: Silence,
    carried: Carried,
    /// Reads that are being stored, by their number.
    storing: HashMap<u64, Storing>,
    stored: Stored,
    number: u64,
    remembered: VecDeque<String>,
    /// What it says that means nothing.
    odd: OddValues,
    unread: Unread,
    clock_right: Option<bool>,
    /// How far behind ours it was at the last read, where it is right.
    lag: Option<SignedDuration>,
    clock_set: Option<Instant>,
    /// Whether it says now and then that it lives: only then is a pause one in which it could not be heard.
    keeps_alive: bool,
}

/// A push that is being stored.
struct Storing {
    /// A read's name.
    read: Option<String>,
    held: HeldPush,
    then: Then,
}

/// How a push is answered once it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// As received.
    Received,
    /// A read, with its command.
    Decided,
    /// With whatever waits.
    Beat,
}

/// Where it is told whether the read of that number is stored.
type Stored = (mpsc::Sender<(u64, bool)>, mpsc::Receiver<(u64, bool)>);

/// The ways to the task that calls the camera.
struct Calls {
    barriers: mpsc::Sender<Actuation>,
    errands: mpsc::Sender<Errand>,
}

impl Then {
    /// Of what is no read.
    fn of(answering: Answering) -> Self {
        match answering {
            Answering::Receipt | Answering::Waits => Self::Received,
            Answering::Carries => Self::Beat,
        }
    }
}

impl PushedCamera {
    /// A camera that pushes to `listener`.
    pub fn new(
        device: &Device,
        (camera, codec, way): (&CameraConfig, Arc<dyn PushCodec>, &PushWay),
        time_zone: &TimeZone,
        (others, outputs): (Vec<OtherCamera>, Vec<u8>),
        listener: &mut PushListener,
    ) -> Self {
        Self {
            id: device.id.clone(),
            name: device.name.clone(),
            carried: Carried::new(device.id.clone(), Arc::clone(&codec)),
            codec,
            time_zone: time_zone.clone(),
            way: way.clone(),
            set_time: camera.set_time,
            others,
            outputs,
            pushes: listener.route(&device.name, way),
            live: Liveness::new(device),
            silence: Silence::new(listener.before()),
            storing: HashMap::new(),
            stored: mpsc::channel(REMEMBERED),
            number: 0,
            odd: OddValues::new(&device.name, OddOf::Inputs),
            unread: Unread::new(&device.name),
            remembered: VecDeque::new(),
            clock_right: None,
            lag: None,
            clock_set: None,
            keeps_alive: false,
        }
    }

    /// Listens to the camera until told to stop.
    pub async fn run(
        mut self,
        context: DeviceContext,
        mut commands: mpsc::Receiver<DeviceCommand>,
        mut serial: mpsc::Receiver<SerialBytes>,
    ) {
        let (alive, was_alive) = mpsc::channel(1);
        let (calls, calling) = self.start_calling(&context, alive).unzip();
        self.listen(&context, &mut commands, &mut serial, (calls, was_alive)).await;
        if let Some(calling) = calling {
            // An output that is pressed is let go of.
            let _ = calling.await;
        }
    }

    async fn listen(
        &mut self,
        context: &DeviceContext,
        commands: &mut mpsc::Receiver<DeviceCommand>,
        serial: &mut mpsc::Receiver<SerialBytes>,
        (calls, mut was_alive): (Option<Calls>, mpsc::Receiver<()>),
    ) {
        loop {
            let silent_at = self.live.silent_at();
            let carried_at = self.carried.due();
            tokio::select! {
                () = context.stop.cancelled() => return,
                delivery = self.pushes.recv() => {
                    let Some(delivery) = delivery else { return };
                    self.take(context, delivery, calls.as_ref()).await;
                }
                Some((number, stored)) = self.stored.1.recv() => {
                    self.is_stored(context, number, stored).await;
                }
                command = commands.recv() => {
                    let Some(command) = command else { return };
                    self.obey(context, command, calls.as_ref()).await;
                }
                Some(()) = was_alive.recv() => self.live.heard(context).await,
                Some(SerialBytes { channel, bytes, sent }) = serial.recv() => {
                    let fine = self.carried.serial(context, channel, &bytes).await
                        && self.live.may_fall_silent();
                    let _ = sent.send(fine);
                }
                () = tokio::time::sleep_until(silent_at), if self.live.may_fall_silent() => {
                    self.live.silent(context).await;
                    if !self.live.is_online() {
                        self.carried.lost();
                    }
                }
                () = tokio::time::sleep_until(carried_at.unwrap_or(silent_at)), if carried_at.is_some() => {
                    self.carried.pass_time(context).await;
                }
            }
        }
    }

    fn start_calling(
        &self,
        context: &DeviceContext,
        alive: mpsc::Sender<()>,
    ) -> Option<(Calls, JoinHandle<()>)> {
        if self.codec.way() != CommandWay::Called {
            return None;
        }
        let caller = match Caller::new(&self.way) {
            Ok(caller) => caller,
            Err(error) => {
                bad_message(context, &self.id, &self.name, &error.to_string());
                return None;
            }
        };
        let called = CalledCamera {
            id: self.id.clone(),
            name: self.name.clone(),
            codec: Arc::clone(&self.codec),
            time_zone: self.time_zone.clone(),
            caller,
            outputs: self.outputs.clone(),
            alive,
            known: CameraKnown::default(),
        };
        let (barriers, to_barriers) = mpsc::channel(COMMANDS);
        let (errands, to_errands) = mpsc::channel(COMMANDS);
        let calling = tokio::spawn(called.run(context.clone(), to_barriers, to_errands));
        Some((Calls { barriers, errands }, calling))
    }

    async fn take(
        &mut self,
        context: &DeviceContext,
        delivery: PushDelivery,
        calls: Option<&Calls>,
    ) {
        let PushDelivery { push, too_large, received, answer } = delivery;
        let held = HeldPush { push, received, answer };
        if too_large {
            self.refuse(context, PushRefusal::TooLarge { most_mb: MAX_BODY >> 20 });
            return held.answer(&*self.codec, &[]);
        }
        let now = Now { moment: clock::now(), time_zone: &self.time_zone };
        let pushed = match self.codec.decode(&held.push, now) {
            Ok(pushed) => pushed,
            Err(error) => {
                self.heard(context, &held, calls).await;
                unread::tell(context, self.unread.unreadable(&error.to_string()));
                // Sent again it would be no better: it is answered so that it does not come again.
                bad_message(context, &self.id, &self.name, &error.to_string());
                return held.answer(&*self.codec, &[]);
            }
        };
        if let Some(claims) = self.foreign(&pushed.claims) {
            self.refuse(context, PushRefusal::OtherCamera { claims });
            return held.answer(&*self.codec, &[]);
        }
        self.heard(context, &held, calls).await;
        let elsewhere = || plate_in(&held.push.body);
        let told = form::look(&mut self.unread, Ok(&pushed.message), true, elsewhere);
        unread::tell(context, told);
        self.hand_on(context, held, pushed, calls).await;
    }

    fn refuse(&self, context: &DeviceContext, why: PushRefusal) {
        let device = self.name.clone();
        context.teller.tell(Happening::PushRefused { device, why });
    }

    /// Whose a body says it is, where that is not this camera.
    fn foreign(&self, claims: &[Claim]) -> Option<String> {
        let of_other = |claim: &&Claim| match claim {
            Claim::Serial(_) | Claim::Hardware(_) => {
                let sns = self.others.iter().filter_map(|other| other.sn.as_ref());
                sns.into_iter().any(|sn| claim.is_of(sn) == Some(true))
            }
            Claim::Address(address) => {
                *address != self.way.address
                    && self.others.iter().any(|other| other.address == *address)
            }
        };
        if let Some(claim) = claims.iter().find(of_other) {
            return Some(claim.to_string());
        }
        let sn = self.way.sn.as_ref()?;
        let is_own = claims.iter().any(|claim| claim.is_of(sn) == Some(true));
        let foreign = claims.iter().find(|claim| claim.is_of(sn) == Some(false));
        foreign.filter(|_| !is_own).map(ToString::to_string)
    }

    async fn heard(&mut self, context: &DeviceContext, held: &HeldPush, calls: Option<&Calls>) {
        self.silence.heard(clock::now(), held.received, self.keeps_alive);
        self.live.heard(context).await;
        match calls {
            Some(calls) => {
                let _ = calls.errands.try_send(Errand::Heard);
                if self.set_time
                    && clock::is_trusted()
                    && self.clock_set.is_none_or(|set| set.elapsed() >= SET_CLOCK_DAILY)
                {
                    self.set_clock(calls);
                }
            }
            None => self.carried.heard(context).await,
        }
    }

    async fn hand_on(
        &mut self,
        context: &DeviceContext,
        held: HeldPush,
        pushed: Pushed,
        calls: Option<&Calls>,
    ) {
        match pushed.message {
            CameraMessage::Plate(mut plate) => {
                plate.late |= self.came_late(&plate);
                self.look_at_clock(context, &plate, calls).await;
                return self.plate(context, held, *plate, pushed.answering).await;
            }
            CameraMessage::TurnedBack(plate) => {
                let device_id = self.id.clone();
                let events = vec![DeviceEvent::TurnedBack { device_id, plate }];
                return self.store(context, held, events, Then::of(pushed.answering)).await;
            }
            CameraMessage::Input { input, level } => {
                self.odd.of_input(context, input);
                let events = self.contacts(input, level);
                return self.store(context, held, events, Then::of(pushed.answering)).await;
            }
            CameraMessage::OddInput(OddValue { what, value }) => {
                self.odd.odd(context, &what, value);
            }
            CameraMessage::KeepAlive(_) => self.keeps_alive = true,
            CameraMessage::Gone
            | CameraMessage::Reply { .. }
            | CameraMessage::Question(_)
            | CameraMessage::OfAnother(_)
            | CameraMessage::ListMode(_)
            | CameraMessage::Other => {}
        }
        match pushed.answering {
            Answering::Receipt => held.answer(&*self.codec, &[]),
            Answering::Carries => self.carried.beat(context, held).await,
            Answering::Waits => self.carried.poll(context, held).await,
        }
    }

    async fn plate(
        &mut self,
        context: &DeviceContext,
        held: HeldPush,
        mut plate: codec::Plate,
        answering: Answering,
    ) {
        let key = plate.identity.told_apart.then(|| plate.identity.text.clone());
        if key.as_ref().is_some_and(|key| self.remembered.contains(key)) {
            // The same event for ever: it is stored, and is answered until its camera believes it.
            context.teller.tell(Happening::Redelivered { device: self.name.clone() });
            return held.answer(&*self.codec, &[]);
        }
        self.odd.of_read(context, plate.odd_late.take());
        if let Some(why) = plate.unread {
            bad_message(context, &self.id, &self.name, why);
        }
        let (images, pictures) = parted(&self.id, std::mem::take(&mut plate.pictures));
        let came = Came {
            redelivered: false,
            received: held.received,
            arrival: Arrival::Fresh,
            // Those that mark what comes late are believed: the moment of any other may be a wrong clock's.
            silence: self.silence.latest().filter(|_| !self.codec.marks_late()),
        };
        let read = read_of(&self.id, plate, (images, !pictures.is_empty()), came);
        let message = read.message.clone();
        let then = match answering {
            Answering::Carries => Then::Decided,
            Answering::Receipt | Answering::Waits => Then::Received,
        };
        let storing = Storing { read: key, held, then };
        let event = Input::Device(DeviceEvent::PlateRead(Box::new(read)));
        let Ok(commit) = context.engine.post(event).await else { return storing.held.refuse() };
        if pictures.is_empty() {
            return self.answer_after(storing, commit);
        }
        let camera = (&self.id, self.name.as_str());
        if then == Then::Decided {
            // The answer opens the barrier: no car waits for its picture.
            drop(follow(context, camera, message, pictures, None));
            return self.answer_after(storing, commit);
        }
        let both = follow(context, camera, message, pictures, Some(commit));
        self.answer_after(storing, both);
    }

    /// It is answered when what it tells has been stored.
    async fn store(
        &mut self,
        context: &DeviceContext,
        held: HeldPush,
        events: Vec<DeviceEvent>,
        then: Then,
    ) {
        self.keep(context, Storing { read: None, held, then }, events).await;
    }

    async fn keep(&mut self, context: &DeviceContext, storing: Storing, events: Vec<DeviceEvent>) {
        let mut last = None;
        for event in events {
            // They are stored in their order.
            match context.engine.post(Input::Device(event)).await {
                Ok(commit) => last = Some(commit),
                Err(_) => return storing.held.refuse(),
            }
        }
        let Some(commit) = last else { return storing.held.answer(&*self.codec, &[]) };
        self.answer_after(storing, commit);
    }

    fn answer_after(&mut self, storing: Storing, commit: Commit) {
        self.number += 1;
        let (number, told) = (self.number, self.stored.0.clone());
        self.storing.insert(number, storing);
        tokio::spawn(async move {
            let stored = tokio::time::timeout(STORED_WITHIN, commit).await;
            let _ = told.send((number, matches!(stored, Ok(Ok(Ok(_)))))).await;
        });
    }

    async fn is_stored(&mut self, context: &DeviceContext, number: u64, stored: bool) {
        let Some(Storing { read, held, then }) = self.storing.remove(&number) else { return };
        if !stored {
            return held.refuse();
        }
        if let Some(read) = read {
            self.remembered.push_back(read);
            if self.remembered.len() > REMEMBERED {
                self.remembered.pop_front();
            }
        }
        match then {
            Then::Received => held.answer(&*self.codec, &[]),
            Then::Decided => self.carried.decided(context, held).await,
            Then::Beat => self.carried.beat(context, held).await,
        }
    }

    /// Whether a read that nothing marks was made while its camera could not be heard. Where its clock is known to be wrong
    /// only its age tells, later.
    fn came_late(&self, plate: &codec::Plate) -> bool {
        if self.codec.marks_late() || self.clock_right == Some(false) {
            return false;
        }
        // A clock that we set is right until a read shows otherwise.
        let lag = self.lag.or(self.set_time.then_some(SignedDuration::ZERO));
        let (Some((from, until)), Some(sent), Some(lag)) = (self.silence.latest(), plate.sent, lag)
        else {
            return false;
        };
        let end = until.checked_sub(JUST_NOW).unwrap_or(until);
        sent.checked_add(lag).is_ok_and(|made| from <= made && made <= end)
    }

    /// What a read tells of its camera's clock.
    async fn look_at_clock(
        &mut self,
        context: &DeviceContext,
        plate: &codec::Plate,
        calls: Option<&Calls>,
    ) {
        let Some(sent) = plate.sent.filter(|_| !plate.late) else { return };
        clock::hear_camera(&self.id, sent);
        if !clock::is_trusted() {
            return;
        }
        let lag = clock::now().duration_since(sent);
        let right = lag.abs() <= CLOCK_TOLERANCE;
        self.lag = right.then_some(lag);
        if self.clock_right.replace(right) != Some(right) {
            let device_id = self.id.clone();
            tell_engine(context, DeviceEvent::Clock { device_id, right }).await;
        }
        let due = self.clock_set.is_none_or(|set| set.elapsed() >= SET_CLOCK_EVERY);
        if let Some(calls) = calls.filter(|_| self.set_time && !right && due) {
            self.set_clock(calls);
        }
    }

    fn set_clock(&mut self, calls: &Calls) {
        if calls.errands.try_send(Errand::SetTime).is_ok() {
            self.clock_set = Some(Instant::now());
        }
    }

    fn contacts(&self, input: u16, level: Level) -> Vec<DeviceEvent> {
        let contacts: &[bool] = match level {
            Level::Open => &[false],
            Level::Closed => &[true],
            Level::Pulse => &[true, false],
        };
        let contact = |closed: &bool| {
            let (device_id, closed) = (self.id.clone(), *closed);
            DeviceEvent::Contact { device_id, input, closed, just_now: true }
        };
        contacts.iter().map(contact).collect()
    }

    async fn obey(
        &mut self,
        context: &DeviceContext,
        command: DeviceCommand,
        calls: Option<&Calls>,
    ) {
        match (command, calls) {
            (DeviceCommand::Barrier(actuation), Some(calls)) => {
                if let Err(refused) = calls.barriers.try_send(actuation) {
                    self.carried.unreachable(context, refused.into_inner()).await;
                }
            }
            (DeviceCommand::Barrier(actuation), None) => {
                self.carried.barrier(context, actuation).await;
            }
            (DeviceCommand::Snapshot { .. }, Some(calls)) => {
                let _ = calls.errands.try_send(Errand::Snapshot);
            }
            // One that finds no room is given again when its time is over.
            (DeviceCommand::CameraList(order), Some(calls)) => {
                let _ = calls.errands.try_send(Errand::List(order));
            }
            (DeviceCommand::CameraList(order), None) => {
                self.carried.list(context, &order, &self.time_zone).await;
            }
            // Who cannot is not asked again.
            _ => {}
        }
    }
}
