//! A change of a space must last before it is told: cars roll over sensors on their way. Pure; time is
//! an argument.

use crate::model::event::SpaceSeen;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What was seen of each space, and what of it is not certain yet.
#[derive(Debug, Default)]
pub struct Debounce {
    lasts: Duration,
    told: BTreeMap<String, SpaceSeen>,
    changing: BTreeMap<String, (SpaceSeen, Instant)>,
}

impl Debounce {
    /// Changes must last this long.
    pub fn new(lasts: Duration) -> Self {
        Self { lasts, ..Self::default() }
    }

    /// A sensor saw a space. Silence needs no proof, and nor does the first word of a sensor.
    pub fn see(&mut self, space_no: &str, seen: SpaceSeen, now: Instant) {
        let told = self.told.get(space_no);
        if told == Some(&seen) {
            self.changing.remove(space_no);
            return;
        }
        let at_once = self.lasts.is_zero() || told.is_none() || seen == SpaceSeen::Unknown;
        let since = self.changing.get(space_no).filter(|(before, _)| *before == seen);
        let certain_at = match since {
            Some((_, certain_at)) => *certain_at,
            None => now + if at_once { Duration::ZERO } else { self.lasts },
        };
        self.changing.insert(space_no.to_owned(), (seen, certain_at));
    }

    /// What has become certain by now.
    pub fn certain(&mut self, now: Instant) -> Vec<(String, SpaceSeen)> {
        let certain: Vec<_> = self
            .changing
            .iter()
            .filter(|(_, (_, at))| *at <= now)
            .map(|(space_no, (seen, _))| (space_no.clone(), *seen))
            .collect();
        for (space_no, seen) in &certain {
            self.changing.remove(space_no);
            self.told.insert(space_no.clone(), *seen);
        }
        certain
    }

    /// When something becomes certain next.
    pub fn next(&self) -> Option<Instant> {
        self.changing.values().map(|(_, at)| *at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LASTS: Duration = Duration::from_secs(2);

    #[test]
    fn a_change_is_told_once_it_has_lasted_and_a_short_one_never() {
        let mut spaces = Debounce::new(LASTS);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        spaces.see("A", SpaceSeen::Free, at(0));
        assert_eq!(spaces.certain(at(0)), [("A".to_owned(), SpaceSeen::Free)]);
        spaces.see("A", SpaceSeen::Occupied, at(1));
        spaces.see("A", SpaceSeen::Free, at(2));
        assert_eq!(spaces.certain(at(9)), []);
        spaces.see("A", SpaceSeen::Occupied, at(10));
        spaces.see("A", SpaceSeen::Occupied, at(11));
        assert_eq!(spaces.certain(at(11)), []);
        assert_eq!(spaces.next(), Some(at(12)));
        assert_eq!(spaces.certain(at(12)), [("A".to_owned(), SpaceSeen::Occupied)]);
        spaces.see("A", SpaceSeen::Occupied, at(13));
        assert_eq!(spaces.certain(at(20)), []);
    }

    #[test]
    fn silence_is_told_at_once() {
        let mut spaces = Debounce::new(LASTS);
        let now = Instant::now();
        spaces.see("A", SpaceSeen::Occupied, now);
        spaces.certain(now);
        spaces.see("A", SpaceSeen::Unknown, now);
        assert_eq!(spaces.certain(now), [("A".to_owned(), SpaceSeen::Unknown)]);
    }
}
