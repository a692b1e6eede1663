//! Everything that can be done to the lot, and what is noted of what comes of it.

mod booked;
mod cars;
mod ground;
mod money;
mod rights;
mod staff;

use super::day::{Action, Step};
use super::model::{AtLane, Errand, Fate, Model};
use super::platform::{Platform, enter_time};
use super::site::{LANE_NAMES, Site};
use crate::prelude::*;
use lotgate::standard::envelope::Reply;
use lotgate::store::{Reader, Store};
use std::collections::{BTreeMap, BTreeSet};

pub struct World {
    pub site: Site,
    pub lot: Lot,
    reader: Reader,
    pub model: Model,
    pub platform: Platform,
    pub seen: Phase,
    commanded: [Option<(String, Act)>; 3],
    /// Since when cars stand on loops.
    loops_taken: [Option<Timestamp>; 3],
    /// The last 6007.
    paid: Option<(Value, String)>,
    ids: u32,
    /// What has come of every step, by names that are the same in every run.
    pub diary: super::diary::Diary,
    /// Whether a restart is one, or only time passing.
    pub restarts: bool,
}

/// What has come of the time before a step, or of the step itself.
#[derive(Default)]
pub struct Phase {
    pub action: Option<Action>,
    pub lanes_before: [Option<AtLane>; 3],
    /// Plates inside and their records.
    pub inside_before: BTreeMap<String, String>,
    pub opens: Vec<usize>,
    pub held: Vec<(usize, String, HoldReason)>,
    pub passed: Vec<String>,
    pub by_hand: bool,
    /// What bookings keep was not to be said before already.
    pub unsure_before: bool,
    pub asked: Asked,
}

/// What was asked of the lot, as far as the answer says whether it is right.
#[derive(Default)]
pub enum Asked {
    #[default]
    Nothing,
    Book {
        reply: Reply,
        inside: bool,
        includes_now: bool,
        /// A booking of the same plate for an overlapping time, and the space it keeps.
        shares: Option<Option<String>>,
        /// Spaces that are somebody's.
        owned: BTreeSet<String>,
    },
    Confirm {
        reply: Reply,
        state: i64,
        was: Option<Fate>,
    },
    Quote {
        reply: Reply,
        known: Option<i64>,
        payable: i64,
    },
    /// What is due where that is known, what was offered, what the lot says it kept.
    Cash {
        due: Option<i64>,
        offered: i64,
        kept: i64,
        done: bool,
    },
    /// A payment that settled a stay.
    Settled {
        record: String,
    },
}

impl World {
    pub fn new(site: Site, restarts: bool) -> Self {
        let lot = site.lot();
        let mut world = Self {
            site,
            reader: lot.reader(),
            model: Model::new(site, lot.rules.tariff.clone()),
            platform: Platform::default(),
            seen: Phase::default(),
            commanded: [const { None }; 3],
            loops_taken: [None; 3],
            paid: None,
            ids: 0,
            diary: super::diary::Diary::default(),
            restarts,
            lot,
        };
        world.lot.apply(&Input::Started);
        world.platform.gather(&world.reader);
        world
    }

