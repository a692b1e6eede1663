//! The single writer: mailbox → transaction → lot → commit → effects.
//!
//! One thread owns the database. Inputs that wait together commit together; nothing leaves before its
//! commit; a commit that fails took no effect and is answered as failed.

use crate::happening::{Happening, Teller};
use crate::lot::command::{self, Command};
use crate::lot::event::{Actuation, DeviceEvent};
use crate::lot::payment::{self, PaymentResult};
use crate::lot::{Context, LotError, Outcome, Rules, base_data, devices, passage};
use crate::standard::envelope::Reply;
use crate::standard::report::Report;
use crate::store::{Charge, Delivery, Store, StoreError, Transaction};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

/// Inputs that may wait before those who bring them must wait too.
const MAILBOX: usize = 4096;
/// Most inputs one commit carries, so that the first of them is not kept waiting by the last.
const COMMIT_AT_MOST: usize = 512;
/// Old rows are looked for this often, in inputs.
const PRUNE_EVERY: u64 = 10_000;
const PRUNE_AT_ONCE: u32 = 500;

/// What arrives.
#[derive(Debug)]
pub enum Input {
    /// A device told something.
    Device(DeviceEvent),
    /// The platform commands something.
    Command(Command),
    /// The platform answered reports.
    Delivered(Vec<Delivery>),
    /// The base data as the configuration has them now.
    BaseData(Vec<Report>),
    /// Staff took a payment for a car that is inside; the charge's `record_id` is found by its plate.
    Payment {
        /// The car's plate.
        plate_no: String,
        /// What was paid.
        charge: Box<Charge>,
    },
    /// The gateway has started: take up what a crash left.
    Started,
}

/// What an input was answered, after its commit.
#[derive(Debug)]
pub enum Answer {
    /// Done.
    Done,
    /// A command's reply.
    Reply(Reply),
    /// What became of a payment.
    Payment(PaymentResult),
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
}

struct Letter {
    input: Input,
    answer: oneshot::Sender<Result<Answer, Refused>>,
}

/// Where effects go after their commit.
pub struct Effects {
    /// Commands to devices.
    pub actuations: mpsc::Sender<Actuation>,
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

/// Starts the engine on a thread of its own. It ends when every handle is gone.
pub fn start(
    store: Store,
    rules: Rules,
    retention: Retention,
    clock: Clock,
    effects: Effects,
) -> std::io::Result<(EngineHandle, std::thread::JoinHandle<()>)> {
    let (mailbox, letters) = mpsc::channel(MAILBOX);
    let engine = Engine { store, rules, retention, clock, effects, taken: 0 };
    let thread =
        std::thread::Builder::new().name("engine".to_owned()).spawn(move || engine.run(letters))?;
    Ok((EngineHandle { mailbox }, thread))
}

struct Engine {
    store: Store,
    rules: Rules,
    retention: Retention,
    clock: Clock,
    effects: Effects,
    taken: u64,
}

/// An input carried out, its answer and effects held back until the commit.
struct Done {
    sender: oneshot::Sender<Result<Answer, Refused>>,
    result: Result<Answer, Refused>,
    outcome: Outcome,
}

impl Engine {
    fn run(mut self, mut letters: mpsc::Receiver<Letter>) {
        let mut waiting = Vec::with_capacity(COMMIT_AT_MOST);
        while letters.blocking_recv_many(&mut waiting, COMMIT_AT_MOST) > 0 {
            let before = self.taken / PRUNE_EVERY;
            self.taken += waiting.len() as u64;
            let prune = self.taken / PRUNE_EVERY != before;
            match self.carry_out(waiting.drain(..), prune) {
                Ok(done) => done.into_iter().for_each(|done| self.release(done)),
                Err(()) => std::thread::sleep(Duration::from_millis(200)),
            }
        }
    }

    /// One transaction for all. On failure every sender has been told and nothing took effect.
    fn carry_out(
        &mut self,
        letters: impl Iterator<Item = Letter>,
        prune: bool,
    ) -> Result<Vec<Done>, ()> {
        let now = (self.clock)();
        let context = Context { rules: &self.rules, now };
        let mut done = Vec::new();
        let commit = || {
            let tx = self.store.begin()?;
            for Letter { input, answer } in letters {
                let result = tx.attempt::<_, LotError>(|tx| apply(tx, context, input));
                done.push(match result {
                    Ok((result, outcome)) => Done { sender: answer, result: Ok(result), outcome },
                    Err(error) => {
                        let result = Err(Refused::Failed(error.to_string()));
                        self.effects
                            .teller
                            .tell(Happening::CommitFailed { error: error.to_string() });
                        Done { sender: answer, result, outcome: Outcome::default() }
                    }
                });
            }
            if prune {
                let messages = now - passage::REMEMBER_MESSAGES;
                tx.prune(now - self.retention.records, messages, PRUNE_AT_ONCE)?;
            }
            tx.commit()
        };
        let committed: Result<(), StoreError> = commit();
        match committed {
            Ok(()) => Ok(done),
            Err(error) => {
                let error = error.to_string();
                self.effects.teller.tell(Happening::CommitFailed { error: error.clone() });
                for Done { sender, .. } in done {
                    // Whoever no longer waits for the answer has given up by itself.
                    let _ = sender.send(Err(Refused::Failed(error.clone())));
                }
                Err(())
            }
        }
    }

    /// After the commit: effects first, then the answer that lets others go on.
    fn release(&self, done: Done) {
        for happening in done.outcome.happenings {
            self.effects.teller.tell(happening);
        }
        for actuation in done.outcome.actuations {
            let lane = actuation.lane.clone();
            if self.effects.actuations.try_send(actuation).is_err() {
                let fault = crate::happening::BarrierFault::Unreachable;
                self.effects.teller.tell(Happening::BarrierFault { lane, fault });
            }
        }
        if done.outcome.reported {
            self.effects.reports.notify_one();
        }
        let _ = done.sender.send(done.result);
    }
}

fn apply(
    tx: &Transaction<'_>,
    context: Context<'_>,
    input: Input,
) -> Result<(Answer, Outcome), LotError> {
    let outcome = match input {
        Input::Device(DeviceEvent::PlateRead(read)) => passage::plate_read(tx, context, &read)?,
        Input::Device(DeviceEvent::Online(id)) => devices::device_state(tx, context, &id, true)?,
        Input::Device(DeviceEvent::Offline(id)) => devices::device_state(tx, context, &id, false)?,
        Input::Device(DeviceEvent::Clock { device_id, right }) => {
            tx.set_device_clock(device_id.as_str(), right)?;
            Outcome::default()
        }
        Input::Device(DeviceEvent::BarrierAnswered { actuation, lane_id, result }) => {
            devices::barrier_answered(tx, context, &actuation, &lane_id, &result)?
        }
        Input::Command(command) => {
            let (reply, outcome) = command::carry_out(tx, context, &command)?;
            return Ok((Answer::Reply(reply), outcome));
        }
        Input::Payment { plate_no, charge } => {
            let (result, outcome) = payment::pay_for_plate(tx, context, &charge, &plate_no)?;
            return Ok((Answer::Payment(result), outcome));
        }
        Input::Delivered(deliveries) => {
            for delivery in &deliveries {
                tx.settle(delivery)?;
            }
            Outcome::default()
        }
        Input::BaseData(present) => base_data::announce(tx, context, &present)?,
        Input::Started => devices::resume_actuations(tx, context)?,
    };
    Ok((Answer::Done, outcome))
}
