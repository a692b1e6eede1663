//! Who is at fault when the platform does not take something: itself, one interface, or one report; how long
//! that is waited with, and when a report is put aside. For the sender and the images. Pure: moments and chance
//! are arguments.
//!
//! While nothing of an interface is taken, nothing that waits there is blamed, however long. What fails while
//! others are taken is alone with it: it waits by itself and lets the others go, and the time between its
//! failures counts against it as long as others of its interface were taken in it.

use crate::backoff::Backoff;
use crate::model::queue::PutOff;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// One more record taken says this much about the time before it, and no more: whoever was not taken since may
/// have been away.
const MOST_COUNTED: Duration = Duration::from_secs(3600);
/// A row alone with an unreadable answer is put aside after so many of them,
const UNREAD_TIMES: u32 = 5;
/// over so long a time in which others of its interface were taken.
const UNREAD_FOR: Duration = Duration::from_secs(3600);
/// A row alone that is not wanted is put aside at this time, if others of its interface are taken,
const UNWANTED_TIMES: u32 = 3;
/// and so long lies between two times: what is over by then was no fault of the row.
const UNWANTED_APART: Duration = Duration::from_secs(5);
/// Where more rows are not wanted since any was taken, it may be none of them that is at fault.
const FEW_UNWANTED: usize = 3;
/// Base data that are refused without a reason so often let the rest try its luck.
const BASE_DATA_FIRST: u32 = 8;

/// What is known of each interface and of each row that fails.
#[derive(Debug)]
pub struct Patience {
    give_up_after: Duration,
    taken: Option<Instant>,
    interfaces: HashMap<u16, OfInterface>,
    rows: HashMap<i64, OfRow>,
    /// Since when rows are not wanted, in company too.
    unwanted: HashMap<i64, Instant>,
    /// What failed since anything was taken: others are tried first.
    tried: HashSet<u16>,
}

#[derive(Debug)]
struct OfInterface {
    taken: Option<Instant>,
    failed: Option<Instant>,
    /// Whether it fails as a whole, as far as is known.
    is_out: bool,
    /// How often rows were refused without a reason since any was taken.
    refusals: u32,
    /// Rows that were not wanted alone since any was taken.
    unwanted: HashSet<i64>,
    backoff: Backoff,
    /// One request at a time asks whether it is back.
    resume_at: Option<Instant>,
    asking: bool,
}

#[derive(Debug)]
struct OfRow {
    failed: Instant,
    counted_to: Instant,
    /// For how long it was refused while others were taken.
    refused_for: Duration,
    /// How often its answers could not be read, and for how long while others were taken.
    unread: (u32, Duration),
    /// How often it was not wanted alone while others of its interface were taken; the first time counts in any case.
    unwanted: u32,
    /// The last time of these.
    unwanted_at: Option<Instant>,
    /// Whether others were taken while it was not.
    blamed: bool,
    backoff: Backoff,
    resume_at: Option<Instant>,
}

/// Rows of one interface that were not taken.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// The interface.
    pub code: u16,
    /// Each row, and for how long it had been refused when it was read.
    pub rows: &'a [(i64, Duration)],
    /// What it says against a row that is alone with it.
    pub says: Evidence,
}

/// What a failure says against a row that is alone with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing.
    Nothing,
    /// That whoever it came to has failed: at it, perhaps, if others are taken in between, again and again.
    Failing,
    /// That it was refused, if without a word that names it.
    Refused,
    /// That it is not wanted as it is: of a batch, one may be why.
    Unwanted,
    /// That it may have been taken: there was an answer, which could not be read.
    Unread,
}

/// Who was at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Nobody knows better: the platform.
    Platform,
    /// The interface: others are taken. `new` where that was not known.
    Interface {
        /// Whether it has just turned out.
        new: bool,
    },
    /// One of these rows: others of the interface are taken.
    Among,
    /// This row: others of the interface are taken. `new` where that was not known.
    Row {
        /// Whether it has just turned out.
        new: bool,
    },
    /// This row, for as long as one waits: it is put aside.
    PutAside,
}

impl Default for OfInterface {
    fn default() -> Self {
        Self {
            taken: None,
            failed: None,
            is_out: false,
            refusals: 0,
            unwanted: HashSet::new(),
            backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
            resume_at: None,
            asking: false,
        }
    }
}

