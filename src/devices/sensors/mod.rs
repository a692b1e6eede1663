//! Driver `chirpstack`: parking sensors behind a LoRaWAN network server, heard over MQTT.
//!
//! Sensors speak when something changes and now and then to show they live; one that is silent for too
//! long makes its space unknown.

pub mod debounce;
pub mod payload;

use super::cameras::makes::codec::KeyPointer;
use super::context::{DeviceContext, bad_message};
use super::liveness::Liveness;
use super::mqtt::{BrokerConnection, BrokerDelivery, Message};
use super::pointing::{Pointing, tell_pointed};
use crate::clock;
use crate::config::{Chirpstack, Device, SensorCodec};
use crate::model::event::{DeviceEvent, SpaceSeen};
use crate::model::happening::Happening;
use crate::model::input::Input;
use crate::standard::id::Id;
use debounce::Debounce;
use payload::Says;
use rumqttc::QoS;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A battery below this is told, once a start.
const BATTERY_LOW: i64 = 15;

/// A network of sensors.
pub struct SensorNetwork {
    id: Id,
    name: String,
    keys: Chirpstack,
    messages: mpsc::Receiver<BrokerDelivery>,
    /// Spaces by their sensor's EUI, and when it was heard last.
    sensors: BTreeMap<String, (String, Instant)>,
    spaces: Debounce,
    low: Vec<String>,
    /// Spaces whose sensors say what nobody knows.
    unknown: BTreeSet<String>,
    /// Whether `occupied` finds anything.
    pointing: Pointing,
    live: Liveness,
}

/// The topics a network's sensors are heard on.
pub fn topics(keys: &Chirpstack) -> Vec<(String, QoS)> {
    let topic = |event: &str| format!("application/{}/device/+/event/{event}", keys.application_id);
    vec![
        (topic("up"), QoS::AtLeastOnce),
        (topic("status"), QoS::AtMostOnce),
        (topic("join"), QoS::AtMostOnce),
    ]
}

/// Where `occupied` points.
fn pointer_of(keys: &Chirpstack) -> Vec<KeyPointer> {
    match &keys.codec {
        SensorCodec::Object { occupied, .. } => {
            vec![KeyPointer { key: "occupied", pointer: occupied.clone() }]
        }
        SensorCodec::BoschTps110 | SensorCodec::NwaveNps405 => Vec::new(),
    }
}

impl SensorNetwork {
    /// A network behind `connection`; `sensors` are the spaces by their sensor's EUI.
    pub fn new(
        device: &Device,
        keys: &Chirpstack,
        sensors: BTreeMap<String, String>,
        connection: &mut BrokerConnection,
    ) -> Self {
        let now = Instant::now();
        Self {
            id: device.id.clone(),
            name: device.name.clone(),
            messages: connection.route(topics(keys)),
            sensors: sensors.into_iter().map(|(eui, space)| (eui, (space, now))).collect(),
            spaces: Debounce::new(keys.debounce),
            keys: keys.clone(),
            low: Vec::new(),
            unknown: BTreeSet::new(),
            pointing: Pointing::new(pointer_of(keys)),
            live: Liveness::new(device),
        }
    }

