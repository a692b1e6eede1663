//! What truly goes on in the lot and what is right, as the standard and the issue say it: the laws hold what
//! the lot tells against this.

mod bookings;
mod stay;

pub use bookings::{Bookings, Fate, Kept};
pub use stay::{Payment, Stay};

use super::day::Seen;
use super::platform::{self, Platform, fen};
use super::site::Site;
use crate::prelude::*;
use lotgate::lot::tariff::{self, Interval, Tariff, Vehicle};
use lotgate::model::happening::Hold;
use std::collections::{BTreeMap, BTreeSet};

/// The car that was read last in a lane, while it may still be there.
#[derive(Debug, Clone)]
pub struct AtLane {
    pub plate: String,
    pub read: Timestamp,
    pub held: Option<Hold>,
    /// When it was let pass.
    pub let_pass: Option<Timestamp>,
    pub by_hand: bool,
}

/// An entry of the control list.
#[derive(Debug, Clone)]
pub struct Listed {
    pub id: String,
    pub plate: String,
    pub strategy: i64,
}

/// What a garage was told to do.
#[derive(Debug, Clone)]
pub struct Errand {
    pub store: bool,
    pub space: Option<String>,
}

pub struct Model {
    pub site: Site,
    tariff: Tariff,
    pub lanes: [Option<AtLane>; 3],
    pub stays: BTreeMap<String, Stay>,
    pub bookings: Bookings,
    pub listed: Vec<Listed>,
    /// Locked plates and the stay that is locked.
    pub locked: BTreeMap<String, String>,
    pub leased: BTreeSet<String>,
    /// Plates whose stays have a price this model does not reckon: leased, shared, freed by the list.
    pub unpriced: BTreeSet<String>,
    /// Plates that may have a contract.
    pub contracts: BTreeSet<String>,
    pub errands: BTreeMap<i64, Errand>,
    /// Cars in the garage by their space.
    pub stored: BTreeMap<String, String>,
    pub sensors: BTreeMap<String, Seen>,
}

impl Model {
    pub fn new(site: Site, tariff: Tariff) -> Self {
        Self {
            site,
            tariff,
            lanes: [const { None }; 3],
            stays: BTreeMap::new(),
            bookings: Bookings::default(),
            listed: Vec::new(),
            locked: BTreeMap::new(),
            leased: BTreeSet::new(),
            unpriced: BTreeSet::new(),
            contracts: BTreeSet::new(),
            errands: BTreeMap::new(),
            stored: BTreeMap::new(),
            sensors: BTreeMap::new(),
        }
    }

    /// What the tariff says of a stay up to a moment, in fen.
    pub fn fee(&self, stay: &Stay, until: Timestamp) -> i64 {
        let charged = Interval { from: stay.enter, to: until };
        let fee = self
            .tariff
            .fee(&tariff::PricedStay::plain(&Vehicle::small(), stay.enter, &[charged]))
            .sum;
        fen(&json!(fee))
    }

    /// What a stay still owes; nothing while it may leave on what it has paid.
    pub fn due(&self, stay: &Stay, now: Timestamp) -> i64 {
        if stay.may_leave(now) { 0 } else { self.open_sum(stay, now) }
    }

    fn open_sum(&self, stay: &Stay, until: Timestamp) -> i64 {
        (self.fee(stay, until) - stay.taken - stay.let_off).max(0)
    }

    pub fn leave_within(&self) -> SignedDuration {
        self.tariff.leave_within
    }

    /// A payment arrives.
    pub fn pay(&mut self, record: &str, payment: &Payment, now: Timestamp) {
        let Some(mut stay) = self.stays.get(record).cloned().filter(|_| payment.received > 0)
        else {
            return;
        };
        let by_order = stay.receive(payment, now, self.leave_within());
        let is_own = !by_order && stay.left.is_none();
        // Where nothing was due nothing is settled anew.
        let was_due = stay.settled.is_none_or(|settled| now > settled.until);
        if is_own && was_due && payment.moment == now && self.open_sum(&stay, now) == 0 {
            stay.settle(now, now + self.leave_within(), false);
        }
        self.stays.insert(record.to_owned(), stay);
    }

    /// What the reports have told of stays and orders.
    pub fn learn(&mut self, platform: &Platform, now: Timestamp) {
        for (code, body) in &platform.fresh {
            match code {
                5004 => self.begin(body, now),
                5005 | 5006 => self.change(body),
                5007 => self.learn_order(body, now, now),
                _ => {}
            }
        }
        let inside: Vec<_> = platform.stays.values().filter(|one| one.is_open()).collect();
        for plate in inside.iter().filter_map(|one| one.plate()) {
            self.bookings.inside(plate, now);
        }
        self.bookings.expire(now);
    }

    fn begin(&mut self, body: &Value, now: Timestamp) {
        if let Some(space) = platform::text(&body["spaceNo"]).filter(|_| self.site.is_street()) {
            self.bookings.taken(space, now);
        }
        let plate = platform::text(&body["parkCarInfo"]["plateNo"]).unwrap_or_default().to_owned();
        let enter = platform::moment(&body["enterTime"]).unwrap();
        let mut stay = Stay::new(&plate, enter);
        stay.priced &= !self.unpriced.contains(&plate);
        self.stays.insert(platform::id(body, "id"), stay);
    }

    fn change(&mut self, body: &Value) {
        let Some(stay) = self.stays.get_mut(&platform::id(body, "id")) else { return };
        stay.left = platform::moment(&body["leaveTime"]);
        if let Some(plate) = platform::text(&body["parkCarInfo"]["plateNo"]) {
            plate.clone_into(&mut stay.plate);
        }
        let enter = platform::moment(&body["enterTime"]).unwrap();
        stay.priced &= enter == stay.enter;
        if stay.left.is_some() {
            // Who has driven out by the gate does not stand in his space, whether or not he was retrieved.
            let (plate, space) = (&stay.plate, platform::text(&body["spaceNo"]));
            self.stored.retain(|place, car| car != plate || Some(place.as_str()) != space);
        }
    }

    /// An order as it was quoted, up to a moment.
    pub fn learn_order(&mut self, order: &Value, quoted: Timestamp, moment: Timestamp) {
        let Some(number) = platform::text(&order["orderNo"]) else { return };
        let Some(stay) = self.stays.get_mut(&platform::id(order, "recordId")) else { return };
        stay.quote(number, order, quoted, moment);
    }

    /// From now on nobody here says what this plate pays.
    pub fn leave_unpriced(&mut self, plate: &str) {
        self.unpriced.insert(plate.to_owned());
        for stay in self.stays.values_mut().filter(|one| one.plate == plate) {
            stay.priced = false;
        }
    }

    /// Whether an entry of the control list with one of these strategies is in force, and none that frees.
    pub fn is_listed(&self, plate: &str, strategies: &[i64]) -> bool {
        let its = || self.listed.iter().filter(|one| one.plate == plate);
        its().any(|one| strategies.contains(&one.strategy)) && its().all(|one| one.strategy != 5)
    }

    /// Whether a car of this plate may leave first and be charged then.
    pub fn leaves_first(&self, plate: &str) -> bool {
        self.site.leave_first && self.contracts.contains(plate)
    }
}
