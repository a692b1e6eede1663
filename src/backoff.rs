//! Waiting between attempts: exponential with full jitter, for ever.

use std::time::Duration;

/// A connection that was good for so long worked.
pub const LASTED: Duration = Duration::from_secs(30);

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

    /// A connection has ended that was good for so long: only one that lasted makes the pauses forget how long they were.
    /// One that is taken and closed at once has failed, however well it began.
    pub fn was_up(&mut self, so_long: Duration) {
        if so_long >= LASTED {
            self.succeeded();
        }
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

    #[test]
    fn connections_that_are_taken_and_closed_at_once_are_made_ever_more_seldom() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        let (mut passed, mut logins) = (Duration::ZERO, 0);
        while passed < Duration::from_secs(60) {
            logins += 1;
            backoff.was_up(Duration::from_millis(30));
            passed += backoff.pause(0.5);
        }
        assert!(logins <= 8, "{logins}");
        backoff.was_up(LASTED.saturating_sub(Duration::from_millis(1)));
        assert_eq!(backoff.pause(1.0), Duration::from_secs(60));
        backoff.was_up(LASTED);
        assert_eq!(backoff.pause(1.0), Duration::from_secs(1));
    }
}
