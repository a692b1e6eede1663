//! Which sensors of a network have been named for one fault: the first few only, because a setting that is wrong is wrong for all of
//! them and a lot may have thousands. For the network's task; it knows no fault.

use std::collections::BTreeSet;

/// So many are named at a time.
const AT_A_TIME: usize = 3;

/// The sensors that stand named, by their EUI.
#[derive(Debug, Default)]
pub struct FirstFew(BTreeSet<String>);

impl FirstFew {
    /// One that is to be named: whether it is among the first few and was not named yet.
    pub fn name(&mut self, eui: &str) -> bool {
        self.0.len() < AT_A_TIME && self.0.insert(eui.to_owned())
    }

    /// One whose fault is over: whether it stood named.
    pub fn clear(&mut self, eui: &str) -> bool {
        self.0.remove(eui)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_stand_named_and_only_they_are_told_to_be_well_again() {
        let mut few = FirstFew::default();
        assert_eq!(
            ["a", "b", "a", "c", "d"].map(|eui| few.name(eui)),
            [true, true, false, true, false]
        );
        assert_eq!(["d", "a", "a"].map(|eui| few.clear(eui)), [false, true, false]);
        // The place that became free is the next one's.
        assert!(few.name("d"));
    }

    #[test]
    fn each_fault_is_named_for_itself() {
        let (mut misses, mut unreadable) = (FirstFew::default(), FirstFew::default());
        assert!(misses.name("a"));
        assert!(unreadable.name("a"));
        assert!(unreadable.clear("a"));
        assert!(misses.clear("a"));
    }
}
