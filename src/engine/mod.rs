//! The single writer: mailbox → transaction → lot → commit → effects.
//!
//! One thread owns the database (`writer.rs`). Inputs that wait together commit together; nothing leaves before its
//! commit (`release.rs`); a commit that fails took no effect and is answered as failed. What moves nothing waits a moment
//! for others to commit with (`haste.rs`). Where the medium takes nothing the
//! engine goes on without a store until it does (`without.rs`). What ends the process each time it is tried is put aside
//! (`guard.rs`).

mod at_work;
mod ballast;
mod by_itself;
mod copy_plan;
mod copying;
mod first;
mod guard;
mod haste;
mod held;
mod journal;
mod keeping;
mod looking;
mod lost_page;
mod mail;
mod mender;
mod name;
mod next_try;
mod refusals;
mod release;
mod suspects;
mod wear;
mod without;
mod writer;

pub use first::First;
pub use guard::GuardFiles;
pub use haste::Joining;
pub use looking::keep_looking;

use crate::lot::{Remembered, Rules};
use crate::model::input::{Answer, Input};
use crate::model::moment::LotClock;
use crate::model::outcome::{ContractQuestion, DeviceCommand, Publication};
use crate::model::without_store::StoreAway;
use crate::store::{FaultKind, StoreError};
use crate::teller::Teller;
use copy_plan::CopyPlan;
use guard::Guard;
use jiff::SignedDuration;
use mail::Mail;
use mender::Mender;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use wear::Wear;
use writer::Engine;

/// Inputs that may wait before those who bring them must wait too.
const MAILBOX: usize = 4096;
/// Most inputs one commit carries, so that the first of them is not kept waiting by the last.
const COMMIT_AT_MOST: usize = 512;
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
    /// Nothing can be written down now, and this has to be.
    #[error("the database cannot be written")]
    WithoutStore,
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

/// Where time comes from; tests bring their own.
pub type Clock = Arc<dyn LotClock>;

/// The way to the engine. Cheap to clone; the engine stops when the last one is gone.
#[derive(Clone)]
pub struct EngineHandle {
    mailbox: mpsc::Sender<Letter>,
    settled: watch::Receiver<u64>,
    away: watch::Receiver<Option<StoreAway>>,
    mended: watch::Receiver<u64>,
    doubted: Arc<Notify>,
}

struct Letter {
    content: Content,
    posted: Instant,
    answer: Answering,
    /// Whether somebody goes on only after its commit.
    awaited: bool,
}

/// Whoever waits for what an input came to.
type Answering = oneshot::Sender<Result<Answer, Refused>>;

/// What a letter brings.
enum Content {
    /// Something for the lot.
    Input(Box<Input>),
    /// Rules that hold from here on, for this and what comes behind it.
    Rules(Box<Rules>),
    /// Somebody has found the database damaged, in these words.
    Damaged(String),
    /// What waits for its commit waits no longer.
    Hurry,
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
    /// The folder of images, for those that go to make room.
    pub images: PathBuf,
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

    /// Whether nothing can be written down now, since when and why.
    pub fn store_away(&self) -> watch::Receiver<Option<StoreAway>> {
        self.away.clone()
    }

    /// Changes whenever the database has been put together anew: rows that had left it may be in it again.
    pub fn mended(&self) -> watch::Receiver<u64> {
        let mut mended = self.mended.clone();
        mended.mark_unchanged();
        mended
    }

    /// Whoever only reads met an error of the database: where that is damage, it is looked through at once.
    pub fn cannot_read(&self, error: &StoreError) {
        if error.fault().is_some_and(|fault| fault.kind == FaultKind::Damaged) {
            self.doubted.notify_one();
        }
    }

    /// The database was found to be damaged: it is mended.
    async fn found_damaged(&self, words: String) {
        // Who has stopped mends nothing.
        let _ = self.send(Content::Damaged(words), true).await;
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
        self.send(Content::Input(Box::new(input)), true).await
    }

    /// The same for what may be committed with what comes next, and by itself only after a while: nobody goes on only when
    /// it is. Where it moves something it is committed at once all the same.
    pub async fn post_unhurried(
        &self,
        input: Input,
    ) -> Result<oneshot::Receiver<Result<Answer, Refused>>, Refused> {
        self.send(Content::Input(Box::new(input)), false).await
    }

    /// The same, and waits for its commit.
    pub async fn submit_unhurried(&self, input: Input) -> Result<Answer, Refused> {
        let answer = self.post_unhurried(input).await?;
        answer.await.map_err(|_| Refused::Stopped)?
    }

    /// What waits for its commit is committed now.
    pub async fn hurry(&self) {
        // Who has stopped has committed all.
        let _ = self.send(Content::Hurry, true).await;
    }

    /// Hands new rules over and waits until they hold. What was handed over before is still decided by
    /// the old ones.
    pub async fn set_rules(&self, rules: Rules) -> Result<(), Refused> {
        let answer = self.send(Content::Rules(Box::new(rules)), true).await?;
        answer.await.map_err(|_| Refused::Stopped)?.map(drop)
    }

    async fn send(
        &self,
        content: Content,
        awaited: bool,
    ) -> Result<oneshot::Receiver<Result<Answer, Refused>>, Refused> {
        let (answer, receiver) = oneshot::channel();
        self.mailbox
            .send(Letter { content, posted: Instant::now(), answer, awaited })
            .await
            .map_err(|_| Refused::Stopped)?;
        Ok(receiver)
    }
}

/// Tells the engine that time passes and how much is free on the disk of `folder`, until told to stop;
/// calls `alive` whenever it has answered. An engine that is stuck does not; one that has noticed that it has no store, and
/// goes on without, does.
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
        if matches!(engine.submit_unhurried(Input::Tick { free_disk }).await, Err(Refused::Stopped))
        {
            return;
        }
        alive();
    }
}

/// Starts the engine on a thread of its own. It ends when every handle is gone.
pub fn start(
    first: impl Into<First>,
    rules: Rules,
    retention: Retention,
    clock: Clock,
    effects: Effects,
) -> std::io::Result<(EngineHandle, std::thread::JoinHandle<()>)> {
    let (mailbox, letters) = mpsc::channel(MAILBOX);
    let (settles, settled) = watch::channel(0);
    let (away, is_away) = watch::channel(None);
    let (mended, is_mended) = watch::channel(0);
    let mut first = first.into();
    let ballast = std::mem::take(&mut first.ballast);
    let guard = Guard::open(&first.guard);
    let copies = first.copies.clone();
    let copy_plan = CopyPlan::new(copies.clone(), effects.teller.clone());
    let engine = Engine {
        rules,
        retention,
        clock,
        noted: None,
        effects,
        settles,
        away,
        mended,
        joining: first.joining,
        ballast,
        copy_plan,
        copies,
        mender: Mender::default(),
        remembered: Remembered::default(),
        start_owed: false,
        not_in_use: None,
        guard,
        wear: Wear::default(),
        log_held: false,
    };
    let mail = Mail::new(letters)?;
    let run = move || engine.run(first, mail);
    let thread = std::thread::Builder::new().name("engine".to_owned()).spawn(run)?;
    let doubted = Arc::default();
    Ok((EngineHandle { mailbox, settled, away: is_away, mended: is_mended, doubted }, thread))
}
