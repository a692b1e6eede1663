//! Which bookings are one: those of one plate whose times overlap keep one space and are used up together;
//! at other times they stand side by side. Plain arithmetic.

use crate::store::Booking;
use jiff::Timestamp;

/// Of a plate's bookings, those that its coming at `at` uses up: the ones for that time, and what overlaps them. One
/// that lies ahead is not used up by a stay that may end before it.
pub fn used_up(kept: Vec<Booking>, at: Timestamp) -> Vec<Booking> {
    used_since(kept, at, at)
}

/// Of a plate's bookings, those that a stay from `from` up to now uses up.
pub fn used_since(kept: Vec<Booking>, from: Timestamp, now: Timestamp) -> Vec<Booking> {
    let begun = |one: &Booking| one.book_time <= now && from < one.keep_until;
    groups(kept).into_iter().filter(|group| group.iter().any(begun)).flatten().collect()
}

/// A plate's bookings, the first to begin first, as those whose times overlap, and what overlaps these: each group
/// needs one space.
pub fn groups(kept: Vec<Booking>) -> Vec<Vec<Booking>> {
    let mut groups: Vec<Vec<Booking>> = Vec::new();
    for one in kept {
        match groups.last_mut().filter(|group| group.iter().any(|other| overlap(other, &one))) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// Of a plate's bookings, the first whose time overlaps `wanted`'s.
pub fn overlapping<'a>(kept: &'a [Booking], wanted: &Booking) -> Option<&'a Booking> {
    kept.iter().find(|one| one.book_code != wanted.book_code && overlap(one, wanted))
}

/// Whether the times of two bookings overlap, the minutes they are kept included.
pub fn overlap(one: &Booking, other: &Booking) -> bool {
    one.book_time < other.keep_until && other.book_time < one.keep_until
}
