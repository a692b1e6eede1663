//! Whoever was turned away at the door: told at once, and who tries again and again is told once a minute with how often.
//! For the roles; it knows no token.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Told again after so long.
const AGAIN: Duration = Duration::from_secs(60);
/// So many callers are told apart; the others are one.
const MOST: usize = 64;

/// Who came in vain: from where, and under which shop's name, where it has one.
pub(super) type WhoCame = (Option<IpAddr>, Option<String>);

/// Who was turned away, and what of it was told.
#[derive(Debug, Default)]
pub(super) struct TurnedAway(Mutex<HashMap<WhoCame, Tries>>);

#[derive(Debug)]
struct Tries {
    told: Instant,
    since: u64,
}

impl TurnedAway {
    /// One came in vain: from where it is to be told and how often since it was last; none where it was told a moment ago.
    pub(super) fn note(&self, caller: WhoCame, now: Instant) -> Option<(Option<IpAddr>, u64)> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, tries| now.duration_since(tries.told) < AGAIN || tries.since > 0);
        }
        let (address, merchant) = caller;
        let caller = (address, merchant.clone());
        let caller = if known.len() < MOST || known.contains_key(&caller) {
            caller
        } else {
            (None, merchant)
        };
        let address = caller.0;
        let Some(tries) = known.get_mut(&caller) else {
            known.insert(caller, Tries { told: now, since: 0 });
            return Some((address, 1));
        };
        tries.since += 1;
        if now.duration_since(tries.told) < AGAIN {
            return None;
        }
        tries.told = now;
        Some((address, std::mem::take(&mut tries.since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(number: u8) -> WhoCame {
        (Some(IpAddr::from([192, 0, 2, number])), None)
    }

    #[test]
    fn who_tries_again_and_again_is_told_once_a_minute_with_how_often() {
        let (turned_away, begun) = (TurnedAway::default(), Instant::now());
        let mut told = Vec::new();
        for second in 0..130 {
            let now = begun + Duration::from_secs(second);
            told.extend(turned_away.note(caller(1), now).map(|(_, times)| (second, times)));
        }
        assert_eq!(told, [(0, 1), (60, 60), (120, 60)]);
        assert!(turned_away.note(caller(2), begun).is_some(), "another is told by himself");
    }

    #[test]
    fn callers_without_number_are_few_lines() {
        let (turned_away, now) = (TurnedAway::default(), Instant::now());
        let told = (0..=255).filter(|number| turned_away.note(caller(*number), now).is_some());
        assert_eq!(told.count(), MOST + 1, "the others are one");
    }
}
