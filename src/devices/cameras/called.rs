//! The task that calls a camera: moves its barrier, sets its clock, takes its pictures, looks how it stands. One
//! conversation at a time, a barrier's first.

use super::caller::{Call, Caller, LOGIN_AGAIN};
use super::makes::codec::{Now, Picture};
use super::makes::http::{CameraTask, Ended, Learned, ListTask, PushCodec, Talk};
use super::reading;
use crate::devices::context::{DeviceContext, answer_barrier, is_over, tell_engine};
use crate::model::barrier::BarrierFault;
use crate::model::camera_list::{ListFault, ListOrder};
use crate::model::event::{DeviceEvent, ImageShows};
use crate::model::happening::Happening;
use crate::model::outcome::Actuation;
use crate::standard::id::Id;
use jiff::{Timestamp, tz::TimeZone};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// It is looked at so often; more often while its arm is up.
const LOOK_EVERY: Duration = Duration::from_secs(10);
const LOOK_AT_AN_ARM: Duration = Duration::from_secs(1);
/// The input under which the lot knows whether the arm is up.
const ARM: u16 = 0;
/// The code of a login that is refused.
const UNAUTHORIZED: i64 = 401;
/// The code of what a camera cannot do.
const NOT_IMPLEMENTED: i64 = 501;

/// What the camera's own task asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Errand {
    Snapshot,
    SetTime,
    /// Do something with its own list.
    List(ListOrder),
    /// It was heard: look at once if it could not be reached.
    Heard,
}

/// A camera that is called.
pub(super) struct CalledCamera {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) codec: Arc<dyn PushCodec>,
    pub(super) time_zone: TimeZone,
    pub(super) caller: Caller,
    /// Told whenever it answered.
    pub(super) alive: mpsc::Sender<()>,
    pub(super) known: CameraKnown,
}

/// What is known of the camera.
#[derive(Default)]
pub(super) struct CameraKnown {
    route: Option<u8>,
    arm_up: Option<bool>,
    probed: bool,
    reachable: bool,
    opens_itself_told: bool,
    /// How long the arm may take, by the lane that it was commanded for last.
    up_within: Duration,
}

impl CalledCamera {
    pub(super) async fn run(
        mut self,
        context: DeviceContext,
        mut barriers: mpsc::Receiver<Actuation>,
        mut errands: mpsc::Receiver<Errand>,
    ) {
        let mut look_at = Instant::now();
        loop {
            tokio::select! {
                biased;
                () = context.stop.cancelled() => return,
                actuation = barriers.recv() => {
                    let Some(actuation) = actuation else { return };
                    self.move_barrier(&context, actuation).await;
                    look_at = look_at.min(self.next_look());
                }
                errand = errands.recv() => match errand {
                    None => return,
                    Some(Errand::Heard) if self.known.reachable => {}
                    Some(Errand::Heard) => look_at = Instant::now(),
                    Some(Errand::Snapshot) => self.take_picture(&context).await,
                    Some(Errand::List(order)) => self.change_list(&context, order).await,
                    Some(Errand::SetTime) => drop(self.hold(&context, CameraTask::SetTime).await),
                },
                () = tokio::time::sleep_until(look_at) => {
                    self.look(&context).await;
                    look_at = self.next_look();
                }
            }
        }
    }

    fn next_look(&self) -> Instant {
        let up = self.known.arm_up == Some(true);
        Instant::now() + if up { LOOK_AT_AN_ARM } else { LOOK_EVERY }
    }

    /// Holds a conversation and keeps what came of it; none where the camera's language has none for it.
    async fn hold(&mut self, context: &DeviceContext, task: CameraTask<'_>) -> Option<Call> {
        let now = Now { moment: Timestamp::now(), time_zone: &self.time_zone };
        let (known, up_within) = (self.known.route, self.known.up_within);
        let talk = Talk { now, known, login: self.caller.login(), up_within };
        let conversation = self.codec.conversation(task, &talk)?;
        let call = self.caller.hold(conversation).await;
        if call == Call::JustRefused {
            let minutes = LOGIN_AGAIN.as_secs() / 60;
            let device = self.name.clone();
            context.teller.tell(Happening::LoginStopped { device, minutes });
        }
        if let Some(learned) = call.learned() {
            self.learn(context, &learned.clone()).await;
        }
        let answered = call.was_answered();
        if answered {
            // A full channel says the same.
            let _ = self.alive.try_send(());
        }
        if answered != self.known.reachable && call != Call::Stopped {
            self.known.reachable = answered;
            if answered {
                tell_engine(context, DeviceEvent::Reachable(self.id.clone())).await;
            }
        }
        Some(call)
    }

