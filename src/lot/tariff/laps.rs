//! Laps: what comes to stand where it stood, with all that what comes next depends on, goes on as it did before. Finds
//! such places on a way through time; it knows no price and no clock.

use super::moments::milliseconds;
use crate::standard::money::Money;
use jiff::{SignedDuration, Timestamp};

/// Keeps a mark on the way, to see when its place is come to again.
pub(super) struct Laps<P> {
    mark: Option<Mark<P>>,
    /// Steps since it was set, and after how many the next one is.
    run: u64,
    next: u64,
    /// All goes on alike before this moment.
    pub alike_until: Timestamp,
}

/// A place on the way.
pub(super) struct Mark<P> {
    /// Where it is: two that are equal go on alike.
    pub place: P,
    /// When it was come to.
    pub at: Timestamp,
    /// What had come together by then.
    pub shown: MeterReading,
}

/// What comes together on the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct MeterReading {
    /// Yuan.
    pub total: Money,
    /// Milliseconds that were charged.
    pub ran: i64,
}

/// So many laps at once.
pub(super) struct Round {
    /// What had come together where they begin to be counted.
    pub since: MeterReading,
    /// How many.
    pub laps: i64,
    /// How long they take together.
    pub by: SignedDuration,
}

impl<P: PartialEq> Laps<P> {
    /// No mark is set yet.
    pub fn until(alike_until: Timestamp) -> Self {
        Self { mark: None, run: 0, next: 1, alike_until }
    }

    /// A place is come to: the laps that fit in before `end`, where it is the mark's.
    pub fn come_to(&mut self, here: Mark<P>, end: Timestamp) -> Option<Round> {
        if let Some(mark) = self.mark.take_if(|mark| mark.place == here.place) {
            let lap = milliseconds(here.at.duration_since(mark.at)).max(1);
            let laps = milliseconds(end.duration_since(here.at)).div_euclid(lap).max(0);
            let by = SignedDuration::from_millis(laps.saturating_mul(lap));
            // Less than a lap is left, so no mark is needed any more.
            self.next = u64::MAX;
            return Some(Round { since: mark.shown, laps, by });
        }
        self.run = self.run.saturating_add(1);
        // Set anew after twice as many steps each time, it comes to lie on any circle, however late that begins.
        if self.run >= self.next {
            self.mark = Some(here);
            (self.run, self.next) = (0, self.next.saturating_mul(2));
        }
        None
    }
}
