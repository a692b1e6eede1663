//! How alike two plate numbers are, for a car that is read otherwise than it came in: what a person is
//! shown, and the little that may be taken without one.
//!
//! Pure: it knows plates as normalised texts and nothing of records, colours, pictures or lanes. Whoever
//! asks brings only the cars that can be meant (inside, not seen since, of the same colour and class), has
//! looked for the very plate before, and never takes a locked or listed car by likeness, nor a reading that
//! is the plate of a car which came and left today.

use crate::standard::plate_kind::{is_province, plate_kind};
use crate::standard::ticket_number::is_ticket_number;
use std::fmt;

/// How far a reading is from a plate: 0 is the plate itself, 10 one place read wrong for no known reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cost(u16);

impl Cost {
    /// The most that one misreading by rule T may cost.
    pub const SURE: Self = Self(4);
    /// Who is no farther than this from the most alike is near it: with two of them nothing is sure.
    pub const NEAR: Self = Self(7);
    /// Who is no farther than this is worth showing to a person.
    pub const LIKELY: Self = Self(10);

    const NOTHING: Self = Self(0);
    const PAIR_OF_T: Self = Self(3);
    const OTHER_PROVINCE: Self = Self(4);
    const FIRST_MISSING: Self = Self(4);
    const PAIR_OF_W: Self = Self(6);
    const OTHER: Self = Self(10);
    /// Two places wrong; what is farther has nothing to do with the reading.
    const FARTHEST: Self = Self(20);

