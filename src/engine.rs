//! The single writer: mailbox → transaction → lot → commit → effects.
//!
//! One thread owns the database. Inputs that wait together commit together; nothing leaves before its
//! commit; a commit that fails took no effect and is answered as failed.

use crate::happening::{Happening, Teller};
use crate::lot::command::{self, Command};
use crate::lot::event::{ContractQuestion, DeviceCommand, DeviceEvent, Publication};
use crate::lot::image::{self, ImageFate};
use crate::lot::reports::Reporter;
use crate::lot::staff::{self, StaffAnswer, StaffCommand};
use crate::lot::{
    Context, LotError, Outcome, Rules, base_data, booking, bounds, contract, devices, garages,
    inputs, missions, passage, passing, spaces, ticking,
};
use crate::standard::envelope::Reply;
use crate::store::{
    ConnectionName, Delivery, Outcome as Delivered, Store, StoreError, Transaction,
};
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// Inputs that may wait before those who bring them must wait too.
const MAILBOX: usize = 4096;
/// Most inputs one commit carries, so that the first of them is not kept waiting by the last.
const COMMIT_AT_MOST: usize = 512;
/// Old rows are looked for this often, in inputs.
const PRUNE_EVERY: u64 = 10_000;
const PRUNE_AT_ONCE: u32 = 500;
/// What ends by itself is looked for this often.
const TICK: Duration = Duration::from_secs(1);

/// What arrives.
#[derive(Debug)]
pub enum Input {
    /// A device told something.
    Device(DeviceEvent),
    /// The platform commands something.
    Command(Command),
    /// The platform answered reports.
    Delivered(Vec<Delivery>),
    /// Staff do something.
    Staff(StaffCommand),
    /// The platform answered whether a car's payments are deducted automatically (5010).
    ContractAnswered {
        /// The car's parking record.
        record_id: String,
        /// Whether they are.
        open: bool,
    },
    /// The gateway has started: take up what a crash left.
    Started {
        /// Where a damaged database was moved.
        moved_aside: Option<String>,
    },
    /// An image was sent.
    Image {
        /// Its number.
        id: i64,
        /// What became of it.
        fate: ImageFate,
    },
    /// The configuration was read again: these rules from now on.
    Rules(Box<Rules>),
    /// Time has passed: end what ends by itself.
    Tick {
        /// Bytes free on the disk, where that is known.
        free_disk: Option<u64>,
    },
    /// Somebody looks after dead letters.
    Queue(QueueCommand),
    /// A connection came or went.
    Connection {
        /// Which.
        name: ConnectionName,
        /// Whether it is there.
        up: bool,
        /// Why it is not.
        error: String,
    },
}

/// What is done with rows of the queue, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueCommand {
    /// Send dead letters again.
    Retry(Vec<i64>),
    /// Throw rows away.
    Drop(Vec<i64>),
}

/// What an input was answered, after its commit.
#[derive(Debug)]
pub enum Answer {
    /// Done.
    Done,
    /// A command's reply.
    Reply(Reply),
    /// A command's reply as far as it is known; the same command again tells more once something has
    /// settled ([`EngineHandle::settled`]).
    Unsettled(Reply),
    /// How many rows of the queue it was about.
    Queue(usize),
    /// What a staff command came to.
    Staff(StaffAnswer),
}

/// Why an input took no effect.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refused {
    /// The store failed; try again.
    #[error("not stored: {0}")]
    Failed(String),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

/// Where time comes from; tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The way to the engine. Cheap to clone; the engine stops when the last one is gone.
#[derive(Clone)]
pub struct EngineHandle {
    mailbox: mpsc::Sender<Letter>,
    settled: watch::Receiver<u64>,
}

struct Letter {
    input: Input,
    answer: oneshot::Sender<Result<Answer, Refused>>,
}

/// Where effects go after their commit.
pub struct Effects {
    /// Commands to devices.
    pub device_commands: mpsc::Sender<DeviceCommand>,
    /// What brokers shall keep for others.
    pub publications: mpsc::Sender<Publication>,
    /// What the platform is asked in the background.
    pub questions: mpsc::Sender<ContractQuestion>,
    /// Woken when reports were queued.
    pub reports: Arc<Notify>,
    /// Told what happened.
    pub teller: Teller,
}

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Closed parking records and the command journal.
    pub records: SignedDuration,
}

impl EngineHandle {
    /// Changes whenever something came that an unsettled answer may have waited for.
    pub fn settled(&self) -> watch::Receiver<u64> {
        let mut settled = self.settled.clone();
        settled.mark_unchanged();
        settled
    }

    /// Hands an input over and waits for its commit.
    pub async fn submit(&self, input: Input) -> Result<Answer, Refused> {
        let answer = self.post(input).await?;
        answer.await.map_err(|_| Refused::Stopped)?
    }

    /// Hands an input over; the answer comes with its commit. Inputs are taken in the order handed over.
    pub async fn post(
        &self,
        input: Input,
    ) -> Result<oneshot::Receiver<Result<Answer, Refused>>, Refused> {
        let (answer, receiver) = oneshot::channel();
        self.mailbox.send(Letter { input, answer }).await.map_err(|_| Refused::Stopped)?;
        Ok(receiver)
    }
}

