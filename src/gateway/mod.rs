//! The gateway: its parts put together and taken apart in order, as ARCHITECTURE.md draws them. For
//! `lotgate run`, the demo, the self-test and the benches. It knows every room below it, but decides nothing,
//! and knows neither the command line nor the log.

pub mod base_data;
mod prices;
mod wiring;

pub use prices::tariff_of;
pub use wiring::rules;

use crate::away;
use crate::clock;
use crate::config::{Config, Finding, LogConfig, load};
use crate::connections;
use crate::devices::{self, DeviceContext, PictureFolder, WithdrawnOpenings};
use crate::downlink::{Callback, Door, LinkConnection};
use crate::engine::{self, Clock, Effects, EngineHandle, First, GuardFiles, Refused, Retention};
use crate::https::HttpBounds;
use crate::in_memory;
use crate::lang::Lang;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Input};
use crate::model::outcome::{ContractQuestion, DeviceCommand, Publication};
use crate::model::put_aside::AsideCommand;
use crate::renewed;
use crate::store::{Copies, Reader};
use crate::teller::Teller;
use crate::uplink::{Client, ContractAsker, ImageUploader, PictureFetcher, Sender, Session};
use crate::web::{LotView, Server, SocketServer};
use anyhow::Context as _;
use jiff::SignedDuration;
use sd_notify::NotifyState;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Tasks may take this long to stop; then the process ends anyway. What had committed is safe.
const STOP_WITHIN: Duration = Duration::from_millis(4200);
/// So long after a start that could not be noted it is tried again.
const START_AGAIN: Duration = Duration::from_secs(10);
/// Camera messages are remembered this long, to know them when they come again.
const REMEMBER_MESSAGES: SignedDuration = SignedDuration::from_hours(48);
/// Commands on their way to drivers.
const DEVICE_COMMANDS: usize = 4096;
/// Questions on their way to the platform.
const QUESTIONS: usize = 256;
/// Publications on their way to brokers.
const PUBLICATIONS: usize = 256;

/// What a reload says to whoever runs the gateway.
pub struct Reloaded {
    /// How the log shall be from now on.
    pub log: LogConfig,
    /// What is odd about the configuration.
    pub findings: Vec<Finding>,
}

