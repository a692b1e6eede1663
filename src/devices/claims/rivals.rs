//! Who else drives this lot, and who of two stands back. Pure: what was heard comes in, with how long this process has run by
//! then; no clock of any box is asked.

use super::claim::GatewayClaim;
use crate::model::another_gateway::Stance;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Another gateway is there when it was heard so often, its number growing.
pub const HEARD: u32 = 3;
/// One that is silent for so long has gone.
pub const GONE_AFTER: Duration = Duration::from_secs(30);
/// More than so many at once are not kept apart: nobody has them.
const KEPT: usize = 16;

/// One that was heard on a broker.
#[derive(Debug)]
struct Heard {
    claim: GatewayClaim,
    times: u32,
    at: Duration,
}

/// Everybody else that was heard.
#[derive(Debug, Default)]
pub struct Rivals {
    /// By the broker and the box.
    heard: BTreeMap<(String, String), Heard>,
    /// The brokers on which nobody but gateways can claim anything.
    protected: BTreeSet<String>,
}

impl Rivals {
    /// Whether on that broker nobody but a gateway can claim to be one.
    pub fn protect(&mut self, broker: &str, protected: bool) {
        if protected {
            self.protected.insert(broker.to_owned());
        } else {
            self.protected.remove(broker);
        }
    }

    /// Somebody else's claim came over a broker. What the broker had kept says nothing of who lives, nor does a claim that
    /// came before.
    pub fn hear(&mut self, broker: &str, claim: GatewayClaim, retained: bool, at: Duration) {
        self.forget_silent(at);
        if retained {
            return;
        }
        let key = (broker.to_owned(), claim.box_id.clone());
        let Some(heard) = self.heard.get_mut(&key) else {
            if self.heard.len() < KEPT {
                self.heard.insert(key, Heard { claim, times: 1, at });
            }
            return;
        };
        if heard.claim.run != claim.run {
            // It was started anew: one that was there is there still, by what it says now.
            let times = if heard.times >= HEARD { heard.times } else { 1 };
            *heard = Heard { claim, times, at };
        } else if claim.number > heard.claim.number {
            let times = heard.times.saturating_add(1);
            *heard = Heard { claim, times, at };
        }
    }

    fn forget_silent(&mut self, at: Duration) {
        self.heard.retain(|_, heard| at.saturating_sub(heard.at) < GONE_AFTER);
    }

    /// The highest number under which a person was heard to have said which one drives.
    pub fn said(&self) -> u64 {
        self.heard.values().map(|heard| heard.claim.said).max().unwrap_or_default()
    }