    /// Both together.
    fn and(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// In tenths of a place read wrong.
    #[cfg(test)]
    pub fn tenths(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// By which rule a reading can be a plate, for the event and the log that say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// It is the plate.
    Exact,
    /// One place differs, by characters that every camera confuses, or only the province does.
    RuleT,
    /// One place differs, by characters that some cameras confuse.
    RuleW,
    /// Anything else.
    Other,
}

/// Any two of a group are taken for each other by every camera (rule T).
const CONFUSED: &[&str] = &["0DQ", "8B", "2Z", "5S", "6G", "17", "1L", "1T", "7T"];

/// Pairs taken for each other now and then (rule W beyond T).
const SOMETIMES_CONFUSED: &[&str] = &[
    "38", "68", "5B", "BD", "CG", "0C", "EF", "PR", "UV", "VY", "MN", "HN", "HM", "KX", "A4", "06",
    "23", "1J", "UJ", "9G", "9P",
];

fn both_in(groups: &[&str], one: char, other: char) -> bool {
    groups.iter().any(|group| group.contains(one) && group.contains(other))
}

/// What one place costs.
fn place_cost(one: char, other: char) -> Cost {
    if one == other {
        Cost::NOTHING
    } else if is_province(one) && is_province(other) {
        Cost::OTHER_PROVINCE
    } else if both_in(CONFUSED, one, other) {
        Cost::PAIR_OF_T
    } else if both_in(SOMETIMES_CONFUSED, one, other) {
        Cost::PAIR_OF_W
    } else {
        Cost::OTHER
    }
}

fn sum(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> Cost {
    one.zip(other).map(|(one, other)| place_cost(one, other)).fold(Cost::NOTHING, Cost::and)
}

/// How far `read` is from `kept`, place by place; none where nothing is common to them, or where one of them
/// is a ticket number: those are given in a row, each to another car, and read by no camera.
///
/// Either may lack the first character, the one that cameras read worst, since either was read by a camera.
pub fn cost(read: &str, kept: &str) -> Option<Cost> {
    if read == kept {
        return Some(Cost::NOTHING);
    }
    if is_ticket_number(read) || is_ticket_number(kept) {
        return None;
    }
    let (read_length, kept_length) = (read.chars().count(), kept.chars().count());
    let (longer, shorter) = if read_length > kept_length { (read, kept) } else { (kept, read) };
    let cost = match read_length.abs_diff(kept_length) {
        0 => sum(read.chars(), kept.chars()),
        1 => Cost::FIRST_MISSING.and(sum(longer.chars().skip(1), shorter.chars())),
        _ => return None,
    };
    (cost <= Cost::FARTHEST).then_some(cost)
}

/// By which rule `read` can be `kept`.
pub fn likeness(read: &str, kept: &str) -> Likeness {
    let Some(cost) = cost(read, kept) else { return Likeness::Other };
    if cost == Cost::NOTHING {
        return Likeness::Exact;
    }
    let places = read.chars().zip(kept.chars());
    let one_place = read.chars().count() == kept.chars().count()
        && places.filter(|(one, other)| one != other).count() == 1;
    match cost {
        Cost::PAIR_OF_T | Cost::OTHER_PROVINCE if one_place => Likeness::RuleT,
        Cost::PAIR_OF_W if one_place => Likeness::RuleW,
        _ => Likeness::Other,
    }
}

/// Whether exactly one place differs, and by rule T.
pub fn is_rule_t(read: &str, kept: &str) -> bool {
    likeness(read, kept) == Likeness::RuleT
}

/// A car that may have been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<K> {
    /// What the caller knows it by.
    pub key: K,
    /// How far the reading is from its plate.
    pub cost: Cost,
}

/// Who was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement<K> {
    /// The one that may be taken without a person.
    pub sure: Option<K>,
    /// Those a person may choose from, the most alike first, five at most.
    pub likely: Vec<Candidate<K>>,
}

/// How many a person is shown.
const SHOWN: usize = 5;

/// The wrong matches of rule T were counted over plates of seven and eight places; a short one has so few
/// that a neighbour is common.
const SHORTEST_SURE: usize = 6;

/// Who of those `kept` was probably read.
///
/// One is sure when rule T leads to it, nobody else is near, and neither plate is a state's. An exact one
/// among them is likely and keeps the others from being sure; to take it is no question of likeness.
pub fn judge<'a, K: Clone>(
    read: &str,
    kept: impl IntoIterator<Item = (K, &'a str)>,
) -> Judgement<K> {
    let kept = kept.into_iter().filter(|(_, plate)| may_be_likely(read, plate));
    let costs = kept.filter_map(|(key, plate)| Some((key, plate, cost(read, plate)?)));
    let mut alike: Vec<_> = costs.filter(|(.., cost)| *cost <= Cost::LIKELY).collect();
    alike.sort_by_key(|(.., cost)| *cost);
    let sure = match alike.as_slice() {
        [(key, plate, best), others @ ..]
            if others.iter().all(|(.., cost)| *cost > best.and(Cost::NEAR))
                && may_be_sure(read, plate) =>
        {
            Some(key.clone())
        }
        _ => None,
    };
    let candidates = alike.into_iter().map(|(key, _, cost)| Candidate { key, cost });
    Judgement { sure, likely: candidates.take(SHOWN).collect() }
}

/// Whether one can be likely at all, by how many places differ: of many cars inside nearly none can, and that is seen
/// soonest.
fn may_be_likely(read: &str, kept: &str) -> bool {
    let differ = |longer: &str, shorter: &str, skipped: usize| {
        let places = longer.chars().skip(skipped).zip(shorter.chars());
        places.filter(|(one, other)| one != other).take(4).count()
    };
    let (read_length, kept_length) = (read.chars().count(), kept.chars().count());
    // Each costs 3 at the least, the first one's absence 4.
    match read_length.abs_diff(kept_length) {
        0 => differ(read, kept, 0) <= 3,
        1 if read_length > kept_length => differ(read, kept, 1) <= 2,
        1 => differ(kept, read, 1) <= 2,
        _ => false,
    }
}

fn may_be_sure(read: &str, kept: &str) -> bool {
    let is_official =
        |plate| plate_kind(plate).is_some_and(|kind| kind.is_official() || kind.is_emergency());
    is_rule_t(read, kept)
        && kept.chars().count() >= SHORTEST_SURE
        && !is_official(read)
        && !is_official(kept)
}

/// Whether two readings at one lane, within the seconds in which two cars hardly follow each other, are of
/// one car. A loop that saw a car go in between knows better.
///
/// Where the grammar tells which of them is the misreading, one place may differ in any way, or two by known
/// confusions. Where both are as good, only confusions count, and then not those of digits alone beyond 1
/// and 7: a fleet's cars come in a row and have numbers in a row, and the second of them may be locked.
///
/// A character too few or too many breaks the grammar wherever it is, so that what is left of the plate tells.
pub fn is_one_car(first: &str, second: &str) -> bool {
    let told = (fit(first) == Fit::No) != (fit(second) == Fit::No);
    if told && is_one_character_short(first, second) {
        return true;
    }
    let Some(cost) = cost(first, second) else { return false };
    if fit(first) != fit(second) {
        return cost <= Cost::LIKELY;
    }
    let fleet = cost > Cost::PAIR_OF_T && differ_in_digits_alone(first, second);
    cost <= Cost::PAIR_OF_W && !fleet
}

/// Whether one of two texts is the other without one of its characters, whichever.
fn is_one_character_short(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    if long.len().checked_sub(1) != Some(short.len())
        || is_ticket_number(&short.iter().collect::<String>())
    {
        return false;
    }
    let alike = short.iter().zip(&long).take_while(|(one, other)| one == other).count();
    short.get(alike..) == long.get(alike.saturating_add(1)..)
}

/// Whether only digits differ, as in the numbers of a fleet.
pub fn differ_in_digits_alone(first: &str, second: &str) -> bool {
    let mut places = first.chars().zip(second.chars()).filter(|(one, other)| one != other);
    places.all(|(one, other)| one.is_ascii_digit() && other.is_ascii_digit())
}

/// How well a text fits the grammar: not at all, as common misreadings do, or as plates do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    Doubtful,
    Well,
}

