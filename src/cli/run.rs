//! `lotgate run`: the gateway, its parts put together and taken apart in order.

use super::log::{filter, start_log, write_log};
use super::wiring;
use crate::config::{Config, LogConfig, load};
use crate::connections;
use crate::devices::{self, DeviceContext};
use crate::downlink::{Callback, Connection, Door};
use crate::engine::{self, Clock, Effects, EngineHandle, Retention};
use crate::lang::Lang;
use crate::model::happening::Happening;
use crate::model::input::Input;
use crate::model::outcome::{DeviceCommand, Publication};
use crate::store::Store;
use crate::teller::Teller;
use crate::uplink::{Client, ContractAsker, ImageUploader, Sender, Session};
use crate::web::Server;
use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use sd_notify::NotifyState;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Tasks may take this long to stop; then the process ends anyway. What had committed is safe.
const STOP_WITHIN: Duration = Duration::from_millis(4200);
/// Camera messages are remembered this long, to know them when they come again.
const REMEMBER_MESSAGES: SignedDuration = SignedDuration::from_hours(48);
/// Commands on their way to drivers.
const DEVICE_COMMANDS: usize = 4096;
/// Questions on their way to the platform.
const QUESTIONS: usize = 256;
/// Publications on their way to brokers.
const PUBLICATIONS: usize = 256;

pub(super) fn run(path: &Path, lang: Option<Lang>) -> anyhow::Result<ExitCode> {
    let loaded = load(path);
    let lang = lang
        .or_else(|| loaded.config.as_ref().and_then(|config| config.log.lang))
        .unwrap_or_else(Lang::from_environment);
    for found in &loaded.findings {
        eprintln!("{}", found.render(lang));
    }
    let Some(config) = loaded.config else { return Ok(ExitCode::FAILURE) };
    let log_level = start_log(&config.log);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let teller = Teller::default();
        let log = tokio::spawn(write_log(teller.listen(), lang, config.log.format));
        let gateway = Gateway::start(&config, teller).await?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), park_code = %config.lot.park_code, "lotgate");
        let mut reload = signal(SignalKind::hangup())?;
        tell_systemd(&[NotifyState::Ready]);
        let stopping = stopped_by_signal();
        tokio::pin!(stopping);
        loop {
            tokio::select! {
                stopped = &mut stopping => break stopped?,
                Some(()) = reload.recv() => {
                    tell_systemd(&[NotifyState::Reloading]);
                    if let Some(log) = gateway.reload(path, lang).await {
                        // The filter lives as long as the process.
                        let _ = log_level.reload(filter(&log));
                    }
                    tell_systemd(&[NotifyState::Ready]);
                }
            }
        }
        tell_systemd(&[NotifyState::Stopping]);
        gateway.stop().await;
        log.abort();
        Ok(ExitCode::SUCCESS)
    })
}

/// Tells systemd, where it started us and wants to know.
fn tell_systemd(state: &[NotifyState]) {
    // A box that cannot be told still has a lot to run.
    let _ = sd_notify::notify(state);
}