impl OfRow {
    fn new(refused_for: Duration, now: Instant) -> Self {
        Self {
            failed: now,
            counted_to: now,
            refused_for,
            unread: (0, Duration::ZERO),
            unwanted: 0,
            unwanted_at: None,
            blamed: false,
            backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
            resume_at: None,
        }
    }
}

impl Patience {
    /// Nothing has failed yet. Rows are put aside when they were refused for `give_up_after` while the
    /// platform took others of their interface.
    pub fn new(give_up_after: Duration) -> Self {
        Self {
            give_up_after,
            taken: None,
            interfaces: HashMap::new(),
            rows: HashMap::new(),
            unwanted: HashMap::new(),
            tried: HashSet::new(),
        }
    }

    /// A request of an interface leaves.
    pub fn sent(&mut self, code: u16) {
        if let Some(of) = self.interfaces.get_mut(&code) {
            of.asking = of.backoff.failures() > 0;
        }
    }

    /// The platform took rows of an interface; true where it had been out alone.
    pub fn took(&mut self, code: u16, now: Instant) -> bool {
        self.answered();
        self.taken = Some(now);
        let of = self.interfaces.entry(code).or_default();
        let was_out = of.resume_at.is_some();
        *of = OfInterface { taken: Some(now), failed: of.failed, ..OfInterface::default() };
        was_out
    }

    /// The platform said something that can be used.
    pub fn answered(&mut self) {
        self.tried.clear();
    }

    /// A request of that interface has come back, with whatever.
    pub fn returned(&mut self, code: u16) {
        if let Some(of) = self.interfaces.get_mut(&code) {
            of.asking = false;
        }
    }

    /// These rows are gone: taken, refused or thrown away.
    pub fn settled(&mut self, rows: impl IntoIterator<Item = i64>) {
        for row in rows {
            self.rows.remove(&row);
            self.unwanted.remove(&row);
        }
    }

    /// Rows were not taken: who is at fault. `chance` is in 0 … 1.
    pub fn failed(&mut self, failure: Failure<'_>, chance: f64, now: Instant) -> Blame {
        // Which one it is, if any, only one that is sent alone can tell: nobody is blamed, and they go in smaller company.
        if failure.says == Evidence::Unwanted && failure.rows.len() > 1 {
            for (row, _) in failure.rows {
                self.unwanted.entry(*row).or_insert(now);
            }
            return Blame::Among;
        }
        let taken = self.taken;
        let of = self.interfaces.entry(failure.code).or_default();
        let since = |moment: Option<Instant>, before: Option<Instant>| matches!((moment, before), (Some(moment), Some(before)) if moment > before);
        let (of_it_taken, others_taken) = (since(of.taken, of.failed), since(taken, of.failed));
        // Others were taken, and nothing of it has failed since.
        let goes_well = of.taken.is_some() && (of_it_taken || of.failed.is_none());
        of.failed = Some(now);
        let interface_out = of.is_out;
        let own = match failure.rows {
            [(row, refused_for)] if failure.says == Evidence::Unwanted => {
                of.unwanted.insert(*row);
                let few = of.unwanted.len() <= FEW_UNWANTED && !interface_out;
                let times = Times { of_it: of.taken, interface_out, now };
                self.row_unwanted((*row, *refused_for), (goes_well, few), &times, chance)
            }
            [(row, refused_for)] => {
                let times = Times { of_it: of.taken, interface_out, now };
                self.row_failed(*row, *refused_for, failure.says, &times, chance)
            }
            _ if of_it_taken => Some(Blame::Among),
            _ => None,
        };
        if let Some(own) = own {
            return own;
        }
        let of = self.interfaces.entry(failure.code).or_default();
        let pause = of.backoff.pause(chance);
        of.is_out = true;
        let refused = !matches!(failure.says, Evidence::Nothing | Evidence::Failing);
        of.refusals = of.refusals.saturating_add(u32::from(refused));
        if others_taken && !of_it_taken {
            let new = of.resume_at.is_none();
            of.resume_at = Some(now + pause);
            return Blame::Interface { new };
        }
        self.tried.insert(failure.code);
        Blame::Platform
    }

