//! When the database is copied, and the thread that verifies a copy which has all its pages.

use crate::model::happening::Happening;
use crate::store::{Complete, Copies};
use crate::teller::Teller;
use jiff::Timestamp;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The first copy is made no sooner after a start: there is more to do then.
const AFTER_START: Duration = Duration::from_secs(60);
/// Whether anything has changed is looked at so often when a copy is due.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// What makes copies fail is told once, and again after this.
const TOLD_AGAIN: Duration = Duration::from_secs(24 * 3600);
/// One that failed is tried again after this, or when the next is due.
const AFTER_A_FAILURE: Duration = Duration::from_secs(3600);

/// When copies are made.
pub(super) struct CopyPlan {
    copies: Copies,
    next: Option<Instant>,
    /// Whether `next` counts from the newest copy.
    aged: bool,
    /// Says what the copy is, or why it is none.
    verifying: Option<JoinHandle<Result<Happening, String>>>,
    /// Why none could be made, as told last.
    told: Option<(String, Instant)>,
    teller: Teller,
}

impl CopyPlan {
    /// For copies. How old the newest is, is asked when the first may be made: nobody waits for the clock at a start.
    pub(super) fn new(copies: Copies, teller: Teller) -> Self {
        let next = copies.every().map(|every| Instant::now() + AFTER_START.min(every));
        Self { copies, next, aged: false, verifying: None, told: None, teller }
    }

    /// How long the newest copy, which an earlier process made, is new enough yet.
    fn is_new_for(&self, every: Duration, now: Timestamp) -> Duration {
        let newest = self.copies.newest_at(now);
        let age = newest.and_then(|at| Duration::try_from(now.duration_since(at)).ok());
        age.map_or(Duration::ZERO, |age| every.saturating_sub(age))
    }

    /// Whether one is to be made now.
    pub(super) fn due(&mut self, clock: impl FnOnce() -> Timestamp) -> Option<Copies> {
        if let Some(verifying) = self.verifying.take_if(|thread| thread.is_finished()) {
            match verifying.join() {
                Ok(Ok(made)) => {
                    self.told = None;
                    self.teller.tell(made);
                }
                Ok(Err(error)) => self.failed(error),
                Err(_) => self.failed("verifying it ended unexpectedly".to_owned()),
            }
        }
        let now = Instant::now();
        self.next.filter(|next| *next <= now)?;
        if self.verifying.is_some() {
            return None;
        }
        let (every, at) = (self.copies.every()?, clock());
        if !std::mem::replace(&mut self.aged, true) {
            let left = self.is_new_for(every, at);
            if !left.is_zero() {
                self.next = Some(now + left);
                return None;
            }
        }
        let behind = self.copies.is_behind(at);
        self.next = Some(now + if behind { every } else { LOOK_AGAIN.min(every) });
        behind.then(|| self.copies.clone())
    }

    /// The one that was due cannot be made.
    pub(super) fn failed(&mut self, error: String) {
        self.put_off();
        let is_told =
            |(words, at): &(String, Instant)| *words == error && at.elapsed() < TOLD_AGAIN;
        if !self.told.as_ref().is_some_and(is_told) {
            self.told = Some((error.clone(), Instant::now()));
            self.teller.tell(Happening::CopyFailed { error });
        }
    }

    /// The one that was due is not made.
    pub(super) fn put_off(&mut self) {
        let Some(every) = self.copies.every() else { return };
        let again = Instant::now() + every.min(AFTER_A_FAILURE);
        self.next = Some(self.next.map_or(again, |next| next.min(again)));
    }

    /// Verifies a copy that has all pages, on a thread of its own.
    pub(super) fn verify(&mut self, copies: Copies, complete: Complete) {
        let verify = move || match copies.take(&complete) {
            Ok((path, bytes)) => {
                Ok(Happening::CopyMade { path: path.display().to_string(), bytes })
            }
            Err(error) => Err(error.to_string()),
        };
        let thread = std::thread::Builder::new().name("verify".to_owned());
        match thread.spawn(verify) {
            Ok(verifying) => self.verifying = Some(verifying),
            // It stays unverified, and the next one begins anew.
            Err(error) => self.failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn left(plan: &CopyPlan) -> Duration {
        plan.next.unwrap().saturating_duration_since(Instant::now())
    }

    #[test]
    fn a_copy_that_came_to_nothing_is_tried_again_within_the_hour_and_its_age_is_the_lots_clocks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let (store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        let copies = Copies::new(&path, &folder.path().join("copies"), Some(DAY), 2);
        let mut plan = CopyPlan::new(copies.clone(), Teller::default());
        let complete = || {
            let mut unfinished = copies.begin(at(60)).unwrap();
            while !unfinished.from(&store).unwrap().step().unwrap() {}
            unfinished.complete().unwrap()
        };
        let verified = |plan: &mut CopyPlan, complete| {
            plan.next = Some(Instant::now() + DAY);
            plan.verify(copies.clone(), complete);
            while plan.verifying.is_some() {
                assert!(plan.due(|| at(60)).is_none());
                std::thread::yield_now();
            }
        };
        let damaged = complete();
        std::fs::write(folder.path().join("copies/lotgate.db.part"), b"damaged").unwrap();
        verified(&mut plan, damaged);
        assert!(left(&plan) <= AFTER_A_FAILURE);
        verified(&mut plan, complete());
        assert!(left(&plan) > AFTER_A_FAILURE);
        // The machine's clock has nothing to say.
        let mut plan = CopyPlan::new(copies, Teller::default());
        plan.next = Some(Instant::now());
        assert!(plan.due(|| at(60 + 3600)).is_none());
        let wait = left(&plan);
        let hour = Duration::from_secs(3600);
        assert!(wait + hour <= DAY && wait + hour + Duration::from_secs(60) > DAY);
    }

    #[test]
    fn what_makes_copies_fail_is_told_once_and_again_after_a_day_or_where_it_is_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let (store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        let copies = Copies::new(&path, &folder.path().join("copies"), Some(DAY), 2);
        let teller = Teller::default();
        let mut told = teller.listen();
        let mut plan = CopyPlan::new(copies.clone(), teller);
        for error in ["full", "full", "read-only", "read-only"] {
            plan.failed(error.to_owned());
        }
        let long_ago = Instant::now().checked_sub(TOLD_AGAIN).unwrap();
        plan.told.as_mut().unwrap().1 = long_ago;
        plan.failed("read-only".to_owned());
        let mut unfinished = copies.begin(at(60)).unwrap();
        while !unfinished.from(&store).unwrap().step().unwrap() {}
        plan.verify(copies, unfinished.complete().unwrap());
        while plan.verifying.is_some() {
            plan.due(|| at(60));
            std::thread::yield_now();
        }
        plan.failed("read-only".to_owned());
        let mut words = Vec::new();
        while let Ok(happening) = told.try_recv() {
            words.push(match happening {
                Happening::CopyFailed { error } => error,
                other => format!("{other:?}").split(' ').next().unwrap().to_owned(),
            });
        }
        assert_eq!(words, ["full", "read-only", "read-only", "CopyMade", "read-only"]);
    }
}
