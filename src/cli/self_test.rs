//! `lotgate doctor --self-test`: this box's own configuration at work against a built-in platform.
//!
//! The real gateway on the real lot's lanes, tariff and tables, in a database of its own; only the platform
//! and the hardware are stand-ins. Nothing of it reaches the real ones.

#![allow(clippy::indexing_slicing, reason = "indexing a JSON value gives null, never a panic")]

use crate::config::{Config, LaneConfig, LaneWay, PlatformTcp};
use crate::devices::DeviceContext;
use crate::engine::{Clock, EngineHandle};
use crate::gateway::{Gateway, base_data};
use crate::lang::{SelfTestFault as Fault, SelfTestFinding as Finding, SelfTestStep as Step};
use crate::model::barrier::Act;
use crate::model::event::{DeviceEvent, PlateRead};
use crate::model::happening::Happening;
use crate::model::input::Input;
use crate::model::outcome::{Actuation, DeviceCommand, Publication};
use crate::sim::authority::Authority;
use crate::sim::platform::{Fault as Outage, Settings, SimulatedPlatform, User};
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::password::PasswordCipher;
use crate::store::Store;
use crate::teller::Teller;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc};

/// A step that takes longer has failed. Emulated and small boxes are slow.
const PATIENCE: Duration = Duration::from_secs(20);
/// The sender may be in a long pause when the platform comes back.
const DRAIN: Duration = Duration::from_secs(60);
/// How long the car that pays stays.
const STAY: SignedDuration = SignedDuration::from_mins(119);
const PASSWORD: &str = "self-test";
/// Numbers of cars, beyond those of the lanes.
const PAYS: usize = 50_000;
const COMES_IN_THE_OUTAGE: usize = 60_000;

/// The lot under test.
struct Bench {
    platform: SimulatedPlatform,
    engine: EngineHandle,
    config: Config,
    /// Seconds that the lot's clock is ahead.
    ahead: Arc<AtomicI64>,
    barriers: mpsc::UnboundedReceiver<Id>,
    happenings: broadcast::Receiver<Happening>,
    read: u32,
}

/// Runs all steps; the first one that fails ends it, as a finding.
pub(super) async fn run(config: Config, mut tell: impl FnMut(Finding)) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let started = start(config, folder.path()).await;
    let (gateway, mut bench) = match started {
        Ok(parts) => parts,
        Err(error) => {
            tell(Finding::Failed { step: Step::Start, fault: other(format!("{error:#}")) });
            return Ok(());
        }
    };
    tell(Finding::Passed { step: Step::Start });
    let _ = bench.steps(&mut tell).await;
    gateway.stop().await;
    bench.platform.stop().await;
    Ok(())
}

async fn start(mut config: Config, folder: &Path) -> anyhow::Result<(Gateway, Bench)> {
    let authority = Authority::new()?;
    let ca_file = folder.join("ca.pem");
    std::fs::write(&ca_file, authority.ca_pem())?;
    let cipher = PasswordCipher::new(b"selftest", None)?;
    let user = User {
        user_id: config.platform.user_id.clone(),
        password: PASSWORD.to_owned(),
        cipher: cipher.clone(),
    };
    let settings = Settings { sign: config.platform.dialect.sign, ..Settings::local()? };
    let platform = SimulatedPlatform::start(&authority, user, settings).await?;
    platform.allow_lengths(config.platform.dialect.lengths.clone());
    config.platform.password_cipher_text = cipher.encipher(PASSWORD).into();
    config.platform.ca_file = Some(ca_file);
    redirect(&mut config, &platform, folder);
    let ahead = Arc::new(AtomicI64::new(0));
    let shift = Arc::clone(&ahead);
    let clock: Clock = Arc::new(move || {
        Timestamp::now() + SignedDuration::from_secs(shift.load(Ordering::Relaxed))
    });
    let (opened, barriers) = mpsc::unbounded_channel();
    let teller = Teller::default();
    let happenings = teller.listen();
    let lanes = config.lanes.clone();
    let hardware = |context: DeviceContext, commands, publications, tasks: &_| {
        let tasks: &tokio_util::task::TaskTracker = tasks;
        tasks.spawn(stand_in(context, lanes, commands, publications, opened));
        anyhow::Ok(())
    };
    let gateway = Gateway::start_with(&config, teller, clock, hardware).await?;
    let engine = gateway.engine().clone();
    for device in config.devices.iter().filter(|device| device.driver.is_heard()) {
        engine.submit(Input::Device(DeviceEvent::Online(device.id.clone()))).await?;
    }
    Ok((gateway, Bench { platform, engine, config, ahead, barriers, happenings, read: 0 }))
}

