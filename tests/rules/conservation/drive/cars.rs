//! Cars before barriers.

use super::{World, plate};
use crate::conservation::day::Action;
use crate::conservation::model::AtLane;
use crate::conservation::site::{ENTRY_LANE, button_of, loop_of};
use crate::prelude::*;
use lotgate::model::event::{PlateRead, ReadMoment};

/// A car that was let pass counts as the same passage so long: where no loop sees it go, and where one does.
const PASSAGE: [SignedDuration; 2] =
    [SignedDuration::from_mins(10), SignedDuration::from_secs(120)];

impl World {
    pub(super) fn move_cars(&mut self, action: &Action) {
        if self.site.is_street() {
            return;
        }
        match *action {
            Action::Read { lane, car } => self.read(lane, &plate(car), ReadMoment::Live, false),
            Action::Forged { lane, car } => self.read(lane, &plate(car), ReadMoment::Live, true),
            Action::ReadAgain { lane } => {
                if let Some(car) = self.model.lanes[lane].clone() {
                    self.read(lane, &car.plate, ReadMoment::Live, false);
                }
            }
            Action::ReadLate { lane, car, ago } => {
                let moment = self.lot.now - SignedDuration::from_secs(ago);
                self.read(lane, &plate(car), ReadMoment::Late(moment), false);
            }
            Action::NoPlate { lane } => self.read(lane, "", ReadMoment::Live, false),
            Action::TurnBack { lane } => self.turn_back(lane),
            Action::DriveOn { lane } => {
                self.drive(lane, true);
                self.drive(lane, false);
            }
            Action::Loop { lane, on } => self.drive(lane, on),
            Action::BarrierAnswers { lane, well } => self.barrier_answers(lane, well),
            Action::Button { lane } => {
                self.seen.by_hand = true;
                for closed in [true, false] {
                    let Contact { device_id, input, .. } = button_of(lane);
                    self.device(DeviceEvent::Contact { device_id, input, closed, just_now: false });
                }
            }
            _ => {}
        }
    }

    fn read(&mut self, lane: usize, plate: &str, moment: ReadMoment, fake: bool) {
        let live = moment == ReadMoment::Live;
        if live {
            self.stands(lane, plate);
        } else if let Some(record) = self.platform.open_of(plate).map(|(record, _)| record.clone())
        {
            // What was paid after it truly left is a matter of its own.
            self.model.stays.get_mut(&record).unwrap().priced = false;
        }
        let message = self.id();
        let camera = self.lot.rules.lanes[lane].camera.clone();
        self.device(DeviceEvent::PlateRead(Box::new(PlateRead {
            plate_color: Some("蓝色".to_owned()),
            car_model: Some(3),
            moment,
            fake,
            ..PlateRead::of(camera, message, (!plate.is_empty()).then(|| plate.parse().unwrap()))
        })));
        let held = self.model.lanes[lane].as_ref().is_some_and(|car| car.held.is_some());
        let open = self.platform.open_of(plate).map(|(record, _)| record.clone());
        if let Some(stay) = open.and_then(|record| self.model.stays.get_mut(&record))
            && live
            && held
            && lane != ENTRY_LANE
        {
            stay.exit_reads.push(self.lot.now);
        }
    }

    /// Who is read last in a lane stands there.
    fn stands(&mut self, lane: usize, plate: &str) {
        let now = self.lot.now;
        let open = self.platform.open_of(plate).map(|(record, _)| record.clone());
        // A car that comes in again ends its own stay unseen: nobody says what that costs.
        if lane == ENTRY_LANE
            && let Some(stay) = open.and_then(|record| self.model.stays.get_mut(&record))
        {
            stay.priced = false;
        }
        let before = self.model.lanes[lane].take();
        let same = before.filter(|car| {
            car.plate == plate && now - car.read <= PASSAGE[usize::from(self.site.loops)]
        });
        let fresh = AtLane {
            plate: plate.to_owned(),
            read: now,
            held: None,
            let_pass: None,
            by_hand: false,
        };
        let car = same.map_or(fresh, |car| AtLane { read: now, ..car });
        // One car stands in one place.
        for other in &mut self.model.lanes {
            other.take_if(|other| other.plate == plate);
        }
        self.model.lanes[lane] = Some(car);
    }

    /// It stands at no exit any longer.
    fn forget_exit_reads(&mut self, plate: &str) {
        let open = self.platform.open_of(plate).map(|(record, _)| record.clone());
        if let Some(stay) = open.and_then(|record| self.model.stays.get_mut(&record)) {
            stay.exit_reads.clear();
        }
    }

    fn turn_back(&mut self, lane: usize) {
        let Some(car) = self.model.lanes[lane].take() else { return };
        self.forget_exit_reads(&car.plate);
        // What began at the entry was no stay.
        let open = self.platform.open_of(&car.plate).map(|(record, _)| record.clone());
        if let Some(stay) = open.and_then(|record| self.model.stays.get_mut(&record))
            && lane == ENTRY_LANE
        {
            stay.priced = false;
        }
        let device_id = self.lot.rules.lanes[lane].camera.clone();
        self.device(DeviceEvent::TurnedBack { device_id, plate: car.plate.parse().ok() });
    }

    fn drive(&mut self, lane: usize, on: bool) {
        if !self.site.loops {
            return;
        }
        let Contact { device_id, input, .. } = loop_of(lane);
        self.loops_taken[lane] = on.then(|| self.loops_taken[lane].unwrap_or(self.lot.now));
        self.device(DeviceEvent::Contact { device_id, input, closed: on, just_now: false });
        if !on {
            self.model.lanes[lane].take_if(|car| car.let_pass.is_some());
        }
    }

    fn barrier_answers(&mut self, lane: usize, well: bool) {
        let Some((actuation, act)) = self.commanded[lane].take() else { return };
        let lane_id = self.lot.rules.lanes[lane].id.clone();
        let result = if well { Ok(Duration::from_millis(5)) } else { Err(BarrierFault::Silent) };
        self.device(DeviceEvent::BarrierAnswered { actuation, lane_id, act, result });
    }
}
