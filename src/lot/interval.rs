//! Stretches of time, half-open, and what is left of one when others are taken out. Plain arithmetic.

use jiff::{SignedDuration, Timestamp};

/// From `from` up to but not including `to`; empty when `to` is not later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Its first moment.
    pub from: Timestamp,
    /// The moment after its last.
    pub to: Timestamp,
}

impl Interval {
    /// Whether `moment` lies in it.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.to
    }

    /// Its length, never negative.
    pub fn length(&self) -> SignedDuration {
        self.to.duration_since(self.from).max(SignedDuration::ZERO)
    }
}

/// What remains of `whole` without the `holes`, in order.
pub fn without(whole: Interval, mut holes: Vec<Interval>) -> Vec<Interval> {
    holes.retain(|hole| hole.from < hole.to);
    holes.sort_by_key(|hole| hole.from);
    let mut left = Vec::new();
    let mut from = whole.from;
    for hole in holes {
        if hole.from > from && from < whole.to {
            left.push(Interval { from, to: hole.from.min(whole.to) });
        }
        from = from.max(hole.to);
    }
    if from < whole.to {
        left.push(Interval { from, to: whole.to });
    }
    left
}

/// The length of all of them together.
pub fn total(intervals: &[Interval]) -> SignedDuration {
    let lengths = intervals.iter().map(Interval::length);
    lengths.fold(SignedDuration::ZERO, SignedDuration::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn interval(from: i64, to: i64) -> Interval {
        let at = |second| Timestamp::from_second(second).unwrap();
        Interval { from: at(from), to: at(to) }
    }

    #[test]
    fn holes_are_cut_out_wherever_they_lie_and_however_they_overlap() {
        let whole = interval(100, 200);
        let cut = |holes: &[(i64, i64)]| {
            without(whole, holes.iter().map(|(from, to)| interval(*from, *to)).collect())
        };
        assert_eq!(cut(&[]), [whole]);
        assert_eq!(cut(&[(0, 300)]), []);
        assert_eq!(cut(&[(0, 110), (190, 300)]), [interval(110, 190)]);
        assert_eq!(cut(&[(150, 160), (120, 155)]), [interval(100, 120), interval(160, 200)]);
        assert_eq!(cut(&[(0, 50), (250, 300), (130, 130)]), [whole]);
    }

    proptest! {
        #[test]
        fn a_moment_remains_exactly_when_it_is_in_no_hole(
            holes in prop::collection::vec((0_i64..100, 0_i64..100), 0..6), moment in 0_i64..100,
        ) {
            let holes: Vec<_> = holes.into_iter().map(|(from, to)| interval(from, to)).collect();
            let (whole, at) = (interval(10, 90), Timestamp::from_second(moment).unwrap());
            let wanted = whole.contains(at) && !holes.iter().any(|hole| hole.contains(at));
            let left = without(whole, holes);
            prop_assert_eq!(left.iter().any(|interval| interval.contains(at)), wanted);
        }
    }
}
