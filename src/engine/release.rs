//! What leaves after a commit, and nothing before it: effects first, then the answers that let others go on.

use super::held::Done;
use super::writer::Engine;
use super::{Answering, COMMAND_WITHIN};
use crate::model::barrier::BarrierFault;
use crate::model::happening::Happening;
use crate::model::outcome::{DeviceCommand, Outcome};
use std::time::Instant;

impl Engine {
    /// After the commit: effects first, then the answer that lets others go on.
    pub(super) fn release(&self, letters: impl Iterator<Item = (Answering, Done)>) {
        let (mut any_reported, mut any_settles) = (false, false);
        for (waits, (answer, outcome)) in letters {
            // Taken apart whole, so that no kind of effect can be forgotten here.
            let Outcome {
                actuations,
                shows,
                withdrawn,
                snapshots,
                triggers,
                list_orders,
                jobs,
                publications,
                questions,
                happenings,
                unwanted,
                reported,
                settles,
                haste: _,
            } = outcome;
            for happening in happenings {
                self.effects.teller.tell(happening);
            }
            for withdrawn in withdrawn {
                // Without room: it ends by its time.
                self.command(DeviceCommand::Withdraw(withdrawn));
            }
            for mut actuation in actuations {
                let lane = actuation.lane.clone();
                // What staff hold is wanted however late.
                actuation.until =
                    actuation.act.movement().is_none().then(|| Instant::now() + COMMAND_WITHIN);
                if !self.command(DeviceCommand::Barrier(actuation)) {
                    let fault = BarrierFault::Unreachable;
                    self.effects.teller.tell(Happening::BarrierFault { lane, fault });
                }
            }
            let jobs = jobs.into_iter().map(DeviceCommand::Garage);
            let snapshots = snapshots.into_iter();
            let snapshots =
                snapshots.map(|(device_id, lane)| DeviceCommand::Snapshot { device_id, lane });
            let shows = shows.into_iter().map(DeviceCommand::Show);
            let triggers =
                triggers.into_iter().map(|device_id| DeviceCommand::Trigger { device_id });
            // Without room: given again when its time is over.
            let list_orders = list_orders.into_iter().map(DeviceCommand::CameraList);
            for command in jobs.chain(triggers).chain(snapshots).chain(list_orders).chain(shows) {
                // Without room: jobs are handed over again when their PLC is, the rest is stale by then.
                self.command(command);
            }
            for publication in publications {
                // They are kept in the store and published again at the next start.
                let _ = self.effects.publications.try_send(publication);
            }
            for question in questions {
                // A question that finds no room goes unasked; it is asked again at the exit.
                let _ = self.effects.questions.try_send(question);
            }
            for place in unwanted {
                // One that stays behind is swept away later.
                let _ = std::fs::remove_file(self.effects.images.join(place));
            }
            any_reported |= reported;
            any_settles |= settles;
            let _ = waits.send(Ok(answer));
        }
        if any_reported {
            self.effects.reports.notify_one();
        }
        if any_settles {
            self.settles.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// Hands a command to the devices; false when it finds no room.
    fn command(&self, command: DeviceCommand) -> bool {
        self.effects.device_commands.try_send(command).is_ok()
    }
}
