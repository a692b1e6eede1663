//! `lotgate demo`: a whole lot at work, line by line, and a tally at the end.

mod booth;
mod city;
mod hard_cases;
mod settled;
mod spaces;
mod stage;
mod tally;

use super::run::stopped_by_signal;
use crate::config::load;
use crate::gateway::Gateway;
use crate::lang::Lang;
use crate::sim::lot::SimulatedLot;
use crate::sim::plan::{HardwarePlan, Plan};
use crate::sim::platform::SimulatedPlatform;
use crate::teller::Teller;
use anyhow::bail;
use hard_cases::HardCase;
use stage::Stage;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tally::{Counted, missing, tally, write_lines};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// What is queued at the end may drain this long.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);
/// A request whose sender has gone is carried out by then.
const LAST_WORD: Duration = Duration::from_millis(300);
/// Hard cases that have begun may take so long to their end.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);

/// Cars a second that an arm which really moves lets through.
const MOST_THROUGH_AN_ARM: f64 = 1.0;
/// With so many inside that want out of it, no more come.
const MOST_INSIDE: usize = 40;

pub(super) fn demo(length: Option<Duration>, cars: f64, lang: Lang) -> anyhow::Result<ExitCode> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let code = runtime.block_on(show(length, cars, lang));
    // The broker's threads know no end; nothing of theirs is worth waiting for.
    runtime.shutdown_timeout(Duration::from_millis(200));
    code
}

async fn show(length: Option<Duration>, cars: f64, lang: Lang) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let folder = tempfile::tempdir()?;
    let stage =
        Arc::new(Stage::new(SimulatedLot::start(folder.path(), plan(cars)?).await?, begun, lang));
    let lot = &stage.lot;
    let Some(config) = load(&lot.config_path()).config else { bail!("the demo's configuration") };
    let teller = Teller::default();
    let ledger = Arc::new(Mutex::new(Counted::default()));
    let lines = tokio::spawn(write_lines(teller.listen(), Arc::clone(&ledger), begun, lang));
    let gateway = Gateway::start(&config, teller).await?;
    if !lot.platform.linked(Duration::from_secs(10)).await {
        bail!("the gateway did not log in at the simulated platform");
    }
    let spaces = tokio::spawn(spaces::sensors_and_garage(Arc::clone(&stage)));
    let interrupted = traffic(&stage, length, cars).await;
    spaces.abort();
    let patience = if interrupted { Duration::from_secs(1) } else { DRAIN_WITHIN };
    // Counts leave a little after the cars they count.
    let all_told = |platform: &SimulatedPlatform| {
        missing(lot, &ledger).is_empty() && platform.ledger().contradictions().is_empty()
    };
    // What was under way when the cars stopped coming may be carried out yet.
    tokio::time::sleep(LAST_WORD).await;
    lot.platform.until(patience, all_told).await;
    gateway.stop().await;
    lines.abort();
    let settled = stage.settled.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(tally(lot, &ledger, &settled, lang))
}

/// Every stay costs something, so that payments are seen, too. More cars than a real arm can let through
/// leave by the camera's relay instead.
fn plan(cars: f64) -> anyhow::Result<Plan> {
    Ok(Plan {
        free: "0s".to_owned(),
        reservable_spaces: 20,
        numbered_spaces: 30,
        hardware: (cars <= MOST_THROUGH_AN_ARM).then(HardwarePlan::default),
        ..Plan::new()?
    })
}

/// Cars come and go until it is time, or somebody stops it; returns whether that was so.
async fn traffic(stage: &Arc<Stage>, length: Option<Duration>, cars: f64) -> bool {
    let mut visits = JoinSet::new();
    let mut hard_cases = JoinSet::new();
    let end = length.map(|length| tokio::time::Instant::now() + length);
    let mut arrivals = tokio::time::interval(Duration::from_secs_f64(1.0 / cars.clamp(0.1, 100.0)));
    arrivals.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut number = 0_u32;
    let stopping = stopped_by_signal();
    tokio::pin!(stopping);
    let interrupted = loop {
        let there_is_room = !stage.is_slow() || visits.len() + hard_cases.len() < MOST_INSIDE;
        tokio::select! {
            _ = &mut stopping => break true,
            () = async { match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            } } => break false,
            _ = arrivals.tick(), if there_is_room => {
                number += 1;
                let stage = Arc::clone(stage);
                match HardCase::of(number).filter(|_| stage.is_slow()) {
                    Some(case) => {
                        hard_cases.spawn(async move { case.play(&stage, number).await });
                    }
                    None => {
                        visits.spawn(async move { stage::visit(&stage, number).await });
                    }
                }
            }
            Some(_) = visits.join_next() => {}
            Some(_) = hard_cases.join_next() => {}
        }
    };
    if !interrupted {
        let all = async { while hard_cases.join_next().await.is_some() {} };
        if tokio::time::timeout(SETTLED_WITHIN, all).await.is_err() {
            stage.note(|settled| settled.failed.push("no end of a hard case".to_owned()));
        }
    }
    visits.abort_all();
    hard_cases.abort_all();
    interrupted
}
