//! What the store does not take alone, though it takes others: its own row cannot be read, or an error of ours stands in
//! its way. How often each was tried in this process, and at which row of the lot's own. For the guard; it judges nothing
//! of the store as a whole.

use super::name::Name;
use super::suspects::ALONE_AT_MOST;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// As many are remembered.
const REMEMBERED: usize = 256;
/// Whatever comes again does so within this time.
const TRIED_AGAIN_WITHIN: Duration = Duration::from_secs(600);

/// How often each was refused alone.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    inputs: BTreeMap<Name, u64>,
    rows: BTreeMap<String, u64>,
    last: Option<Instant>,
}

impl Refusals {
    /// What has not been tried again for long is over.
    pub fn grow_old(&mut self) {
        if self.last.is_some_and(|last| last.elapsed() > TRIED_AGAIN_WITHIN) {
            *self = Self::default();
        }
    }

    /// Once more: at this row of the lot's own, whose fault it is then, or at what the input itself is about.
    pub fn note(&mut self, name: Name, row: Option<&str>) {
        self.last = Some(Instant::now());
        let times = self.inputs.entry(name).or_default();
        match row {
            Some(row) => {
                let times = self.rows.entry(row.to_owned()).or_default();
                *times = times.saturating_add(1);
            }
            None => *times = times.saturating_add(1),
        }
        while self.inputs.len() > REMEMBERED {
            self.inputs.pop_first();
        }
        while self.rows.len() > REMEMBERED {
            self.rows.pop_first();
        }
    }

    /// Whether nobody was. Else everybody is looked at closely: what a row refuses comes in another input each time.
    pub fn none(&self) -> bool {
        self.inputs.is_empty() && self.rows.is_empty()
    }

    /// Whether it was too often.
    pub fn is_guilty(&self, name: Name) -> bool {
        self.inputs.get(&name).is_some_and(|times| *times >= ALONE_AT_MOST)
    }

    /// The rows that were too often.
    pub fn guilty_rows(&self) -> impl Iterator<Item = &String> {
        let guilty = |(_, times): &(&String, &u64)| **times >= ALONE_AT_MOST;
        self.rows.iter().filter(guilty).map(|(row, _)| row)
    }

    /// It was taken, or is put aside, and so are these rows.
    pub fn forget(&mut self, name: Name, rows: &[String]) {
        self.inputs.remove(&name);
        self.rows.retain(|row, _| !rows.contains(row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u64) -> Name {
        format!("{number:016x}").parse().unwrap()
    }

    #[test]
    fn an_input_that_is_refused_three_times_is_guilty_and_begins_anew_once_it_was_taken() {
        let mut refusals = Refusals::default();
        for times in 0..3 {
            assert!(!refusals.is_guilty(name(1)), "{times}");
            refusals.note(name(1), None);
        }
        refusals.note(name(2), None);
        assert!(refusals.is_guilty(name(1)) && !refusals.is_guilty(name(2)));
        refusals.forget(name(1), &[]);
        assert!(!refusals.is_guilty(name(1)) && !refusals.none());
    }

    #[test]
    fn where_it_was_at_a_row_the_row_is_guilty_and_not_who_came_to_it() {
        let mut refusals = Refusals::default();
        for _ in 0..3 {
            refusals.note(name(1), Some("step calendar"));
        }
        assert!(!refusals.is_guilty(name(1)) && !refusals.none());
        assert_eq!(refusals.guilty_rows().collect::<Vec<_>>(), ["step calendar"]);
        refusals.forget(name(1), &["step calendar".to_owned()]);
        assert!(refusals.none());
    }

    #[test]
    fn not_more_are_remembered_than_there_is_room_for() {
        let mut refusals = Refusals::default();
        for number in 0..1000 {
            refusals.note(name(number), Some(&format!("booking {number}")));
        }
        assert_eq!((refusals.inputs.len(), refusals.rows.len()), (REMEMBERED, REMEMBERED));
    }
}