    /// What a gateway that claims this of itself does, and beside whom; none where it is alone.
    pub fn stance(&mut self, own: &GatewayClaim, at: Duration) -> Option<(Stance, String)> {
        self.forget_silent(at);
        let there = self.heard.iter().filter(|(_, heard)| heard.times >= HEARD);
        let (protected, open): (Vec<_>, Vec<_>) =
            there.partition(|((broker, _), _)| self.protected.contains(broker));
        let first = protected.into_iter().map(|(_, heard)| &heard.claim);
        if let Some(other) = first.max_by_key(|claim| claim.rank()) {
            let goes_first = own.rank() > other.rank();
            let stance = if goes_first { Stance::Drives } else { Stance::StandsBack };
            return Some((stance, other.box_id.clone()));
        }
        let (_, heard) = open.into_iter().next()?;
        Some((Stance::Unprotected, heard.claim.box_id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BROKER: &str = "lot";

    fn claim(box_id: &str, number: u64, driven: u64) -> GatewayClaim {
        let (box_id, run) = (box_id.to_owned(), "r".to_owned());
        GatewayClaim { box_id, run, number, driven, said: 0 }
    }

    fn protected() -> Rivals {
        let mut rivals = Rivals::default();
        rivals.protect(BROKER, true);
        rivals
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn stance(rivals: &mut Rivals, own: &GatewayClaim, seconds: u64) -> Option<Stance> {
        rivals.stance(own, at(seconds)).map(|(stance, _)| stance)
    }

    #[test]
    fn another_is_there_at_its_third_claim_and_gone_after_half_a_minute() {
        let (mut rivals, own) = (protected(), claim("a", 1, 10));
        for number in 1..=3 {
            assert_eq!(stance(&mut rivals, &own, number * 5), None);
            rivals.hear(BROKER, claim("b", number, 100), false, at(number * 5));
        }
        assert_eq!(stance(&mut rivals, &own, 15), Some(Stance::StandsBack));
        assert_eq!(stance(&mut rivals, &own, 44), Some(Stance::StandsBack));
        assert_eq!(stance(&mut rivals, &own, 45), None);
    }

    #[test]
    fn where_anybody_may_claim_nobody_stands_back() {
        let (mut rivals, own) = (Rivals::default(), claim("a", 1, 10));
        for number in 1..=9 {
            rivals.hear(BROKER, claim("b", number, 100), false, at(number));
        }
        assert_eq!(stance(&mut rivals, &own, 9), Some(Stance::Unprotected));
        rivals.protect(BROKER, true);
        assert_eq!(stance(&mut rivals, &own, 9), Some(Stance::StandsBack));
    }

    #[test]
    fn of_two_that_have_driven_alike_the_smaller_name_stands_back_and_a_person_decides_otherwise() {
        let mut rivals = protected();
        for number in 1..=3 {
            rivals.hear(BROKER, claim("b", number, 100), false, at(number));
        }
        let smaller = claim("a", 1, 100);
        assert_eq!(stance(&mut rivals, &smaller, 3), Some(Stance::StandsBack));
        assert_eq!(stance(&mut rivals, &claim("c", 1, 100), 3), Some(Stance::Drives));
        let said = GatewayClaim { said: rivals.said() + 1, ..smaller };
        assert_eq!(stance(&mut rivals, &said, 3), Some(Stance::Drives));
    }

    #[test]
    fn one_that_was_there_and_starts_anew_is_there_by_what_it_says_now() {
        let (mut rivals, own) = (protected(), claim("a", 1, 80));
        for number in 1..=3 {
            rivals.hear(BROKER, claim("b", number, 100), false, at(number));
        }
        assert_eq!(stance(&mut rivals, &own, 3), Some(Stance::StandsBack));
        let anew = GatewayClaim { run: "s".to_owned(), ..claim("b", 1, 60) };
        rivals.hear(BROKER, anew, false, at(8));
        assert_eq!(stance(&mut rivals, &own, 8), Some(Stance::Drives));
    }

    proptest! {
        /// However claims are lost, and in whatever order two boxes look: of two that hear each other never do both stand back.
        #[test]
        fn of_two_that_hear_each_other_one_drives(
            driven in (0_u64..50, 0_u64..50),
            steps in proptest::collection::vec((any::<bool>(), any::<bool>()), 6..60),
        ) {
            let mut boxes = [
                (claim("a", 0, driven.0), protected()),
                (claim("b", 0, driven.1), protected()),
            ];
            for (second, (first_heard, second_heard)) in (0_u64..).zip(steps) {
                for (own, _) in &mut boxes {
                    own.number += 1;
                }
                let said = [boxes[0].0.clone(), boxes[1].0.clone()];
                if first_heard {
                    boxes[1].1.hear(BROKER, said[0].clone(), false, at(second));
                }
                if second_heard {
                    boxes[0].1.hear(BROKER, said[1].clone(), false, at(second));
                }
                let mut back = 0;
                for (own, rivals) in &mut boxes {
                    let stands_back = stance(rivals, own, second) == Some(Stance::StandsBack);
                    // Who stands back drives no longer.
                    own.driven += u64::from(!stands_back);
                    back += usize::from(stands_back);
                }
                prop_assert!(back < 2);
            }
        }

        /// What a broker has kept, and what came before, however often: an exchanged box drives at once.
        #[test]
        fn a_kept_or_repeated_claim_stops_nothing(
            claims in proptest::collection::vec((1_u64..3, any::<bool>()), 0..60),
        ) {
            let (mut rivals, own) = (protected(), claim("a", 1, 0));
            rivals.hear(BROKER, claim("b", 2, 1000), false, at(0));
            for (second, (number, retained)) in (1_u64..).zip(claims) {
                // A kept one may have any number.
                let number = if retained { number + second } else { number };
                rivals.hear(BROKER, claim("b", number, 1000), retained, at(second / 10));
                prop_assert_eq!(stance(&mut rivals, &own, second / 10), None);
            }
        }
    }
}
