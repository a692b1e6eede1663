//! A lot that can write nothing down: its disk is full, gone or read-only. Nothing is decided then that needs to know who
//! is inside or what is owed; but people open barriers, by the booth, by a lane's button, by the fire alarm, and lanes do
//! by themselves what the configuration says. Everything is kept ([`Note`]) and written down when it can be
//! ([`afterwards`]). Pure: it reads nothing but what was remembered of the store ([`Remembered`]).

pub(super) mod afterwards;
mod people;
mod reads;

use super::case::Case;
use super::lane::barrier;
use super::rules::{Contact, Lane, Rules};
use crate::model::another_gateway::{AnotherGateway, Stance};
use crate::model::barrier::{Act, BarrierFault};
use crate::model::event::DeviceEvent;
use crate::model::happening::Happening;
use crate::model::input::{Answer, ConnectionName, Input, StoreBack};
use crate::model::outcome::Outcome;
use crate::model::staff::StaffAnswer;
use crate::model::without_store::{Mended, Note, Noted, StoreAway};
use crate::standard::id::Id;
use crate::store::StoreError;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Notes that are kept; reads beyond it open what they would, and are counted.
const KEPT: usize = 8192;
/// Notes with those of what people do, who are told the same beyond it; it is counted, too.
const KEPT_WITH_PEOPLES: usize = 2 * KEPT;
/// States of devices that are kept.
const STATES: usize = 4096;
/// A barrier that does not go up with all others is told again so often.
const HELD_AGAIN_EVERY: i64 = 5;

/// What is remembered of the store for times without it.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// Whether all barriers are held up; none where nobody knows.
    all_up: Option<bool>,
    /// Lanes that staff have stopped.
    stopped: BTreeSet<Id>,
    /// Contacts as they were last heard.
    contacts: BTreeMap<(Id, u16), bool>,
    /// Another gateway drives, and this one opens nothing by itself.
    stands_back: bool,
}

impl Remembered {
    /// As the store has it now.
    pub fn read(case: &Case<'_>) -> Result<Self, StoreError> {
        let mut stopped = case.tx.stopped_lanes()?;
        stopped.retain(|lane_id| case.rules.lane(lane_id).is_some());
        let contacts = case.tx.inputs()?;
        let (all_up, stands_back) = (Some(case.tx.all_up()?.is_some()), case.tx.stands_back()?);
        Ok(Self { all_up, stopped, contacts, stands_back })
    }
}

/// A lot without its store.
#[derive(Debug)]
pub struct WithoutStore {
    remembered: Remembered,
    notes: Vec<Note>,
    /// What found no room.
    dropped: u64,
    /// When lanes' buttons were pressed that are noted, until a car is read there.
    pressed: BTreeMap<Id, Timestamp>,
    /// Messages of cameras that are kept.
    messages: BTreeSet<String>,
    /// What staff were answered, by their ids.
    answered: BTreeMap<Id, (Option<String>, StaffAnswer)>,
    /// The newest of each state that devices and connections told.
    states: BTreeMap<String, Input>,
    /// What lanes last opened for by themselves.
    opened: BTreeMap<Id, (String, Timestamp)>,
    /// The commands that were given meanwhile.
    given: BTreeSet<String>,
    /// Barriers that have not said that they are up, with all others.
    to_hold: BTreeSet<Id>,
    held_at: Option<Timestamp>,
}

/// What an input came to without a store.
pub type WithoutStoreDone = (Answer, Outcome);

impl WithoutStore {
    /// One that knows this much, and what an earlier process could not write down.
    pub fn new(remembered: Remembered, notes: Vec<Note>) -> Self {
        let mut messages = BTreeSet::new();
        for note in &notes {
            if let Noted::Read { read, .. } = &note.what {
                messages.insert(read.message.clone());
            }
        }
        Self {
            remembered,
            notes,
            dropped: 0,
            pressed: BTreeMap::new(),
            messages,
            answered: BTreeMap::new(),
            states: BTreeMap::new(),
            opened: BTreeMap::new(),
            given: BTreeSet::new(),
            to_hold: BTreeSet::new(),
            held_at: None,
        }
    }