    fn row_failed(
        &mut self,
        row: i64,
        refused_for: Duration,
        says: Evidence,
        times: &Times,
        chance: f64,
    ) -> Option<Blame> {
        let now = times.now;
        let Some(of) = self.rows.get_mut(&row) else {
            let unread = (u32::from(says == Evidence::Unread), Duration::ZERO);
            self.rows.insert(row, OfRow { unread, ..OfRow::new(refused_for, now) });
            return None;
        };
        let others_taken = times.of_it.is_some_and(|taken| taken > of.failed);
        let since = now.duration_since(of.failed);
        let lately = times.of_it.is_some_and(|taken| now.duration_since(taken) <= MOST_COUNTED);
        let known = of.blamed || !of.refused_for.is_zero();
        of.failed = now;
        if !others_taken && (!known || times.interface_out) {
            return None;
        }
        let counts = match says {
            Evidence::Refused => others_taken || lately,
            Evidence::Failing => others_taken,
            Evidence::Nothing | Evidence::Unwanted | Evidence::Unread => false,
        };
        if counts {
            of.refused_for += now.duration_since(of.counted_to).min(MOST_COUNTED);
            of.counted_to = now;
        }
        of.blamed = true;
        of.resume_at = Some(now + of.backoff.pause(chance));
        let given_up = match says {
            // What is not wanted never comes in a reply that settles others.
            Evidence::Nothing | Evidence::Unwanted => false,
            Evidence::Refused | Evidence::Failing => counts && of.refused_for >= self.give_up_after,
            Evidence::Unread => {
                if others_taken {
                    of.unread.0 = of.unread.0.saturating_add(1);
                    of.unread.1 += since.min(MOST_COUNTED);
                }
                of.unread.0 >= UNREAD_TIMES && of.unread.1 >= UNREAD_FOR
            }
        };
        Some(if given_up { Blame::PutAside } else { Blame::Row { new: !known } })
    }

    /// A row alone is not wanted. `goes_well` where others were taken and nothing has failed since; `few` where hardly
    /// another was unwanted since.
    fn row_unwanted(
        &mut self,
        (row, refused_for): (i64, Duration),
        (goes_well, few): (bool, bool),
        times: &Times,
        chance: f64,
    ) -> Option<Blame> {
        let now = times.now;
        let first = *self.unwanted.entry(row).or_insert(now);
        let failed = self.rows.get(&row).map(|of| of.failed);
        let of = self.rows.entry(row).or_insert_with(|| OfRow::new(refused_for, now));
        let taken_since = |moment: Instant| times.of_it.is_some_and(|taken| taken > moment);
        // Taken since the last time, or since the first and nothing speaks for an outage.
        let others_taken = failed.is_some_and(taken_since) || (few && taken_since(first));
        let known = of.blamed || !of.refused_for.is_zero();
        of.failed = now;
        let apart = of.unwanted_at.is_none_or(|at| now.duration_since(at) >= UNWANTED_APART);
        if (others_taken || of.unwanted == 0) && apart {
            of.unwanted = of.unwanted.saturating_add(1);
            of.unwanted_at = Some(now);
        }
        // One answer that speaks of this row is enough to let the others go on.
        if !(others_taken || goes_well || known && few) {
            return None;
        }
        of.refused_for += now.duration_since(of.counted_to).min(MOST_COUNTED);
        of.counted_to = now;
        of.blamed = true;
        of.resume_at = Some(now + of.backoff.pause(chance).max(UNWANTED_APART));
        let aside = of.unwanted >= UNWANTED_TIMES && others_taken;
        Some(if aside { Blame::PutAside } else { Blame::Row { new: !known } })
    }

    /// A row was not taken by a reply that settled others: it waits by itself. It comes with for how long it had been
    /// refused when it was read, and what that it was not taken says against it.
    pub fn failed_beside_others(
        &mut self,
        code: u16,
        (row, refused_for, says): (i64, Duration, Evidence),
        chance: f64,
        now: Instant,
    ) -> Blame {
        let of_it = self.interfaces.get(&code).and_then(|of| of.taken);
        let times = Times { of_it, interface_out: false, now };
        if let Some(own) = self.row_failed(row, refused_for, says, &times, chance) {
            return own;
        }
        if let Some(of) = self.rows.get_mut(&row) {
            of.resume_at = Some(now + of.backoff.pause(chance));
        }
        Blame::Row { new: false }
    }

