//! What cameras make of a plate that they misread. Pure; how often is decided elsewhere.
//!
//! After published figures: nearly half of all misreadings differ in one place, and two thirds of those by
//! characters that look alike or by the province, which a camera in doubt takes for its own.

use crate::standard::plate_kind::is_province;
use fastrand::Rng;

/// Any two of a group are taken for each other by every camera.
const ALIKE: &[&str] = &["0DQ", "8B", "2Z", "5S", "6G", "17"];
/// By some cameras.
const SOMEWHAT_ALIKE: &[&str] = &[
    "38", "68", "5B", "BD", "CG", "0C", "EF", "PR", "UV", "VY", "MN", "HN", "HM", "KX", "A4", "06",
    "23", "1J", "1L", "1T", "7T", "9G",
];
/// What stands on plates.
const CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// A blurred first character becomes the camera's own province.
const HOME: char = '粤';
/// And that of a car from there one of these.
const NEIGHBOURS: &str = "湘赣闽桂鄂皖";

/// The plate as a camera may misread it: never as it is.
pub fn misread(plate: &str, rng: &mut Rng) -> String {
    match rng.u8(0..100) {
        0..30 => misread_a_little(plate, rng),
        30..37 => change(plate, rng, 1, &|character, rng| confused(SOMEWHAT_ALIKE, character, rng)),
        37..46 => change(plate, rng, 1, &any_other),
        46..70 => change(plate, rng, 2, &any_other),
        70..85 => plate.chars().skip(1).collect(),
        _ => change(plate, rng, 3, &any_other),
    }
}

/// With one place read as every camera reads it now and then.
pub fn misread_a_little(plate: &str, rng: &mut Rng) -> String {
    change(plate, rng, 1, &|character, rng| confused(ALIKE, character, rng))
}

/// Another character in place of one.
type Change<'a> = &'a dyn Fn(char, &mut Rng) -> Option<char>;

/// Changes so many places; any of them in any way where `change` knows none.
fn change(plate: &str, rng: &mut Rng, count: usize, change: Change<'_>) -> String {
    let mut characters: Vec<char> = plate.chars().collect();
    let mut places: Vec<usize> = (0..characters.len()).collect();
    rng.shuffle(&mut places);
    // Those that `change` knows first.
    places.sort_by_key(|place| characters.get(*place).map(|one| change(*one, rng).is_none()));
    for place in places.into_iter().take(count) {
        if let Some(character) = characters.get_mut(place)
            && let Some(other) = change(*character, rng).or_else(|| any_other(*character, rng))
        {
            *character = other;
        }
    }
    characters.into_iter().collect()
}

fn confused(groups: &[&str], character: char, rng: &mut Rng) -> Option<char> {
    if is_province(character) {
        return other_province(character, rng);
    }
    let of_it = groups.iter().filter(|group| group.contains(character));
    let others = of_it.flat_map(|group| group.chars()).filter(|other| *other != character);
    rng.choice(others.collect::<Vec<_>>())
}

fn any_other(character: char, rng: &mut Rng) -> Option<char> {
    if is_province(character) {
        return other_province(character, rng);
    }
    rng.choice(CHARACTERS.chars().filter(|other| *other != character).collect::<Vec<_>>())
}

fn other_province(character: char, rng: &mut Rng) -> Option<char> {
    if character == HOME { rng.choice(NEIGHBOURS.chars().collect::<Vec<_>>()) } else { Some(HOME) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differ(read: &str, plate: &str) -> usize {
        read.chars().zip(plate.chars()).filter(|(one, other)| one != other).count()
    }

    #[test]
    fn a_plate_is_never_misread_as_itself() {
        for seed in 0..1000 {
            let mut rng = Rng::with_seed(seed);
            for plate in ["粤B12345", "京N8X7Y6", "粤BD12345", "无A0001", "使224578"] {
                assert_ne!(misread(plate, &mut rng), plate);
                assert_ne!(misread_a_little(plate, &mut rng), plate);
            }
        }
    }

    #[test]
    fn a_little_is_one_place_by_a_known_confusion() {
        for seed in 0..200 {
            let read = misread_a_little("粤B12345", &mut Rng::with_seed(seed));
            assert_eq!(differ(&read, "粤B12345"), 1, "{read}");
            let (now, was) = read.chars().zip("粤B12345".chars()).find(|(a, b)| a != b).unwrap();
            let known = ALIKE.iter().any(|group| group.contains(now) && group.contains(was));
            assert!(known || is_province(now), "{read}");
        }
    }

    #[test]
    fn nearly_half_differ_in_one_place_and_the_same_seed_makes_the_same() {
        let all = |seed| {
            let mut rng = Rng::with_seed(seed);
            (0..2000).map(|_| misread("粤B12345", &mut rng)).collect::<Vec<_>>()
        };
        let one_place = |read: &&String| read.chars().count() == 7 && differ(read, "粤B12345") == 1;
        let share = all(1).iter().filter(one_place).count();
        assert!((840..1000).contains(&share), "{share}");
        assert_eq!(all(7), all(7));
        assert_ne!(all(7), all(8));
    }
}