/// A running gateway.
pub struct Gateway {
    config: Config,
    teller: Teller,
    engine: EngineHandle,
    engine_thread: std::thread::JoinHandle<()>,
    guard: GuardFiles,
    shown: watch::Sender<LotView>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Gateway {
    /// Puts the parts together as ARCHITECTURE.md draws them and starts them.
    pub async fn start(config: &Config, teller: Teller) -> anyhow::Result<Self> {
        let clock: Clock = Arc::new(clock::keeper());
        let gateway =
            Self::start_with(config, teller, clock, |context, commands, publications, tasks| {
                devices::start(config, &context, commands, publications, tasks);
                Ok::<(), Infallible>(())
            })
            .await?;
        gateway.tasks.spawn(clock::keeper().watch(gateway.stop.clone()));
        Ok(gateway)
    }

    /// The same with a clock and hardware of the caller's.
    pub async fn start_with<E: Into<anyhow::Error>>(
        config: &Config,
        teller: Teller,
        clock: Clock,
        hardware: impl FnOnce(
            DeviceContext,
            mpsc::Receiver<DeviceCommand>,
            mpsc::Receiver<Publication>,
            &TaskTracker,
        ) -> Result<(), E>,
    ) -> anyhow::Result<Self> {
        let path = &config.store.path;
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let guard = GuardFiles::of(|kind| in_memory::file_of(config, "engine", kind));
        let backup = &config.store.backup;
        let copies = Copies::new(path, &backup.path, backup.every, backup.keep);
        let first = First::open(copies, in_memory::file_of_the_service(config, "store", "disk"))
            .with_context(|| format!("the database {} cannot be opened", path.display()))?
            .with_ballast(config.store.ballast)
            .with_journal(in_memory::file_of(config, "store", "notes"))
            .guarded(guard.clone());
        if let Some(known) = first.known_time() {
            clock.take_up(&known);
        }
        let (device_commands, to_devices) = mpsc::channel(DEVICE_COMMANDS);
        let (publications, to_publish) = mpsc::channel(PUBLICATIONS);
        let (questions, to_ask) = mpsc::channel(QUESTIONS);
        let queued = Arc::new(Notify::new());
        let effects = Effects {
            device_commands,
            publications,
            questions,
            reports: Arc::clone(&queued),
            teller: teller.clone(),
            images: config.store.images.clone(),
        };
        let retention = Retention { records: config.store.retention, messages: REMEMBER_MESSAGES };
        let rules = wiring::rules(config, clock.read().now)?;
        let (engine, engine_thread) =
            engine::start(first, rules, retention, Arc::clone(&clock), effects)?;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        match engine.submit(Input::Started).await {
            // No lane waits for what a row is in the way of.
            Err(Refused::Failed(_)) => drop(tasks.spawn(start_again(engine.clone(), stop.clone()))),
            answer => drop(answer?),
        }
        do_again(&engine).await;

        renewed::tell(teller.clone());
        tasks.spawn(away::keep(away::file_of(config), engine.store_away(), stop.clone()));
        // It listens before the connections that it notes are made.
        tasks.spawn(connections::note(teller.listen(), engine.clone(), stop.clone()));
        let (shown, seen) = watch::channel(wiring::shown(config));
        let http = HttpBounds::of_process();
        let stands_back = Arc::new(watch::Sender::new(false));
        let beside_another = Arc::new(Notify::new());
        let start = Start { config, engine, teller, shown: seen, http, stop, tasks };
        start.web();
        start.on_box();
        start.uplink(queued, to_ask);
        start.downlink(stands_back.subscribe(), Arc::clone(&beside_another));
        let Start { engine, teller, http, stop, tasks, .. } = start;
        let context = DeviceContext {
            engine: engine.clone(),
            teller: teller.clone(),
            stop: stop.clone(),
            images: PictureFolder::at(&config.store.images),
            withdrawn: WithdrawnOpenings::default(),
            http,
            stands_back,
            beside_another,
        };
        hardware(context, to_devices, to_publish, &tasks).map_err(Into::into)?;
        let alive = || tell_systemd(&[NotifyState::Watchdog]);
        tasks.spawn(engine::keep_time(engine.clone(), folder, alive, stop.clone()));
        tasks.spawn(engine::keep_looking(engine.clone(), path.clone(), stop.clone()));
        let config = config.clone();
        Ok(Self { config, teller, engine, engine_thread, guard, shown, stop, tasks })
    }

    /// The way to the engine.
    pub fn engine(&self) -> &EngineHandle {
        &self.engine
    }

    /// Reads the configuration again and applies what can be changed while cars come and go: the lot,
    /// its lanes' rules, spaces, garages and prices. Connections are made at a start only. Returns what else is of
    /// another opinion now, unless the configuration is wrong.
    pub async fn reload(&self, path: &Path, lang: Lang) -> Option<Reloaded> {
        let loaded = load(path);
        let rules = loaded.config.as_ref().map(|config| wiring::rules(config, clock::now()));
        match (&loaded.config, rules) {
            (Some(config), Some(Ok(rules))) => match self.engine.set_rules(rules).await {
                Ok(()) => {
                    self.show(wiring::shown(config));
                    let after_restart = wiring::only_at_start(&self.config, config);
                    self.teller.tell(Happening::Reloaded { after_restart });
                    let (log, findings) = (config.log.clone(), loaded.findings);
                    return Some(Reloaded { log, findings });
                }
                Err(error) => {
                    self.teller.tell(Happening::ReloadRefused { first: error.to_string() });
                }
            },
            (_, Some(Err(error))) => {
                self.teller.tell(Happening::ReloadRefused { first: error.to_string() });
            }
            _ => {
                let mut wrong = loaded.findings.iter().filter(|found| found.is_error());
                let first = wrong.next().map(|found| found.render(lang));
                self.teller.tell(Happening::ReloadRefused { first: first.unwrap_or_default() });
            }
        }
        None
    }

    /// The booth's software is shown the lot as it is now; the folder of images is that of the start, as the store is.
    fn show(&self, lot: LotView) {
        let images = Arc::clone(&self.shown.borrow().images);
        self.shown.send_replace(LotView { images, ..lot });
    }

    /// Stops the parts, the engine last.
    pub async fn stop(self) {
        self.guard.leave_nothing();
        self.stop.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout(STOP_WITHIN, self.tasks.wait()).await;
        drop(self.engine);
        let thread = self.engine_thread;
        let ended = tokio::task::spawn_blocking(move || thread.join());
        let _ = tokio::time::timeout(Duration::from_millis(500), ended).await;
    }
}

/// A start that could not be noted is tried again until it is.
async fn start_again(engine: EngineHandle, stop: CancellationToken) {
    while timeout(START_AGAIN, stop.cancelled()).await.is_err() {
        if !matches!(engine.submit(Input::Started).await, Err(Refused::Failed(_))) {
            return;
        }
    }
}

/// What somebody wanted done again of what was put aside, while no gateway ran or one that ended at it.
async fn do_again(engine: &EngineHandle) {
    // What cannot be done is said; the gateway starts all the same.
    if let Ok(Answer::Aside { again, .. }) = engine.submit(Input::Aside(AsideCommand::Left)).await {
        for number in again {
            let _ = engine.submit(Input::Again { number }).await;
        }
    }
}

/// What the parts are started with.
struct Start<'c> {
    config: &'c Config,
    engine: EngineHandle,
    teller: Teller,
    shown: watch::Receiver<LotView>,
    http: HttpBounds,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Start<'_> {
    /// Serves the people of the box by the socket beside the database.
    fn on_box(&self) {
        let store = &self.config.store;
        let (engine, reader) = (self.engine.clone(), Reader::of(&store.path));
        let (lot, teller) = (self.shown.clone(), self.teller.clone());
        let server = SocketServer::new(store.socket(), engine, reader, lot, teller);
        self.tasks.spawn(server.run(self.stop.clone()));
    }

