//! The clock against a time server and against the clock that runs while the power is off.

use crate::clock;
use crate::clock::servers::{self, ServerSays};
use crate::lang::BoxFinding;
use crate::standard::datetime::DateTime;
use crate::store::Store;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock this many seconds off is right.
const RIGHT: f64 = 1.0;
/// A clock this many seconds off does harm.
const HARMFUL: f64 = 30.0;
/// A hardware clock may be this many seconds off.
const RTC_RIGHT: i64 = 5;

/// How the running gateway's clock stands, as it has noted it.
pub fn kept(config: &crate::config::Config) -> Vec<BoxFinding> {
    // What cannot be read the database's own findings tell.
    let Ok(mut reader) = Store::open_reading(&config.store.path) else { return Vec::new() };
    let known = reader.snapshot().and_then(|tx| Ok((tx.known_time()?, tx.boots()?.pop())));
    let Ok((known, Some(boot))) = known else { return Vec::new() };
    let Some(voucher) = boot.voucher else {
        let since = DateTime::at(boot.lower_bound, &config.lot.time_zone).to_string();
        return vec![BoxFinding::ClockUnproven { since }];
    };
    let mut found = vec![BoxFinding::ClockProven { voucher }];
    if let Some(off) = clock::system_is_off(&known) {
        found.push(BoxFinding::SystemClockIgnored { seconds: off.as_secs().abs() });
    }
    found
}

/// Asks time servers, `server` alone where it is named, and looks at the hardware clock.
pub async fn examine(server: Option<&str>) -> Vec<BoxFinding> {
    let servers = match server {
        Some(server) => vec![server.to_owned()],
        None => servers::configured(Path::new("/etc")),
    };
    vec![ask(&servers).await, rtc(Path::new("/sys/class/rtc/rtc0"))]
}

async fn ask(servers: &[String]) -> BoxFinding {
    match servers::ask(servers).await {
        Ok(ServerSays { server, offset }) => judge(&server, offset),
        Err(error) => BoxFinding::NoTimeServer { servers: servers.join(", "), error },
    }
}

fn judge(server: &str, offset: f64) -> BoxFinding {
    let (server, off) = (server.to_owned(), format!("{:.3}", offset.abs()));
    match offset.abs() {
        off_by if off_by <= RIGHT => BoxFinding::ClockRight { server, off },
        off_by if off_by <= HARMFUL => BoxFinding::ClockOff { server, off },
        _ => BoxFinding::ClockWrong { server, off },
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
