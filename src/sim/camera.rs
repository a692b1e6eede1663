//! A simulated Vzenith camera: publishes plate results and keep-alives, pulses its relay when told to,
//! and answers.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, QoS};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// A camera on a broker.
pub struct SimulatedCamera {
    sn: String,
    client: AsyncClient,
    shared: Arc<Shared>,
    counter: AtomicU64,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    opens: Mutex<Vec<Open>>,
    opened: watch::Sender<usize>,
    connected: watch::Sender<bool>,
    mute: AtomicBool,
    commands: Mutex<Vec<Value>>,
}

/// One pulse of the relay.
#[derive(Debug, Clone)]
pub struct Open {
    /// When it was commanded.
    pub at: Instant,
    /// The command's id.
    pub id: String,
    /// Which output.
    pub output: u64,
}

/// What a read looks like beyond its plate.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Bytes of image in the message.
    pub image_bytes: usize,
    /// Set for a read sent late: when it was taken, in seconds since 1970.
    pub offline: Option<u64>,
    /// `triggerType`; 8 (virtual loop) when absent.
    pub trigger: Option<u64>,
}

impl SimulatedCamera {
    /// Connects a camera.
    pub fn start(broker: SocketAddr, sn: &str) -> Self {
        let mut options =
            MqttOptions::new(format!("camera-{sn}"), broker.ip().to_string(), broker.port());
        options
            .set_keep_alive(Duration::from_secs(10))
            .set_max_packet_size(MAX_MESSAGE, MAX_MESSAGE);
        let (client, mut events) = AsyncClient::new(options, 10_000);
        events.network_options.set_tcp_nodelay(true);
        let shared = Arc::<Shared>::default();
        let task = tokio::spawn(live(events, client.clone(), sn.to_owned(), Arc::clone(&shared)));
        let counter = AtomicU64::new(1);
        Self { sn: sn.to_owned(), client, shared, counter, task }
    }

    /// Waits until it is connected and listens for commands.
    pub async fn connected(&self) {
        let mut connected = self.shared.connected.subscribe();
        // The sender lives as long as the camera.
        let _ = connected.wait_for(|connected| *connected).await;
    }

    /// The payload of a read; sent twice it is the same message twice.
    pub fn message(&self, plate: &str, options: &ReadOptions) -> String {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let taken = options.offline.unwrap_or(now.as_secs());
        let image = STANDARD.encode(vec![0xd8; options.image_bytes]);
        json!({
            "id": format!("{}-{number}", self.sn),
            "sn": self.sn,
            "name": "ivs_result",
            "version": "1.0",
            "timestamp": now.as_secs(),
            "payload": { "AlarmInfoPlate": {
                "channel": 0,
                "deviceName": STANDARD.encode("IVS"),
                "ipaddr": "192.168.1.100",
                "serialno": self.sn,
                "result": { "PlateResult": {
                    "license": STANDARD.encode(plate),
                    "confidence": 99,
                    "colorType": 1,
                    "type": 1,
                    "direction": 4,
                    "triggerType": options.trigger.unwrap_or(8),
                    "isoffline": u8::from(options.offline.is_some()),
                    "plateid": number,
                    "timeStamp": { "Timeval": { "sec": taken, "usec": now.subsec_micros() } },
                    "full_image_content": image,
                } },
            } },
        })
        .to_string()
    }

    /// Publishes a message as a read.
    pub async fn publish(&self, message: String) {
        let topic = format!("device/{}/message/up/ivs_result", self.sn);
        // The channel closes only with the camera.
        let _ = self.client.publish(topic, QoS::AtLeastOnce, false, message).await;
    }

    /// Sees a plate.
    pub async fn read(&self, plate: &str) {
        self.publish(self.message(plate, &ReadOptions::default())).await;
    }

    /// Shows that it lives; `skew` is how far its clock is off in seconds.
    pub async fn keep_alive(&self, skew: i64) {
        let payload = keep_alive(&self.sn, skew);
        let topic = format!("device/{}/message/up/keep_alive", self.sn);
        let _ = self.client.publish(topic, QoS::AtLeastOnce, false, payload).await;
    }

    /// An input changes: 0 open, 1 closed, 2 pulsed.
    pub async fn input(&self, source: u16, value: u8) {
        let payload = json!({ "id": "i", "sn": self.sn, "name": "gpio_in", "version": "1.0",
            "timestamp": 0, "payload": { "type": "gpio_in", "body": { "AlarmGioIn": {
                "deviceName": "IVS", "result": { "TriggerResult": { "source": source, "value": value } },
            } } } });
        let topic = format!("device/{}/message/up/gpio_in", self.sn);
        let _ = self.client.publish(topic, QoS::AtLeastOnce, false, payload.to_string()).await;
    }

