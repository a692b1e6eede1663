//! That nothing can be written down stands in a file in memory while it is so: `status` and `doctor` find it there, where
//! the database has nothing to say.

use crate::config::Config;
use crate::in_memory;
use crate::model::without_store::StoreAway;
use rustix::fs::OFlags;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// It is written again so often, so that one a dead process left is known.
const AGAIN: Duration = Duration::from_secs(10);
/// Older than this it is of a process that has ended.
const FRESH: Duration = Duration::from_secs(60);

/// The file of a lot; none where there is no folder in memory.
pub fn file_of(config: &Config) -> Option<PathBuf> {
    in_memory::file_of(config, "store", "away")
}

/// What a running gateway says of its database; none where it can write it, or none runs.
pub fn of_running(config: &Config) -> Option<StoreAway> {
    let path = in_memory::found(config, "store", "away")?;
    let written = std::fs::metadata(&path).and_then(|meta| meta.modified()).ok()?;
    let age = SystemTime::now().duration_since(written).unwrap_or_default();
    let text = std::fs::read_to_string(&path).ok().filter(|_| age < FRESH)?;
    serde_json::from_str(&text).ok()
}

/// Keeps the file until told to stop.
pub async fn keep(
    path: Option<PathBuf>,
    mut away: watch::Receiver<Option<StoreAway>>,
    stop: CancellationToken,
) {
    let Some(path) = path else { return };
    loop {
        let now = away.borrow_and_update().clone();
        // Without it people find out by the log.
        let _ = match &now {
            Some(now) => write(&path, now),
            None => std::fs::remove_file(&path),
        };
        tokio::select! {
            () = stop.cancelled() => break,
            changed = away.changed() => if changed.is_err() { break },
            () = tokio::time::sleep(AGAIN), if now.is_some() => {}
        }
    }
    let _ = std::fs::remove_file(&path);
}

fn write(path: &Path, away: &StoreAway) -> io::Result<()> {
    let part = path.with_extension("away.part");
    let _ = std::fs::remove_file(&part);
    let mut file = in_memory::ours(&part, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
    file.write_all(&serde_json::to_vec(away)?)?;
    std::fs::rename(&part, path)
}
