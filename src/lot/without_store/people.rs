//! What people do while nothing can be written down: they open, raise all barriers, move one.

use super::{WithoutStore, says};
use crate::lot::lane::barrier;
use crate::lot::lane::contacts::{FIRE_ALARM, FIRE_ALARM_WHY};
use crate::lot::rules::{Lane, Rules};
use crate::model::barrier::{Act, Movement};
use crate::model::happening::Happening;
use crate::model::outcome::Outcome;
use crate::model::staff::{Refusal, StaffAnswer, StaffCommand};
use crate::model::without_store::{BarrierDeed, Noted};
use crate::standard::id::Id;
use jiff::Timestamp;
use serde_json::{Value, json};

impl WithoutStore {
    /// What staff want; none where that needs the store.
    pub(super) fn staff(
        &mut self,
        rules: &Rules,
        command: &StaffCommand,
        now: Timestamp,
        out: &mut Outcome,
    ) -> Option<StaffAnswer> {
        if let Some((said, answer)) = self.answered.get(&command.id) {
            let is_another = command.is_another_than(said.as_deref());
            let used = StaffAnswer::Refused(Refusal::IdUsed);
            return Some(if is_another { used } else { answer.clone() });
        }
        let deed = BarrierDeed::of(&command.action)?;
        let operator = command.operator.clone();
        let reply = match self.act(rules, &operator, &deed, out) {
            Ok(reply) => reply,
            Err(refusal) => return Some(StaffAnswer::Refused(refusal)),
        };
        let (id, said) = (command.id.clone(), command.said.clone());
        let answer = StaffAnswer::Done(reply);
        if self.note(now, Noted::Staff { id, said: said.clone(), operator, deed }) {
            self.answered.insert(command.id.clone(), (said, answer.clone()));
        }
        Some(answer)
    }

    fn act(
        &mut self,
        rules: &Rules,
        operator: &str,
        deed: &BarrierDeed,
        out: &mut Outcome,
    ) -> Result<Value, Refusal> {
        let by = operator.to_owned();
        match deed {
            BarrierDeed::Open { lane_id, reason, .. } => {
                let lane = lane_of(rules, lane_id)?;
                self.open_by_staff(lane, operator, reason, out);
                Ok(json!({ "status": "opened", "plateNo": null }))
            }
            BarrierDeed::LetThrough { lane_id, car, reason } => {
                let lane = lane_of(rules, lane_id)?;
                self.open_by_staff(lane, operator, reason, out);
                Ok(json!({ "status": "opened", "plateNo": car.plate_no }))
            }
            BarrierDeed::RaiseAll { reason } => {
                if self.remembered.all_up == Some(true) {
                    return Err(Refusal::AllUp);
                }
                self.raise_all(rules, operator, reason, out);
                Ok(json!({ "status": "all up" }))
            }
            BarrierDeed::EndRaiseAll { reason } => {
                if self.remembered.all_up == Some(false) {
                    return Err(Refusal::NotAllUp);
                }
                self.remembered.all_up = Some(false);
                self.to_hold.clear();
                for lane in &rules.lanes {
                    if let Some(barrier) = &lane.barrier {
                        let act = Act::Release { output: barrier.output };
                        out.actuations.push(barrier::actuation(lane, barrier, act));
                    }
                }
                out.happenings.push(Happening::AllUpEnded { by, reason: reason.clone() });
                Ok(json!({ "status": "normal" }))
            }
            BarrierDeed::Move { lane_id, movement } => {
                let lane = lane_of(rules, lane_id)?;
                let barrier = lane.barrier.as_ref().ok_or(Refusal::NoSuchOutput)?;
                let act = barrier::movement_of(barrier, *movement).ok_or(Refusal::NoSuchOutput)?;
                if self.remembered.all_up == Some(true) && *movement != Movement::HoldOpen {
                    return Err(Refusal::AllUp);
                }
                out.actuations.push(barrier::actuation(lane, barrier, act));
                let lane = lane.name.clone();
                out.happenings.push(Happening::MovedByHand { lane, movement: *movement, by });
                Ok(json!({ "status": "commanded" }))
            }
        }
    }

    fn open_by_staff(&mut self, lane: &Lane, operator: &str, reason: &str, out: &mut Outcome) {
        let (by, reason) = (operator.to_owned(), reason.to_owned());
        out.happenings.push(Happening::OpenedByHand { lane: lane.name.clone(), by, reason });
        self.open(lane, out);
    }

    /// Opens a lane, or holds it up with all others.
    pub(super) fn open(&mut self, lane: &Lane, out: &mut Outcome) {
        if self.remembered.all_up == Some(true) {
            return self.hold_up(lane, out);
        }
        match &lane.barrier {
            Some(barrier) => {
                let act = Act::Open { output: barrier.output };
                out.actuations.push(barrier::actuation(lane, barrier, act));
            }
            None => {
                let fault = crate::model::barrier::BarrierFault::NoBarrier;
                out.happenings.push(Happening::BarrierFault { lane: lane.name.clone(), fault });
            }
        }
    }

    fn raise_all(&mut self, rules: &Rules, by: &str, reason: &str, out: &mut Outcome) {
        self.remembered.all_up = Some(true);
        for lane in &rules.lanes {
            self.hold_up(lane, out);
        }
        let (by, reason) = (by.to_owned(), reason.to_owned());
        out.happenings.push(Happening::AllUp { by, reason });
    }

    /// A contact changed, or was read for the first time: lanes' buttons and the fire alarm act.
    pub(super) fn contact(
        &mut self,
        rules: &Rules,
        contact: &(Id, u16),
        (closed, just_now): (bool, bool),
        now: Timestamp,
        out: &mut Outcome,
    ) {
        let before = self.remembered.contacts.insert(contact.clone(), closed);
        if before == Some(closed) {
            return;
        }
        let is_up = self.remembered.all_up == Some(true);
        if says(rules.fire_alarm.as_ref(), contact, closed) == Some(true) && !is_up {
            self.raise_all(rules, FIRE_ALARM, FIRE_ALARM_WHY, out);
            self.note(now, Noted::FireAlarm);
        }
        for lane in &rules.lanes {
            let pressed = says(lane.button.as_ref(), contact, closed) == Some(true);
            // What a button was found to be when it is first heard of is no press.
            if pressed && (before.is_some() || just_now) {
                out.happenings.push(Happening::OpenedByButton { lane: lane.name.clone() });
                self.open(lane, out);
                self.pressed(lane, now);
            }
        }
    }

    /// Pressed again while the arm is on its way it is one opening, unless another car has come.
    fn pressed(&mut self, lane: &Lane, now: Timestamp) {
        let before = self.pressed.get(&lane.id);
        if before.is_none_or(|at| now.duration_since(*at).abs() >= lane.open_within)
            && self.note(now, Noted::Button { lane_id: lane.id.clone() })
        {
            self.pressed.insert(lane.id.clone(), now);
        }
    }
}

fn lane_of<'r>(rules: &'r Rules, lane_id: &Id) -> Result<&'r Lane, Refusal> {
    rules.lane(lane_id).ok_or(Refusal::NoLane)
}
