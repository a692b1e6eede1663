//! One input while it is decided: what it may read and write, and what shall come of it. Every rule of the
//! lot takes it first; it knows no rule itself.

use super::rules::{Contact, Rules};
use crate::model::happening::Happening;
use crate::model::moment::LotMoment;
use crate::model::outcome::Outcome;
use crate::standard::years::{self, earlier};
use crate::store::{StoreError, Transaction};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::fmt;

/// Who is told which row of the lot's own an input has come to, and may say that it is passed over.
pub trait OwnRows {
    /// Whether something is done with it.
    fn comes_to(&self, row: fmt::Arguments<'_>) -> bool;
}

/// One input while it is decided.
pub struct Case<'a> {
    /// What is known, and where changes are written.
    pub(super) tx: &'a Transaction<'a>,
    /// The lot as it is configured.
    pub(super) rules: &'a Rules,
    /// Now; while nobody vouches for the clock never later than it truly is.
    pub(super) now: Timestamp,
    moment: LotMoment,
    /// How long ago the input came: others were before it.
    pub(super) waited: SignedDuration,
    /// Whether people at this gateway do what is done.
    pub(super) by_people: bool,
    /// What shall happen after the commit.
    pub(super) out: Outcome,
    marks: Marks,
    own_rows: Option<&'a dyn OwnRows>,
}

/// What is to be looked at again at the end of an input: who waits and may have been helped, what is told once.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Plates that something was changed for.
    pub(super) plates: BTreeSet<String>,
    /// Whether a space may have become free.
    pub(super) space_freed: bool,
    /// Whether anybody may have been helped.
    pub(super) everybody: bool,
    /// Leases whose spaces or cars are others now.
    pub(super) leases: BTreeSet<String>,
    /// Plates that may be on cameras' own lists otherwise now.
    pub(super) listing: BTreeSet<String>,
    /// Whether what is free in garages is to be told anew (8003).
    pub(super) garage_spaces: bool,
}

/// Why a step ends before it is done. Nothing may have been written before it is refused.
#[derive(Debug)]
pub(super) enum Stop<R> {
    /// It is not to be; whoever asked is told why.
    Refused(R),
    /// The store failed, and with it the whole transaction.
    Store(StoreError),
}

impl<R> From<StoreError> for Stop<R> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<'a> Case<'a> {
    /// An input that comes at a moment.
    pub fn new(tx: &'a Transaction<'a>, rules: &'a Rules, moment: impl Into<LotMoment>) -> Self {
        let (moment, waited) = (moment.into(), SignedDuration::ZERO);
        let (now, out, marks) = (moment.now, Outcome::default(), Marks::default());
        Self { tx, rules, now, moment, waited, by_people: false, out, marks, own_rows: None }
    }

    /// The same for one that came some time ago.
    #[must_use]
    pub fn after(self, waited: SignedDuration) -> Self {
        Self { waited, ..self }
    }

    /// The same while somebody watches which rows of the lot's own it comes to.
    #[must_use]
    pub fn watched(self, own_rows: &'a dyn OwnRows) -> Self {
        Self { own_rows: Some(own_rows), ..self }
    }

    /// Something is about to be done with a row of the lot's own, for itself and for nobody who asked: whether it may be.
    /// One at which the process ended again and again is passed over.
    pub(super) fn comes_to(&self, row: fmt::Arguments<'_>) -> bool {
        self.own_rows.is_none_or(|rows| rows.comes_to(row))
    }

    /// When the input came.
    pub(super) fn came_at(&self) -> Timestamp {
        earlier(self.now, self.waited)
    }

    /// Now, and what is known of the clock that says so.
    pub(super) fn moment(&self) -> &LotMoment {
        &self.moment
    }

    /// Whether somebody vouches for the clock: else it may be any time later than it says.
    pub fn clock_trusted(&self) -> bool {
        // A box that lost its clock wakes in 1970.
        let today = self.rules.time_zone.to_datetime(self.now).date();
        self.moment.is_trusted() && years::day(today).is_ok()
    }

    /// What ends after that moment has not ended at `at`: while nobody vouches for the clock nothing ends that was in
    /// force when somebody did last.
    pub(super) fn ends_after(&self, at: Timestamp) -> Timestamp {
        if self.clock_trusted() { at } else { at.min(self.moment.lower_bound) }
    }

    /// When something ends that is in force: the same.
    pub(super) fn end_of(&self, end: Timestamp) -> Timestamp {
        let goes_on = !self.clock_trusted() && end > self.moment.lower_bound;
        if goes_on { Timestamp::MAX } else { end }
    }

    /// Whether a contact says yes, as it was last heard; none while it was not.
    pub(super) fn contact_says(&self, contact: &Contact) -> Result<Option<bool>, StoreError> {
        let closed = self.tx.input_closed(contact.device_id.as_str(), contact.input)?;
        Ok(closed.map(|closed| closed != contact.inverted))
    }

    /// What shall happen once the transaction has committed.
    pub fn into_outcome(self) -> Outcome {
        self.out
    }

    /// Tells something.
    pub(super) fn tell(&mut self, happening: Happening) {
        self.out.happenings.push(happening);
    }

    /// Something was changed for a plate: if its car waits, it may pass now.
    pub(super) fn may_pass(&mut self, plate_no: &str) {
        mark(&mut self.marks.plates, plate_no);
    }

    /// A space may have become free: who waits for one may come in now.
    pub(super) fn space_freed(&mut self) {
        self.marks.space_freed = true;
    }

    /// Whatever held a car may be otherwise now.
    pub(super) fn anybody_may_pass(&mut self) {
        self.marks.everybody = true;
    }

    /// Whether a lease's spaces are yet to be looked at.
    pub(super) fn is_lease_changed(&self, key: &str) -> bool {
        self.marks.leases.contains(key)
    }

    /// A plate may be on cameras' own lists otherwise now.
    pub(super) fn listing_changed(&mut self, plate_no: &str) {
        if !self.rules.list_cameras.is_empty() {
            mark(&mut self.marks.listing, plate_no);
        }
    }

    /// A lease's spaces or the cars that may have them are others now: who waits for one may get it.
    pub(super) fn lease_changed(&mut self, key: &str) {
        mark(&mut self.marks.leases, key);
    }

    /// What we count as free in a garage has changed.
    pub(super) fn garage_spaces_changed(&mut self) {
        self.marks.garage_spaces = true;
    }

    /// The marks made since the last look; none when there are none.
    pub(super) fn take_marks(&mut self) -> Option<Marks> {
        let marks = std::mem::take(&mut self.marks);
        let Marks { plates, space_freed, everybody, leases, listing, garage_spaces } = &marks;
        let any = *everybody
            || *space_freed
            || *garage_spaces
            || !plates.is_empty()
            || !leases.is_empty()
            || !listing.is_empty();
        any.then_some(marks)
    }

    /// What a refused step has told and marked did not happen.
    pub(super) fn forget(&mut self) {
        self.out = Outcome::default();
        self.marks = Marks::default();
    }
}

fn mark(marked: &mut BTreeSet<String>, name: &str) {
    if !marked.contains(name) {
        marked.insert(name.to_owned());
    }
}
