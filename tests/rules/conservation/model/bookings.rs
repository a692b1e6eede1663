//! Which bookings keep a space: from 6001 on, until their car is inside at their time, they are taken back,
//! or their time and the minutes they are kept are over.

use crate::prelude::*;
use std::collections::BTreeSet;

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
    /// Units so far.
    units: usize,
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
    pub fn overlapping(
        &self,
        plate: &str,
        from: Timestamp,
        keep_until: Timestamp,
    ) -> Option<&Kept> {
        let overlaps =
            |one: &&Kept| one.plate == plate && one.from < keep_until && from < one.keep_until;
        self.kept().filter(overlaps).min_by_key(|one| one.from)
    }

    /// 6001 was answered with success, perhaps once more for the same code; `space` is the one it told.
    pub fn add(&mut self, code: &str, plate: &str, times: [Timestamp; 3], space: Option<String>) {
        let [from, over, keep_until] = times;
        let before = self.all.iter().position(|one| one.code == code);
        let before = before.map(|index| self.all.remove(index));
        let stood = before.as_ref().filter(|one| one.fate == Fate::Kept);
        let unit_of = |one: &Kept| (one.unit, one.space.clone());
        let own = stood.map(unit_of);
        let shared_own = self.kept().any(|one| Some(one.unit) == own.as_ref().map(|own| own.0));
        let overlaps =
            |one: &&Kept| one.plate == plate && one.from < keep_until && from < one.keep_until;
        let stays = own.clone().filter(|(unit, _)| {
            self.kept().filter(overlaps).any(|one| one.unit == *unit)
                || !shared_own && !self.kept().any(|one| overlaps(&one))
        });
        let joined = self.overlapping(plate, from, keep_until).map(unit_of);
        self.units += 1;
        let (unit, its_space) = stays.or(joined).unwrap_or((self.units, space));
        self.all.push(Kept {
            code: code.to_owned(),
            plate: plate.to_owned(),
            from,
            over,
            keep_until,
            space: its_space,
            unit,
            fate: Fate::Kept,
            confirmed: stood.is_some_and(|one| one.confirmed),
        });
        self.join(self.all.len() - 1);
    }

    /// Those of its plate that overlap one booking, and those that overlap these, keep its space.
    fn join(&mut self, index: usize) {
        let (unit, space) = (self.all[index].unit, self.all[index].space.clone());
        let mut sharing = vec![self.all[index].clone()];
        while let Some(one) = sharing.pop() {
            for other in self.all.iter_mut().filter(|other| other.fate == Fate::Kept) {
                let overlaps = other.plate == one.plate
                    && other.from < one.keep_until
                    && one.from < other.keep_until;
                if overlaps && other.unit != unit {
                    (other.unit, other.space) = (unit, space.clone());
                    sharing.push(other.clone());
                }
            }
        }
    }

    /// 6002 was answered with success.
    pub fn confirm(&mut self, code: &str, state: i64, now: Timestamp) {
        let its = |one: &Kept| one.code == code && one.fate == Fate::Kept;
        let Some(index) = self.all.iter().position(its) else { return };
        let one = &mut self.all[index];
        match state {
            0 => one.fate = Fate::Cancelled,
            1 if one.confirmed => {}
            _ => {
                // Extending confirms, too.
                one.confirmed = true;
                let late = now.duration_since(one.from).max(SignedDuration::ZERO);
                one.from += late;
                one.over += late;
                one.keep_until += late;
                self.join(index);
            }
        }
    }

    /// A car is inside: what it has booked for now is used up.
    pub fn inside(&mut self, plate: &str, now: Timestamp) {
        let begun = |one: &&Kept| one.plate == plate && one.from <= now;
        let units: BTreeSet<_> = self.kept().filter(begun).map(|one| one.unit).collect();
        self.use_up(&units);
    }

    /// Somebody has come to a space on the street: whoever had booked it, as far as anybody can see.
    pub fn taken(&mut self, space: &str, now: Timestamp) {
        let its = |one: &&Kept| one.space.as_deref() == Some(space) && one.from <= now;
        let units: BTreeSet<_> = self.kept().filter(its).map(|one| one.unit).collect();
        self.use_up(&units);
    }

    fn use_up(&mut self, units: &BTreeSet<usize>) {
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
