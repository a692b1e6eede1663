//! Driver `chirpstack`: parking sensors behind a LoRaWAN network server, heard over MQTT.
//!
//! Sensors speak when something changes and now and then to show they live; one that is silent for too
//! long makes its space unknown.

pub mod debounce;
mod first_few;
pub mod payload;

use super::cameras::makes::codec::KeyPointer;
use super::context::{DeviceContext, bad_message};
use super::liveness::Liveness;
use super::mqtt::{BrokerConnection, BrokerDelivery, Message};
use super::odd_values::{OddOf, OddValues};
use super::pointing::{Pointed, Pointing, tell_pointed};
use super::unread::{self, Unread};
use crate::clock;
use crate::config::{Chirpstack, Device, SensorCodec};
use crate::model::event::{DeviceEvent, SpaceSeen};
use crate::model::happening::Happening;
use crate::model::input::Input;
use crate::standard::id::Id;
use debounce::Debounce;
use first_few::FirstFew;
use jiff::tz::TimeZone;
use payload::Says;
use rumqttc::QoS;
use std::collections::BTreeMap;
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
    /// By their EUI.
    sensors: BTreeMap<String, Sensor>,
    spaces: Debounce,
    low: Vec<String>,
    /// Spaces whose sensors say what nobody knows.
    odd: OddValues,
    /// Those named because `occupied` finds nothing in what they send.
    missed: FirstFew,
    /// Those named because nothing of what they send can be read.
    unreadable: FirstFew,
    /// Whether anything can be read of what comes.
    unread: Unread,
    live: Liveness,
    zone: TimeZone,
}

/// A sensor of one space.
struct Sensor {
    space_no: String,
    /// When it said its state last, or showed that it lives and had nothing new to say.
    heard: Instant,
    /// What it sends by now holds no state: that it sends shows nothing.
    astray: bool,
    /// Whether `occupied` finds anything in what it sends.
    pointing: Pointing,
    /// Whether what it sends can be read.
    unread: Unread,
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

/// What a sensor is called: its network and its space.
fn named(network: &str, space_no: &str) -> String {
    format!("{network} {space_no}")
}

impl Sensor {
    /// A sign of life.
    fn lives(&mut self, now: Instant) {
        if !self.astray {
            self.heard = now;
        }
    }
}

impl SensorNetwork {
    /// A network behind `connection`; `sensors` are the spaces by their sensor's EUI.
    pub fn new(
        device: &Device,
        keys: &Chirpstack,
        sensors: BTreeMap<String, String>,
        zone: &TimeZone,
        connection: &mut BrokerConnection,
    ) -> Self {
        let heard = Instant::now();
        let sensor = |space_no: String| Sensor {
            unread: Unread::new(&named(&device.name, &space_no)),
            space_no,
            heard,
            astray: false,
            pointing: Pointing::new(pointer_of(keys)),
        };
        Self {
            id: device.id.clone(),
            name: device.name.clone(),
            messages: connection.route(topics(keys)),
            sensors: sensors.into_iter().map(|(eui, space)| (eui, sensor(space))).collect(),
            spaces: Debounce::new(keys.debounce),
            keys: keys.clone(),
            low: Vec::new(),
            odd: OddValues::new(&device.name, OddOf::States),
            missed: FirstFew::default(),
            unreadable: FirstFew::default(),
            unread: Unread::new(&device.name),
            live: Liveness::new(device),
            zone: zone.clone(),
        }
    }

