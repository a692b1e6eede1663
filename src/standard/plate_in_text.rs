//! A plate within what somebody wrote freely, in any of its prints: found and cut out. For whoever forgets plates. Pure.

use super::hidden::is_hidden;
use super::plate::is_decoration;
use crate::foreign::text::half_width;
use std::ops::Range;

/// Shorter plates are looked for as words of their own only: their letters stand in much else.
const SURE: usize = 6;

/// A text without a plate, however that is printed there; none where it is not in it.
pub fn without_plate(text: &str, plate_no: &str) -> Option<String> {
    let mut places = places(text, plate_no);
    if let Some(in_front) = mark_in_front(plate_no) {
        places.extend(self::places(text, &in_front));
    }
    if places.is_empty() {
        return None;
    }
    places.sort_by_key(|place| place.start);
    let (mut kept, mut at) = (String::new(), 0);
    for place in places {
        kept.push_str(text.get(at..place.start).unwrap_or_default());
        at = at.max(place.end);
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    Some(kept)
}

/// Embassies' plates are printed with their mark in front, too.
fn mark_in_front(plate_no: &str) -> Option<String> {
    let mark = plate_no.chars().last().filter(|mark| matches!(mark, '使' | '领'))?;
    Some(format!("{mark}{}", plate_no.strip_suffix(mark)?))
}

/// Where it stands.
fn places(text: &str, plate_no: &str) -> Vec<Range<usize>> {
    let letters: Vec<(char, Range<usize>)> = text
        .char_indices()
        .map(|(at, letter)| (half_width(letter), at..at + letter.len_utf8()))
        .filter(|(letter, _)| !is_decoration(*letter) && !is_hidden(*letter))
        .flat_map(|(letter, place)| letter.to_uppercase().map(move |one| (one, place.clone())))
        .collect();
    let wanted: Vec<char> = plate_no.chars().collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let found = letters
        .windows(wanted.len())
        .filter(|window| window.iter().map(|(letter, _)| letter).eq(wanted.iter()));
    let place =
        |window: &[(char, Range<usize>)]| Some(window.first()?.1.start..window.last()?.1.end);
    let is_sure = wanted.len() >= SURE && !wanted.iter().all(char::is_ascii_digit);
    let is_it = |place: &Range<usize>| {
        is_sure || (text.get(place.clone()) == Some(plate_no) && is_word(text, place))
    };
    found.filter_map(place).filter(is_it).collect()
}

/// Whether no letter or digit stands beside it.
fn is_word(text: &str, place: &Range<usize>) -> bool {
    let before = text.get(..place.start).and_then(|text| text.chars().next_back());
    let after = text.get(place.end..).and_then(|text| text.chars().next());
    let apart = |letter: Option<char>| letter.is_none_or(|c| !c.is_alphanumeric() && c != '.');
    apart(before) && apart(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plate_is_cut_out_in_every_print_and_nothing_else_is() {
        for print in [
            "粤B88888",
            "粤B·88888",
            "粤b88888",
            "粤Ｂ８８８８８",
            "粤 B-888 88",
            "粤B\u{200b}88888",
        ] {
            let text = format!("让 {print} 走（{print}）");
            assert_eq!(without_plate(&text, "粤B88888").as_deref(), Some("让  走（）"), "{print}");
        }
        assert_eq!(without_plate("使224·578来访", "224578使").as_deref(), Some("来访"));
        for other in ["粤B88889", "", "B88888", "粤B8888"] {
            assert_eq!(without_plate(other, "粤B88888"), None, "{other}");
        }
    }

    #[test]
    fn what_is_short_or_a_number_is_cut_out_as_a_word_alone() {
        for (text, plate_no, left) in [
            ("12345 来", "12345", Some(" 来")),
            ("id 9123456", "123456", None),
            ("{\"money\":1234.56}", "123456", None),
            ("AB1, AB12", "AB1", Some(", AB12")),
        ] {
            assert_eq!(without_plate(text, plate_no).as_deref(), left, "{text}");
        }
    }
}
