//! Plate numbers in one form, however they are typed, printed or read (ambiguity 70).

use super::hidden::is_hidden;
use super::plate_kind::{PlateKind, plate_kind};
use crate::foreign::text::half_width;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::{fmt, str::FromStr};

/// A normalised plate number, 1 to 10 characters (`plateNo`).
///
/// ```
/// use lotgate::standard::plate::PlateNo;
///
/// // As the standard prints it, as a camera sends it, as somebody types it.
/// let plate: PlateNo = "粤 B88888".parse()?;
/// assert_eq!(plate, "粤B·88888\0\0".parse()?);
/// assert_eq!(plate, "粤ｂ８８８８８".parse()?);
/// assert_eq!(plate, "粤B－888-88".parse()?);
/// assert_eq!(plate.as_str(), "粤B88888");
///
/// // An embassy's car, whose mark some cameras print in front.
/// assert_eq!("使224·578".parse::<PlateNo>()?.as_str(), "224578使");
///
/// assert!("".parse::<PlateNo>().is_err());
/// # Ok::<(), lotgate::standard::plate::BadPlate>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct PlateNo(String);

/// A text that is no plate number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a plate number of 1 to 10 characters")]
pub struct BadPlate(pub String);

/// Half-width, upper case, without what is painted, typed or sent around the characters: white space, dots,
/// dashes, NUL padding, and what nobody sees. The mark of embassies and consulates stands behind, where the
/// present plates have it.
pub fn normalise(text: &str) -> String {
    let characters = text.chars().map(half_width).filter(|c| !is_decoration(*c));
    mark_behind(characters.flat_map(char::to_uppercase).collect())
}

pub(super) fn is_decoration(c: char) -> bool {
    c.is_whitespace() || is_hidden(c) || is_dot(c) || is_dash(c)
}

fn is_dot(c: char) -> bool {
    matches!(c, '.' | '·' | '•' | '‧' | '∙' | '⋅' | '。' | '・' | '･')
}

/// Hyphens, dashes, the minus and the line of box drawings that is typed for a dash; the numeral 一 is a
/// character.
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{fe58}'
                | '\u{fe63}'
    )
}

/// 使 and 领 in front go behind, when a plate of that kind comes of it: one car has one plate, however its
/// camera orders it.
fn mark_behind(text: String) -> String {
    let moved = text.chars().next().filter(|mark| matches!(mark, '使' | '领')).map(|mark| {
        let mut rest: String = text.chars().skip(1).collect();
        rest.push(mark);
        rest
    });
    let foreign = [Some(PlateKind::Embassy), Some(PlateKind::Consulate)];
    moved
        .filter(|moved| foreign.contains(&plate_kind(moved)) || is_misread_embassy(moved))
        .unwrap_or(text)
}

/// An embassy's plate of which a place or two was read as a letter.
fn is_misread_embassy(text: &str) -> bool {
    let Some(places) = text.strip_suffix('使') else { return false };
    places.len() == 6
        && places.bytes().all(|one| one.is_ascii_alphanumeric())
        && places.bytes().filter(u8::is_ascii_digit).count() >= 4
}

impl PlateNo {
    /// What stands for the plate of a car that shows none.
    pub fn none() -> Self {
        Self("无牌".to_owned())
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PlateNo {
    type Err = BadPlate;

    fn from_str(text: &str) -> Result<Self, BadPlate> {
        let plate = normalise(text);
        if (1..=10).contains(&plate.chars().count()) {
            Ok(Self(plate))
        } else {
            Err(BadPlate(text.chars().take(40).collect()))
        }
    }
}

impl fmt::Display for PlateNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PlateNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_normal_stays_as_it_is(text in "[使领]?[-·. 粤沪A-Za-z0-9０-９ß]{0,12}|.{0,12}") {
            let plain = normalise(&text);
            prop_assert_eq!(normalise(&plain), plain);
        }
    }

    #[test]
    fn spellings_of_one_plate_become_the_same_plate() {
        for spelling in ["粤B88888", "粤 B88888", "粤b88888", "粤Ｂ８８８８８", " 粤B·88888\0\0"]
        {
            assert_eq!(spelling.parse::<PlateNo>().unwrap().as_str(), "粤B88888", "{spelling}");
        }
    }

    #[test]
    fn dots_dashes_and_what_nobody_sees_are_no_part_of_a_plate() {
        for spelling in [
            "粤B-88888",
            "粤B－88888",
            "粤B–888—88",
            "粤B‐888‑88",
            "粤B−88888",
            "粤B──88888",
            "粤B.88888",
            "粤B．88888",
            "粤B・88888",
            "粤B･88888",
            "粤B•888‧88",
            "\u{feff}粤B88888",
            "粤\u{200b}B\u{2060}88888\u{200d}",
            "\u{202a}粤B88888\u{202c}",
            "粤B\u{ad}88888\r\n\0",
            "\u{2066}粤B\u{61c}88\u{180e}888\u{2069}",
            "粤B88\u{e0041}\u{e007f}888\u{2028}\u{2029}\u{1b}",
            "粤B\u{3164}88888\u{fff9}\u{e0100}",
        ] {
            assert_eq!(spelling.parse::<PlateNo>().unwrap().as_str(), "粤B88888", "{spelling:?}");
        }
        assert_eq!(normalise("WJ粤-1234X"), "WJ粤1234X");
        assert_eq!(normalise("京01-00001"), "京0100001");
        assert_eq!(normalise("一B12345"), "一B12345");
        assert_eq!(normalise("_无_"), "_无_");
    }

    #[test]
    fn the_mark_of_embassies_and_consulates_stands_behind() {
        for (read, plate) in [
            ("使224578", "224578使"),
            ("224578使", "224578使"),
            ("使·224-578", "224578使"),
            ("领沪22412", "沪22412领"),
            ("沪22412领", "沪22412领"),
            ("领粤A0012", "粤A0012领"),
        ] {
            assert_eq!(read.parse::<PlateNo>().unwrap().as_str(), plate, "{read}");
        }
        for as_read in ["使22457", "使2245789", "领22412沪", "领22412", "使", "使使224578"]
        {
            assert_eq!(normalise(as_read), as_read);
        }
    }

    #[test]
    fn nothing_and_too_much_are_no_plates() {
        assert!("  ".parse::<PlateNo>().is_err());
        assert!("粤B888888888".parse::<PlateNo>().is_err());
        assert!("粤B-88888-888".parse::<PlateNo>().is_ok());
        for nothing in ["", "\u{feff}", "\0\0", "--", "·", "－\u{200b}。"] {
            assert!(nothing.parse::<PlateNo>().is_err(), "{nothing:?}");
        }
    }
}
