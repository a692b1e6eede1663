//! The clock against a time server and against the clock that runs while the power is off.

use crate::lang::BoxFinding;
use rsntp::{AsyncSntpClient, Config};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock this many seconds off is right.
const RIGHT: f64 = 1.0;
/// A clock this many seconds off does harm.
const HARMFUL: f64 = 30.0;
/// A hardware clock may be this many seconds off.
const RTC_RIGHT: i64 = 5;
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// So many servers are asked until one answers.
const SERVERS: usize = 3;
/// Asked where the box names none: a big one in China, and its national time service's.
const DEFAULT_SERVERS: [&str; 2] = ["ntp.aliyun.com", "ntp.ntsc.ac.cn"];

/// Asks time servers, `server` alone where it is named, and looks at the hardware clock.
pub async fn examine(server: Option<&str>) -> Vec<BoxFinding> {
    let servers = match server {
        Some(server) => vec![server.to_owned()],
        None => configured(Path::new("/etc")),
    };
    vec![ask(&servers).await, rtc(Path::new("/sys/class/rtc/rtc0"))]
}

async fn ask(servers: &[String]) -> BoxFinding {
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
            Ok(answer) => return judge(server, answer.clock_offset().as_secs_f64()),
            Err(fault) => error = fault.to_string(),
        }
    }
    BoxFinding::NoTimeServer { servers: servers.join(", "), error }
}

fn judge(server: &str, offset: f64) -> BoxFinding {
    let (server, off) = (server.to_owned(), format!("{:.3}", offset.abs()));
    match offset.abs() {
        off_by if off_by <= RIGHT => BoxFinding::ClockRight { server, off },
        off_by if off_by <= HARMFUL => BoxFinding::ClockOff { server, off },
        _ => BoxFinding::ClockWrong { server, off },
    }
}

/// The servers that timesyncd, chrony or ntpd of this box ask.
fn configured(etc: &Path) -> Vec<String> {
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

fn rtc(place: &Path) -> BoxFinding {
    let file: PathBuf = place.join("since_epoch");
    let rtc = std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse::<i64>().ok());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    match rtc {
        None => BoxFinding::RtcAbsent,
        Some(rtc) => {
            let seconds = (rtc - i64::try_from(now).unwrap_or(i64::MAX)).abs();
            if seconds <= RTC_RIGHT {
                BoxFinding::RtcRight { seconds }
            } else {
                BoxFinding::RtcWrong { seconds }
            }
        }
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

    #[test]
    fn a_hardware_clock_is_right_wrong_or_not_there() {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(rtc(place.path()), BoxFinding::RtcAbsent);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let set = |seconds: u64| {
            std::fs::write(place.path().join("since_epoch"), format!("{seconds}\n")).unwrap();
        };
        set(now);
        assert!(matches!(rtc(place.path()), BoxFinding::RtcRight { .. }));
        set(now - 3600);
        assert!(matches!(rtc(place.path()), BoxFinding::RtcWrong { seconds: 3600..=3605 }));
    }

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off_to_either_side() {
        assert!(matches!(judge("s", -0.4), BoxFinding::ClockRight { .. }));
        assert!(matches!(judge("s", 2.0), BoxFinding::ClockOff { .. }));
        assert!(matches!(judge("s", -86_400.0), BoxFinding::ClockWrong { .. }));
    }
}
