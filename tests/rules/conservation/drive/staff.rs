//! What people at the lot do.

use super::{World, plate};
use crate::conservation::day::Action;
use crate::prelude::*;

impl World {
    pub(super) fn let_staff(&mut self, action: &Action) {
        match *action {
            Action::OpenByHand { lane } => self.open_by_hand(lane),
            Action::EndStay { car } => self.end_stay(car),
            Action::NamePlate { car, plate } => self.name_plate(car, plate),
            Action::Refund { car, all } => self.refund(car, all),
            Action::ReleaseLock { car } => {
                self.model.locked.remove(&plate(car));
                self.staff(StaffAction::ReleaseLock { plate_no: plate(car).parse().unwrap() });
            }
            Action::AskPayment { car } => {
                self.staff(StaffAction::AskPayment { plate_no: plate(car).parse().unwrap() });
            }
            _ => {}
        }
    }

    fn open_by_hand(&mut self, lane: usize) {
        if self.site.is_street() {
            return;
        }
        self.seen.by_hand = true;
        let lane_id = self.lot.rules.lanes[lane].id.clone();
        self.staff(StaffAction::OpenLane { lane_id, reason: "领导".to_owned(), record_id: None });
    }

    fn end_stay(&mut self, car: u8) {
        let Some(record) = self.open_record(car) else { return };
        self.model.stays.get_mut(&record).unwrap().priced = false;
        self.correct(&record, |correction, now| correction.leave_time = Some(now));
    }

    /// Staff give a record its true plate; on the street, its first.
    fn name_plate(&mut self, car: u8, other: u8) {
        let Some(record) = self.open_record(car) else { return };
        if !self.correct(&record, |one, _| one.plate_no = Some(plate(other).parse().unwrap())) {
            return;
        }
        if let Some(record) = self.model.locked.remove(&plate(car)) {
            self.model.locked.insert(plate(other), record);
        }
        self.model.bookings.renamed([&plate(car), &plate(other)]);
        if self.model.unpriced.contains(&plate(car)) || self.model.unpriced.contains(&plate(other))
        {
            self.model.stays.get_mut(&record).unwrap().priced = false;
        }
    }

    fn correct(&mut self, record: &str, change: impl FnOnce(&mut Correction, Timestamp)) -> bool {
        let mut correction = Correction { record_id: Some(record.into()), ..Correction::default() };
        change(&mut correction, self.lot.now);
        matches!(self.staff(StaffAction::Correct(Box::new(correction))), StaffAnswer::Done(_))
    }

    fn refund(&mut self, car: u8, all: bool) {
        let Some(record) = self.newest_record(car) else { return };
        let known = &self.platform.stays[&record];
        let left = known.received() - known.refunded();
        let back = if all { left } else { left.min(100) };
        if back <= 0 || back % 100 != 0 {
            return;
        }
        let answer = self.staff(StaffAction::Refund(Refund {
            record_id: record.as_str().into(),
            refund_money: Money::yuan(back / 100),
            refund_type: 1,
            refund_from: "线下缴费".to_owned(),
        }));
        if matches!(answer, StaffAnswer::Done(_)) {
            let stay = self.model.stays.get_mut(&record).unwrap();
            stay.taken -= back;
            stay.refunded += back;
            stay.priced = false;
        }
    }
}
