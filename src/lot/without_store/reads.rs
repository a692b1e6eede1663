//! Cars that are read while nothing can be written down. Who they are nobody knows: their lane holds all or lets all pass,
//! as the configuration says.

use super::WithoutStore;
use crate::lot::rules::{Lane, LaneDirection, Rules};
use crate::model::event::{Arrival, Pictures, PlateRead, ReadImage, ReadMoment};
use crate::model::happening::{Happening, HoldReason};
use crate::model::outcome::{Outcome, Scene, Show};
use crate::model::without_store::{ByItself, Noted, ReadFate};
use jiff::{SignedDuration, Timestamp};

/// Cameras send a read more than once within moments.
const AT_ONCE: SignedDuration = SignedDuration::from_millis(500);

impl WithoutStore {
    /// A camera read a car: whoever stands there is served first, whether or not there is room to keep it.
    pub(super) fn read(
        &mut self,
        rules: &Rules,
        read: Box<PlateRead>,
        now: Timestamp,
        out: &mut Outcome,
    ) {
        let known = self.messages.contains(&read.message);
        if known && (read.told_apart || read.redelivered) {
            return;
        }
        let stands = read.moment == ReadMoment::Live && read.arrival == Arrival::Fresh;
        let mut let_pass = false;
        if let Some(lane) = rules.lane_of_camera(&read.device_id).filter(|_| stands) {
            self.pressed.remove(&lane.id);
            let_pass = self.stands_there(rules, lane, &read, now, out);
        }
        let fate = if let_pass { ReadFate::LetPass } else { ReadFate::Gone };
        let message = read.message.clone();
        // Without room it is taken all the same: sent again, it would keep those away that stand there.
        if self.note(now, Noted::Read { read, fate }) {
            self.messages.insert(message);
        }
    }

    /// The pictures of a read that is kept are on the disk; of one that is not, nobody wants them.
    pub(super) fn pictures(&mut self, message: &str, images: &[ReadImage]) {
        for note in self.notes.iter_mut().rev() {
            if let Noted::Read { read, .. } = &mut note.what
                && read.message == message
                && read.pictures.follow()
            {
                read.images = images.to_vec();
                read.pictures = Pictures::Here;
                return;
            }
        }
    }

    /// A car stands before its barrier; true where the lane lets it pass.
    fn stands_there(
        &mut self,
        rules: &Rules,
        lane: &Lane,
        read: &PlateRead,
        now: Timestamp,
        out: &mut Outcome,
    ) -> bool {
        let plate = read.plate.as_ref().map_or_else(|| "—".to_owned(), ToString::to_string);
        let opens =
            by_itself(rules, lane) == ByItself::Open && !self.remembered.stopped.contains(&lane.id);
        // Another gateway drives.
        let opens = opens && !self.remembered.stands_back;
        let lane_name = lane.name.clone();
        out.happenings.push(Happening::ReadWithoutStore {
            lane: lane_name,
            plate: plate.clone(),
            opens,
        });
        if !opens {
            if let Some(device_id) = lane.display.clone() {
                let scene = Scene::Held { plate, reason: HoldReason::WithoutStore };
                out.shows.push(Show { device_id, scene });
            }
            return false;
        }
        let before = self.opened.get(&lane.id);
        let again = before.filter(|(for_plate, _)| *for_plate == plate).map(|(_, at)| *at);
        let repeats = lane.barrier.as_ref().is_some_and(|barrier| barrier.repeat);
        let pause = if repeats { AT_ONCE } else { rules.waiting_for };
        if again.is_none_or(|at| now.duration_since(at) >= pause) {
            self.opened.insert(lane.id.clone(), (plate, now));
            let first = out.actuations.len();
            self.open(lane, out);
            if let Some(actuation) = out.actuations.get_mut(first) {
                actuation.cause = read.received;
            }
        }
        true
    }
}

/// What a lane does by itself; one that leads both ways only what either would.
fn by_itself(rules: &Rules, lane: &Lane) -> ByItself {
    let configured = rules.when_it_fails;
    match lane.direction {
        LaneDirection::Entry => configured.entry,
        LaneDirection::Exit => configured.exit,
        LaneDirection::Both if configured.entry == configured.exit => configured.entry,
        LaneDirection::Both => ByItself::Hold,
    }
}