    /// Others go first for a while: a row was not taken, and nobody knows yet whether it is at fault. It comes with for how
    /// long it had been refused when it was read.
    pub fn lags(&mut self, (row, refused_for): (i64, Duration), chance: f64, now: Instant) {
        let of = self.rows.entry(row).or_insert_with(|| OfRow::new(refused_for, now));
        if of.resume_at.is_none_or(|moment| moment <= now) {
            of.resume_at = Some(now + of.backoff.pause(chance));
        }
    }

    /// Whether others were taken while a row was not: what becomes of it says nothing of others.
    pub fn is_blamed(&self, row: i64) -> bool {
        self.rows.get(&row).is_some_and(|of| of.blamed || !of.refused_for.is_zero())
    }

    /// Rows that wait by themselves.
    pub fn waiting(&self, now: Instant) -> Vec<i64> {
        let waits = |of: &OfRow| of.resume_at.is_some_and(|moment| moment > now);
        self.rows.iter().filter(|(_, of)| waits(of)).map(|(row, _)| *row).collect()
    }

    /// For how long a row was refused while others were taken, with the platform's words.
    pub fn put_off(&self, row: i64, before: Duration, words: &str) -> PutOff {
        let refused_for = self.rows.get(&row).map_or(before, |of| of.refused_for);
        PutOff { words: words.to_owned(), refused_for }
    }

    /// Whether a row may go now; it waits by itself, or its interface does.
    pub fn may_go(&self, code: u16, row: i64, now: Instant) -> bool {
        let ended = |moment: Option<Instant>| moment.is_none_or(|moment| moment <= now);
        let interface =
            self.interfaces.get(&code).is_none_or(|of| !of.asking && ended(of.resume_at));
        interface && self.rows.get(&row).is_none_or(|of| ended(of.resume_at))
    }

    /// Whether others are tried before this interface: it failed since anything was taken. Base data stay
    /// first for a while, since without them the platform understands nothing else.
    pub fn lets_others_first(&self, code: u16, is_base_data: bool) -> bool {
        let often = |of: &OfInterface| of.refusals >= BASE_DATA_FIRST;
        let refused_often = self.interfaces.get(&code).is_some_and(often);
        self.tried.contains(&code) && (!is_base_data || refused_often)
    }

    /// All have been tried: from the beginning.
    pub fn try_all_again(&mut self) -> bool {
        !std::mem::take(&mut self.tried).is_empty()
    }

    /// When something that waits by itself may go again.
    pub fn next(&self, now: Instant) -> Option<Instant> {
        let rows = self.rows.values().filter_map(|of| of.resume_at);
        let interfaces = self.interfaces.values().filter_map(|of| of.resume_at);
        rows.chain(interfaces).filter(|moment| *moment > now).min()
    }
}

/// When a row failed, and what else is known of its interface.
struct Times {
    of_it: Option<Instant>,
    interface_out: bool,
    now: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const MINUTE: Duration = Duration::from_secs(60);

    struct Bench {
        patience: Patience,
        now: Instant,
    }

    impl Bench {
        fn new() -> Self {
            Self { patience: Patience::new(DAY), now: Instant::now() }
        }

        fn fails(&mut self, code: u16, rows: &[i64]) -> Blame {
            let rows: Vec<_> = rows.iter().map(|row| (*row, Duration::ZERO)).collect();
            let failure = Failure { code, rows: &rows, says: Evidence::Refused };
            self.patience.failed(failure, 1.0, self.now)
        }

        fn after(&mut self, pause: Duration) -> &mut Self {
            self.now += pause;
            self
        }

        fn takes(&mut self, code: u16) -> &mut Self {
            self.patience.took(code, self.now);
            self
        }
    }

    #[test]
    fn while_nothing_is_taken_nothing_is_blamed_however_long() {
        let mut bench = Bench::new();
        for _ in 0..10_000 {
            assert_eq!(bench.fails(5004, &[1]), Blame::Platform);
            assert_eq!(bench.after(MINUTE).fails(5005, &[2]), Blame::Platform);
            bench.after(MINUTE);
        }
        assert!(bench.patience.may_go(5004, 1, bench.now));
        bench.takes(5004);
        assert_eq!(bench.fails(5004, &[1]), Blame::Row { new: true }, "an hour at most counts");
    }