    /// Listens until told to stop.
    pub async fn run(mut self, context: DeviceContext) {
        loop {
            let silent_at =
                self.sensors.values().map(|sensor| sensor.heard + self.keys.silent_after).min();
            let certain_at = self.spaces.next().map(Instant::from_std);
            let next = [silent_at, certain_at].into_iter().flatten().min();
            let next = next.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                () = context.stop.cancelled() => return,
                delivery = self.messages.recv() => match delivery {
                    Some(BrokerDelivery::Message(message)) => self.take(&context, message).await,
                    Some(BrokerDelivery::Marked(marked)) => marked.pass(&context.stop).await,
                    // Sensors are told nothing.
                    Some(BrokerDelivery::Forbidden(_)) => {}
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
            "up" => match payload::uplink(&self.keys.codec, &message.payload, &self.zone) {
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
            self.unreadable(context, &message.payload, &error.to_string());
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
        let Some(sensor) = self.sensors.get_mut(&dev_eui).filter(|_| !late) else {
            return message.done();
        };
        sensor.astray = match says {
            Says::Elsewhere(_) => true,
            Says::Nothing => sensor.astray,
            _ => false,
        };
        sensor.lives(now);
        if says != Says::Nothing {
            self.readable(context, &dev_eui);
        }
        self.tell_pointed(context, &dev_eui, &says);
        let space_no = self.sensors.get(&dev_eui).map(|sensor| sensor.space_no.clone());
        if let Some(space_no) = space_no
            && let Some(seen) = self.seen(context, &space_no, says)
        {
            self.spaces.see(&space_no, seen, now.into_std());
        }
        self.tell_certain(context, Some(message)).await;
    }

    /// Names a sensor of whose messages none can be read, the first few; and the network where that is so of all that comes.
    fn unreadable(&mut self, context: &DeviceContext, payload: &[u8], error: &str) {
        unread::tell(context, self.unread.unreadable(error));
        let Some(eui) = payload::sender(payload) else { return };
        let Some(sensor) = self.sensors.get_mut(&eui) else { return };
        let Some(told) = sensor.unread.unreadable(error) else { return };
        if self.unreadable.name(&eui) {
            context.teller.tell(told);
        }
    }

    /// One that says what is wanted of it.
    fn readable(&mut self, context: &DeviceContext, dev_eui: &str) {
        unread::tell(context, self.unread.read());
        let Some(sensor) = self.sensors.get_mut(dev_eui) else { return };
        if let Some(told) = sensor.unread.read()
            && self.unreadable.clear(dev_eui)
        {
            context.teller.tell(told);
        }
    }

    /// Names a sensor in whose messages `occupied` finds nothing, the first few by the space that they watch.
    fn tell_pointed(&mut self, context: &DeviceContext, dev_eui: &str, says: &Says) {
        let Some(sensor) = self.sensors.get_mut(dev_eui) else { return };
        let mut come_to = match says {
            Says::Nothing => return,
            Says::Elsewhere(object) => sensor.pointing.look_at(object),
            Says::Unknown(_) | Says::Occupied | Says::Free => sensor.pointing.found(),
        };
        come_to.retain(|one| match one {
            Pointed::Misses { .. } => self.missed.name(dev_eui),
            Pointed::Finds { .. } => self.missed.clear(dev_eui),
        });
        tell_pointed(context, &named(&self.name, &sensor.space_no), come_to);
    }

    /// What a sensor's word for a space comes to; none where it says nothing of it.
    fn seen(&mut self, context: &DeviceContext, space_no: &str, says: Says) -> Option<SpaceSeen> {
        let seen = match says {
            Says::Nothing | Says::Elsewhere(_) => return None,
            Says::Unknown(value) => {
                self.odd.odd(context, space_no, value);
                return Some(SpaceSeen::Unknown);
            }
            Says::Occupied => SpaceSeen::Occupied,
            Says::Free => SpaceSeen::Free,
        };
        self.odd.fine(context, space_no);
        Some(seen)
    }

    fn status(&mut self, context: &DeviceContext, status: payload::Status) {
        let payload::Status { dev_eui, battery } = status;
        if let Some(sensor) = self.sensors.get_mut(&dev_eui) {
            sensor.lives(Instant::now());
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
        for sensor in self.sensors.values_mut() {
            if now >= sensor.heard + self.keys.silent_after {
                self.spaces.see(&sensor.space_no, SpaceSeen::Unknown, now.into_std());
                // Looked at again when as much time has passed once more.
                sensor.heard = now;
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
