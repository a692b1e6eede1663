//! The single writer: mailbox → transaction → lot → commit → effects.
//!
//! One thread owns the database. Inputs that wait together commit together; nothing leaves before its
//! commit; a commit that fails took no effect and is answered as failed.

use crate::lot::{self, Case, Rules};
use crate::model::barrier::BarrierFault;
use crate::model::event::DeviceEvent;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Input};
use crate::model::outcome::{ContractQuestion, DeviceCommand, Outcome, Publication};
use crate::store::{Store, StoreError};
use crate::teller::Teller;
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// Inputs that may wait before those who bring them must wait too.
const MAILBOX: usize = 4096;
/// Most inputs one commit carries, so that the first of them is not kept waiting by the last.
const COMMIT_AT_MOST: usize = 512;
/// Old rows are looked for this often, in inputs.
const PRUNE_EVERY: u64 = 10_000;
const PRUNE_AT_ONCE: u32 = 500;
/// Nothing is tried for so long when an input could not be written down.
const AFTER_A_FAILURE: Duration = Duration::from_millis(200);
/// A barrier's command that has not left by then never does: nobody knows who stands there.
pub const COMMAND_WITHIN: Duration = Duration::from_secs(10);
/// What ends by itself is looked for this often.
const TICK: Duration = Duration::from_secs(1);

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
    content: Content,
    posted: Instant,
    answer: oneshot::Sender<Result<Answer, Refused>>,
}