/// Turns a configuration from the real platform and database to those of the test.
fn redirect(config: &mut Config, platform: &SimulatedPlatform, folder: &Path) {
    let addressed = &mut config.platform;
    addressed.base_url = format!("https://127.0.0.1:{}/api/1.0", platform.https().port());
    addressed.client_certificate = None;
    addressed.callback = None;
    // How the real platform is addressed; the built-in one is addressed as the standard says.
    addressed.dialect.paths.clear();
    addressed.dialect.authorization = crate::config::Dialect::default().authorization;
    addressed.tcp = Some(PlatformTcp {
        host: "127.0.0.1".to_owned(),
        port: platform.tcp().port(),
        server_name: "127.0.0.1".to_owned(),
        heartbeat: Duration::from_secs(3),
    });
    config.store.path = folder.join("self-test.db");
    config.store.images = folder.join("images");
    config.store.min_free_disk = 0;
    config.web = None;
    // A car for each lane and a few more must find room.
    let cars = u32::try_from(config.lanes.len()).unwrap_or(u32::MAX).saturating_add(5);
    config.lot.total_spaces = config.lot.total_spaces.max(cars.into());
}

/// Obeys every command at once, as hardware that works would, contacts included.
async fn stand_in(
    context: DeviceContext,
    lanes: Vec<LaneConfig>,
    mut commands: mpsc::Receiver<DeviceCommand>,
    _publications: mpsc::Receiver<Publication>,
    opened: mpsc::UnboundedSender<Id>,
) {
    loop {
        let command = tokio::select! {
            () = context.stop.cancelled() => return,
            command = commands.recv() => command,
        };
        let Some(command) = command else { return };
        let DeviceCommand::Barrier(actuation) = command else { continue };
        let lane = lanes.iter().find(|lane| lane.id == actuation.lane_id);
        for event in obeyed(actuation, lane, &opened) {
            let _ = context.engine.post(Input::Device(event)).await;
        }
    }
}

/// What a lane tells while its barrier does what it is told: the arm goes up, the car passes.
fn obeyed(
    actuation: Actuation,
    lane: Option<&LaneConfig>,
    opened: &mpsc::UnboundedSender<Id>,
) -> Vec<DeviceEvent> {
    let Actuation { id, lane_id, act, .. } = actuation;
    let result = Ok(Duration::from_millis(1));
    let answered =
        DeviceEvent::BarrierAnswered { actuation: id, lane_id: lane_id.clone(), act, result };
    let mut events = vec![answered];
    if !matches!(act, Act::Open { .. }) {
        return events;
    }
    // Whoever waits for it may have gone.
    let _ = opened.send(lane_id);
    let Some(lane) = lane else { return events };
    let contact = |place: &Option<crate::config::InputPlace>, on: bool| {
        let place = place.as_ref()?;
        let (device_id, input) = (place.device.clone(), place.input);
        Some(DeviceEvent::Contact {
            device_id,
            input,
            closed: on != place.inverted,
            just_now: false,
        })
    };
    let passage = [(&lane.barrier_up, true), (&lane.passing_loop, true)]
        .into_iter()
        .chain([(&lane.passing_loop, false), (&lane.barrier_up, false)]);
    events.extend(passage.filter_map(|(place, on)| contact(place, on)));
    events
}

impl Bench {
    /// All steps in order; none once one has failed.
    async fn steps(&mut self, tell: &mut impl FnMut(Finding)) -> Option<()> {
        self.connects(tell).await?;
        let entries = self.lanes(LaneWay::Entry);
        let exits = self.lanes(LaneWay::Exit);
        for (number, lane) in entries.iter().enumerate() {
            let (millis, entered) = self.passes(lane, &plate(number), 5004).await;
            pass(tell, Step::Enter { lane: lane.name.clone(), millis }, entered)?;
        }
        if let (Some(entry), Some(exit)) = (entries.first(), exits.first()) {
            self.comes_and_goes(entry, exit, tell).await?;
        }
        if let Some(entry) = entries.first() {
            let opened = self.outage(entry, &plate(COMES_IN_THE_OUTAGE)).await;
            pass(tell, Step::Outage { lane: entry.name.clone() }, opened)?;
            let drained = self.drain(&plate(COMES_IN_THE_OUTAGE)).await;
            pass(tell, Step::Drain { count: self.platform.stored() }, drained)?;
        }
        pass(tell, Step::Strict, self.strict())
    }

