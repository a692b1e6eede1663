//! The faults themselves, and how long it takes after each until all goes on.

use crate::damage;
use crate::findings::{Harm, Strike};
use crate::lot::{Lot, PATIENCE};
use crate::mosquitto::Mosquitto;
use crate::plan::{Fault, Planned, Track};
use fastrand::Rng;
use lotgate::sim::platform::Fault as PlatformFault;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So often it is looked whether all goes on.
const LOOK_EVERY: Duration = Duration::from_millis(20);

const EIO: u32 = 5;
const ENOSPC: u32 = 28;

/// What faults are made with.
pub struct Tools {
    /// The broker.
    pub broker: Mosquitto,
    /// A file with the number of the error that the disk answers with; none where there is no shim.
    pub disk: Option<PathBuf>,
}

/// Faults of the box, one after the other, none begun after a moment.
pub async fn strike_the_box(
    lot: Arc<Lot>,
    plan: Track,
    until: Instant,
    mut tools: Tools,
) -> (Vec<Strike>, Tools) {
    let mut strikes = Vec::new();
    for planned in plan {
        tokio::time::sleep(planned.after).await;
        if Instant::now() > until {
            break;
        }
        let began = Instant::now();
        if !strike(&lot, &mut tools, planned).await {
            continue;
        }
        let over = Instant::now();
        let recovered = recovery(&lot, planned.fault, over, || lot.moved_after(over)).await;
        strikes.push(Strike { fault: planned.fault, began, over, recovered });
    }
    (strikes, tools)
}

/// Those of the platform, meanwhile.
pub async fn strike_the_platform(lot: Arc<Lot>, plan: Track, until: Instant) -> Vec<Strike> {
    let mut strikes = Vec::new();
    for planned in plan {
        tokio::time::sleep(planned.after).await;
        if Instant::now() > until {
            break;
        }
        let platform = &lot.world.lot.platform;
        let began = Instant::now();
        let fault = match planned.fault {
            Fault::PlatformAway => Some(PlatformFault::Drop),
            Fault::PlatformRefuses => Some(PlatformFault::Status(503)),
            Fault::PlatformHangs => Some(PlatformFault::TimeOut),
            Fault::PlatformIsAnother => Some(PlatformFault::Garbage),
            Fault::AnswersLost => Some(PlatformFault::DropReply),
            _ => None,
        };
        if fault.is_none() {
            platform.expire_tokens();
        }
        platform.fail(fault);
        tokio::time::sleep(planned.lasts).await;
        platform.fail(None);
        let (over, stored) = (Instant::now(), platform.stored());
        let again = || (platform.stored() > stored).then(Instant::now);
        let recovered = recovery(&lot, planned.fault, over, again).await;
        strikes.push(Strike { fault: planned.fault, began, over, recovered });
    }
    strikes
}

/// False when it cannot be done here.
async fn strike(lot: &Lot, tools: &mut Tools, planned: Planned) -> bool {
    let wait = || tokio::time::sleep(planned.lasts);
    match planned.fault {
        Fault::Kill => {
            lot.gateway.kill();
            wait().await;
            lot.gateway.start_again();
        }
        Fault::KillTwice => {
            lot.gateway.kill();
            lot.gateway.start_again();
            wait().await;
            lot.gateway.kill();
            lot.gateway.start_again();
        }
        Fault::Stop => {
            lot.gateway.signal("-STOP");
            wait().await;
            lot.gateway.signal("-CONT");
        }
        Fault::BrokerKilled => {
            lot.broker_is_away();
            tools.broker.kill();
            wait().await;
            start_the_broker(lot, tools);
        }
        Fault::BothKilled => {
            lot.broker_is_away();
            tools.broker.kill();
            lot.gateway.kill();
            wait().await;
            start_the_broker(lot, tools);
            lot.gateway.start_again();
        }
        Fault::BrokerCut => {
            lot.broker_is_away();
            lot.tap.cut();
        }
        Fault::PagesDamaged => return damage::strike(lot, planned.chance).await,
        Fault::ClockSteps => {
            let ahead = lot.world.machine().join("ahead");
            std::fs::write(&ahead, step(planned.chance).to_string()).unwrap();
            wait().await;
            std::fs::write(&ahead, "0").unwrap();
        }
        _ => return strike_the_disk(lot, tools, planned).await,
    }
    true
}

async fn strike_the_disk(lot: &Lot, tools: &Tools, planned: Planned) -> bool {
    let Some(disk) = &tools.disk else { return false };
    let error = if planned.fault == Fault::DiskFull { ENOSPC } else { EIO };
    std::fs::write(disk, error.to_le_bytes()).unwrap();
    tokio::time::sleep(planned.lasts).await;
    if planned.fault == Fault::KillWhileDiskFails {
        lot.gateway.kill();
        lot.gateway.start_again();
        tokio::time::sleep(planned.lasts).await;
    }
    std::fs::write(disk, 0_u32.to_le_bytes()).unwrap();
    true
}

fn start_the_broker(lot: &Lot, tools: &mut Tools) {
    tools.broker.start_again();
    lot.broker_is_away();
}

/// Seconds that a clock steps by: minutes, hours, days or years, ahead or back.
fn step(chance: u64) -> i64 {
    let mut rng = Rng::with_seed(chance);
    let unit = [60, 3600, 86_400, 365 * 86_400][rng.usize(..4)];
    let by = unit * rng.i64(2..50);
    if rng.bool() { by } else { -by }
}

async fn recovery(
    lot: &Lot,
    fault: Fault,
    over: Instant,
    gone_on: impl Fn() -> Option<Instant>,
) -> Option<Duration> {
    loop {
        if let Some(at) = gone_on() {
            return Some(at - over);
        }
        if over.elapsed() > PATIENCE {
            let what = format!("nothing goes on {} s after: {fault}", PATIENCE.as_secs());
            lot.find(Harm::Held, over, what);
            return None;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
