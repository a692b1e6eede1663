//! How many requests fly at once. Nobody has to know beforehand how far away a platform is and how much it bears: more are
//! tried while more get through, fewer where it fails, says that it is busy or becomes slow. For the sender. Pure: moments
//! are arguments.

use std::time::{Duration, Instant};

/// With so many it begins.
const FIRST: usize = 8;
/// A round is so many answers for each place.
const ANSWERS_A_PLACE: usize = 2;
/// More are worth it where so much more gets through,
const GAIN: f64 = 1.1;
/// and where it is so much, twice as many are tried next.
const STEEP: f64 = 1.5;
/// More that were not worth it are tried again after so many rounds.
const REST: u32 = 16;
/// Answers that take so many times as long as they did say that it has become too much.
const SLOWER: u32 = 3;
/// What counts as quick comes a part of so many nearer to what is seen with each round: a line that has become longer is no
/// slower platform for ever.
const FORGETS: u32 = 32;

/// How many requests may fly at once, as far as that is known.
#[derive(Debug)]
pub struct Abreast {
    most: usize,
    now: usize,
    /// What was found to be worth it.
    known: Option<Known>,
    round: Option<Round>,
    /// So many rounds until more are tried.
    rest: u32,
    /// How long an answer takes where it is quick.
    quick: Option<Duration>,
    /// When there became fewer: requests from before say nothing any more.
    fewer_since: Option<Instant>,
}

/// So many places let so many rows a second through.
#[derive(Debug, Clone, Copy)]
struct Known {
    places: usize,
    rate: f64,
}

/// What has come back since a moment while all places were taken.
#[derive(Debug)]
struct Round {
    begun: Instant,
    answers: usize,
    rows: usize,
    waited: Duration,
}

/// A request that was answered.
#[derive(Debug, Clone, Copy)]
pub struct RoundTrip {
    /// Rows it carried.
    pub rows: usize,
    /// How long the answer took.
    pub after: Duration,
    /// Whether all places were taken until then: if not, it was not for want of places that no more got through.
    pub all_taken: bool,
}

impl Abreast {
    /// No more than `most`, 1 at least.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        let now = FIRST.min(most);
        let (known, round, rest, quick, fewer_since) = (None, None, 0, None, None);
        Self { most, now, known, round, rest, quick, fewer_since }
    }

    /// So many may fly now.
    pub fn places(&self) -> usize {
        self.now
    }

    /// The platform answered a request, and to some use.
    pub fn answered(&mut self, answered: RoundTrip, now: Instant) {
        if !answered.all_taken {
            self.round = None;
            return;
        }
        let Some(round) = &mut self.round else {
            // The one that begins a round is of the one before.
            self.round = Some(Round { begun: now, answers: 0, rows: 0, waited: Duration::ZERO });
            return;
        };
        round.answers += 1;
        round.rows += answered.rows;
        round.waited += answered.after;
        if round.answers >= self.now * ANSWERS_A_PLACE {
            self.come_round(now);
        }
    }

    /// The platform failed, was busy, or did not answer a request that was sent then: half as many from now on.
    pub fn failed(&mut self, sent: Instant, now: Instant) {
        // What flew together fails together.
        if self.fewer_since.is_some_and(|since| sent < since) {
            return;
        }
        self.fewer_since = Some(now);
        self.set(self.now / 2);
        (self.known, self.rest) = (None, REST);
    }

    fn come_round(&mut self, now: Instant) {
        let Some(Round { begun, answers, rows, waited }) = self.round.take() else { return };
        let rate = rate(rows, now.saturating_duration_since(begun));
        if self.has_become_slow(waited / u32::try_from(answers).unwrap_or(u32::MAX)) {
            self.set((self.now * 3 / 4).max(FIRST.min(self.now)));
            (self.known, self.rest) = (None, REST);
            return;
        }
        let gain = match self.known {
            Some(known) if known.places < self.now => rate / known.rate.max(f64::MIN_POSITIVE),
            // Nothing was tried: as it was.
            _ if self.rest > 0 => {
                self.rest -= 1;
                self.known = Some(Known { places: self.now, rate });
                return;
            }
            known => {
                if known.is_none() {
                    STEEP
                } else {
                    GAIN
                }
            }
        };
        if gain < GAIN {
            // They only made each other wait.
            self.set(self.known.map_or(self.now, |known| known.places));
            self.rest = REST;
            return;
        }
        self.known = Some(Known { places: self.now, rate });
        self.set(if gain >= STEEP { self.now * 2 } else { self.now + (self.now / 4).max(1) });
    }

    /// Whether answers take far longer than they did.
    fn has_become_slow(&mut self, takes: Duration) -> bool {
        let quick = self.quick.map_or(takes, |quick| quick.min(takes));
        self.quick = Some(quick + takes.saturating_sub(quick) / FORGETS);
        takes > quick * SLOWER
    }

    fn set(&mut self, places: usize) {
        self.now = places.clamp(1, self.most);
        self.round = None;
    }
}

