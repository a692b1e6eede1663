//! How long the medium under the database takes what is written to it.

use crate::lang::BoxFinding;
use crate::store::Written;
use std::path::Path;

/// How often flash takes its whole size at the least, written in pieces as small as ours: cheap flash takes each cell about
/// a thousand times, and writes three times what it is given.
const TIMES: u64 = 300;
const DAY: u64 = 86_400;
/// Before so much time has been counted, nothing is said.
const COUNTED: u64 = 3600;

/// What it comes to.
pub fn examine(folder: &Path, written: &Written) -> Option<BoxFinding> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    judge(disk.f_blocks.saturating_mul(disk.f_frsize), written)
}

fn judge(size: u64, written: &Written) -> Option<BoxFinding> {
    if written.seconds < COUNTED {
        return None;
    }
    let a_day = u128::from(written.bytes) * u128::from(DAY) / u128::from(written.seconds);
    let days = u128::from(size) * u128::from(TIMES) / a_day.max(1);
    let years = u64::try_from(days / 365).unwrap_or(u64::MAX).min(100);
    // In and out again.
    let passages = written.stays.saturating_mul(2);
    let kilobytes_a_passage = written.bytes.checked_div(passages).map(|bytes| bytes.div_ceil(1000));
    let megabytes_a_day = u64::try_from(a_day / 1_000_000).unwrap_or(u64::MAX);
    Some(BoxFinding::MediumLasts { megabytes_a_day, kilobytes_a_passage, years })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn found(bytes: u64, seconds: u64, stays: u64) -> Option<BoxFinding> {
        judge(8_000_000_000, &Written { since: Timestamp::UNIX_EPOCH, bytes, seconds, stays })
    }

    #[test]
    fn a_medium_lasts_as_long_as_its_size_allows_at_this_rate() {
        assert_eq!(found(1, COUNTED - 1, 0), None, "too early to say");
        // 8 GB take 2,400 GB, which are 2,400 days of 1 GB.
        let lasts = |megabytes_a_day, kilobytes_a_passage, years| {
            Some(BoxFinding::MediumLasts { megabytes_a_day, kilobytes_a_passage, years })
        };
        assert_eq!(found(500_000_000, DAY / 2, 5000), lasts(1000, Some(50), 6));
        assert_eq!(found(0, DAY, 0), lasts(0, None, 100));
        assert_eq!(
            found(u64::MAX, DAY, 1),
            lasts(18_446_744_073_709, Some(9_223_372_036_854_776), 0)
        );
    }
}
