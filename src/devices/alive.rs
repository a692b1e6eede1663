//! Since when we have been away: a file in memory (never on flash), written once a second while we hear a broker. The next
//! process knows by it how long nobody listened there. It holds how long the box had run by then, which no setting of
//! its clock moves.

use crate::config::Config;
use crate::in_memory::{self, ours};
use rustix::fs::OFlags;
use rustix::time::{ClockId, clock_gettime};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How often it is written.
pub const EVERY: Duration = Duration::from_secs(1);

/// One broker's file; none where there is no folder in memory.
#[derive(Debug, Clone)]
pub struct Alive(Option<PathBuf>);

impl Alive {
    /// The file of a broker of this lot.
    pub fn of(config: &Config, broker: &str) -> Self {
        Self(in_memory::file_of(config, broker, "alive"))
    }

    /// A file of that name.
    pub fn at(path: PathBuf) -> Self {
        Self(Some(path))
    }

    /// When the process before this one was there last. Nobody else's file is believed, nor the future.
    pub fn last(&self) -> Option<Instant> {
        let mut file = self.0.as_deref().and_then(|path| ours(path, OFlags::RDONLY).ok())?;
        let mut text = String::new();
        file.read_to_string(&mut text).ok()?;
        let then = Duration::from_millis(text.parse().ok()?);
        Instant::now().checked_sub(has_run().checked_sub(then)?)
    }

    /// We are there now.
    pub fn touch(&self) {
        let Some(path) = &self.0 else { return };
        // As wide as any other, so that each overwrites the one before whole.
        let text = format!("{:020}", has_run().as_millis());
        // Without it the next process knows nothing of us, which it can live with.
        let _ = ours(path, OFlags::WRONLY | OFlags::CREATE)
            .and_then(|file| file.write_all_at(text.as_bytes(), 0));
    }
}

/// How long the box has run, sleep included.
fn has_run() -> Duration {
    Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_process_knows_when_this_one_was_there_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.alive");
        let alive = Alive(Some(path.clone()));
        assert_eq!(alive.last(), None, "the first start");
        alive.touch();
        alive.touch();
        assert!(alive.last().unwrap().elapsed() < Duration::from_secs(5));
        std::fs::write(&path, (has_run() + Duration::from_secs(60)).as_millis().to_string())
            .unwrap();
        assert_eq!(alive.last(), None, "nobody was there in the future");
        std::fs::write(&path, "").unwrap();
        assert_eq!(alive.last(), None, "it ended before it had written anything");
        Alive(None).touch();
        assert_eq!(Alive(None).last(), None);
    }
}
