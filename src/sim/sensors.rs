//! Simulated LoRaWAN parking sensors: a ChirpStack network server's messages on a real broker.

use super::accent::DeviceAccent;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rumqttc::{AsyncClient, MqttOptions, QoS};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::task::JoinHandle;

/// ChirpStack's id of the simulated application.
pub const APPLICATION: &str = "17c82e96-be03-4f38-aef3-f83d48582d97";

/// A network of Bosch TPS110 sensors.
pub struct SimulatedSensorNetwork {
    client: AsyncClient,
    task: JoinHandle<()>,
}

/// The EUI of the n-th sensor.
pub fn dev_eui(number: u32) -> String {
    format!("0004a30b{number:08x}")
}

impl SimulatedSensorNetwork {
    /// Connects the network server.
    pub fn start(broker: SocketAddr) -> Self {
        let name = format!("chirpstack-{}", fastrand::u32(..));
        let mut options = MqttOptions::new(name, broker.ip().to_string(), broker.port());
        options.set_keep_alive(Duration::from_secs(10));
        let (client, mut events) = AsyncClient::new(options, 1000);
        let task = tokio::spawn(async move {
            loop {
                if events.poll().await.is_err() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        });
        Self { client, task }
    }

    /// The n-th sensor sees a car come or go.
    pub async fn sees(&self, number: u32, occupied: bool) {
        self.sees_in(DeviceAccent::Plain, number, occupied).await;
    }

    /// The same in that accent.
    pub async fn sees_in(&self, accent: DeviceAccent, number: u32, occupied: bool) {
        let mut event = event_of(number);
        event["data"] = STANDARD.encode([u8::from(occupied), 21]).into();
        self.publish(&dev_eui(number), "up", accent.say(&event)).await;
    }

    /// What its network server has decoded of the n-th sensor; where that is null it sent nothing but MAC commands.
    pub async fn tells(&self, number: u32, object: Value) {
        let mut event = event_of(number);
        if !object.is_null() {
            event["data"] = STANDARD.encode([1]).into();
            event["object"] = object;
        }
        self.publish(&dev_eui(number), "up", event.to_string()).await;
    }

    /// Publishes any event of a sensor.
    pub async fn publish(&self, dev_eui: &str, event: &str, payload: impl Into<Vec<u8>>) {
        let topic = format!("application/{APPLICATION}/device/{dev_eui}/event/{event}");
        // The channel closes only with the network.
        let _ = self.client.publish(topic, QoS::AtLeastOnce, false, payload).await;
    }
}

/// An uplink of the n-th sensor, without data.
fn event_of(number: u32) -> Value {
    json!({
        "deduplicationId": uuid::Uuid::new_v4().to_string(),
        "time": Timestamp::now().to_string(),
        "deviceInfo": { "tenantName": "ChirpStack", "applicationId": APPLICATION,
                        "applicationName": "parking", "deviceName": format!("sensor-{number}"),
                        "devEui": dev_eui(number), "tags": {} },
        "devAddr": "00189440", "adr": true, "dr": 1, "fCnt": number, "fPort": 1,
        "confirmed": false, "rxInfo": [], "txInfo": {},
    })
}

impl Drop for SimulatedSensorNetwork {
    fn drop(&mut self) {
        self.task.abort();
    }
}
