//! Commands that a camera hears in the answers to what it pushes: to its polls, its heartbeats, or the very read they
//! are about. Whatever waits has an end, and an answer carries a command only to whom it was meant for.

use super::makes::http::{CameraTask, CommandWay, ListTask, PushAnswer, PushCodec};
use super::makes::push::Push;
use crate::devices::context::{DeviceContext, answer_barrier, is_over, is_withdrawn, tell_engine};
use crate::model::barrier::BarrierFault;
use crate::model::camera_list::{ListFault, ListOrder};
use crate::model::event::DeviceEvent;
use crate::model::happening::Happening;
use crate::model::outcome::Actuation;
use crate::standard::id::Id;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// A read is stored by then, or comes again.
pub(super) const STORED_WITHIN: Duration = Duration::from_millis(800);
/// A poll is held so long.
const HELD: Duration = Duration::from_secs(20);
/// A command that was handed over is shown to be heard by the next poll, within this.
const HEARD_WITHIN: Duration = Duration::from_secs(3);
/// After a read was stored its command comes within this, or not at all.
const DECIDED_WITHIN: Duration = Duration::from_millis(250);
/// A command waits so long for an answer that carries it, where nothing says how long it may.
const WAITS: Duration = Duration::from_secs(10);
/// What a display shows late it shows wrong.
const BYTES_WAIT: Duration = Duration::from_secs(3);
/// An answer that opens waits so long for what the display is to show, where there is one.
const SHOWN_WITHIN: Duration = Duration::from_millis(60);
/// Commands that wait; more means that the camera does not come for them.
const MOST: usize = 32;

/// A push that is not answered yet.
pub(super) struct HeldPush {
    pub(super) push: Push,
    pub(super) received: std::time::Instant,
    pub(super) answer: oneshot::Sender<PushAnswer>,
}

impl HeldPush {
    /// Answers it; false where its camera no longer waits for that.
    fn carry(self, codec: &dyn PushCodec, words: &[Value]) -> bool {
        let answer = codec.answer(&self.push, words);
        self.answer.send(answer).is_ok()
    }

    /// It could not be stored: it is to come again.
    pub(super) fn refuse(self) {
        let _ = self.answer.send(PushAnswer::not_stored());
    }

    /// Answers it.
    pub(super) fn answer(self, codec: &dyn PushCodec, words: &[Value]) {
        self.carry(codec, words);
    }
}

impl Waiting {
    fn is_bytes(&self) -> bool {
        self.actuation.is_none() && self.order.is_none()
    }
}

/// A read that is stored, and its command where that has come.
struct WaitingRead {
    held: HeldPush,
    until: Instant,
    opens: Option<(Actuation, Value, Instant)>,
}

/// What waits for an answer that carries it.
struct Waiting {
    words: Value,
    actuation: Option<Actuation>,
    /// The id of an order about its own list.
    order: Option<String>,
    since: Instant,
    until: Instant,
}

/// One camera's commands.
pub(super) struct Carried {
    id: Id,
    codec: Arc<dyn PushCodec>,
    waiting: Vec<Waiting>,
    /// The poll that waits for commands.
    poll: Option<(HeldPush, Instant)>,
    /// Reads that are stored and wait for their command, or for what is shown with it.
    reads: Vec<WaitingRead>,
    /// Handed over, and not shown to be heard yet.
    handed: Vec<(Actuation, Instant)>,
    /// The same of orders about its own list.
    listed: Vec<(String, Instant)>,
    /// Whether it has been heard since it was lost.
    listens: bool,
    /// Whether a display is told something through it.
    shows: bool,
}

impl Carried {
    pub(super) fn new(id: Id, codec: Arc<dyn PushCodec>) -> Self {
        let (waiting, reads, handed) = (Vec::new(), Vec::new(), Vec::new());
        let listed = Vec::new();
        let (listens, shows) = (false, false);
        Self { id, codec, waiting, poll: None, reads, handed, listed, listens, shows }
    }

