//! The breakdowns of 5003 (tables 20–26): which kinds of numbered spaces are taken, where sensors watch them.
//! Plain arithmetic.

use crate::lot::rules::Space;
use crate::standard::codes::SpaceState;
use serde_json::{Map, Value};

/// The one breakdown that is of some spaces only.
const CHARGING: &str = "chargingType";

/// One breakdown: its attribute in table 19, what it looks at, and per value the printed prefix.
struct Breakdown {
    attribute: &'static str,
    kind: fn(&Space) -> Option<i64>,
    prefixes: &'static [(i64, &'static str)],
    /// What follows `Used` and `Unused`.
    suffix: &'static str,
}

static BREAKDOWNS: &[Breakdown] = &[
    Breakdown {
        attribute: "manageType",
        kind: |space| space.manage_type,
        prefixes: &[
            (0, "dayParting"),
            (1, "longTerm"),
            (2, "timeLimited"),
            (3, "sold"),
            (4, "private"),
        ],
        suffix: "Spaces",
    },
    Breakdown {
        attribute: "ownerType",
        kind: |space| space.owner_type,
        prefixes: &[(1, "individual"), (2, "unit"), (3, "other")],
        suffix: "Spaces",
    },
    Breakdown {
        attribute: "positionType",
        kind: |space| space.position_type,
        prefixes: &[(0, "onStreet"), (1, "indoor"), (2, "outdoor")],
        suffix: "Spaces",
    },
    Breakdown {
        attribute: "sizeType",
        kind: |space| space.size_type,
        prefixes: &[
            (1, "garageMiniature"),
            (2, "garageCompactSize"),
            (3, "garageMediumSized"),
            (4, "garageLarge"),
            (5, "smallSized"),
            (6, "mediumSized"),
            (7, "large"),
            (8, "combinedParkingSpace"),
        ],
        suffix: "Spaces",
    },
    Breakdown {
        attribute: "materialType",
        kind: |space| space.material_type,
        prefixes: &[(0, "ordinary"), (1, "garage")],
        suffix: "Spaces",
    },
    Breakdown {
        attribute: "usageType",
        kind: |space| space.usage_type,
        prefixes: &[
            (1, "business"),
            (2, "residential"),
            (3, "hospital"),
            (4, "garden"),
            (5, "transportationHub"),
            (6, "administration"),
            (7, "school"),
            (8, "other"),
        ],
        suffix: "Spaces",
    },
    Breakdown {
        attribute: CHARGING,
        kind: |space| space.charge_type,
        prefixes: &[(1, "dc"), (2, "ac")],
        suffix: "ChargingSpaces",
    },
];

/// Whether the spaces of a breakdown are known and agree with the lot's counts. Its parts make up the whole lot, but
/// for one `of_some` spaces: a car that has passed the gate and stands in no space yet is in none of them.
fn agrees(states: &[&(&Space, SpaceState)], used: i64, total: i64, of_some: bool) -> bool {
    let count = |wanted: SpaceState| {
        let found = states.iter().filter(|(_, state)| *state == wanted).count();
        i64::try_from(found).unwrap_or(i64::MAX)
    };
    let all = i64::try_from(states.len()).unwrap_or(i64::MAX);
    let taken = count(SpaceState::Occupied);
    let whole = all == total && taken == used;
    let part =
        all <= total && taken <= used && count(SpaceState::Free) <= total.saturating_sub(used);
    count(SpaceState::Unknown) == 0 && (whole || of_some && part)
}