    /// The bodies of all commands of that name so far.
    pub fn commanded(&self, name: &str) -> Vec<Value> {
        let commands = self.shared.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let of_name = commands.iter().filter(|command| command["name"] == name);
        of_name.map(|command| command["payload"]["body"].clone()).collect()
    }

    /// From now on it does not answer commands.
    pub fn mute(&self) {
        self.shared.mute.store(true, Ordering::Relaxed);
    }

    /// It answers again.
    pub fn hear(&self) {
        self.shared.mute.store(false, Ordering::Relaxed);
    }

    /// All pulses so far.
    pub fn opens(&self) -> Vec<Open> {
        self.shared.opens.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until its relay has pulsed `count` times; false when it takes longer than `patience`.
    pub async fn opened(&self, count: usize, patience: Duration) -> bool {
        let mut opened = self.shared.opened.subscribe();
        let enough = opened.wait_for(|opens| *opens >= count);
        tokio::time::timeout(patience, enough).await.is_ok()
    }
}

impl Drop for SimulatedCamera {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn keep_alive(sn: &str, skew: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = now.saturating_add_signed(skew);
    json!({ "id": "k", "sn": sn, "name": "keep_alive", "version": "1.0", "timestamp": now,
            "payload": { "type": "keep_alive", "body": { "timestamp": now } } })
    .to_string()
}

async fn live(mut events: EventLoop, client: AsyncClient, sn: String, shared: Arc<Shared>) {
    let mut beat = tokio::time::interval(Duration::from_secs(10));
    loop {
        let event = tokio::select! {
            event = events.poll() => event,
            _ = beat.tick() => {
                let topic = format!("device/{sn}/message/up/keep_alive");
                let _ = client.try_publish(topic, QoS::AtLeastOnce, false, keep_alive(&sn, 0));
                continue;
            }
        };
        match event {
            Ok(Event::Incoming(Incoming::ConnAck(_))) => {
                let topic = format!("device/{sn}/message/down/+");
                let _ = client.try_subscribe(topic, QoS::AtLeastOnce);
            }
            Ok(Event::Incoming(Incoming::SubAck(_))) => {
                shared.connected.send_replace(true);
            }
            Ok(Event::Incoming(Incoming::Publish(command))) => {
                obey(&command.payload, &client, &sn, &shared);
            }
            Ok(_) => {}
            Err(_) => {
                shared.connected.send_replace(false);
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// Does what it is told and answers it.
fn obey(payload: &[u8], client: &AsyncClient, sn: &str, shared: &Shared) {
    let command: Value = serde_json::from_slice(payload).unwrap_or_default();
    let (id, name) = (command["id"].clone(), command["name"].as_str().unwrap_or_default());
    let body = &command["payload"]["body"];
    let fine = match name {
        "gpio_out" => pulse(&command, shared),
        "set_io_lock_status" => body["ioout"].is_u64() && body["status"].is_u64(),
        "serial_data" => body["serialData"].is_array(),
        "set_time" => body["year"].is_string() && body["sec"].is_string(),
        "snapshot" => true,
        _ => false,
    };
    let mut payload = json!({});
    if name == "snapshot" {
        payload =
            json!({ "state_code": 200, "image_content": STANDARD.encode([0xff, 0xd8, 0xff]) });
    }
    shared.commands.lock().unwrap_or_else(PoisonError::into_inner).push(command.clone());
    if !shared.mute.load(Ordering::Relaxed) {
        let reply = json!({ "code": if fine { 200 } else { 400 }, "id": id, "name": name, "sn": sn,
                            "version": "1.0", "timestamp": 0, "payload": payload });
        let topic = format!("device/{sn}/message/down/{name}/reply");
        let _ = client.try_publish(topic, QoS::AtMostOnce, false, reply.to_string());
    }
}

/// Pulses the relay for a `gpio_out`.
fn pulse(command: &Value, shared: &Shared) -> bool {
    let body = &command["payload"]["body"];
    let pulse =
        body["value"] == 2 && body["delay"].as_u64().is_some_and(|ms| (500..=5000).contains(&ms));
    let Some(output) = body["io"].as_u64().filter(|output| pulse && *output < 4) else {
        return false;
    };
    let id = command["id"].as_str().unwrap_or_default().to_owned();
    let mut opens = shared.opens.lock().unwrap_or_else(PoisonError::into_inner);
    opens.push(Open { at: Instant::now(), id, output });
    shared.opened.send_replace(opens.len());
    true
}
