//! What a count of the plates that truly stand there says of the stays that are open: who is there, who is there misread, who
//! is missing, who is not known. Pure: it knows plates as normalised texts. Which of those that are missing may be closed is
//! the caller's to say.

use super::likeness;
use std::collections::{BTreeSet, HashMap, HashSet};

/// A stay that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenStay<K> {
    /// What the caller knows it by.
    pub key: K,
    /// Its plates, the one it is known by first.
    pub plates: Vec<String>,
    /// Whether it may be one that was read or written down otherwise.
    pub may_be_misread: bool,
}

/// What a count comes to; plates by their place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison<K> {
    /// Stays whose cars were counted.
    pub there: Vec<K>,
    /// Plates that are surely a stay's, one character misread.
    pub misread: Vec<(usize, K)>,
    /// Plates that may be one of several stays', and those stays: people have to look.
    pub unclear: (Vec<usize>, Vec<K>),
    /// Stays whose cars were not counted.
    pub missing: Vec<K>,
    /// Plates of no stay.
    pub unknown: Vec<usize>,
}

/// Compares what was counted, each plate once, with the stays that are open. A plate that `is_itself` is nobody's misreading.
pub fn compare<K: Clone>(
    counted: &[String],
    open: &[OpenStay<K>],
    is_itself: impl Fn(&str) -> bool,
) -> Comparison<K> {
    let places: HashMap<&str, usize> =
        counted.iter().enumerate().map(|(at, plate)| (plate.as_str(), at)).collect();
    let of_stay = |stay: &OpenStay<K>| -> Vec<usize> {
        stay.plates.iter().filter_map(|plate| places.get(plate.as_str()).copied()).collect()
    };
    let mut known = HashSet::new();
    let (mut there, mut rest) = (Vec::new(), Vec::new());
    for (number, stay) in open.iter().enumerate() {
        let found = of_stay(stay);
        if found.is_empty() {
            rest.push(number);
        } else {
            there.push(stay.key.clone());
            known.extend(found);
        }
    }
    let unknown: Vec<usize> = (0..counted.len()).filter(|at| !known.contains(at)).collect();
    let likely = Likely::of(counted, &unknown, open, &rest, is_itself);
    let key = |number: &usize| open.get(*number).map(|stay| stay.key.clone());
    let misread = likely.sure.iter().filter_map(|(at, number)| Some((*at, key(number)?)));
    let (plates, stays) = &likely.unclear;
    let settled: HashSet<usize> = likely.sure.iter().map(|(_, number)| *number).collect();
    let named: HashSet<usize> = likely.sure.iter().map(|(at, _)| *at).collect();
    let missing = rest.iter().filter(|one| !settled.contains(one) && !stays.contains(one));
    let new = unknown.iter().filter(|one| !named.contains(one) && !plates.contains(one));
    Comparison {
        there,
        misread: misread.collect(),
        unclear: (plates.iter().copied().collect(), stays.iter().filter_map(key).collect()),
        missing: missing.filter_map(key).collect(),
        unknown: new.copied().collect(),
    }
}

/// Plates that may be misreadings, and of which stays.
#[derive(Debug, Default)]
struct Likely {
    sure: Vec<(usize, usize)>,
    unclear: (BTreeSet<usize>, BTreeSet<usize>),
}

impl Likely {
    fn of<K>(
        counted: &[String],
        unknown: &[usize],
        open: &[OpenStay<K>],
        rest: &[usize],
        is_itself: impl Fn(&str) -> bool,
    ) -> Self {
        let own = |number: usize| open.get(number)?.plates.first().map(String::as_str);
        let plate = |at: usize| counted.get(at).map_or("", String::as_str);
        let may: Vec<(usize, &str)> = rest
            .iter()
            .filter(|number| open.get(**number).is_some_and(|stay| stay.may_be_misread))
            .filter_map(|number| Some((*number, own(*number)?)))
            .collect();
        let near = near_by(&may);
        let unknown: Vec<(usize, &str)> = unknown.iter().map(|at| (*at, plate(*at))).collect();
        let mut likely = Self::default();
        for (at, written) in &unknown {
            let mut alike = masked(written).filter_map(|mask| near.get(&mask)).flatten();
            if !alike.any(|(_, kept)| likeness::is_rule_t(written, kept)) || is_itself(written) {
                continue;
            }
            let judged = likeness::judge(written, may.iter().copied());
            let stay = judged.sure;
            let back = stay.and_then(own).and_then(|kept| {
                likeness::judge(kept, unknown.iter().copied()).sure.filter(|plate| plate == at)
            });
            match stay.zip(back) {
                Some((number, _)) => likely.sure.push((*at, number)),
                None => {
                    likely.unclear.0.insert(*at);
                    likely.unclear.1.extend(judged.likely.into_iter().map(|one| one.key));
                }
            }
        }
        let (unclear, sure) = (&mut likely.unclear.1, &likely.sure);
        unclear.retain(|number| !sure.iter().any(|(_, settled)| settled == number));
        likely
    }
}