    /// It was heard: what could not reach it may come again. In answers to reads only one about that read goes.
    pub(super) async fn heard(&mut self, context: &DeviceContext) {
        if std::mem::replace(&mut self.listens, true) || self.codec.way() == CommandWay::Answered {
            return;
        }
        tell_engine(context, DeviceEvent::Reachable(self.id.clone())).await;
    }

    /// It was not heard for too long.
    pub(super) fn lost(&mut self) {
        self.listens = false;
    }

    /// When something is due next.
    pub(super) fn due(&self) -> Option<Instant> {
        let waiting = self.waiting.iter().map(|one| one.until);
        let poll = self.poll.iter().map(|(_, until)| *until);
        let reads = self.reads.iter().map(|read| read.until);
        let handed = self.handed.iter().map(|(_, at)| *at + HEARD_WITHIN);
        let listed = self.listed.iter().map(|(_, at)| *at + HEARD_WITHIN);
        waiting.chain(poll).chain(reads).chain(handed).chain(listed).min()
    }

    /// What is due has its end.
    pub(super) async fn pass_time(&mut self, context: &DeviceContext) {
        let now = Instant::now();
        if let Some((poll, _)) = self.poll.take_if(|(_, until)| *until <= now) {
            poll.answer(&*self.codec, &[]);
        }
        let decided: Vec<_> = self.reads.extract_if(.., |read| read.until <= now).collect();
        for read in decided {
            self.answer_read(context, read).await;
        }
        let over: Vec<_> = self.waiting.extract_if(.., |one| one.until <= now).collect();
        for one in over {
            if let Some(actuation) = one.actuation {
                self.unreachable(context, actuation).await;
            } else if let Some(order) = one.order {
                self.list_answered(context, order, Err(ListFault::Unreachable)).await;
            }
        }
        let unlisted: Vec<_> =
            self.listed.extract_if(.., |(_, at)| *at + HEARD_WITHIN <= now).collect();
        for (order, _) in unlisted {
            self.list_answered(context, order, Err(ListFault::Silent)).await;
        }
        let silent: Vec<_> =
            self.handed.extract_if(.., |(_, at)| *at + HEARD_WITHIN <= now).collect();
        for (actuation, _) in silent {
            answer_barrier(context, actuation, Err(BarrierFault::Silent)).await;
        }
    }

    /// A command could not reach it.
    pub(super) async fn unreachable(&mut self, context: &DeviceContext, actuation: Actuation) {
        self.listens = false;
        answer_barrier(context, actuation, Err(BarrierFault::Unreachable)).await;
    }

    /// Bytes for its RS-485 port; false where nothing can carry them.
    pub(super) async fn serial(
        &mut self,
        context: &DeviceContext,
        channel: u8,
        bytes: &[u8],
    ) -> bool {
        let task = CameraTask::Serial { channel, bytes };
        let carries = self.codec.way() != CommandWay::Never && self.waiting.len() < MOST;
        let Some(words) = self.codec.carried(task).filter(|_| carries) else { return false };
        self.shows = true;
        let since = Instant::now();
        let wait =
            if self.codec.way() == CommandWay::Answered { DECIDED_WITHIN } else { BYTES_WAIT };
        self.waiting.push(Waiting {
            words,
            actuation: None,
            order: None,
            since,
            until: since + wait,
        });
        if let Some((poll, _)) = self.poll.take() {
            self.hand_over(context, poll).await;
        }
        true
    }

