//! The task that calls a camera: moves its barrier, sets its clock, takes its pictures, looks how it stands. One
//! conversation at a time, a barrier's first: any other is broken off for it, and held again afterwards.

use super::caller::{Call, Caller, LOGIN_AGAIN};
use super::makes::codec::{Now, Picture};
use super::makes::http::{CameraTask, Ended, Learned, ListTask, PushCodec, Talk};
use super::reading;
use crate::clock;
use crate::devices::context::{DeviceContext, answer_barrier, is_over, tell_engine};
use crate::model::barrier::BarrierFault;
use crate::model::camera_list::{ListFault, ListOrder};
use crate::model::event::{DeviceEvent, ImageShows};
use crate::model::happening::{CallFault, Happening};
use crate::model::outcome::Actuation;
use crate::standard::id::Id;
use jiff::tz::TimeZone;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// It is looked at so often; more often while its arm is up.
const LOOK_EVERY: Duration = Duration::from_secs(10);
const LOOK_AT_AN_ARM: Duration = Duration::from_secs(1);
/// That it does not answer is told again after so long.
const TOLD_AGAIN: Duration = Duration::from_secs(86_400);
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

/// Commands for its barrier: those that came while something else was talked of, and those to come.
struct Barriers {
    came: VecDeque<Actuation>,
    coming: mpsc::Receiver<Actuation>,
}

impl Barriers {
    async fn next(&mut self) -> Option<Actuation> {
        match self.came.pop_front() {
            Some(actuation) => Some(actuation),
            None => self.coming.recv().await,
        }
    }

    /// Returns when one has come that is not done yet.
    async fn come(&mut self) {
        if self.came.is_empty() {
            match self.coming.recv().await {
                Some(actuation) => self.came.push_back(actuation),
                None => std::future::pending().await,
            }
        }
    }
}

/// A camera that is called.
pub(super) struct CalledCamera {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) codec: Arc<dyn PushCodec>,
    pub(super) time_zone: TimeZone,
    pub(super) caller: Caller,
    /// The outputs that barriers hang on.
    pub(super) outputs: Vec<u8>,
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
    /// How its calls were told to go, and when.
    calls: Option<(Option<CallFault>, Instant)>,
    /// How long the arm may take, by the lane that it was commanded for last.
    up_within: Duration,
}

/// What is left of an errand that was broken off, then the next.
async fn next_errand(
    again: &mut Option<Errand>,
    errands: &mut mpsc::Receiver<Errand>,
) -> Option<Errand> {
    match again.take() {
        Some(errand) => Some(errand),
        None => errands.recv().await,
    }
}

impl CalledCamera {
    pub(super) async fn run(
        mut self,
        context: DeviceContext,
        barriers: mpsc::Receiver<Actuation>,
        mut errands: mpsc::Receiver<Errand>,
    ) {
        let mut barriers = Barriers { came: VecDeque::new(), coming: barriers };
        let (mut look_at, mut again) = (Instant::now(), None);
        loop {
            tokio::select! {
                biased;
                () = context.stop.cancelled() => return,
                actuation = barriers.next() => {
                    let Some(actuation) = actuation else { return };
                    self.move_barrier(&context, actuation).await;
                    look_at = look_at.min(self.next_look());
                }
                errand = next_errand(&mut again, &mut errands) => {
                    let Some(errand) = errand else { return };
                    if errand == Errand::Heard {
                        look_at = if self.known.reachable { look_at } else { Instant::now() };
                        continue;
                    }
                    let done = tokio::select! {
                        biased;
                        () = self.run_errand(&context, errand.clone()) => true,
                        () = barriers.come() => false,
                    };
                    again = (!done).then_some(errand);
                }
                () = tokio::time::sleep_until(look_at) => {
                    tokio::select! {
                        biased;
                        () = self.look(&context) => look_at = self.next_look(),
                        () = barriers.come() => {}
                    }
                }
            }
        }
    }

    async fn run_errand(&mut self, context: &DeviceContext, errand: Errand) {
        match errand {
            Errand::Snapshot => self.take_picture(context).await,
            Errand::List(order) => self.change_list(context, order).await,
            Errand::SetTime => drop(self.hold(context, CameraTask::SetTime).await),
            Errand::Heard => {}
        }
    }

    fn next_look(&self) -> Instant {
        let up = self.known.arm_up == Some(true);
        Instant::now() + if up { LOOK_AT_AN_ARM } else { LOOK_EVERY }
    }

    /// Holds a conversation and keeps what came of it; none where the camera's language has none for it.
    async fn hold(&mut self, context: &DeviceContext, task: CameraTask<'_>) -> Option<Call> {
        let now = Now { moment: clock::now(), time_zone: &self.time_zone };
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
        if call.was_answered() {
            // A full channel says the same.
            let _ = self.alive.try_send(());
        }
        self.tell_calls(context, &call).await;
        Some(call)
    }

    /// Tells that the camera answers again, or once a day why it does not.
    async fn tell_calls(&mut self, context: &DeviceContext, call: &Call) {
        let fault = match call {
            Call::Stopped => return,
            // Told already.
            Call::JustRefused => {
                self.known.reachable = true;
                self.known.calls = Some((Some(CallFault::LoginRefused), Instant::now()));
                return;
            }
            Call::LoginUnknown => Some(CallFault::LoginUnknown),
            _ if call.was_answered() => None,
            _ => Some(CallFault::Silent(self.caller.address())),
        };
        let answers = call.was_answered();
        if !std::mem::replace(&mut self.known.reachable, answers) && answers {
            tell_engine(context, DeviceEvent::Reachable(self.id.clone())).await;
        }
        let (known, device) = (&mut self.known.calls, self.name.clone());
        let told = known.as_ref().is_some_and(|(was, at)| {
            *was == fault && (fault.is_none() || at.elapsed() < TOLD_AGAIN)
        });
        if told {
            return;
        }
        *known = Some((fault.clone(), Instant::now()));
        context.teller.tell(match fault {
            Some(fault) => Happening::CallsFail { device, fault },
            None => Happening::CallsAnswered { device },
        });
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
        let outputs = self.outputs.clone();
        let probe = CameraTask::Probe { outputs: &outputs };
        let task = if self.known.probed { CameraTask::Look } else { probe };
        match self.hold(context, task).await {
            // It has nothing to probe.
            None if task == probe => {
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
        if is_over(context, &actuation) {
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
            Some(Call::Unreachable) => Err(BarrierFault::Unreachable),
            Some(_) => Err(BarrierFault::Refused(UNAUTHORIZED)),
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
            Some(Call::Unreachable) => Err(ListFault::Unreachable),
            Some(_) => Err(ListFault::Refused(UNAUTHORIZED)),
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
