//! The running sum over the log beside a database, and which bit of a stretch may be the one that is not what was summed up. It
//! knows nothing of what is summed up.

use super::page::long;

/// Of a log both halves of its sum.
pub(super) type Halves = (u32, u32);

/// The running sum over a log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    /// In which order it takes bytes.
    pub(super) big: bool,
    pub(super) halves: Halves,
}

impl Sum {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let (mut one, mut two) = self.halves;
        for (first, second) in self.pairs(bytes) {
            one = one.wrapping_add(first).wrapping_add(two);
            two = two.wrapping_add(second).wrapping_add(one);
        }
        self.halves = (one, two);
    }

    fn pairs(self, bytes: &[u8]) -> impl DoubleEndedIterator<Item = Halves> + ExactSizeIterator {
        let word = move |four: &[u8]| {
            let four = <[u8; 4]>::try_from(four).unwrap_or_default();
            if self.big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
        };
        bytes.chunks_exact(8).map(move |pair| {
            let (first, second) = pair.split_at(4);
            (word(first), word(second))
        })
    }

    /// The sum that stands there.
    pub(super) fn stored(bytes: &[u8], at: usize) -> Option<Halves> {
        Some((long(bytes, at)?, long(bytes, at.checked_add(4)?)?))
    }

    /// The bits of which one may have been turned over since the sum of these bytes was `stored`; none where more than that is
    /// wrong, which is certain as the sum is so long. In the upper bits of a word it does not tell all places apart. Each is
    /// known by its place among all of them.
    pub(super) fn turned(self, bytes: &[u8], stored: Halves) -> Vec<usize> {
        let mut now = self;
        now.add(bytes);
        let missing = (stored.0.wrapping_sub(now.halves.0), stored.1.wrapping_sub(now.halves.1));
        let mut changes = self.changes(bytes);
        changes.retain(|(_, change)| *change == missing);
        changes.into_iter().map(|(bit, _)| bit).collect()
    }

    /// What the sum becomes more by, for each bit that is turned over.
    fn changes(self, bytes: &[u8]) -> Vec<(usize, Halves)> {
        // What one more in the first and in the second word of a pair makes of the sum at the end.
        let (mut by_first, mut by_second) = ((1_u32, 1_u32), (0_u32, 1_u32));
        let one_pair_earlier = |(one, two): Halves| {
            let one = one.wrapping_add(two);
            (one, two.wrapping_add(one))
        };
        let mut changes = Vec::with_capacity(bytes.len().saturating_mul(8));
        for (pair, (first, second)) in self.pairs(bytes).enumerate().rev() {
            for (word, value, by) in [(0, first, by_first), (1, second, by_second)] {
                for bit in 0..32_u32 {
                    let one = 1_u32.wrapping_shl(bit);
                    let change = if value & one == 0 { one } else { one.wrapping_neg() };
                    let byte = if self.big { 3 - bit / 8 } else { bit / 8 };
                    let byte = usize::try_from(byte).unwrap_or(0);
                    let place = (pair * 8 + word * 4 + byte) * 8;
                    let place = place + usize::try_from(bit % 8).unwrap_or(0);
                    let change = (change.wrapping_mul(by.0), change.wrapping_mul(by.1));
                    changes.push((place, change));
                }
            }
            by_first = one_pair_earlier(by_first);
            by_second = one_pair_earlier(by_second);
        }
        changes
    }
}

/// Turns a bit over.
pub(super) fn turn(bytes: &mut [u8], bit: usize) {
    if let Some(byte) = bytes.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
}

/// In how many bits two sums, or any two pairs, are different.
pub(super) fn apart(one: Halves, other: Halves) -> u32 {
    (one.0 ^ other.0).count_ones() + (one.1 ^ other.1).count_ones()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bit_that_was_turned_over_is_found_alone_in_a_words_lower_bits(
            bytes in prop::collection::vec(any::<u8>(), 4104),
            bit in 0_usize..4104 * 8,
            before in any::<(u32, u32)>(),
            big in any::<bool>(),
        ) {
            let start = Sum { big, halves: before };
            let mut sum = start;
            sum.add(&bytes);
            prop_assert!(start.turned(&bytes, sum.halves).is_empty());
            let mut damaged = bytes;
            turn(&mut damaged, bit);
            let found = start.turned(&damaged, sum.halves);
            prop_assert!(found.contains(&bit));
            let of_word = if big { 24 - bit % 32 / 8 * 8 + bit % 8 } else { bit % 32 };
            prop_assert!(found.len() == 1 || of_word > 20, "{of_word}");
            // Half a page of something else is no turned bit.
            damaged[2056..].fill(0x5a);
            prop_assert!(start.turned(&damaged, sum.halves).is_empty());
        }
    }
}