    async fn learn(&mut self, context: &DeviceContext, learned: &Learned) {
        self.known.route = learned.route.or(self.known.route);
        if learned.opens_itself && !self.known.opens_itself_told {
            self.known.opens_itself_told = true;
            context.teller.tell(Happening::OpensItself { device: self.name.clone() });
        }
        let Some(closed) = learned.arm_up else { return };
        let just_now = self.known.arm_up.is_some_and(|before| before != closed);
        if self.known.arm_up.replace(closed) != Some(closed) {
            let device_id = self.id.clone();
            let event = DeviceEvent::Contact { device_id, input: ARM, closed, just_now };
            tell_engine(context, event).await;
        }
    }

    async fn look(&mut self, context: &DeviceContext) {
        let task = if self.known.probed { CameraTask::Look } else { CameraTask::Probe };
        match self.hold(context, task).await {
            // It has nothing to probe.
            None if task == CameraTask::Probe => {
                self.known.probed = true;
                self.hold(context, CameraTask::Look).await;
            }
            Some(Call::Ended(Ended::Done(_) | Ended::Refused(_) | Ended::Unable)) => {
                self.known.probed = true;
            }
            _ => {}
        }
    }

    async fn move_barrier(&mut self, context: &DeviceContext, actuation: Actuation) {
        if is_over(&actuation) {
            return answer_barrier(context, actuation, Err(BarrierFault::TooLate)).await;
        }
        let begun = Instant::now();
        let (lane, act) = (actuation.lane.clone(), actuation.act);
        let after = actuation.cause.map(|cause| cause.elapsed());
        context.teller.tell(Happening::BarrierCommanded { lane, act, after });
        self.known.up_within = actuation.up_within;
        let result = match self.hold(context, CameraTask::Barrier(act)).await {
            None => Err(BarrierFault::NoBarrier),
            Some(Call::Ended(Ended::Done(_))) => Ok(begun.elapsed()),
            Some(Call::Ended(Ended::Refused(code))) => Err(BarrierFault::Refused(code)),
            Some(Call::Ended(Ended::Busy)) => Err(BarrierFault::Busy),
            Some(Call::Ended(Ended::StaysDown)) => Err(BarrierFault::NotUp),
            Some(Call::Ended(Ended::Unable)) => Err(BarrierFault::Refused(NOT_IMPLEMENTED)),
            Some(Call::Ended(Ended::Unanswered)) => Err(BarrierFault::Silent),
            Some(Call::JustRefused | Call::Stopped | Call::Ended(Ended::WrongLogin)) => {
                Err(BarrierFault::Refused(UNAUTHORIZED))
            }
            Some(Call::Unreachable) => Err(BarrierFault::Unreachable),
        };
        answer_barrier(context, actuation, result).await;
    }

    async fn change_list(&mut self, context: &DeviceContext, order: ListOrder) {
        let zone = self.time_zone.clone();
        let Some(task) = ListTask::of(&order.change, &zone) else { return };
        let result = match self.hold(context, CameraTask::List(task)).await {
            Some(Call::Ended(Ended::Done(_))) => Ok(()),
            None | Some(Call::Ended(Ended::Unable)) => Err(ListFault::Unsupported),
            Some(Call::Ended(Ended::Refused(code))) => Err(ListFault::Refused(code)),
            Some(Call::Ended(Ended::Unanswered | Ended::StaysDown | Ended::Busy)) => {
                Err(ListFault::Silent)
            }
            Some(Call::JustRefused | Call::Stopped | Call::Ended(Ended::WrongLogin)) => {
                Err(ListFault::Refused(UNAUTHORIZED))
            }
            Some(Call::Unreachable) => Err(ListFault::Unreachable),
        };
        let (device_id, order) = (self.id.clone(), order.id);
        tell_engine(context, DeviceEvent::ListAnswered { device_id, order, result }).await;
    }

    async fn take_picture(&mut self, context: &DeviceContext) {
        let call = self.hold(context, CameraTask::Snapshot).await;
        let picture = call.as_ref().and_then(Call::learned).and_then(|one| one.picture.clone());
        let Some(picture) = picture else { return };
        let pictures = vec![(ImageShows::Vehicle, Picture::Bytes(picture))];
        for image in reading::keep(context, (&self.id, &self.name), pictures).await {
            let device_id = self.id.clone();
            tell_engine(context, DeviceEvent::Picture { device_id, image }).await;
        }
    }
}