    /// What is kept.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Reads, and what people did, that found no room.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// What an input means now; none where it has to wait for the store.
    pub fn decide(
        &mut self,
        rules: &Rules,
        input: Input,
        now: Timestamp,
    ) -> Option<WithoutStoreDone> {
        let mut out = Outcome::default();
        let answer = match input {
            Input::Tick { .. } => {
                self.hold_again(rules, now, &mut out);
                Answer::Done
            }
            Input::Staff(command) => Answer::Staff(self.staff(rules, &command, now, &mut out)?),
            Input::Device(event) => {
                self.device(rules, event, now, &mut out)?;
                Answer::Done
            }
            Input::Connection { ref name, up, ref error } => {
                if *name == ConnectionName::AnotherGateway {
                    let another = (!up).then(|| AnotherGateway::of_note(error)).flatten();
                    self.remembered.stands_back =
                        another.is_some_and(|another| another.stance == Stance::StandsBack);
                }
                self.keep_state(format!("connection {name:?}"), input);
                Answer::Done
            }
            Input::Command(_)
            | Input::Delivered(_)
            | Input::ContractAnswered { .. }
            | Input::Started
            | Input::Mended
            | Input::Image { .. }
            | Input::RulesChanged
            | Input::Queue(_)
            | Input::Aside(_)
            | Input::Again { .. }
            | Input::Noted(_)
            | Input::StoreBack(_) => return None,
        };
        if self.given.len() < STATES {
            self.given.extend(out.actuations.iter().map(|one| one.id.clone()));
        }
        Some((answer, out))
    }

    fn device(
        &mut self,
        rules: &Rules,
        event: DeviceEvent,
        now: Timestamp,
        out: &mut Outcome,
    ) -> Option<()> {
        let key = match event {
            DeviceEvent::PlateRead(read) => {
                self.read(rules, read, now, out);
                return Some(());
            }
            DeviceEvent::Contact { device_id, input, closed, just_now } => {
                let contact = (device_id, input);
                self.contact(rules, &contact, (closed, just_now), now, out);
                return Some(());
            }
            // Of a command that left before, its car's passing hangs on it.
            DeviceEvent::BarrierAnswered { ref actuation, ref lane_id, act, ref result } => {
                self.answered_by(rules, lane_id, act, result, out);
                let before = result.is_ok() && !self.given.contains(actuation);
                if let (true, Act::Open { output }) = (before, act) {
                    let (actuation, lane_id) = (actuation.clone(), lane_id.clone());
                    if self.note(now, Noted::ArmUp { actuation, lane_id, output }) {
                        return Some(());
                    }
                }
                format!("answer {actuation}")
            }
            DeviceEvent::Reachable(id) => {
                if self.remembered.all_up == Some(true) {
                    let lanes = rules.lanes.iter();
                    let of_it = |lane: &&Lane| {
                        lane.barrier.as_ref().is_some_and(|barrier| barrier.device_id == id)
                    };
                    lanes.filter(of_it).for_each(|lane| self.hold_up(lane, out));
                }
                return Some(());
            }
            DeviceEvent::Pictures { message, images, .. } => {
                self.pictures(&message, &images);
                return Some(());
            }
            // Asked, and told, again.
            DeviceEvent::Mission { .. } => return None,
            DeviceEvent::ListAnswered { .. }
            | DeviceEvent::Picture { .. }
            | DeviceEvent::TurnedBack { .. } => return Some(()),
            DeviceEvent::Online(ref id) | DeviceEvent::Offline(ref id) => format!("device {id}"),
            DeviceEvent::Clock { ref device_id, .. } => format!("clock {device_id}"),
            DeviceEvent::ListMode { ref device_id, .. } => format!("list {device_id}"),
            DeviceEvent::MarkerBack { ref broker, .. }
            | DeviceEvent::MarkerMissing { ref broker } => {
                format!("marker {broker}")
            }
            DeviceEvent::Space { ref space_no, .. } => format!("space {space_no}"),
            DeviceEvent::Garage(ref condition) => format!("garage {}", condition.garage_code),
            DeviceEvent::GarageAlarms { ref garage_code, ref device_id, .. } => {
                format!("alarms {garage_code} {device_id}")
            }
        };
        self.keep_state(key, Input::Device(event));
        Some(())
    }

