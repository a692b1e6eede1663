//! Numbers for cars that stand at a barrier without a plate anybody can read: 无A0001, on a ticket or a
//! screen, for whoever lets them in and out.
//!
//! Pure: which number is the next is the caller's to keep. It reads as a plate number wherever one is wanted
//! (`plateNo`) and is of no kind of the grammar (`plate_kind.rs`).

/// What a ticket number begins with, as no plate does.
const MARK: char = '无';

/// I and O would be taken for digits by whoever types them.
const LETTERS: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ";

/// How many numbers a letter has, 0001 to 9999.
const PER_LETTER: u64 = 9_999;

/// How many numbers there are: one is given again when so many others have been.
pub const TICKET_NUMBERS: u64 = 24 * PER_LETTER;

/// The number of the first, second, third ticket and so on: 1 is 无A0001, and after 无Z9999 it begins anew.
///
/// ```
/// use lotgate::standard::ticket_number::ticket_number;
///
/// assert_eq!(ticket_number(1), "无A0001");
/// assert_eq!(ticket_number(10_000), "无B0001");
/// ```
pub fn ticket_number(sequence: u64) -> String {
    // One before, so that the rest counts from nothing; 0 is the last of the round before.
    let place = (sequence % TICKET_NUMBERS + TICKET_NUMBERS - 1) % TICKET_NUMBERS;
    let letters = LETTERS.chars().zip(0_u64..);
    let letter =
        letters.filter(|(_, index)| *index == place / PER_LETTER).map(|(letter, _)| letter);
    let letter = letter.last().unwrap_or('A');
    format!("{MARK}{letter}{:04}", place % PER_LETTER + 1)
}

/// Whether a normalised text is a number that [`ticket_number`] gives.
pub fn is_ticket_number(text: &str) -> bool {
    let mut characters = text.chars();
    let marked = characters.next() == Some(MARK);
    let lettered = characters.next().is_some_and(|letter| LETTERS.contains(letter));
    let digits = characters.as_str();
    let numbered = digits.len() == 4 && digits.chars().all(|digit| digit.is_ascii_digit());
    marked && lettered && numbered && digits != "0000"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::plate::PlateNo;
    use proptest::prelude::*;

    #[test]
    fn numbers_follow_each_other_through_the_letters_and_begin_anew() {
        for (sequence, number) in [
            (1, "无A0001"),
            (2, "无A0002"),
            (9_999, "无A9999"),
            (10_000, "无B0001"),
            (8 * 9_999, "无H9999"),
            (8 * 9_999 + 1, "无J0001"),
            (13 * 9_999 + 1, "无P0001"),
            (TICKET_NUMBERS, "无Z9999"),
            (TICKET_NUMBERS + 1, "无A0001"),
            (0, "无Z9999"),
        ] {
            assert_eq!(ticket_number(sequence), number);
        }
    }

    #[test]
    fn what_is_no_number_of_ours_is_none() {
        for text in [
            "",
            "无",
            "无A",
            "无A000",
            "无A0000",
            "无A00001",
            "无I0001",
            "无O0001",
            "无a0001",
            "无10001",
            "A0001",
            "粤A0001",
            "无A０００１",
            "_无_",
            "无牌车",
        ] {
            assert!(!is_ticket_number(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_number_is_one_of_ours_and_a_plate_number(sequence: u64) {
            let number = ticket_number(sequence);
            prop_assert!(is_ticket_number(&number));
            let plate: PlateNo = number.parse().unwrap();
            prop_assert_eq!(plate.as_str(), number);
        }

        #[test]
        fn two_tickets_of_one_round_differ(first: u64, gap in 1..TICKET_NUMBERS) {
            let second = first.checked_sub(gap).unwrap_or(first / 2 + gap);
            prop_assume!(first.abs_diff(second) % TICKET_NUMBERS != 0);
            prop_assert_ne!(ticket_number(first), ticket_number(second));
        }
    }
}
