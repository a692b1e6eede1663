//! Since when we have been away: an empty file in memory (never on flash), touched once a second while we hear
//! a broker. The next process knows by it how long nobody listened there.

use crate::config::Config;
use crate::in_memory::{self, ours};
use jiff::Timestamp;
use rustix::fs::OFlags;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How often it is touched.
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
    pub fn last(&self) -> Option<Timestamp> {
        let file = self.0.as_deref().and_then(|path| ours(path, OFlags::RDONLY).ok())?;
        let touched = file.metadata().and_then(|meta| meta.modified()).ok()?;
        Timestamp::try_from(touched).ok().filter(|touched| *touched <= Timestamp::now())
    }

    /// We are there now.
    pub fn touch(&self) {
        let Some(path) = &self.0 else { return };
        // Without it the next process knows nothing of us, which it can live with.
        let _ = ours(path, OFlags::WRONLY | OFlags::CREATE)
            .and_then(|file| file.set_modified(SystemTime::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn the_next_process_knows_when_this_one_was_there_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.alive");
        let alive = Alive(Some(path.clone()));
        assert_eq!(alive.last(), None, "the first start");
        alive.touch();
        let ago = Timestamp::now().duration_since(alive.last().unwrap());
        assert!(ago.as_secs() < 5, "{ago}");
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(60)).unwrap();
        assert_eq!(alive.last(), None, "nobody was there in the future");
        Alive(None).touch();
        assert_eq!(Alive(None).last(), None);
    }
}
