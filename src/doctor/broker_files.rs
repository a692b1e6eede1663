//! A mosquitto on this machine by its own configuration: what it keeps when it is killed, and who may say what there.

use std::path::{Path, PathBuf};

/// Where Debian's mosquitto has its configuration.
const FOLDER: &str = "/etc/mosquitto";
/// Its port where none is written.
const PORT: u16 = 1883;
/// `autosave_interval` where none is written.
const HALF_AN_HOUR: u64 = 1800;

/// `max_queued_messages` where none is written.
const QUEUED: u64 = 1000;

/// Where this machine's mosquitto has its configuration.
pub fn folder() -> PathBuf {
    #[cfg(feature = "sim")]
    if let Some(machine) = std::env::var_os("LOTGATE_TEST_MACHINE") {
        return PathBuf::from(machine).join("mosquitto");
    }
    PathBuf::from(FOLDER)
}

/// When a broker writes what waits in it to its disk: all of it, each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saves {
    /// Not even when it is stopped.
    Never,
    /// After so many seconds, changed or not, and when it is stopped in order; 0: then alone.
    Every(u64),
    /// Whenever so much has changed.
    AtChanges(u64),
}

/// The configuration of a mosquitto.
pub struct BrokerFiles(String);

impl BrokerFiles {
    /// That of the mosquitto of `folder` that listens on `port`; none where there is no such broker, or it cannot be read.
    pub fn of(folder: &Path, port: u16) -> Option<Self> {
        let mut text = std::fs::read_to_string(folder.join("mosquitto.conf")).ok()?;
        let more = std::fs::read_dir(folder.join("conf.d")).into_iter().flatten().flatten();
        let mut more: Vec<_> = more.map(|entry| entry.path()).collect();
        more.sort();
        for path in more.iter().filter(|path| path.extension().is_some_and(|end| end == "conf")) {
            text += "\n";
            text += &std::fs::read_to_string(path).unwrap_or_default();
        }
        let files = Self(text);
        let listeners = files.values("listener").chain(files.values("port"));
        let mut ports: Vec<u16> =
            listeners.filter_map(|value| value.split_whitespace().next()?.parse().ok()).collect();
        if ports.is_empty() {
            ports.push(PORT);
        }
        ports.contains(&port).then_some(files)
    }

    fn values<'f>(&'f self, key: &'static str) -> impl DoubleEndedIterator<Item = &'f str> {
        let lines = self.0.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
        lines.filter(move |(written, _)| *written == key).map(|(_, value)| value.trim())
    }

    /// When it writes what waits in it to its disk.
    pub fn saves(&self) -> Saves {
        if self.values("persistence").next_back() != Some("true") {
            return Saves::Never;
        }
        let interval = self.number("autosave_interval").unwrap_or(HALF_AN_HOUR);
        if self.values("autosave_on_changes").next_back() == Some("true") && interval > 0 {
            return Saves::AtChanges(interval);
        }
        Saves::Every(interval)
    }

    /// How many messages it keeps for a client that is away; none where it bounds them not.
    pub fn queued_messages(&self) -> Option<u64> {
        Some(self.number("max_queued_messages").unwrap_or(QUEUED)).filter(|bound| *bound > 0)
    }

    /// How many bytes of them.
    pub fn queued_bytes(&self) -> Option<u64> {
        self.number("max_queued_bytes").filter(|bound| *bound > 0)
    }

    fn number(&self, key: &'static str) -> Option<u64> {
        self.values(key).next_back()?.parse().ok()
    }

    /// Whether anything says which login may publish where.
    pub fn has_rights(&self) -> bool {
        ["acl_file", "plugin", "auth_plugin"]
            .into_iter()
            .any(|key| self.values(key).next().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saves(folder: &Path, port: u16) -> Option<Saves> {
        Some(BrokerFiles::of(folder, port)?.saves())
    }

    #[test]
    fn debians_mosquitto_writes_every_half_hour_and_ours_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(saves(folder.path(), 1883), None, "no mosquitto here");
        let debian = "persistence true\npersistence_location /var/lib/mosquitto/\ninclude_dir /etc/mosquitto/conf.d\n";
        std::fs::write(folder.path().join("mosquitto.conf"), debian).unwrap();
        let files = || BrokerFiles::of(folder.path(), 1883).unwrap();
        assert_eq!(files().saves(), Saves::Every(1800));
        assert_eq!((files().queued_messages(), files().queued_bytes()), (Some(1000), None));
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/mosquitto-lotgate.conf");
        std::fs::create_dir(folder.path().join("conf.d")).unwrap();
        assert!(!files().has_rights());
        std::fs::copy(ours, folder.path().join("conf.d/lotgate.conf")).unwrap();
        assert!(files().has_rights());
        assert_eq!(files().saves(), Saves::Every(86_400));
        assert_eq!(
            (files().queued_messages(), files().queued_bytes()),
            (Some(60_000), Some(128 << 20))
        );
        assert_eq!(saves(folder.path(), 8883), None, "another broker");
        let more = |text: &str| std::fs::write(folder.path().join("conf.d/z.conf"), text).unwrap();
        more("autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n");
        assert_eq!((files().saves(), files().queued_messages()), (Saves::AtChanges(1), None));
        more("persistence false\n");
        assert_eq!(files().saves(), Saves::Never);
    }
}
