//! A simulated Vzenith camera: publishes plate results and keep-alives, pulses its relay when told to,
//! and answers. It can misread, find no plate, tell a read twice, and be deaf.

pub use super::camera_messages::ReadOptions;

use super::accent::DeviceAccent;
use super::camera_messages;
use super::mishaps::{Glance, Luck, Mishaps};
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, QoS};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// A camera on a broker.
pub struct SimulatedCamera {
    client: AsyncClient,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    sn: String,
    counter: AtomicU64,
    opens: Mutex<Vec<Open>>,
    opened: watch::Sender<usize>,
    connected: watch::Sender<bool>,
    mute: AtomicBool,
    /// So many commands to its relay are lost from now on.
    deaf_to: AtomicUsize,
    luck: Mutex<Luck>,
    /// The plate it looked at last, and what it made of it.
    last: Mutex<Option<(String, Glance)>>,
    commands: Mutex<Vec<Value>>,
    /// Its own list: plates, and up to when it opens for each.
    list: Mutex<BTreeMap<String, String>>,
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

impl SimulatedCamera {
    /// Connects a camera that does everything well.
    pub fn start(broker: SocketAddr, sn: &str) -> Self {
        Self::start_with(broker, sn, Mishaps::default())
    }

    /// Connects a camera to which things happen.
    pub fn start_with(broker: SocketAddr, sn: &str, mishaps: Mishaps) -> Self {
        let mut options =
            MqttOptions::new(format!("camera-{sn}"), broker.ip().to_string(), broker.port());
        options
            .set_keep_alive(Duration::from_secs(10))
            .set_max_packet_size(MAX_MESSAGE, MAX_MESSAGE);
        let (client, mut events) = AsyncClient::new(options, 10_000);
        events.network_options.set_tcp_nodelay(true);
        let luck = Mutex::new(Luck::new(mishaps, sn));
        let (sn, counter) = (sn.to_owned(), AtomicU64::new(1));
        let shared = Arc::new(Shared { sn, counter, luck, ..Shared::default() });
        let task = tokio::spawn(live(events, client.clone(), Arc::clone(&shared)));
        Self { client, shared, task }
    }

    /// Waits until it is connected and listens for commands.
    pub async fn connected(&self) {
        let mut connected = self.shared.connected.subscribe();
        // The sender lives as long as the camera.
        let _ = connected.wait_for(|connected| *connected).await;
    }

    /// The payload of a read; sent twice it is the same message twice.
    pub fn message(&self, plate: &str, options: &ReadOptions) -> String {
        self.shared.message(&Glance::of(plate), options)
    }

    /// Publishes a message as a read.
    pub async fn publish(&self, message: impl Into<Vec<u8>>) {
        self.say("up/ivs_result", message).await;
    }

    /// Reads a plate and says so in that accent.
    pub async fn read_in(&self, accent: DeviceAccent, plate: &str) {
        let message = self.message(plate, &ReadOptions::default());
        // What was just printed can be read.
        let message = serde_json::from_str(&message).unwrap_or_default();
        self.publish(accent.say(&message)).await;
    }

    /// Looks at a car with that plate, and tells what it makes of it.
    pub async fn read(&self, plate: &str) -> Glance {
        let glance = lock(&self.shared.luck).glance(plate);
        self.tell(plate, glance).await
    }

    /// The same, with one place misread as every camera does now and then.
    pub async fn misread(&self, plate: &str) -> Glance {
        let glance = lock(&self.shared.luck).misread(plate);
        self.tell(plate, glance).await
    }

    /// Looks at a car and finds no plate.
    pub async fn read_nothing(&self) -> Glance {
        self.tell("", Glance::of_nothing()).await
    }

    async fn tell(&self, plate: &str, glance: Glance) -> Glance {
        *lock(&self.shared.last) = Some((plate.to_owned(), glance.clone()));
        let message = self.shared.message(&glance, &ReadOptions::default());
        if glance.twice {
            self.publish(message.clone()).await;
        }
        self.publish(message).await;
        glance
    }

    /// Shows that it lives; `skew` is how far its clock is off in seconds.
    pub async fn keep_alive(&self, skew: i64) {
        self.say("up/keep_alive", camera_messages::keep_alive(&self.shared.sn, skew)).await;
    }

    /// An input changes: 0 open, 1 closed, 2 pulsed.
    pub async fn input(&self, source: u16, value: u8) {
        self.say("up/gpio_in", camera_messages::input(&self.shared.sn, source, value)).await;
    }

    async fn say(&self, topic: &str, message: impl Into<Vec<u8>>) {
        let topic = self.shared.topic(topic);
        // The channel closes only with the camera.
        let _ = self.client.publish(topic, QoS::AtLeastOnce, false, message).await;
    }

    /// The bodies of all commands of that name so far.
    pub fn commanded(&self, name: &str) -> Vec<Value> {
        let commands = lock(&self.shared.commands);
        let of_name = commands.iter().filter(|command| command["name"] == name);
        of_name.map(|command| command["payload"]["body"].clone()).collect()
    }

    /// Its own list: plates, and up to when it opens for each.
    pub fn own_list(&self) -> BTreeMap<String, String> {
        lock(&self.shared.list).clone()
    }

