//! Spaces, their sensors and the garage.

use super::{World, plate};
use crate::conservation::day::{Action, Seen};
use crate::conservation::site::Ground;
use crate::prelude::*;

impl World {
    pub(super) fn move_ground(&mut self, action: &Action) {
        match *action {
            Action::Space { space, seen } => self.sense(space, seen),
            // A car that stands in the garage is not stored once more.
            Action::Store { car } if !self.is_stored(car) => self.errand(8004, car),
            Action::Retrieve { car } => self.errand(8005, car),
            Action::Mission { done } => self.carry_out(done),
            _ => {}
        }
    }

    fn is_stored(&self, car: u8) -> bool {
        self.model.stored.values().any(|stored| *stored == plate(car))
    }

    fn sense(&mut self, space: usize, seen: Seen) {
        let Some(number) = self.site.space_numbers().get(space) else { return };
        if !self.site.is_watched(number) {
            return;
        }
        self.model.sensors.insert((*number).to_owned(), seen);
        let seen = match seen {
            Seen::Free => SpaceSeen::Free,
            Seen::Occupied => SpaceSeen::Occupied,
            Seen::Unknown => SpaceSeen::Unknown,
        };
        self.device(DeviceEvent::Space { space_no: (*number).to_owned(), seen });
    }

    fn errand(&mut self, code: u16, car: u8) {
        if self.site.ground != Ground::Garage {
            return;
        }
        let order = json!({ "parkCode": PARK_CODE, "garageCode": GARAGE_CODE,
            "plateNo": plate(car), "garagePassCode": 1 });
        self.command(code, &order);
    }

    /// The garage carries out the first of its errands.
    fn carry_out(&mut self, done: bool) {
        let Some((id, _)) = self.model.errands.first_key_value() else { return };
        let id = *id;
        let Some(mission) = self.lot.look(|tx| tx.mission(id).unwrap()) else { return };
        let errand = self.model.errands.remove(&id).unwrap();
        let place = errand.space.or(mission.space_no);
        if let (true, Some(place)) = (done, place) {
            if errand.store {
                let plate = mission.plate_no.unwrap_or_default();
                self.model.stored.insert(place, plate);
            } else {
                self.model.stored.remove(&place);
            }
        }
        let last = if done { MissionStep::Done } else { MissionStep::Lost(LostWhy::Restarted) };
        for step in [MissionStep::Commanding, MissionStep::Taken(None), last] {
            self.device(DeviceEvent::Mission { id, step });
        }
    }
}