/// Tells the engine that time passes and how much is free on the disk of `folder`, until told to stop;
/// calls `alive` whenever it has answered. An engine that is stuck does not.
pub async fn keep_time(
    engine: EngineHandle,
    folder: PathBuf,
    alive: impl Fn() + Send,
    stop: CancellationToken,
) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let free_disk = rustix::fs::statvfs(&folder).ok().map(|disk| disk.f_bavail * disk.f_frsize);
        // What a failed tick left undone, the next one does.
        if matches!(engine.submit(Input::Tick { free_disk }).await, Err(Refused::Stopped)) {
            return;
        }
        alive();
    }
}

/// Starts the engine on a thread of its own. It ends when every handle is gone.
pub fn start(
    store: Store,
    rules: Rules,
    retention: Retention,
    clock: Clock,
    effects: Effects,
) -> std::io::Result<(EngineHandle, std::thread::JoinHandle<()>)> {
    let (mailbox, letters) = mpsc::channel(MAILBOX);
    let (settles, settled) = watch::channel(0);
    let engine = Engine { store, rules, retention, clock, effects, settles, taken: 0 };
    let thread =
        std::thread::Builder::new().name("engine".to_owned()).spawn(move || engine.run(letters))?;
    Ok((EngineHandle { mailbox, settled }, thread))
}

struct Engine {
    store: Store,
    rules: Rules,
    retention: Retention,
    clock: Clock,
    effects: Effects,
    settles: watch::Sender<u64>,
    taken: u64,
}

/// What an input came to, held back until the commit.
type Done = (Answer, Outcome);