    async fn connects(&mut self, tell: &mut impl FnMut(Finding)) -> Option<()> {
        let logged_in = self.until(PATIENCE, |platform| platform.calls(1001) > 0).await;
        pass(tell, Step::LogIn, logged_in)?;
        let linked = self.platform.linked(PATIENCE).await;
        let linked = linked.then_some(()).ok_or(late(PATIENCE));
        pass(tell, Step::Link, linked)?;
        let (count, announced) = self.base_data().await;
        pass(tell, Step::BaseData { count }, announced)
    }

    /// The first car is locked and unlocked, another one pays and leaves.
    async fn comes_and_goes(
        &mut self,
        entry: &LaneConfig,
        exit: &LaneConfig,
        tell: &mut impl FnMut(Finding),
    ) -> Option<()> {
        let locked = self.lock(exit, &plate(0)).await;
        pass(tell, Step::Lock { lane: exit.name.clone() }, locked)?;
        let (due, paid) = self.pay(entry, &plate(PAYS)).await;
        pass(tell, Step::Fee { due }, paid)?;
        let (millis, left) = self.passes(exit, &plate(PAYS), 5005).await;
        pass(tell, Step::Leave { lane: exit.name.clone(), millis }, left)
    }

    fn lanes(&self, way: LaneWay) -> Vec<LaneConfig> {
        let lanes = self.config.lanes.iter();
        lanes.filter(|lane| [way, LaneWay::Both].contains(&lane.direction)).cloned().collect()
    }

    async fn until(
        &self,
        patience: Duration,
        enough: impl Fn(&SimulatedPlatform) -> bool,
    ) -> Result<(), Fault> {
        if self.platform.until(patience, enough).await {
            return Ok(());
        }
        self.strict()?;
        Err(late(patience))
    }

    /// Whether the platform has found everything as the standard wants it.
    fn strict(&self) -> Result<(), Fault> {
        match self.platform.violations().into_iter().next() {
            Some(words) => Err(Fault::Refused { words }),
            None => Ok(()),
        }
    }

    async fn base_data(&self) -> (usize, Result<(), Fault>) {
        let expected = match base_data::base_data(&self.config, Timestamp::now()) {
            Ok(expected) => expected.len(),
            Err(error) => return (0, Err(other(error))),
        };
        let known = |platform: &SimulatedPlatform| {
            [3001, 3002, 3003, 3004, 3005, 8001].map(|code| platform.received(code).len())
        };
        let all = |platform: &SimulatedPlatform| known(platform).iter().sum::<usize>() >= expected;
        let outcome = self.until(PATIENCE, all).await;
        (known(&self.platform).iter().sum(), outcome)
    }

    /// A camera reads a plate: how long until the barrier was told to open, or why it was not.
    async fn reads(&mut self, lane: &LaneConfig, plate: &str) -> Result<Duration, Fault> {
        while self.barriers.try_recv().is_ok() {}
        self.read += 1;
        let begun = Instant::now();
        let (message, plate_no) =
            (format!("self-test-{}", self.read), plate.parse().map_err(other)?);
        let read = PlateRead {
            car_model: Some(3),
            received: Some(begun),
            ..PlateRead::of(lane.camera.clone(), message, Some(plate_no))
        };
        self.happenings = self.happenings.resubscribe();
        self.engine
            .submit(Input::Device(DeviceEvent::PlateRead(Box::new(read))))
            .await
            .map_err(other)?;
        if lane.barrier.is_none() {
            return Ok(begun.elapsed());
        }
        loop {
            tokio::select! {
                opened = self.barriers.recv() => if opened.as_ref() == Some(&lane.id) {
                    return Ok(begun.elapsed());
                },
                happening = self.happenings.recv() => if let Ok(Happening::Held { reason, .. }) = happening {
                    return Err(Fault::Held { reason });
                },
                () = tokio::time::sleep(PATIENCE) => return Err(late(PATIENCE)),
            }
        }
    }

    /// A car passes a lane, and the platform learns of it by this report.
    async fn passes(
        &mut self,
        lane: &LaneConfig,
        plate: &str,
        code: u16,
    ) -> (u128, Result<(), Fault>) {
        match self.reads(lane, plate).await {
            Ok(after) => {
                let known = |platform: &SimulatedPlatform| has(platform, code, plate);
                (after.as_millis(), self.until(PATIENCE, known).await)
            }
            Err(fault) => (0, Err(fault)),
        }
    }