/// The breakdowns that the configured spaces say something about, each whole. `watched` are those a sensor
/// watches, each as 5001 says it; a breakdown with a space that none watches or has heard is left out, and so is
/// one that contradicts the lot's `used` and `total`.
pub fn breakdowns(
    spaces: &[Space],
    watched: &[(&Space, SpaceState)],
    used: i64,
    total: i64,
) -> Map<String, Value> {
    let mut all = Map::new();
    for breakdown in BREAKDOWNS {
        let of_kind = |space: &&Space| (breakdown.kind)(space).is_some();
        let states: Vec<_> = watched.iter().filter(|(space, _)| of_kind(space)).collect();
        if states.is_empty() || states.len() < spaces.iter().filter(of_kind).count() {
            continue;
        }
        if !agrees(&states, used, total, breakdown.attribute == CHARGING) {
            continue;
        }
        let mut counts = Map::new();
        for (value, prefix) in breakdown.prefixes {
            let count = |wanted: SpaceState| {
                let of_kind = states.iter().filter(|(space, state)| {
                    (breakdown.kind)(space) == Some(*value) && *state == wanted
                });
                of_kind.count()
            };
            // A booked space is neither used nor to be had, and of an unknown one neither is known.
            let used = count(SpaceState::Occupied);
            let unused = count(SpaceState::Free);
            counts.insert(format!("{prefix}Used{}", breakdown.suffix), used.into());
            counts.insert(format!("{prefix}Unused{}", breakdown.suffix), unused.into());
        }
        all.insert(breakdown.attribute.to_owned(), counts.into());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::tables::entities::PARK_SPACE_INFO;
    use crate::standard::verify::verify;
    use serde_json::json;

    fn space(number: i64) -> Space {
        Space {
            space_no: number.to_string(),
            position_type: Some(1 + number % 2),
            material_type: Some(0),
            manage_type: Some(0),
            owner_type: Some(3),
            size_type: Some(6),
            usage_type: Some(1),
            charge_type: (number == 3).then_some(1),
            ..Space::default()
        }
    }

    #[test]
    fn each_kind_is_counted_and_named_as_its_table_prints_it() {
        let spaces: Vec<_> = (0..4).map(space).collect();
        let states = [2, 0, 1, 0].map(|number| SpaceState::from_number(number).unwrap());
        let watched: Vec<_> = spaces.iter().zip(states).collect();
        let mut info = breakdowns(&spaces, &watched, 1, 4);
        assert_eq!(info["positionType"]["indoorUsedSpaces"], 1);
        assert_eq!(info["positionType"]["indoorUnusedSpaces"], 0);
        assert_eq!(info["positionType"]["outdoorUnusedSpaces"], 2);
        assert_eq!(info["chargingType"]["dcUnusedChargingSpaces"], 1);
        info.insert("parkCode".to_owned(), json!("44030400100101000010"));
        info.insert("usedSpaces".to_owned(), json!(1));
        info.insert("unusedSpaces".to_owned(), json!(2));
        assert_eq!(verify(&PARK_SPACE_INFO, &info.into()), []);
    }

    #[test]
    fn what_the_configuration_does_not_say_is_left_out() {
        let plain = Space { space_no: "1".to_owned(), ..Space::default() };
        let watched = [(&plain, SpaceState::Free)];
        assert_eq!(breakdowns(std::slice::from_ref(&plain), &watched, 0, 4), Map::new());
        assert_eq!(breakdowns(&[], &[], 0, 4), Map::new());
    }

    #[test]
    fn what_no_sensor_watches_or_what_contradicts_the_total_is_left_out() {
        let spaces: Vec<_> = (0..2).map(space).collect();
        let both: Vec<_> = spaces.iter().map(|space| (space, SpaceState::Occupied)).collect();
        assert!(!breakdowns(&spaces, &both, 2, 2).is_empty());
        assert_eq!(breakdowns(&spaces, &both[..1], 2, 2), Map::new(), "one is not watched");
        assert_eq!(breakdowns(&spaces, &both, 1, 2), Map::new(), "more cars seen than are inside");
        let none: Vec<_> = spaces.iter().map(|space| (space, SpaceState::Free)).collect();
        assert_eq!(breakdowns(&spaces, &none, 1, 2), Map::new(), "one is between gate and space");
        let unheard = [none[0], (none[1].0, SpaceState::Unknown)];
        assert_eq!(breakdowns(&spaces, &unheard, 0, 2), Map::new(), "one is not known");
        assert_eq!(breakdowns(&spaces, &both, 2, 1), Map::new(), "more spaces than there are");
    }
}
