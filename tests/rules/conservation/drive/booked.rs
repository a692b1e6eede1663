//! Bookings (6001, 6002).

use super::{Asked, World, plate};
use crate::conservation::day::{Action, From};
use crate::conservation::model::Kept;
use crate::conservation::platform::text;
use crate::prelude::*;
use std::collections::BTreeSet;

impl World {
    pub(super) fn move_bookings(&mut self, action: &Action) {
        match *action {
            Action::Book { car, from, minutes, kept } => self.book(car, from, minutes, kept),
            Action::BookAgain { booking, from, minutes } => self.book_again(booking, from, minutes),
            Action::Confirm { booking, state } => self.confirm(booking, state),
            _ => {}
        }
    }

    fn book(&mut self, car: u8, from: From, minutes: i64, kept: i64) {
        let now = self.lot.now;
        let (plate, from) = (plate(car), from.moment(now));
        let over = from + SignedDuration::from_mins(minutes);
        let keep_until = over + SignedDuration::from_mins(kept);
        let code = format!("YD{}", self.model.bookings.all.len() + 1);
        let mut order = book(&code, &plate, from, minutes);
        order["obligatTime"] = json!(kept);
        let inside = self.platform.open_of(&plate).is_some();
        let shared = self.model.bookings.overlapping(&plate, from, keep_until);
        let shares = shared.map(|one| one.space.clone());
        let owned = self.owned_spaces();
        let reply = self.command(6001, &order);
        let space =
            reply.data.first().and_then(|element| text(&element["spaceNo"]).map(str::to_owned));
        if reply.succeeded() {
            self.model.bookings.add(&code, &plate, [from, over, keep_until], space);
        }
        let includes_now = from <= now && now < over;
        self.seen.asked = Asked::Book { reply, inside, includes_now, shares, owned };
    }

    /// Spaces that an open record, a stored car, an errand or a booking names.
    fn owned_spaces(&self) -> BTreeSet<String> {
        let open = self.platform.stays.values().filter(|one| one.is_open());
        let parked = open.filter_map(|one| one.space().map(str::to_owned));
        let stored = self.model.stored.keys().cloned();
        let errands = self.model.errands.values().filter_map(|one| one.space.clone());
        let kept = self.model.bookings.kept().filter_map(|one| one.space.clone());
        parked.chain(stored).chain(errands).chain(kept).collect()
    }

    /// The newest but so many.
    fn booking(&self, back: usize) -> Option<Kept> {
        let all = &self.model.bookings.all;
        all.get(all.len().checked_sub(1 + back % all.len().max(1))?).cloned()
    }

    fn book_again(&mut self, back: usize, from: From, minutes: i64) {
        let Some(known) = self.booking(back) else { return };
        let from = from.moment(self.lot.now);
        let over = from + SignedDuration::from_mins(minutes);
        let order = book(&known.code, &known.plate, from, minutes);
        let reply = self.command(6001, &order);
        if reply.succeeded() {
            let kept = over + SignedDuration::from_mins(30);
            let space = reply.data.first().and_then(|one| text(&one["spaceNo"]).map(str::to_owned));
            self.model.bookings.add(&known.code, &known.plate, [from, over, kept], space);
        }
    }

    fn confirm(&mut self, booking: usize, state: i64) {
        let Some(one) = self.booking(booking) else { return };
        let (code, was) = (one.code, Some(one.fate));
        let reply = self.command(6002, &confirm(&code, state));
        if reply.succeeded() {
            self.model.bookings.confirm(&code, state, self.lot.now);
        }
        self.seen.asked = Asked::Confirm { reply, state, was };
    }
}

impl From {
    fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Now => now,
            Self::InHours(hours) => now + SignedDuration::from_hours(hours),
            Self::Tonight => {
                let today = zone().to_datetime(now).date();
                let tonight = zone().to_timestamp(today.at(23, 30, 0, 0)).unwrap();
                if tonight > now { tonight } else { now }
            }
        }
    }
}
