//! Which bookings keep a space: from 6001 on, until their car is inside at their time, they are taken back,
//! or their time and the minutes they are kept are over.

use crate::prelude::*;
use std::collections::BTreeSet;

/// So long before its booked time a car is early for it; what becomes of the booking then is not said.
const EARLY: SignedDuration = SignedDuration::from_hours(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Kept,
    Used,
    Cancelled,
    Expired,
}

#[derive(Debug, Clone)]
pub struct Kept {
    pub code: String,
    pub plate: String,
    pub from: Timestamp,
    pub over: Timestamp,
    pub keep_until: Timestamp,
    pub space: Option<String>,
    /// Bookings of one plate whose times overlap keep one space together.
    pub unit: usize,
    pub fate: Fate,
    confirmed: bool,
}

#[derive(Default)]
pub struct Bookings {
    pub all: Vec<Kept>,
    /// Something has come of which nobody says what it means.
    pub unsure: bool,
}

impl Bookings {
    pub fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.all.iter().filter(|one| one.fate == Fate::Kept)
    }

    /// How many spaces are kept.
    pub fn reserved(&self) -> i64 {
        let units: BTreeSet<_> = self.kept().map(|one| one.unit).collect();
        i64::try_from(units.len()).unwrap()
    }

    /// The booking of this plate that a new one would share its space with.
    pub fn overlapping(&self, plate: &str, from: Timestamp, over: Timestamp) -> Option<&Kept> {
        self.kept().find(|one| one.plate == plate && one.from < over && from < one.over)
    }

    pub fn add(&mut self, code: &str, plate: &str, times: [Timestamp; 3], space: Option<String>) {
        let [from, over, keep_until] = times;
        let shared = self.overlapping(plate, from, over).cloned();
        let meets =
            |one: &&Kept| one.plate == plate && one.from <= keep_until && from <= one.keep_until;
        self.unsure |= self.kept().filter(meets).count() > usize::from(shared.is_some());
        self.all.push(Kept {
            code: code.to_owned(),
            plate: plate.to_owned(),
            from,
            over,
            keep_until,
            space: space.or_else(|| shared.as_ref()?.space.clone()),
            unit: shared.map_or(self.all.len(), |one| one.unit),
            fate: Fate::Kept,
            confirmed: false,
        });
    }

    /// 6002 was answered with success.
    pub fn confirm(&mut self, code: &str, state: i64, now: Timestamp) {
        let Some(one) = self.all.iter_mut().find(|one| one.code == code && one.fate == Fate::Kept)
        else {
            return;
        };
        match state {
            0 => one.fate = Fate::Cancelled,
            1 if one.confirmed => {}
            _ => {
                one.confirmed |= state == 1;
                let late = now.duration_since(one.from).max(SignedDuration::ZERO);
                one.from += late;
                one.over += late;
                one.keep_until += late;
            }
        }
        let (unit, plate) = (one.unit, one.plate.clone());
        let beside = self.kept().any(|other| other.plate == plate && other.unit != unit);
        self.unsure |= beside;
    }

    /// A car comes in.
    pub fn arrives(&mut self, plate: &str, now: Timestamp) {
        let early = |one: &Kept| now < one.from && one.from <= now + EARLY;
        let is_early = self.kept().any(|one| one.plate == plate && early(one));
        self.unsure |= is_early;
    }

    /// A car is inside: what it has booked for now is used up.
    pub fn inside(&mut self, plate: &str, now: Timestamp) {
        let begun = |one: &&Kept| one.plate == plate && one.from <= now;
        let units: BTreeSet<_> = self.kept().filter(begun).map(|one| one.unit).collect();
        for one in self.all.iter_mut().filter(|one| units.contains(&one.unit)) {
            if one.fate == Fate::Kept {
                one.fate = Fate::Used;
            }
        }
    }

    pub fn expire(&mut self, now: Timestamp) {
        for one in self.all.iter_mut().filter(|one| one.fate == Fate::Kept) {
            if one.keep_until <= now {
                one.fate = Fate::Expired;
            }
        }
    }

    /// Staff gave a car another plate.
    pub fn renamed(&mut self, plates: [&str; 2]) {
        let concerned = self.kept().any(|one| plates.contains(&one.plate.as_str()));
        self.unsure |= concerned;
    }
}