    /// Listens until told to stop.
    pub async fn run(mut self, context: DeviceContext) {
        loop {
            let silent_at =
                self.sensors.values().map(|(_, heard)| *heard + self.keys.silent_after).min();
            let certain_at = self.spaces.next().map(Instant::from_std);
            let next = [silent_at, certain_at].into_iter().flatten().min();
            let next = next.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                () = context.stop.cancelled() => return,
                delivery = self.messages.recv() => match delivery {
                    Some(BrokerDelivery::Message(message)) => self.take(&context, message).await,
                    Some(BrokerDelivery::Marked(marked)) => marked.pass(&context.stop).await,
                    None => return,
                },
                () = tokio::time::sleep_until(self.live.silent_at()), if self.live.may_fall_silent() => {
                    self.live.silent(&context).await;
                }
                () = tokio::time::sleep_until(next) => {
                    self.notice_silence();
                    self.tell_certain(&context, None).await;
                }
            }
        }
    }

    async fn take(&mut self, context: &DeviceContext, message: Message) {
        if message.is_sign_of_life() {
            self.live.heard(context).await;
        } else {
            self.live.wait();
        }
        let event = message.topic.rsplit('/').next().unwrap_or_default();
        let fault = match event {
            "up" => match payload::uplink(&self.keys.codec, &message.payload) {
                Ok(uplink) => return self.uplink(context, message, uplink).await,
                Err(error) => Some(error),
            },
            "status" => match payload::status(&message.payload) {
                Ok(status) => {
                    self.status(context, status);
                    None
                }
                Err(error) => Some(error),
            },
            _ => None,
        };
        if let Some(error) = fault {
            bad_message(context, &self.id, &self.name, &error.to_string());
        }
        message.done();
    }

    async fn uplink(&mut self, context: &DeviceContext, message: Message, uplink: payload::Uplink) {
        let payload::Uplink { dev_eui, time, says } = uplink;
        let now = Instant::now();
        // What lay in a broker while we were away is older than what came since; only its order counts.
        let late = time.is_some_and(|time| {
            clock::is_trusted()
                && clock::now().duration_since(time).unsigned_abs() > self.keys.silent_after
        });
        let Some((space_no, heard)) = self.sensors.get_mut(&dev_eui).filter(|_| !late) else {
            return message.done();
        };
        *heard = now;
        let space_no = space_no.clone();
        if let Some(seen) = self.seen(context, &space_no, says) {
            self.spaces.see(&space_no, seen, now.into_std());
        }
        self.tell_certain(context, Some(message)).await;
    }

    /// What a sensor's word for a space comes to; none where it says nothing of it.
    fn seen(&mut self, context: &DeviceContext, space_no: &str, says: Says) -> Option<SpaceSeen> {
        let (device, what) = (self.name.clone(), space_no.to_owned());
        let seen = match says {
            Says::Nothing => return None,
            Says::Elsewhere(object) => {
                tell_pointed(context, &self.name, self.pointing.look_at(&object));
                return None;
            }
            Says::Unknown(value) => {
                if self.unknown.insert(what.clone()) {
                    context.teller.tell(Happening::StateUnknown { device, what, value });
                }
                return Some(SpaceSeen::Unknown);
            }
            Says::Occupied => SpaceSeen::Occupied,
            Says::Free => SpaceSeen::Free,
        };
        if self.unknown.remove(space_no) {
            context.teller.tell(Happening::StateKnown { device, what });
        }
        tell_pointed(context, &self.name, self.pointing.found());
        Some(seen)
    }

    fn status(&mut self, context: &DeviceContext, status: payload::Status) {
        let payload::Status { dev_eui, battery } = status;
        if let Some((_, heard)) = self.sensors.get_mut(&dev_eui) {
            *heard = Instant::now();
        }
        if let Some(percent) = battery.filter(|percent| *percent < BATTERY_LOW)
            && !self.low.contains(&dev_eui)
        {
            self.low.push(dev_eui.clone());
            let (device, sensor) = (self.name.clone(), dev_eui);
            context.teller.tell(Happening::BatteryLow { device, sensor, percent });
        }
    }

    fn notice_silence(&mut self) {
        let now = Instant::now();
        for (space_no, heard) in self.sensors.values_mut() {
            if now >= *heard + self.keys.silent_after {
                self.spaces.see(space_no, SpaceSeen::Unknown, now.into_std());
                // Looked at again when as much time has passed once more.
                *heard = now;
            }
        }
    }

    /// Tells the engine what is certain by now; the message is acknowledged when that is stored.
    async fn tell_certain(&mut self, context: &DeviceContext, mut message: Option<Message>) {
        for (space_no, seen) in self.spaces.certain(Instant::now().into_std()) {
            let event = DeviceEvent::Space { space_no, seen };
            let Ok(commit) = context.engine.post(Input::Device(event)).await else { return };
            if let Some(message) = message.take() {
                message.done_with(commit);
            }
        }
        if let Some(message) = message {
            message.done();
        }
    }
}
