//! The lot's clock: what time it is, and whether anybody vouches for that. For everybody who tells or compares moments;
//! what a step of it means for the lot is the rules' ([`crate::lot`]), what is known from before the store's.
//!
//! A process has one clock. Until [`keeper`] is called it is the system's, as for tools and the simulated world.

mod belief;
mod machine;
pub mod servers;

use crate::backoff::Backoff;
use crate::model::moment::{KnownTime, LotClock, LotMoment, Voucher};
use crate::standard::id::Id;
use belief::Belief;
use jiff::{SignedDuration, Timestamp};
use machine::{Machine, after, system_time};
use servers::ServerSays;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The machine's clocks are looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Time servers are asked so soon again while nobody vouches for the clock, and this seldom at the least.
const ASK_AGAIN: Duration = Duration::from_secs(15);
const ASK_SELDOM: Duration = Duration::from_secs(600);
/// The same once somebody does.
const ASK_AT_LEAST: Duration = Duration::from_secs(6 * 3600);
/// An answer of the platform that took longer tells no moment.
const DATE_WITHIN: Duration = Duration::from_secs(2);

static KEEPER: OnceLock<ClockKeeper> = OnceLock::new();

/// Keeps the lot's clock. Cheap to clone; all of them are the same.
#[derive(Debug, Clone)]
pub struct ClockKeeper(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    machine: Machine,
    belief: Mutex<Belief>,
}

/// The keeper of this process's clock, from now on.
pub fn keeper() -> ClockKeeper {
    KEEPER.get_or_init(|| ClockKeeper::of(Machine::this())).clone()
}

/// What time it is at the lot.
pub fn now() -> Timestamp {
    KEEPER.get().map_or_else(Timestamp::now, |keeper| keeper.read().now)
}

/// Whether anybody vouches for that.
pub fn is_trusted() -> bool {
    KEEPER.get().is_none_or(|keeper| keeper.read().is_trusted())
}

/// At which moment certificates are judged: now; while nobody vouches for that not before the program was built.
pub fn certificates_at() -> Timestamp {
    now().max(if is_trusted() { Timestamp::MIN } else { built() })
}

/// The platform has answered with this HTTP `Date`, after so long.
pub fn hear_platform(date: &str, took: Duration) {
    let Some(keeper) = KEEPER.get().filter(|_| took <= DATE_WITHIN) else { return };
    let Ok(date) = jiff::fmt::rfc2822::parse(date) else { return };
    // It tells whole seconds, and was written on the way.
    let late = took / 2 + Duration::from_millis(500);
    let late = SignedDuration::try_from(late).unwrap_or_default();
    keeper.hear(Voucher::Platform, after(date.timestamp(), late));
}

/// A camera has said just now what time it is.
pub fn hear_camera(camera: &Id, now: Timestamp) {
    if let Some(keeper) = KEEPER.get() {
        let glance = keeper.0.machine.glance();
        keeper.belief().hear_camera(glance, camera, now);
    }
}

/// How far the system's clock is ahead of what another process of this start of the box believes, where that does not
/// follow it.
pub fn system_is_off(known: &KnownTime) -> Option<SignedDuration> {
    let keeper = ClockKeeper::of(Machine::this());
    let machine = &keeper.0.machine;
    let same = known.boot.as_ref().is_some_and(|boot| boot.id == machine.boot);
    keeper.belief().take_up(known, machine.glance());
    keeper.system_is_off().filter(|_| same)
}

/// When the program was built.
fn built() -> Timestamp {
    let second = env!("LOTGATE_BUILT").parse().unwrap_or(0);
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl ClockKeeper {
    fn of(machine: Machine) -> Self {
        let (boot, knows_boot) = (machine.boot.clone(), machine.knows_boot);
        let belief = Mutex::new(Belief::new(&boot, knows_boot, built(), machine.glance()));
        Self(Arc::new(Kept { machine, belief }))
    }

    fn belief(&self) -> MutexGuard<'_, Belief> {
        self.0.belief.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, voucher: Voucher, now: Timestamp) {
        let glance = self.0.machine.glance();
        self.belief().hear(glance, voucher, now);
    }

    /// Looks at what the machine itself says.
    pub fn look(&self) {
        let machine = &self.0.machine;
        let glance = machine.glance();
        let (voucher, left) = {
            let belief = self.belief();
            (belief.voucher(), belief.left())
        };
        if machine.is_synchronized(glance, left) {
            self.belief().hear(glance, Voucher::TimeServer, glance.wall);
        } else if voucher <= Some(Voucher::HardwareClock)
            && let Some(now) = machine.hardware_clock()
        {
            self.belief().hear(glance, Voucher::HardwareClock, now);
        }
    }

    /// How far the system's clock is ahead of the lot's, where it is not to be believed.
    pub fn system_is_off(&self) -> Option<SignedDuration> {
        let glance = self.0.machine.glance();
        let mut belief = self.belief();
        belief.moment(glance);
        belief.wall_is_off(glance)
    }

    /// Looks again and again, and asks time servers where that would tell something, until told to stop.
    pub async fn watch(self, stop: CancellationToken) {
        let servers = self.0.machine.servers();
        let servers = servers.unwrap_or_else(|| servers::configured(Path::new("/etc")));
        let mut backoff = Backoff::new(ASK_AGAIN, ASK_SELDOM);
        let (mut ask_at, mut was_off) = (Instant::now(), false);
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = looks.tick() => self.look(),
            }
            let is_off = self.system_is_off().is_some();
            if is_off && !was_off && self.read().is_trusted() {
                // It has stepped: somebody may know why.
                ask_at = Instant::now();
            }
            was_off = is_off;
            if Instant::now() < ask_at || servers.is_empty() {
                continue;
            }
            let answered = tokio::select! {
                () = stop.cancelled() => return,
                answered = servers::ask(&servers) => answered,
            };
            if let Ok(ServerSays { offset, .. }) = &answered
                && let Some(now) = system_time(*offset)
            {
                backoff.succeeded();
                self.hear(Voucher::TimeServer, now);
            }
            let pause = backoff.pause(fastrand::f64());
            let trusted = self.read().is_trusted();
            ask_at = Instant::now() + if trusted { ASK_AT_LEAST } else { pause };
        }
    }
}

impl LotClock for ClockKeeper {
    fn read(&self) -> LotMoment {
        let glance = self.0.machine.glance();
        self.belief().moment(glance)
    }

    fn take_up(&self, known: &KnownTime) {
        let glance = self.0.machine.glance();
        self.belief().take_up(known, glance);
        self.look();
    }
}