    /// The local HTTP server, where there is one.
    fn web(&self) {
        let Some(web) = &self.config.web else { return };
        let reader = Reader::of(&self.config.store.path);
        let (engine, teller, http) = (self.engine.clone(), self.teller.clone(), self.http.clone());
        let server = Server::new(web, engine, reader, self.shown.clone(), teller, http);
        self.tasks.spawn(server.run(self.stop.clone()));
    }

    /// Whatever calls the platform: questions, images, reports, all by one session.
    fn uplink(&self, queued: Arc<Notify>, to_ask: mpsc::Receiver<ContractQuestion>) {
        let path = &self.config.store.path;
        let client = Client::new(&self.config.platform);
        self.tasks.spawn(client.whereabouts().clone().follow(self.stop.clone()));
        let session = Arc::new(Session::new(client.clone(), self.teller.clone()));
        let asker = ContractAsker {
            client: client.clone(),
            session: Arc::clone(&session),
            engine: self.engine.clone(),
        };
        self.tasks.spawn(asker.run(to_ask, self.stop.clone()));
        let uploader = ImageUploader {
            client: client.clone(),
            fetcher: PictureFetcher::new(self.config, self.teller.clone()),
            session: Arc::clone(&session),
            reader: Reader::of(path),
            engine: self.engine.clone(),
            folder: self.config.store.images.clone(),
            time_zone: self.config.lot.time_zone.clone(),
            teller: self.teller.clone(),
        };
        self.tasks.spawn(uploader.run(self.stop.clone()));
        let sender = Sender {
            session,
            client,
            reader: Reader::of(path),
            engine: self.engine.clone(),
            queued,
            teller: self.teller.clone(),
        };
        self.tasks.spawn(sender.run(self.stop.clone()));
    }

    /// The ways on which the platform calls us.
    fn downlink(&self, stands_back: watch::Receiver<bool>, beside_another: Arc<Notify>) {
        let platform = &self.config.platform;
        let sign = platform.dialect.sign;
        let (engine, teller) = (self.engine.clone(), self.teller.clone());
        let zone = self.config.lot.time_zone.clone();
        let door = Door { engine, sign, max_age: None, zone, teller };
        if let Some(callback) = &platform.callback {
            let callback = Callback::new(callback.clone(), door.clone(), self.http.clone());
            self.tasks.spawn(callback.run(self.stop.clone()));
        }
        if let Some(tcp) = &platform.tcp {
            let connection =
                LinkConnection::new(platform, tcp, door, (stands_back, beside_another));
            self.tasks.spawn(connection.run(self.stop.clone()));
        }
    }
}

/// Tells systemd, where it started us and wants to know.
pub fn tell_systemd(state: &[NotifyState]) {
    // A box that cannot be told still has a lot to run.
    let _ = sd_notify::notify(state);
}
