//! What every device task is given, and the ways it tells others what it saw. It knows no transport and
//! no driver.

use super::picture_folder::PictureFolder;
use crate::engine::{COMMAND_WITHIN, EngineHandle};
use crate::https::HttpBounds;
use crate::model::barrier::BarrierFault;
use crate::model::event::DeviceEvent;
use crate::model::happening::Happening;
use crate::model::input::Input;
use crate::model::outcome::Actuation;
use crate::standard::id::Id;
use crate::teller::Teller;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// What every device task is given.
#[derive(Clone)]
pub struct DeviceContext {
    /// Where events go.
    pub engine: EngineHandle,
    /// Where happenings are told.
    pub teller: Teller,
    /// When to stop.
    pub stop: CancellationToken,
    /// The folder of images.
    pub images: PictureFolder,
    /// Openings that nobody wants any more.
    pub withdrawn: WithdrawnOpenings,
    /// What HTTP servers share.
    pub http: HttpBounds,
    /// Whether another gateway drives the lot, and this one commands no barrier by itself.
    pub stands_back: Arc<watch::Sender<bool>>,
    /// Told that another gateway is there and this one goes on.
    pub beside_another: Arc<Notify>,
}

/// So many of them are remembered: each ends by its time, too.
const REMEMBERED: usize = 256;

/// Openings that were withdrawn, by their ids.
#[derive(Debug, Clone, Default)]
pub struct WithdrawnOpenings(Arc<Mutex<VecDeque<String>>>);

impl WithdrawnOpenings {
    /// Nobody wants this one any more.
    pub(super) fn add(&self, actuation: String) {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() >= REMEMBERED {
            ids.pop_front();
        }
        ids.push_back(actuation);
    }

    fn contains(&self, actuation: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|id| id == actuation)
    }
}

/// A command that leaves this soon leaves for the car that it was for.
const AT_ONCE: Duration = Duration::from_millis(500);

/// Whether a command is not to leave any more: its time is over, or it has waited and whoever it was for has gone.
pub(super) fn is_over(context: &DeviceContext, actuation: &Actuation) -> bool {
    let Some(until) = actuation.until else { return false };
    let left = until.saturating_duration_since(std::time::Instant::now());
    let has_waited = left.saturating_add(AT_ONCE) < COMMAND_WITHIN;
    left.is_zero() || (has_waited && is_withdrawn(context, actuation))
}

/// Whether whoever a command was for has gone.
pub(super) fn is_withdrawn(context: &DeviceContext, actuation: &Actuation) -> bool {
    context.withdrawn.contains(&actuation.id)
}

/// Tells the engine what became of a barrier command.
pub(super) async fn answer_barrier(
    context: &DeviceContext,
    actuation: Actuation,
    result: Result<Duration, BarrierFault>,
) {
    let event = DeviceEvent::BarrierAnswered {
        actuation: actuation.id,
        lane_id: actuation.lane_id,
        act: actuation.act,
        result,
    };
    tell_engine(context, event).await;
}

/// Hands an event over, on whose commit nobody waits. A failed commit has been told by the engine; a stopped engine needs none.
pub(super) async fn tell_engine(context: &DeviceContext, event: DeviceEvent) {
    let _ = context.engine.post_unhurried(Input::Device(event)).await;
}

/// Tells that a device's message could not be read, shortened so that no device floods the log.
pub(super) fn bad_message(context: &DeviceContext, device: &Id, name: &str, error: &str) {
    let device = if name.is_empty() { device.to_string() } else { name.to_owned() };
    let error = error.chars().take(200).collect();
    context.teller.tell(Happening::BadMessage { device, error });
}
