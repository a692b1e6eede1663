//! What a gateway says of itself every 5 s, as it is written on a broker. Pure.

use serde::{Deserialize, Serialize};

/// A claim that is longer is none.
const LONGEST: usize = 1024;
/// Names in it that are longer are none of ours.
const LONGEST_NAME: usize = 64;

/// What a gateway says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayClaim {
    /// The box, by its hardware.
    #[serde(rename = "box")]
    pub box_id: String,
    /// This run of its program.
    pub run: String,
    /// Grows by one with each claim of a run.
    pub number: u64,
    /// For how many seconds it has commanded the lot's barriers, all its runs together.
    pub driven: u64,
    /// Grows whenever a person says that it is this one that drives; 0 where nobody ever did.
    pub said: u64,
}

impl GatewayClaim {
    /// The claim in a message; none where it holds none.
    pub fn of_payload(payload: &[u8]) -> Option<Self> {
        let claim: Self =
            (payload.len() <= LONGEST).then(|| serde_json::from_slice(payload).ok())??;
        let is_name = |name: &str| {
            !name.is_empty()
                && name.len() <= LONGEST_NAME
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        (is_name(&claim.box_id) && is_name(&claim.run)).then_some(claim)
    }

    /// As it is published.
    pub fn payload(&self) -> Vec<u8> {
        // A claim of plain words and numbers has no print that fails.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Who of two goes first: whom a person said last, then who has driven longer, then the greater name.
    pub fn rank(&self) -> (u64, u64, &str, &str) {
        (self.said, self.driven, &self.box_id, &self.run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_what_was_claimed_and_nothing_else_is_a_claim() {
        let claim = GatewayClaim {
            box_id: "a1".to_owned(),
            run: "r1".to_owned(),
            number: 3,
            driven: 60,
            said: 1,
        };
        assert_eq!(GatewayClaim::of_payload(&claim.payload()), Some(claim.clone()));
        let odd = GatewayClaim { box_id: "a 1".to_owned(), ..claim.clone() };
        assert_eq!(GatewayClaim::of_payload(&odd.payload()), None);
        let long = GatewayClaim { run: "r".repeat(65), ..claim };
        assert_eq!(GatewayClaim::of_payload(&long.payload()), None);
        for nothing in [&b""[..], b"{}", b"lotgate-stranger-1", &[b' '; 2000]] {
            assert_eq!(GatewayClaim::of_payload(nothing), None);
        }
    }
}