    /// Time passes; then something happens. What comes of each is looked at by itself.
    pub fn play<E>(
        &mut self,
        step: &Step,
        mut look: impl FnMut(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        for lane in self.leaving_loops(step.after) {
            self.play_action(&Action::Loop { lane, on: false }, &mut look)?;
        }
        self.begin_phase(None);
        self.pass(step.after);
        self.end_phase();
        look(self)?;
        self.play_action(&step.what, &mut look)
    }

    fn play_action<E>(
        &mut self,
        action: &Action,
        look: &mut impl FnMut(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.begin_phase(Some(action.clone()));
        self.act(action);
        self.end_phase();
        look(self)
    }

    /// Lanes whose loops would else be taken for longer than a car takes; loops that are stuck are a scenario's.
    fn leaving_loops(&self, seconds: i64) -> Vec<usize> {
        let end = self.lot.now + SignedDuration::from_secs(seconds);
        let long = |since: &Timestamp| end.duration_since(*since) > SignedDuration::from_secs(60);
        let taken = self.loops_taken.iter().enumerate();
        taken
            .filter_map(|(lane, since)| since.as_ref().filter(|since| long(since)).map(|_| lane))
            .collect()
    }

    fn begin_phase(&mut self, action: Option<Action>) {
        self.platform.fresh.clear();
        let inside = self.platform.stays.iter().filter(|(_, one)| one.is_open());
        let named = |(id, one): (&String, &lotgate::sim::platform::ledger::Stay)| {
            Some((one.plate()?.to_owned(), id.clone()))
        };
        let inside_before = inside.filter_map(named).collect();
        self.seen = Phase {
            action,
            lanes_before: self.model.lanes.clone(),
            inside_before,
            unsure_before: self.model.bookings.unsure,
            ..Phase::default()
        };
    }

    pub(super) fn gather(&mut self) {
        self.platform.gather(&self.reader);
    }

    fn end_phase(&mut self) {
        self.gather();
        self.model.learn(&self.platform, self.lot.now);
        // Where an answer is wrong, what follows from it is nothing to hold anybody to.
        self.model.bookings.unsure |= super::laws::wrong_about_bookings(self);
        self.diary.note(&self.seen, &self.platform.fresh);
    }

    fn pass(&mut self, seconds: i64) {
        let ticks = if seconds > 60 { 4 } else { 1 };
        let end = self.lot.now + SignedDuration::from_secs(seconds);
        for left in (0..ticks).rev() {
            self.lot.now = end - SignedDuration::from_secs(seconds * left / ticks);
            let out = self.lot.tick();
            self.take(out);
        }
    }

    fn act(&mut self, action: &Action) {
        self.move_cars(action);
        self.move_money(action);
        self.move_bookings(action);
        self.give_rights(action);
        self.move_ground(action);
        self.let_staff(action);
        if *action == Action::Restart && self.restarts {
            self.restart();
        }
    }

    /// The store is closed and opened again, as by a new process.
    fn restart(&mut self) {
        let open = |path: &std::path::Path| Store::open(path, Timestamp::UNIX_EPOCH).unwrap().0;
        for name in ["aside.db", "lotgate.db"] {
            self.lot.store = open(&self.lot.folder.path().join(name));
        }
        let (_, out) = self.lot.apply(&Input::Started);
        // What a device was told already is told it again.
        self.take(Outcome { actuations: Vec::new(), jobs: Vec::new(), ..out });
    }

    fn take(&mut self, out: Outcome) {
        for actuation in out.actuations {
            let is_its = |lane: &lotgate::lot::Lane| lane.id == actuation.lane_id;
            let lane = self.lot.rules.lanes.iter().position(is_its).unwrap();
            self.commanded[lane] = Some((actuation.id, actuation.act));
            if actuation.act.opens() {
                self.seen.opens.push(lane);
                if let Some(car) = &mut self.model.lanes[lane] {
                    car.let_pass = car.let_pass.or(Some(self.lot.now));
                    car.held = None;
                    car.by_hand |= self.seen.by_hand;
                }
            }
        }
        for one in out.happenings {
            self.hear(one);
        }
        for job in out.jobs {
            let errand = Errand {
                store: job.store,
                space: (job.space_number > 0).then(|| format!("G{}", job.space_number)),
            };
            self.model.errands.insert(job.id, errand);
        }
    }

    fn hear(&mut self, happening: Happening) {
        match happening {
            Happening::Held { lane, plate, reason } => {
                let lane = LANE_NAMES.iter().position(|name| *name == lane).unwrap();
                if let Some(car) = &mut self.model.lanes[lane] {
                    car.held = Some(reason.kind());
                }
                self.seen.held.push((lane, plate, reason));
            }
            Happening::Entered { plate, .. } | Happening::Left { plate, .. } => {
                self.seen.passed.push(plate);
            }
            _ => {}
        }
    }

    fn id(&mut self) -> String {
        self.ids += 1;
        format!("{:0>32}", self.ids)
    }

    fn device(&mut self, event: DeviceEvent) {
        let out = self.lot.device(event);
        self.take(out);
    }

    fn command(&mut self, code: u16, element: &Value) -> Reply {
        self.lot.sent += 1;
        let (reply, _, out) = self.lot.order_at(self.lot.sent, code, std::slice::from_ref(element));
        self.take(out);
        self.diary.replied(&reply);
        reply
    }

    fn staff(&mut self, action: StaffAction) -> StaffAnswer {
        let id = self.id();
        let (answer, out) = self.lot.staff(&id, action);
        self.take(out);
        answer
    }

    /// The record of a car inside; on the street, of the space of its number.
    fn open_record(&self, car: u8) -> Option<String> {
        if self.site.is_street() {
            let found = self.platform.open_at(self.space_of(car));
            return found.map(|(record, _)| record.clone());
        }
        self.platform.open_of(&plate(car)).map(|(record, _)| record.clone())
    }

    /// The newest record of a car, inside or not.
    fn newest_record(&self, car: u8) -> Option<String> {
        let space = self.site.is_street().then(|| self.space_of(car));
        let plate = plate(car);
        let is_its = |one: &&(&String, &lotgate::sim::platform::ledger::Stay)| match space {
            Some(space) => one.1.space() == Some(space),
            None => one.1.plate() == Some(&plate),
        };
        let its = self.platform.stays.iter().filter(|one| is_its(&one));
        its.max_by_key(|(_, one)| (one.is_open(), enter_time(one)))
            .map(|(record, _)| record.clone())
    }

    fn space_of(&self, car: u8) -> &'static str {
        let numbers = self.site.space_numbers();
        numbers[usize::from(car) % numbers.len()]
    }
}

pub fn plate(car: u8) -> String {
    format!("粤B0000{}", car + 1)
}
