//! What the shared index of a log (`-shm`) says was committed into it: a process that was killed leaves it, and it knows of
//! no frame that was not synced before. For whoever looks whether a log was cut off.

use super::page::long;
use super::sum::{Halves, Sum};

/// How long what it begins with is; it stands there twice.
const HEAD: usize = 48;
/// Of that what is summed up.
const SUMMED: usize = 40;

/// The salts of the log it is of, and how many frames were committed into that; none where it is not right.
pub(super) fn committed(index: &[u8]) -> Option<(Halves, u32)> {
    let (one, other) = (index.get(..HEAD)?, index.get(HEAD..HEAD.checked_mul(2)?)?);
    let word = |at: usize| {
        let four = one.get(at..at.checked_add(4)?)?;
        Some(u32::from_ne_bytes(four.try_into().ok()?))
    };
    let mut sum = Sum { big: cfg!(target_endian = "big"), halves: (0, 0) };
    sum.add(one.get(..SUMMED)?);
    let is_right = one == other
        && *one.get(12)? == 1
        && (word(SUMMED)?, word(SUMMED.checked_add(4)?)?) == sum.halves;
    let salts = (long(one, 32)?, long(one, 36)?);
    is_right.then_some((salts, word(16)?))
}