    async fn command(&self, code: u16, element: Value) -> Result<Value, Fault> {
        let reply = self.platform.command(code, &[element]).await.map_err(other)?;
        match reply.first_error() {
            Some((error, message)) => Err(other(format!("{code}: {} {message}", error.0))),
            None => Ok(reply.data.into_iter().next().unwrap_or_default()),
        }
    }

    async fn lock(&mut self, exit: &LaneConfig, plate: &str) -> Result<(), Fault> {
        let lock = |id: &Id, flag: i64| {
            json!({ "id": id, "parkCode": self.config.lot.park_code, "plateNo": plate,
                    "lockFlag": flag, "featureCode": "self-test" })
        };
        let (locked, unlocked) = (lock(&Id::random(), 0), lock(&Id::random(), 1));
        self.command(6003, locked).await?;
        match self.reads(exit, plate).await {
            // Without a barrier nobody is held.
            Err(Fault::Held { .. }) => {}
            Ok(_) if exit.barrier.is_none() => {}
            Ok(_) => return Err(Fault::NotHeld),
            Err(fault) => return Err(fault),
        }
        self.command(6003, unlocked).await?;
        Ok(())
    }

    /// A car comes; nearly two hours later its fee is asked for and paid at the platform.
    async fn pay(&mut self, entry: &LaneConfig, plate: &str) -> (String, Result<(), Fault>) {
        // Its stay begins when it has passed, not when its barrier was told to open.
        if let (_, Err(error)) = self.passes(entry, plate, 5004).await {
            return (String::new(), Err(error));
        }
        self.ahead.store(STAY.as_secs(), Ordering::Relaxed);
        let park_code = self.config.lot.park_code.clone();
        let asked = json!({ "parkCode": park_code, "plateNo": plate });
        let order = match self.command(6006, asked).await {
            Ok(order) => order,
            Err(error) => return (String::new(), Err(error)),
        };
        let due = order["receivables"].to_string();
        if order["receivables"].as_f64() == Some(0.0) {
            return (due, Ok(()));
        }
        let now = Timestamp::now() + STAY;
        let charge = json!({
            "id": Id::random(), "orderNo": order["orderNo"], "recordId": order["recordId"],
            "parkCarInfo": { "plateNo": plate, "eidEquiped": false },
            "payTime": DateTime::at(now, &self.config.lot.time_zone),
            "receivables": order["receivables"], "discount": 0, "received": order["receivables"],
            "payType": 2, "payFrom": "自检",
        });
        let paid = json!({ "parkCode": park_code, "chargeInfo": charge });
        (due, self.command(6007, paid).await.map(drop))
    }

    async fn outage(&mut self, entry: &LaneConfig, plate: &str) -> Result<(), Fault> {
        self.platform.fail(Some(Outage::Status(503)));
        self.reads(entry, plate).await.map(drop)
    }

    async fn drain(&mut self, plate: &str) -> Result<(), Fault> {
        self.platform.fail(None);
        self.until(DRAIN, |platform| has(platform, 5004, plate)).await?;
        let begun = Instant::now();
        while self.waiting()? > 0 {
            if begun.elapsed() > DRAIN {
                return Err(late(DRAIN));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// How many reports wait; a refused one is a fault.
    fn waiting(&self) -> Result<i64, Fault> {
        let mut reader = Store::open_reading(&self.config.store.path).map_err(other)?;
        let tx = reader.snapshot().map_err(other)?;
        let refused = tx.listed(0, true, None, 1).map_err(other)?;
        match refused.into_iter().find_map(|row| row.refusal) {
            Some(words) => Err(Fault::Refused { words }),
            None => Ok(tx.queue_counts().map_err(other)?.pending),
        }
    }
}

/// Tells what came of a step; none when it failed.
fn pass(tell: &mut impl FnMut(Finding), step: Step, outcome: Result<(), Fault>) -> Option<()> {
    match outcome {
        Ok(()) => {
            tell(Finding::Passed { step });
            Some(())
        }
        Err(fault) => {
            tell(Finding::Failed { step, fault });
            None
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn other(error: impl ToString) -> Fault {
    Fault::Other { error: error.to_string() }
}

fn late(patience: Duration) -> Fault {
    Fault::Late { seconds: patience.as_secs() }
}

/// The n-th car's plate.
fn plate(number: usize) -> String {
    format!("粤B{:05}", 10_000 + number)
}

fn has(platform: &SimulatedPlatform, code: u16, plate: &str) -> bool {
    platform
        .received(code)
        .iter()
        .any(|element| element["plateNo"] == plate || element["parkCarInfo"]["plateNo"] == plate)
}
