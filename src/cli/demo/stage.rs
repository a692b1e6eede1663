//! The lot of the demo and who comes to it: ordinary cars, and the turns that they take before its arms.

use super::settled::Settled;
use super::{booth, city};
use crate::cli::terminal;
use crate::lang::Lang;
use crate::sim::lot::SimulatedLot;
use crate::standard::id::Id;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::MutexGuard;

/// How long a car needs to drive in.
const DRIVES_IN: Duration = Duration::from_millis(300);
/// How long one needs through an arm.
const THROUGH_THE_ARM: Duration = Duration::from_millis(800);

/// Where it all happens.
pub(super) struct Stage {
    pub(super) lot: SimulatedLot,
    pub(super) lang: Lang,
    pub(super) settled: Mutex<Settled>,
    begun: Instant,
    entry: tokio::sync::Mutex<()>,
    exit: tokio::sync::Mutex<()>,
}

/// A car's turn before an arm: one at a time, where arms really move.
pub(super) type Turn<'a> = Option<MutexGuard<'a, ()>>;

impl Stage {
    pub(super) fn new(lot: SimulatedLot, begun: Instant, lang: Lang) -> Self {
        let (entry, exit) = Default::default();
        Self { lot, lang, settled: Mutex::default(), begun, entry, exit }
    }

    /// Says what happens outside of the gateway, which it cannot know.
    pub(super) fn narrate(&self, what: &str) {
        terminal::print(&format!(
            "{:>9.1} ms  * {what}",
            self.begun.elapsed().as_secs_f64() * 1000.0
        ));
    }

    /// Notes how a hard case ended.
    pub(super) fn note(&self, change: impl FnOnce(&mut Settled)) {
        change(&mut self.settled.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether arms really move.
    pub(super) fn is_slow(&self) -> bool {
        self.lot.hardware.is_some()
    }

    pub(super) async fn turn_at_entry(&self) -> Turn<'_> {
        if self.is_slow() { Some(self.entry.lock().await) } else { None }
    }

    pub(super) async fn turn_at_exit(&self) -> Turn<'_> {
        if self.is_slow() { Some(self.exit.lock().await) } else { None }
    }

    /// A car that is read well comes in.
    pub(super) async fn come_in(&self, plate: &str) {
        let turn = self.turn_at_entry().await;
        self.lot.entry.read(plate).await;
        self.drive_in(turn).await;
    }

    /// Who was let in drives on.
    pub(super) async fn drive_in(&self, turn: Turn<'_>) {
        if turn.is_some() {
            tokio::time::sleep(DRIVES_IN).await;
        }
    }

    /// Who was let out drives on.
    pub(super) async fn drive_out(&self, turn: Turn<'_>) {
        if turn.is_some() {
            tokio::time::sleep(THROUGH_THE_ARM).await;
        }
    }
}

/// A car stays a little.
pub(super) async fn stay() {
    tokio::time::sleep(Duration::from_millis(1500 + fastrand::u64(0..1500))).await;
}

/// One car: comes in, stays a little, pays, leaves. What else happens differs by number: some are
/// booked, some are locked by their owners, some stand on shared time, some pay by phone.
pub(super) async fn visit(stage: &Stage, number: u32) -> anyhow::Result<()> {
    let lot = &stage.lot;
    let plate = format!("粤B{number:05}");
    let every = |nth: u32, offset: u32| number % nth == offset;
    let (booked, locked) = (every(5, 1), every(4, 0));
    let (shared, by_phone) = (every(6, 5), every(2, 1));
    if booked {
        city::book(lot, &plate).await?;
    }
    if shared {
        city::share(lot, &plate).await?;
    }
    stage.come_in(&plate).await;
    stay().await;
    let lock_id = Id::random();
    if locked {
        city::lock(lot, &lock_id, &plate, 0).await?;
    }
    match (shared, by_phone) {
        (true, _) => {}
        (false, true) => city::pay_by_phone(lot, &plate).await?,
        (false, false) => booth::pay(lot, &plate).await?,
    }
    let turn = stage.turn_at_exit().await;
    lot.exit.read(&plate).await;
    if locked {
        tokio::time::sleep(Duration::from_secs(1)).await;
        city::lock(lot, &lock_id, &plate, 1).await?;
    }
    stage.drive_out(turn).await;
    Ok(())
}
