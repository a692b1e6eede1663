//! The lot's hardware: transports that carry bytes, drivers that know what they mean.
//!
//! A driver is a pure codec and a small task. It may know its configuration, the lot's event types and
//! the way to the engine; it never decides whether a car may pass.

pub mod mqtt;
pub mod pictures;
pub mod vzenith_mqtt;

use crate::config::{Config, Driver};
use crate::engine::{EngineHandle, Input};
use crate::happening::{BarrierFault, Happening, Teller};
use crate::lot::event::{Actuation, DeviceEvent, Publication};
use crate::standard::id::Id;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Barrier commands one device may have waiting; more means its task is stuck.
const ACTUATIONS: usize = 1024;

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
    pub images: Arc<Path>,
}

/// Starts all transports and drivers and the task that hands barrier commands to them.
pub fn start(
    config: &Config,
    context: &DeviceContext,
    actuations: mpsc::Receiver<Actuation>,
    publications: mpsc::Receiver<Publication>,
    tasks: &TaskTracker,
) -> Result<(), mqtt::TransportError> {
    let mut drivers = BTreeMap::new();
    let mut publishers = Vec::new();
    for broker in &config.mqtt {
        let mut connection = mqtt::Connection::new(broker, &config.lot.park_code)?;
        for device in &config.devices {
            let Driver::VzenithMqtt(keys) = &device.driver;
            if keys.mqtt == broker.name {
                let (sender, receiver) = mpsc::channel(ACTUATIONS);
                let camera = vzenith_mqtt::Camera::new(device, keys, &mut connection);
                tasks.spawn(camera.run(context.clone(), receiver));
                drivers.insert(device.id.as_str().to_ascii_lowercase(), sender);
            }
        }
        publishers.push(connection.publisher());
        tasks.spawn(connection.run(context.clone()));
    }
    tasks.spawn(publish(publications, publishers, context.stop.clone()));
    tasks.spawn(dispatch(actuations, drivers, context.clone()));
    Ok(())
}

/// Hands what brokers shall keep for others to each of them.
async fn publish(
    mut publications: mpsc::Receiver<Publication>,
    publishers: Vec<mqtt::Publisher>,
    stop: CancellationToken,
) {
    loop {
        let publication = tokio::select! {
            () = stop.cancelled() => return,
            publication = publications.recv() => publication,
        };
        let Some(publication) = publication else { return };
        for publisher in &publishers {
            publisher.keep(&publication);
        }
    }
}

/// Hands each barrier command to the driver of its device; one that cannot take it is a fault at once.
async fn dispatch(
    mut actuations: mpsc::Receiver<Actuation>,
    drivers: BTreeMap<String, mpsc::Sender<Actuation>>,
    context: DeviceContext,
) {
    loop {
        let actuation = tokio::select! {
            () = context.stop.cancelled() => return,
            actuation = actuations.recv() => actuation,
        };
        let Some(actuation) = actuation else { return };
        let device = actuation.barrier.device_id.as_str().to_ascii_lowercase();
        let refused = match drivers.get(&device) {
            Some(driver) => driver.try_send(actuation).err().map(|error| match error {
                mpsc::error::TrySendError::Full(back) | mpsc::error::TrySendError::Closed(back) => {
                    back
                }
            }),
            None => Some(actuation),
        };
        if let Some(actuation) = refused {
            answer_barrier(&context, actuation, Err(BarrierFault::Unreachable)).await;
        }
    }
}

/// Tells the engine what became of a barrier command.
async fn answer_barrier(
    context: &DeviceContext,
    actuation: Actuation,
    result: Result<std::time::Duration, BarrierFault>,
) {
    let event = DeviceEvent::BarrierAnswered {
        actuation: actuation.id,
        lane_id: actuation.lane_id,
        result,
    };
    tell_engine(context, event).await;
}

/// Hands an event over. A failed commit has been told by the engine; a stopped engine needs none.
async fn tell_engine(context: &DeviceContext, event: DeviceEvent) {
    let _ = context.engine.post(Input::Device(event)).await;
}

/// Tells that a device's message could not be read, shortened so that no device floods the log.
fn bad_message(context: &DeviceContext, device: &Id, name: &str, error: &str) {
    let device = if name.is_empty() { device.to_string() } else { name.to_owned() };
    let error = error.chars().take(200).collect();
    context.teller.tell(Happening::BadMessage { device, error });
}
