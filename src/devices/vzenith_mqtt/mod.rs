//! Driver `vzenith-mqtt`: Vzenith R/C/T plate cameras over MQTT, which also drive their lane's barrier.

pub mod codec;

use super::mqtt::{Connection, Message, Publisher};
use super::{DeviceContext, answer_barrier, bad_message, pictures, tell_engine};
use crate::config::{Device, VzenithMqtt};
use crate::engine::Input;
use crate::happening::{BarrierFault, Happening};
use crate::lot::event::{Actuation, DeviceEvent, PlateRead, ReadMoment};
use crate::standard::id::Id;
use codec::CameraMessage;
use jiff::{SignedDuration, Timestamp};
use rumqttc::QoS;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// A command without an answer for this long has failed. It is not repeated: a second pulse can close
/// some barriers.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// A camera whose keep-alive is off by less has a clock to trust.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(30);

/// One camera.
pub struct Camera {
    id: Id,
    name: String,
    sn: String,
    prefix: String,
    pulse: Duration,
    offline_after: Duration,
    messages: mpsc::Receiver<Message>,
    publisher: Publisher,
    broker_up: watch::Receiver<bool>,
    unanswered: HashMap<String, (Actuation, Instant)>,
    online: Option<bool>,
    clock_right: Option<bool>,
}

impl Camera {
    /// A camera behind `connection`.
    pub fn new(device: &Device, keys: &VzenithMqtt, connection: &mut Connection) -> Self {
        let prefix = keys.topic_prefix.replace("{sn}", &keys.sn);
        // Reads must not be lost; everything else is stale by the time a broker could deliver it late,
        // and would only push reads out of the broker's queue.
        let topics = [
            ("up/ivs_result", QoS::AtLeastOnce),
            ("up/quick_ivs_result", QoS::AtLeastOnce),
            ("up/keep_alive", QoS::AtMostOnce),
            ("down/+/reply", QoS::AtMostOnce),
        ];
        let topics = topics.map(|(name, qos)| (format!("{prefix}/{name}"), qos)).to_vec();
        Self {
            id: device.id.clone(),
            name: device.name.clone(),
            sn: keys.sn.clone(),
            prefix,
            pulse: keys.pulse,
            offline_after: device.offline_after,
            messages: connection.route(topics),
            publisher: connection.publisher(),
            broker_up: connection.watch(),
            unanswered: HashMap::new(),
            online: None,
            clock_right: None,
        }
    }

    /// Speaks with the camera until told to stop.
    pub async fn run(mut self, context: DeviceContext, mut actuations: mpsc::Receiver<Actuation>) {
        let mut heard = Instant::now();
        loop {
            let silent_at = heard + self.offline_after;
            let unanswered_at =
                self.unanswered.values().map(|(_, sent)| *sent + ANSWER_WITHIN).min();
            tokio::select! {
                () = context.stop.cancelled() => return,
                message = self.messages.recv() => {
                    let Some(message) = message else { return };
                    heard = Instant::now();
                    self.heard(&context).await;
                    self.take(&context, message).await;
                }
                Ok(()) = self.broker_up.changed() => {
                    if *self.broker_up.borrow_and_update() {
                        tell_engine(&context, DeviceEvent::Reachable(self.id.clone())).await;
                    }
                }
                actuation = actuations.recv() => {
                    let Some(actuation) = actuation else { return };
                    self.open_barrier(&context, actuation).await;
                }
                () = tokio::time::sleep_until(silent_at), if self.online != Some(false) => {
                    self.online = Some(false);
                    tell_engine(&context, DeviceEvent::Offline(self.id.clone())).await;
                }
                () = tokio::time::sleep_until(unanswered_at.unwrap_or(silent_at)), if unanswered_at.is_some() => {
                    self.give_up_unanswered(&context).await;
                }
            }
        }
    }

    async fn heard(&mut self, context: &DeviceContext) {
        if self.online != Some(true) {
            self.online = Some(true);
            tell_engine(context, DeviceEvent::Online(self.id.clone())).await;
        }
    }

