//! Whoever was at work when a process ended, until it has been done well alone: how often it was alone then, and how
//! often which row of the lot's own was come to. In memory, as who is at work. For the guard.

use super::at_work::EndOfProcess;
use super::name::Name;
use crate::in_memory::ours;
use rustix::fs::OFlags;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Whoever was alone so often when a process ended is put aside.
pub(super) const ALONE_AT_MOST: u64 = 3;
/// As many are remembered.
const REMEMBERED: usize = 4096;

/// Suspects.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    path: Option<PathBuf>,
    /// The end that was counted last.
    counted: Option<u64>,
    /// Whether one of them is sought: the process ended by itself.
    sought: bool,
    alone: BTreeMap<Name, u64>,
    rows: BTreeMap<String, u64>,
}

impl Suspects {
    /// Those that processes before this one have left.
    pub fn open(path: &Path) -> Self {
        let text =
            ours(path, OFlags::RDONLY).ok().and_then(|file| std::io::read_to_string(file).ok());
        let kept: Value =
            text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let numbers = |key: &str| {
            let numbers = kept.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
            numbers.into_iter().filter_map(|(name, count)| Some((name, count.as_u64()?)))
        };
        Self {
            path: Some(path.to_owned()),
            counted: kept.get("counted").and_then(Value::as_u64),
            sought: kept.get("sought").and_then(Value::as_bool).unwrap_or_default(),
            alone: numbers("alone")
                .filter_map(|(name, count)| Some((name.parse().ok()?, count)))
                .collect(),
            rows: numbers("rows").collect(),
        }
    }

    /// Counts how a process ended, once.
    pub fn count(&mut self, ended: &EndOfProcess) {
        if self.counted == Some(ended.serial) {
            return;
        }
        self.counted = Some(ended.serial);
        self.sought |= ended.by_itself;
        match (&*ended.names, &ended.row) {
            // Whoever was killed from outside was nobody's fault.
            (names, _) if !ended.by_itself => {
                for name in names {
                    self.alone.entry(*name).or_default();
                }
            }
            ([name], None) => *self.alone.entry(*name).or_default() += 1,
            // It may be the row's fault, and is not counted as the input's.
            ([name], Some(row)) => {
                self.alone.entry(*name).or_default();
                *self.rows.entry(row.clone()).or_default() += 1;
            }
            (several, _) => {
                for name in several {
                    self.alone.entry(*name).or_default();
                }
            }
        }
        while self.alone.len() > REMEMBERED {
            self.alone.pop_first();
        }
        self.write();
    }

    /// Whether there is any.
    pub fn any(&self) -> bool {
        !self.alone.is_empty() || !self.rows.is_empty()
    }

    /// Whether one of them is sought.
    pub fn is_sought(&self) -> bool {
        self.sought
    }

    /// Whether somebody is one.
    pub fn has(&self, name: Name) -> bool {
        self.alone.contains_key(&name)
    }

    /// Whether somebody was alone too often.
    pub fn is_guilty(&self, name: Name) -> bool {
        self.alone.get(&name).is_some_and(|count| *count >= ALONE_AT_MOST)
    }

    /// The rows that were come to too often.
    pub fn guilty_rows(&self) -> impl Iterator<Item = &String> {
        let guilty = |(_, count): &(&String, &u64)| **count >= ALONE_AT_MOST;
        self.rows.iter().filter(guilty).map(|(row, _)| row)
    }

    /// Somebody was done alone, and these rows come to; or they are put aside, and nobody's fault any more.
    pub fn acquit(&mut self, name: Name, rows: &[String]) {
        let known = self.alone.remove(&name).is_some();
        let rows = rows.iter().filter(|row| self.rows.remove(*row).is_some()).count();
        if known || rows > 0 {
            self.sought &= self.any();
            self.write();
        }
    }

    /// Nobody is one any more who was never alone.
    pub fn acquit_bystanders(&mut self) {
        if self.alone.values().any(|count| *count == 0) {
            self.alone.retain(|_, count| *count > 0);
            self.write();
        }
    }

    /// Another file in its place, so that one that is half written is never read.
    fn write(&self) {
        let Some(path) = &self.path else { return };
        let alone: BTreeMap<_, _> =
            self.alone.iter().map(|(name, count)| (name.to_string(), count)).collect();
        let text =
            json!({ "counted": self.counted, "sought": self.sought, "alone": alone, "rows": self.rows }).to_string();
        let new = path.with_extension("new");
        let how = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC;
        // Without it the next process knows less, which it can live with.
        let _ = ours(&new, how)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| std::fs::rename(&new, path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u64) -> Name {
        format!("{number:016x}").parse().unwrap()
    }

    fn ended(serial: u64, names: &[u64], row: Option<&str>) -> EndOfProcess {
        let names = names.iter().map(|number| name(*number)).collect();
        EndOfProcess { serial, names, row: row.map(str::to_owned), by_itself: true }
    }

    #[test]
    fn only_who_was_alone_three_times_is_guilty_and_each_end_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("suspects");
        let again = || Suspects::open(&path);
        again().count(&ended(1, &[1, 2], None));
        for serial in [2, 2, 3] {
            again().count(&ended(serial, &[1], None));
        }
        assert!(again().has(name(2)) && !again().is_guilty(name(1)));
        again().count(&ended(4, &[1], None));
        assert!(again().is_guilty(name(1)) && !again().is_guilty(name(2)));
        again().acquit(name(2), &[]);
        assert!(!again().has(name(2)) && again().has(name(1)));
    }

    #[test]
    fn a_kill_from_outside_is_nobodys_fault_and_makes_suspects_all_the_same() {
        let mut suspects = Suspects::default();
        for serial in 0..9 {
            let row = (serial % 2 == 0).then_some("booking YD1");
            suspects.count(&EndOfProcess { by_itself: false, ..ended(serial, &[1], row) });
        }
        assert!(suspects.has(name(1)) && !suspects.is_guilty(name(1)));
        assert_eq!(suspects.guilty_rows().count(), 0);
        assert!(!suspects.is_sought());
    }

    #[test]
    fn done_well_once_it_begins_anew() {
        let mut suspects = Suspects::default();
        for serial in 0..2 {
            suspects.count(&ended(serial, &[1], None));
        }
        suspects.acquit(name(1), &[]);
        assert!(!suspects.any());
        for serial in 2..4 {
            suspects.count(&ended(serial, &[1], None));
        }
        assert!(!suspects.is_guilty(name(1)));
    }

    #[test]
    fn where_a_row_was_come_to_it_is_the_rows_fault_whoever_came_to_it() {
        let mut suspects = Suspects::default();
        for (serial, who) in [1, 2, 1].into_iter().enumerate() {
            suspects.count(&ended(serial as u64, &[who], Some("booking YD1")));
        }
        assert_eq!(suspects.guilty_rows().collect::<Vec<_>>(), ["booking YD1"]);
        assert!(!suspects.is_guilty(name(1)) && suspects.has(name(2)));
        suspects.acquit(name(1), &["booking YD1".to_owned()]);
        suspects.acquit(name(2), &[]);
        assert!(!suspects.any() && !suspects.is_sought());
    }
}