    /// An order about its own list: by the answer to a poll, since only the next one shows that it was heard.
    pub(super) async fn list(
        &mut self,
        context: &DeviceContext,
        order: &ListOrder,
        zone: &TimeZone,
    ) {
        let Some(task) = ListTask::of(&order.change, zone) else { return };
        let polled = self.codec.way() == CommandWay::Polled && self.waiting.len() < MOST;
        let words = self.codec.carried(CameraTask::List(task)).filter(|_| polled);
        let order = order.id.clone();
        let Some(words) = words else {
            return self.list_answered(context, order, Err(ListFault::Unsupported)).await;
        };
        let since = Instant::now();
        let (order, until) = (Some(order), since + HELD);
        self.waiting.push(Waiting { words, actuation: None, order, since, until });
        if let Some((poll, _)) = self.poll.take() {
            let handed = self.hand_over(context, poll).await;
            self.tell_commanded(context, handed);
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

    /// A barrier's command.
    pub(super) async fn barrier(&mut self, context: &DeviceContext, actuation: Actuation) {
        let Some(words) = self.codec.carried(CameraTask::Barrier(actuation.act)) else {
            return answer_barrier(context, actuation, Err(BarrierFault::NoBarrier)).await;
        };
        if is_over(context, &actuation) {
            return answer_barrier(context, actuation, Err(BarrierFault::TooLate)).await;
        }
        self.displace(context, &actuation).await;
        let since = Instant::now();
        if self.codec.way() == CommandWay::Answered {
            return self.in_its_read(context, actuation, words).await;
        }
        if self.waiting.len() >= MOST {
            return self.unreachable(context, actuation).await;
        }
        let until = actuation.until.map_or(since + WAITS, Instant::from_std);
        self.waiting.push(Waiting { words, actuation: Some(actuation), order: None, since, until });
        if let Some((poll, _)) = self.poll.take() {
            let handed = self.hand_over(context, poll).await;
            self.tell_commanded(context, handed);
        }
    }

    /// One movement is commanded once, however often it is wanted while it waits.
    async fn displace(&mut self, context: &DeviceContext, actuation: &Actuation) {
        let same = |one: &mut Waiting| {
            one.actuation.as_ref().is_some_and(|before| before.act == actuation.act)
        };
        let before: Vec<_> = self.waiting.extract_if(.., same).collect();
        for before in before.into_iter().filter_map(|one| one.actuation) {
            if before.id != actuation.id {
                answer_barrier(context, before, Err(BarrierFault::TooLate)).await;
            }
        }
    }

    /// The answer to a read opens at once, and for nobody but the car that was read: a command of another goes not.
    async fn in_its_read(&mut self, context: &DeviceContext, actuation: Actuation, words: Value) {
        let since = Instant::now();
        let of_it = |read: &WaitingRead| {
            read.opens.is_none() && actuation.cause == Some(read.held.received)
        };
        let at = self.reads.iter().position(of_it);
        let Some(read) = at.map(|at| self.reads.remove(at)) else {
            // It comes before its read is known to be stored, or too late.
            let fresh = actuation.cause.is_some_and(|cause| cause.elapsed() < STORED_WITHIN);
            if fresh && self.waiting.len() < MOST {
                let (actuation, until) = (Some(actuation), since + DECIDED_WITHIN);
                self.waiting.push(Waiting { words, actuation, order: None, since, until });
                return;
            }
            return answer_barrier(context, actuation, Err(BarrierFault::TooLate)).await;
        };
        self.opens(context, read, (actuation, words, since)).await;
    }

    /// A read has its command: it is answered with it, and with what is shown besides.
    async fn opens(
        &mut self,
        context: &DeviceContext,
        read: WaitingRead,
        command: (Actuation, Value, Instant),
    ) {
        let until = read.until.min(Instant::now() + SHOWN_WITHIN);
        let read = WaitingRead { opens: Some(command), until, ..read };
        if self.shows {
            return self.reads.push(read);
        }
        self.answer_read(context, read).await;
    }

    /// Answers a read with its command, where it has one, and with what is shown.
    async fn answer_read(&mut self, context: &DeviceContext, read: WaitingRead) {
        let WaitingRead { held, opens, .. } = read;
        let bytes = self.waiting.extract_if(.., |one| one.is_bytes());
        let mut words: Vec<Value> = bytes.map(|one| one.words).collect();
        let Some((actuation, command, since)) = opens else {
            return held.answer(&*self.codec, &words);
        };
        if is_over(context, &actuation) || is_withdrawn(context, &actuation) {
            held.answer(&*self.codec, &words);
            return answer_barrier(context, actuation, Err(BarrierFault::TooLate)).await;
        }
        words.push(command);
        if !held.carry(&*self.codec, &words) {
            return answer_barrier(context, actuation, Err(BarrierFault::TooLate)).await;
        }
        commanded(context, &actuation);
        answer_barrier(context, actuation, Ok(since.elapsed())).await;
    }

    /// A read is stored: its command is here already, or comes at once.
    pub(super) async fn decided(&mut self, context: &DeviceContext, held: HeldPush) {
        let is_its = |one: &mut Waiting| {
            one.actuation.as_ref().is_some_and(|actuation| actuation.cause == Some(held.received))
        };
        let its = self.waiting.extract_if(.., is_its).next();
        let deadline = Instant::from_std(held.received + STORED_WITHIN);
        let until = deadline.min(Instant::now() + DECIDED_WITHIN);
        let read = WaitingRead { held, until, opens: None };
        if let Some(Waiting { words, actuation: Some(actuation), since, .. }) = its {
            return self.opens(context, read, (actuation, words, since)).await;
        }
        self.reads.push(read);
    }

    /// It asks for commands, and has heard those before.
    pub(super) async fn poll(&mut self, context: &DeviceContext, held: HeldPush) {
        for (actuation, at) in std::mem::take(&mut self.handed) {
            answer_barrier(context, actuation, Ok(at.elapsed())).await;
        }
        for (order, _) in std::mem::take(&mut self.listed) {
            self.list_answered(context, order, Ok(())).await;
        }
        if let Some((before, _)) = self.poll.take() {
            before.answer(&*self.codec, &[]);
        }
        if self.waiting.is_empty() {
            self.poll = Some((held, Instant::now() + HELD));
            return;
        }
        let handed = self.hand_over(context, held).await;
        self.tell_commanded(context, handed);
    }

    /// It shows that it lives, and reads what the answer carries; that it took it is all there is to know.
    pub(super) async fn beat(&mut self, context: &DeviceContext, held: HeldPush) {
        let handed = self.hand_over(context, held).await;
        self.tell_commanded(context, handed);
        for (actuation, at) in std::mem::take(&mut self.handed) {
            answer_barrier(context, actuation, Ok(at.elapsed())).await;
        }
    }

    /// Answers a push with what waits and goes into one answer; what is no longer wanted goes not, and the rest goes on
    /// waiting. The number of commands handed over.
    async fn hand_over(&mut self, context: &DeviceContext, held: HeldPush) -> usize {
        let is_over = |one: &mut Waiting| {
            one.actuation.as_ref().is_some_and(|actuation| {
                is_over(context, actuation) || is_withdrawn(context, actuation)
            })
        };
        let over: Vec<_> = self.waiting.extract_if(.., is_over).collect();
        for actuation in over.into_iter().filter_map(|one| one.actuation) {
            answer_barrier(context, actuation, Err(BarrierFault::TooLate)).await;
        }
        let mut words: Vec<Value> = Vec::new();
        let mut goes: Vec<bool> = Vec::new();
        for one in &self.waiting {
            let fits = words.iter().all(|other| go_together(&one.words, other));
            goes.push(fits);
            if fits {
                words.push(one.words.clone());
            }
        }
        if !held.carry(&*self.codec, &words) {
            return 0;
        }
        let mut goes = goes.into_iter();
        let gone: Vec<_> =
            self.waiting.extract_if(.., |_| goes.next().unwrap_or_default()).collect();
        let (before, now) = (self.handed.len(), Instant::now());
        for one in gone {
            // From now on its answer is awaited.
            self.listed.extend(one.order.map(|order| (order, now)));
            self.handed.extend(one.actuation.map(|actuation| (actuation, now)));
        }
        self.handed.len() - before
    }

    fn tell_commanded(&self, context: &DeviceContext, handed: usize) {
        let first = self.handed.len().saturating_sub(handed);
        for (actuation, _) in self.handed.iter().skip(first) {
            commanded(context, actuation);
        }
    }
}

/// Whether two commands go into one answer: where both say something under one name it is a list.
fn go_together(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else { return false };
    let joins = |(name, value): (&String, &Value)| {
        other.get(name).is_none_or(|there| value.is_array() && there.is_array())
    };
    one.iter().all(joins)
}

fn commanded(context: &DeviceContext, actuation: &Actuation) {
    context.teller.tell(Happening::BarrierCommanded {
        lane: actuation.lane.clone(),
        act: actuation.act,
        after: actuation.cause.map(|cause| cause.elapsed()),
    });
}
