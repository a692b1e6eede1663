//! The guard against what ends the process: who is at work is written down before (`at_work`), after an end without a
//! commit everything is done one by one, and only what was alone three times when a process ended (`suspects`) by itself
//! (`by_itself`) is put aside for people; likewise what the store alone does not take three times (`refusals`). For the
//! writer; how it is kept and told is the lot's affair.

use super::at_work::{AtWork, EndOfProcess};
use super::by_itself::LastSign;
use super::name::Name;
use super::refusals::Refusals;
use super::suspects::Suspects;
use super::{Content, Letter};
use crate::in_memory;
use crate::lot::{self, Case, OwnRows};
use crate::model::input::{Answer, Input};
use crate::store::{StoreError, Transaction};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Where the units say that the system has ended the process for what it did: no memory, a bad address.
const OF_THE_UNIT: &str = "ended-by-itself";
/// Who was at work beside the guilty one comes again within this time, or never.
const ONE_BY_ONE: Duration = Duration::from_secs(600);

/// What a process knows of how the ones before it ended.
#[derive(Debug)]
pub(super) struct Guard {
    at_work: AtWork,
    /// For the next process.
    _last_sign: LastSign,
    suspects: Suspects,
    refusals: Refusals,
    begun: Instant,
    /// Of the letters that are decided now.
    names: Vec<Name>,
    /// Whether those that were decided wait for their commit.
    rests: bool,
    /// Rows of the lot's own that a letter has come to that is decided alone.
    come_to: RefCell<Vec<String>>,
    /// The last of them, while the letter is not decided.
    at_row: RefCell<Option<String>>,
    /// Whether it is, and rows are noted.
    careful: bool,
    /// What is put aside, by the store.
    aside: BTreeSet<Name>,
    rows_aside: BTreeSet<String>,
    /// Whether that has been read.
    known: bool,
}

/// The files of a guard.
#[derive(Debug, Clone, Default)]
pub struct GuardFiles {
    at_work: Option<PathBuf>,
    suspects: Option<PathBuf>,
    /// What a process leaves that ends by itself.
    last_sign: Option<PathBuf>,
    /// What the unit leaves where the system has ended it for what it did.
    of_the_unit: Option<PathBuf>,
}

impl GuardFiles {
    /// Those of a lot, which has a file in memory of each kind, or none.
    pub fn of(file: impl Fn(&str) -> Option<PathBuf>) -> Self {
        Self {
            at_work: file("at-work"),
            suspects: file("suspects"),
            last_sign: file("last-sign"),
            of_the_unit: in_memory::of_the_service(OF_THE_UNIT),
        }
    }

    /// None: nobody is guarded against.
    pub fn none() -> Self {
        Self::default()
    }

    /// The process ends as it should, whoever may be at work yet: nobody knows it afterwards.
    pub fn leave_nothing(&self) {
        // What is not there need not go.
        for file in [&self.at_work, &self.last_sign].into_iter().flatten() {
            let _ = std::fs::remove_file(file);
        }
    }
}

impl Guard {
    /// Reads how the process before this one ended.
    pub(super) fn open(files: &GuardFiles) -> Self {
        let (at_work, ended) = files.at_work.as_deref().map(AtWork::open).unwrap_or_default();
        let mut suspects = files.suspects.as_deref().map(Suspects::open).unwrap_or_default();
        let (last_sign, signed) =
            files.last_sign.as_deref().map(LastSign::watch).unwrap_or_default();
        let unit_says = files.of_the_unit.as_ref().is_some_and(|sign| sign.exists());
        if let Some(ended) = ended {
            suspects.count(&EndOfProcess { by_itself: signed || unit_says, ..ended });
            at_work.end();
        }
        if let Some(sign) = files.of_the_unit.as_ref().filter(|_| unit_says) {
            // It is counted; what stays would be counted once more.
            let _ = std::fs::remove_file(sign);
        }
        Self {
            at_work,
            _last_sign: last_sign,
            suspects,
            refusals: Refusals::default(),
            begun: Instant::now(),
            names: Vec::new(),
            rests: false,
            come_to: RefCell::default(),
            at_row: RefCell::default(),
            careful: false,
            aside: BTreeSet::new(),
            rows_aside: BTreeSet::new(),
            known: false,
        }
    }

    /// How many of these letters may be decided together.
    pub(super) fn together(&mut self, letters: &[Letter]) -> usize {
        if !self.suspects.any() {
            return letters.len();
        }
        let soon = self.begun.elapsed() < ONE_BY_ONE;
        if soon && self.suspects.is_sought() {
            return letters.len().min(1);
        }
        if !soon {
            self.suspects.acquit_bystanders();
        }
        let suspect = |letter: &Letter| self.suspects.has(Name::of(&letter.content));
        let before = letters.iter().take_while(|letter| !suspect(letter)).count();
        before.max(letters.len().min(1))
    }

