//! A mosquitto on this machine by its own configuration: what it keeps when it is killed, and who may say what there.

use std::path::Path;

/// Where Debian's mosquitto has its configuration.
pub const FOLDER: &str = "/etc/mosquitto";
/// Its port where none is written.
const PORT: u16 = 1883;
/// `autosave_interval` where none is written.
const HALF_AN_HOUR: u64 = 1800;

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

    /// How often it writes what it has acknowledged to its disk, in seconds; 0 is never. None where it counts otherwise.
    pub fn writes_every(&self) -> Option<u64> {
        if self.values("autosave_on_changes").next_back() == Some("true") {
            return None;
        }
        if self.values("persistence").next_back() != Some("true") {
            return Some(0);
        }
        let interval = self.values("autosave_interval").next_back();
        Some(interval.and_then(|seconds| seconds.parse().ok()).unwrap_or(HALF_AN_HOUR))
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

    fn writes_every(folder: &Path, port: u16) -> Option<u64> {
        BrokerFiles::of(folder, port)?.writes_every()
    }

    #[test]
    fn debians_mosquitto_writes_every_half_hour_and_ours_every_ten_seconds() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(writes_every(folder.path(), 1883), None, "no mosquitto here");
        let debian = "persistence true\npersistence_location /var/lib/mosquitto/\ninclude_dir /etc/mosquitto/conf.d\n";
        std::fs::write(folder.path().join("mosquitto.conf"), debian).unwrap();
        assert_eq!(writes_every(folder.path(), 1883), Some(1800));
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/mosquitto-lotgate.conf");
        std::fs::create_dir(folder.path().join("conf.d")).unwrap();
        let has_rights = || BrokerFiles::of(folder.path(), 1883).unwrap().has_rights();
        assert!(!has_rights());
        std::fs::copy(ours, folder.path().join("conf.d/lotgate.conf")).unwrap();
        assert!(has_rights());
        assert_eq!(writes_every(folder.path(), 1883), Some(10));
        assert_eq!(writes_every(folder.path(), 8883), None, "another broker");
        std::fs::write(folder.path().join("conf.d/z.conf"), "persistence false\n").unwrap();
        assert_eq!(writes_every(folder.path(), 1883), Some(0));
    }
}