/// Ends at Ctrl-C or SIGTERM.
pub(super) async fn stopped_by_signal() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// A running gateway.
pub struct Gateway {
    config: Config,
    teller: Teller,
    engine: EngineHandle,
    engine_thread: std::thread::JoinHandle<()>,
    web: Option<SocketAddr>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Gateway {
    /// Puts the parts together as ARCHITECTURE.md draws them and starts them.
    pub async fn start(config: &Config, teller: Teller) -> anyhow::Result<Self> {
        let clock: Clock = Arc::new(Timestamp::now);
        Self::start_with(config, teller, clock, |context, commands, publications, tasks| {
            devices::start(config, &context, commands, publications, tasks)
        })
        .await
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
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let path = &config.store.path;
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let (store, moved_aside) = Store::open(path, clock())
            .with_context(|| format!("the database {} cannot be opened", path.display()))?;
        let moved_aside = moved_aside.map(|aside| aside.display().to_string());
        if let Some(path) = moved_aside.clone() {
            teller.tell(Happening::DatabaseMovedAside { path });
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
        };
        let retention = Retention { records: config.store.retention, messages: REMEMBER_MESSAGES };
        let rules = wiring::rules(config, clock())?;
        let (engine, engine_thread) =
            engine::start(store, rules, retention, Arc::clone(&clock), effects)?;
        engine.submit(Input::Started { moved_aside }).await?;
        tasks.spawn(connections::note(teller.listen(), engine.clone(), stop.clone()));

        let web = match &config.web {
            Some(web) => {
                let reader = Store::open_reading(path)?;
                let time_zone = config.lot.time_zone.clone();
                let server = Server::bind(web, engine.clone(), reader, time_zone)
                    .await
                    .with_context(|| format!("[web] cannot listen on {}", web.listen))?;
                let address = server.address()?;
                tasks.spawn(server.run(stop.clone()));
                Some(address)
            }
            None => None,
        };
        let client = Client::new(&config.platform);
        let session = Arc::new(Session::new(client.clone(), teller.clone()));
        let asker = ContractAsker {
            client: client.clone(),
            session: Arc::clone(&session),
            engine: engine.clone(),
        };
        tasks.spawn(asker.run(to_ask, stop.clone()));
        let uploader = ImageUploader {
            client: client.clone(),
            session: Arc::clone(&session),
            reader: Store::open_reading(path)?,
            engine: engine.clone(),
            folder: config.store.images.clone(),
        };
        tasks.spawn(uploader.run(stop.clone()));
        let sender = Sender {
            session,
            client,
            reader: Store::open_reading(path)?,
            engine: engine.clone(),
            queued,
            teller: teller.clone(),
        };
        tasks.spawn(sender.run(stop.clone()));
        let sign = config.platform.dialect.sign;
        let door = Door { engine: engine.clone(), sign, teller: teller.clone() };
        if let Some(callback) = &config.platform.callback {
            let callback =
                Callback::bind(callback, door.clone()).await.context("[platform.callback]")?;
            tasks.spawn(callback.run(stop.clone()));
        }
        if let Some(tcp) = &config.platform.tcp {
            let connection = Connection::new(&config.platform, tcp, door);
            tasks.spawn(connection.run(stop.clone()));
        }
        let context = DeviceContext {
            engine: engine.clone(),
            teller: teller.clone(),
            stop: stop.clone(),
            images: Arc::from(config.store.images.as_path()),
        };
        hardware(context, to_devices, to_publish, &tasks).map_err(Into::into)?;
        let alive = || tell_systemd(&[NotifyState::Watchdog]);
        tasks.spawn(engine::keep_time(engine.clone(), folder, alive, stop.clone()));
        let config = config.clone();
        Ok(Self { config, teller, engine, engine_thread, web, stop, tasks })
    }

    /// Where the local HTTP server listens.
    pub fn web_address(&self) -> Option<SocketAddr> {
        self.web
    }

    /// The way to the engine.
    pub fn engine(&self) -> &EngineHandle {
        &self.engine
    }

    /// Reads the configuration again and applies what can be changed while cars come and go: the lot,
    /// its lanes' rules, spaces, garages and prices. Connections are made at a start only. Returns how the
    /// log shall be from now on, unless the configuration is wrong.
    pub async fn reload(&self, path: &Path, lang: Lang) -> Option<LogConfig> {
        let loaded = load(path);
        let rules = loaded.config.as_ref().map(|config| wiring::rules(config, Timestamp::now()));
        match (&loaded.config, rules) {
            (Some(config), Some(Ok(rules))) => {
                if self.engine.set_rules(rules).await.is_ok() {
                    let after_restart = wiring::only_at_start(&self.config, config);
                    self.teller.tell(Happening::Reloaded { after_restart });
                    return Some(config.log.clone());
                }
            }
            (_, Some(Err(error))) => {
                self.teller.tell(Happening::ReloadRefused { first: error.to_string() });
            }
            _ => {
                let first = loaded.findings.first().map(|found| found.render(lang));
                self.teller.tell(Happening::ReloadRefused { first: first.unwrap_or_default() });
            }
        }
        None
    }

    /// Stops the parts, the engine last.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout(STOP_WITHIN, self.tasks.wait()).await;
        drop(self.engine);
        let thread = self.engine_thread;
        let ended = tokio::task::spawn_blocking(move || thread.join());
        let _ = tokio::time::timeout(Duration::from_millis(500), ended).await;
    }
}
