//! What a mosquitto on this machine keeps when it is killed, by its own configuration.

use std::path::Path;

/// Where Debian's mosquitto has its configuration.
pub const FOLDER: &str = "/etc/mosquitto";
/// Its port where none is written.
const PORT: u16 = 1883;
/// `autosave_interval` where none is written.
const HALF_AN_HOUR: u64 = 1800;

/// How often the mosquitto of `folder` that listens on `port` writes what it has acknowledged to its disk, in
/// seconds; 0 is never. None where there is no such broker, or it counts otherwise.
pub fn writes_every(folder: &Path, port: u16) -> Option<u64> {
    let mut text = std::fs::read_to_string(folder.join("mosquitto.conf")).ok()?;
    let more = std::fs::read_dir(folder.join("conf.d")).into_iter().flatten().flatten();
    let mut more: Vec<_> = more.map(|entry| entry.path()).collect();
    more.sort();
    for path in more.iter().filter(|path| path.extension().is_some_and(|end| end == "conf")) {
        text += "\n";
        text += &std::fs::read_to_string(path).unwrap_or_default();
    }
    let values = |key: &'static str| {
        let lines = text.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
        lines.filter(move |(written, _)| *written == key).map(|(_, value)| value.trim())
    };
    let mut listeners: Vec<u16> = values("listener")
        .chain(values("port"))
        .filter_map(|value| value.split_whitespace().next()?.parse().ok())
        .collect();
    if listeners.is_empty() {
        listeners.push(PORT);
    }
    if !listeners.contains(&port) || values("autosave_on_changes").next_back() == Some("true") {
        return None;
    }
    if values("persistence").next_back() != Some("true") {
        return Some(0);
    }
    let interval = values("autosave_interval").next_back();
    Some(interval.and_then(|seconds| seconds.parse().ok()).unwrap_or(HALF_AN_HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debians_mosquitto_writes_every_half_hour_and_ours_every_ten_seconds() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(writes_every(folder.path(), 1883), None, "no mosquitto here");
        let debian = "persistence true\npersistence_location /var/lib/mosquitto/\ninclude_dir /etc/mosquitto/conf.d\n";
        std::fs::write(folder.path().join("mosquitto.conf"), debian).unwrap();
        assert_eq!(writes_every(folder.path(), 1883), Some(1800));
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/mosquitto-lotgate.conf");
        std::fs::create_dir(folder.path().join("conf.d")).unwrap();
        std::fs::copy(ours, folder.path().join("conf.d/lotgate.conf")).unwrap();
        assert_eq!(writes_every(folder.path(), 1883), Some(10));
        assert_eq!(writes_every(folder.path(), 8883), None, "another broker");
        std::fs::write(folder.path().join("conf.d/z.conf"), "persistence false\n").unwrap();
        assert_eq!(writes_every(folder.path(), 1883), Some(0));
    }
}
