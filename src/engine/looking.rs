//! The database is looked through while the engine works, little by little. Damage is told to the engine, which mends it.

use super::EngineHandle;
use super::lost_page::LostPage;
use crate::store::{FaultKind, Look, StoreError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// After a start there is more to do for the moment.
const AFTER_START: Duration = Duration::from_secs(2);
/// The time between two looks is so many times as long as the look was, so that nobody is slowed down.
const REST: u32 = 9;
/// Between two rounds so many times as long as the round was, within these bounds.
const REST_OF_A_ROUND: u32 = 200;
const ROUND_AT_LEAST: Duration = Duration::from_secs(10 * 60);
const ROUND_AT_MOST: Duration = Duration::from_secs(6 * 3600);
/// What cannot be read for another reason is tried again after this: the engine has noticed by itself.
const AGAIN: Duration = Duration::from_secs(60);

/// Why, where somebody met it who only reads.
const DOUBTED: &str = "database disk image is malformed";

/// Looks through the database until told to stop, at once where somebody met damage in it.
pub async fn keep_looking(engine: EngineHandle, path: PathBuf, stop: CancellationToken) {
    let mut look = Look::new(&path);
    let mut pause = AFTER_START;
    let mut round = Instant::now();
    let mut page = LostPage::default();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
            () = engine.doubted.notified() => {
                if is_so(&path).await {
                    engine.found_damaged(DOUBTED.to_owned()).await;
                }
                look = Look::new(&path);
                pause = AGAIN;
                continue;
            }
        }
        let begun = Instant::now();
        let looking = tokio::task::spawn_blocking(move || {
            let looked = look.step();
            (look, looked)
        });
        let Ok((back, looked)) = looking.await else { return };
        look = back;
        pause = match looked {
            Ok(false) => begun.elapsed() * REST,
            Ok(true) => {
                page.forget();
                let rest = round.elapsed() * REST_OF_A_ROUND;
                round = Instant::now() + rest.clamp(ROUND_AT_LEAST, ROUND_AT_MOST);
                rest.clamp(ROUND_AT_LEAST, ROUND_AT_MOST)
            }
            Err(error) => {
                look = Look::new(&path);
                if let Some(fault) = error.fault() {
                    page.note(&fault);
                }
                if page.is_lost() || (is_damaged(&error) && is_so(&path).await) {
                    page.forget();
                    engine.found_damaged(error.to_string()).await;
                }
                AGAIN
            }
        };
    }
}

fn is_damaged(error: &StoreError) -> bool {
    error.fault().is_some_and(|fault| fault.kind == FaultKind::Damaged)
}

/// Looks through it once more without a pause: what was put together or replaced meanwhile is no damage.
async fn is_so(path: &Path) -> bool {
    let mut look = Look::new(path);
    let looking = tokio::task::spawn_blocking(move || {
        loop {
            match look.step() {
                Ok(false) => {}
                Ok(true) => return false,
                Err(error) => return is_damaged(&error),
            }
        }
    });
    looking.await.unwrap_or(false)
}