    /// Whether anybody is suspected: then each letter is decided and committed as it comes.
    pub(super) fn suspects_any(&self) -> bool {
        self.suspects.any()
    }

    /// These letters are about to be decided, but for the `first` of them, which have been.
    pub(super) fn begin(&mut self, first: usize, letters: &[Letter]) {
        self.rests = false;
        self.names.truncate(first);
        let new = letters.iter().skip(self.names.len());
        self.names.extend(new.map(|letter| Name::of(&letter.content)));
        self.come_to.get_mut().clear();
        self.at_row.take();
        self.refusals.grow_old();
        let is_any_sought = self.suspects.is_sought() || !self.refusals.none();
        self.careful = letters.len() == 1 && is_any_sought;
        self.at_work.begin(&self.names);
    }

    /// Nobody is at work until others join those that were decided, or all are committed.
    pub(super) fn rest(&mut self) {
        self.at_work.end();
        self.rests = true;
    }

    /// All that were decided are about to be committed.
    pub(super) fn go_on(&mut self) {
        if std::mem::take(&mut self.rests) {
            self.at_work.begin(&self.names);
        }
    }

    /// Reads what is put aside, where that may be otherwise than it was.
    pub(super) fn look(&mut self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        if self.known {
            return Ok(());
        }
        let named = tx.names_that_end_the_process()?;
        self.aside = named.inputs.iter().filter_map(|name| name.parse().ok()).collect();
        self.rows_aside = named.rows.into_iter().collect();
        self.known = true;
        Ok(())
    }

    /// Decides one of the letters, unless it is put aside, or is to be.
    pub(super) fn decide(
        &self,
        case: &mut Case<'_>,
        place: usize,
        input: &Input,
    ) -> Result<Answer, StoreError> {
        if place == 0 {
            for row in self.guilty_rows() {
                lot::put_row_aside(case, row)?;
            }
        }
        let name = self.names.get(place).copied();
        let aside = name.filter(|name| self.aside.contains(name) || self.is_guilty(*name));
        if let Some(name) = aside.filter(|_| !is_ours(input)) {
            return lot::put_aside(case, input, &name.to_string());
        }
        #[cfg(debug_assertions)]
        end_the_process_at("LOTGATE_ABORT_AT_INPUT", || format!("{input:?}"));
        let answer = lot::apply(case, input)?;
        // What is done behind it, like the removal of what is old, is no row's fault.
        self.at_row.take();
        Ok(answer)
    }

    /// It is over: committed, or refused by the store.
    pub(super) fn end(&mut self, letters: &[Letter], committed: bool) {
        self.at_work.end();
        if !committed {
            // What was read of it may never have been.
            self.known = false;
            return;
        }
        let is_about_aside = |letter: &Letter| match &letter.content {
            Content::Input(input) => matches!(**input, Input::Aside(_) | Input::Again { .. }),
            Content::Rules(_) | Content::Damaged(_) | Content::Hurry => false,
        };
        if letters.iter().any(is_about_aside) {
            self.known = false;
        }
        if self.suspects.any() || !self.refusals.none() {
            let guilty: Vec<_> = self.guilty_rows().cloned().collect();
            self.known &= guilty.is_empty() && !self.names.iter().any(|name| self.is_guilty(*name));
            let mut rows = self.come_to.take();
            rows.extend(guilty);
            if let [name] = *self.names {
                self.suspects.acquit(name, &rows);
            }
            for name in &self.names {
                self.refusals.forget(*name, &rows);
            }
        }
    }

    /// The store does not take this one alone, and takes others.
    pub(super) fn refused(&mut self) {
        let [name] = *self.names else { return };
        let row = self.at_row.take();
        self.refusals.note(name, row.as_deref());
    }

    fn is_guilty(&self, name: Name) -> bool {
        self.suspects.is_guilty(name) || self.refusals.is_guilty(name)
    }

    fn guilty_rows(&self) -> impl Iterator<Item = &String> {
        self.suspects.guilty_rows().chain(self.refusals.guilty_rows())
    }
}

impl OwnRows for Guard {
    fn comes_to(&self, row: fmt::Arguments<'_>) -> bool {
        let nobody = !self.suspects.any() && self.refusals.none() && self.rows_aside.is_empty();
        if nobody && !cfg!(debug_assertions) {
            return true;
        }
        let row = row.to_string();
        if self.rows_aside.contains(&row) || self.guilty_rows().any(|one| *one == row) {
            return false;
        }
        if self.careful {
            self.at_work.come_to(&row);
            self.come_to.borrow_mut().push(row.clone());
            self.at_row.replace(Some(row.clone()));
        }
        #[cfg(debug_assertions)]
        end_the_process_at("LOTGATE_ABORT_AT_ROW", || row);
        true
    }
}

