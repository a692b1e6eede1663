//! Plate numbers in one form: half-width, upper case, no spaces or dots (ambiguity 70).

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
/// assert_eq!(plate.as_str(), "粤B88888");
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

/// Half-width, upper case, without white space, NUL padding and the dot painted on plates.
pub fn normalise(text: &str) -> String {
    text.chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '·' | '•' | '・'))
        .flat_map(char::to_uppercase)
        .collect()
}

fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xff01 + 0x21).unwrap_or(c),
        c => c,
    }
}

impl PlateNo {
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

    #[test]
    fn spellings_of_one_plate_become_the_same_plate() {
        for spelling in ["粤B88888", "粤 B88888", "粤b88888", "粤Ｂ８８８８８", " 粤B·88888\0\0"]
        {
            assert_eq!(spelling.parse::<PlateNo>().unwrap().as_str(), "粤B88888", "{spelling}");
        }
    }

    #[test]
    fn nothing_and_too_much_are_no_plates() {
        assert!("  ".parse::<PlateNo>().is_err());
        assert!("粤B888888888".parse::<PlateNo>().is_err());
    }
}
