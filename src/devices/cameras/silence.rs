//! A camera's silences. Pure: whoever hears it brings the moment.
//!
//! What a camera saw while nobody heard it may come later; that its moment falls into its silence tells that.

use jiff::Timestamp;
use std::time::{Duration, Instant};

/// Cameras show that they live more often than this.
const SHORTEST: Duration = Duration::from_secs(30);

/// What is known of one camera's silences.
#[derive(Debug)]
pub struct Silence {
    last: Option<Sign>,
    latest: Option<(Timestamp, Timestamp)>,
}

/// A sign of life, by what no clock's setting moves.
#[derive(Debug, Clone, Copy)]
struct Sign {
    at: Instant,
    /// Whether it is all that the process before this one left.
    before: bool,
}

impl Silence {
    /// Nothing was heard yet; `before` is when the process before this one listened last.
    pub fn new(before: Option<Instant>) -> Self {
        Self { last: before.map(|at| Sign { at, before: true }), latest: None }
    }

    /// It gave a sign of life. Of one that shows itself only when cars come, no pause between two of them is a silence;
    /// the time without a process is.
    pub fn heard(&mut self, moment: Timestamp, instant: Instant, beats: bool) {
        let sign = Sign { at: instant, before: false };
        let last = self.last.replace(sign).filter(|last| beats || last.before);
        let lasted = last.map(|last| instant.saturating_duration_since(last.at));
        let Some(lasted) = lasted.filter(|lasted| *lasted >= SHORTEST) else { return };
        let began = moment.checked_sub(lasted).unwrap_or(Timestamp::MIN);
        self.latest = Some((began, moment));
    }

    /// The latest one of 30 s and more: the last sign before it, and the one that ended it.
    pub fn latest(&self) -> Option<(Timestamp, Timestamp)> {
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_784_098_000 + second).unwrap()
    }

    #[test]
    fn a_pause_between_keep_alives_is_none_and_a_longer_one_is_kept_until_the_next() {
        let (mut silence, start) = (Silence::new(None), Instant::now());
        let mut hear = |second: u64| {
            let moment = at(i64::try_from(second).unwrap());
            silence.heard(moment, start + Duration::from_secs(second), true);
            silence.latest()
        };
        assert_eq!((hear(0), hear(10), hear(39)), (None, None, None));
        assert_eq!(hear(100), Some((at(39), at(100))));
        assert_eq!(hear(110), Some((at(39), at(100))));
        assert_eq!(hear(140), Some((at(110), at(140))));
    }

    #[test]
    fn a_clock_that_is_set_makes_no_silence() {
        let (mut silence, start) = (Silence::new(None), Instant::now());
        silence.heard(at(0), start, true);
        silence.heard(at(86_400), start + Duration::from_secs(10), true);
        assert_eq!(silence.latest(), None);
    }

    #[test]
    fn who_shows_itself_only_when_cars_come_is_never_silent() {
        let (mut silence, start) = (Silence::new(None), Instant::now());
        silence.heard(at(0), start, false);
        silence.heard(at(3600), start + Duration::from_secs(3600), false);
        assert_eq!(silence.latest(), None);
    }

    #[test]
    fn the_time_without_a_process_is_a_silence_where_it_is_known() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut silence = Silence::new(Some(start));
        silence.heard(at(7200), after(7200), false);
        assert_eq!(silence.latest(), Some((at(0), at(7200))));
        let mut silence = Silence::new(Some(start));
        silence.heard(at(2), after(2), true);
        assert_eq!(silence.latest(), None);
        // The clock was set while no process ran, or before anything was heard.
        let mut silence = Silence::new(Some(start));
        silence.heard(at(7200), after(3), true);
        assert_eq!(silence.latest(), None);
    }
}