/// Without these there is no lot: of theirs only rows are put aside.
fn is_ours(input: &Input) -> bool {
    matches!(input, Input::Started | Input::Mended | Input::Tick { .. } | Input::RulesChanged)
}

/// In debug builds, for tests: what says a certain text ends the process, as an error nobody has thought of would.
#[cfg(debug_assertions)]
fn end_the_process_at(variable: &str, said: impl FnOnce() -> String) {
    if std::env::var(variable).is_ok_and(|text| !text.is_empty() && said().contains(&text)) {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use tokio::sync::oneshot;

    fn files(folder: &Path) -> GuardFiles {
        let file = |name| Some(folder.join(name));
        GuardFiles {
            at_work: file("a.at-work"),
            suspects: file("a.suspects"),
            last_sign: None,
            of_the_unit: file("ended-by-itself"),
        }
    }

    fn letters(names: &[&str]) -> Vec<Letter> {
        let letter = |name: &&str| {
            let event = crate::model::event::DeviceEvent::Online((*name).into());
            let content = Content::Input(Box::new(Input::Device(event)));
            let (posted, answer) = (Instant::now(), oneshot::channel().0);
            Letter { content, posted, answer, awaited: true }
        };
        names.iter().map(letter).collect()
    }

    #[test]
    fn after_an_end_everything_is_done_one_by_one_until_all_have_been_done_well() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let (both, other) = (letters(&["a", "b"]), letters(&["c", "d", "e"]));
        let mut guard = Guard::open(&files);
        assert_eq!(guard.together(&other), 3);
        guard.begin(0, &both);
        guard.end(&both, true);
        assert!(!Guard::open(&files).suspects.any(), "it was over");
        guard.begin(0, &both);
        std::fs::write(folder.path().join("ended-by-itself"), "").unwrap();
        let mut next = Guard::open(&files);
        assert_eq!((next.together(&other), next.together(&[])), (1, 0));
        for letter in &both {
            next.begin(0, std::slice::from_ref(letter));
            next.end(std::slice::from_ref(letter), true);
        }
        assert_eq!(next.together(&other), 3);
    }

    #[test]
    fn while_a_commit_waits_nobody_is_at_work_and_all_of_it_are_when_others_join_it() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let all = letters(&["a", "b"]);
        let at_work = || {
            let text = std::fs::read_to_string(folder.path().join("a.at-work")).unwrap();
            text.lines().count().saturating_sub(2)
        };
        let mut guard = Guard::open(&files);
        guard.begin(0, &all[..1]);
        assert_eq!(at_work(), 1);
        guard.rest();
        assert_eq!(at_work(), 0);
        guard.begin(1, &all);
        assert_eq!(at_work(), 2);
        guard.rest();
        guard.go_on();
        assert_eq!(at_work(), 2);
        guard.end(&all, true);
        assert_eq!(at_work(), 0);
    }

    #[test]
    fn what_the_store_refused_was_no_end_and_a_clean_stop_leaves_none() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let one = letters(&["a"]);
        let mut guard = Guard::open(&files);
        guard.begin(0, &one);
        guard.end(&one, false);
        assert!(!Guard::open(&files).suspects.any());
        guard.begin(0, &one);
        files.leave_nothing();
        assert!(!Guard::open(&files).suspects.any());
    }

    #[test]
    fn however_often_it_is_killed_from_outside_nobody_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let one = letters(&["a"]);
        for _ in 0..9 {
            let mut guard = Guard::open(&files);
            guard.begin(0, &one);
            assert!(guard.comes_to(format_args!("booking YD1")));
            assert_eq!(
                guard.together(&letters(&["b", "c", "a", "d"])),
                4 - 2 * usize::from(guard.suspects.any())
            );
        }
        assert!(!Guard::open(&files).suspects.is_guilty(Name::of(&one[0].content)));
    }

    #[test]
    fn only_while_somebody_is_a_suspect_rows_are_noted_and_those_put_aside_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let one = letters(&["a"]);
        for end in 0..5 {
            std::fs::write(folder.path().join("ended-by-itself"), "").unwrap();
            let mut guard = Guard::open(&files);
            guard.begin(0, &one);
            // The first end tells whose work it was, the next three at which row.
            let goes_on = guard.comes_to(format_args!("booking {}", "YD1"));
            assert_eq!(goes_on, end < 4, "{end}");
            assert!(guard.comes_to(format_args!("booking {}", "YD2")), "{end}");
            assert_eq!(guard.comes_to(format_args!("booking {}", "YD1")), end < 4, "{end}");
        }
    }
}
