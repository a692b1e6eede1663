//! Cameras whose reads have stopped though they live, by the reads of the others: a camera whose pictures have become too
//! large for its broker beats on and is never read again.

use crate::config::Config;
use crate::lang::WireFinding;
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::store::{StoreError, Transaction};
use jiff::{SignedDuration, Timestamp};

/// What is remembered of messages (see the gateway) reaches back so far.
const REACH: SignedDuration = SignedDuration::from_hours(48);
/// So many reads of a camera have to be missing, by its share of all.
const MISSING: u64 = 10;
/// Where no other camera tells how busy it is, one that was read before is asked after when it is silent for so long.
const ALONE: SignedDuration = SignedDuration::from_hours(24);

/// The cameras of lanes whose reads have stopped, of those that `lives` says live.
pub(super) fn stopped(
    tx: &Transaction<'_>,
    config: &Config,
    now: Timestamp,
    lives: impl Fn(&Id) -> bool,
) -> Result<Vec<WireFinding>, StoreError> {
    let Ok(since) = now.checked_sub(REACH) else { return Ok(Vec::new()) };
    let cameras: Vec<&Id> = config.lanes.iter().map(|lane| &lane.camera).collect();
    let mut found = Vec::new();
    for camera in cameras.iter().filter(|camera| lives(camera)) {
        let (own, Some(last)) = tx.messages_of(camera, since, now)? else { continue };
        let (mut before, mut after) = (0, 0);
        for other in cameras.iter().filter(|other| *other != camera) {
            before += tx.messages_of(other, since, last)?.0;
            after += tx.messages_of(other, last, now)?.0;
        }
        let of_others = Others { before, after };
        if is_missed(own, of_others, now.duration_since(last)) {
            let device = config.devices.iter().find(|device| device.id == **camera);
            let device = device.map_or_else(|| camera.to_string(), |device| device.name.clone());
            let since = DateTime::at(last, &config.lot.time_zone).to_string();
            found.push(WireFinding::ReadsStopped { device, since, others: after });
        }
    }
    Ok(found)
}

/// How often the others were read, up to a camera's last read and since.
#[derive(Debug, Clone, Copy)]
struct Others {
    before: u64,
    after: u64,
}

/// Whether reads are missing of a camera that was read `own` times and is silent since.
fn is_missed(own: u64, others: Others, silent: SignedDuration) -> bool {
    if others.before == 0 {
        return own >= MISSING && silent >= ALONE;
    }
    // By its share of all it would have been read so often since.
    own >= MISSING && others.after.saturating_mul(own) / others.before >= MISSING
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::store::Store;
    use std::path::Path;

    #[test]
    fn a_camera_that_lives_and_is_read_no_more_is_named() {
        let path = Path::new("config.toml");
        let config = parse(include_str!("../../packaging/config.toml"), path).config.unwrap();
        let [entry, exit] = [0, 1].map(|at| config.lanes[at].camera.clone());
        let folder = tempfile::tempdir().unwrap();
        let at = |minute: i64| Timestamp::from_second(1_772_409_600 + minute * 60).unwrap();
        let (mut store, _) = Store::open(&folder.path().join("lotgate.db"), at(0)).unwrap();
        let tx = store.begin().unwrap();
        for minute in 0..60 {
            tx.first_sight(&format!("{exit}:{minute}"), at(minute)).unwrap();
            if minute < 30 {
                tx.first_sight(&format!("{entry}:{minute}"), at(minute)).unwrap();
            }
        }
        let found = stopped(&tx, &config, at(60), |_| true).unwrap();
        let [WireFinding::ReadsStopped { device, since, others }] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(
            (device.as_str(), since.as_str(), *others),
            ("入口相机", "2026-03-02 08:29:00", 30)
        );
        assert_eq!(stopped(&tx, &config, at(60), |id| *id != entry).unwrap(), []);
        assert_eq!(stopped(&tx, &config, at(33), |_| true).unwrap(), []);
    }

    #[test]
    fn a_camera_is_missed_by_its_share_of_all_reads() {
        let hours = SignedDuration::from_hours;
        for (own, before, after, silent, missed) in [
            // As busy as the others: ten reads of them without it.
            (100, 100, 10, hours(1), true),
            (100, 100, 9, hours(1), false),
            // At a back door: every twentieth car.
            (20, 400, 190, hours(10), false),
            (20, 400, 200, hours(10), true),
            // A night in which nobody comes.
            (100, 100, 2, hours(9), false),
            // Hardly ever read: nothing to go by.
            (9, 100, 5000, hours(40), false),
            // The only one.
            (50, 0, 0, hours(23), false),
            (50, 0, 0, hours(24), true),
        ] {
            let others = Others { before, after };
            assert_eq!(is_missed(own, others, silent), missed, "{own} {others:?}");
        }
    }
}