/// Why nothing of a transaction took effect.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Input(#[from] LotError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    fn run(mut self, mut letters: mpsc::Receiver<Letter>) {
        let mut waiting = Vec::with_capacity(COMMIT_AT_MOST);
        while letters.blocking_recv_many(&mut waiting, COMMIT_AT_MOST) > 0 {
            let newest = waiting.iter().rev().find_map(|letter| match &letter.input {
                Input::Rules(rules) => Some(rules),
                _ => None,
            });
            if let Some(rules) = newest {
                self.rules = Rules::clone(rules);
            }
            match self.commit(&waiting) {
                Ok(done) => self.release(waiting.drain(..).zip(done)),
                Err(failure) => self.one_by_one(waiting.drain(..), &failure),
            }
        }
    }

    /// One of the inputs cannot be carried out, or nothing can be written: each gets a transaction of
    /// its own, so that the others do not suffer for it.
    fn one_by_one(&mut self, letters: impl Iterator<Item = Letter>, failure: &Failure) {
        self.effects.teller.tell(Happening::CommitFailed { error: failure.to_string() });
        let mut failed = false;
        for letter in letters {
            match self.commit(std::slice::from_ref(&letter)) {
                Ok(done) => self.release(std::iter::once(letter).zip(done)),
                Err(failure) => {
                    failed = true;
                    // Whoever no longer waits for the answer has given up by itself.
                    let _ = letter.answer.send(Err(Refused::Failed(failure.to_string())));
                }
            }
        }
        if failed {
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// One transaction for all. On failure nothing took effect.
    fn commit(&mut self, letters: &[Letter]) -> Result<Vec<Done>, Failure> {
        let now = (self.clock)();
        let context = Context { rules: &self.rules, now };
        let tx = self.store.begin()?;
        let mut done = Vec::with_capacity(letters.len());
        for letter in letters {
            done.push(apply(&tx, context, &letter.input)?);
        }
        let before = self.taken / PRUNE_EVERY;
        self.taken += letters.len() as u64;
        if self.taken / PRUNE_EVERY != before {
            let messages = now - passage::REMEMBER_MESSAGES;
            tx.prune(now - self.retention.records, messages, PRUNE_AT_ONCE)?;
        }
        tx.commit()?;
        Ok(done)
    }

    /// After the commit: effects first, then the answer that lets others go on.
    fn release(&self, letters: impl Iterator<Item = (Letter, Done)>) {
        let (mut reported, mut settles) = (false, false);
        for (letter, (answer, outcome)) in letters {
            for happening in outcome.happenings {
                self.effects.teller.tell(happening);
            }
            for actuation in outcome.actuations {
                let lane = actuation.lane.clone();
                let command = DeviceCommand::Barrier(actuation);
                if self.effects.device_commands.try_send(command).is_err() {
                    let fault = crate::happening::BarrierFault::Unreachable;
                    self.effects.teller.tell(Happening::BarrierFault { lane, fault });
                }
            }
            let missions = outcome.missions.into_iter().map(DeviceCommand::Mission);
            let snapshots = outcome.snapshots.into_iter();
            let snapshots =
                snapshots.map(|(device_id, lane)| DeviceCommand::Snapshot { device_id, lane });
            let shows = outcome.shows.into_iter().map(DeviceCommand::Show);
            for command in missions.chain(snapshots).chain(shows) {
                // Missions are handed over again when their PLC is; the rest is stale by then.
                let _ = self.effects.device_commands.try_send(command);
            }
            for publication in outcome.publications {
                // They are kept in the store and published again at the next start.
                let _ = self.effects.publications.try_send(publication);
            }
            for question in outcome.questions {
                // A question that finds no room goes unasked; it is asked again at the exit.
                let _ = self.effects.questions.try_send(question);
            }
            reported |= outcome.reported;
            settles |= outcome.settles;
            let _ = letter.answer.send(Ok(answer));
        }
        if reported {
            self.effects.reports.notify_one();
        }
        if settles {
            self.settles.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}

fn apply(tx: &Transaction<'_>, context: Context<'_>, input: &Input) -> Result<Done, LotError> {
    let outcome = match input {
        Input::Device(event) => device_event(tx, context, event)?,
        Input::Command(command) => {
            let (reply, outcome) = command::carry_out(tx, context, command)?;
            let unsettled = outcome.unsettled;
            let answer = if unsettled { Answer::Unsettled(reply) } else { Answer::Reply(reply) };
            return Ok((answer, outcome));
        }
        Input::Staff(command) => {
            let (answer, outcome) = staff::carry_out(tx, context, command)?;
            return Ok((Answer::Staff(answer), outcome));
        }
        Input::ContractAnswered { record_id, open } => {
            contract::answered(tx, context, record_id, *open)?
        }
        Input::Delivered(deliveries) => {
            for delivery in deliveries {
                tx.settle(delivery)?;
            }
            let misses = |one: &Delivery| matches!(one.outcome, Delivered::MissesBaseData(_));
            if deliveries.iter().any(misses) {
                base_data::announce(tx, context)?
            } else {
                Outcome::default()
            }
        }
        Input::Started { moved_aside } => {
            let mut outcome = booking::expire(tx, context)?;
            tx.forget_connections()?;
            devices::resume(tx, context)?;
            missions::resume(tx, context, None, &mut outcome)?;
            Reporter::new(tx, context).show_unused(&mut outcome)?;
            command::republish(tx, context, &mut outcome)?;
            outcome.append(base_data::announce(tx, context)?);
            if let Some(path) = moved_aside {
                outcome.append(devices::database_moved(tx, context, path)?);
            }
            outcome
        }
        // The engine has taken them up already; the platform learns what is new.
        Input::Rules(_) => base_data::announce(tx, context)?,
        Input::Image { id, fate } => image::settle(tx, *id, fate)?,
        Input::Tick { free_disk } => {
            let mut outcome = ticking::tick(tx, context)?;
            outcome.append(bounds::keep(tx, context, *free_disk)?);
            outcome
        }
        Input::Connection { name, up, error } => {
            tx.set_connection(name, *up, error, context.now)?;
            Outcome::default()
        }
        Input::Queue(command) => {
            let mut outcome = Outcome::default();
            let count = queue(tx, command)?;
            outcome.reported = count > 0;
            return Ok((Answer::Queue(count), outcome));
        }
    };
    Ok((Answer::Done, outcome))
}

fn queue(tx: &Transaction<'_>, command: &QueueCommand) -> Result<usize, StoreError> {
    let mut count = 0;
    match command {
        QueueCommand::Retry(rows) => {
            for seq in rows {
                count += usize::from(tx.retry(*seq)?);
            }
        }
        QueueCommand::Drop(rows) => {
            for seq in rows {
                count += usize::from(tx.drop_row(*seq)?);
            }
        }
    }
    Ok(count)
}

fn device_event(
    tx: &Transaction<'_>,
    context: Context<'_>,
    event: &DeviceEvent,
) -> Result<Outcome, LotError> {
    match event {
        DeviceEvent::PlateRead(read) => passage::plate_read(tx, context, read),
        DeviceEvent::Online(id) => devices::device_state(tx, context, id, true),
        DeviceEvent::Offline(id) => devices::device_state(tx, context, id, false),
        DeviceEvent::Space { space_no, seen } => {
            spaces::seen(tx, context, space_no, *seen, context.now)
        }
        DeviceEvent::GarageAlarms { garage_code, device_id, alarms } => {
            garages::alarmed(tx, context, garage_code, device_id, alarms)
        }
        DeviceEvent::Mission { id, step } => missions::stepped(tx, context, *id, step),
        DeviceEvent::Input { device_id, input, closed } => {
            inputs::changed(tx, context, device_id, *input, *closed)
        }
        DeviceEvent::TurnedBack { device_id, plate } => {
            passing::turned_back(tx, context, device_id, plate.as_ref())
        }
        DeviceEvent::Garage(condition) => garages::seen(tx, context, condition),
        DeviceEvent::Reachable(id) => devices::reachable(tx, context, id),
        DeviceEvent::Clock { device_id, right } => devices::clock(tx, context, device_id, *right),
        DeviceEvent::BarrierAnswered { actuation, lane_id, result } => {
            devices::barrier_answered(tx, context, actuation, lane_id, result)
        }
    }
}