    #[test]
    fn a_row_is_put_aside_after_a_day_in_which_others_were_taken() {
        let mut bench = Bench::new();
        bench.fails(5004, &[1]);
        let mut minutes = 0;
        let fault = loop {
            minutes += 10;
            bench.after(10 * MINUTE).takes(5004);
            match bench.fails(5004, &[1]) {
                Blame::Row { new } => assert_eq!(new, minutes == 10),
                other => break other,
            }
            assert!(!bench.patience.may_go(5004, 1, bench.now), "it waits by itself");
            assert!(bench.patience.may_go(5004, 2, bench.now), "the others do not wait for it");
        };
        assert_eq!((fault, minutes), (Blame::PutAside, 24 * 60));
    }

    #[test]
    fn an_outage_in_the_middle_does_not_count() {
        let mut bench = Bench::new();
        bench.fails(5004, &[1]);
        bench.after(MINUTE).takes(5004);
        assert_eq!(bench.fails(5004, &[1]), Blame::Row { new: true });
        assert_eq!(bench.after(MINUTE).fails(5004, &[2]), Blame::Platform);
        for _ in 0..3 * 24 * 60 {
            assert_eq!(bench.after(MINUTE).fails(5004, &[1]), Blame::Platform);
        }
        bench.after(MINUTE).takes(5004);
        assert_eq!(bench.fails(5004, &[1]), Blame::Row { new: false });
        let refused_for = bench.patience.put_off(1, Duration::ZERO, "").refused_for;
        assert!(refused_for <= MOST_COUNTED + MINUTE, "{refused_for:?}");
    }

    #[test]
    fn a_quiet_night_counts_an_hour_and_troubles_nobody() {
        let mut bench = Bench::new();
        bench.fails(5004, &[1]);
        bench.after(MINUTE).takes(5004);
        bench.fails(5004, &[1]);
        for _ in 0..8 * 60 {
            assert_eq!(bench.after(MINUTE).fails(5004, &[1]), Blame::Row { new: false });
        }
        let refused_for = bench.patience.put_off(1, Duration::ZERO, "").refused_for;
        assert!((MINUTE..=MOST_COUNTED + MINUTE).contains(&refused_for), "{refused_for:?}");
    }

    #[test]
    fn what_was_refused_before_a_start_counts() {
        let mut bench = Bench::new();
        let rows = [(1, DAY.saturating_sub(MINUTE))];
        let failure = Failure { code: 5004, rows: &rows, says: Evidence::Refused };
        let before = bench.now;
        bench.patience.failed(failure, 1.0, before);
        bench.after(2 * MINUTE).takes(5004);
        assert_eq!(bench.patience.failed(failure, 1.0, bench.now), Blame::PutAside);
    }

    #[test]
    fn a_row_at_which_the_platform_fails_is_put_aside_after_a_day_in_which_it_took_others_in_between()
     {
        let mut bench = Bench::new();
        let fails = |bench: &mut Bench| {
            let rows = [(1, Duration::ZERO)];
            let failure = Failure { code: 5004, rows: &rows, says: Evidence::Failing };
            bench.patience.failed(failure, 1.0, bench.now)
        };
        // It fails at everything: an outage, however long.
        for _ in 0..3 * 24 * 60 {
            assert_eq!(fails(bench.after(MINUTE)), Blame::Platform);
        }
        let mut hours = 0;
        let fault = loop {
            bench.after(30 * MINUTE).takes(5004);
            match fails(&mut bench) {
                Blame::Row { new } => assert_eq!(new, hours == 0),
                other => break other,
            }
            // Where nothing was taken in between, that says nothing.
            assert_eq!(fails(bench.after(30 * MINUTE)), Blame::Row { new: false });
            hours += 1;
        };
        // An hour counts of the outage, as it ended in it.
        assert_eq!((fault, hours), (Blame::PutAside, 23));
    }