fn fit(plate: &str) -> Fit {
    match plate_kind(plate) {
        None => Fit::No,
        Some(kind) if kind.is_trusted() => Fit::Well,
        Some(_) => Fit::Doubtful,
    }
}

/// One reading of a car.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlateReading<'a> {
    /// The normalised text.
    pub plate: &'a str,
    /// How sure the camera is of it, 1 to 100; none, or 0, where it does not tell.
    pub confidence: Option<u8>,
}

/// Whether of two readings at one lane, as close to each other, the camera was so unsure of one, and so sure of the other,
/// that a place read otherwise makes no second car: a fleet's next car is read as surely as the one before. `at_once` is
/// sooner than a car drives on and the next one comes: two places may differ then, and less doubt tells.
pub fn is_doubt(first: PlateReading<'_>, second: PlateReading<'_>, at_once: bool) -> bool {
    let Some((one, other)) = first.confidence.zip(second.confidence) else { return false };
    let (low, high) = (one.min(other), one.max(other));
    let (doubted, surer, farthest) = if at_once { DOUBTED_AT_ONCE } else { DOUBTED };
    low > 0
        && low <= doubted
        && high.abs_diff(low) >= surer
        && cost(first.plate, second.plate).is_some_and(|cost| cost <= farthest)
}

/// What a camera is no surer of, of 100, is doubted beside a reading that it is so much surer of and that is no farther.
const DOUBTED: (u8, u8, Cost) = (75, 15, Cost::LIKELY);
const DOUBTED_AT_ONCE: (u8, u8, Cost) = (80, 10, Cost::FARTHEST);