    /// A car comes while nobody speaks with it: by its own list it opens or not, and it will tell of it later.
    pub fn comes_unattended(&self, plate: &str, at: u64) -> Option<String> {
        let opens = lock(&self.shared.list).contains_key(plate);
        let options = ReadOptions { offline: Some(at), by_list: opens, ..ReadOptions::default() };
        opens.then(|| self.message(plate, &options))
    }

    /// From now on it does not answer commands.
    pub fn mute(&self) {
        self.shared.mute.store(true, Ordering::Relaxed);
    }

    /// It answers again, and nothing is lost on the way to it.
    pub fn hear(&self) {
        self.shared.mute.store(false, Ordering::Relaxed);
        self.shared.deaf_to.store(0, Ordering::Relaxed);
    }

    /// The next `count` commands to its relay are lost: neither heard nor answered.
    pub fn deafen(&self, count: usize) {
        self.shared.deaf_to.store(count, Ordering::Relaxed);
    }

    /// All pulses so far.
    pub fn opens(&self) -> Vec<Open> {
        lock(&self.shared.opens).clone()
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

impl Shared {
    fn topic(&self, name: &str) -> String {
        format!("device/{}/message/{name}", self.sn)
    }

    fn message(&self, glance: &Glance, options: &ReadOptions) -> String {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        camera_messages::read(&self.sn, number, glance, options)
    }

    /// Whether a command does not reach it.
    fn loses(&self, name: &str) -> bool {
        let deaf = name == "gpio_out"
            && self
                .deaf_to
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok();
        deaf || lock(&self.luck).loses()
    }

    /// The car it looked at last, looked at again: more often than not it makes the same of it.
    fn look_again(&self) -> Option<Glance> {
        let mut last = lock(&self.last);
        let (plate, glance) = last.as_mut()?;
        let mut luck = lock(&self.luck);
        if !plate.is_empty() && !luck.sees_the_same() {
            *glance = luck.glance(plate);
        }
        Some(glance.clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn live(mut events: EventLoop, client: AsyncClient, shared: Arc<Shared>) {
    let mut beat = tokio::time::interval(Duration::from_secs(10));
    loop {
        let event = tokio::select! {
            event = events.poll() => event,
            _ = beat.tick() => {
                let message = camera_messages::keep_alive(&shared.sn, 0);
                let _ = client.try_publish(
                    shared.topic("up/keep_alive"), QoS::AtLeastOnce, false, message,
                );
                continue;
            }
        };
        match event {
            Ok(Event::Incoming(Incoming::ConnAck(_))) => {
                let _ = client.try_subscribe(shared.topic("down/+"), QoS::AtLeastOnce);
            }
            Ok(Event::Incoming(Incoming::SubAck(_))) => {
                shared.connected.send_replace(true);
            }
            Ok(Event::Incoming(Incoming::Publish(command))) => {
                obey(&command.payload, &client, &shared);
            }
            Ok(_) => {}
            Err(_) => {
                shared.connected.send_replace(false);
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// Does what it is told and answers it, where the command reaches it.
fn obey(payload: &[u8], client: &AsyncClient, shared: &Shared) {
    let command: Value = serde_json::from_slice(payload).unwrap_or_default();
    let name = command["name"].as_str().unwrap_or_default();
    if shared.loses(name) {
        return;
    }
    let body = &command["payload"]["body"];
    let fine = match name {
        "gpio_out" => pulse(&command, shared),
        "set_io_lock_status" => body["ioout"].is_u64() && body["status"].is_u64(),
        "serial_data" => body["serialData"].is_array(),
        "set_time" => body["year"].is_string() && body["sec"].is_string(),
        "snapshot" | "ivs_trigger" | "get_wl_check_status" => true,
        "white_list_operator" => listed(body, shared),
        _ => false,
    };
    lock(&shared.commands).push(command.clone());
    if !shared.mute.load(Ordering::Relaxed) {
        let reply = camera_messages::reply(&shared.sn, &command, fine);
        let topic = shared.topic(&format!("down/{name}/reply"));
        let _ = client.try_publish(topic, QoS::AtMostOnce, false, reply);
    }
    if name == "ivs_trigger"
        && let Some(glance) = shared.look_again()
    {
        let message = shared.message(&glance, &ReadOptions::default());
        let topic = shared.topic("up/ivs_result");
        let _ = client.try_publish(topic, QoS::AtLeastOnce, false, message);
    }
}

/// Puts a plate on its own list, or takes one off.
fn listed(body: &Value, shared: &Shared) -> bool {
    let mut list = lock(&shared.list);
    match (body["operator_type"].as_str(), body["dldb_rec"]["plate"].as_str(), &body["plate"]) {
        (Some("update_or_add"), Some(plate), _) if body["dldb_rec"]["create_time"].is_string() => {
            let until = body["dldb_rec"]["overdue_time"].as_str().unwrap_or_default();
            list.insert(plate.to_owned(), until.to_owned());
            true
        }
        (Some("delete"), _, Value::String(plate)) => {
            list.remove(plate);
            true
        }
        _ => false,
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
    let mut opens = lock(&shared.opens);
    opens.push(Open { at: Instant::now(), id, output });
    shared.opened.send_replace(opens.len());
    true
}