    #[test]
    fn what_is_not_wanted_three_times_within_moments_is_not_put_aside_for_it() {
        let mut bench = Bench::new();
        bench.takes(5004);
        for _ in 0..9 {
            assert!(matches!(unwanted(&mut bench, &[1]), Blame::Row { .. }));
            assert!(!bench.patience.may_go(5004, 1, bench.now + Duration::from_secs(4)));
            bench.after(Duration::from_millis(500)).takes(5004);
        }
        for last in [Blame::Row { new: false }, Blame::PutAside] {
            bench.after(UNWANTED_APART).takes(5004);
            assert_eq!(unwanted(&mut bench, &[1]), last);
        }
    }

    #[test]
    fn what_says_nothing_about_a_row_is_never_counted_against_it() {
        let mut bench = Bench::new();
        let rows = [(1, Duration::ZERO)];
        let failure = Failure { code: 5004, rows: &rows, says: Evidence::Nothing };
        bench.patience.failed(failure, 1.0, bench.now);
        for _ in 0..3 * 24 * 60 {
            bench.after(MINUTE).takes(5004);
            let fault = bench.patience.failed(failure, 1.0, bench.now);
            assert!(matches!(fault, Blame::Row { .. }));
        }
    }

    #[test]
    fn a_row_whose_answers_cannot_be_read_is_put_aside_after_five_in_an_hour_in_which_others_were_taken()
     {
        let mut bench = Bench::new();
        let unread = |bench: &mut Bench| {
            let rows = [(1, Duration::ZERO)];
            let failure = Failure { code: 5004, rows: &rows, says: Evidence::Unread };
            bench.patience.failed(failure, 1.0, bench.now)
        };
        // Nobody's can be read: an outage, however long.
        for _ in 0..1000 {
            assert_eq!(unread(&mut bench), Blame::Platform);
            bench.after(MINUTE);
        }
        for minutes in 1..59 {
            bench.after(MINUTE).takes(5004);
            assert!(matches!(unread(&mut bench), Blame::Row { .. }), "{minutes}");
            // In between nothing is taken for long, which says nothing.
            bench.after(10 * MINUTE);
            unread(&mut bench);
        }
        bench.after(MINUTE).takes(5004);
        assert_eq!(unread(&mut bench), Blame::PutAside);
        let mut seldom = Bench::new();
        unread(&mut seldom);
        for _ in 0..3 {
            seldom.after(DAY).takes(5004);
            assert!(matches!(unread(&mut seldom), Blame::Row { .. }));
        }
        seldom.after(DAY).takes(5004);
        assert_eq!(unread(&mut seldom), Blame::PutAside, "five times");
    }

    fn unwanted(bench: &mut Bench, rows: &[i64]) -> Blame {
        let rows: Vec<_> = rows.iter().map(|row| (*row, Duration::ZERO)).collect();
        let failure = Failure { code: 5004, rows: &rows, says: Evidence::Unwanted };
        bench.patience.failed(failure, 1.0, bench.now)
    }

    #[test]
    fn a_row_that_is_not_wanted_is_put_aside_at_the_third_time_if_others_were_taken_in_between() {
        let mut bench = Bench::new();
        bench.takes(5004);
        assert_eq!(unwanted(bench.after(MINUTE), &[1]), Blame::Row { new: true }, "told at once");
        assert!(bench.patience.may_go(5004, 2, bench.now), "the others do not wait for it");
        // Nothing else is sent: that says nothing more.
        for _ in 0..9 {
            assert_eq!(unwanted(bench.after(MINUTE), &[1]), Blame::Row { new: false });
        }
        bench.after(MINUTE).takes(5005);
        assert_eq!(unwanted(bench.after(MINUTE), &[1]), Blame::Row { new: false }, "another's");
        bench.after(MINUTE).takes(5004);
        assert_eq!(unwanted(bench.after(MINUTE), &[1]), Blame::Row { new: false });
        // The others are through, and nothing comes any more.
        assert_eq!(unwanted(bench.after(MINUTE), &[1]), Blame::PutAside);
    }

    #[test]
    fn the_one_of_a_batch_is_found_though_all_others_were_taken_before_it_was_alone() {
        let mut bench = Bench::new();
        assert_eq!(unwanted(&mut bench, &[1, 2, 3]), Blame::Among);
        bench.after(MINUTE).takes(5004);
        for _ in 0..2 {
            assert!(matches!(unwanted(bench.after(MINUTE), &[1]), Blame::Row { .. }));
        }
        assert_eq!(unwanted(bench.after(MINUTE), &[1]), Blame::PutAside);
    }

