//! Waiting between attempts: exponential with full jitter, for ever.

use std::time::Duration;

/// The pauses after repeated failures.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// Pauses that begin at up to `first` and double up to `longest`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, failures: 0 }
    }

    /// The pause after one more failure. `chance` is in 0 … 1; never less than a tenth of the bound, so
    /// that no failure is answered at once.
    pub fn pause(&mut self, chance: f64) -> Duration {
        let bound = self.first.saturating_mul(1 << self.failures.min(16)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(0.1 + 0.9 * chance.clamp(0.0, 1.0))
    }

    /// It worked.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// There is hope: it has not worked yet, but pauses begin again.
    pub fn begin_again(&mut self) {
        self.failures = self.failures.min(1);
    }

    /// How often it failed since it last worked.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_the_longest_and_begin_again_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(300));
        let pauses: Vec<_> = (0..12).map(|_| backoff.pause(1.0).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        backoff.succeeded();
        assert_eq!(backoff.pause(1.0), Duration::from_secs(1));
        assert_eq!(backoff.pause(0.0), Duration::from_millis(200));
    }
}