/// The better of two readings of one car, in the order they came: the one that fits the grammar better, then
/// the one its camera is surer of, then the later, for which the car stood nearer.
pub fn better<'a>(first: PlateReading<'a>, second: PlateReading<'a>) -> PlateReading<'a> {
    let told = |reading: PlateReading<'_>| reading.confidence.filter(|told| *told > 0);
    // Told by one alone compares nothing.
    let confidence = told(first).zip(told(second)).unwrap_or_default();
    let by_grammar = fit(first.plate).cmp(&fit(second.plate));
    if by_grammar.then(confidence.0.cmp(&confidence.1)).is_gt() { first } else { second }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tenths(read: &str, kept: &str) -> Option<u16> {
        cost(read, kept).map(Cost::tenths)
    }

    /// The plate that is sure among those kept, and how many are likely.
    fn judged<'a>(read: &str, kept: &[&'a str]) -> (Option<&'a str>, usize) {
        let judgement = judge(read, kept.iter().map(|plate| (*plate, *plate)));
        (judgement.sure, judgement.likely.len())
    }

    #[test]
    fn each_place_has_its_cost_and_they_add_up() {
        for (read, kept, wanted) in [
            ("粤B12345", "粤B12345", Some(0)),
            // Confused by every camera, by some, by none.
            ("粤B1234S", "粤B12345", Some(3)),
            ("粤812345", "粤B12345", Some(3)),
            ("粤BQ1234", "粤BD1234", Some(3)),
            ("粤BL1234", "粤B11234", Some(3)),
            ("粤B12845", "粤B12345", Some(6)),
            ("粤B12395", "粤B12345", Some(10)),
            // T leads from 1 to 7 and to L, and not from 7 to L.
            ("粤B7L234", "粤BL7234", Some(20)),
            ("京B12345", "粤B12345", Some(4)),
            ("WJ京12345", "WJ粤12345", Some(4)),
            ("学B12345", "粤B12345", Some(10)),
            // The first character lost, alone and with more, on either side.
            ("B12345", "粤B12345", Some(4)),
            ("B1234S", "粤B12345", Some(7)),
            ("粤B12345", "B12345", Some(4)),
            ("粤B1Z34S", "粤B12345", Some(6)),
            ("京B1234S", "粤B12345", Some(7)),
            ("粤B12399", "粤B12345", Some(20)),
            ("粤B12999", "粤B12345", None),
            ("粤B1234", "粤B12345", None),
            ("12345", "粤B12345", None),
            ("", "粤B12345", None),
            // Tickets that follow each other are different cars.
            ("无A0001", "无A0001", Some(0)),
            ("无A0001", "无A0007", None),
            ("A0001", "无A0001", None),
        ] {
            assert_eq!(tenths(read, kept), wanted, "{read} for {kept}");
        }
        assert_eq!(cost("B1234S", "粤B12345").unwrap().to_string(), "0.7");
    }

    #[test]
    fn one_place_by_t_or_the_province_alone_is_rule_t() {
        use Likeness::{Exact, Other, RuleT, RuleW};
        for (read, kept, rule) in [
            ("粤B12345", "粤B12345", Exact),
            ("粤B1234S", "粤B12345", RuleT),
            ("湘B12345", "粤B12345", RuleT),
            ("粤B12845", "粤B12345", RuleW),
            ("粤B12395", "粤B12345", Other),
            // Two pairs of T cost as much as one of W.
            ("粤B1Z34S", "粤B12345", Other),
            ("B12345", "粤B12345", Other),
            ("无A0001", "无A0007", Other),
        ] {
            assert_eq!(likeness(read, kept), rule, "{read} for {kept}");
            assert_eq!(is_rule_t(read, kept), rule == RuleT);
        }
    }

    #[test]
    fn one_neighbour_by_rule_t_is_sure() {
        assert_eq!(judged("粤B1234S", &["粤B12345"]), (Some("粤B12345"), 1));
        assert_eq!(judged("京B12345", &["粤B12345", "粤B99999"]), (Some("粤B12345"), 1));
        // Somebody whom nothing but chance makes alike, in two places, is no neighbour.
        assert_eq!(judged("粤B1234S", &["粤B12345", "粤B12399"]), (Some("粤B12345"), 1));
        assert_eq!(judged("粤BD1234S", &["粤BD12345"]), (Some("粤BD12345"), 1));
    }

    #[test]
    fn with_a_second_one_near_a_person_chooses() {
        assert_eq!(judged("粤B1234S", &["粤B12345", "京B1234S"]), (None, 2));
        assert_eq!(judged("粤B1234S", &["粤B12345", "粤B1Z34S"]), (None, 2));
        assert_eq!(judged("粤B1234S", &["粤B12345", "湘B12345"]), (None, 2));
        assert_eq!(judged("粤B1234S", &["粤B12345", "B12345"]), (None, 2));
        // Near is counted from the most alike.
        assert_eq!(judged("湘B12345", &["粤B12345", "湘B12346"]), (None, 2));
        assert_eq!(judged("粤B1234S", &["粤B12345", "粤B12348"]), (None, 2));
        // The very plate is there too.
        assert_eq!(judged("粤B1234S", &["粤B12345", "粤B1234S"]), (None, 2));
        // Two records of one plate.
        assert_eq!(judged("粤B1234S", &["粤B12345", "粤B12345"]), (None, 2));
    }

    #[test]
    fn wider_rules_are_shown_and_never_taken() {
        for read in ["粤B12845", "粤B12395", "B12345", "粤B1Z34S", "京B1234S"] {
            assert_eq!(judged(read, &["粤B12345"]), (None, 1), "{read}");
        }
        assert_eq!(judged("粤B12399", &["粤B12345"]), (None, 0));
    }

    #[test]
    fn the_states_plates_tickets_and_very_short_ones_are_never_sure() {
        for (read, kept) in [
            ("粤B1Z34警", "粤B1234警"),
            ("京B1234警", "粤B1234警"),
            ("VA0I234", "VA01234"),
            ("VAD1234", "VA01234"),
            ("VA01234", "VAD1234"),
            ("Z24578使", "224578使"),
            ("WJ京1234X", "WJ粤1234X"),
            ("AB1", "AB7"),
        ] {
            assert_eq!(judged(read, &[kept]).0, None, "{read} for {kept}");
        }
        assert_eq!(judged("无A0001", &["无A0007"]), (None, 0));
        assert_eq!(judged("A81234", &["AB1234"]).0, Some("AB1234"));
    }

    #[test]
    fn at_most_five_are_shown_the_most_alike_first_and_equals_as_they_came() {
        let kept =
            ["粤B12349", "粤B12348", "粤B12845", "粤B12347", "粤B12346", "粤B12344", "粤B1Z345"];
        let judgement = judge("粤B12345", (1..).zip(kept));
        let shown: Vec<_> =
            judgement.likely.iter().map(|one| (one.key, one.cost.tenths())).collect();
        assert_eq!(shown, [(7, 3), (3, 6), (1, 10), (2, 10), (4, 10)]);
        assert_eq!(judgement.sure, None);
    }

    #[test]
    fn a_reading_the_camera_doubts_is_of_the_car_it_is_sure_of() {
        let reading = |plate, confidence| PlateReading { plate, confidence };
        for (first, second, doubt) in [
            (("粤BF08169", Some(68)), ("粤BF03169", Some(99)), true),
            (("粤BD16050", Some(97)), ("粤BD16056", Some(67)), true),
            // Two cars of a fleet, each read surely, or both badly.
            (("粤B12345", Some(97)), ("粤B12346", Some(99)), false),
            (("粤B12345", Some(70)), ("粤B12346", Some(75)), false),
            (("粤B12345", Some(70)), ("粤B12399", Some(99)), false),
            (("粤B12345", Some(0)), ("粤B12346", Some(99)), false),
            (("粤B12345", None), ("粤B12346", Some(99)), false),
        ] {
            let told = is_doubt(reading(first.0, first.1), reading(second.0, second.1), false);
            assert_eq!(told, doubt, "{first:?}, {second:?}");
        }
        for (first, second, doubt) in [
            (("粤B022U9", Some(78)), ("粤B622F9", Some(89)), true),
            (("粤E090ZM", Some(69)), ("粤B0901M", Some(88)), true),
            (("粤B12345", Some(97)), ("粤B12399", Some(99)), false),
            (("粤B12345", Some(70)), ("粤B67890", Some(99)), false),
        ] {
            let told = is_doubt(reading(first.0, first.1), reading(second.0, second.1), true);
            assert_eq!(told, doubt, "at once: {first:?}, {second:?}");
        }
    }

    #[test]
    fn two_readings_are_one_car_when_a_misreading_explains_them() {
        for (first, second, one_car) in [
            // One character too few or too many, where that leaves no plate; a green plate is no blue one.
            ("粤B45678", "粤B4567", true),
            ("粤B56789", "粤B567899", true),
            ("粤BD12345", "粤B12345", false),
            ("粤B12345", "粤B12345", true),
            ("粤B12345", "粤B1Z345", true),
            ("粤B12345", "粤B1Z34S", true),
            ("粤B12345", "京B12345", true),
            ("B12345", "粤B12345", true),
            ("粤B12345", "粤B72345", true),
            ("粤BD12345", "粤8012345", true),
            ("BD12345", "粤BD12345", true),
            // The second breaks the grammar, so that it is no other car's plate.
            ("粤B12345", "粤BI2345", true),
            ("学B12345", "粤B12345", true),
            ("B1234S", "粤B12345", true),
            // Each is a plate, and a fleet's next one at that.
            ("粤B12345", "粤B12346", false),
            ("粤B12342", "粤B12343", false),
            ("粤B12711", "粤B12177", false),
            ("VA01234", "VA01235", false),
            ("粤B12345", "粤B12399", false),
            ("粤B12345", "京N8X7Y6", false),
            ("无A0001", "无A0002", false),
            ("粤B12345", "粤BD12345", false),
        ] {
            assert_eq!(is_one_car(first, second), one_car, "{first}, {second}");
            assert_eq!(is_one_car(second, first), one_car, "{second}, {first}");
        }
    }

    #[test]
    fn the_better_reading_fits_the_grammar_then_is_surer_then_later() {
        let reading = |plate, confidence| PlateReading { plate, confidence };
        for (first, second, wanted) in [
            (("粤B12345", Some(60)), ("粤BI2345", Some(99)), "粤B12345"),
            (("BA1234", Some(99)), ("粤BA1234", Some(60)), "粤BA1234"),
            (("粤BD12345", None), ("粤8012345", Some(99)), "粤BD12345"),
            (("粤B12345", Some(95)), ("粤B1Z345", Some(70)), "粤B12345"),
            (("粤B12345", Some(70)), ("粤B1Z345", Some(95)), "粤B1Z345"),
            (("粤B12345", Some(80)), ("粤B1Z345", Some(80)), "粤B1Z345"),
            // A camera that tells nothing of itself says nothing against the other.
            (("粤B12345", Some(80)), ("粤B1Z345", None), "粤B1Z345"),
            (("粤B12345", Some(80)), ("粤B1Z345", Some(0)), "粤B1Z345"),
        ] {
            let found = better(reading(first.0, first.1), reading(second.0, second.1));
            assert_eq!(found.plate, wanted, "{first:?}, {second:?}");
        }
    }

    fn plate() -> impl Strategy<Value = String> {
        "[粤京湘][A-HJ-NP-Z][0-9A-HJ-NP-Z]{5,6}"
    }

    /// Two plates that a few misreadings may have made of one.
    fn alike() -> impl Strategy<Value = (String, String)> {
        let places = prop::collection::vec((1..8_usize, "[0-9A-HJ-NP-Z]"), 0..3);
        (plate(), places).prop_map(|(plate, places)| {
            let mut read: Vec<char> = plate.chars().collect();
            for (place, character) in places {
                if let Some(there) = read.get_mut(place) {
                    *there = character.chars().next().unwrap();
                }
            }
            (read.into_iter().collect(), plate)
        })
    }

    proptest! {
        #[test]
        fn nothing_is_farther_from_one_than_one_from_it(
            (read, kept) in prop_oneof![alike(), (plate(), plate()), (".{0,8}", ".{0,8}")],
        ) {
            prop_assert_eq!(cost(&read, &kept), cost(&kept, &read));
            prop_assert_eq!(likeness(&read, &kept), likeness(&kept, &read));
            prop_assert_eq!(is_one_car(&read, &kept), is_one_car(&kept, &read));
        }

        #[test]
        fn a_plate_is_itself(plate in ".{0,10}") {
            prop_assert_eq!(tenths(&plate, &plate), Some(0));
            prop_assert_eq!(likeness(&plate, &plate), Likeness::Exact);
            prop_assert!(is_one_car(&plate, &plate));
        }

        #[test]
        fn one_confusion_of_t_costs_three_and_is_one_car(
            plate in plate(), group in prop::sample::select(CONFUSED), place in 1..7_usize, at in 0..6_usize,
        ) {
            let mut characters: Vec<char> = plate.chars().collect();
            let pair: Vec<char> = group.chars().cycle().skip(at).take(2).collect();
            characters[place] = pair[0];
            let kept: String = characters.iter().collect();
            characters[place] = pair[1];
            let read: String = characters.iter().collect();
            prop_assert_eq!(tenths(&read, &kept), Some(3));
            prop_assert!(is_rule_t(&read, &kept));
            prop_assert!(is_one_car(&read, &kept));
            let judgement = judge(&read, [((), kept.as_str())]);
            prop_assert_eq!(judgement.sure, Some(()));
        }

        #[test]
        fn nobody_likely_is_left_out_for_the_places_that_differ((read, kept) in alike()) {
            let near = |read: &str, kept: &str| cost(read, kept).is_some_and(|cost| cost <= Cost::LIKELY);
            for kept in [kept.as_str(), &kept.chars().skip(1).collect::<String>()] {
                prop_assert!(!near(&read, kept) || may_be_likely(&read, kept));
                prop_assert!(!near(kept, &read) || may_be_likely(kept, &read));
            }
        }

        #[test]
        fn who_is_sure_is_so_by_rule_t_with_nobody_near_and_stands_first(
            (read, first) in alike(), others in prop::collection::vec(alike(), 0..8),
        ) {
            let mut kept = vec![first];
            kept.extend(others.into_iter().map(|(other, _)| other));
            let judgement = judge(&read, (0..).zip(kept.iter().map(String::as_str)));
            prop_assert!(judgement.likely.len() <= SHOWN);
            prop_assert!(judgement.likely.is_sorted_by_key(|one| one.cost));
            if let Some(sure) = judgement.sure {
                prop_assert!(is_rule_t(&read, &kept[sure]));
                prop_assert_eq!(judgement.likely.first().map(|one| one.key), Some(sure));
                let near = kept.iter().filter(|plate| {
                    cost(&read, plate).is_some_and(|cost| cost <= Cost::NEAR)
                });
                prop_assert_eq!(near.count(), 1);
            }
        }
    }
}