    #[test]
    fn an_outage_that_comes_and_goes_puts_nothing_aside() {
        let mut bench = Bench::new();
        let rows: Vec<i64> = (0..50).collect();
        unwanted(&mut bench, &rows);
        for _ in 0..1000 {
            // For a moment somebody is taken, then all that wait are refused several times over.
            bench.after(MINUTE).takes(5004);
            for _ in 0..3 {
                for row in 0..50 {
                    let fault = unwanted(bench.after(MINUTE), &[row]);
                    assert_ne!(fault, Blame::PutAside);
                }
            }
            // Then all are taken.
            bench.patience.settled(rows.clone());
        }
    }

    #[test]
    fn nothing_is_put_aside_while_nothing_of_its_interface_is_wanted_however_often() {
        let mut bench = Bench::new();
        for _ in 0..1000 {
            assert_eq!(unwanted(bench.after(MINUTE), &[1]), Blame::Platform);
            assert_eq!(unwanted(bench.after(MINUTE), &[2]), Blame::Platform);
        }
        bench.after(MINUTE).takes(5004);
        assert_eq!(unwanted(bench.after(MINUTE), &[1]), Blame::Row { new: true });
        // From now on nothing is taken again: the first goes on alone, the next shows what it is.
        assert_eq!(unwanted(bench.after(MINUTE), &[3]), Blame::Platform);
        for _ in 0..1000 {
            assert_eq!(unwanted(bench.after(MINUTE), &[1]), Blame::Platform);
            assert_eq!(unwanted(bench.after(MINUTE), &[3]), Blame::Platform);
        }
    }

    #[test]
    fn a_batch_that_is_not_wanted_is_nobodys_fault() {
        let mut bench = Bench::new();
        for _ in 0..9 {
            assert_eq!(unwanted(bench.after(MINUTE), &[1, 2, 3]), Blame::Among);
        }
        assert!(!bench.patience.lets_others_first(5004, false));
        bench.takes(5004);
        assert_eq!(unwanted(bench.after(MINUTE), &[1]), Blame::Row { new: true }, "the first time");
    }

    #[test]
    fn an_interface_that_is_out_alone_waits_alone_and_is_asked_once_at_a_time() {
        let mut bench = Bench::new();
        assert_eq!(bench.fails(5011, &[1]), Blame::Platform);
        assert!(bench.patience.lets_others_first(5011, false));
        bench.after(MINUTE).takes(5004);
        assert!(!bench.patience.lets_others_first(5011, false));
        assert_eq!(bench.fails(5011, &[2]), Blame::Interface { new: true });
        assert!(!bench.patience.may_go(5011, 3, bench.now));
        assert!(bench.patience.may_go(5004, 4, bench.now));
        let again = bench.patience.next(bench.now).unwrap();
        assert!(bench.patience.may_go(5011, 3, again));
        bench.patience.sent(5011);
        assert!(!bench.patience.may_go(5011, 3, again));
        bench.patience.returned(5011);
        bench.now = again;
        assert!(bench.takes(5004).patience.took(5011, again));
        assert!(bench.patience.may_go(5011, 3, again));
    }

    #[test]
    fn the_bad_row_of_a_batch_is_looked_for_at_once_where_others_are_taken() {
        let mut bench = Bench::new();
        assert_eq!(bench.fails(5004, &[1, 2, 3, 4]), Blame::Platform);
        bench.after(MINUTE).takes(5004);
        assert_eq!(bench.fails(5004, &[3, 4]), Blame::Among);
    }

    #[test]
    fn base_data_stay_first_until_they_were_refused_often() {
        let mut bench = Bench::new();
        for _ in 0..BASE_DATA_FIRST {
            assert!(!bench.patience.lets_others_first(3001, true));
            bench.fails(3001, &[1]);
        }
        assert!(bench.patience.lets_others_first(3001, true));
        assert!(bench.patience.try_all_again());
        assert!(!bench.patience.lets_others_first(3001, true));
    }
}