/// Plates by what is left of them without one of their characters.
fn near_by<'p>(plates: &[(usize, &'p str)]) -> HashMap<String, Vec<(usize, &'p str)>> {
    let mut near: HashMap<String, Vec<(usize, &str)>> = HashMap::new();
    for (number, plate) in plates {
        for mask in masked(plate) {
            near.entry(mask).or_default().push((*number, plate));
        }
    }
    near
}

/// A plate with each of its characters masked in turn.
fn masked(plate: &str) -> impl Iterator<Item = String> + '_ {
    plate.char_indices().map(|(at, _)| {
        let masked = plate.char_indices().map(|(place, own)| if place == at { '?' } else { own });
        masked.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stays(plates: &[&str]) -> Vec<OpenStay<String>> {
        let stay = |plate: &&str| OpenStay {
            key: (*plate).to_owned(),
            plates: vec![(*plate).to_owned()],
            may_be_misread: true,
        };
        plates.iter().map(stay).collect()
    }

    fn compared(counted: &[&str], open: &[OpenStay<String>]) -> Comparison<String> {
        let counted: Vec<String> = counted.iter().map(|one| (*one).to_owned()).collect();
        compare(&counted, open, |_| false)
    }

    #[test]
    fn who_is_missing_and_who_is_not_known_is_told_after_those_that_were_misread() {
        let open = stays(&["粤B12345", "粤BA8888", "粤B00001", "粤B77777"]);
        let came_to = compared(&["粤B00001", "粤B1234S", "粤BXXXX9"], &open);
        assert_eq!(came_to.there, ["粤B00001"]);
        assert_eq!(came_to.misread, [(1, "粤B12345".to_owned())]);
        assert_eq!(came_to.missing, ["粤BA8888", "粤B77777"]);
        assert_eq!((came_to.unknown, came_to.unclear), (vec![2], (vec![], vec![])));
    }

    #[test]
    fn where_two_may_be_meant_neither_is_closed_and_nobody_is_entered() {
        let open = stays(&["粤B1234S", "粤B72345", "粤B12349", "粤BA8888"]);
        let came_to = compared(&["粤B12345"], &open);
        assert_eq!(came_to.unclear.0, [0]);
        assert_eq!(came_to.unclear.1, ["粤B1234S", "粤B72345", "粤B12349"]);
        assert_eq!((came_to.missing, came_to.unknown), (vec!["粤BA8888".to_owned()], vec![]));
        let both = compared(&["粤B12345", "粤B1234S"], &stays(&["粤B72345"]));
        assert_eq!((both.misread, both.unclear), (vec![], (vec![0], vec!["粤B72345".to_owned()])));
    }

    #[test]
    fn a_plate_that_is_itself_and_a_stay_that_cannot_be_misread_are_never_paired() {
        let counted = vec!["粤B1234S".to_owned()];
        let itself = compare(&counted, &stays(&["粤B12345"]), |plate| plate == "粤B1234S");
        assert_eq!((itself.missing.len(), itself.unknown.len()), (1, 1));
        let mut sure = stays(&["粤B12345"]);
        sure[0].may_be_misread = false;
        let apart = compare(&counted, &sure, |_| false);
        assert_eq!((apart.missing.len(), apart.unknown.len()), (1, 1));
    }

    #[test]
    fn a_car_is_there_by_whichever_of_its_plates_was_counted() {
        let mut open = stays(&["粤B12345"]);
        open[0].plates.push("粤ZA123港".to_owned());
        for counted in [&["粤ZA123港"][..], &["粤B12345", "粤ZA123港"]] {
            let came_to = compared(counted, &open);
            assert_eq!((came_to.there.len(), came_to.unknown.len()), (1, 0), "{counted:?}");
        }
    }

    proptest! {
        #[test]
        fn every_plate_and_every_stay_has_one_place(
            counted in prop::collection::btree_set("粤B[0-3S8B]{5}", 0..30),
            open in prop::collection::btree_set("粤B[0-3S8B]{5}", 0..30),
        ) {
            let counted: Vec<String> = counted.into_iter().collect();
            let plates: Vec<&str> = open.iter().map(String::as_str).collect();
            let came_to = compare(&counted, &stays(&plates), |_| false);
            let Comparison { there, misread, unclear, missing, unknown } = came_to;
            let mut all: Vec<String> = [there.clone(), missing.clone(), unclear.1.clone()].concat();
            all.extend(misread.iter().map(|(_, stay)| stay.clone()));
            all.sort();
            prop_assert_eq!(&all, &open.iter().cloned().collect::<Vec<_>>(), "each stay once");
            let mut said: Vec<usize> = [unknown.clone(), unclear.0.clone()].concat();
            said.extend(misread.iter().map(|(at, _)| *at));
            said.extend((0..counted.len()).filter(|at| open.contains(&counted[*at])));
            said.sort_unstable();
            prop_assert_eq!(said, (0..counted.len()).collect::<Vec<_>>(), "each plate once");
            for (at, stay) in misread {
                prop_assert!(likeness::is_rule_t(&counted[at], &stay));
            }
        }
    }
}
