//! What a lane meets every day and would rather not: a misread plate, none at all, a car behind another, a
//! barrier that does not hear. Each as it comes about, and as staff or the gateway settle it.

use super::booth;
use super::stage::{Stage, stay};
use crate::lang::say;
use crate::sim::plan::{ENTRY_LANE, EXIT_LANE};
use anyhow::{Context as _, ensure};
use std::time::Duration;

/// A car that was not let in is read again after this long.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// A barrier opens within this time, or does not open.
const PATIENCE: Duration = Duration::from_secs(10);

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) enum HardCase {
    Misread,
    Plateless,
    Tailing,
    Deaf,
}

impl HardCase {
    /// The case of the n-th car, if it is one: each kind once in so many.
    pub(super) fn of(number: u32) -> Option<Self> {
        match number % 24 {
            1 => Some(Self::Plateless),
            2 => Some(Self::Misread),
            6 => Some(Self::Tailing),
            7 => Some(Self::Deaf),
            _ => None,
        }
    }

    /// Plays it, and notes how it ended.
    pub(super) async fn play(self, stage: &Stage, number: u32) {
        let plate = plate("粤A", number);
        let ended = match self {
            Self::Misread => misread(stage, &plate).await,
            Self::Plateless => plateless(stage).await,
            Self::Tailing => tailing(stage, &plate, &self::plate("粤C", number)).await,
            Self::Deaf => deaf(stage, &plate).await,
        };
        stage.note(|settled| match ended {
            Ok(()) => match self {
                Self::Misread => settled.misread += 1,
                Self::Plateless => settled.plateless += 1,
                Self::Tailing => settled.tailing += 1,
                Self::Deaf => settled.deaf += 1,
            },
            Err(error) => settled.failed.push(format!("{self:?} {plate}: {error:#}")),
        });
    }
}

/// One that no ordinary car has, nor one with a place misread.
fn plate(series: &str, number: u32) -> String {
    format!("{series}{:03}58", number % 1000)
}

/// The exit's camera misreads a plate; the gateway shows whom it may mean, and staff choose.
async fn misread(stage: &Stage, plate: &str) -> anyhow::Result<()> {
    let (lot, lang) = (&stage.lot, stage.lang);
    stage.come_in(plate).await;
    stay().await;
    booth::pay(lot, plate).await?;
    let turn = stage.turn_at_exit().await;
    let reading = lot.exit.misread(plate).await.reading.unwrap_or_default();
    stage.narrate(&say!(
        lang,
        "出口相机把 {plate} 误识别成 {reading}",
        "the camera at the exit misreads {plate} as {reading}"
    ));
    booth::choose(lot, EXIT_LANE, plate).await?;
    stage.drive_out(turn).await;
    Ok(())
}

/// A car without a plate comes in under a number that staff give it, pays by that number and goes out by it.
async fn plateless(stage: &Stage) -> anyhow::Result<()> {
    let (lot, lang) = (&stage.lot, stage.lang);
    let turn = stage.turn_at_entry().await;
    stage.narrate(&say!(lang, "一辆无牌车到达入口", "a car without a plate comes to the entry"));
    // Close behind another it is taken for that one, until it is read again.
    let stands_there = async {
        loop {
            lot.entry.read_nothing().await;
            tokio::time::sleep(2 * READ_AGAIN_AFTER).await;
        }
    };
    let number = tokio::select! {
        number = booth::let_in(lot, ENTRY_LANE) => number?,
        () = stands_there => return Ok(()),
    };
    stage.drive_in(turn).await;
    stay().await;
    booth::pay(lot, &number).await?;
    let turn = stage.turn_at_exit().await;
    stage.narrate(&say!(lang, "无牌车 {number} 到达出口", "{number} comes to the exit"));
    lot.exit.read_nothing().await;
    booth::choose(lot, EXIT_LANE, &number).await?;
    stage.drive_out(turn).await;
    Ok(())
}

/// A car that has not paid drives out behind one that has; the loop tells of two, and staff find whose stay it was.
async fn tailing(stage: &Stage, first: &str, second: &str) -> anyhow::Result<()> {
    let (lot, lang) = (&stage.lot, stage.lang);
    let hardware = lot.hardware.as_ref().context("a loop under the arm")?;
    stage.come_in(first).await;
    stage.come_in(second).await;
    stay().await;
    booth::pay(lot, first).await?;
    let turn = stage.turn_at_exit().await;
    hardware.bus.lock().await.units().followers = 1;
    lot.exit.read(first).await;
    stage.narrate(&say!(
        lang,
        "{second} 未缴费，紧跟 {first} 驶出",
        "{second} has not paid and drives out behind {first}"
    ));
    let tail = booth::tail(lot, EXIT_LANE).await?;
    drop(turn);
    booth::settle_tail(lot, tail, second).await
}

/// The entry's barrier does not hear its first command; the car is read again and the command goes again.
async fn deaf(stage: &Stage, plate: &str) -> anyhow::Result<()> {
    let (lot, lang) = (&stage.lot, stage.lang);
    let turn = stage.turn_at_entry().await;
    let opens = lot.entry.opens().len();
    lot.entry.deafen(1);
    lot.entry.read(plate).await;
    stage.narrate(&say!(
        lang,
        "入口道闸没有收到 {plate} 的第一条开闸指令",
        "the barrier at the entry does not hear the first command for {plate}"
    ));
    tokio::time::sleep(READ_AGAIN_AFTER).await;
    lot.entry.read(plate).await;
    ensure!(lot.entry.opened(opens + 1, PATIENCE).await, "the barrier stayed down");
    stage.drive_in(turn).await;
    stay().await;
    booth::pay(lot, plate).await?;
    let turn = stage.turn_at_exit().await;
    lot.exit.read(plate).await;
    stage.drive_out(turn).await;
    Ok(())
}