/// What a letter brings.
enum Content {
    /// Something for the lot.
    Input(Box<Input>),
    /// Rules that hold from here on, for this and what comes behind it.
    Rules(Box<Rules>),
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
    /// Device messages already taken, to know them when they come again.
    pub messages: SignedDuration,
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
        self.send(Content::Input(Box::new(input))).await
    }

    /// Hands new rules over and waits until they hold. What was handed over before is still decided by
    /// the old ones.
    pub async fn set_rules(&self, rules: Rules) -> Result<(), Refused> {
        let answer = self.send(Content::Rules(Box::new(rules))).await?;
        answer.await.map_err(|_| Refused::Stopped)?.map(drop)
    }

    async fn send(
        &self,
        content: Content,
    ) -> Result<oneshot::Receiver<Result<Answer, Refused>>, Refused> {
        let (answer, receiver) = oneshot::channel();
        self.mailbox
            .send(Letter { content, posted: Instant::now(), answer })
            .await
            .map_err(|_| Refused::Stopped)?;
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

/// How long ago what a letter tells came to this process.
fn waited(letter: &Letter) -> SignedDuration {
    let came = match &letter.content {
        Content::Input(input) => match input.as_ref() {
            Input::Device(DeviceEvent::PlateRead(read)) => read.received,
            _ => None,
        },
        Content::Rules(_) => None,
    };
    let waited = came.unwrap_or(letter.posted).elapsed();
    SignedDuration::try_from(waited).unwrap_or(SignedDuration::MAX)
}

impl Engine {
    fn run(mut self, mut letters: mpsc::Receiver<Letter>) {
        let mut waiting = Vec::with_capacity(COMMIT_AT_MOST);
        while letters.blocking_recv_many(&mut waiting, COMMIT_AT_MOST) > 0 {
            while !waiting.is_empty() {
                let behind = waiting.split_off(next_rules(&waiting));
                self.take(std::mem::replace(&mut waiting, behind));
            }
        }
    }

    /// Letters that are decided by the same rules: new ones, if any, come first.
    fn take(&mut self, letters: Vec<Letter>) {
        let mut before = None;
        if let Some(Letter { content: Content::Rules(rules), .. }) = letters.first() {
            before = Some(std::mem::replace(&mut self.rules, Rules::clone(rules)));
        }
        match self.commit(&letters) {
            Ok(done) => self.release(letters.into_iter().zip(done)),
            Err(failure) => self.one_by_one(letters, &failure, before),
        }
    }

    /// One of the inputs cannot be carried out, or nothing can be written: each gets a transaction of
    /// its own, so that the others do not suffer for it. New rules that cannot be noted do not hold:
    /// the ones `before` do.
    fn one_by_one(
        &mut self,
        letters: Vec<Letter>,
        failure: &StoreError,
        mut before: Option<Rules>,
    ) {
        self.effects.teller.tell(Happening::CommitFailed { error: failure.to_string() });
        let mut failed = false;
        for letter in letters {
            match self.commit(std::slice::from_ref(&letter)) {
                Ok(done) => self.release(std::iter::once(letter).zip(done)),
                Err(failure) => {
                    failed = true;
                    if let (Content::Rules(_), Some(rules)) = (&letter.content, before.take()) {
                        self.rules = rules;
                    }
                    // Whoever no longer waits for the answer has given up by itself.
                    let _ = letter.answer.send(Err(Refused::Failed(failure.to_string())));
                }
            }
        }
        if failed {
            std::thread::sleep(AFTER_A_FAILURE);
        }
    }

    /// One transaction for all. On failure nothing took effect.
    fn commit(&mut self, letters: &[Letter]) -> Result<Vec<Done>, StoreError> {
        let now = (self.clock)();
        let tx = self.store.begin()?;
        let mut done = Vec::with_capacity(letters.len());
        for letter in letters {
            let input = match &letter.content {
                Content::Input(input) => input,
                Content::Rules(_) => &Input::RulesChanged,
            };
            let mut case = Case::new(&tx, &self.rules, now).after(waited(letter));
            let answer = lot::apply(&mut case, input)?;
            done.push((answer, case.into_outcome()));
        }
        let before = self.taken / PRUNE_EVERY;
        self.taken += letters.len() as u64;
        if self.taken / PRUNE_EVERY != before {
            let Retention { records, messages } = self.retention;
            tx.prune(now - records, now - messages, PRUNE_AT_ONCE)?;
        }
        tx.commit()?;
        Ok(done)
    }

    /// After the commit: effects first, then the answer that lets others go on.
    fn release(&self, letters: impl Iterator<Item = (Letter, Done)>) {
        let (mut any_reported, mut any_settles) = (false, false);
        for (letter, (answer, outcome)) in letters {
            // Taken apart whole, so that no kind of effect can be forgotten here.
            let Outcome {
                actuations,
                shows,
                withdrawn,
                snapshots,
                triggers,
                list_orders,
                jobs,
                publications,
                questions,
                happenings,
                reported,
                settles,
            } = outcome;
            for happening in happenings {
                self.effects.teller.tell(happening);
            }
            for withdrawn in withdrawn {
                // Without room: it ends by its time.
                self.command(DeviceCommand::Withdraw(withdrawn));
            }
            for mut actuation in actuations {
                let lane = actuation.lane.clone();
                // What staff hold is wanted however late.
                actuation.until =
                    actuation.act.movement().is_none().then(|| Instant::now() + COMMAND_WITHIN);
                if !self.command(DeviceCommand::Barrier(actuation)) {
                    let fault = BarrierFault::Unreachable;
                    self.effects.teller.tell(Happening::BarrierFault { lane, fault });
                }
            }
            let jobs = jobs.into_iter().map(DeviceCommand::Garage);
            let snapshots = snapshots.into_iter();
            let snapshots =
                snapshots.map(|(device_id, lane)| DeviceCommand::Snapshot { device_id, lane });
            let shows = shows.into_iter().map(DeviceCommand::Show);
            let triggers =
                triggers.into_iter().map(|device_id| DeviceCommand::Trigger { device_id });
            // Without room: given again when its time is over.
            let list_orders = list_orders.into_iter().map(DeviceCommand::CameraList);
            for command in jobs.chain(triggers).chain(snapshots).chain(list_orders).chain(shows) {
                // Without room: jobs are handed over again when their PLC is, the rest is stale by then.
                self.command(command);
            }
            for publication in publications {
                // They are kept in the store and published again at the next start.
                let _ = self.effects.publications.try_send(publication);
            }
            for question in questions {
                // A question that finds no room goes unasked; it is asked again at the exit.
                let _ = self.effects.questions.try_send(question);
            }
            any_reported |= reported;
            any_settles |= settles;
            let _ = letter.answer.send(Ok(answer));
        }
        if any_reported {
            self.effects.reports.notify_one();
        }
        if any_settles {
            self.settles.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// Hands a command to the devices; false when it finds no room.
    fn command(&self, command: DeviceCommand) -> bool {
        self.effects.device_commands.try_send(command).is_ok()
    }
}

/// How many letters stand before the next new rules; those that come first count with what follows them.
fn next_rules(letters: &[Letter]) -> usize {
    let is_rules = |letter: &Letter| matches!(letter.content, Content::Rules(_));
    letters.iter().skip(1).position(is_rules).map_or(letters.len(), |index| index + 1)
}