#[allow(clippy::cast_precision_loss, reason = "a few thousand rows")]
fn rate(rows: usize, within: Duration) -> f64 {
    rows as f64 / within.as_secs_f64().max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    /// A platform so far away that works on so many requests at once, each of which takes it so long.
    struct Platform {
        away: Duration,
        workers: usize,
        each: Duration,
    }

    impl Platform {
        fn of(away: u64, workers: usize, each: u64) -> Self {
            let [away, each] = [away, each].map(Duration::from_millis);
            Self { away, workers, each }
        }
    }

    /// A sender with a queue without end; time is reckoned.
    struct Bench {
        abreast: Abreast,
        now: Instant,
    }

    impl Bench {
        fn new() -> Self {
            Self { abreast: Abreast::new(64), now: Instant::now() }
        }

        /// Sends to that platform for so long; the rows it took, and how many may fly then.
        fn flies(&mut self, platform: &Platform, so_long: Duration) -> (usize, usize) {
            let until = self.now + so_long;
            let mut workers: BinaryHeap<_> =
                (0..platform.workers).map(|_| Reverse(self.now)).collect();
            let mut flying: BinaryHeap<Reverse<(Instant, Instant)>> = BinaryHeap::new();
            let mut rows = 0;
            while self.now < until {
                while flying.len() < self.abreast.places() {
                    let free = workers.pop().unwrap().0.max(self.now + platform.away / 2);
                    workers.push(Reverse(free + platform.each));
                    flying.push(Reverse((free + platform.each + platform.away / 2, self.now)));
                }
                let all_taken = flying.len() >= self.abreast.places();
                let Reverse((back, sent)) = flying.pop().unwrap();
                self.now = back;
                rows += 50;
                let answered = RoundTrip { rows: 50, after: back.duration_since(sent), all_taken };
                self.abreast.answered(answered, back);
            }
            (rows, self.abreast.places())
        }
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_platform_far_away_gets_as_many_as_may_be_and_within_seconds() {
        let far = Platform::of(100, 1000, 2);
        let (rows, places) = Bench::new().flies(&far, Duration::from_secs(2));
        assert_eq!(places, 64);
        assert!(rows > 30_000, "{rows}");
    }

    #[test]
    fn one_that_works_on_a_few_at_a_time_is_not_crowded() {
        let (_, places) = Bench::new().flies(&Platform::of(2, 10, 50), MINUTE);
        assert!((8..=20).contains(&places), "{places}");
    }

    #[test]
    fn one_that_fails_gets_half_once_for_all_that_flew_together_and_more_again_later() {
        let far = Platform::of(100, 1000, 2);
        let mut bench = Bench::new();
        bench.flies(&far, MINUTE);
        let sent = bench.now;
        for _ in 0..64 {
            bench.now += Duration::from_millis(1);
            bench.abreast.failed(sent, bench.now);
        }
        assert_eq!(bench.abreast.places(), 32);
        for _ in 0..20 {
            bench.now += Duration::from_secs(1);
            bench.abreast.failed(bench.now, bench.now);
        }
        assert_eq!(bench.abreast.places(), 1, "one always asks");
        assert_eq!(bench.flies(&far, MINUTE).1, 64);
    }

    #[test]
    fn one_that_becomes_slow_gets_fewer_and_a_longer_way_is_no_slow_platform() {
        let mut bench = Bench::new();
        assert_eq!(bench.flies(&Platform::of(50, 1000, 2), MINUTE).1, 64);
        let (_, places) = bench.flies(&Platform::of(50, 4, 20), MINUTE);
        assert!(places <= 32, "{places}");
        let (_, places) = bench.flies(&Platform::of(300, 1000, 2), MINUTE * 5);
        assert!(places >= 48, "{places}");
    }

    #[test]
    fn where_there_is_little_to_send_nothing_is_tried() {
        let Bench { mut abreast, mut now } = Bench::new();
        for _ in 0..1000 {
            now += Duration::from_secs(1);
            let after = Duration::from_millis(100);
            abreast.answered(RoundTrip { rows: 1, after, all_taken: false }, now);
        }
        assert_eq!(abreast.places(), 8);
        assert_eq!(Abreast::new(3).places(), 3);
    }
}