    fn keep_state(&mut self, key: String, input: Input) {
        if self.states.len() < STATES || self.states.contains_key(&key) {
            self.states.insert(key, input);
        }
    }

    /// Keeps what was done; false where there is no room for it.
    fn note(&mut self, at: Timestamp, what: Noted) -> bool {
        let most = match &what {
            Noted::Read { .. } => KEPT,
            // Whether all barriers are up has to be known.
            _ if what.is_of_all_barriers() => usize::MAX,
            Noted::Staff { .. } | Noted::Button { .. } | Noted::FireAlarm | Noted::ArmUp { .. } => {
                KEPT_WITH_PEOPLES
            }
        };
        if self.notes.len() >= most {
            self.dropped = self.dropped.saturating_add(1);
            return false;
        }
        self.notes.push(Note { at, what });
        true
    }

    /// All that is to be written down first when the store is back, in its order.
    pub fn to_write_down(&self, rules: &Rules, now: Timestamp) -> Vec<Note> {
        afterwards::with_fates(self.notes.clone(), rules, now)
    }

    /// So many of them were written down.
    pub fn written(&mut self, count: usize) {
        self.notes.drain(..count.min(self.notes.len()));
    }

    /// What comes behind the notes: what is told of that time, and states as they are now.
    pub fn last_inputs(&self, away: &StoreAway, mended: Option<&Mended>) -> Vec<Input> {
        let contacts = self.remembered.contacts.iter();
        let contacts =
            contacts.map(|((device_id, input), closed)| (device_id.clone(), *input, *closed));
        let (away, mended) = (away.clone(), mended.cloned());
        let back = StoreBack { away, mended, contacts: contacts.collect() };
        let back = Input::StoreBack(Box::new(back));
        std::iter::once(back).chain(self.states.values().cloned()).collect()
    }

    fn hold_up(&mut self, lane: &Lane, out: &mut Outcome) {
        if let Some(barrier) = &lane.barrier {
            self.to_hold.insert(lane.id.clone());
            let act = Act::Hold { output: barrier.output };
            out.actuations.push(barrier::actuation(lane, barrier, act));
        }
    }

    fn hold_again(&mut self, rules: &Rules, now: Timestamp, out: &mut Outcome) {
        let due =
            self.held_at.is_none_or(|at| now.duration_since(at).as_secs() >= HELD_AGAIN_EVERY);
        if self.remembered.all_up != Some(true) || !due {
            return;
        }
        self.held_at = Some(now);
        for lane in rules.lanes.iter().filter(|lane| self.to_hold.contains(&lane.id)) {
            if let Some(barrier) = &lane.barrier {
                let act = Act::Hold { output: barrier.output };
                out.actuations.push(barrier::actuation(lane, barrier, act));
            }
        }
    }

    fn answered_by(
        &mut self,
        rules: &Rules,
        lane_id: &Id,
        act: Act,
        result: &Result<std::time::Duration, BarrierFault>,
        out: &mut Outcome,
    ) {
        let Some(lane) = rules.lane(lane_id) else { return };
        if result.is_ok() && matches!(act, Act::Hold { .. }) {
            self.to_hold.remove(lane_id);
        }
        let lane = lane.name.clone();
        out.happenings.push(match (act.opens(), result) {
            (true, Ok(after)) => Happening::BarrierConfirmed { lane, after: *after },
            (true, Err(fault)) => Happening::BarrierFault { lane, fault: fault.clone() },
            (false, result) => {
                let Some(movement) = act.movement() else { return };
                match result {
                    Ok(after) => Happening::BarrierMoved { lane, movement, after: *after },
                    Err(fault) => {
                        Happening::BarrierNotMoved { lane, movement, fault: fault.clone() }
                    }
                }
            }
        });
    }
}

/// Whether a contact is this one, and if so, whether it says yes.
fn says(place: Option<&Contact>, (device_id, input): &(Id, u16), closed: bool) -> Option<bool> {
    let place = place.filter(|one| one.device_id == *device_id && one.input == *input)?;
    Some(closed != place.inverted)
}

/// What has been done already is not commanded anew when it is written down.
fn without_commands(out: &mut Outcome) {
    out.actuations.clear();
    out.withdrawn.clear();
    out.shows.clear();
    out.snapshots.clear();
    out.triggers.clear();
}