    async fn take(&mut self, context: &DeviceContext, message: Message) {
        let name = message
            .topic
            .strip_prefix(&self.prefix)
            .unwrap_or(&message.topic)
            .trim_start_matches('/');
        match codec::decode(name, &message.payload) {
            Ok(CameraMessage::Plate(plate)) => self.plate(context, message, *plate).await,
            Ok(CameraMessage::KeepAlive(sent)) => {
                message.done();
                self.keep_alive(context, sent).await;
            }
            Ok(CameraMessage::Reply { id, code }) => {
                message.done();
                self.answered(context, &id, code).await;
            }
            Ok(CameraMessage::Other) => message.done(),
            Err(error) => {
                // Delivered again it would be no better.
                bad_message(context, &self.id, &self.name, &error.to_string());
                message.done();
            }
        }
    }

    async fn plate(&self, context: &DeviceContext, message: Message, plate: codec::Plate) {
        let (images, fault) = pictures::keep(&context.images, plate.pictures).await;
        if let Some(error) = fault {
            bad_message(context, &self.id, &self.name, &format!("image not kept: {error}"));
        }
        let read = PlateRead {
            images,
            fake: plate.fake,
            device_id: self.id.clone(),
            message: format!("{}:{}", self.id, plate.identity),
            plate: plate.plate,
            plate_color: plate.plate_color,
            license_plate_type: None,
            car_model: plate.car_model,
            moment: plate.offline.map_or(ReadMoment::Live, ReadMoment::Late),
            sent: plate.sent,
            received: Some(message.received),
        };
        // Without a way to the engine the message stays unacknowledged and comes again.
        if let Ok(commit) = context.engine.post(Input::Device(DeviceEvent::PlateRead(read))).await {
            message.done_with(commit);
        }
    }

    async fn keep_alive(&mut self, context: &DeviceContext, sent: Option<Timestamp>) {
        let Some(sent) = sent else { return };
        let right = Timestamp::now().duration_since(sent).abs() <= CLOCK_TOLERANCE;
        if self.clock_right != Some(right) {
            self.clock_right = Some(right);
            let device_id = self.id.clone();
            tell_engine(context, DeviceEvent::Clock { device_id, right }).await;
        }
    }

    async fn open_barrier(&mut self, context: &DeviceContext, actuation: Actuation) {
        let output = actuation.barrier.output;
        let command =
            codec::open_barrier(&actuation.id, &self.sn, Timestamp::now(), output, self.pulse);
        let topic = format!("{}/down/gpio_out", self.prefix);
        if self.publisher.publish_now(&topic, command).is_err() {
            answer_barrier(context, actuation, Err(BarrierFault::Unreachable)).await;
            return;
        }
        context.teller.tell(Happening::BarrierCommanded {
            lane: actuation.lane.clone(),
            after: actuation.cause.map(|cause| cause.elapsed()),
        });
        self.unanswered.insert(actuation.id.clone(), (actuation, Instant::now()));
    }

    async fn answered(&mut self, context: &DeviceContext, id: &str, code: i64) {
        let Some((actuation, sent)) = self.unanswered.remove(id) else {
            return;
        };
        let result =
            if code == 200 { Ok(sent.elapsed()) } else { Err(BarrierFault::Refused(code)) };
        answer_barrier(context, actuation, result).await;
    }

    async fn give_up_unanswered(&mut self, context: &DeviceContext) {
        let now = Instant::now();
        let late: Vec<_> = self
            .unanswered
            .iter()
            .filter(|(_, (_, sent))| now >= *sent + ANSWER_WITHIN)
            .map(|(id, _)| id.clone())
            .collect();
        for id in late {
            if let Some((actuation, _)) = self.unanswered.remove(&id) {
                answer_barrier(context, actuation, Err(BarrierFault::Silent)).await;
            }
        }
    }
}
