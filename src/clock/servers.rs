//! Time servers: which the box names, and what one of them says. For the keeper and the doctor.

use rsntp::{AsyncSntpClient, Config};
use std::path::Path;
use std::time::Duration;

const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// So many servers are asked until one answers.
const SERVERS: usize = 3;
/// Asked where the box names none: a big one in China, and its national time service's.
const DEFAULT_SERVERS: [&str; 2] = ["ntp.aliyun.com", "ntp.ntsc.ac.cn"];

/// What a time server said.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerSays {
    /// Which.
    pub server: String,
    /// How many seconds the system's clock is behind it.
    pub offset: f64,
}

/// Asks the first few of `servers` until one answers; else the last one's fault.
pub async fn ask(servers: &[String]) -> Result<ServerSays, String> {
    let client = AsyncSntpClient::with_config(Config::default().timeout(ANSWER_WITHIN));
    let mut error = String::new();
    for server in servers.iter().take(SERVERS) {
        let asked = match server
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host.to_owned(), port.parse::<u16>().ok()?)))
        {
            Some(place) => client.synchronize(place).await,
            None => client.synchronize(server.clone()).await,
        };
        match asked {
            Ok(answer) => {
                let offset = answer.clock_offset().as_secs_f64();
                return Ok(ServerSays { server: server.clone(), offset });
            }
            Err(fault) => error = fault.to_string(),
        }
    }
    Err(error)
}

/// The servers that timesyncd, chrony or ntpd of a box ask, by the files in its `etc`.
pub fn configured(etc: &Path) -> Vec<String> {
    let files = ["systemd/timesyncd.conf", "chrony/chrony.conf", "ntpsec/ntp.conf", "ntp.conf"];
    let mut servers: Vec<String> = files
        .iter()
        .filter_map(|file| std::fs::read_to_string(etc.join(file)).ok())
        .flat_map(|text| text.lines().flat_map(named).collect::<Vec<_>>())
        .collect();
    servers.dedup();
    if servers.is_empty() {
        servers.extend(DEFAULT_SERVERS.map(str::to_owned));
    }
    servers
}

/// The servers a line of such a file names: `NTP=a b`, `server a iburst`, `pool a`.
fn named(line: &str) -> Vec<String> {
    let line = line.trim();
    if let Some(list) = line.strip_prefix("NTP=").or_else(|| line.strip_prefix("FallbackNTP=")) {
        return list.split_whitespace().map(str::to_owned).collect();
    }
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        (Some("server" | "pool" | "peer"), Some(server)) => vec![server.to_owned()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boxs_own_time_servers_are_asked() {
        let etc = tempfile::tempdir().unwrap();
        assert_eq!(configured(etc.path()), DEFAULT_SERVERS);
        std::fs::create_dir_all(etc.path().join("systemd")).unwrap();
        std::fs::create_dir_all(etc.path().join("chrony")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(etc.path().join(name), text).unwrap();
        write("systemd/timesyncd.conf", "[Time]\n#NTP=old\nNTP=10.0.0.1 10.0.0.2\n");
        write("chrony/chrony.conf", "pool 2.debian.pool.ntp.org iburst\n# server x\n");
        assert_eq!(configured(etc.path()), ["10.0.0.1", "10.0.0.2", "2.debian.pool.ntp.org"]);
    }
}
